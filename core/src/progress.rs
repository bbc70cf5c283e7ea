//! What a reader has seen and done, as a value that can be kept, written to a file, read again and
//! merged.
//!
//! It owns the form and its rules, and knows no place where it is kept. Everything in it only ever
//! grows, so merging is the union of both sides: commutative, associative, idempotent, a
//! state-based set in the sense of Shapiro et al., "Conflict-free Replicated Data Types" (2011),
//! section 3.3.1. Whatever order files and devices are joined in, nothing is lost.
//!
//! Version 1, as JSON:
//!
//! ```json
//! {
//!   "format": "orrery-progress",
//!   "version": 1,
//!   "patterns": {
//!     "token-bucket": { "scenarios": ["burst"], "lesson": true, "challenges": ["dry"] }
//!   }
//! }
//! ```
//!
//! | key | value |
//! |---|---|
//! | `format` | always the same: by it the file is known |
//! | `version` | of this form |
//! | `patterns` | by its slug every pattern that was opened |
//! | `scenarios` | slugs of those that were played to their end; none when absent |
//! | `lesson` | whether the lesson was read to its end; not when absent |
//! | `challenges` | slugs of those that were done; none when absent |
//!
//! Names that this version knows no pattern, scenario or challenge for are kept: they may come from
//! a newer one. Keys that are not named above are passed over. The sets are trees, since a file may
//! hold whatever somebody put into it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value as Json};
use thiserror::Error;

use crate::embed::messages::told;
use crate::link::shorten;

/// By which a file of progress is known.
pub const FORMAT: &str = "orrery-progress";

/// The version of the form.
pub const VERSION: u64 = 1;

/// The longest text that is read, in bytes: far more than every pattern there could be takes.
pub const MAX_LEN: usize = 1 << 20;

/// The longest name, in bytes.
const NAME_MAX: usize = 64;

/// What a reader has seen and done.
///
/// ```
/// use orrery_core::progress::{Deed, Progress};
///
/// let mut progress = Progress::default();
/// assert!(progress.note("token-bucket", Deed::Scenario("burst")));
/// assert!(!progress.note("token-bucket", Deed::Opened), "it had to be opened for that");
/// let again = Progress::read(&progress.write())?;
/// assert_eq!(again, progress);
/// # Ok::<(), orrery_core::progress::ProgressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    patterns: BTreeMap<String, Seen>,
}

/// What was seen and done of a pattern that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Seen {
    /// Slugs of the scenarios that were played to their end.
    pub scenarios: BTreeSet<String>,
    /// Whether the lesson was read to its end.
    pub lesson: bool,
    /// Slugs of the challenges that were done.
    pub challenges: BTreeSet<String>,
}

/// Something that is worth keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed<'a> {
    /// The pattern was opened.
    Opened,
    /// A scenario, by its slug, was played to its end.
    Scenario(&'a str),
    /// The lesson was read to its end.
    Lesson,
    /// A challenge, by its slug, was done.
    Challenge(&'a str),
}

/// How much there is, over all patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Patterns that were opened.
    pub patterns: usize,
    /// Scenarios that were played to their end.
    pub scenarios: usize,
    /// Lessons that were read to their end.
    pub lessons: usize,
    /// Challenges that were done.
    pub challenges: usize,
}

/// Why a text is not read as progress. Nothing of such a text is taken over.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProgressError {
    /// It is too long.
    #[error("it is {0} bytes long, and more than {MAX_LEN} are not read")]
    TooLong(usize),
    /// With what is there already it would be too long to be read again.
    #[error(
        "with what is kept already it would come to {0} bytes, and more than {MAX_LEN} are not read"
    )]
    TooMuch(usize),
    /// It is no JSON.
    #[error("at line {line}, column {column} it stops being JSON")]
    Json {
        /// From one on; zero where there is nothing at all.
        line: usize,
        /// From one on; zero where there is nothing at all.
        column: usize,
    },
    /// It is something else.
    #[error("its “format” is {0}, where progress says “{FORMAT}”")]
    Foreign(String),
    /// It belongs to another version.
    #[error("it is of version {0}, and version {VERSION} is read here")]
    Version(String),
    /// A part is not as it must be.
    #[error("{at} must be {expected}, not {given}")]
    Field {
        /// Where, as keys and places from the outside in.
        at: String,
        /// What it must be.
        expected: &'static str,
        /// What it is, shortened.
        given: String,
    },
}

impl Progress {
    /// Adds something; false when it was there, or when a name in it is none.
    pub fn note(&mut self, pattern: &str, deed: Deed<'_>) -> bool {
        let named = match deed {
            Deed::Opened | Deed::Lesson => true,
            Deed::Scenario(slug) | Deed::Challenge(slug) => is_name(slug),
        };
        if !named || !is_name(pattern) {
            return false;
        }
        let opened = !self.patterns.contains_key(pattern);
        let seen = self.patterns.entry(pattern.to_owned()).or_default();
        let more = match deed {
            Deed::Opened => false,
            Deed::Scenario(slug) => seen.scenarios.insert(slug.to_owned()),
            Deed::Lesson => !std::mem::replace(&mut seen.lesson, true),
            Deed::Challenge(slug) => seen.challenges.insert(slug.to_owned()),
        };
        opened || more
    }

    /// What was seen of a pattern; none when it was never opened.
    pub fn of(&self, pattern: &str) -> Option<&Seen> {
        self.patterns.get(pattern)
    }

    /// Every pattern that was opened, by its slug, in order.
    pub fn patterns(&self) -> impl Iterator<Item = (&str, &Seen)> {
        let patterns = self.patterns.iter();
        patterns.map(|(slug, seen)| (slug.as_str(), seen))
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// How much there is.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for (_, seen) in self.patterns() {
            totals.patterns += 1;
            totals.scenarios += seen.scenarios.len();
            totals.lessons += usize::from(seen.lesson);
            totals.challenges += seen.challenges.len();
        }
        totals
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        for (slug, theirs) in &other.patterns {
            let own = self.patterns.entry(slug.clone()).or_default();
            own.lesson |= theirs.lesson;
            own.scenarios.extend(theirs.scenarios.iter().cloned());
            own.challenges.extend(theirs.challenges.iter().cloned());
        }
    }

    /// Adds what a text holds.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), or when it would become too much. Then nothing is added.
    pub fn add(&mut self, text: &str) -> Result<(), ProgressError> {
        let mut all = Self::read(text)?;
        all.merge(self);
        let len = all.write().len();
        if len > MAX_LEN {
            return Err(ProgressError::TooMuch(len));
        }
        *self = all;
        Ok(())
    }

    /// As text of version 1.
    pub fn write(&self) -> String {
        #[derive(Serialize)]
        struct File<'a> {
            format: &'a str,
            version: u64,
            patterns: &'a BTreeMap<String, Seen>,
        }
        let file = File {
            format: FORMAT,
            version: VERSION,
            patterns: &self.patterns,
        };
        serde_json::to_string_pretty(&file).expect("texts and flags can always be written")
    }

    /// Reads what [`write`](Self::write) wrote, here or elsewhere.
    ///
    /// # Errors
    ///
    /// When it is not that; the error says where and what is wrong.
    pub fn read(text: &str) -> Result<Self, ProgressError> {
        if text.len() > MAX_LEN {
            return Err(ProgressError::TooLong(text.len()));
        }
        // Some editors put a mark before what they save.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let json: Json = serde_json::from_str(text).map_err(|error| ProgressError::Json {
            line: error.line(),
            column: error.column(),
        })?;
        let format = json.get("format");
        if format.and_then(Json::as_str) != Some(FORMAT) {
            return Err(ProgressError::Foreign(told(format)));
        }
        let version = json.get("version");
        if version.and_then(Json::as_u64) != Some(VERSION) {
            return Err(ProgressError::Version(told(version)));
        }
        let mut progress = Self::default();
        for (slug, fields) in object(json.get("patterns"), "patterns")? {
            let slug = name(slug, || "a key of patterns".to_owned())?;
            let seen = Seen::read(fields, &format!("patterns.{slug}"))?;
            progress.patterns.insert(slug, seen);
        }
        Ok(progress)
    }
}

impl Seen {
    fn read(json: &Json, at: &str) -> Result<Self, ProgressError> {
        let fields = object(Some(json), at)?;
        let lesson = match fields.get("lesson") {
            None => false,
            Some(Json::Bool(read)) => *read,
            given @ Some(_) => {
                return Err(wrong(format!("{at}.lesson"), "true or false", given));
            }
        };
        Ok(Self {
            scenarios: names(fields, at, "scenarios")?,
            lesson,
            challenges: names(fields, at, "challenges")?,
        })
    }
}

fn wrong(at: String, expected: &'static str, given: Option<&Json>) -> ProgressError {
    let given = told(given);
    ProgressError::Field {
        at,
        expected,
        given,
    }
}

fn object<'a>(json: Option<&'a Json>, at: &str) -> Result<&'a Map<String, Json>, ProgressError> {
    let fields = json.and_then(Json::as_object);
    fields.ok_or_else(|| wrong(at.to_owned(), "an object", json))
}

/// A list of names, in any order and with repetitions.
fn names(
    fields: &Map<String, Json>,
    at: &str,
    key: &str,
) -> Result<BTreeSet<String>, ProgressError> {
    let mut names = BTreeSet::new();
    let given = match fields.get(key) {
        None => return Ok(names),
        Some(Json::Array(given)) => given,
        given @ Some(_) => return Err(wrong(format!("{at}.{key}"), "a list of names", given)),
    };
    for (index, json) in given.iter().enumerate() {
        let place = || format!("{at}.{key}[{index}]");
        let text = json.as_str();
        let text = text.ok_or_else(|| wrong(place(), A_NAME, Some(json)))?;
        names.insert(name(text, place)?);
    }
    Ok(names)
}

fn name(text: &str, at: impl FnOnce() -> String) -> Result<String, ProgressError> {
    if is_name(text) {
        return Ok(text.to_owned());
    }
    Err(ProgressError::Field {
        at: at(),
        expected: A_NAME,
        given: format!("“{}”", shorten(text)),
    })
}

const A_NAME: &str = "a name of at most 64 small letters, digits and hyphens";

/// Whether a text can be the slug of a pattern, a scenario or a challenge.
fn is_name(text: &str) -> bool {
    let letters = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(letters)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::catalog::PATTERNS;

    fn file(patterns: &Json) -> String {
        json!({ "format": FORMAT, "version": VERSION, "patterns": patterns }).to_string()
    }

    fn merged(one: &Progress, other: &Progress) -> Progress {
        let mut all = one.clone();
        all.merge(other);
        all
    }

    #[test]
    fn everything_in_the_catalogue_can_be_noted_once() {
        let mut progress = Progress::default();
        for pattern in PATTERNS {
            let slug = pattern.card.slug;
            let scenarios = (pattern.scenarios)();
            for scenario in &scenarios {
                assert!(progress.note(slug, Deed::Scenario(scenario.slug)));
                assert!(!progress.note(slug, Deed::Scenario(scenario.slug)));
            }
            for challenge in pattern.all_challenges() {
                assert!(progress.note(slug, Deed::Challenge(challenge.slug)));
            }
            assert!(progress.note(slug, Deed::Lesson) && !progress.note(slug, Deed::Opened));
        }
        let totals = progress.totals();
        let challenges: usize = PATTERNS.iter().map(|own| own.card.challenges).sum();
        assert_eq!(totals.patterns, PATTERNS.len());
        assert_eq!(totals.lessons, PATTERNS.len());
        assert_eq!(totals.challenges, challenges);
        assert_eq!(Progress::read(&progress.write()), Ok(progress));
    }

    #[test]
    fn what_is_no_name_is_not_noted() {
        let mut progress = Progress::default();
        for name in ["", "A", "a b", "<b>", "ä", &"a".repeat(NAME_MAX + 1)] {
            assert!(!progress.note(name, Deed::Opened), "{name}");
            assert!(!progress.note("saga", Deed::Challenge(name)), "{name}");
        }
        assert!(progress.is_empty());
    }

    #[test]
    fn absent_lists_and_unknown_names_and_keys_are_no_mistake() {
        let text = file(&json!({
            "saga": {},
            "of-a-newer-version": { "lesson": true, "stars": 5, "scenarios": ["b", "a", "b"] },
        }));
        let progress = Progress::read(&text).expect("it is one");
        assert_eq!(progress.of("saga"), Some(&Seen::default()));
        let other = progress.of("of-a-newer-version").expect("it is kept");
        assert!(other.lesson && other.challenges.is_empty());
        assert_eq!(other.scenarios.iter().collect::<Vec<_>>(), ["a", "b"]);
        let marked = format!("\u{feff}{text}");
        assert_eq!(Progress::read(&marked), Ok(progress));
    }

    #[test]
    fn a_broken_foreign_or_hostile_text_is_told_where_and_what_is_wrong() {
        let saga = |fields: Json| file(&json!({ "saga": fields }));
        let letters = "a".repeat(NAME_MAX + 1);
        for (text, words) in [
            (String::new(), "line 1, column 0"),
            ("{\n  \"format\":".to_owned(), "line 2, column 11"),
            ("[".repeat(MAX_LEN), "column 128"),
            (" ".repeat(MAX_LEN + 1), "1048577 bytes"),
            ("null".to_owned(), "“format” is missing"),
            ("[1]".to_owned(), "“format” is missing"),
            ("{}".to_owned(), "“format” is missing"),
            (r#"{ "format": {} }"#.to_owned(), "“format” is an object"),
            (
                r#"{ "format": "orrery-trace" }"#.to_owned(),
                "“format” is \"orrery-trace\"",
            ),
            (
                format!(r#"{{ "format": "{FORMAT}", "version": 2 }}"#),
                "version 2",
            ),
            (
                format!(r#"{{ "format": "{FORMAT}", "version": 1 }}"#),
                "patterns must be an object, not missing",
            ),
            (file(&json!([])), "patterns must be an object, not a list"),
            (file(&json!({ "<img src=x>": {} })), "“<img src=x>”"),
            (file(&json!({ "": {} })), "a key of patterns"),
            (file(&json!({ letters: {} })), "at most 64"),
            (saga(json!(true)), "patterns.saga must be an object"),
            (
                saga(json!({ "lesson": 1 })),
                "patterns.saga.lesson must be true or false, not 1",
            ),
            (
                saga(json!({ "scenarios": "a" })),
                "patterns.saga.scenarios must be a list",
            ),
            (
                saga(json!({ "challenges": ["a", null] })),
                "patterns.saga.challenges[1]",
            ),
            (
                saga(json!({ "challenges": ["a", "b", "C"] })),
                "patterns.saga.challenges[2] must be a name",
            ),
        ] {
            let error = Progress::read(&text).expect_err("it is refused");
            let said = error.to_string();
            assert!(said.contains(words), "{said}, not {words}");
            assert!(said.len() < 300, "{said}");
        }
    }

    #[test]
    fn what_would_be_too_much_is_refused_and_harms_nothing() {
        let many = |from: u32| -> Vec<String> {
            let numbers = from..from + 12_000;
            numbers.map(|number| format!("{number:060}")).collect()
        };
        let mut progress = Progress::default();
        let half = |from| file(&json!({ "saga": { "challenges": many(from) } }));
        assert_eq!(progress.add(&half(0)), Ok(()));
        let before = progress.clone();
        assert_eq!(progress.add(&half(0)), Ok(()), "the same again is no more");
        let error = progress.add(&half(20_000)).expect_err("twice as much");
        assert!(matches!(error, ProgressError::TooMuch(_)), "{error}");
        assert!(progress.add("{}").is_err());
        assert_eq!(progress, before);
    }

    /// Any progress, of few names so that two of them often share some.
    fn any_progress() -> impl Strategy<Value = Progress> {
        let names = || prop::collection::vec("[a-c0-9-]{1,2}", 0..6);
        let seen =
            (names(), any::<bool>(), names()).prop_map(|(scenarios, lesson, challenges)| Seen {
                scenarios: scenarios.into_iter().collect(),
                lesson,
                challenges: challenges.into_iter().collect(),
            });
        prop::collection::vec(("[a-c-]{1,2}", seen), 0..6).prop_map(|patterns| Progress {
            patterns: patterns.into_iter().collect(),
        })
    }

    /// Any JSON, with the words of the form in it more often than chance would have them.
    fn any_json() -> impl Strategy<Value = Json> {
        crate::any::json(
            &[FORMAT, "saga", "burst", "__proto__", "<b>", ""],
            &[
                "format",
                "version",
                "patterns",
                "saga",
                "scenarios",
                "lesson",
                "challenges",
                "__proto__",
            ],
        )
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(progress in any_progress()) {
            prop_assert_eq!(Progress::read(&progress.write()), Ok(progress));
        }

        #[test]
        fn merging_is_commutative_associative_and_idempotent(
            one in any_progress(),
            two in any_progress(),
            three in any_progress(),
        ) {
            prop_assert_eq!(merged(&one, &two), merged(&two, &one));
            prop_assert_eq!(
                merged(&merged(&one, &two), &three),
                merged(&one, &merged(&two, &three))
            );
            prop_assert_eq!(merged(&one, &one), one.clone());
            prop_assert_eq!(merged(&one, &Progress::default()), one);
        }

        #[test]
        fn merging_loses_nothing(one in any_progress(), two in any_progress()) {
            let all = merged(&one, &two);
            for part in [&one, &two] {
                prop_assert_eq!(&merged(&all, part), &all);
            }
        }

        #[test]
        fn a_deed_is_a_merge_of_what_holds_only_it(mut progress in any_progress(), which in 0..4_u8) {
            let deed = match which {
                0 => Deed::Opened,
                1 => Deed::Scenario("a"),
                2 => Deed::Lesson,
                _ => Deed::Challenge("a"),
            };
            let mut only = Progress::default();
            only.note("a", deed);
            let all = merged(&progress, &only);
            let before = progress.clone();
            prop_assert_eq!(progress.note("a", deed), before != all);
            prop_assert_eq!(progress, all);
        }

        #[test]
        fn any_text_is_progress_or_an_error_that_says_why(text in ".{0,400}") {
            if let Err(error) = Progress::read(&text) {
                prop_assert!(error.to_string().len() < 400);
            }
        }

        #[test]
        fn any_json_is_progress_or_an_error_that_says_why(patterns in any_json(), bare: bool) {
            let text = if bare { patterns.to_string() } else { file(&patterns) };
            match Progress::read(&text) {
                Ok(progress) => prop_assert_eq!(Progress::read(&progress.write()), Ok(progress)),
                Err(error) => prop_assert!(error.to_string().len() < 400),
            }
        }
    }
}
