//! The search for broken promises as someone at the page has it: how soon a run is found and made
//! short, and how the page answers meanwhile.
//!
//! What is found is the same everywhere; only how long it takes depends on the machine.

use std::thread;
use std::time::{Duration, Instant};

use orrery_core::catalog::{PATTERNS, Pattern};
use serde_json::{Value, json};

use crate::bench_page::quantile;
use crate::build::{self, BuildArguments};
use crate::error::Error;
use crate::registry;
use crate::setup::{self, Engine, Need};
use crate::static_server::StaticServer;
use crate::webdriver::{Log, Session};
use crate::workspace::Workspace;

/// How long a page may take to start, or a search to end.
const LIMIT: Duration = Duration::from_secs(60);

/// Between two keys or clicks.
const BETWEEN_INPUTS: Duration = Duration::from_millis(100);

/// Seconds within which a run is to be found, and made short; milliseconds within which an input is
/// to be answered.
const AIM_SECS: f64 = 5.0;
const AIM_MILLIS: f64 = 50.0;

/// What to measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BenchHuntArguments {
    /// Measures these patterns only.
    patterns: Vec<String>,
    /// From how many root seeds each broken variant is searched, each on a page just opened.
    #[arg(long, default_value_t = 10)]
    seeds: u64,
    /// How many seconds of input to measure on each page.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Measures the site as it was built last.
    #[arg(long)]
    built: bool,
}

/// Builds the site, searches, and prints the figures.
pub(crate) fn bench_hunt(
    workspace: &Workspace,
    arguments: &BenchHuntArguments,
) -> Result<(), Error> {
    setup::ensure(workspace, &[Need::Browser(Engine::Chromium)])?;
    if !arguments.built {
        build::build(workspace, &BuildArguments::default())?;
    }
    let server = StaticServer::of_site(workspace, "/")?;
    let session = Session::start(&setup::browser(workspace, Engine::Chromium)?, Log::Console)?;
    let is_meant = |pattern: &&&Pattern| {
        let slugs = &arguments.patterns;
        slugs.is_empty() || slugs.iter().any(|slug| slug == pattern.card.slug)
    };
    let patterns: Vec<&Pattern> = PATTERNS.iter().filter(is_meant).copied().collect();
    let page = |pattern: &Pattern| format!("{}{}", server.address(), registry::address(pattern));
    println!(
        "\nFound and made short in the browser, seconds, medians of {} root seeds",
        arguments.seeds
    );
    println!(
        "{:<40} {:>7} {:>7} {:>7} {:>7} {:>6} {:>10}",
        "variant", "found", "find", "most", "shrink", "most", "deeds most"
    );
    for pattern in &patterns {
        for (index, variant) in (pattern.breaking)().variants.iter().enumerate() {
            let mut hunts = Vec::new();
            for seed in 1..=arguments.seeds {
                hunts.extend(hunt(&session, &page(pattern), index, seed)?);
            }
            let name = format!("{}/{}", pattern.card.slug, variant.slug);
            println!("{name:<40} {}", row(&hunts, arguments.seeds));
        }
    }
    println!(
        "\nInput while a search with every safeguard on runs, milliseconds over {} s",
        arguments.seconds
    );
    println!(
        "{:<24} {:>6}  {:^15}  {:^20}  {:^17} {:>9}",
        "page", "inputs", "handled p50 p98", "painted p50 p98 max", "frames/s p98 gap", "runs"
    );
    for pattern in &patterns {
        let lasting = Duration::from_secs(arguments.seconds);
        let answered = answer(&session, &page(pattern), lasting)?;
        println!("{:<24} {answered}", pattern.card.slug);
    }
    Ok(())
}

/// One search from a page just opened.
struct Hunt {
    find: f64,
    shrink: f64,
    deeds: f64,
}

fn hunt(session: &Session, page: &str, variant: usize, seed: u64) -> Result<Option<Hunt>, Error> {
    open(session, page)?;
    let begin = BEGIN
        .replace("$FROM", &variant.to_string())
        .replace("$RUNS", "1000000")
        .replace("$SEED", &seed.to_string());
    session.evaluate(&begin)?;
    if !session.wait_until("return window.orreryHunt.end !== undefined;", LIMIT)? {
        return Ok(None);
    }
    let told = session.evaluate("return window.orreryHunt;")?;
    let Some(found) = told["found"].as_f64() else {
        return Ok(None);
    };
    let millis = |key: &str| told[key].as_f64().unwrap_or(f64::NAN);
    Ok(Some(Hunt {
        find: (found - millis("begun")) / 1e3,
        shrink: (millis("end") - found) / 1e3,
        deeds: millis("deeds"),
    }))
}

/// Opens a page at rest, with its promises shown.
fn open(session: &Session, page: &str) -> Result<(), Error> {
    // Another fragment alone would not load it anew.
    session.open("about:blank")?;
    session.open(&format!("{page}#at=0"))?;
    session.wait_until(PROMISES_SHOWN, LIMIT).map(|_| ())
}

fn row(hunts: &[Hunt], seeds: u64) -> String {
    let sorted = |of: fn(&Hunt) -> f64| {
        let mut all: Vec<f64> = hunts.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all
    };
    let (find, shrink) = (sorted(|hunt| hunt.find), sorted(|hunt| hunt.shrink));
    let deeds = sorted(|hunt| hunt.deeds);
    let found = format!("{}/{seeds}", hunts.len());
    let (median, most) = (|all| quantile(all, 0.5), |all| quantile(all, 1.0));
    let is_met = !hunts.is_empty() && median(&find) <= AIM_SECS && median(&shrink) <= AIM_SECS;
    format!(
        "{found:>7} {:>7.2} {:>7.2} {:>7.2} {:>6.2} {:>5} {:>4}  {}",
        median(&find),
        most(&find),
        median(&shrink),
        most(&shrink),
        median(&deeds),
        most(&deeds),
        verdict(is_met)
    )
}

const fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "MISSED" }
}

/// How a page answered.
struct Answered {
    handled: Vec<f64>,
    painted: Vec<f64>,
    gaps: Vec<f64>,
    runs: String,
}

fn answer(session: &Session, page: &str, lasting: Duration) -> Result<Answered, Error> {
    open(session, page)?;
    let begin = BEGIN
        .replace("$FROM", "\"safeguards\"")
        .replace("$RUNS", "100000000")
        .replace("$SEED", "1");
    session.evaluate(&begin)?;
    let tries =
        "return /[1-9]/.test(document.querySelector('[data-testid=\"hunt-tried\"]').textContent);";
    session.wait_until(tries, LIMIT)?;
    session.evaluate(WATCH)?;
    let until = Instant::now() + lasting;
    let mut is_key = false;
    while Instant::now() < until {
        let begun = Instant::now();
        is_key = !is_key;
        session.perform(&if is_key { key() } else { click(session)? })?;
        thread::sleep(BETWEEN_INPUTS.saturating_sub(begun.elapsed()));
    }
    let seen = session.evaluate(SEEN)?;
    let sorted = |key: &str| {
        let numbers = seen[key].as_array().into_iter().flatten();
        let mut numbers: Vec<f64> = numbers.filter_map(Value::as_f64).collect();
        numbers.sort_by(f64::total_cmp);
        numbers
    };
    Ok(Answered {
        handled: sorted("handled"),
        painted: sorted("painted"),
        gaps: sorted("gaps"),
        runs: seen["runs"].as_str().unwrap_or_default().to_owned(),
    })
}

/// Play or pause.
fn key() -> Value {
    json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": [
        { "type": "keyDown", "value": " " },
        { "type": "keyUp", "value": " " },
    ] }] })
}

/// Opens or closes the menu of marks.
fn click(session: &Session) -> Result<Value, Error> {
    let at = session.evaluate(
        "const box = document.querySelector('.mark-filter summary').getBoundingClientRect(); \
         return [box.left + box.width / 2, box.top + box.height / 2];",
    )?;
    let whole = |index: usize| at[index].as_f64().unwrap_or(0.0).round();
    Ok(
        json!({ "actions": [{ "type": "pointer", "id": "mouse", "actions": [
            { "type": "pointerMove", "duration": 0, "x": whole(0), "y": whole(1) },
            { "type": "pointerDown", "button": 0 },
            { "type": "pointerUp", "button": 0 },
        ] }] }),
    )
}

impl std::fmt::Display for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.gaps.iter().sum::<f64>() / 1e3;
        let painted = quantile(&self.painted, 0.98);
        write!(
            f,
            "{:>6}  {:>7.1} {:>7.1}  {:>6.1} {:>6.1} {:>6.1}  {:>8.1} {:>8.1} {:>9}  {}",
            self.painted.len(),
            quantile(&self.handled, 0.5),
            quantile(&self.handled, 0.98),
            quantile(&self.painted, 0.5),
            painted,
            quantile(&self.painted, 1.0),
            self.gaps.len() as f64 / seconds,
            quantile(&self.gaps, 0.98),
            self.runs,
            verdict(!self.painted.is_empty() && painted <= AIM_MILLIS)
        )
    }
}

/// The tab with the promises and the search is here.
const PROMISES_SHOWN: &str = "\
    const tab = document.getElementById('tab-promises'); \
    if (!tab) return false; \
    if (tab.getAttribute('aria-selected') !== 'true') tab.click(); \
    return document.querySelector('[data-testid=\"hunt\"]') !== null;";

/// Asks for a search and notes when what is told of it changes.
const BEGIN: &str = "\
    const get = id => document.querySelector(`[data-testid=\"${id}\"]`); \
    const say = (id, value, kind) => { \
        get(id).value = value; \
        get(id).dispatchEvent(new Event(kind, { bubbles: true })); \
    }; \
    say('hunt-from', $FROM, 'change'); \
    say('hunt-runs', '$RUNS', 'input'); \
    say('hunt-seed', '$SEED', 'input'); \
    const hunt = window.orreryHunt = { begun: performance.now() }; \
    new MutationObserver(() => { \
        const told = get('hunt-told').textContent; \
        if (told.includes('Found in run')) hunt.found ??= performance.now(); \
        if (told.includes('made shorter to')) { \
            const deeds = document.querySelector('.stories tbody td:last-child'); \
            if (!deeds) return; \
            hunt.deeds = Number(deeds.textContent); \
            hunt.end ??= performance.now(); \
        } \
        if (told.includes('No run broke')) hunt.end ??= performance.now(); \
    }).observe(document.getElementById('tabpanel'), \
        { subtree: true, childList: true, characterData: true }); \
    get('hunt').click();";

/// Notes when each input is handled and when what came of it is painted, and each frame.
const WATCH: &str = "\
    const seen = window.orrerySeen = { handled: [], painted: [], gaps: [] }; \
    const channel = new MessageChannel(); \
    const waiting = []; \
    channel.port1.onmessage = () => seen.painted.push(performance.now() - waiting.shift()); \
    const note = event => { \
        seen.handled.push(performance.now() - event.timeStamp); \
        requestAnimationFrame(() => { waiting.push(event.timeStamp); channel.port2.postMessage(0); }); \
    }; \
    addEventListener('keydown', note, true); \
    addEventListener('pointerdown', note, true); \
    let last = performance.now(); \
    const frame = now => { seen.gaps.push(now - last); last = now; requestAnimationFrame(frame); }; \
    requestAnimationFrame(now => { last = now; requestAnimationFrame(frame); });";

/// What was noted.
const SEEN: &str = "\
    const tried = document.querySelector('[data-testid=\"hunt-tried\"]').textContent; \
    return { ...window.orrerySeen, runs: (tried.match(/[0-9,]+(?= runs)/) ?? [''])[0] };";
