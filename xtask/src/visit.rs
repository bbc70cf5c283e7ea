//! A page of the built site, opened as a visitor would, and what is expected of it.

use std::borrow::Cow;
use std::time::Duration;

use crate::error::Error;
use crate::tally::Tally;
use crate::webdriver::Session;

/// Any path that is not the root, deep enough to catch an address that is relative by accident.
pub(crate) const BASE_PATH: &str = "/some/where/";

/// How long a page may take to start on a slow machine.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(20);

/// The app has drawn its own element.
pub(crate) const APP_IS_MOUNTED: &str =
    "return document.querySelector('[data-testid=\"app\"]') !== null;";

/// The stage's markup differs from what it was when first looked at.
pub(crate) const STAGE_MOVES: &str = "\
    const stage = document.querySelector('[data-testid=\"stage\"]'); \
    if (!stage) return false; \
    const now = stage.outerHTML; \
    window.orrerySmokeStage ??= now; \
    return window.orrerySmokeStage !== now;";

/// A page to open and what to expect of it.
pub(crate) struct Visit {
    /// Its address, relative to the site's root.
    pub(crate) path: String,
    /// Its title, where that is expected.
    pub(crate) title: Option<String>,
    /// Scripts that must become true, each with the words that say what it checks.
    pub(crate) expectations: Vec<(&'static str, Cow<'static, str>)>,
    /// A host answers for a missing page with an error in the console; nothing else may.
    pub(crate) may_be_missing: bool,
}

impl Visit {
    /// Opens the page and adds what was found to `tally`, as part of `walk`.
    ///
    /// # Errors
    ///
    /// When the browser cannot be steered. A page that does not do what it should is no error here
    /// but a failed check in the tally.
    pub(crate) fn check(
        &self,
        session: &Session,
        root: &str,
        walk: &str,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        let page = match self.path.as_str() {
            "" => "home",
            path => path,
        };
        let mut check = |what: &str, problem: Option<String>| {
            tally.note(&format!("{walk} {page}"), what, problem.as_deref());
        };
        session.open(&format!("{root}{}", self.path))?;
        if let Some(expected) = &self.title {
            let title = session.evaluate("return document.title;")?;
            let problem = (title != *expected.as_str()).then(|| format!("it is {title}"));
            check("its title is its own", problem);
        }
        for (what, script) in &self.expectations {
            let fulfilled = session.wait_until(script.as_ref(), START_LIMIT)?;
            let problem = match fulfilled {
                true => None,
                false => Some(unfulfilled(session, script)?),
            };
            check(what, problem);
        }
        let mut errors = session.take_errors()?;
        errors.retain(|text| !(self.may_be_missing && text.contains("404")));
        check(
            "the console has no errors",
            (!errors.is_empty()).then(|| errors.join("; ")),
        );
        Ok(())
    }
}

/// Expectations whose scripts are as they stand.
pub(crate) fn plain<const N: usize>(
    expectations: [(&'static str, &'static str); N],
) -> Vec<(&'static str, Cow<'static, str>)> {
    let all = expectations.into_iter();
    all.map(|(what, script)| (what, script.into())).collect()
}

/// Why a script did not become true: what it says itself, or how long it was waited for.
pub(crate) fn unfulfilled(session: &Session, script: &str) -> Result<String, Error> {
    let said = session.evaluate(script)?;
    let waited = || format!("not within {} s", START_LIMIT.as_secs());
    Ok(said.as_str().map_or_else(waited, str::to_owned))
}
