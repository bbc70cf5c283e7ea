//! Work in numbered units, which any number of hands may do in any order.
//!
//! A [`Job`] is a plain value, to be sent to where it is done. What a unit gives depends on the job
//! and on the unit's number alone, so that it does not matter who does it, when, and next to whom.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::catalog::Pattern;
use crate::kernel::session::SessionError;
use crate::lab::Experiment;
use crate::time::SimTime;

/// Something to compute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The slug of the pattern it is about.
    pub pattern: String,
    /// What to do with it.
    pub task: Task,
}

/// What to do with a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// The declared experiment with this slug: a unit is a run and gives one number.
    Experiment(String),
}

/// Why a job cannot be done.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum JobError {
    /// The pattern does not declare this experiment.
    #[error("{pattern} has no experiment {experiment:?}")]
    UnknownExperiment {
        /// The pattern.
        pattern: &'static str,
        /// What was asked for.
        experiment: String,
    },
    /// A run could not be made.
    #[error(transparent)]
    Run(#[from] SessionError),
}

/// A job begun: what it takes to do any of its units.
///
/// ```
/// use orrery_core::catalog;
/// use orrery_core::lab::{Job, Task, Work};
///
/// let pattern = catalog::find("token-bucket").unwrap();
/// let experiment = (pattern.experiments)().swap_remove(0);
/// let task = Task::Experiment(experiment.slug.to_owned());
/// let job = Job { pattern: pattern.card.slug.to_owned(), task };
///
/// let work = Work::begin(&job, pattern)?;
/// assert_eq!(work.units(), experiment.seeds * experiment.values.len() as u64);
/// let (mut once, mut again) = (Vec::new(), Vec::new());
/// work.run(0, &mut once)?;
/// work.run(0, &mut again)?;
/// assert_eq!((once.len(), &once), (work.width(), &again));
/// # Ok::<(), orrery_core::lab::JobError>(())
/// ```
#[derive(Debug)]
pub struct Work {
    pattern: &'static Pattern,
    experiment: Experiment,
}

impl Work {
    /// Begins a job on the pattern that it names.
    ///
    /// # Errors
    /// What the job asks for does not exist.
    pub fn begin(job: &Job, pattern: &'static Pattern) -> Result<Self, JobError> {
        let Task::Experiment(slug) = &job.task;
        let experiments = (pattern.experiments)().into_iter();
        let found = experiments.clone().find(|known| known.slug == *slug);
        let experiment = found.ok_or_else(|| JobError::UnknownExperiment {
            pattern: pattern.card.slug,
            experiment: slug.clone(),
        })?;
        Ok(Self {
            pattern,
            experiment,
        })
    }

    /// How many units there are, numbered from zero.
    pub fn units(&self) -> u64 {
        self.experiment.seeds * self.experiment.values.len() as u64
    }

    /// How many numbers each unit gives.
    pub const fn width(&self) -> usize {
        1
    }

    /// Does one unit and adds what it gives to `rows`.
    ///
    /// # Errors
    /// A run that cannot be made.
    pub fn run(&self, unit: u64, rows: &mut Vec<f64>) -> Result<(), JobError> {
        let state = self.experiment.state_of_unit(unit);
        let until = SimTime::ZERO + self.experiment.lasts;
        let outcome = (self.pattern.machine.simulate)(&state, until)?;
        rows.push((self.experiment.measure)(&outcome));
        Ok(())
    }
}
