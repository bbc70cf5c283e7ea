//! Work in numbered units, which any number of hands may do in any order.
//!
//! A [`Job`] is a plain value, to be sent to where it is done. What a unit gives depends on the job
//! and on the unit's number alone, so that it does not matter who does it, when, and next to whom.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::catalog::Pattern;
use crate::kernel::session::SessionError;
use crate::lab::search::{Batch, Search, SearchError, SearchPlan};
use crate::lab::shrink::{Resting, Shrink, ShrinkError};
use crate::lab::{Ensemble, EnsemblePlan, PlanError, Sweep, SweepPlan};

/// Something to compute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// A unit is a run and gives what is read from it.
    Sweep(SweepPlan),
    /// A unit is a run and gives its series.
    Ensemble(EnsemblePlan),
    /// A unit is a batch of runs and gives what came of them.
    Search(Box<SearchPlan>),
    /// The only unit tries so many simpler runs.
    Shrink {
        /// The pattern's slug.
        pattern: String,
        /// From where.
        from: Box<Resting>,
        /// How many runs.
        tries: u64,
    },
}

impl Job {
    /// The slug of the pattern it is about.
    pub fn pattern(&self) -> &str {
        match self {
            Self::Sweep(plan) => &plan.pattern,
            Self::Ensemble(plan) => &plan.pattern,
            Self::Search(plan) => &plan.pattern,
            Self::Shrink { pattern, .. } => pattern,
        }
    }

    /// The most units that one of several hands takes at once. A search counts its batches in the
    /// order of their numbers, so nobody should get far ahead.
    pub const fn units_at_once(&self) -> u64 {
        match self {
            Self::Sweep(_) | Self::Ensemble(_) => 4_096,
            Self::Search(_) => 16,
            Self::Shrink { .. } => 1,
        }
    }
}

/// What units of a job gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// The numbers of each unit in turn, equally many for each.
    Numbers(Vec<f64>),
    /// One batch of a search for each unit.
    Batches(Vec<Batch>),
    /// Where the shrinking has come to.
    Shrunk(Box<Resting>),
}

impl Rows {
    /// The numbers; none of a search.
    pub fn numbers(&self) -> &[f64] {
        match self {
            Self::Numbers(numbers) => numbers,
            Self::Batches(_) | Self::Shrunk(_) => &[],
        }
    }
}

/// Why a job cannot be done.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum JobError {
    /// What is to be done makes no sense.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A search that makes no sense.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A story that cannot be shrunk.
    #[error(transparent)]
    Shrink(#[from] ShrinkError),
    /// A run could not be made.
    #[error(transparent)]
    Run(#[from] SessionError),
}

/// A job begun: what it takes to do any of its units.
///
/// ```
/// use orrery_core::catalog;
/// use orrery_core::lab::{Job, Work};
///
/// let pattern = catalog::find("token-bucket").expect("it is registered");
/// let job = Job::Sweep((pattern.experiments)()[0].plan(pattern));
///
/// let work = Work::begin(&job, pattern)?;
/// let whole = work.run(7..9, || false)?;
/// let (next, half) = work.run(7..9, || true)?; // enough after one unit
/// assert_eq!((whole.0, next), (9, 8));
/// assert_eq!(half.numbers(), &whole.1.numbers()[..1]);
/// # Ok::<(), orrery_core::lab::JobError>(())
/// ```
#[derive(Debug)]
pub struct Work(Begun);

#[derive(Debug)]
enum Begun {
    Sweep(Box<Sweep>),
    Ensemble(Box<Ensemble>),
    Search(Box<Search>),
    Shrink {
        pattern: &'static Pattern,
        from: Box<Resting>,
        tries: u64,
    },
}

impl Work {
    /// Begins a job on the pattern that it names.
    ///
    /// # Errors
    /// What is wrong with the job.
    pub fn begin(job: &Job, pattern: &'static Pattern) -> Result<Self, JobError> {
        Ok(Self(match job {
            Job::Sweep(plan) => Begun::Sweep(Box::new(Sweep::new(plan.clone(), pattern)?)),
            Job::Ensemble(plan) => Begun::Ensemble(Box::new(Ensemble::new(plan.clone(), pattern)?)),
            Job::Search(plan) => {
                Begun::Search(Box::new(Search::new(pattern, SearchPlan::clone(plan))?))
            }
            Job::Shrink { from, tries, .. } => Begun::Shrink {
                pattern,
                from: from.clone(),
                tries: *tries,
            },
        }))
    }

    /// How many units there are, numbered from zero.
    pub fn units(&self) -> u64 {
        match &self.0 {
            Begun::Sweep(sweep) => sweep.units(),
            Begun::Ensemble(ensemble) => u64::from(ensemble.plan().runs),
            Begun::Search(search) => search.batches(),
            Begun::Shrink { .. } => 1,
        }
    }

    /// Does units in their order until `enough` says so, at least one; gives the first that is left
    /// and what the others gave.
    ///
    /// # Errors
    /// A run that cannot be made.
    pub fn run(
        &self,
        units: Range<u64>,
        mut enough: impl FnMut() -> bool,
    ) -> Result<(u64, Rows), JobError> {
        let mut next = units.start;
        let end = units.end.min(self.units());
        let mut more = || {
            let is_left = next < end && (next == units.start || !enough());
            next += u64::from(is_left);
            is_left.then(|| next - 1)
        };
        let rows = match &self.0 {
            Begun::Sweep(sweep) => {
                let mut numbers = Vec::new();
                while let Some(unit) = more() {
                    numbers.push(sweep.run(unit)?);
                }
                Rows::Numbers(numbers)
            }
            Begun::Ensemble(ensemble) => {
                let mut numbers = Vec::new();
                while let Some(unit) = more() {
                    // Fits: an ensemble counts its runs in 32 bits.
                    numbers.extend(ensemble.run(unit as u32)?);
                }
                Rows::Numbers(numbers)
            }
            Begun::Search(search) => {
                let mut batches = Vec::new();
                while let Some(unit) = more() {
                    batches.push(search.run_batch(unit));
                }
                Rows::Batches(batches)
            }
            Begun::Shrink {
                pattern,
                from,
                tries,
            } => {
                let mut shrink = Shrink::resume(pattern, Resting::clone(from))?;
                if more().is_some() {
                    shrink.run(*tries);
                }
                Rows::Shrunk(Box::new(shrink.rest()))
            }
        };
        Ok((next, rows))
    }
}
