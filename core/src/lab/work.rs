//! Work in numbered units, which any number of hands may do in any order.
//!
//! A [`Job`] is a plain value, to be sent to where it is done. What a unit gives depends on the job
//! and on the unit's number alone, so that it does not matter who does it, when, and next to whom.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::catalog::Pattern;
use crate::kernel::session::SessionError;
use crate::lab::{Ensemble, EnsemblePlan, PlanError, Sweep, SweepPlan};

/// Something to compute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// A unit is a run and gives what is read from it.
    Sweep(SweepPlan),
    /// A unit is a run and gives its series.
    Ensemble(EnsemblePlan),
}

impl Job {
    /// The slug of the pattern it is about.
    pub fn pattern(&self) -> &str {
        match self {
            Self::Sweep(plan) => &plan.pattern,
            Self::Ensemble(plan) => &plan.pattern,
        }
    }
}

/// Why a job cannot be done.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum JobError {
    /// What is to be done makes no sense.
    #[error(transparent)]
    Plan(#[from] PlanError),
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
/// let (mut once, mut again) = (Vec::new(), Vec::new());
/// work.run(7, &mut once)?;
/// work.run(7, &mut again)?;
/// assert_eq!(once, again);
/// # Ok::<(), orrery_core::lab::JobError>(())
/// ```
#[derive(Debug)]
pub struct Work(Begun);

#[derive(Debug)]
enum Begun {
    Sweep(Box<Sweep>),
    Ensemble(Box<Ensemble>),
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
        }))
    }

    /// How many units there are, numbered from zero.
    pub fn units(&self) -> u64 {
        match &self.0 {
            Begun::Sweep(sweep) => sweep.units(),
            Begun::Ensemble(ensemble) => u64::from(ensemble.plan().runs),
        }
    }

    /// Does one unit and adds the numbers that it gives, equally many for each unit.
    ///
    /// # Errors
    /// A run that cannot be made.
    pub fn run(&self, unit: u64, numbers: &mut Vec<f64>) -> Result<(), JobError> {
        match &self.0 {
            Begun::Sweep(sweep) => numbers.push(sweep.run(unit)?),
            // Fits: an ensemble counts its runs in 32 bits.
            Begun::Ensemble(ensemble) => numbers.extend(ensemble.run(unit as u32)?),
        }
        Ok(())
    }
}
