//! Runs without a viewer: outcomes, sweeps over many seeds, experiments, ensembles, comparisons.
//!
//! Nothing here starts a thread or reads a clock: a caller drives the work in slices or unit by
//! unit, from a worker, a thread, a machine of its own or a test, and the result is the same.

mod breaking;
mod compare;
mod ensemble;
mod experiment;
mod lockstep;
mod measure;
mod part;
mod plan;
mod results;
mod run;
pub mod search;
pub mod shrink;
mod statistics;
mod sweep;
mod trial;
mod work;

pub use breaking::{Breaking, BrokenVariant, Spared};
pub use compare::{
    Compare, CompareError, Differences, KnobDifference, MetricDifference, VARIANTS_KEY,
    VARIANTS_MAX, read_variants, write_variants,
};
pub use ensemble::{Band, Ensemble, EnsemblePlan};
pub use experiment::{Agreement, Experiment, Lines, Theory, Verdict};
pub use measure::{Measure, Reduction};
pub use part::{MergeError, Part, merge};
pub use plan::{Axis, AxisName, PlanError, Scale, SweepPlan, UNITS_MAX, Values};
pub use results::{Estimate, Point, Results, Shard, ShardError, Slices};
pub(crate) use run::Bare;
pub use run::Run;
pub use statistics::{Summary, normal_quantile_975, quantile, t_quantile_975};
pub use sweep::{Place, Sweep};
pub use trial::{Pause, Promise, Trial, Watched};
pub(crate) use trial::{promises, start};
pub use work::{Job, JobError, Rows, Work};

use crate::kernel::engine::Engine;
use crate::kernel::metrics::{Histogram, Metric, Metrics};
use crate::kernel::session::{RunState, SessionError};
use crate::kernel::timeline::Entry;
use crate::simulation::{PropertyKind, Simulation};
use crate::time::SimTime;

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its last instant.
    pub now: SimTime,
    /// How many events and actions happened.
    pub happened: u64,
    /// What was measured.
    pub metrics: Metrics,
    /// The properties that were violated, by name.
    pub violated: Vec<&'static str>,
    /// The `Sometimes` properties that never came true, by name.
    pub unreached: Vec<&'static str>,
    /// Script entries that were refused, with the reason.
    pub refused: Vec<String>,
    /// A hash of everything that happened.
    pub trace_hash: u64,
}

impl Outcome {
    /// A metric's total, level or count by its key; NaN when there is none.
    pub fn value(&self, key: &str) -> f64 {
        self.metrics
            .find(key)
            .map_or(f64::NAN, |metric| self.metrics.value(metric))
    }

    /// A metric's mean (rate per second, mean level, mean value) by its key; NaN when there is none.
    pub fn mean(&self, key: &str) -> f64 {
        self.metrics
            .find(key)
            .map_or(f64::NAN, |metric| self.metrics.mean(metric, self.now))
    }

    /// One metric over another, by their keys.
    pub fn ratio(&self, part: &str, whole: &str) -> f64 {
        self.value(part) / self.value(whole)
    }

    /// The distribution behind a histogram metric.
    pub fn histogram(&self, key: &str) -> Option<&Histogram> {
        self.metrics
            .find(key)
            .and_then(|metric: Metric| self.metrics.histogram(metric))
    }

    /// Whether a property was violated.
    pub fn violates(&self, property: &str) -> bool {
        self.violated.contains(&property)
    }
}

/// Runs the trunk of `state` from its start to an instant, keeping no record.
///
/// # Errors
/// A knob that the pattern does not take.
pub fn simulate<M: Simulation>(state: &RunState, until: SimTime) -> Result<Outcome, SessionError> {
    let mut run = Bare::<M>::start(state)?;
    run.advance(until, u64::MAX);
    Ok(run.outcome())
}

/// Whether an entry of a script comes before the next event: never before one that is due earlier,
/// and among those due at its instant in the place that it gives.
pub(crate) fn is_turn_of<M: Simulation>(entry: &Entry, engine: &Engine<M>) -> bool {
    let in_place = |after: u64| engine.world().happened() >= after;
    engine
        .next_at()
        .is_none_or(|at| at > entry.at || at == entry.at && entry.after.is_some_and(in_place))
}

/// The sentence about an entry that was refused.
pub(crate) fn refusal(entry: &Entry, reason: &str) -> String {
    format!("{} at {}: {reason}", entry.call, entry.at)
}

/// How a run stands.
pub(crate) fn outcome<M: Simulation>(engine: &Engine<M>, refused: Vec<String>) -> Outcome {
    let named = |wanted: &dyn Fn(usize, PropertyKind) -> bool| {
        let properties = M::properties().iter().enumerate();
        properties
            .filter(|(index, property)| wanted(*index, property.kind))
            .map(|(_, property)| property.name)
            .collect()
    };
    Outcome {
        now: engine.world().now(),
        happened: engine.world().happened(),
        metrics: engine.world().metrics().clone(),
        violated: named(&|index, _| engine.violation(index).is_some()),
        unreached: named(&|index, kind| {
            kind == PropertyKind::Sometimes && engine.verdicts()[index].reached.is_none()
        }),
        refused,
        trace_hash: engine.trace_hash(),
    }
}
