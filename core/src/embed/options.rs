//! What the address of an embed asks for: how much is shown, and of which run.
//!
//! ```text
//! embed/<slug>/?theme=dark&controls=none&t=4&scenario=burst&capacity=40#<a shared link's fragment>
//! ```
//!
//! | key | value |
//! |---|---|
//! | `theme` | `auto` (as the reader's system has it), `light`, `dark` |
//! | `controls` | `transport`, `none`, `play`, `full` |
//! | `autoplay` | `on`, `off`; without it a run plays from its start and rests at an instant |
//! | `t` | the instant to open at, in seconds |
//! | `caption` | `on`, `off`: the words above the stage |
//! | `height` | `fill` (the frame's), `auto` (what the content takes, told to the page around it) |
//! | `interactive` | `on`, `off`: whether the picture can be taken hold of |
//! | `origin` | the only origin whose messages are heard, such as `https://docs.example` |
//!
//! `on` and `off` may also be written `true` and `false`, `1` and `0`, `yes` and `no`. Everything
//! else is part of a link ([`crate::link`]) and may stand in the query as well as in the fragment;
//! what stands later counts. Reading never fails as a whole: what cannot be read is left out with a
//! sentence that says so.

use percent_encoding::percent_decode_str;
use thiserror::Error;

use crate::kernel::session::RUN_MAX;
use crate::kernel::workload::parse_seconds;
use crate::link::{Link, MAX_LEN, escape, seconds, shorten, without_place};
use crate::time::SimTime;

/// The keys of the options, which no knob may have.
pub const KEYS: [&str; 8] = [
    "theme",
    "controls",
    "autoplay",
    "t",
    "caption",
    "height",
    "interactive",
    "origin",
];

/// How an embed is to look and behave, and what it opens.
///
/// ```
/// use orrery_core::embed::options::{Controls, Options};
///
/// let (options, problems) = Options::read("?controls=play&capacity=40&theme=neon", "#at=4");
/// assert_eq!(options.controls, Controls::Play);
/// assert_eq!(options.run, "capacity=40&at=4");
/// assert_eq!(
///     problems[0].to_string(),
///     "the address says theme=neon, which is none of auto, light, dark",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Its colours.
    pub theme: Theme,
    /// The handles under the stage.
    pub controls: Controls,
    /// Whether it plays by itself, where the address says so.
    pub autoplay: Option<bool>,
    /// Where it opens, where the address says so.
    pub at: Option<SimTime>,
    /// Whether the words above the stage are shown.
    pub caption: bool,
    /// How high it is.
    pub height: Height,
    /// Whether the picture can be taken hold of.
    pub interactive: bool,
    /// The only origin whose messages are heard.
    pub origin: Option<String>,
    /// The run, as a link says it.
    pub run: String,
}

/// The colours of an embed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the reader's system has it.
    Auto,
    /// Ink on paper.
    Light,
    /// Paper on ink.
    Dark,
}

/// How many handles an embed has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controls {
    /// Play, step, step back, seek.
    Transport,
    /// None: the picture alone.
    None,
    /// A button that plays and pauses.
    Play,
    /// All of it: speed, scenarios, actions and knobs.
    Full,
}

/// How high an embed is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Height {
    /// As high as the frame that it stands in.
    Fill,
    /// As high as its content.
    Auto,
}

impl Theme {
    /// Each with its word, the usual one first.
    pub const ALL: [(&str, Self); 3] = [
        ("auto", Self::Auto),
        ("light", Self::Light),
        ("dark", Self::Dark),
    ];

    /// The one with this word.
    pub fn named(word: &str) -> Option<Self> {
        named(word, &Self::ALL)
    }
}

impl Controls {
    /// Each with its word, the usual one first.
    pub const ALL: [(&str, Self); 4] = [
        ("transport", Self::Transport),
        ("none", Self::None),
        ("play", Self::Play),
        ("full", Self::Full),
    ];
}

impl Height {
    /// Each with its word, the usual one first.
    pub const ALL: [(&str, Self); 2] = [("fill", Self::Fill), ("auto", Self::Auto)];
}

/// Each way to say yes or no; the first two are how we write it.
const FLAGS: [(&str, bool); 8] = [
    ("on", true),
    ("off", false),
    ("true", true),
    ("false", false),
    ("1", true),
    ("0", false),
    ("yes", true),
    ("no", false),
];

fn named<T: Copy>(word: &str, all: &[(&str, T)]) -> Option<T> {
    let found = all.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| *value)
}

/// The word of a value among all that there are.
fn word<T: PartialEq>(value: &T, all: &[(&'static str, T)]) -> &'static str {
    let found = all.iter().find(|(_, other)| other == value);
    found.map_or("", |(name, _)| name)
}

/// A part of an address that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OptionProblem {
    /// An option has no such value.
    #[error("the address says {key}={value}, which is none of {known}")]
    Choice {
        /// The option.
        key: &'static str,
        /// What it says, shortened.
        value: String,
        /// What it may say.
        known: String,
    },
    /// The instant cannot be read.
    #[error("the address says t={0}, which is no instant within a day, such as 12.5")]
    Instant(String),
    /// The origin is none.
    #[error("the address says origin={0}, which is no origin, such as https://docs.example")]
    Origin(String),
    /// A part is not text.
    #[error("the address has a part that is not text: “{0}”")]
    NotText(String),
    /// It is too long.
    #[error("the address is {0} characters long; more than {MAX_LEN} are not read")]
    TooLong(usize),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            theme: Theme::Auto,
            controls: Controls::Transport,
            autoplay: None,
            at: None,
            caption: true,
            height: Height::Fill,
            interactive: true,
            origin: None,
            run: String::new(),
        }
    }
}

impl Options {
    /// Reads the query and the fragment of an address, with or without `?` and `#`.
    pub fn read(query: &str, fragment: &str) -> (Self, Vec<OptionProblem>) {
        let query = query.strip_prefix('?').unwrap_or(query);
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        let mut options = Self::default();
        let length = query.len() + fragment.len();
        if length > MAX_LEN {
            return (options, vec![OptionProblem::TooLong(length)]);
        }
        let mut problems = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let read = match KEYS.iter().find(|known| **known == key) {
                Some(key) => options.option(key, value),
                None => {
                    options.add(pair);
                    Ok(())
                }
            };
            problems.extend(read.err());
        }
        if !fragment.is_empty() {
            options.add(fragment);
        }
        (options, problems)
    }

    fn add(&mut self, pairs: &str) {
        if !self.run.is_empty() {
            self.run.push('&');
        }
        self.run.push_str(pairs);
    }

    fn option(&mut self, key: &'static str, escaped: &str) -> Result<(), OptionProblem> {
        let value = percent_decode_str(escaped)
            .decode_utf8()
            .map_err(|_| OptionProblem::NotText(shorten(escaped)))?;
        let value = value.as_ref();
        match key {
            "theme" => self.theme = choice(key, value, &Theme::ALL)?,
            "controls" => self.controls = choice(key, value, &Controls::ALL)?,
            "height" => self.height = choice(key, value, &Height::ALL)?,
            "autoplay" => self.autoplay = Some(flag(key, value)?),
            "caption" => self.caption = flag(key, value)?,
            "interactive" => self.interactive = flag(key, value)?,
            "t" => {
                let at = parse_seconds(value).filter(|at| *at <= RUN_MAX);
                self.at = Some(at.ok_or_else(|| OptionProblem::Instant(shorten(value)))?);
            }
            _ => {
                let origin = origin(value);
                self.origin = Some(origin.ok_or_else(|| OptionProblem::Origin(shorten(value)))?);
            }
        }
        Ok(())
    }

    /// The query that says this, without `?`: only what differs from the usual, and the run last.
    ///
    /// ```
    /// use orrery_core::embed::options::{Options, Theme};
    ///
    /// let dark = Options { theme: Theme::Dark, caption: false, ..Options::default() };
    /// assert_eq!(dark.query(), "theme=dark&caption=off");
    /// ```
    pub fn query(&self) -> String {
        let mut text = self.words();
        if !self.run.is_empty() {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(&self.run);
        }
        text
    }

    /// The options alone, as a query without `?`.
    pub fn words(&self) -> String {
        let pairs: Vec<String> = self
            .pairs()
            .into_iter()
            .map(|(key, value)| format!("{key}={}", escape(&value)))
            .collect();
        pairs.join("&")
    }

    /// Each option that differs from the usual, with its value as it is written.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let usual = Self::default();
        let mut pairs = Vec::new();
        let mut put = |key, value: &str| pairs.push((key, value.to_owned()));
        if self.theme != usual.theme {
            put("theme", word(&self.theme, &Theme::ALL));
        }
        if self.controls != usual.controls {
            put("controls", word(&self.controls, &Controls::ALL));
        }
        if let Some(autoplay) = self.autoplay {
            put("autoplay", word(&autoplay, &FLAGS));
        }
        if let Some(at) = self.at {
            put("t", &seconds(at));
        }
        for (key, value) in [("caption", self.caption), ("interactive", self.interactive)] {
            if !value {
                put(key, word(&value, &FLAGS));
            }
        }
        if self.height != usual.height {
            put("height", word(&self.height, &Height::ALL));
        }
        if let Some(origin) = &self.origin {
            put("origin", origin);
        }
        pairs
    }

    /// The fragment that leads where `link` does, for as long as nobody has changed the run that the
    /// address opened. It takes no knowledge of the pattern.
    pub fn link_to(&self, link: &Link) -> String {
        let mut text = without_place(&self.run);
        if text.is_empty() {
            text.push_str("v=1");
        }
        text.push_str(&link.place());
        text
    }

    /// The scenario, when the run says that and nothing else; the outer `None` when it says more.
    ///
    /// Most embeds show a scenario, and need nothing that reads links.
    pub fn plain_scenario(&self) -> Option<Option<&str>> {
        let mut scenario = None;
        for pair in self.run.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("v", "1")) => {}
                Some(("scenario", slug)) if !slug.contains('%') => scenario = Some(slug),
                Some(_) | None => return None,
            }
        }
        Some(scenario)
    }
}

fn choice<T: Copy>(
    key: &'static str,
    value: &str,
    all: &[(&'static str, T)],
) -> Result<T, OptionProblem> {
    named(value, all).ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        OptionProblem::Choice {
            key,
            value: shorten(value),
            known: known.join(", "),
        }
    })
}

fn flag(key: &'static str, value: &str) -> Result<bool, OptionProblem> {
    named(value, &FLAGS).ok_or_else(|| OptionProblem::Choice {
        key,
        value: shorten(value),
        known: "on, off".to_owned(),
    })
}

/// The origin in the form in which browsers give it: scheme, host and port, nothing after.
fn origin(text: &str) -> Option<String> {
    let text = text.strip_suffix('/').unwrap_or(text).to_ascii_lowercase();
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    (!host.is_empty() && host.bytes().all(is_plain)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::timeline::Cursor;

    fn check(query: &str, expected: impl Fn(&mut Options), lesson: &str) {
        let mut options = Options::default();
        expected(&mut options);
        assert_eq!(Options::read(query, ""), (options, vec![]), "{lesson}");
    }

    #[test]
    fn each_option_says_one_thing() {
        check("", |_| {}, "an address may say nothing");
        check("?theme=dark", |all| all.theme = Theme::Dark, "colours");
        check("controls=none", |all| all.controls = Controls::None, "bare");
        check("autoplay=off", |all| all.autoplay = Some(false), "at rest");
        check(
            "t=4.25",
            |all| all.at = Some(SimTime::from_millis(4_250)),
            "an instant",
        );
        check("caption=no", |all| all.caption = false, "no words");
        check("height=auto", |all| all.height = Height::Auto, "its own");
        check("interactive=false", |all| all.interactive = false, "look");
        check(
            "origin=HTTPS%3A%2F%2Fdocs.example%3A8443%2F",
            |all| all.origin = Some("https://docs.example:8443".to_owned()),
            "an origin as browsers write it",
        );
        check(
            "scenario=burst&theme=light&capacity=40",
            |all| {
                all.theme = Theme::Light;
                all.run = "scenario=burst&capacity=40".to_owned();
            },
            "the rest is the run",
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_counts() {
        for wrong in [
            "theme=neon",
            "theme",
            "controls=all",
            "autoplay=maybe",
            "t=soon",
            "t=-1",
            "t=1e3",
            "t=99999999",
            "caption=2",
            "height=300",
            "interactive=%ff",
            "origin=docs.example",
            "origin=javascript:alert(1)",
            "origin=https://a.example/path",
            "origin=*",
        ] {
            let (options, problems) = Options::read(&format!("{wrong}&controls=play"), "");
            assert_eq!(problems.len(), 1, "{wrong}");
            assert!(problems[0].to_string().len() < 200, "{wrong}");
            assert_eq!(options.controls, Controls::Play, "{wrong}");
        }
        let long = "x".repeat(MAX_LEN + 1);
        let (options, problems) = Options::read("theme=dark", &long);
        assert_eq!(options, Options::default());
        assert!(matches!(problems[..], [OptionProblem::TooLong(_)]));
    }

    #[test]
    fn what_is_written_reads_as_it_was() {
        let all = Options {
            theme: Theme::Light,
            controls: Controls::Full,
            autoplay: Some(true),
            at: Some(SimTime::from_millis(1_500)),
            caption: false,
            height: Height::Auto,
            interactive: false,
            origin: Some("http://127.0.0.1:8000".to_owned()),
            run: "v=1&scenario=burst".to_owned(),
        };
        assert_eq!(Options::read(&all.query(), ""), (all.clone(), vec![]));
        assert_eq!(Options::read(&all.words(), &all.run), (all.clone(), vec![]));
        assert_eq!(KEYS.len(), all.pairs().len(), "each key is written");
        assert_eq!(Options::default().query(), "");
    }

    #[test]
    fn a_link_to_another_place_forgets_the_one_that_the_address_led_to() {
        let at = |run: &str, cursor, hash| {
            let (options, _) = Options::read("?theme=dark", run);
            let mut link = Link {
                hash,
                ..Link::default()
            };
            link.state.cursor = cursor;
            options.link_to(&link)
        };
        let cursor = Cursor {
            at: SimTime::from_millis(4_500),
            ordinal: 12,
        };
        let here = |before: &str| format!("{before}&at=4.5@12&hash=0000beef");
        let opened = "v=1&seed=7&at=2@3&hash=12345678&_tab=code";
        for (run, expected, start) in [
            ("", here("v=1"), "v=1"),
            (opened, here("v=1&seed=7&_tab=code"), "v=1&seed=7&_tab=code"),
            ("at=2", here("v=1"), "v=1"),
        ] {
            assert_eq!(at(run, cursor, Some(0xbeef)), expected, "{run}");
            assert_eq!(at(run, Cursor::default(), None), start, "{run}");
        }
    }

    #[test]
    fn a_run_of_a_scenario_alone_is_told_from_others() {
        let of = |run: &str| {
            let (options, _) = Options::read("", run);
            options.plain_scenario().map(|slug| slug.map(str::to_owned))
        };
        assert_eq!(of(""), Some(None));
        assert_eq!(of("v=1"), Some(None));
        assert_eq!(of("#v=1&scenario=burst"), Some(Some("burst".to_owned())));
        for more in ["v=2", "capacity=4", "scenario=a%20b", "at=3", "scenario"] {
            assert_eq!(of(more), None, "{more}");
        }
    }
}
