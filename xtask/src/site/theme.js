try {
    const theme = localStorage.getItem("orrery-theme");
    if (theme) document.documentElement.dataset.theme = theme;
} catch {}
