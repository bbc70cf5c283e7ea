//! One visitor's way through the built site, in each browser: in at the front door, watch, step
//! back, do otherwise, pass the link on. Whoever opens it, with nothing of the first visit on their
//! machine and in either browser, must see the very same instant.

use std::time::Duration;

use orrery_core::catalog::{PATTERNS, Pattern};
use serde_json::{Value, json};

use crate::embeds;
use crate::error::Error;
use crate::guests;
use crate::outage::outage;
use crate::registry;
use crate::setup::{self, Engine};
use crate::static_server::StaticServer;
use crate::tally::Tally;
use crate::visit::BASE_PATH;
use crate::webdriver::{Log, Session};
use crate::workspace::Workspace;

/// How long each thing may take on a slow machine.
const LIMIT: Duration = Duration::from_secs(30);

/// W3C, "WebDriver", section 17.4.2.
const ARROW_LEFT: &str = "\u{e012}";

/// Where a run was left, as the page shows it.
struct Left {
    pattern: &'static Pattern,
    url: String,
    shown: Value,
}

/// Walks through every pattern in each browser, and adds what was seen to `tally`.
///
/// # Errors
///
/// When the site has not been built or a browser cannot be steered.
pub(crate) fn journey(workspace: &Workspace, tally: &mut Tally) -> Result<(), Error> {
    let server = StaticServer::of_site(workspace, BASE_PATH)?;
    let mut left = Vec::new();
    for engine in Engine::ALL {
        let mut visitor = Visitor::start(workspace, engine, tally)?;
        for pattern in PATTERNS {
            left.extend(visitor.walk(&server.address(), pattern)?);
        }
        visitor.saves_everything(&server.address())?;
        visitor.meets_guests(workspace, &server.address())?;
    }
    for engine in Engine::ALL {
        let mut visitor = Visitor::start(workspace, engine, tally)?;
        for place in &left {
            visitor.opens(place)?;
        }
        drop(visitor);
        outage(workspace, engine, tally)?;
    }
    Ok(())
}

/// A browser without a past, and what is seen in it.
struct Visitor<'a> {
    session: Session,
    engine: Engine,
    tally: &'a mut Tally,
}

impl<'a> Visitor<'a> {
    fn start(workspace: &Workspace, engine: Engine, tally: &'a mut Tally) -> Result<Self, Error> {
        let session = Session::start(&setup::browser(workspace, engine)?, Log::Console)?;
        Ok(Self {
            session,
            engine,
            tally,
        })
    }

    /// From the front door to a link; nothing where the way ended early.
    fn walk(&mut self, root: &str, pattern: &'static Pattern) -> Result<Option<Left>, Error> {
        let page = pattern.card.slug;
        self.session.open(root)?;
        // Until the app is there, links lead away from a page that still comes, which says so.
        let card = format!(
            "const card = document.querySelector('[data-testid=\"app\"] a.card[href$=\"{}\"]'); \
             card?.click(); \
             return card !== null;",
            registry::address(pattern)
        );
        let way_there = [
            ("its card leads to it", card.as_str()),
            ("it plays by itself", PLAYS),
            ("it pauses", PAUSES),
        ];
        for (what, script) in way_there {
            if !self.sees(page, what, script)? {
                return Ok(None);
            }
        }
        self.session.perform(&press(ARROW_LEFT))?;
        let way_on = [
            ("a key steps back", STEPS_BACK),
            ("an act in the past begins a branch", BRANCHES),
            ("its link can be copied", COPIES),
        ];
        for (what, script) in way_on {
            if !self.sees(page, what, script)? {
                return Ok(None);
            }
        }
        let url = self.session.evaluate("return location.href;")?;
        let shown = self.session.evaluate(SHOWN)?;
        self.hears_nothing(page)?;
        Ok(url.as_str().map(|url| Left {
            pattern,
            url: url.to_owned(),
            shown,
        }))
    }

    /// Opens a link that somebody else has copied.
    fn opens(&mut self, place: &Left) -> Result<(), Error> {
        let page = place.pattern.card.slug;
        self.session.open(&place.url)?;
        if self.sees(page, "a link opens elsewhere", IS_THERE)? {
            let shown = self.session.evaluate(SHOWN)?;
            let problem = (shown != place.shown).then(|| difference(&place.shown, &shown));
            self.note(page, "and shows the same instant", problem.as_deref());
            self.sees(page, "and the rest of the page arrives", PANELS_ARE_THERE)?;
        }
        self.hears_nothing(page)
    }

    /// Every export of the first pattern gives a file that is what it says.
    fn saves_everything(&mut self, root: &str) -> Result<(), Error> {
        let Some(pattern) = PATTERNS.first() else {
            return Ok(());
        };
        let page = pattern.card.slug;
        let address = format!("{root}{}#at=2", registry::address(pattern));
        self.session.open(&address)?;
        if self.sees(page, "the files to save are offered", OFFERS_FILES)? {
            for (what, file) in FILES {
                let script = format!("{SAVED} return {file};");
                self.sees(page, what, &script)?;
            }
        }
        self.hears_nothing(page)
    }

    /// Every embed and each option of one, by itself and in pages of another origin.
    fn meets_guests(&mut self, workspace: &Workspace, root: &str) -> Result<(), Error> {
        let walk = format!("journey {}", self.engine.name());
        for visit in guests::visits() {
            visit.check(&self.session, root, &walk, self.tally)?;
        }
        embeds::check_across_origins(workspace, &self.session, root, &walk, self.tally)
    }

    fn sees(&mut self, page: &str, what: &str, script: &str) -> Result<bool, Error> {
        let seen = self.session.wait_until(script, LIMIT)?;
        let problem = format!("not within {} s", LIMIT.as_secs());
        self.note(page, what, (!seen).then_some(problem.as_str()));
        Ok(seen)
    }

    fn hears_nothing(&mut self, page: &str) -> Result<(), Error> {
        let errors = self.session.take_errors()?;
        let problem = (!errors.is_empty()).then(|| errors.join("; "));
        self.note(page, "the console has no errors", problem.as_deref());
        Ok(())
    }

    fn note(&mut self, page: &str, what: &str, problem: Option<&str>) {
        let place = format!("journey {} {page}", self.engine.name());
        self.tally.note(&place, what, problem);
    }
}

/// A key pressed and let go.
fn press(key: &str) -> Value {
    json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": [
        { "type": "keyDown", "value": key },
        { "type": "keyUp", "value": key },
    ] }] })
}

/// Where two pictures first differ.
fn difference(one: &Value, other: &Value) -> String {
    let lines = |value: &Value| -> Vec<String> {
        let text = value.as_str().unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    };
    let (one, other) = (lines(one), lines(other));
    let mut pairs = one.iter().zip(&other);
    match pairs.find(|(one, other)| one != other) {
        Some((one, other)) => format!("\"{one}\" became \"{other}\""),
        None => format!("{} lines became {}", one.len(), other.len()),
    }
}

/// The run has gone on for a second.
const PLAYS: &str = "\
    const time = document.querySelector('[data-testid=\"time\"]'); \
    return time !== null && parseFloat(time.textContent) > 1;";

/// A click on the button stops the clock.
const PAUSES: &str = "\
    const play = document.querySelector('[data-testid=\"play\"]'); \
    if (play.getAttribute('aria-label').startsWith('Pause')) { play.click(); return false; } \
    const time = document.querySelector('[data-testid=\"time\"]').textContent; \
    const before = window.orreryPausedAt; \
    window.orreryPausedAt = time; \
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur(); \
    return before === time;";

/// The event before is the present one.
const STEPS_BACK: &str = "\
    const ordinal = text => Number(text.split('event ')[1]?.replaceAll(',', '')); \
    const now = document.querySelector('[data-testid=\"time\"]').textContent; \
    return ordinal(now) === ordinal(window.orreryPausedAt) - 1;";

/// One of the plain buttons does something that makes the past another.
const BRANCHES: &str = "\
    if (document.querySelector('[data-testid=\"branch\"]')) return true; \
    const buttons = [...document.querySelectorAll('[data-testid=\"actions\"] .action')]; \
    const next = window.orreryTried ?? 0; \
    window.orreryTried = next + 1; \
    buttons[next % buttons.length]?.click(); \
    return false;";

/// The link that the dialog gives is that of the page, whether or not the browser lets a page copy.
const COPIES: &str = "\
    const link = document.querySelector('[data-testid=\"share-url\"]'); \
    if (!link) { document.querySelector('[data-testid=\"share\"]').click(); return false; } \
    document.querySelector('[data-testid=\"copy-link\"]').click(); \
    const copied = link.value === location.href && link.value.includes('at='); \
    if (copied) link.closest('dialog').close(); \
    return copied;";

/// A page that opened at rest.
const IS_THERE: &str = "\
    const play = document.querySelector('[data-testid=\"play\"]'); \
    const items = document.querySelectorAll('[data-testid=\"stage\"] [data-id]'); \
    return items.length > 0 && play !== null && play.getAttribute('aria-label').startsWith('Play');";

/// What comes after the machine.
const PANELS_ARE_THERE: &str = "return document.querySelector('[data-testid=\"log\"]') !== null;";

/// The instant and every item of the picture: which, where and with what in it.
const SHOWN: &str = "\
    const items = [...document.querySelectorAll('[data-testid=\"stage\"] [data-id]')]; \
    const time = document.querySelector('[data-testid=\"time\"]').textContent; \
    return [time, ...items.map(item => \
        `${item.dataset.id} ${item.getAttribute('transform')} ${item.textContent}`)].join('\\n');";

/// Catches the files that the page gives out before they reach a disk, and opens the dialog.
const OFFERS_FILES: &str = "\
    if (!document.querySelector('[data-testid=\"export-dialog\"][open]')) { \
        document.querySelector('[data-testid=\"export\"]')?.click(); \
        return false; \
    } \
    if (window.orreryFiles === undefined) { \
        const [address, click] = [URL.createObjectURL, HTMLAnchorElement.prototype.click]; \
        window.orreryFiles = {}; \
        const blobs = {}; \
        URL.createObjectURL = blob => { const url = address(blob); blobs[url] = blob; return url; }; \
        HTMLAnchorElement.prototype.click = function () { \
            const blob = blobs[this.href]; \
            if (!this.download || !blob) { click.call(this); return; } \
            blob.arrayBuffer().then(bytes => { \
                window.orreryFiles[this.download] = new Uint8Array(bytes); \
            }); \
        }; \
    } \
    return document.querySelectorAll('[data-testid=\"save-trace\"]').length === 5;";

/// Presses each button once and gives what to look at files with: the text of the one that is named
/// so, and whether its bytes begin so. The page's
/// own policy would refuse the style within a picture that it only looks at.
const SAVED: &str = "\
    const pressed = window.orreryPressed ??= new Set(); \
    const press = selector => { \
        if (pressed.has(selector)) return; \
        const button = document.querySelectorAll(selector.split(' #')[0])[selector.split(' #')[1] ?? 0]; \
        if (!button || button.disabled) return; \
        pressed.add(selector); \
        button.click(); \
    }; \
    const bytes = like => Object.entries(window.orreryFiles).find(([name]) => like.test(name))?.[1]; \
    const text = like => bytes(like) ? new TextDecoder().decode(bytes(like)) : ''; \
    const unstyled = svg => svg.replace(/<style>[^]*?<\\/style>/, ''); \
    const begins = (like, start) => start.every((byte, index) => bytes(like)?.[index] === byte);";

/// What can be saved of a run, and how one sees that it is that.
const FILES: [(&str, &str); 9] = [
    (
        "the stage as SVG is well-formed XML",
        "press('[data-testid=\"save-svg\"]'), text(/\\.svg$/) !== '' && \
         !new DOMParser().parseFromString(unstyled(text(/\\.svg$/)), 'image/svg+xml').querySelector('parsererror')",
    ),
    (
        "the stage as PNG begins as PNG does",
        "press('[data-testid=\"save-png\"]'), begins(/\\.png$/, [0x89, 0x50, 0x4e, 0x47])",
    ),
    (
        "a trace is JSON",
        "press('[data-testid=\"save-trace\"]'), text(/s\\.json$/) !== '' && JSON.parse(text(/s\\.json$/)) !== null",
    ),
    (
        "a trace is a table",
        "press('[data-testid=\"save-trace\"] #1'), text(/trace.*\\.csv$/).split('\\n').length > 2",
    ),
    (
        "a trace is a Mermaid diagram",
        "press('[data-testid=\"save-trace\"] #2'), text(/\\.mmd$/).includes('sequenceDiagram')",
    ),
    (
        "a trace is a log for ShiViz",
        "press('[data-testid=\"save-trace\"] #3'), text(/\\.log$/) !== ''",
    ),
    (
        "a trace is one for Perfetto",
        "press('[data-testid=\"save-trace\"] #4'), \
         text(/\\.trace\\.json$/) !== '' && JSON.parse(text(/\\.trace\\.json$/)).traceEvents.length > 0",
    ),
    (
        "the charts are a table",
        "press('[data-testid=\"save-charts\"]'), text(/charts.*\\.csv$/).split('\\n').length > 2",
    ),
    (
        "a clip begins as GIF does",
        "press('[data-testid=\"save-clip\"]'), begins(/\\.gif$/, [0x47, 0x49, 0x46, 0x38])",
    ),
];
