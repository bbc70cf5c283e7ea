//! The link is the instant: a run, its branches, the cursor and the view in a short readable text.
//!
//! Version 1, the fragment of a URL:
//!
//! ```text
//! v=1&scenario=burst&seed=7&capacity=40&do=2.5:burst,size=40;3@120:fault.crash,node=1&at=12.25@512
//! ```
//!
//! | key | value |
//! |---|---|
//! | `v` | version of the form; 1 when absent |
//! | `scenario` | what the run starts from; the rest says how it differs |
//! | `seed` | a whole number |
//! | a knob's key | its value |
//! | `do` | the script: entries `seconds[@ordinal]:name[,parameter=value]…` joined by `;` |
//! | `fork` | one for each further branch: `parent,seconds@ordinal` and, after `;`, its own entries |
//! | `on` | the branch being looked at |
//! | `at` | the cursor: `seconds[@ordinal]` |
//! | `hash` | the first 32 bits of the trace's hash there, in hexadecimal |
//! | `_…` | how it is looked at; for the shell alone |
//!
//! What is not a letter, a digit or one of `-._~` is percent-encoded within names and values.
//! Reading never fails as a whole: what cannot be read is left out with a sentence that says so.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

use crate::catalog::{Card, Pattern, Scenario};
use crate::kernel::engine::{FAULT_PREFIX, SET};
use crate::kernel::session::{BranchState, RUN_MAX, RunState, Session};
use crate::kernel::timeline::{Cursor, Entry};
use crate::sorted::SortedMap;
use crate::spec::{ActionSpec, Actions as _, SettingError, Spec, find_action, meant};
use crate::time::SimTime;
use crate::value::{Call, Value};

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Link {
    /// The scenario that the run started from, for its captions.
    pub scenario: Option<String>,
    /// The run and the cursor.
    pub state: RunState,
    /// How it is looked at, by keys of the shell.
    pub view: SortedMap<String, String>,
    /// The first 32 bits of the trace's hash at the cursor where the link was made: by it another
    /// version knows whether it runs this as that one did.
    pub hash: Option<u32>,
}

/// A part of a link that was left out, or is not what it was.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LinkProblem {
    /// It comes from a newer version.
    #[error("the link was made by a newer version ({0}); it is opened as far as this one reads it")]
    Newer(String),
    /// It is too long.
    #[error("the link is {0} characters long; more than {MAX_LEN} are not read")]
    TooLong(usize),
    /// It is not text.
    #[error("the link has a part that is not text: “{0}”")]
    NotText(String),
    /// There is no such scenario.
    #[error("there is no scenario “{0}” here")]
    Scenario(String),
    /// A number or a time cannot be read.
    #[error("the link says {key}={value}, which is not {expected}")]
    Form {
        /// Which part.
        key: String,
        /// What it says.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The same run comes out differently here.
    #[error(
        "the link was made where this run went otherwise: {name} has changed since, so what you see \
         may not be what was meant"
    )]
    Changed {
        /// The pattern's name.
        name: &'static str,
    },
    /// There is no such event at that instant.
    #[error(
        "the link asks for event {asked} at {at}, which do not go together in this run: what you see is \
         {at}, after event {shown}"
    )]
    Place {
        /// The instant that was asked for.
        at: SimTime,
        /// The event that was asked for.
        asked: u64,
        /// The last event that has happened by then.
        shown: u64,
    },
    /// A setting or an action is wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// There is too much of something.
    #[error("the link has more than {max} {what}; the rest is left out")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        max: usize,
    },
}

/// The longest fragment that is read.
pub const MAX_LEN: usize = 64 * 1024;
const ENTRIES_MAX: usize = 1_000;
const BRANCHES_MAX: usize = 32;
/// A longer text (a pasted trace) does not fit a link.
const VALUE_MAX: usize = 4_000;

/// Keys that no knob may have.
pub const RESERVED: [&str; 8] = ["v", "scenario", "seed", "do", "fork", "on", AT, HASH];

/// What says where in its run a link leads.
const AT: &str = "at";
const HASH: &str = "hash";

/// The fragment without what says where in its run it leads.
pub(crate) fn without_place(fragment: &str) -> String {
    let kept = fragment.split('&').filter(|pair| {
        let key = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && key != AT && key != HASH
    });
    kept.collect::<Vec<_>>().join("&")
}

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What a link may speak of: the scenarios, knobs and actions of one pattern.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    scenarios: fn() -> Vec<Scenario>,
    knobs: fn() -> &'static [Spec],
    actions: fn() -> &'static [ActionSpec],
}

impl From<&Pattern> for Terms {
    fn from(pattern: &Pattern) -> Self {
        Self::of(pattern)
    }
}

/// As [`PATTERNS`](crate::catalog::PATTERNS) gives them.
impl From<&&Pattern> for Terms {
    fn from(pattern: &&Pattern) -> Self {
        Self::from(*pattern)
    }
}

/// As [`catalog::terms`](mod@crate::catalog::terms) gives them.
impl From<&Self> for Terms {
    fn from(terms: &Self) -> Self {
        *terms
    }
}

impl Terms {
    /// Those of a pattern; they lead to no more of it than that.
    pub(crate) const fn of(pattern: &Pattern) -> Self {
        Self {
            scenarios: pattern.scenarios,
            knobs: pattern.machine.knobs,
            actions: pattern.machine.actions,
        }
    }

    /// The scenarios, the first of which is shown first.
    pub fn scenarios(&self) -> Vec<Scenario> {
        (self.scenarios)()
    }

    /// The scenario with this slug.
    pub fn scenario(&self, slug: &str) -> Option<Scenario> {
        let mut scenarios = self.scenarios().into_iter();
        scenarios.find(|scenario| scenario.slug == slug)
    }

    /// The knobs, in the order of the form.
    pub fn knobs(&self) -> &'static [Spec] {
        (self.knobs)()
    }

    /// The actions, in the order of the panel.
    pub fn actions(&self) -> &'static [ActionSpec] {
        (self.actions)()
    }

    /// The call with its arguments, given as they stand in a link or a form, read by their
    /// specifications.
    ///
    /// # Errors
    /// When there is no such action, or an argument is unknown or not accepted.
    pub fn typed(&self, mut call: Call) -> Result<Call, SettingError> {
        let params: &[Spec] = if call.name == SET {
            self.knobs()
        } else if let Some(fault) = call.name.strip_prefix(FAULT_PREFIX) {
            let bare = Call {
                name: fault.to_owned(),
                args: call.args.clone(),
            };
            &find_action(crate::kernel::network::Fault::specs(), &bare)?.params
        } else {
            &find_action(self.actions(), &call)?.params
        };
        let mut args = SortedMap::new();
        for (key, value) in &call.args {
            for spec in meant(params, key)? {
                args.insert(spec.key.to_owned(), spec.parse(&value.to_string())?);
            }
        }
        call.args = args;
        Ok(call)
    }
}

/// To a run and its cursor, from no scenario and looked at as usual.
impl From<RunState> for Link {
    fn from(state: RunState) -> Self {
        Self {
            state,
            ..Self::default()
        }
    }
}

impl Link {
    /// The link to where a run stands.
    pub fn here(session: &dyn Session) -> Self {
        let state = session.state();
        // At the start of a run nothing can have gone otherwise.
        let has_run = state.cursor != Cursor::default();
        Self {
            hash: has_run.then(|| short(session.trace_hash())),
            ..Self::from(state)
        }
    }

    /// Whether a run that was opened from this link is the one that it was made for, at the place that
    /// it asks for.
    ///
    /// # Errors
    /// [`LinkProblem::Place`] where instant and event do not belong together, and
    /// [`LinkProblem::Changed`] where the trace is another.
    pub fn check(&self, session: &dyn Session, pattern: &Card) -> Result<(), LinkProblem> {
        let (asked, shown) = (self.state.cursor, session.cursor());
        if asked.ordinal != 0 && asked != shown {
            return Err(LinkProblem::Place {
                at: asked.at,
                asked: asked.ordinal,
                shown: shown.ordinal,
            });
        }
        match self.agrees(session.trace_hash()) {
            Some(false) => Err(LinkProblem::Changed { name: pattern.name }),
            Some(true) | None => Ok(()),
        }
    }

    /// Whether a trace that ends here begins its hash so; nothing where the link does not say.
    pub fn agrees(&self, trace_hash: u64) -> Option<bool> {
        Some(self.hash? == short(trace_hash))
    }

    /// The fragment, without `#`, and a sentence for each thing that did not fit.
    pub fn encode(&self, terms: impl Into<Terms>) -> (String, Vec<String>) {
        self.write(terms.into())
    }

    fn write(&self, terms: Terms) -> (String, Vec<String>) {
        let scenario = self
            .scenario
            .as_deref()
            .and_then(|slug| terms.scenario(slug));
        let base = scenario.as_ref().map(Scenario::state).unwrap_or_default();
        let mut writer = Writer {
            text: "v=1".to_owned(),
            left_out: Vec::new(),
        };
        if let Some(scenario) = scenario {
            writer.pair("scenario", scenario.slug);
        }
        let state = &self.state;
        if state.seed != base.seed {
            writer.pair("seed", &state.seed.to_string());
        }
        for spec in terms.knobs() {
            let of = |state: &RunState| {
                state
                    .knobs
                    .get(spec.key)
                    .unwrap_or(&spec.default)
                    .to_string()
            };
            let (value, before) = (of(state), of(&base));
            if value.len() > VALUE_MAX {
                let note = format!(
                    "{} is too long for a link: paste it again there.",
                    spec.label
                );
                writer.left_out.push(note);
            } else if value != before {
                writer.pair(spec.key, &value);
            }
        }
        if state.script != base.script {
            writer.raw("do", &entries(&state.script));
        }
        for branch in &state.branches {
            let own = entries(&branch.script);
            let gap = if own.is_empty() { "" } else { ";" };
            let text = format!("{},{}{gap}{own}", branch.parent, cursor(branch.forked_at));
            writer.raw("fork", &text);
        }
        if state.current != 0 {
            writer.pair("on", &state.current.to_string());
        }
        writer.text.push_str(&self.place());
        for (key, value) in &self.view {
            writer.pair(&format!("_{key}"), value);
        }
        (writer.text, writer.left_out)
    }

    /// The part that says where in its run the link leads, with a `&` before each pair.
    pub(crate) fn place(&self) -> String {
        let mut text = String::new();
        if self.state.cursor != Cursor::default() {
            let _ = write!(text, "&{AT}={}", cursor(self.state.cursor));
        }
        if let Some(hash) = self.hash {
            let _ = write!(text, "&{HASH}={hash:08x}");
        }
        text
    }

    /// Reads a fragment, with or without `#`. What cannot be read is left out and named.
    pub fn decode(terms: impl Into<Terms>, fragment: &str) -> (Self, Vec<LinkProblem>) {
        Self::read(terms.into(), fragment)
    }

    fn read(terms: Terms, fragment: &str) -> (Self, Vec<LinkProblem>) {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        let mut reader = Reader {
            terms,
            problems: Vec::new(),
        };
        if fragment.len() > MAX_LEN {
            return (Self::default(), vec![LinkProblem::TooLong(fragment.len())]);
        }
        let pairs: Vec<(&str, &str)> = fragment
            .split('&')
            .filter(|part| !part.is_empty())
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .collect();
        let mut link = reader.base(&pairs);
        for (key, value) in pairs {
            reader.pair(&mut link, key, value);
        }
        let branches = link.state.branches.len();
        if link.state.current > branches {
            reader.form(
                "on",
                &link.state.current.to_string(),
                "a branch of this link",
            );
            link.state.current = 0;
        }
        (link, reader.problems)
    }
}

struct Writer {
    text: String,
    left_out: Vec<String>,
}

impl Writer {
    fn pair(&mut self, key: &str, value: &str) {
        self.raw(&escape(key), &escape(value));
    }

    fn raw(&mut self, key: &str, value: &str) {
        let _ = write!(self.text, "&{key}={value}");
    }
}

/// Its first 32 bits.
const fn short(hash: u64) -> u32 {
    (hash >> 32) as u32
}

pub(crate) fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// Seconds with as many decimals as needed.
pub(crate) fn seconds(at: SimTime) -> String {
    let nanos = at.as_nanos();
    let text = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn cursor(cursor: Cursor) -> String {
    format!("{}@{}", seconds(cursor.at), cursor.ordinal)
}

fn entries(script: &[Entry]) -> String {
    let texts: Vec<String> = script
        .iter()
        .map(|entry| {
            let mut text = seconds(entry.at);
            if let Some(after) = entry.after {
                let _ = write!(text, "@{after}");
            }
            let _ = write!(text, ":{}", escape(&entry.call.name));
            for (key, value) in &entry.call.args {
                let _ = write!(text, ",{}={}", escape(key), escape(&value.to_string()));
            }
            text
        })
        .collect();
    texts.join(";")
}

struct Reader {
    terms: Terms,
    problems: Vec<LinkProblem>,
}

impl Reader {
    /// The link that differs in nothing from the scenario it names.
    fn base(&mut self, pairs: &[(&str, &str)]) -> Link {
        let Some((_, slug)) = pairs.iter().rfind(|(key, _)| *key == "scenario") else {
            return Link::default();
        };
        let slug = self.text(slug).unwrap_or_default();
        match self.terms.scenario(&slug) {
            Some(scenario) => {
                let state = scenario.state();
                Link {
                    scenario: Some(slug),
                    state,
                    ..Link::default()
                }
            }
            None => {
                self.problems.push(LinkProblem::Scenario(shorten(&slug)));
                Link::default()
            }
        }
    }

    fn pair(&mut self, link: &mut Link, key: &str, value: &str) {
        match key {
            "scenario" => {}
            "v" if value == "1" => {}
            "v" => self.problems.push(LinkProblem::Newer(shorten(value))),
            "seed" => match value.parse() {
                Ok(seed) => link.state.seed = seed,
                Err(_) => self.form(key, value, "a whole number"),
            },
            "do" => link.state.script = self.entries(value),
            "fork" => self.fork(link, value),
            "on" => match value.parse() {
                Ok(current) => link.state.current = current,
                Err(_) => self.form(key, value, "the number of a branch"),
            },
            AT => match self.cursor(value) {
                Some((at, ordinal)) => {
                    link.state.cursor = Cursor {
                        at,
                        ordinal: ordinal.unwrap_or(0),
                    }
                }
                None => self.form(
                    key,
                    value,
                    "an instant within a day, such as 12.5 or 12.5@300",
                ),
            },
            HASH => match hash(value) {
                Some(hash) => link.hash = Some(hash),
                None => self.form(key, value, "eight hexadecimal digits"),
            },
            _ => self.other(link, key, value),
        }
    }

    fn other(&mut self, link: &mut Link, key: &str, value: &str) {
        let (Some(key), Some(value)) = (self.text(key), self.text(value)) else {
            return;
        };
        if let Some(view) = key.strip_prefix('_') {
            link.view.insert(view.to_owned(), value);
            return;
        }
        match meant(self.terms.knobs(), &key) {
            Ok(specs) => specs
                .into_iter()
                .for_each(|spec| self.setting(link, spec, &value)),
            Err(problem) => self.problems.push(problem.into()),
        }
    }

    fn setting(&mut self, link: &mut Link, spec: &Spec, value: &str) {
        match spec.parse(value) {
            Ok(value) if value == spec.default => {
                link.state.knobs.remove(spec.key);
            }
            Ok(value) => {
                link.state.knobs.insert(spec.key.to_owned(), value);
            }
            Err(problem) => self.problems.push(problem.into()),
        }
    }

    fn fork(&mut self, link: &mut Link, value: &str) {
        if link.state.branches.len() == BRANCHES_MAX {
            self.problems.push(LinkProblem::TooMany {
                what: "branches",
                max: BRANCHES_MAX,
            });
            return;
        }
        let (place, own) = value.split_once(';').unwrap_or((value, ""));
        let read = place.split_once(',').and_then(|(parent, at)| {
            let (at, ordinal) = self.cursor(at)?;
            Some((
                parent.parse().ok()?,
                Cursor {
                    at,
                    ordinal: ordinal?,
                },
            ))
        });
        match read {
            Some((parent, forked_at)) if parent <= link.state.branches.len() => {
                let script = self.entries(own);
                link.state.branches.push(BranchState {
                    parent,
                    forked_at,
                    script,
                });
            }
            Some(_) | None => self.form("fork", place, "an earlier branch and a place in it"),
        }
    }

    fn entries(&mut self, text: &str) -> Vec<Entry> {
        let parts: Vec<&str> = text.split(';').filter(|part| !part.is_empty()).collect();
        if parts.len() > ENTRIES_MAX {
            self.problems.push(LinkProblem::TooMany {
                what: "actions",
                max: ENTRIES_MAX,
            });
        }
        parts
            .into_iter()
            .take(ENTRIES_MAX)
            .filter_map(|part| self.entry(part))
            .collect()
    }

    fn entry(&mut self, text: &str) -> Option<Entry> {
        let expected = "an instant and an action, such as 2.5:burst,size=40";
        let Some(((at, after), call)) = text
            .split_once(':')
            .and_then(|(at, call)| Some((self.cursor(at)?, call)))
        else {
            self.form("do", text, expected);
            return None;
        };
        let mut parts = call.split(',');
        let name = self.text(parts.next().unwrap_or(""))?;
        let mut call = Call::new(name);
        for part in parts {
            let Some((key, value)) = part.split_once('=') else {
                self.form("do", text, expected);
                return None;
            };
            let (key, value) = (self.text(key)?, self.text(value)?);
            call.args.insert(key, Value::Text(value));
        }
        match self.terms.typed(call) {
            Ok(call) => Some(Entry { at, after, call }),
            Err(problem) => {
                self.problems.push(problem.into());
                None
            }
        }
    }

    fn cursor(&self, text: &str) -> Option<(SimTime, Option<u64>)> {
        let (at, ordinal) = match text.split_once('@') {
            Some((at, ordinal)) => (at, Some(ordinal.parse().ok()?)),
            None => (text, None),
        };
        let at = crate::kernel::workload::parse_seconds(at)?;
        (at <= RUN_MAX).then_some((at, ordinal))
    }

    fn text(&mut self, escaped: &str) -> Option<String> {
        match percent_decode_str(escaped).decode_utf8() {
            Ok(text) => Some(text.into_owned()),
            Err(_) => {
                self.problems.push(LinkProblem::NotText(shorten(escaped)));
                None
            }
        }
    }

    fn form(&mut self, key: &str, value: &str, expected: &'static str) {
        let (key, value) = (shorten(key), shorten(value));
        self.problems.push(LinkProblem::Form {
            key,
            value,
            expected,
        });
    }
}

fn hash(text: &str) -> Option<u32> {
    let is_hash = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash
        .then(|| u32::from_str_radix(text, 16).ok())
        .flatten()
}

pub(crate) fn shorten(text: &str) -> String {
    if text.chars().count() <= 40 {
        return text.to_owned();
    }
    text.chars().take(40).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_carry_no_more_digits_than_needed() {
        for (nanos, text) in [
            (0, "0"),
            (2_500_000_000, "2.5"),
            (3_000_000_001, "3.000000001"),
        ] {
            assert_eq!(seconds(SimTime::from_nanos(nanos)), text);
        }
    }
}
