const keep = () => {
    const worker = new URL("service-worker.js", address("app-script"));
    navigator.serviceWorker?.register(worker).catch(() => {});
};
setTimeout(keep, 3000);
