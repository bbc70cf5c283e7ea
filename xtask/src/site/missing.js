
const path = location.pathname.replace(/^\/+/, "/");
const links = [...document.querySelectorAll("[data-slug]")];

/** The site's root: what the build says, what the address says, or where the manifest answers. */
async function findRoot() {
    const known = document.body.dataset.root;
    if (known && path.startsWith(known)) return known;
    const patterns = path.lastIndexOf("/p/");
    if (patterns >= 0) return path.slice(0, patterns + 1);
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
        const folder = path.slice(0, end + 1);
        const answer = await fetch(`${folder}manifest.webmanifest`).catch(() => {});
        if (answer?.ok) return folder;
    }
    return "/";
}

/** Single-character edits between two words (Levenshtein 1966). */
function distance(a, b) {
    let row = [...b, ""].map((_, index) => index);
    for (const [i, from] of [...a].entries()) {
        const next = [i + 1];
        for (const [j, to] of [...b].entries()) {
            next.push(Math.min(row[j] + (from === to ? 0 : 1), row[j + 1] + 1, next[j] + 1));
        }
        row = next;
    }
    return row[b.length];
}

/** The link to the pattern that was meant, if one is near enough. */
function nearest() {
    const words = path.split("/").filter((word) => word && word !== "index.html");
    const wanted = (words.pop() ?? "").toLowerCase().slice(0, 100);
    const far = ({ dataset: { slug } }) => distance(wanted, slug) / slug.length;
    const [best] = links.toSorted((a, b) => far(a) - far(b));
    return best && far(best) <= 0.5 ? best : undefined;
}

const root = await findRoot();
for (const link of links) link.href = `${root}p/${link.dataset.slug}/`;
document.getElementById("home").href = root;
const meant = nearest();
if (meant) {
    const link = document.getElementById("meant");
    link.href = meant.href;
    link.textContent = meant.textContent;
    document.getElementById("nearest").hidden = false;
}
