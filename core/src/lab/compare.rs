//! Two to four variants of a run in lock step, and in what they differ.

use thiserror::Error;

use crate::catalog::Pattern;
use crate::kernel::metrics::{Metric, MetricSpec, Metrics};
use crate::kernel::session::{Chart, RunState, Session, SessionError};
use crate::kernel::timeline::{Halt, Stops};
use crate::lab::Reduction;
use crate::time::SimTime;
use crate::value::Value;

/// The most variants that are compared at once.
pub const VARIANTS_MAX: usize = 4;

/// Why variants cannot be compared.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CompareError {
    /// Too few or too many.
    #[error("{given} variants cannot be compared: choose from 2 to {VARIANTS_MAX}")]
    Count {
        /// How many were given.
        given: usize,
    },
    /// They would meet different arrivals.
    #[error(
        "variant {variant} has the seed {seed}, the first one {first}: give both the same, so that they meet the same arrivals"
    )]
    Seed {
        /// Which one, from 1 on.
        variant: usize,
        /// Its seed.
        seed: u64,
        /// The first one's seed.
        first: u64,
    },
    /// One cannot be opened.
    #[error("variant {variant}: {problem}")]
    Open {
        /// Which one, from 1 on.
        variant: usize,
        /// Why not.
        problem: SessionError,
    },
}

/// A knob in which variants differ now.
#[derive(Debug, Clone, PartialEq)]
pub struct KnobDifference {
    /// The knob's key.
    pub key: &'static str,
    /// Its name.
    pub label: &'static str,
    /// The unit of its value.
    pub unit: &'static str,
    /// Its value in each variant.
    pub values: Vec<Value>,
}

/// A metric in which variants differ now.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricDifference {
    /// What is measured.
    pub spec: MetricSpec,
    /// How it became one number.
    pub reduction: Reduction,
    /// Its value in each variant; NaN where nothing was measured.
    pub values: Vec<f64>,
}

impl MetricDifference {
    /// How much more or less a variant has than the first.
    pub fn change(&self, variant: usize) -> f64 {
        let of = |index: usize| self.values.get(index).copied().unwrap_or(f64::NAN);
        of(variant) - of(0)
    }
}

/// Variants of one run that stand at the same instant. They share the seed, and so, by named
/// streams, the arrivals and whatever else the knobs they differ in do not touch.
pub struct Compare {
    pattern: &'static Pattern,
    sessions: Vec<Box<dyn Session>>,
}

impl std::fmt::Debug for Compare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let states: Vec<RunState> = self
            .sessions
            .iter()
            .map(|session| session.state())
            .collect();
        f.debug_struct("Compare")
            .field("variants", &states)
            .finish()
    }
}

impl Compare {
    /// Opens the variants and brings all of them to where the first one's cursor is.
    ///
    /// # Errors
    /// Too few or too many variants, different seeds, or one that cannot be opened.
    pub fn open(pattern: &'static Pattern, variants: &[RunState]) -> Result<Self, CompareError> {
        let given = variants.len();
        if !(2..=VARIANTS_MAX).contains(&given) {
            return Err(CompareError::Count { given });
        }
        let (first, at) = (variants[0].seed, variants[0].cursor.at);
        let mut sessions = Vec::with_capacity(given);
        for (variant, state) in (1..).zip(variants) {
            if state.seed != first {
                return Err(CompareError::Seed {
                    variant,
                    seed: state.seed,
                    first,
                });
            }
            let opened = (pattern.machine.open)(state);
            let mut session = opened.map_err(|problem| CompareError::Open { variant, problem })?;
            session.seek(at);
            sessions.push(session);
        }
        Ok(Self { pattern, sessions })
    }

    /// The variants, all at one instant.
    pub fn sessions(&self) -> &[Box<dyn Session>] {
        &self.sessions
    }

    /// The instant at which all of them stand.
    pub fn now(&self) -> SimTime {
        let instants = self.sessions.iter().map(|session| session.cursor().at);
        instants.min().unwrap_or(SimTime::ZERO)
    }

    /// Plays all of them on to an instant, at most `budget` events each; false when that did not
    /// suffice. Those that are ahead then wait at the next call.
    pub fn advance(&mut self, until: SimTime, budget: u64) -> bool {
        let mut reached = true;
        for session in &mut self.sessions {
            let halt = session.advance(until, budget, &Stops::default());
            reached &= halt == Halt::Reached;
        }
        reached
    }

    /// Brings all of them to an instant, forward or back.
    pub fn seek(&mut self, at: SimTime) {
        for session in &mut self.sessions {
            session.seek(at);
        }
    }

    /// The knobs in which they differ now.
    pub fn knobs(&self) -> Vec<KnobDifference> {
        let specs = (self.pattern.machine.knobs)().iter();
        let differences = specs.map(|spec| KnobDifference {
            key: spec.key,
            label: spec.label,
            unit: spec.unit,
            values: self
                .sessions
                .iter()
                .map(|session| {
                    session
                        .knob(spec.key)
                        .unwrap_or_else(|| spec.default.clone())
                })
                .collect(),
        });
        differences
            .filter(|knob| knob.values.iter().any(|value| *value != knob.values[0]))
            .collect()
    }

    /// Whether they do different things, or the same at different times.
    pub fn scripts_differ(&self) -> bool {
        let script = |session: &dyn Session| session.state().script;
        let first = script(&*self.sessions[0]);
        self.sessions
            .iter()
            .any(|session| script(&**session) != first)
    }

    /// Every metric, as one number for each variant at the present instant: those in which they
    /// differ and those in which they do not.
    pub fn metrics(&self) -> Vec<MetricDifference> {
        let specs = (self.pattern.machine.metrics)().iter().enumerate();
        let compared = specs.map(|(index, spec)| {
            let sessions = self.sessions.iter();
            let mean = |at: SimTime, metrics: &Metrics| metrics.mean(Metric(index), at);
            MetricDifference {
                spec: *spec,
                // Every kind of metric has at least one, and it is the mean.
                reduction: Reduction::of(spec.kind)[0],
                values: sessions
                    .map(|session| mean(session.cursor().at, session.metrics()))
                    .collect(),
            }
        });
        compared.collect()
    }

    /// A metric over time, one series for each variant.
    pub fn series(&self, key: &str) -> Vec<Chart> {
        let charts = self.sessions.iter().flat_map(|session| session.charts());
        charts.filter(|chart| chart.spec.key == key).collect()
    }
}
