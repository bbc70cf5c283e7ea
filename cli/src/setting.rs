//! Which run is meant: a pattern, a scenario or a link, and what differs from it.

use clap::Args;
use orrery_core::catalog::{self, Pattern, Scenario};
use orrery_core::kernel::session::{RUN_MAX, RunState};
use orrery_core::kernel::workload::parse_seconds;
use orrery_core::link::Link;
use orrery_core::spec;
use orrery_core::time::{SimTime, Span};

use crate::error::Failure;

/// How long a run lasts when nothing says otherwise.
const LASTS: Span = Span::from_secs(30);

/// Which run is meant.
#[derive(Debug, Args)]
pub(crate) struct Setting {
    /// A pattern, such as token-bucket, or a link to a run, such as
    /// https://example.org/p/token-bucket/#v=1&seed=7 or just token-bucket#seed=7.
    #[arg(value_name = "PATTERN|LINK")]
    what: String,
    /// Start from this scenario of the pattern.
    #[arg(long, conflicts_with = "link")]
    scenario: Option<String>,
    /// Start from what this link leads to; its fragment alone will do.
    #[arg(long)]
    link: Option<String>,
    /// The seed of all random streams.
    #[arg(long)]
    seed: Option<u64>,
    /// Set a knob; may be given several times.
    #[arg(long, value_name = "KNOB=VALUE")]
    set: Vec<String>,
    /// When the run ends, in seconds; otherwise where the link points, where the scenario ends, or
    /// at 30.
    #[arg(long, value_name = "SECONDS")]
    until: Option<String>,
}

/// A run that is meant.
#[derive(Debug)]
pub(crate) struct Meant {
    /// The pattern.
    pub(crate) pattern: &'static Pattern,
    /// The run with its branches; its cursor is where the link points.
    pub(crate) link: Link,
    /// Where it ends.
    pub(crate) until: SimTime,
}

impl Meant {
    /// The run.
    pub(crate) const fn state(&self) -> &RunState {
        &self.link.state
    }

    /// The run without branches, at its start, for what is run many times.
    pub(crate) fn trunk(&self) -> Result<RunState, Failure> {
        if self.state().current != 0 {
            return Err(Failure::Usage(
                "the link shows a branch; only a first run can be measured many times".to_owned(),
            ));
        }
        Ok(self.state().clone().trunk())
    }

    /// How long it lasts.
    pub(crate) fn lasts(&self) -> Span {
        self.until - SimTime::ZERO
    }
}

/// The pattern with this slug.
pub(crate) fn pattern(slug: &str) -> Result<&'static Pattern, Failure> {
    catalog::find(slug).ok_or_else(|| {
        let hint = catalog::nearest(slug).map_or_else(
            || "`orrery list` names all of them".to_owned(),
            |card| format!("did you mean {}?", card.slug),
        );
        let slug: String = slug.chars().take(60).collect();
        Failure::Usage(format!("there is no pattern “{slug}”; {hint}"))
    })
}

/// Where a link leads, relative to the site's root.
pub(crate) fn site_address(pattern: &Pattern, link: &Link) -> String {
    let (fragment, _) = link.encode(pattern);
    format!("p/{}/#{fragment}", pattern.card.slug)
}

impl Setting {
    /// Looks everything up.
    pub(crate) fn resolve(&self) -> Result<Meant, Failure> {
        let (pattern, own) = address(&self.what)?;
        if own.is_some() && self.link.is_some() {
            return Err(Failure::Usage(
                "there are two links: give the pattern and --link, or the link alone".to_owned(),
            ));
        }
        let fragment = own.or_else(|| self.link.as_deref().map(fragment));
        let mut link = match (fragment, &self.scenario) {
            (Some(_), Some(_)) => {
                return Err(Failure::Usage(
                    "a link says which scenario it starts from: leave --scenario out".to_owned(),
                ));
            }
            (Some(fragment), None) => read(pattern, fragment)?,
            (None, Some(slug)) => start(&scenario(pattern, slug)?),
            (None, None) => Link::default(),
        };
        if self.seed.is_some() || !self.set.is_empty() {
            self.change(pattern, &mut link.state)?;
            link.hash = None;
        }
        if self.until.is_some() {
            link.hash = None;
        }
        let until = self.until(pattern, &link)?;
        Ok(Meant {
            pattern,
            link,
            until,
        })
    }

    fn change(&self, pattern: &'static Pattern, state: &mut RunState) -> Result<(), Failure> {
        // A place in a run is no place in another one.
        if !state.branches.is_empty() {
            return Err(Failure::Usage(
                "the link has branches, which belong to its own seed and knobs: leave --seed and \
                 --set out"
                    .to_owned(),
            ));
        }
        state.cursor.ordinal = 0;
        state.seed = self.seed.unwrap_or(state.seed);
        for assignment in &self.set {
            let (key, value) = assignment.split_once('=').ok_or_else(|| {
                Failure::Usage(format!("--set {assignment}: write --set knob=value"))
            })?;
            let wrong = |problem| Failure::Usage(format!("--set {assignment}: {problem}"));
            let spec = spec::find((pattern.machine.knobs)(), key.trim()).map_err(wrong)?;
            let value = spec.parse(value).map_err(wrong)?;
            state.knobs.insert(spec.key.to_owned(), value);
        }
        Ok(())
    }

    fn until(&self, pattern: &'static Pattern, link: &Link) -> Result<SimTime, Failure> {
        if let Some(text) = &self.until {
            return seconds(text);
        }
        if link.state.cursor.at > SimTime::ZERO {
            return Ok(link.state.cursor.at);
        }
        let named = link
            .scenario
            .as_deref()
            .and_then(|slug| pattern.scenario(slug));
        Ok(SimTime::ZERO + named.map_or(LASTS, |scenario| scenario.lasts))
    }
}

/// The run that a scenario starts.
fn start(scenario: &Scenario) -> Link {
    Link {
        scenario: Some(scenario.slug.to_owned()),
        state: scenario.state(),
        ..Link::default()
    }
}

fn scenario(pattern: &'static Pattern, slug: &str) -> Result<Scenario, Failure> {
    pattern.scenario(slug).ok_or_else(|| {
        let scenarios = (pattern.scenarios)();
        let known: Vec<&str> = scenarios.iter().map(|scenario| scenario.slug).collect();
        Failure::Usage(format!(
            "{} has no scenario “{slug}”; choose one of {}",
            pattern.card.slug,
            known.join(", ")
        ))
    })
}

/// The pattern that an address names, and its fragment if it has one.
pub(crate) fn address(text: &str) -> Result<(&'static Pattern, Option<&str>), Failure> {
    let (path, fragment) = match text.split_once('#') {
        Some((path, fragment)) => (path, Some(fragment)),
        None => (text, None),
    };
    let path = path.split('?').next().unwrap_or(path);
    let is_name = |part: &&str| !part.is_empty() && *part != "index.html";
    let slug = path.rsplit('/').find(is_name).unwrap_or(path);
    Ok((pattern(slug)?, fragment))
}

/// The fragment of an address, or the fragment itself.
fn fragment(link: &str) -> &str {
    link.split_once('#').map_or(link, |(_, fragment)| fragment)
}

/// Reads a link, all of it or not at all: what is left out would change the run.
fn read(pattern: &'static Pattern, fragment: &str) -> Result<Link, Failure> {
    let (link, problems) = Link::decode(pattern, fragment);
    if problems.is_empty() {
        return Ok(link);
    }
    let sentences: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Err(Failure::Usage(sentences.join("; ")))
}

/// An instant after the start, within a day.
fn seconds(text: &str) -> Result<SimTime, Failure> {
    parse_seconds(text.trim())
        .filter(|instant| (SimTime::from_nanos(1)..=RUN_MAX).contains(instant))
        .ok_or_else(|| {
            let max = RUN_MAX.as_secs_f64();
            Failure::Usage(format!(
                "--until {text}: give seconds above 0 and up to {max}, such as 12.5"
            ))
        })
}
