//! A knob on x, a measurement on y, many seeds, and the closed-form curve where theory has one.

use crate::kernel::session::{RunState, SessionError};
use crate::kernel::timeline::Entry;
use crate::lab::{Outcome, Summary};
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

/// A declared sweep. The Measure tab and the tests run the same declaration.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Its key, unique within the pattern.
    pub slug: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The question it answers.
    pub question: &'static str,
    /// The knob on x.
    pub x: &'static str,
    /// Its values.
    pub values: Vec<Value>,
    /// Other knobs that differ from their defaults.
    pub knobs: Vec<(&'static str, Value)>,
    /// What is done during each run.
    pub script: Vec<(SimTime, Call)>,
    /// What is on y, with its unit.
    pub y: &'static str,
    /// Reads y from a run.
    pub measure: fn(&Outcome) -> f64,
    /// How long each run lasts.
    pub lasts: Span,
    /// How many runs per value.
    pub seeds: u64,
    /// What theory says, or why it says nothing.
    pub theory: Theory,
}

/// What theory says of an experiment.
#[derive(Debug, Clone, Copy)]
pub enum Theory {
    /// A closed form or a recurrence.
    Curve {
        /// Where it comes from.
        source: &'static str,
        /// y at a value of the knob.
        at: fn(f64) -> f64,
        /// How far off it may be, as a share, beside the confidence interval: for what the model
        /// and the theory do not share.
        tolerance: f64,
    },
    /// None: the reason.
    None(&'static str),
}

/// Whether a measured point agrees with theory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// It lies within the interval and the stated tolerance.
    Agrees,
    /// It does not.
    Differs,
    /// Theory says nothing.
    NoTheory,
}

/// One measured point.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The knob's value.
    pub value: Value,
    /// What was measured.
    pub summary: Summary,
    /// What theory says.
    pub theory: Option<f64>,
}

/// An experiment under way: call [`Progress::run_one`] until it is done.
#[derive(Debug)]
pub struct Progress<'e> {
    experiment: &'e Experiment,
    measured: Vec<Vec<f64>>,
}

impl Experiment {
    /// Starts it.
    pub fn start(&self) -> Progress<'_> {
        Progress {
            experiment: self,
            measured: vec![Vec::new(); self.values.len()],
        }
    }

    /// Runs it to the end on one pattern.
    ///
    /// # Errors
    /// A knob that the pattern does not take.
    pub fn run(
        &self,
        simulate: fn(&RunState, SimTime) -> Result<Outcome, SessionError>,
    ) -> Result<Vec<Point>, SessionError> {
        let mut progress = self.start();
        while progress.run_one(simulate)? {}
        Ok(progress.points())
    }

    /// The run that is unit `unit` of it: the values take turns, so that all of them have been seen
    /// early, and each round has a seed of its own.
    pub(super) fn state_of_unit(&self, unit: u64) -> RunState {
        let values = self.values.len().max(1) as u64;
        let value = &self.values[(unit % values) as usize];
        self.state(value, unit / values + 1)
    }

    fn state(&self, value: &Value, seed: u64) -> RunState {
        let knobs = self
            .knobs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()));
        RunState {
            seed,
            knobs: knobs.chain([(self.x.to_owned(), value.clone())]).collect(),
            script: self
                .script
                .iter()
                .map(|(at, call)| Entry {
                    at: *at,
                    after: None,
                    call: call.clone(),
                })
                .collect(),
            ..RunState::default()
        }
    }
}

impl Progress<'_> {
    /// Makes one more run; false when all are made.
    ///
    /// # Errors
    /// A knob that the pattern does not take.
    pub fn run_one(
        &mut self,
        simulate: fn(&RunState, SimTime) -> Result<Outcome, SessionError>,
    ) -> Result<bool, SessionError> {
        let experiment = self.experiment;
        let unfinished = |runs: &Vec<f64>| (runs.len() as u64) < experiment.seeds;
        let Some(index) = self.measured.iter().position(unfinished) else {
            return Ok(false);
        };
        let seed = self.measured[index].len() as u64 + 1;
        let state = experiment.state(&experiment.values[index], seed);
        let outcome = simulate(&state, SimTime::ZERO + experiment.lasts)?;
        self.measured[index].push((experiment.measure)(&outcome));
        Ok(true)
    }

    /// The points so far.
    pub fn points(&self) -> Vec<Point> {
        let values = self.experiment.values.iter().zip(&self.measured);
        values
            .filter(|(_, runs)| !runs.is_empty())
            .map(|(value, runs)| Point {
                value: value.clone(),
                summary: Summary::of(runs),
                theory: self.experiment.theory.at(value),
            })
            .collect()
    }
}

impl Theory {
    /// What theory says at a value of the knob.
    pub fn at(&self, value: &Value) -> Option<f64> {
        match self {
            Self::Curve { at, .. } => value.as_f64().map(at),
            Self::None(_) => None,
        }
    }

    /// Whether a point agrees.
    pub fn judge(&self, point: &Point) -> Agreement {
        match (self, point.theory) {
            (Self::Curve { tolerance, .. }, Some(theory)) => {
                let room = point.summary.half_width + tolerance * theory.abs();
                if (point.summary.mean - theory).abs() <= room {
                    Agreement::Agrees
                } else {
                    Agreement::Differs
                }
            }
            (Self::Curve { .. } | Self::None(_), _) => Agreement::NoTheory,
        }
    }
}
