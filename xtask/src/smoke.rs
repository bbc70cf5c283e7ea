//! Does the built site work? Each page is opened in a browser as a visitor would, from a plain
//! static server, under a path that is not the root.

use std::borrow::Cow;

use orrery_core::catalog::{PATTERNS, Pattern};

use crate::embed;
use crate::error::Error;
use crate::fingers;
use crate::registry;
use crate::setup::{self, Engine};
use crate::static_server::StaticServer;
use crate::tally::Tally;
use crate::visit::{APP_IS_MOUNTED, BASE_PATH, STAGE_MOVES, START_LIMIT, Visit, plain};
use crate::webdriver::{Log, Session};
use crate::wire::{self, Files, Sizes};
use crate::workspace::Workspace;

/// Opens every page of the site and adds what was found to `tally`.
///
/// # Errors
///
/// When the site has not been built or the browser cannot be steered. A page that does not do what
/// it should is no error here but a failed check in the tally.
pub(crate) fn smoke(workspace: &Workspace, tally: &mut Tally) -> Result<(), Error> {
    let server = StaticServer::of_site(workspace, BASE_PATH)?;
    let session = Session::start(&setup::browser(workspace, Engine::Chromium)?, Log::Console)?;
    for visit in visits() {
        visit.check(&session, &server.address(), "smoke", tally)?;
    }
    let mut sizes = Sizes::default();
    let pages = PATTERNS
        .iter()
        .map(|pattern| (registry::address(pattern), wire::PAGE));
    let embeds = PATTERNS
        .iter()
        .map(|pattern| (embed::address(pattern), wire::EMBED));
    for (page, most) in pages.chain(embeds) {
        session.open(&format!("{}{page}", server.address()))?;
        session.wait_until(STAGE_MOVES, START_LIMIT)?;
        let files = Files::of(&session, &server.address())?;
        let load = sizes.load(&workspace.dist(), &files)?;
        let problem = wire::over_budget(load, most, &page);
        tally.note(
            &format!("smoke {page}"),
            "it plays within its budget",
            problem.as_deref(),
        );
    }
    drop(session);
    fingers::check(workspace, &server.address(), tally)
}

fn visits() -> Vec<Visit> {
    let home = Visit {
        path: String::new(),
        title: Some(registry::SITE_TITLE.to_owned()),
        expectations: plain([
            ("the app starts", APP_IS_MOUNTED),
            ("every pattern has its picture", EVERY_CARD_HAS_A_PICTURE),
            ("nothing moves when it arrives", NOTHING_SHIFTS),
            ("it lies as before the app was there", FRAME_AGREES),
            ("nothing comes from elsewhere", NOTHING_FROM_ELSEWHERE),
        ]),
        may_be_missing: false,
    };
    let missing = |path: &str, expectations: Vec<(&'static str, Cow<'static, str>)>| Visit {
        path: path.to_owned(),
        title: Some("No such page · Orrery".to_owned()),
        expectations: plain([("it leads home", LEADS_HOME)])
            .into_iter()
            .chain(expectations)
            .collect(),
        may_be_missing: true,
    };
    let missing = [
        missing(
            "no/such/address",
            plain([("it names no pattern", NAMES_NONE)]),
        ),
        missing(
            "p/token-bukcet/",
            plain([("it names the one that was meant", NAMES_TOKEN_BUCKET)]),
        ),
        missing("circuit-braker", Vec::new()),
    ];
    let patterns = PATTERNS.iter().map(|pattern| {
        let mut expectations = plain([
            ("the app starts", APP_IS_MOUNTED),
            (
                "the stage is there",
                "return document.querySelector('[data-testid=\"stage\"]') !== null;",
            ),
            ("the stage moves", STAGE_MOVES),
            ("nothing moves when it arrives", NOTHING_SHIFTS),
            ("it lies as before the app was there", FRAME_AGREES),
            ("nothing comes from elsewhere", NOTHING_FROM_ELSEWHERE),
            ("workers measure its first experiment", WORKERS_MEASURE),
        ]);
        expectations.push(("workers find the run on record", finds(pattern)));
        expectations.extend(plain([
            ("its source can be read", CODE_ARRIVES),
            ("its lesson can be read", LESSON_ARRIVES),
        ]));
        Visit {
            path: registry::address(pattern),
            title: Some(registry::title(pattern)),
            expectations,
            may_be_missing: false,
        }
    });
    let mishaps = PATTERNS.first().map(|pattern| {
        let visit = |scripts: Vec<(&'static str, Cow<'static, str>)>| {
            let mut expectations = plain([("the app starts", APP_IS_MOUNTED)]);
            expectations.extend(scripts);
            Visit {
                path: registry::address(pattern),
                title: None,
                expectations,
                may_be_missing: false,
            }
        };
        [
            visit(vec![
                ("a search goes on when a worker fails", search(ONE_FAILS)),
                ("and when all end without a word", search(ALL_FALL_SILENT)),
                ("stopped, it says what it tried", search(STOPPED)),
            ]),
            visit(vec![(
                "measuring goes on when a worker fails",
                working(ONE_FAILS_MEASURING),
            )]),
            visit(vec![(
                "without workers the page searches and says so",
                search(NO_WORKERS),
            )]),
            visit(vec![(
                "workers that never answer leave it to the page",
                search(DEAF_WORKERS),
            )]),
        ]
    });
    [home]
        .into_iter()
        .chain(patterns)
        .chain(mishaps.into_iter().flatten())
        .chain(missing)
        .collect()
}

/// What the native search finds without each safeguard.
const FINDS: &str = include_str!("../../core/tests/records/finds.txt");

/// The search of the first broken variant, opened on the stage, is the story on record, however the
/// page is looked at.
fn finds(pattern: &Pattern) -> Cow<'static, str> {
    let slug = pattern.card.slug;
    let mut lines = FINDS.lines().map(|line| line.split(' '));
    let own = lines.find(|words| words.clone().next() == Some(slug));
    let story = own
        .and_then(|mut words| words.next_back())
        .unwrap_or_default();
    search(&format!(
        "{WORKERS_FIND} return location.hash.split('&_')[0].replace(/&hash=[0-9a-f]+/, '') === '#{story}';"
    ))
}

/// A script about the search of a page.
fn search(script: &str) -> Cow<'static, str> {
    format!("{KEEP_WORKERS} {SEARCH_WORDS} {script}").into()
}

/// A script about workers.
fn working(script: &str) -> Cow<'static, str> {
    format!("{KEEP_WORKERS} {script}").into()
}

/// Shows the promises and gives the search's button and words, once they are here.
const SEARCH_WORDS: &str = "\
    const tab = document.getElementById('tab-promises'); \
    if (!tab) return false; \
    if (tab.getAttribute('aria-selected') !== 'true') tab.click(); \
    const get = id => document.querySelector(`[data-testid=\"${id}\"]`); \
    const button = get('hunt'); \
    if (!button) return false; \
    const told = get('hunt-told').textContent; \
    const tried = Number((get('hunt-tried').textContent.match(/[0-9,]+(?= runs)/) ?? ['0'])[0].replaceAll(',', '')); \
    const choose = (id, value, kind) => { \
        get(id).value = value; \
        get(id).dispatchEvent(new Event(kind, { bubbles: true })); \
    }; \
    const sound = () => { choose('hunt-from', 'safeguards', 'change'); choose('hunt-runs', '100000000', 'input'); };";

/// Keeps every worker that is made from then on.
const KEEP_WORKERS: &str = "\
    const kept = () => { \
        const own = window.Worker; \
        window.orreryWorkers = []; \
        window.Worker = class extends own { \
            constructor(...all) { super(...all); window.orreryWorkers.push(this); } \
        }; \
    };";

const WORKERS_FIND: &str = "\
    if (told === '') { button.click(); return false; } \
    if (told.startsWith('Searching') && !told.includes('beside the page')) return false; \
    const open = get('hunt-open'); \
    if (!open) return false; \
    open.click();";

/// A worker fails as one does whose memory ends: others try more after that.
const ONE_FAILS: &str = "\
    const state = window.orreryState ??= {}; \
    if (told === '') { kept(); sound(); button.click(); return false; } \
    if (tried === 0) return false; \
    if (!state.failed) { \
        state.failed = tried; \
        state.workers = window.orreryWorkers.length; \
        window.orreryWorkers[0].dispatchEvent(new ErrorEvent('error')); \
        return false; \
    } \
    return window.orreryWorkers.length > state.workers && tried > state.failed + 5000;";

/// The same while the first experiment is measured: a worker fails with runs in its hands, and all are
/// made in the end.
const ONE_FAILS_MEASURING: &str = "\
    const state = window.orreryState ??= {}; \
    const measure = document.getElementById('tab-measure'); \
    if (!measure) return false; \
    if (measure.getAttribute('aria-selected') !== 'true') measure.click(); \
    const card = document.querySelector('[data-testid=\"experiment\"]'); \
    if (!card) return false; \
    const words = card.querySelector('.undertaking-told').textContent; \
    if (words === '') { \
        kept(); \
        const own = window.Worker; \
        window.Worker = class extends own { \
            postMessage(message) { \
                if (message[0] !== 'run' || state.workers) return super.postMessage(message); \
                state.workers = window.orreryWorkers.length; \
                setTimeout(() => this.dispatchEvent(new ErrorEvent('error'))); \
            } \
        }; \
        card.open = true; \
        card.querySelector('button').click(); \
        return false; \
    } \
    return /^[1-9][0-9]* runs, beside the page$/.test(words) \
        && window.orreryWorkers.length > state.workers;";

/// All workers end, and nobody says so.
const ALL_FALL_SILENT: &str = "\
    const state = window.orreryState; \
    if (!state.silent) { \
        window.orreryWorkers.forEach(worker => worker.terminate()); \
        state.silent = tried; \
        state.until = performance.now() + 2000; \
        return false; \
    } \
    if (performance.now() < state.until) { state.silent = tried; return false; } \
    return tried > state.silent + 5000;";

/// What was tried until then is kept.
const STOPPED: &str = "\
    if (told.startsWith('Searching')) { button.click(); return false; } \
    return told.startsWith('Stopped. No run broke') && /Tried: [0-9,]+ runs/.test(told);";

/// The browser gives no workers.
const NO_WORKERS: &str = "\
    if (told === '') { \
        window.Worker = class { constructor() { throw new Error('no'); } }; \
        sound(); \
        button.click(); \
    } \
    return told.includes('this browser gives the page no workers') && tried > 100;";

/// Workers can be made and fail at once, as where a host forbids their script.
const DEAF_WORKERS: &str = "\
    if (told === '') { \
        window.Worker = class extends EventTarget { \
            constructor() { \
                super(); \
                setTimeout(() => this.onerror?.(new ErrorEvent('error')), 10); \
            } \
            postMessage() {} \
            terminate() {} \
        }; \
        sound(); \
        button.click(); \
    } \
    return told.includes('this browser gives the page no workers') && tried > 100;";

/// All pictures of the gallery are there; those further down come when one goes there.
const EVERY_CARD_HAS_A_PICTURE: &str = "\
    const pictures = [...document.querySelectorAll('.card-picture img')]; \
    for (const picture of pictures) picture.loading = 'eager'; \
    return pictures.length === document.querySelectorAll('.card').length \
        && pictures.length > 0 && pictures.every(picture => picture.naturalWidth === 880);";

/// The missing page knows where the site begins.
const LEADS_HOME: &str = "return document.getElementById('home').pathname === '/some/where/';";

/// Nothing is near enough to what was asked for.
const NAMES_NONE: &str = "return document.getElementById('nearest').hidden;";

/// A slip of the fingers is understood.
const NAMES_TOKEN_BUCKET: &str = "\
    const meant = document.getElementById('meant'); \
    return meant.checkVisibility() && meant.pathname === '/some/where/p/token-bucket/';";

/// The page as it is written, and the one that the app makes of it, lie alike on a desk and in a hand:
/// each is opened in a frame, the first without its scripts.
const FRAME_AGREES: &str = "\
    const selectors = ['.top-bar', '.brand', '.top-bar-title', '.caption', '.caption-words', '.stages', \
        '.stage-host', '.vitals', '.transport-main', '.play', '.transport-time', '.controls', '.readouts', \
        '.home-head h1', '.home-head p', '.search input', '.family h2', '.card', '.card-words']; \
    const frame = (width, height) => { \
        const frame = document.createElement('iframe'); \
        frame.width = width; \
        frame.height = height; \
        document.body.append(frame); \
        return frame; \
    }; \
    const places = (frame, app) => selectors.map(selector => { \
        const element = frame.contentDocument.querySelector(`${app} ${selector}`); \
        if (!element) return selector; \
        const { x, y, width, height } = element.getBoundingClientRect(); \
        const column = frame.width < 500 && ['.controls', '.readouts'].includes(selector); \
        const name = selector === '.top-bar-title'; \
        const place = column ? [x, width] : name ? [x, y, height] : [x, y, width, height]; \
        return [selector, ...place.map(Math.round)].join(' '); \
    }); \
    const until = async (check) => { while (!check()) await new Promise(done => setTimeout(done, 50)); }; \
    const compare = async ([width, height]) => { \
        const [before, after] = [frame(width, height), frame(width, height)]; \
        const html = await (await fetch(location.href)).text(); \
        before.contentDocument.write(html.replace(/<script[^]*?<\\/script>/g, '')); \
        before.contentDocument.close(); \
        after.src = location.href; \
        const there = document.querySelector('.pattern') ? '.panel' : '.card'; \
        await until(() => after.contentDocument.querySelector(`[data-testid=app] ${there}`)); \
        await until(() => before.contentDocument.styleSheets.length > 0); \
        const now = places(after, '[data-testid=app]'); \
        const differ = places(before, '#prerendered') \
            .flatMap((place, index) => place === now[index] ? [] : [`${place} became ${now[index]}`]); \
        before.remove(); \
        after.remove(); \
        return differ; \
    }; \
    window.orreryFrames ??= Promise.all([[1440, 900], [390, 844]].map(compare)); \
    return window.orreryFrames.then(differ => differ.flat().length === 0 || differ.flat().join('; '));";

/// The browser saw nothing move by itself (W3C, "Layout Instability"), but for what the machine tells
/// as it runs.
const NOTHING_SHIFTS: &str = "\
    return new Promise(done => { \
        let sum = 0; \
        const told = source => !source.node || source.node.parentElement?.closest('.readouts, .vitals, .caption'); \
        const counts = shift => !shift.hadRecentInput && !shift.sources.every(told); \
        const count = list => list.getEntries().filter(counts).forEach(shift => sum += shift.value); \
        new PerformanceObserver(count).observe({ type: 'layout-shift', buffered: true }); \
        setTimeout(() => done(sum < 0.001 || `they add up to ${sum}`), 300); \
    });";

/// All that was loaded is the site's own.
const NOTHING_FROM_ELSEWHERE: &str = "\
    const loaded = performance.getEntriesByType('resource').map(entry => entry.name); \
    const own = address => /^(data|blob):/.test(address) || address.startsWith(location.origin + '/some/where/'); \
    return loaded.length > 3 && (loaded.every(own) || loaded.filter(address => !own(address)).join('; '));";

/// The Measure tab has runs of the first experiment made beside the page; seen early, then stopped.
const WORKERS_MEASURE: &str = "\
    const tab = document.getElementById('tab-measure'); \
    if (tab.getAttribute('aria-selected') !== 'true') tab.click(); \
    const card = document.querySelector('[data-testid=\"experiment\"]'); \
    if (!card) return false; \
    const told = card.querySelector('.undertaking-told').textContent; \
    if (told === '') { card.open = true; card.querySelector('button').click(); } \
    return /^[1-9].*runs, beside the page$/.test(told);";

/// The Code tab shows lines, which come in a piece of their own.
const CODE_ARRIVES: &str = "\
    const tab = document.getElementById('tab-code'); \
    if (tab.getAttribute('aria-selected') !== 'true') tab.click(); \
    return document.querySelectorAll('[data-testid=\"code\"] .code-line').length > 20;";

/// The Lesson tab shows its sections.
const LESSON_ARRIVES: &str = "\
    const tab = document.getElementById('tab-lesson'); \
    if (tab.getAttribute('aria-selected') !== 'true') tab.click(); \
    return document.querySelectorAll('[data-testid=\"lesson\"] h3').length === 8;";
