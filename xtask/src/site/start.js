
const address = (id) => document.getElementById(id).href;
const script = address("app-script");
// The page's address changes as the visitor goes on; these were written for the one it began with.
for (const link of document.querySelectorAll("link[rel~=icon], link[rel=apple-touch-icon], link[rel=manifest]")) {
    link.setAttribute("href", link.href);
}
// The picture that stands here already is seen before the app takes its place.
const seen = async () => {
    await document.querySelector("#prerendered img")?.decode().catch(() => {});
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
};
// A page in the background has no frames.
await Promise.race([seen(), new Promise((resolve) => setTimeout(resolve, 500))]);
// What serves the running machine would only have been in its way.
for (const link of document.querySelectorAll("link[rel=later]")) {
    const now = link.cloneNode();
    now.rel = "preload";
    link.replaceWith(now);
}
const { default: start } = await import(script);
await start({ module_or_path: address("app-wasm") });
