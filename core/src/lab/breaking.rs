//! What a pattern declares about breaking it: where to look, what to leave alone, and which of its
//! safeguards can be taken away so that a promise does break.

use crate::kernel::session::RunState;
use crate::time::Span;
use crate::value::Value;

/// What a pattern says about breaking it.
///
/// ```
/// use orrery_core::lab::{Breaking, BrokenVariant};
///
/// let breaking = Breaking::new()
///     .lasts(20.0)
///     .knob("keys", 100)
///     .spare("without", "it only changes what is shown")
///     .variant(
///         BrokenVariant::new("no-keys", "No keys", "What arrives twice happens twice.")
///             .knob("safe", false)
///             .breaks(&["once"]),
///     );
/// assert_eq!(breaking.variants[0].breaks, ["once"]);
/// ```
#[derive(Debug, Clone)]
pub struct Breaking {
    /// How long a run of a search lasts.
    pub lasts: Span,
    /// Knobs that make runs small, so that many fit: what breaks at all mostly breaks small.
    pub knobs: Vec<(&'static str, Value)>,
    /// What a search leaves alone.
    pub spared: Vec<Spared>,
    /// The safeguards that can be taken away.
    pub variants: Vec<BrokenVariant>,
}

/// Something that a search leaves alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spared {
    /// The name of an action, of a fault (`fault.skew`) or of a knob (`set.rate`).
    pub name: &'static str,
    /// Why, in words that follow “since”.
    pub since: &'static str,
}

/// A pattern without one of its safeguards.
#[derive(Debug, Clone)]
pub struct BrokenVariant {
    /// Its key, unique within the pattern.
    pub slug: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What goes wrong without the safeguard, in one sentence.
    pub harm: &'static str,
    /// The knobs that differ from their defaults, the safeguard among them.
    pub knobs: Vec<(&'static str, Value)>,
    /// The promises that it breaks.
    pub breaks: &'static [&'static str],
    /// How long a run of a search lasts.
    pub lasts: Span,
}

impl Default for Breaking {
    fn default() -> Self {
        Self::new()
    }
}

impl Breaking {
    /// Runs of 30 seconds at default knobs, with everything a person can do.
    pub const fn new() -> Self {
        Self {
            lasts: Span::from_secs(30),
            knobs: Vec::new(),
            spared: Vec::new(),
            variants: Vec::new(),
        }
    }

    /// Sets how long a run of a search lasts, in seconds.
    #[must_use]
    pub fn lasts(mut self, secs: f64) -> Self {
        self.lasts = Span::from_secs_f64(secs);
        self
    }

    /// Sets a knob for searches with every safeguard on.
    #[must_use]
    pub fn knob(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.knobs.push((key, value.into()));
        self
    }

    /// Leaves an action, a fault or a knob alone.
    #[must_use]
    pub fn spare(mut self, name: &'static str, since: &'static str) -> Self {
        self.spared.push(Spared { name, since });
        self
    }

    /// Adds a variant without a safeguard.
    #[must_use]
    pub fn variant(mut self, variant: BrokenVariant) -> Self {
        self.variants.push(variant);
        self
    }

    /// The variant with this slug.
    pub fn find(&self, slug: &str) -> Option<&BrokenVariant> {
        self.variants.iter().find(|variant| variant.slug == slug)
    }

    /// The run from which a search with every safeguard on starts.
    pub fn state(&self) -> RunState {
        state_of(&self.knobs)
    }
}

impl BrokenVariant {
    /// A variant at default knobs, with runs of 30 seconds.
    pub const fn new(slug: &'static str, name: &'static str, harm: &'static str) -> Self {
        Self {
            slug,
            name,
            harm,
            knobs: Vec::new(),
            breaks: &[],
            lasts: Span::from_secs(30),
        }
    }

    /// Sets a knob.
    #[must_use]
    pub fn knob(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.knobs.push((key, value.into()));
        self
    }

    /// Names the promises that it breaks.
    #[must_use]
    pub const fn breaks(mut self, properties: &'static [&'static str]) -> Self {
        self.breaks = properties;
        self
    }

    /// Sets how long a run of a search lasts, in seconds.
    #[must_use]
    pub fn lasts(mut self, secs: f64) -> Self {
        self.lasts = Span::from_secs_f64(secs);
        self
    }

    /// The run from which a search starts.
    pub fn state(&self) -> RunState {
        state_of(&self.knobs)
    }
}

fn state_of(knobs: &[(&'static str, Value)]) -> RunState {
    let knobs = knobs.iter();
    RunState {
        seed: 1,
        knobs: knobs
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
        ..RunState::default()
    }
}
