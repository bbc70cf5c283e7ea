//! The one list of patterns, and what a pattern declares about itself.
//!
//! Routes, gallery, search, thumbnails, sitemap, contract tests and docs are derived from
//! [`PATTERNS`]. To register a pattern, add its line there.

use crate::challenge::{Challenge, ChallengeState};
use crate::kernel::engine::FAULT_PREFIX;
use crate::kernel::metrics::MetricSpec;
use crate::kernel::network::Fault;
use crate::kernel::session::{RunState, Running, Session, SessionError};
use crate::lab::{Bare, Breaking, Experiment, Outcome, Promise, Run, Trial};
use crate::link::Terms;
use crate::scene::StageShape;
use crate::simulation::{Property, Simulation};
use crate::sorted::SortedMap;
use crate::spec::{ActionSpec, Actions, Knobs, Spec};
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

/// Makes the lists of all patterns from the one that is written down.
macro_rules! registry {
    (($dollar:tt) $($family:ident :: $pattern:ident),* $(,)?) => {
        /// What the gallery says of every pattern, in its order.
        pub static CARDS: &[Card] = &[$(crate::patterns::$family::$pattern::CARD),*];

        /// The address of every pattern, in the same order, without anything else that is said of it.
        pub static SLUGS: &[&str] = &[$(crate::patterns::$family::$pattern::CARD.slug),*];

        /// Every pattern, in the order of the gallery.
        pub static PATTERNS: &[&Pattern] = &[$(&crate::patterns::$family::$pattern::PATTERN),*];

        /// What there is to read about every pattern, in the same order.
        pub static READINGS: &[&Reading] = &[$(&crate::patterns::$family::$pattern::READING),*];

        /// A way to what each pattern shows that leads to nothing else: for a program that brings
        /// in the code of one pattern at a time, first of all what moves.
        pub mod exhibit {
            $(
                /// What the pattern of this name shows.
                pub const fn $pattern() -> &'static super::Exhibit {
                    use crate::patterns::$family::$pattern::{CARD, PATTERN};
                    static EXHIBIT: super::Exhibit = super::Exhibit::of(CARD, &PATTERN);
                    &EXHIBIT
                }
            )*
        }

        /// A way to each pattern that leads to no other.
        pub mod entry {
            $(
                /// The pattern of this name.
                pub const fn $pattern() -> &'static super::Pattern {
                    &crate::patterns::$family::$pattern::PATTERN
                }
            )*
        }

        /// A way to what there is to read about each pattern that leads to nothing else.
        pub mod reading {
            $(
                /// About the pattern of this name.
                pub const fn $pattern() -> &'static super::Reading {
                    &crate::patterns::$family::$pattern::READING
                }
            )*
        }

        /// A way to what a link may say of each pattern that leads to nothing else.
        pub mod terms {
            $(
                /// Of the pattern of this name.
                pub const fn $pattern() -> &'static super::Terms {
                    use crate::patterns::$family::$pattern::PATTERN;
                    static TERMS: super::Terms = super::Terms::of(&PATTERN);
                    &TERMS
                }
            )*
        }

        /// Calls a macro with the names of all functions in [`exhibit`](mod@exhibit),
        /// [`entry`](mod@entry), [`reading`](mod@reading) and [`terms`](mod@terms), in the order of
        /// the gallery.
        #[macro_export]
        macro_rules! for_each_pattern {
            ($dollar then:ident) => {
                $dollar then! { $($pattern),* }
            };
        }
    };
}

registry! { ($)
    partitioning::consistent_hashing,
    rate_limiting::token_bucket,
    resilience::circuit_breaker,
    consistency::crdt_replicas,
    transactions::saga,
    sketches::bloom_filter,
    load_balancing::load_balancers,
    consensus::raft,
}

/// The pattern with this slug.
pub fn find(slug: &str) -> Option<&'static Pattern> {
    PATTERNS
        .iter()
        .copied()
        .find(|pattern| pattern.card.slug == slug)
}

/// What there is to read about a pattern.
pub fn reading(pattern: &Pattern) -> Option<&'static Reading> {
    let mut pairs = PATTERNS.iter().zip(READINGS);
    let found = pairs.find(|(other, _)| other.card == pattern.card);
    found.map(|(_, reading)| *reading)
}

/// This slug as the registry has it, if there is such a pattern.
pub fn slug(slug: &str) -> Option<&'static str> {
    SLUGS.iter().copied().find(|known| *known == slug)
}

/// The card of the pattern with this slug.
pub fn card(slug: &str) -> Option<&'static Card> {
    CARDS.iter().find(|card| card.slug == slug)
}

/// The card of the pattern whose slug is nearest to a mistyped one, if any is near enough to be
/// meant.
pub fn nearest(slug: &str) -> Option<&'static Card> {
    let wanted = slug.to_ascii_lowercase();
    CARDS
        .iter()
        .map(|card| (edit_distance(&wanted, card.slug), card))
        .filter(|(distance, card)| *distance <= card.slug.len() / 2)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, card)| card)
}

/// Single-character edits between two words (Levenshtein 1966).
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().take(100).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replace = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// What is said of a pattern where it is not running.
#[derive(Debug, PartialEq, Eq)]
pub struct Card {
    /// Its address; never changes.
    pub slug: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Where it belongs.
    pub family: Family,
    /// What it does, in one sentence of at most 160 characters.
    pub summary: &'static str,
    /// The problem it solves, as someone who has it would say it.
    pub problem: &'static str,
    /// Other names under which people look for it.
    pub synonyms: &'static [&'static str],
    /// How many challenges there are, for a reader who comes back.
    pub challenges: usize,
}

/// Everything about one pattern.
#[derive(Debug)]
pub struct Pattern {
    /// What the gallery says of it.
    pub card: Card,
    /// The starting point that is shown first: a page begins with it before any other is here.
    pub first: fn() -> Scenario,
    /// All starting points, from the first on.
    pub scenarios: fn() -> Vec<Scenario>,
    /// Sweeps with theory where there is one.
    pub experiments: fn() -> Vec<Experiment>,
    /// Where to look for broken promises, and which safeguards can be taken away.
    pub breaking: fn() -> Breaking,
    /// Tasks that tick themselves off.
    pub challenges: &'static [fn() -> Challenge],
    /// The model behind it.
    pub machine: Machine,
}

/// What the stage of a pattern takes: what runs there and how it begins.
#[derive(Debug)]
pub struct Exhibit {
    /// What the gallery says of the pattern.
    pub card: Card,
    /// The starting point that is shown first.
    pub first: fn() -> Scenario,
    /// Opens a run at its cursor.
    pub open: fn(&RunState) -> Result<Box<dyn Session>, SessionError>,
}

impl Exhibit {
    /// What a pattern with this card shows; it leads to no more of the pattern than that.
    const fn of(card: Card, pattern: &Pattern) -> Self {
        Self {
            card,
            first: pattern.first,
            open: pattern.machine.open,
        }
    }
}

/// What there is to read about a pattern.
#[derive(Debug)]
pub struct Reading {
    /// The source of the algorithm, as it runs.
    pub sources: &'static [Source],
    /// The lesson in Markdown.
    pub lesson: &'static str,
}

/// A source file, for the Code tab.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// The file's name.
    pub name: &'static str,
    /// Its text. Lines `// region: <name>` and `// endregion` bound the regions that narration
    /// highlights.
    pub text: &'static str,
}

/// The families of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Who holds which part of the data.
    Partitioning,
    /// How much is let through.
    RateLimiting,
    /// What happens when something fails.
    Resilience,
    /// Which server does the work.
    LoadBalancing,
    /// What is kept near.
    Caching,
    /// How copies are kept.
    Replication,
    /// What readers of copies see.
    Consistency,
    /// How nodes agree.
    Consensus,
    /// How steps become one.
    Transactions,
    /// How data is laid out among services.
    DataArchitecture,
    /// How work and facts travel.
    Messaging,
    /// How news reaches people at once.
    RealTime,
    /// How large things are stored and sent.
    Blobs,
    /// How things are named.
    Identifiers,
    /// How places are found.
    Geospatial,
    /// How text is found.
    Search,
    /// How much is answered from how little memory.
    Sketches,
    /// How services meet their callers.
    Services,
    /// Who may do what.
    Security,
    /// How a system is seen from outside.
    Observability,
    /// How objects work together.
    CodePatterns,
}

impl Family {
    /// Every family, in the order of the gallery.
    pub const ALL: [Self; 21] = [
        Self::Partitioning,
        Self::RateLimiting,
        Self::Resilience,
        Self::LoadBalancing,
        Self::Caching,
        Self::Replication,
        Self::Consistency,
        Self::Consensus,
        Self::Transactions,
        Self::DataArchitecture,
        Self::Messaging,
        Self::RealTime,
        Self::Blobs,
        Self::Identifiers,
        Self::Geospatial,
        Self::Search,
        Self::Sketches,
        Self::Services,
        Self::Security,
        Self::Observability,
        Self::CodePatterns,
    ];

    /// Its key.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Partitioning => "partitioning",
            Self::RateLimiting => "rate-limiting",
            Self::Resilience => "resilience",
            Self::LoadBalancing => "load-balancing",
            Self::Caching => "caching",
            Self::Replication => "replication",
            Self::Consistency => "consistency",
            Self::Consensus => "consensus",
            Self::Transactions => "transactions",
            Self::DataArchitecture => "data-architecture",
            Self::Messaging => "messaging",
            Self::RealTime => "real-time",
            Self::Blobs => "blobs",
            Self::Identifiers => "identifiers",
            Self::Geospatial => "geospatial",
            Self::Search => "search",
            Self::Sketches => "sketches",
            Self::Services => "services",
            Self::Security => "security",
            Self::Observability => "observability",
            Self::CodePatterns => "code-patterns",
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Partitioning => "Partitioning",
            Self::RateLimiting => "Rate limiting",
            Self::Resilience => "Resilience",
            Self::LoadBalancing => "Load balancing",
            Self::Caching => "Caching",
            Self::Replication => "Replication",
            Self::Consistency => "Consistency",
            Self::Consensus => "Consensus",
            Self::Transactions => "Transactions",
            Self::DataArchitecture => "Data architecture",
            Self::Messaging => "Messaging",
            Self::RealTime => "Real time",
            Self::Blobs => "Blobs",
            Self::Identifiers => "Identifiers",
            Self::Geospatial => "Geospatial",
            Self::Search => "Search",
            Self::Sketches => "Sketches",
            Self::Services => "Services",
            Self::Security => "Security",
            Self::Observability => "Observability",
            Self::CodePatterns => "Code patterns",
        }
    }
}

/// The model of a pattern behind function pointers, so that no one else names its types.
#[derive(Debug, Clone, Copy)]
pub struct Machine {
    /// What can be set.
    pub knobs: fn() -> &'static [Spec],
    /// What a person can do.
    pub actions: fn() -> &'static [ActionSpec],
    /// What is measured.
    pub metrics: fn() -> &'static [MetricSpec],
    /// The names of what is promised.
    pub properties: fn() -> Vec<&'static str>,
    /// What is promised.
    pub promises: fn() -> Vec<Promise>,
    /// Opens a run at its cursor.
    pub open: fn(&RunState) -> Result<Box<dyn Session>, SessionError>,
    /// Runs to an instant without keeping a record.
    pub simulate: fn(&RunState, SimTime) -> Result<Outcome, SessionError>,
    /// Starts a run that keeps no record and goes on in slices.
    pub start: fn(&RunState) -> Result<Box<dyn Run>, SessionError>,
    /// Starts a bare run at time zero, to be driven from outside.
    pub trial: fn(&RunState) -> Result<Box<dyn Trial>, SessionError>,
}

impl Machine {
    /// The model `M` behind function pointers.
    pub const fn of<M: Simulation>() -> Self {
        Self {
            knobs: M::Knobs::specs,
            actions: M::Action::specs,
            metrics: M::metrics,
            properties: || {
                M::properties()
                    .iter()
                    .map(|property: &Property<M>| property.name)
                    .collect()
            },
            promises: crate::lab::promises::<M>,
            open: |state| Ok(Box::new(Running::<M>::open(state)?)),
            simulate: crate::lab::simulate::<M>,
            start: |state| Ok(Box::new(Bare::<M>::start(state)?)),
            trial: crate::lab::start::<M>,
        }
    }
}

impl Pattern {
    /// The scenario with this slug.
    pub fn scenario(&self, slug: &str) -> Option<Scenario> {
        (self.scenarios)()
            .into_iter()
            .find(|scenario| scenario.slug == slug)
    }

    /// The first scenario at its most telling instant, as SVG text without a size of its own:
    /// the picture for galleries.
    pub fn still(&self) -> Option<String> {
        let scenario = (self.first)();
        let mut session = (self.machine.open)(&scenario.state()).ok()?;
        session.seek(scenario.still);
        let picture = session.scene(StageShape::Wide).to_picture();
        Some(picture.to_svg_fragment())
    }

    /// The pattern's challenges.
    pub fn all_challenges(&self) -> impl Iterator<Item = Challenge> {
        self.challenges.iter().map(|challenge| challenge())
    }

    /// The pattern's challenges and which of them the run at its cursor fulfils.
    pub fn challenges(&self, session: &dyn Session) -> Vec<ChallengeState> {
        self.all_challenges()
            .map(|challenge| ChallengeState {
                done: challenge.is_done(self, session),
                challenge,
            })
            .collect()
    }

    /// The specification of a call: an action of the pattern, or a fault.
    pub fn call_spec(&self, name: &str) -> Option<&'static ActionSpec> {
        let by_name =
            |specs: &'static [ActionSpec], name: &str| specs.iter().find(|s| s.name == name);
        match name.strip_prefix(FAULT_PREFIX) {
            Some(fault) => by_name(Fault::specs(), fault),
            None => by_name((self.machine.actions)(), name),
        }
    }
}

/// A named starting point: guided tour, preset, thumbnail, test and figure at once.
///
/// ```
/// use orrery_core::catalog::Scenario;
/// use orrery_core::value::Call;
///
/// let burst = Scenario::new("burst", "A burst, absorbed", "Forty requests at once meet a full bucket.")
///     .knob("capacity", 40)
///     .at(2.0, Call::new("burst").with("size", 40))
///     .caption(2.0, "Forty requests arrive at once: the saved tokens pay for them.")
///     .lasts(20.0)
///     .still(2.2);
/// assert_eq!(burst.state().script.len(), 1);
/// ```
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its key in links, unique within the pattern.
    pub slug: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it shows, in a sentence or two.
    pub summary: &'static str,
    /// The seed of its run.
    pub seed: u64,
    /// The knobs that differ from their defaults.
    pub knobs: Vec<(&'static str, Value)>,
    /// What is done in it, by whom does not matter.
    pub script: Vec<(SimTime, Call)>,
    /// What to tell a reader, and from when on.
    pub captions: Vec<(SimTime, &'static str)>,
    /// How long it lasts.
    pub lasts: Span,
    /// Its most telling instant, for thumbnails and figures.
    pub still: SimTime,
    /// Simulated seconds per second of watching at normal speed.
    pub pace: f64,
    /// The properties that it violates, and no others.
    pub breaks: &'static [&'static str],
    /// What must be true at its end for it to show what it claims.
    pub claims: Vec<Claim>,
    /// The challenge that a reader is ready for when its captions are told: they are a guided tour.
    pub leads_to: Option<&'static str>,
}

/// Something a scenario claims to show.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// The claim as a sentence.
    pub sentence: &'static str,
    /// Whether the run bears it out.
    pub check: fn(&Outcome) -> bool,
}

impl Scenario {
    /// A scenario of 30 seconds at default knobs, seed 1.
    pub fn new(slug: &'static str, name: &'static str, summary: &'static str) -> Self {
        Self {
            slug,
            name,
            summary,
            seed: 1,
            knobs: Vec::new(),
            script: Vec::new(),
            captions: Vec::new(),
            lasts: Span::from_secs(30),
            still: SimTime::from_secs(10),
            pace: 1.0,
            breaks: &[],
            claims: Vec::new(),
            leads_to: None,
        }
    }

    /// Sets the seed.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets a knob.
    #[must_use]
    pub fn knob(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.knobs.push((key, value.into()));
        self
    }

    /// Does something at an instant, given in seconds.
    #[must_use]
    pub fn at(mut self, secs: f64, call: Call) -> Self {
        self.script
            .push((SimTime::ZERO + Span::from_secs_f64(secs), call));
        self
    }

    /// Tells the reader something from an instant on.
    #[must_use]
    pub fn caption(mut self, secs: f64, words: &'static str) -> Self {
        self.captions
            .push((SimTime::ZERO + Span::from_secs_f64(secs), words));
        self
    }

    /// Sets how long it lasts, in seconds.
    #[must_use]
    pub fn lasts(mut self, secs: f64) -> Self {
        self.lasts = Span::from_secs_f64(secs);
        self
    }

    /// Sets its most telling instant, in seconds.
    #[must_use]
    pub fn still(mut self, secs: f64) -> Self {
        self.still = SimTime::ZERO + Span::from_secs_f64(secs);
        self
    }

    /// Sets how many simulated seconds pass per second of watching.
    #[must_use]
    pub const fn pace(mut self, pace: f64) -> Self {
        self.pace = pace;
        self
    }

    /// Names the properties that it violates.
    #[must_use]
    pub const fn breaks(mut self, properties: &'static [&'static str]) -> Self {
        self.breaks = properties;
        self
    }

    /// Makes a guided tour of it, which ends with a challenge.
    #[must_use]
    pub const fn leads_to(mut self, challenge: &'static str) -> Self {
        self.leads_to = Some(challenge);
        self
    }

    /// Adds a claim.
    #[must_use]
    pub fn claim(mut self, sentence: &'static str, check: fn(&Outcome) -> bool) -> Self {
        self.claims.push(Claim { sentence, check });
        self
    }

    /// The run, at its start.
    pub fn state(&self) -> RunState {
        // Collecting them would link a sort for their type into every page.
        let mut knobs = SortedMap::new();
        for (key, value) in &self.knobs {
            knobs.insert((*key).to_owned(), value.clone());
        }
        RunState {
            seed: self.seed,
            knobs,
            script: self
                .script
                .iter()
                .map(|(at, call)| crate::kernel::timeline::Entry {
                    at: *at,
                    after: None,
                    call: call.clone(),
                })
                .collect(),
            ..RunState::default()
        }
    }

    /// The caption at an instant.
    pub fn caption_at(&self, at: SimTime) -> Option<&'static str> {
        self.captions
            .iter()
            .rev()
            .find(|(from, _)| *from <= at)
            .map(|(_, words)| *words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_one_by_one() {
        for (a, b, edits) in [
            ("", "", 0),
            ("saga", "saga", 0),
            ("sage", "saga", 1),
            ("sag", "saga", 1),
            ("", "abc", 3),
        ] {
            assert_eq!(edit_distance(a, b), edits, "{a} to {b}");
        }
    }
}
