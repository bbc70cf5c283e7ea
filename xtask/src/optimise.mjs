// Optimises wasm files in place, as wasm-opt does, but many in one process: what npm installs of
// Binaryen takes a second to start.
//
// node optimise.mjs <library> <flags, separated by spaces> <file>...

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [library, flags, ...files] = process.argv.slice(2);

// Rust names the parts of functions too, in a section that Binaryen knows nothing of and drops.
const tell = console.error.bind(console);
console.error = (text, ...more) => {
    if (!String(text).startsWith("warning: unknown name subsection")) tell(text, ...more);
};
const { default: binaryen } = await import(pathToFileURL(library));

const LEVELS = { "-O3": [3, 0], "-Os": [2, 1] };

/** Takes one flag of wasm-opt: a level, a promise about the memory, a pass or one to leave out. */
function apply(flag, module) {
    if (flag in LEVELS) {
        const [optimize, shrink] = LEVELS[flag];
        binaryen.setOptimizeLevel(optimize);
        binaryen.setShrinkLevel(shrink);
        module.optimize();
        return;
    }
    const [name, argument] = flag.replace("--", "").split("=");
    if (name === "low-memory-unused") {
        binaryen.setLowMemoryUnused(true);
    } else if (name === "skip-pass") {
        binaryen.addPassToSkip(argument);
    } else {
        if (argument !== undefined) binaryen.setPassArgument(name, argument);
        module.runPasses([name]);
    }
}

for (const file of files) {
    const module = binaryen.readBinary(readFileSync(file));
    for (const flag of flags.split(" ")) apply(flag, module);
    writeFileSync(file, module.emitBinary());
    module.dispose();
}
