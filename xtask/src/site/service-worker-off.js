// Takes the service worker of earlier versions away, with all that it kept.
addEventListener("install", () => skipWaiting());

addEventListener("activate", (event) => {
    const leave = async () => {
        const prefix = `orrery ${registration.scope} `;
        const names = (await caches.keys()).filter((name) => name.startsWith(prefix));
        await Promise.all(names.map((name) => caches.delete(name)));
        await registration.unregister();
    };
    event.waitUntil(leave());
});
