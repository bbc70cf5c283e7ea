// Pieces come packed: wasm whose custom sections hold them, so that they are fetched, compressed and
// kept together. Or a pack stands for its pieces itself, and only names them so. The first pattern of
// a visit opens its packs; later ones have most pieces in common with it and bring in the others one
// by one.
let visited;
const packs = new Map();
const placed = new Map();
const chunks = new Map();

function opening(pattern, ...names) {
    return (load) => wrapAsyncCb(() => {
        // In other people's pages the first packs are others, with what shows the machine there.
        const others = document.querySelectorAll("meta[name='orrery-pack']");
        if (visited === undefined && others.length > 0) {
            names = [...others].map((other) => other.content);
        }
        visited ??= pattern;
        for (const name of visited === pattern ? names : []) {
            if (!packs.has(name)) {
                const source = fetch(new URL(name, import.meta.url));
                packs.set(name, WebAssembly.compileStreaming(source).catch(() => undefined));
            }
        }
        return load();
    });
}

function piece(name, needs) {
    return makeLoad(() => {
        const coming = bring(name);
        // Told when it is waited for.
        coming.catch(() => {});
        return async (imports) => {
            const module = await coming;
            await pause();
            // One pack may stand for many pieces.
            if (!placed.has(module)) {
                placed.set(module, WebAssembly.instantiate(module, imports));
            }
            return placed.get(module);
        };
    }, needs);
}

// What several pieces have in common; they name it by its number.
function chunk(number) {
    if (!chunks.has(number)) {
        chunks.set(number, piece(`chunk_${number}-VERSION.wasm`, []));
    }
    return chunks.get(number);
}

async function bring(name) {
    for (const pack of packs.values()) {
        const module = await pack;
        const [piece] = module ? WebAssembly.Module.customSections(module, name) : [];
        if (piece?.byteLength === 0) {
            return module;
        }
        if (piece) {
            await pause();
            return WebAssembly.compile(piece);
        }
    }
    return WebAssembly.compileStreaming(fetch(new URL(name, import.meta.url)));
}

// Dozens of pieces at a stretch would keep the page from its next frame, and the visitor waiting.
const STRETCH_MILLIS = 4;
let paused = performance.now();

async function pause() {
    if (performance.now() - paused < STRETCH_MILLIS) {
        return;
    }
    await new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = resolve;
        port2.postMessage(undefined);
    });
    paused = performance.now();
}
