// Pieces come packed: wasm whose custom sections hold them, so that they are fetched, compressed and
// kept together. The first pattern of a visit opens its packs; later ones have most pieces in common
// with it and bring in the others one by one.
let visited;
const packs = new Map();

function opening(pattern, pack) {
    return (load) => wrapAsyncCb(() => {
        // In other people's pages the first pack is another one, with what shows the machine there.
        if (visited === undefined) {
            pack = document.querySelector("meta[name='orrery-pack']")?.content ?? pack;
        }
        visited ??= pattern;
        if (visited === pattern && !packs.has(pack)) {
            const source = fetch(new URL(pack, import.meta.url));
            packs.set(pack, WebAssembly.compileStreaming(source).catch(() => undefined));
        }
        return load();
    });
}

function piece(name, needs) {
    return makeLoad(() => {
        const source = bring(name);
        // Told when it is waited for.
        source.catch(() => {});
        return async (imports) => WebAssembly.instantiateStreaming(source, imports);
    }, needs);
}

async function bring(name) {
    for (const pack of packs.values()) {
        const module = await pack;
        const [piece] = module ? WebAssembly.Module.customSections(module, name) : [];
        if (piece) {
            return new Response(piece, { headers: { "content-type": "application/wasm" } });
        }
    }
    return fetch(new URL(name, import.meta.url));
}
