
const address = (id) => document.getElementById(id).href;
const script = address("app-script");
// The page's address changes as the visitor goes on; these were written for the one it began with.
for (const link of document.querySelectorAll("link[rel~=icon], link[rel=apple-touch-icon], link[rel=manifest]")) {
    link.setAttribute("href", link.href);
}
const { default: start } = await import(script);
await start({ module_or_path: address("app-wasm") });
