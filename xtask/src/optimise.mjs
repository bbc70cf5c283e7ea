// Optimises wasm files in place, as wasm-opt does, but many in one process: what npm installs of
// Binaryen takes a second to start.
//
// node optimise.mjs <library> <flags, separated by spaces> <file>...

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [library, flags, ...files] = process.argv.slice(2);
const { default: binaryen } = await import(pathToFileURL(library));

const LEVELS = { "-O3": [3, 0], "-Os": [2, 1] };

/** Takes one flag of wasm-opt: a level, a promise about the memory, or a pass. */
function apply(flag, module) {
    if (flag in LEVELS) {
        const [optimize, shrink] = LEVELS[flag];
        binaryen.setOptimizeLevel(optimize);
        binaryen.setShrinkLevel(shrink);
        module.optimize();
    } else if (flag === "--low-memory-unused") {
        binaryen.setLowMemoryUnused(true);
    } else {
        const [pass, argument] = flag.replace("--", "").split("=");
        if (argument !== undefined) binaryen.setPassArgument(pass, argument);
        module.runPasses([pass]);
    }
}

for (const file of files) {
    const module = binaryen.readBinary(readFileSync(file));
    for (const flag of flags.split(" ")) apply(flag, module);
    writeFileSync(file, module.emitBinary());
    module.dispose();
}
