//! Many runs of one setting: where a metric lies over time, and in how many of them.

use crate::sorted::SortedMap;

use serde::{Deserialize, Serialize};

use crate::catalog::Pattern;
use crate::kernel::metrics::{Histogram, Metric, MetricKind, Metrics};
use crate::kernel::session::{RunState, SessionError};
use crate::kernel::timeline::Entry;
use crate::lab::measure::find;
use crate::lab::plan::{check_lasts, check_setting};
use crate::lab::{PlanError, Run, quantile};
use crate::time::{SimTime, Span};
use crate::value::Value;

/// The most runs of an ensemble; with [`INSTANTS_MAX`] it bounds the memory to 3.2 MB.
const RUNS_MAX: u32 = 1_000;
/// The most instants at which a run is sampled.
const INSTANTS_MAX: u32 = 400;

/// An ensemble as a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnsemblePlan {
    /// The slug of the pattern.
    pub pattern: String,
    /// The seed of run 0; run j takes the j-th seed after it.
    pub seed: u64,
    /// The knobs that differ from their defaults.
    #[serde(default, skip_serializing_if = "SortedMap::is_empty")]
    pub knobs: SortedMap<String, Value>,
    /// What is done in each run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub script: Vec<Entry>,
    /// The key of the metric.
    pub metric: String,
    /// How many runs there are.
    pub runs: u32,
    /// At how many instants each is sampled, evenly spaced, the last at its end.
    pub instants: u32,
    /// How long each run lasts.
    #[serde(rename = "lasts_ns")]
    pub lasts: Span,
}

impl EnsemblePlan {
    /// A plan for a metric of the run in `state`: its seed, knobs and script.
    pub fn new(pattern: &Pattern, state: &RunState, metric: &str) -> Self {
        Self {
            pattern: pattern.card.slug.to_owned(),
            seed: state.seed,
            knobs: state.knobs.clone(),
            script: state.script.clone(),
            metric: metric.to_owned(),
            runs: 50,
            instants: 120,
            lasts: Span::from_secs(30),
        }
    }

    fn check(&self, pattern: &'static Pattern) -> Result<(), PlanError> {
        if self.pattern != pattern.card.slug {
            return Err(PlanError::Pattern {
                plan: self.pattern.clone(),
                pattern: pattern.card.slug,
            });
        }
        check_lasts(self.lasts)?;
        for (what, given, min, max) in [
            ("runs", self.runs, 1, RUNS_MAX),
            ("instants", self.instants, 2, INSTANTS_MAX),
        ] {
            if !(min..=max).contains(&given) {
                return Err(PlanError::Ensemble {
                    what,
                    given,
                    min,
                    max,
                });
            }
        }
        check_setting(pattern, &self.state(0))
    }

    fn state(&self, run: u32) -> RunState {
        RunState {
            seed: self.seed.wrapping_add(u64::from(run)),
            knobs: self.knobs.clone(),
            script: self.script.clone(),
            ..RunState::default()
        }
    }
}

/// Where the metric lies at one instant, over all runs that have a value there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Band {
    /// When, in seconds.
    pub at: f64,
    /// How many runs have a value.
    pub count: usize,
    /// The 5th percentile; NaN without a run.
    pub p5: f64,
    /// The 25th percentile.
    pub p25: f64,
    /// The median.
    pub p50: f64,
    /// The 75th percentile.
    pub p75: f64,
    /// The 95th percentile.
    pub p95: f64,
}

/// Many runs of one setting, each with its own series.
///
/// ```
/// use orrery_core::catalog;
/// use orrery_core::kernel::session::RunState;
/// use orrery_core::lab::{Ensemble, EnsemblePlan};
///
/// let pattern = catalog::find("token-bucket").expect("it is registered");
/// let mut plan = EnsemblePlan::new(pattern, &RunState::default(), "admitted");
/// (plan.runs, plan.instants) = (8, 10);
/// let mut ensemble = Ensemble::new(plan, pattern)?;
/// while !ensemble.advance(50_000)? {}
/// let bands = ensemble.bands();
/// assert_eq!(bands.len(), 10);
/// assert!(bands.iter().all(|band| band.p5 <= band.p50 && band.p50 <= band.p95));
/// # Ok::<(), orrery_core::lab::PlanError>(())
/// ```
#[derive(Debug)]
pub struct Ensemble {
    plan: EnsemblePlan,
    pattern: &'static Pattern,
    metric: Metric,
    kind: MetricKind,
    series: Vec<Option<Vec<f64>>>,
    running: Option<Sampled>,
}

impl Ensemble {
    /// Checks a plan.
    ///
    /// # Errors
    /// What is wrong with it and what to do.
    pub fn new(plan: EnsemblePlan, pattern: &'static Pattern) -> Result<Self, PlanError> {
        plan.check(pattern)?;
        let (metric, spec) = find(pattern, &plan.metric)?;
        Ok(Self {
            series: vec![None; plan.runs as usize],
            plan,
            pattern,
            metric,
            kind: spec.kind,
            running: None,
        })
    }

    /// The plan.
    pub const fn plan(&self) -> &EnsemblePlan {
        &self.plan
    }

    /// The pattern.
    pub const fn pattern(&self) -> &'static Pattern {
        self.pattern
    }

    /// The run with this number: also what to open to watch it.
    pub fn state(&self, run: u32) -> RunState {
        self.plan.state(run)
    }

    /// The instants at which runs are sampled.
    pub fn instants(&self) -> Vec<SimTime> {
        (1..=self.plan.instants)
            .map(|index| instant(&self.plan, index))
            .collect()
    }

    /// Makes one run: a counter's rate since the instant before, a gauge's level, the mean of what
    /// a histogram saw since the instant before (NaN when it saw nothing).
    ///
    /// # Errors
    /// Why the pattern cannot start it.
    pub fn run(&self, run: u32) -> Result<Vec<f64>, SessionError> {
        let mut sampled = Sampled::start(self, run)?;
        sampled.advance(self, u64::MAX);
        Ok(sampled.values)
    }

    /// Takes the series of a run made elsewhere; false when it does not belong here or is there
    /// already.
    pub fn insert(&mut self, run: u32, values: Vec<f64>) -> bool {
        match self.series.get_mut(run as usize) {
            Some(slot @ None) if values.len() == self.plan.instants as usize => {
                *slot = Some(values);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Goes on for about so many events; true when all runs are made.
    ///
    /// # Errors
    /// Why the pattern cannot start a run.
    pub fn advance(&mut self, budget: u64) -> Result<bool, SessionError> {
        let mut left = budget.max(1);
        while left > 0 {
            let mut sampled = match self.running.take() {
                Some(running) => running,
                None => match self.series.iter().position(Option::is_none) {
                    Some(run) => Sampled::start(self, run as u32)?,
                    None => return Ok(true),
                },
            };
            let before = sampled.run.happened();
            if !sampled.advance(self, left) {
                self.running = Some(sampled);
                return Ok(false);
            }
            left = left.saturating_sub(sampled.run.happened() - before + 1);
            self.insert(sampled.number, sampled.values);
        }
        Ok(self.series.iter().all(Option::is_some))
    }

    /// How many runs have been made, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.series.iter().flatten().count(), self.series.len())
    }

    /// A run's own series, once it has been made.
    pub fn series(&self, run: u32) -> Option<&[f64]> {
        self.series.get(run as usize)?.as_deref()
    }

    /// The bands over the runs made so far.
    pub fn bands(&self) -> Vec<Band> {
        let instants = self.instants();
        let band = |(index, at): (usize, &SimTime)| {
            let values = self.series.iter().flatten().map(|series| series[index]);
            let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
            values.sort_by(f64::total_cmp);
            Band {
                at: at.as_secs_f64(),
                count: values.len(),
                p5: quantile(&values, 0.05),
                p25: quantile(&values, 0.25),
                p50: quantile(&values, 0.5),
                p75: quantile(&values, 0.75),
                p95: quantile(&values, 0.95),
            }
        };
        instants.iter().enumerate().map(band).collect()
    }

    /// The run that passes nearest to a value at an instant: the one meant by a click there.
    pub fn nearest(&self, at: SimTime, value: f64) -> Option<u32> {
        let instants = self.instants();
        let away = |instant: &SimTime| instant.since(at).max(at.since(*instant));
        let (index, _) = instants
            .iter()
            .enumerate()
            .min_by_key(|(_, instant)| away(instant))?;
        let runs = self.series.iter().zip(0_u32..);
        let passing = runs.filter_map(|(series, run)| Some((series.as_ref()?[index], run)));
        passing
            .filter(|(passes, _)| passes.is_finite())
            .min_by(|(a, _), (b, _)| (a - value).abs().total_cmp(&(b - value).abs()))
            .map(|(_, run)| run)
    }
}

/// Instant `index` of `plan.instants`, counted from 1; the last is the end of the run.
fn instant(plan: &EnsemblePlan, index: u32) -> SimTime {
    let nanos = u128::from(plan.lasts.as_nanos()) * u128::from(index) / u128::from(plan.instants);
    // Fits: it is at most the length of the run.
    SimTime::from_nanos(nanos as u64)
}

/// A run that is being sampled.
struct Sampled {
    number: u32,
    run: Box<dyn Run>,
    before: Totals,
    values: Vec<f64>,
}

impl std::fmt::Debug for Sampled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sampled")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// What a metric came to by an instant.
#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    at: SimTime,
    value: f64,
    sum: f64,
}

impl Totals {
    fn of(metrics: &Metrics, metric: Metric, at: SimTime) -> Self {
        Self {
            at,
            value: metrics.value(metric),
            sum: metrics.histogram(metric).map_or(0.0, Histogram::sum),
        }
    }

    /// What a chart shows for the stretch from `before` to here.
    fn since(self, before: Self, kind: MetricKind) -> f64 {
        let more = self.value - before.value;
        match kind {
            MetricKind::Gauge => self.value,
            MetricKind::Counter => more / (self.at - before.at).as_secs_f64(),
            MetricKind::Histogram => (self.sum - before.sum) / more,
        }
    }
}

impl Sampled {
    fn start(ensemble: &Ensemble, number: u32) -> Result<Self, SessionError> {
        Ok(Self {
            number,
            run: (ensemble.pattern.machine.start)(&ensemble.state(number))?,
            before: Totals::default(),
            values: Vec::with_capacity(ensemble.plan.instants as usize),
        })
    }

    /// Goes on for so many events; true when the run has ended.
    fn advance(&mut self, ensemble: &Ensemble, budget: u64) -> bool {
        let mut left = budget;
        while self.values.len() < ensemble.plan.instants as usize {
            let at = instant(&ensemble.plan, self.values.len() as u32 + 1);
            let happened = self.run.happened();
            if !self.run.advance(at, left) {
                return false;
            }
            left = left.saturating_sub(self.run.happened() - happened).max(1);
            let totals = Totals::of(self.run.metrics(), ensemble.metric, at);
            self.values.push(totals.since(self.before, ensemble.kind));
            self.before = totals;
        }
        true
    }
}
