//! A knob on x, a measurement on y, many seeds, and the closed-form curve where theory has one.

use std::fmt;

use crate::catalog::Pattern;
use crate::kernel::timeline::Entry;
use crate::lab::{Axis, Measure, Outcome, PlanError, Point, Summary, Sweep, SweepPlan, Values};
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

/// A declared sweep with what theory says of it. The Measure tab and the tests run the same
/// declaration.
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
    /// The knob whose values are lines over one another, if there are several.
    pub lines: Option<Lines>,
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

/// A knob that tells the lines of an experiment apart.
#[derive(Debug, Clone)]
pub struct Lines {
    /// The knob.
    pub knob: &'static str,
    /// Its values, a line each.
    pub values: Vec<Value>,
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
    /// The same for an experiment with several lines, or for some of them.
    Lines {
        /// Where it comes from, and why the other lines have none.
        source: &'static str,
        /// y on the line of a value, at a value of the knob on x; none where theory says nothing.
        at: fn(&Value, f64) -> Option<f64>,
        /// How far off it may be, as above.
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
    /// Theory says nothing, or there are too few runs for an interval.
    NoTheory,
}

/// How many points of an experiment agree with theory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verdict {
    /// Points that agree.
    pub agree: usize,
    /// Points that do not.
    pub differ: usize,
}

impl Verdict {
    /// Counts the points that theory speaks of.
    pub fn of(points: &[Point]) -> Self {
        let count = |wanted| {
            points
                .iter()
                .filter(|point| point.agreement == wanted)
                .count()
        };
        Self {
            agree: count(Agreement::Agrees),
            differ: count(Agreement::Differs),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.agree, self.differ) {
            (0, 0) => f.write_str("theory says nothing of it"),
            (agree, 0) => write!(
                f,
                "all {agree} points agree with theory within the interval"
            ),
            (agree, differ) => write!(
                f,
                "{differ} of {} points do not agree with theory within the interval",
                agree + differ
            ),
        }
    }
}

/// The seed of run 0 of every experiment.
const SEED: u64 = 1;

impl Experiment {
    /// The sweep that this declares, as a plan.
    pub fn plan(&self, pattern: &Pattern) -> SweepPlan {
        let knobs = self.knobs.iter();
        let script = self.script.iter();
        SweepPlan {
            pattern: pattern.card.slug.to_owned(),
            seed: SEED,
            knobs: knobs
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect(),
            script: script
                .map(|(at, call)| Entry {
                    at: *at,
                    after: None,
                    call: call.clone(),
                })
                .collect(),
            x: Axis {
                knob: self.x.to_owned(),
                values: Values::List(self.values.clone()),
            },
            y: self.lines.as_ref().map(|lines| Axis {
                knob: lines.knob.to_owned(),
                values: Values::List(lines.values.clone()),
            }),
            measure: Measure::Experiment {
                slug: self.slug.to_owned(),
            },
            // More would be refused as too many runs.
            runs: u32::try_from(self.seeds).unwrap_or(u32::MAX),
            lasts: self.lasts,
        }
    }

    /// The sweep that this declares.
    ///
    /// # Errors
    /// A declaration that does not fit the pattern.
    pub fn sweep(&self, pattern: &'static Pattern) -> Result<Sweep, PlanError> {
        Sweep::new(self.plan(pattern), pattern)
    }

    /// Runs it to the end.
    ///
    /// # Errors
    /// A declaration that does not fit the pattern.
    pub fn run(&self, pattern: &'static Pattern) -> Result<Vec<Point>, PlanError> {
        let mut slices = self.sweep(pattern)?.start();
        while !slices.advance(u64::MAX)? {}
        Ok(slices.results().points())
    }

    /// Whether what theory says holds for a plan: everything is as declared but the values on x,
    /// the lines, the number of runs and the seed.
    pub(super) fn speaks_of(&self, plan: &SweepPlan) -> bool {
        plan.measure
            == Measure::Experiment {
                slug: self.slug.to_owned(),
            }
            && plan.x.knob == self.x
            && plan.y.as_ref().map(|y| y.knob.as_str())
                == self.lines.as_ref().map(|lines| lines.knob)
            && plan.lasts == self.lasts
            && plan.knobs.len() == self.knobs.len()
            && self
                .knobs
                .iter()
                .all(|(key, value)| plan.knobs.get(*key) == Some(value))
            && plan.script.len() == self.script.len()
            && plan
                .script
                .iter()
                .zip(&self.script)
                .all(|(entry, (at, call))| {
                    entry.at == *at && entry.after.is_none() && entry.call == *call
                })
    }
}

impl Theory {
    /// What theory says at a value of the knob on x, on the line of another.
    pub fn at(&self, x: &Value, line: Option<&Value>) -> Option<f64> {
        match self {
            Self::Curve { at, .. } => x.as_f64().map(at),
            Self::Lines { at, .. } => at(line?, x.as_f64()?),
            Self::None(_) => None,
        }
    }

    /// Whether what was measured agrees with a value that theory gives.
    pub fn judge(&self, measured: &Summary, theory: Option<f64>) -> Agreement {
        match (self, theory) {
            (Self::Curve { tolerance, .. } | Self::Lines { tolerance, .. }, Some(theory))
                if measured.count >= 2 =>
            {
                let room = measured.half_width + tolerance * theory.abs();
                if (measured.mean - theory).abs() <= room {
                    Agreement::Agrees
                } else {
                    Agreement::Differs
                }
            }
            (Self::Curve { .. } | Self::Lines { .. } | Self::None(_), _) => Agreement::NoTheory,
        }
    }
}
