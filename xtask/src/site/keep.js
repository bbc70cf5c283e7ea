const keep = () => {
    const worker = new URL("service-worker.js", script);
    navigator.serviceWorker?.register(worker).catch(() => {});
};
setTimeout(keep, 3000);
