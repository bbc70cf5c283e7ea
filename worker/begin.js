// Starts a worker of the lab. The first message is the compiled wasm, which the page compiles once
// for all its workers; what comes before that runs is kept for it.
import init from './lab.js';

onmessage = async ({ data: module }) => {
  const early = [];
  onmessage = (event) => early.push(event);
  await init({ module_or_path: module });
  early.forEach((event) => onmessage(event));
};
