//! Can a finger use the built site? Every page is opened on a narrow touch screen: what can be
//! pressed is as large as WCAG 2.5.5 asks for, and nothing needs sideways scrolling (1.4.10).
//!
//! The stage widens the targets on it itself (`src/stage/pointer.rs`), which its own tests hold.

use orrery_core::catalog::PATTERNS;

use crate::embed;
use crate::error::Error;
use crate::registry;
use crate::setup::{self, Engine};
use crate::tally::Tally;
use crate::visit::{START_LIMIT, unfulfilled};
use crate::webdriver::{Log, Session};
use crate::workspace::Workspace;

/// The narrowest screen that a page must do with, in CSS pixels (WCAG 1.4.10).
const SCREEN: (u32, u32) = (320, 640);

/// The tabs of a pattern's page, by their ids.
const TABS: [&str; 5] = ["log", "promises", "measure", "code", "lesson"];

/// What an embed may show around its stage.
const CONTROLS: [&str; 4] = ["none", "play", "transport", "full"];

/// All that can be pressed is 44 pixels wide and high, together with its label; a link in the midst of
/// a text need not be. Gives `true`, or what is wrong.
const FITS: &str = "\
    if (!matchMedia('(pointer: coarse)').matches) return 'the browser has no touch screen'; \
    const over = document.documentElement.scrollWidth - innerWidth; \
    if (over > 0) return `the page is ${over} pixels wider than the screen`; \
    for (const part of document.querySelectorAll('details')) part.open = true; \
    const controls = 'a[href], button, input, select, textarea, summary, [role=button], [role=tab]'; \
    const elsewhere = 'svg.stage, dialog:not([open]), :is(p, li, td) a'; \
    const small = [...document.querySelectorAll(controls)].flatMap(control => { \
        if (control.closest(elsewhere) || !control.checkVisibility({ visibilityProperty: true })) return []; \
        const boxes = [control, ...(control.labels ?? [])].map(part => part.getBoundingClientRect()); \
        const span = (from, to) => \
            Math.max(...boxes.map(box => box[to])) - Math.min(...boxes.map(box => box[from])); \
        const size = /^(checkbox|radio)$/.test(control.type) \
            ? [span('left', 'right'), span('top', 'bottom')] \
            : [boxes[0].width, boxes[0].height]; \
        const name = control.ariaLabel || control.textContent.trim() || control.id; \
        return Math.min(...size) < 43.5 \
            ? [`${control.tagName.toLowerCase()} \"${name.slice(0, 40)}\" is ${size.map(Math.round).join(' by ')}`] \
            : []; \
    }); \
    return small.length === 0 || small.join('; ');";

/// Opens every page, with each of its tabs, and adds what was found to `tally`.
///
/// # Errors
///
/// When the browser cannot be steered.
pub(crate) fn check(workspace: &Workspace, root: &str, tally: &mut Tally) -> Result<(), Error> {
    let session = Session::start(&setup::browser(workspace, Engine::Chromium)?, Log::Console)?;
    session.be_a_phone(SCREEN)?;
    let mut fits = |page: &str, there: &str, what: &str| -> Result<(), Error> {
        let script = format!("{there} {FITS}");
        let problem = match session.wait_until(&script, START_LIMIT)? {
            true => None,
            false => Some(unfulfilled(&session, &script)?),
        };
        tally.note(&format!("smoke {page}"), what, problem.as_deref());
        Ok(())
    };
    session.open(root)?;
    let gallery = "if (!document.querySelector('[data-testid=app] .card')) return false;";
    fits("home", gallery, "a finger can use it")?;
    for pattern in PATTERNS {
        let page = registry::address(pattern);
        session.open(&format!("{root}{page}"))?;
        for tab in TABS {
            let there = format!(
                "const tab = document.getElementById('tab-{tab}'); \
                 if (!tab) return false; \
                 if (tab.getAttribute('aria-selected') !== 'true') {{ tab.click(); return false; }} \
                 if (document.querySelector('.arriving')) return false;"
            );
            fits(&page, &there, &format!("a finger can use it, at {tab}"))?;
        }
    }
    for (controls, pattern) in CONTROLS.into_iter().zip(PATTERNS.iter().cycle()) {
        let page = format!("{}?controls={controls}", embed::address(pattern));
        session.open(&format!("{root}{page}"))?;
        let there = "if (!document.querySelector('[data-testid=stage]')) return false;";
        fits(&page, there, "a finger can use it")?;
    }
    Ok(())
}
