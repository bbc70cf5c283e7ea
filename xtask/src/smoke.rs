//! Does the built site work? Each page is opened in a browser as a visitor would, from a plain
//! static server, under a path that is not the root.

use std::time::Duration;

use orrery_core::catalog::PATTERNS;

use crate::error::Error;
use crate::registry;
use crate::setup;
use crate::static_server::StaticServer;
use crate::tally::Tally;
use crate::webdriver::{Log, Session};
use crate::workspace::Workspace;

/// Any path that is not the root, deep enough to catch an address that is relative by accident.
const BASE_PATH: &str = "/some/where/";

/// How long a page may take to start on a slow machine.
const START_LIMIT: Duration = Duration::from_secs(20);

/// The app has drawn its own element.
const APP_IS_MOUNTED: &str = "return document.querySelector('[data-testid=\"app\"]') !== null;";

/// A page to open and what to expect of it.
struct Visit {
    path: String,
    title: Option<String>,
    /// Scripts that must become true, each with the words that say what it checks.
    expectations: Vec<(&'static str, &'static str)>,
    /// A host answers for a missing page with an error in the console; nothing else may.
    may_be_missing: bool,
}

/// Opens every page of the site and adds what was found to `tally`.
///
/// # Errors
///
/// When the site has not been built or the browser cannot be steered. A page that does not do what
/// it should is no error here but a failed check in the tally.
pub(crate) fn smoke(workspace: &Workspace, tally: &mut Tally) -> Result<(), Error> {
    let dist = workspace.dist();
    if !dist.join("index.html").is_file() {
        return Err(Error::NotBuilt { path: dist });
    }
    let server =
        StaticServer::start(&dist, BASE_PATH).map_err(|cause| Error::Port { port: 0, cause })?;
    let session = Session::start(&setup::browser(workspace)?, Log::Console)?;
    for visit in visits() {
        check_page(&session, &server.address(), &visit, tally)?;
    }
    Ok(())
}

fn visits() -> Vec<Visit> {
    let home = Visit {
        path: String::new(),
        title: Some(registry::SITE_TITLE.to_owned()),
        expectations: vec![
            ("the app starts", APP_IS_MOUNTED),
            ("every pattern has its picture", EVERY_CARD_HAS_A_PICTURE),
        ],
        may_be_missing: false,
    };
    let missing = Visit {
        path: "p/no-such-pattern/".to_owned(),
        title: None,
        expectations: vec![(
            "it leads home",
            "return document.getElementById('home').pathname === '/some/where/';",
        )],
        may_be_missing: true,
    };
    let patterns = PATTERNS.iter().map(|pattern| Visit {
        path: registry::address(pattern),
        title: Some(registry::title(pattern)),
        expectations: vec![
            ("the app starts", APP_IS_MOUNTED),
            (
                "the stage is there",
                "return document.querySelector('[data-testid=\"stage\"]') !== null;",
            ),
            ("the stage moves", STAGE_MOVES),
            ("workers measure its first experiment", WORKERS_MEASURE),
            ("its source can be read", CODE_ARRIVES),
            ("its lesson can be read", LESSON_ARRIVES),
        ],
        may_be_missing: false,
    });
    [home]
        .into_iter()
        .chain(patterns)
        .chain([missing])
        .collect()
}

/// The stage's markup differs from what it was when first looked at.
const STAGE_MOVES: &str = "\
    const stage = document.querySelector('[data-testid=\"stage\"]'); \
    if (!stage) return false; \
    const now = stage.outerHTML; \
    window.orrerySmokeStage ??= now; \
    return window.orrerySmokeStage !== now;";

/// All pictures of the gallery are there.
const EVERY_CARD_HAS_A_PICTURE: &str = "\
    const cards = [...document.querySelectorAll('.card')]; \
    return cards.length > 0 && cards.every(card => card.querySelector('.card-picture svg'));";

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

fn check_page(
    session: &Session,
    root: &str,
    visit: &Visit,
    tally: &mut Tally,
) -> Result<(), Error> {
    let mut check = |what: &str, problem: Option<String>| {
        let page = if visit.path.is_empty() {
            "home"
        } else {
            &visit.path
        };
        match problem {
            None => tally.passed += 1,
            Some(_) => tally.failed += 1,
        }
        match problem {
            None => println!("smoke {page}: {what} ... ok"),
            Some(problem) => println!("smoke {page}: {what} ... FAILED ({problem})"),
        }
    };
    session.open(&format!("{root}{}", visit.path))?;
    if let Some(expected) = &visit.title {
        let title = session.evaluate("return document.title;")?;
        let problem = (title != *expected.as_str()).then(|| format!("it is {title}"));
        check("its title is its own", problem);
    }
    for (what, script) in &visit.expectations {
        let fulfilled = session.wait_until(script, START_LIMIT)?;
        check(
            what,
            (!fulfilled).then(|| format!("not within {} s", START_LIMIT.as_secs())),
        );
    }
    let errors = session.take_console()?.into_iter().filter(|message| {
        message.level == "SEVERE" && !(visit.may_be_missing && message.text.contains("404"))
    });
    let errors: Vec<String> = errors.map(|message| message.text).collect();
    check(
        "the console has no errors",
        (!errors.is_empty()).then(|| errors.join("; ")),
    );
    Ok(())
}
