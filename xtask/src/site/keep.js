const keep = () => {
    const worker = new URL("service-worker.js", script);
    // A browser may put off looking for a new version for as long as the old one is at work.
    navigator.serviceWorker?.register(worker).then((registration) => registration.update()).catch(() => {});
};
setTimeout(keep, 3000);
