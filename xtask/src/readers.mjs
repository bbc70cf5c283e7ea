// Has Mermaid read diagrams that were exported: `node readers.mjs DIAGRAM…`. It takes a page for
// granted, so that it is given one.
import { readFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';

const { window } = new JSDOM('');
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import('mermaid');

let passed = 0;
const files = process.argv.slice(2);
for (const file of files) {
  try {
    const { diagramType } = await mermaid.parse(readFileSync(file, 'utf8'));
    if (diagramType !== 'sequence') throw new Error(`it is read as ${diagramType}`);
    passed += 1;
  } catch (error) {
    console.error(`${file}: ${error.message}`);
  }
}
const failed = files.length - passed;
console.log(`test result: ${failed ? 'FAILED' : 'ok'}. ${passed} passed; ${failed} failed`);
process.exit(failed ? 1 : 0);
