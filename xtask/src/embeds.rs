//! Do embeds work where people write? A small site is built with each documentation tool from the
//! very texts that the app gives out, and opened in a browser beside the built site, which is of
//! another origin.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use orrery_core::catalog::CARDS;
use orrery_core::embed::options::{Options, Theme};
use orrery_core::embed::snippets::{Figure, Snippet};

use crate::error::Error;
use crate::process::{command, run};
use crate::setup::{self, Engine, Need};
use crate::static_server::StaticServer;
use crate::tally::Tally;
use crate::webdriver::{Log, Session};
use crate::workspace::Workspace;

/// Where the site with the machines is served, on a port of its own.
const BASE_PATH: &str = "/orrery/";

/// Where each documentation site is served: a folder, as project pages are.
const DOCUMENTS_PATH: &str = "/handbook/";

/// How long a machine may take to come and to answer on a slow computer.
const LIMIT: Duration = Duration::from_secs(40);

/// Which tools read Python, from PyPI.
const PYTHON_PACKAGES: [&str; 2] = ["mkdocs-material==9.8.1", "sphinx==9.0.4"];

/// Docusaurus with what a page of documentation takes, from npm.
const NODE_PACKAGES: [&str; 6] = [
    "@docusaurus/core@3.10.2",
    "@docusaurus/plugin-content-docs@3.10.2",
    "@docusaurus/theme-classic@3.10.2",
    "react@19.3.1",
    "react-dom@19.3.1",
    "@mdx-js/react@3.1.1",
];

/// Builds a site with one tool from what the app gives out for it: the folder of the built site, or
/// none where the tool cannot be had here.
type Build = fn(&Workspace, &Path, &Snippet) -> Result<Option<PathBuf>, Error>;

/// Each way to embed, by the name that its snippet has.
const TOOLS: [(&str, Build); 6] = [
    ("Frame", plain),
    ("Element", plain),
    ("mdBook", mdbook),
    ("MkDocs Material", mkdocs),
    ("Sphinx", sphinx),
    ("Docusaurus", docusaurus),
];

/// Builds and opens a site with every tool that there is.
///
/// # Errors
///
/// When the site with the machines is not built, a tool fails, or the browser cannot be steered.
pub(crate) fn check(workspace: &Workspace, tally: &mut Tally) -> Result<(), Error> {
    let dist = workspace.dist();
    if !dist.join("embed.js").is_file() {
        return Err(Error::NotBuilt { path: dist });
    }
    let server =
        StaticServer::start(&dist, BASE_PATH).map_err(|cause| Error::Port { port: 0, cause })?;
    let options = Options {
        theme: Theme::Dark,
        ..Options::default()
    };
    let site = server.address();
    let figure = Figure {
        site: &site,
        card: &CARDS[0],
        options: &options,
        width: None,
        height: 480,
    };
    let session = Session::start(&setup::browser(workspace, Engine::Chromium)?, Log::Console)?;
    for snippet in figure.snippets() {
        let Some((_, build)) = TOOLS.iter().find(|(name, _)| *name == snippet.tool) else {
            return Err(Error::StaleTemplate {
                problem: format!("nothing tries the snippet for {}", snippet.tool),
            });
        };
        let folder = workspace.target().join("embeds").join(folder(snippet.tool));
        // What was built before; there may be nothing.
        let _ = fs::remove_dir_all(&folder);
        if let Some(built) = build(workspace, &folder, &snippet)? {
            let place = format!("embed in {}", snippet.tool);
            visit(&session, &built, &place, &EXPECTATIONS, tally)?;
        }
    }
    Ok(())
}

/// Opens embeds from pages of another origin: one in a sandbox, and ten on one page.
///
/// # Errors
///
/// When a page cannot be written or served, or the browser cannot be steered.
pub(crate) fn check_across_origins(
    workspace: &Workspace,
    session: &Session,
    site: &str,
    walk: &str,
    tally: &mut Tally,
) -> Result<(), Error> {
    let folder = workspace.target().join("embeds").join("across-origins");
    let slug = CARDS[0].slug;
    let sandbox = format!(
        "<iframe title=\"A machine\" width=\"600\" height=\"480\" \
         sandbox=\"allow-scripts allow-same-origin\" src=\"{site}embed/{slug}/\"></iframe>"
    );
    let one = folder.join("one");
    write(&one, "index.html", &page(&sandbox))?;
    visit(
        session,
        &one,
        &format!("{walk} embed in a sandbox of another origin"),
        &EXPECTATIONS,
        tally,
    )?;
    let demos: String = (0..10)
        .map(|index| {
            let card = &CARDS[index % CARDS.len()];
            format!(
                "<orrery-demo pattern=\"{}\" height=\"300\"></orrery-demo>\n",
                card.slug
            )
        })
        .collect();
    let ten = folder.join("ten");
    let script = format!("<script src=\"{site}embed.js\" async></script>\n");
    write(&ten, "index.html", &page(&format!("{script}{demos}")))?;
    visit(
        session,
        &ten,
        &format!("{walk} embed in a page with nine others"),
        &TEN_EXPECTATIONS,
        tally,
    )
}

/// Ten machines below each other: those in sight play, those further down have not even come.
const TEN_EXPECTATIONS: [(&str, &str); 3] = [
    (
        "the first plays",
        "return Boolean(frame) && (say({ type: 'state' }), said('state')?.playing && said('state').t > 0.2);",
    ),
    (
        "the last waits until one comes near it",
        "const last = [...document.querySelectorAll('orrery-demo')].at(-1); \
         return !last.shadowRoot.querySelector('iframe');",
    ),
    (
        "scrolled to, the last plays and the first sleeps",
        "const demos = [...document.querySelectorAll('orrery-demo')]; \
         demos.at(-1).scrollIntoView(); \
         state.times ??= new Map(); \
         if (!state.ten) { \
             state.ten = true; \
             for (const demo of demos) demo.addEventListener('orrery-state', event => { \
                 const times = state.times.get(demo) ?? []; \
                 state.times.set(demo, [...times.slice(-9), event.detail.t]); \
             }); \
         } \
         for (const demo of [demos[0], demos.at(-1)]) demo.send('state').catch(() => {}); \
         const moves = demo => { \
             const times = state.times.get(demo) ?? []; \
             return times.length === 10 && times.at(-1) !== times[0]; \
         }; \
         const stands = demo => { \
             const times = state.times.get(demo) ?? []; \
             return times.length === 10 && times.at(-1) === times[0]; \
         }; \
         return moves(demos.at(-1)) && stands(demos[0]);",
    ),
];

fn page(content: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Handbook</title>\
         <link rel=\"icon\" href=\"data:,\"></head>\n<body>\n<h1>Handbook</h1>\n{content}\n</body>\n</html>\n"
    )
}

fn folder(tool: &str) -> String {
    tool.to_lowercase().replace(' ', "-")
}

/// A page without any tool.
fn plain(_: &Workspace, folder: &Path, snippet: &Snippet) -> Result<Option<PathBuf>, Error> {
    write(folder, "index.html", &page(&snippet.files[0].1))?;
    Ok(Some(folder.to_path_buf()))
}

fn mdbook(
    workspace: &Workspace,
    folder: &Path,
    snippet: &Snippet,
) -> Result<Option<PathBuf>, Error> {
    setup::ensure(workspace, &[Need::MdBook])?;
    write(folder, "book.toml", "[book]\ntitle = \"Handbook\"\n")?;
    write(
        folder,
        "src/SUMMARY.md",
        "# Summary\n\n- [Limits](index.md)\n",
    )?;
    write(folder, "src/index.md", &chapter(&snippet.files[0].1))?;
    run(command(workspace, "mdbook").arg("build").arg(folder))?;
    Ok(Some(folder.join("book")))
}

fn mkdocs(
    workspace: &Workspace,
    folder: &Path,
    snippet: &Snippet,
) -> Result<Option<PathBuf>, Error> {
    let Some(python) = python(workspace)? else {
        return Ok(None);
    };
    // Fonts would come from another host.
    let settings = format!(
        "site_name: Handbook\ntheme:\n  name: material\n  font: false\n{}\n",
        snippet.files[0].1
    );
    write(folder, "mkdocs.yml", &settings)?;
    write(folder, "docs/index.md", &chapter(&snippet.files[1].1))?;
    run(command(workspace, &python)
        .args([
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "--quiet",
            "--config-file",
        ])
        .arg(folder.join("mkdocs.yml")))?;
    Ok(Some(folder.join("site")))
}

fn sphinx(
    workspace: &Workspace,
    folder: &Path,
    snippet: &Snippet,
) -> Result<Option<PathBuf>, Error> {
    let Some(python) = python(workspace)? else {
        return Ok(None);
    };
    write(
        folder,
        "source/conf.py",
        &format!("project = \"Handbook\"\n{}\n", snippet.files[0].1),
    )?;
    let page = format!("Handbook\n========\n\nLimits.\n\n{}\n", snippet.files[1].1);
    write(folder, "source/index.rst", &page)?;
    let built = folder.join("built");
    run(command(workspace, &python)
        .args(["-m", "sphinx", "-q", "-W", "-b", "html"])
        .arg(folder.join("source"))
        .arg(&built))?;
    Ok(Some(built))
}

fn docusaurus(
    workspace: &Workspace,
    folder: &Path,
    snippet: &Snippet,
) -> Result<Option<PathBuf>, Error> {
    let Some(npm) = workspace.find_program("npm") else {
        println!(
            "npm is not here, from which Docusaurus would come: left out. Install npm to change that."
        );
        return Ok(None);
    };
    let packages = workspace.tools().join("documents-docusaurus");
    setup::npm_install(workspace, &npm, &packages, &NODE_PACKAGES)?;
    let settings = format!(
        "module.exports = {{\n  title: 'Handbook', url: 'https://docs.example', baseUrl: '{DOCUMENTS_PATH}',\n  \
         plugins: [['@docusaurus/plugin-content-docs', {{ routeBasePath: '/' }}]],\n  \
         themes: ['@docusaurus/theme-classic'],\n  {}\n}};\n",
        snippet.files[0].1
    );
    write(folder, "docusaurus.config.js", &settings)?;
    let page = format!("---\nslug: /\n---\n{}", chapter(&snippet.files[1].1));
    write(folder, "docs/index.mdx", &page)?;
    // It looks for its parts in the folder of the site and above.
    let link = folder.join("node_modules");
    std::os::unix::fs::symlink(packages.join("node_modules"), &link)
        .map_err(Error::file("create", &link))?;
    let built = folder.join("built");
    run(command(workspace, "node")
        .current_dir(folder)
        .arg(packages.join("node_modules/@docusaurus/core/bin/docusaurus.mjs"))
        .args(["build", "--no-minify", "--out-dir"])
        .arg(&built)
        .env("DOCUSAURUS_NO_PERSISTENT_CACHE", "1")
        .env("NODE_ENV", "production"))?;
    Ok(Some(built))
}

/// The Python with the tools in it; none where there is no Python.
fn python(workspace: &Workspace) -> Result<Option<PathBuf>, Error> {
    let Some(system) = workspace.find_program("python3") else {
        println!(
            "python3 is not here, for which MkDocs and Sphinx are: left out. Install it to change that."
        );
        return Ok(None);
    };
    let folder = workspace.tools().join("documents-python");
    let python = folder.join("bin/python");
    if !python.is_file() {
        run(command(workspace, &system)
            .args(["-m", "venv"])
            .arg(&folder))?;
    }
    run(command(workspace, &python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(PYTHON_PACKAGES))?;
    Ok(Some(python))
}

/// A chapter with a machine in it.
fn chapter(machine: &str) -> String {
    format!("# Handbook\n\nWhat a limit does:\n\n{machine}\n\nAnd so on.\n")
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Error> {
    let path = folder.join(name);
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(Error::file("create", parent))?;
    fs::write(&path, text).map_err(Error::file("write", &path))
}

/// Speaks with the machine on the page, by the element where there is one and else by the frame:
/// `said(type)` is the last report of a type, `say` sends a command.
const SPEAK: &str = "\
    const demo = document.querySelector('orrery-demo'); \
    const frame = demo ? demo.shadowRoot?.querySelector('iframe') : document.querySelector('iframe'); \
    const state = window.orreryCheck ??= { reports: {} }; \
    if (!state.listening) { \
        state.listening = true; \
        addEventListener('message', event => { \
            if (event.data?.orrery === 1) state.reports[event.data.type] = event.data; \
        }); \
    } \
    const said = type => state.reports[type]; \
    const say = message => frame.contentWindow.postMessage({ orrery: 1, ...message }, new URL(frame.src).origin);";

/// What must become true on each page, with the words that say what it checks.
const EXPECTATIONS: [(&str, &str); 6] = [
    (
        "the frame stands in the page and has a title",
        "return Boolean(frame?.src && frame.title);",
    ),
    (
        "the machine plays",
        "if (!frame) return false; \
         say({ type: 'state' }); \
         const now = said('state'); \
         if (!now) return false; \
         state.first ??= now.t; \
         return now.playing && now.t > state.first;",
    ),
    (
        "it tells what was subscribed to",
        "if (!state.asked) { state.asked = true; say({ type: 'subscribe', to: ['metrics', 'events', 'properties', 'time'] }); } \
         return ['metrics', 'events', 'properties', 'time'].every(topic => said(topic));",
    ),
    (
        "it pauses and goes to an instant",
        "say({ type: 'pause' }); say({ type: 'seek', t: 1.5 }); say({ type: 'state' }); \
         return said('state').t === 1.5 && !said('state').playing;",
    ),
    (
        "it refuses what it cannot do and says why",
        "say({ type: 'set', knob: 'nonsense', value: 1, id: 'bad' }); \
         return said('error')?.id === 'bad' && said('error').message.includes('nonsense');",
    ),
    (
        "nothing goes on after a pause",
        "say({ type: 'state' }); return said('state').t === 1.5;",
    ),
];

fn visit(
    session: &Session,
    built: &Path,
    place: &str,
    expectations: &[(&str, &str)],
    tally: &mut Tally,
) -> Result<(), Error> {
    let server = StaticServer::start(built, DOCUMENTS_PATH)
        .map_err(|cause| Error::Port { port: 0, cause })?;
    session.open(&server.address())?;
    let mut check = |what: &str, problem: Option<String>| {
        tally.note(place, what, problem.as_deref());
    };
    for (what, script) in expectations {
        let holds = session.wait_until(&format!("{SPEAK} {script}"), LIMIT)?;
        let problem = (!holds).then(|| format!("not within {} s", LIMIT.as_secs()));
        check(what, problem);
    }
    let errors = session.take_console()?.into_iter();
    let errors: Vec<String> = errors
        // A tool's own page may have no picture for its tab, which is none of our business.
        .filter(|message| message.level == "SEVERE" && !message.text.contains("/favicon.ico"))
        .map(|message| message.text)
        .collect();
    check(
        "the console has no errors",
        (!errors.is_empty()).then(|| errors.join("; ")),
    );
    Ok(())
}
