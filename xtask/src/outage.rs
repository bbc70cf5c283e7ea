//! Does the site outlive its host? A visitor comes once, the host goes away, and comes back with
//! another version.

use std::fs;
use std::path::{Path, PathBuf};

use orrery_core::catalog::PATTERNS;

use crate::error::Error;
use crate::registry;
use crate::setup::{self, Engine};
use crate::site;

use crate::static_server::StaticServer;
use crate::tally::Tally;
use crate::visit::{BASE_PATH, STAGE_MOVES, START_LIMIT, unfulfilled};
use crate::webdriver::{Log, Session};
use crate::workspace::Workspace;

/// What only the second version has.
const MARK: &str = "<meta name=\"smoke\" content=\"2\">";

/// The version that the host has now is at work, and has all that belongs to this page. The host is
/// asked only once: a worker that is asked again and again never rests, and the next one waits for that.
const IS_KEPT: &str = "\
    const root = new URL('.', document.getElementById('app-script').href).href; \
    window.orreryWorker ??= fetch(`${root}service-worker.js`, { cache: 'no-store' }).then(answer => answer.text()); \
    return window.orreryWorker.then(async script => { \
        const stated = name => JSON.parse(script.match(new RegExp(`^const ${name} = (.*);$`, 'm'))[1]); \
        const version = stated('VERSION'); \
        const name = (await caches.keys()).find(name => name.endsWith(version)); \
        if (!name || navigator.serviceWorker.controller === null) return false; \
        const { installing, waiting } = await navigator.serviceWorker.getRegistration(); \
        if (installing || waiting) return false; \
        const cache = await caches.open(name); \
        const wanted = [...stated('SHELL'), ...stated('PAGES')[location.href.split('#')[0].slice(root.length)]]; \
        const kept = await Promise.all(wanted.map(path => cache.match(new URL(path, root)))); \
        return kept.every(Boolean); \
    });";

/// The lesson, which nobody has opened yet.
const LESSON_IS_THERE: &str = "\
    const tab = document.getElementById('tab-lesson'); \
    if (!tab) return false; \
    if (tab.getAttribute('aria-selected') !== 'true') tab.click(); \
    return document.querySelectorAll('[data-testid=\"lesson\"] h3').length === 8;";

/// A card for each pattern, and its picture.
const GALLERY_IS_THERE: &str = "\
    const cards = document.querySelectorAll('[data-testid=\"pattern-card\"]'); \
    const pictures = [...document.querySelectorAll('.card-picture img')]; \
    if (cards.length === 0 || pictures.length !== cards.length) return false; \
    return Promise.all(pictures.map(picture => fetch(picture.src).then(answer => answer.ok))) \
        .then(answers => answers.every(Boolean), () => false);";

const MISSING_IS_THERE: &str = "return document.getElementById('nearest')?.hidden === false;";

/// Comes, stays away, comes back: adds what was found to `tally`.
///
/// # Errors
///
/// When the site has not been built, cannot be copied, or the browser cannot be steered.
pub(crate) fn outage(
    workspace: &Workspace,
    engine: Engine,
    tally: &mut Tally,
) -> Result<(), Error> {
    let server = StaticServer::of_site(workspace, BASE_PATH)?;
    let session = Session::start(&setup::browser(workspace, engine)?, Log::Console)?;
    let walk = format!("journey {} offline", engine.name());
    let Some(pattern) = PATTERNS.first() else {
        return Ok(());
    };
    let (root, port) = (server.address(), server.port());
    let page = format!("{root}{}", registry::address(pattern));
    let mut check = |what: &str, script: &str| -> Result<(), Error> {
        let fulfilled = session.wait_until(script, START_LIMIT * 2)?;
        let problem = match fulfilled {
            true => None,
            false => Some(unfulfilled(&session, script)?),
        };
        tally.note(&walk, what, problem.as_deref());
        Ok(())
    };

    session.open(&page)?;
    check("what a visitor saw is kept", IS_KEPT)?;
    session.open(&root)?;
    check("and the pictures of the gallery", IS_KEPT)?;
    drop(server);
    session.open(&page)?;
    check("without a host the machine plays", STAGE_MOVES)?;
    check("its lesson can be read", LESSON_IS_THERE)?;
    session.open(&root)?;
    check("the gallery is there", GALLERY_IS_THERE)?;
    session.open(&format!("{root}p/token-bukcet/"))?;
    check("a page that was never there says so", MISSING_IS_THERE)?;

    let second = second_version(&workspace.dist(), &workspace.target().join("smoke"))?;
    let server = StaticServer::start_on(port, &second, BASE_PATH)
        .map_err(|cause| Error::Port { port, cause })?;
    session.open(&page)?;
    check("a new version is shown at once", &is_second(&second)?)?;
    check("and kept in place of the old one", IS_KEPT)?;
    drop(server);
    session.open(&page)?;
    check("without a host it plays", STAGE_MOVES)?;
    check("and is of one piece", &is_second(&second)?)?;
    let mut errors = session.take_errors()?.into_iter();
    // That the host is gone both browsers do say, and Firefox what it gave up when the visitor went on.
    let expected = [
        "net::ERR_",
        "404",
        "NetworkError when attempting to fetch",
        "AbortError: The operation was aborted",
    ];
    let told = errors.find(|text| !expected.iter().any(|words| text.contains(words)));
    check(
        "the console has no errors",
        &format!("return {};", told.is_none()),
    )?;
    if let Some(told) = told {
        println!("{told}");
    }
    fs::remove_dir_all(&second).map_err(Error::file("remove", &second))
}

/// The page has the mark, and every file that it loaded under a name that tells its content is one of
/// the second version.
fn is_second(folder: &Path) -> Result<String, Error> {
    let entries = fs::read_dir(folder).map_err(Error::file("read", folder))?;
    let names = entries
        .filter_map(Result::ok)
        .map(|entry| format!("{:?}", entry.file_name().to_string_lossy()));
    let names = names.collect::<Vec<_>>().join(",");
    Ok(format!(
        "if (!document.querySelector('[data-testid=app]')) return false; \
         const names = new Set([{names}]); \
         const loaded = performance.getEntriesByType('resource') \
             .map(entry => entry.name.replace(/.*\\//, '')).filter(name => /-[0-9a-f]{{16}}/.test(name)); \
         if (document.querySelector('meta[name=smoke]')?.content !== '2') return 'it is the first'; \
         const others = loaded.filter(name => !names.has(name)); \
         return loaded.length > 3 && (others.length === 0 || `the first had ${{others.join(', ')}}`);"
    ))
}

/// A copy of the site in which every page and every script has changed.
fn second_version(dist: &Path, to: &Path) -> Result<PathBuf, Error> {
    let _ = fs::remove_dir_all(to);
    for path in site::files_below(dist)? {
        let relative = path.strip_prefix(dist).unwrap_or(&path);
        let copy = to.join(relative);
        if let Some(folder) = copy.parent() {
            fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
        }
        let mut bytes = fs::read(&path).map_err(Error::file("read", &path))?;
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("html") => {
                let html = String::from_utf8_lossy(&bytes).into_owned();
                bytes = html
                    .replace("</head>", &format!("{MARK}</head>"))
                    .into_bytes();
            }
            Some("js") => bytes.extend_from_slice(b"\n// The second version.\n"),
            Some(_) | None => {}
        }
        fs::write(&copy, bytes).map_err(Error::file("write", &copy))?;
    }
    site::seal_again(to)?;
    Ok(to.to_path_buf())
}
