// Keeps the site for when there is no network. Above stand, from the build:
// VERSION   changes with any file of the site;
// FILES     each file whose name does not tell its content, with the beginning of its SHA-256;
// SHELL     what every page begins with, and the home page;
// PAGES     what each page takes beyond that.

/** How long a page may take to come before the kept one is shown, in milliseconds. */
const PATIENCE = 4000;

/** How long a page has the network to itself before the rest of it is kept. */
const PAUSE = 4000;

/** How many pages that were kept before are kept again when the site has changed. */
const CARRIED = 8;

const scope = registration.scope;
const prefix = `orrery ${scope} `;
const address = (path) => new URL(path, scope).href;
const own = () => caches.open(prefix + VERSION);
const pause = (duration) => new Promise((resolve) => setTimeout(resolve, duration));
const tellsItsContent = (path) => /-[0-9a-f]{16}(?![0-9a-z])[^/]*$/.test(path);

/** The path below the site's root, by which files are listed; a folder's page is the folder. */
function pathOf(url) {
    const plain = url.split(/[?#]/)[0];
    return plain.startsWith(scope) ? plain.slice(scope.length).replace(/index\.html$/, "") : undefined;
}

/** Keeps a file if it belongs to this version; says whether it does. */
async function keep(path, response) {
    if (!response.ok || response.redirected) return false;
    const digest = FILES[path];
    if (digest) {
        const bytes = await crypto.subtle.digest("SHA-256", await response.clone().arrayBuffer());
        const hex = [...new Uint8Array(bytes, 0, 8)].map((byte) => byte.toString(16).padStart(2, "0"));
        if (hex.join("") !== digest) {
            // The host has another version already.
            registration.update().catch(() => {});
            return false;
        }
    }
    const cache = await own();
    await cache.put(address(path), response);
    return true;
}

/** Brings in a file unless it is here. */
async function bring(path) {
    const cache = await own();
    if (await cache.match(address(path))) return;
    const cached = tellsItsContent(path);
    const before = cached ? await caches.match(address(path)) : undefined;
    const response = before ?? (await fetch(address(path), { cache: cached ? "default" : "no-cache", priority: "low" }));
    if (!(await keep(path, response))) throw new Error(`${path} is not of this version`);
}

/** Brings in all that a page takes, one file after the other; what fails is left for the next visit. */
async function bringPage(path) {
    for (const file of PAGES[path] ?? []) await bring(file).catch(() => {});
}

/** Going from page to page asks for code only: by that of a page's own one knows where the visitor is. */
async function bringOwners(path) {
    if (!/^(pack|split)_/.test(path)) return;
    for (const page in PAGES) if (PAGES[page].includes(path)) await bringPage(page);
}

/** The pages that are open, and of those that an earlier version kept the latest. */
async function pagesToCarry() {
    const open = (await clients.matchAll({ type: "window", includeUncontrolled: true })).map((client) => pathOf(client.url));
    const names = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== prefix + VERSION);
    const before = names.length > 0 ? await (await caches.open(names.at(-1))).keys() : [];
    const kept = before.map((request) => pathOf(request.url)).filter((path) => path in PAGES);
    return new Set([...open.filter((path) => path in PAGES), ...kept.slice(-CARRIED)]);
}

// A version is there once all that every page begins with is there, and not before; with it come the
// pages that were kept before, as far as they can be had.
addEventListener("install", (event) => {
    const settle = async () => {
        await Promise.all(SHELL.map(bring));
        for (const page of await pagesToCarry()) await bringPage(page);
        skipWaiting();
    };
    event.waitUntil(settle());
});

// It takes over at once: a page of the version before still finds its own files under their own
// names, so that version is kept until the next one; all older ones go.
addEventListener("activate", (event) => {
    const settle = async () => {
        const others = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== prefix + VERSION);
        await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
        await clients.claim();
    };
    event.waitUntil(settle());
});

addEventListener("fetch", (event) => {
    const path = pathOf(event.request.url);
    if (event.request.method !== "GET" || path === undefined) return;
    if (event.request.mode === "navigate") {
        event.respondWith(page(event, path));
    } else if (path in FILES || tellsItsContent(path)) {
        event.respondWith(file(event, path));
    }
});

/** A page comes from the network, so that nobody is held at an old version; else the kept one. */
async function page(event, path) {
    const fresh = fetch(new Request(event.request, { cache: "no-cache" }));
    const cache = await own();
    const kept = await cache.match(address(path));
    event.waitUntil(fresh.then(() => pause(PAUSE)).then(() => bringPage(path)).catch(() => {}));
    if (!kept) {
        return fresh.catch(async () => (await cache.match(address("404.html"))) ?? Response.error());
    }
    const healthy = fresh.then((response) => (response.status < 500 ? response : kept));
    return Promise.race([healthy, pause(PATIENCE).then(() => kept)]).catch(() => kept);
}

/** A file of this version is the kept one; one of another version may be there under its own name. */
async function file(event, path) {
    const cache = await own();
    const kept = (await cache.match(address(path))) ?? (tellsItsContent(path) ? await caches.match(address(path)) : undefined);
    if (kept) return kept;
    const response = await fetch(event.request);
    const copy = response.clone();
    event.waitUntil(keep(path, copy).then(() => pause(PAUSE)).then(() => bringOwners(path)).catch(() => {}));
    return response;
}
