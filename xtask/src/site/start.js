
const address = (id) => document.getElementById(id).href;
const { default: start } = await import(address("app-script"));
await start({ module_or_path: address("app-wasm") });
