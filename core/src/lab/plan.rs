//! What a sweep is to measure, as a value, and every reason why it cannot be.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::catalog::Pattern;
use crate::kernel::engine::SET;
use crate::kernel::session::{RUN_MAX, RunState, SessionError};
use crate::kernel::timeline::Entry;
use crate::lab::Measure;
use crate::sorted::SortedMap;
use crate::spec::{Kind, SettingError, Spec, find};
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

/// A sweep as a value: the same plan measures the same on every machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepPlan {
    /// The slug of the pattern.
    pub pattern: String,
    /// The seed of run 0 of every point; run j takes the j-th seed after it, so that all points
    /// meet the same arrivals (common random numbers).
    pub seed: u64,
    /// The knobs that differ from their defaults and are not swept.
    #[serde(default, skip_serializing_if = "SortedMap::is_empty")]
    pub knobs: SortedMap<String, Value>,
    /// What is done in each run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub script: Vec<Entry>,
    /// The knob on x.
    pub x: Axis,
    /// The knob on y, for a map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<Axis>,
    /// What is read from each run.
    pub measure: Measure,
    /// How many runs there are for each point.
    pub runs: u32,
    /// How long each run lasts.
    #[serde(rename = "lasts_ns")]
    pub lasts: Span,
}

/// A knob and the values it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// The knob's key.
    pub knob: String,
    /// Its values.
    pub values: Values,
}

/// The values of an axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Values {
    /// So many values from one to another, both included. Those of a whole number are rounded, and
    /// two that come out equal are one.
    Range {
        /// The first.
        from: f64,
        /// The last.
        to: f64,
        /// How many.
        steps: u32,
        /// How they are spaced.
        #[serde(default)]
        scale: Scale,
    },
    /// These.
    List(Vec<Value>),
}

/// How the values of a range are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// By equal differences.
    #[default]
    Linear,
    /// By equal ratios.
    Log,
}

/// Which axis a sentence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AxisName {
    /// From left to right.
    X,
    /// From bottom to top.
    Y,
}

impl fmt::Display for AxisName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::X => "x",
            Self::Y => "y",
        })
    }
}

/// The most runs in one sweep.
pub const UNITS_MAX: u64 = 1_000_000;
/// The most values on one axis.
const VALUES_MAX: u32 = 1_000;

/// Why a plan cannot be measured.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PlanError {
    /// It was made for another pattern.
    #[error("the plan is for the pattern “{plan}”, not for “{pattern}”: open it there")]
    Pattern {
        /// What the plan says.
        plan: String,
        /// What it was opened with.
        pattern: &'static str,
    },
    /// The setting that the runs share is wrong.
    #[error("the setting that all runs share: {0}")]
    Base(#[from] SessionError),
    /// What is done in the runs is wrong.
    #[error("what is done at {at}: {problem}")]
    Script {
        /// When.
        at: SimTime,
        /// Why not.
        problem: SettingError,
    },
    /// The knob of an axis does not exist or does not take a value.
    #[error("the {axis} axis: {problem}")]
    Knob {
        /// The axis.
        axis: AxisName,
        /// Why not.
        problem: SettingError,
    },
    /// A range over something that is not a number.
    #[error("the {axis} axis: {label} is not a number and has no range; list its values: {known}")]
    NotNumeric {
        /// The axis.
        axis: AxisName,
        /// The knob.
        label: &'static str,
        /// What it takes.
        known: String,
    },
    /// A knob that is free text.
    #[error(
        "the {axis} axis: {label} is free text; choose a knob that is a number, a choice or a switch"
    )]
    Text {
        /// The axis.
        axis: AxisName,
        /// The knob.
        label: &'static str,
    },
    /// Both axes vary one knob.
    #[error("both axes vary “{knob}”: choose another knob for one of them")]
    SameKnob {
        /// The knob.
        knob: String,
    },
    /// An end of a range that is NaN or infinite.
    #[error("the {axis} axis: {given} is no end of a range; give a finite number")]
    NotFinite {
        /// The axis.
        axis: AxisName,
        /// What was given.
        given: f64,
    },
    /// A range from a number to a smaller one.
    #[error("the {axis} axis goes from {from} to {to}: give the smaller number first")]
    Reversed {
        /// The axis.
        axis: AxisName,
        /// The first value.
        from: f64,
        /// The last value.
        to: f64,
    },
    /// A range in ratios that begins at zero or below.
    #[error(
        "the {axis} axis: equal ratios cannot start at {from}; start above zero or use equal steps"
    )]
    NoRatio {
        /// The axis.
        axis: AxisName,
        /// The first value.
        from: f64,
    },
    /// No values, or too many.
    #[error("the {axis} axis has {given} values: choose from {min} to {max}")]
    Steps {
        /// The axis.
        axis: AxisName,
        /// How many.
        given: usize,
        /// The fewest.
        min: u32,
        /// The most.
        max: u32,
    },
    /// The same value twice.
    #[error("the {axis} axis names {value} twice: leave one out")]
    Twice {
        /// The axis.
        axis: AxisName,
        /// The value.
        value: Value,
    },
    /// No runs.
    #[error("each point has 0 runs: choose at least 1, and 2 or more for an interval")]
    NoRuns,
    /// Too many runs in all.
    #[error(
        "{points} points with {runs} runs each are {units} runs: at most {max} are made; choose fewer steps or runs"
    )]
    TooMany {
        /// How many points.
        points: u64,
        /// How many runs of each.
        runs: u32,
        /// How many in all.
        units: u64,
        /// The limit.
        max: u64,
    },
    /// A run that lasts no time, or too long.
    #[error("a run cannot last {given}: choose more than 0 s and at most {max}")]
    Lasts {
        /// What was given.
        given: Span,
        /// The limit.
        max: Span,
    },
    /// No such metric.
    #[error("there is no metric named “{key}”; the metrics here are {known}")]
    UnknownMetric {
        /// What was given.
        key: String,
        /// What exists.
        known: String,
    },
    /// The metric has no such reduction.
    #[error("{metric} has no “{given}”: choose one of {known}")]
    Reduction {
        /// The metric.
        metric: &'static str,
        /// What was given.
        given: String,
        /// What exists.
        known: String,
    },
    /// No such promise.
    #[error("there is no promise named “{name}”; the promises here are: {known}")]
    UnknownPromise {
        /// What was given.
        name: String,
        /// What exists.
        known: String,
    },
    /// No such experiment.
    #[error("there is no experiment named “{slug}”; the experiments here are {known}")]
    UnknownExperiment {
        /// What was given.
        slug: String,
        /// What exists.
        known: String,
    },
    /// An ensemble of too many runs or instants.
    #[error("an ensemble cannot have {given} {what}: choose from {min} to {max}")]
    Ensemble {
        /// Of what.
        what: &'static str,
        /// How many were asked for.
        given: u32,
        /// The fewest.
        min: u32,
        /// The most.
        max: u32,
    },
}

impl Axis {
    /// An axis with these values.
    pub fn list(knob: &str, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        Self {
            knob: knob.to_owned(),
            values: Values::List(values.into_iter().map(Into::into).collect()),
        }
    }

    /// An axis with `steps` values by equal differences, both ends included.
    pub fn range(knob: &str, from: f64, to: f64, steps: u32) -> Self {
        Self {
            knob: knob.to_owned(),
            values: Values::Range {
                from,
                to,
                steps,
                scale: Scale::Linear,
            },
        }
    }

    /// Reads `knob=from..to:steps`, the same with `:log` at its end, or `knob=a,b,c`.
    ///
    /// # Errors
    /// A knob that the pattern does not have, or a value that it does not take.
    pub fn parse(text: &str, name: AxisName, pattern: &Pattern) -> Result<Self, PlanError> {
        let specs = (pattern.machine.knobs)();
        let (knob, values) = text.split_once('=').unwrap_or((text, ""));
        let wrong = |problem| PlanError::Knob {
            axis: name,
            problem,
        };
        let spec = find(specs, knob.trim()).map_err(wrong)?;
        let values = match range(values) {
            Some(range) => range,
            None => {
                let parts = values.split(',').filter(|part| !part.trim().is_empty());
                let read = parts.map(|part| spec.parse(part.trim()));
                Values::List(read.collect::<Result<_, _>>().map_err(wrong)?)
            }
        };
        let axis = Self {
            knob: spec.key.to_owned(),
            values,
        };
        axis.check(name, pattern).map(|_| axis)
    }

    /// The values that the knob takes.
    pub(super) fn check(&self, axis: AxisName, pattern: &Pattern) -> Result<Vec<Value>, PlanError> {
        let knob = |problem| PlanError::Knob { axis, problem };
        let spec = find((pattern.machine.knobs)(), &self.knob).map_err(knob)?;
        let label = spec.label;
        match spec.kind {
            Kind::Text { .. } | Kind::Node | Kind::Nodes | Kind::Trace => {
                return Err(PlanError::Text { axis, label });
            }
            Kind::Flag | Kind::Int { .. } | Kind::Real { .. } | Kind::Choice(_) => {}
        }
        let values = match &self.values {
            Values::List(values) => values.clone(),
            Values::Range {
                from,
                to,
                steps,
                scale,
            } => Range {
                axis,
                from: *from,
                to: *to,
                steps: *steps,
                scale: *scale,
            }
            .spread(spec)?,
        };
        if values.is_empty() || values.len() > VALUES_MAX as usize {
            return Err(PlanError::Steps {
                axis,
                given: values.len(),
                min: 1,
                max: VALUES_MAX,
            });
        }
        let mut accepted: Vec<Value> = Vec::with_capacity(values.len());
        for value in values {
            let value = spec.accept(&value).map_err(knob)?;
            if accepted.contains(&value) {
                return Err(PlanError::Twice { axis, value });
            }
            accepted.push(value);
        }
        Ok(accepted)
    }
}

fn range(text: &str) -> Option<Values> {
    let (from, rest) = text.split_once("..")?;
    let (rest, scale) = match rest.strip_suffix(":log") {
        Some(rest) => (rest, Scale::Log),
        None => (rest, Scale::Linear),
    };
    let (to, steps) = rest.split_once(':')?;
    Some(Values::Range {
        from: from.trim().parse().ok()?,
        to: to.trim().parse().ok()?,
        steps: steps.trim().parse().ok()?,
        scale,
    })
}

struct Range {
    axis: AxisName,
    from: f64,
    to: f64,
    steps: u32,
    scale: Scale,
}

impl Range {
    fn spread(&self, spec: &Spec) -> Result<Vec<Value>, PlanError> {
        let axis = self.axis;
        let is_whole = match &spec.kind {
            Kind::Int { .. } => true,
            Kind::Real { .. } => false,
            Kind::Flag
            | Kind::Choice(_)
            | Kind::Text { .. }
            | Kind::Node
            | Kind::Nodes
            | Kind::Trace => {
                return Err(PlanError::NotNumeric {
                    axis,
                    label: spec.label,
                    known: options(&spec.kind),
                });
            }
        };
        self.check()?;
        let mut values: Vec<Value> = (0..self.steps)
            .map(|step| self.at(step))
            .map(|value| {
                if is_whole {
                    Value::Real(value.round())
                } else {
                    Value::Real(value)
                }
            })
            .collect();
        values.dedup();
        Ok(values)
    }

    fn check(&self) -> Result<(), PlanError> {
        let (axis, from, to) = (self.axis, self.from, self.to);
        if let Some(given) = [from, to].into_iter().find(|end| !end.is_finite()) {
            return Err(PlanError::NotFinite { axis, given });
        }
        if from > to {
            return Err(PlanError::Reversed { axis, from, to });
        }
        if self.scale == Scale::Log && from <= 0.0 {
            return Err(PlanError::NoRatio { axis, from });
        }
        let min = if from == to { 1 } else { 2 };
        if self.steps < min || self.steps > VALUES_MAX {
            return Err(PlanError::Steps {
                axis,
                given: self.steps as usize,
                min,
                max: VALUES_MAX,
            });
        }
        Ok(())
    }

    /// The ends are exact; rounding touches only what lies between them.
    fn at(&self, step: u32) -> f64 {
        if step == 0 {
            return self.from;
        }
        if step == self.steps - 1 {
            return self.to;
        }
        let share = f64::from(step) / f64::from(self.steps - 1);
        match self.scale {
            Scale::Linear => self.from + (self.to - self.from) * share,
            Scale::Log => self.from * libm::pow(self.to / self.from, share),
        }
    }
}

fn options(kind: &Kind) -> String {
    match kind {
        Kind::Choice(choices) => {
            let keys: Vec<&str> = choices.iter().map(|choice| choice.key).collect();
            keys.join(",")
        }
        Kind::Flag => "on,off".to_owned(),
        Kind::Int { .. }
        | Kind::Real { .. }
        | Kind::Text { .. }
        | Kind::Node
        | Kind::Nodes
        | Kind::Trace => String::new(),
    }
}

impl SweepPlan {
    /// A plan for one knob with what else is as in `state`: its seed, knobs and script.
    pub fn new(pattern: &Pattern, state: &RunState, x: Axis, measure: Measure) -> Self {
        Self {
            pattern: pattern.card.slug.to_owned(),
            seed: state.seed,
            knobs: state.knobs.clone(),
            script: state.script.clone(),
            x,
            y: None,
            measure,
            runs: 10,
            lasts: Span::from_secs(30),
        }
    }

    /// Everything but the axes and the measure.
    pub(super) fn check_base(&self, pattern: &'static Pattern) -> Result<(), PlanError> {
        if self.pattern != pattern.card.slug {
            return Err(PlanError::Pattern {
                plan: self.pattern.clone(),
                pattern: pattern.card.slug,
            });
        }
        check_lasts(self.lasts)?;
        if self.runs == 0 {
            return Err(PlanError::NoRuns);
        }
        check_setting(pattern, &self.base())
    }

    /// What all runs share, but for the seeds of the later ones.
    pub fn base(&self) -> RunState {
        RunState {
            seed: self.seed,
            knobs: self.knobs.clone(),
            script: self.script.clone(),
            ..RunState::default()
        }
    }
}

/// Whether a run can last so long.
pub(super) fn check_lasts(lasts: Span) -> Result<(), PlanError> {
    let max = RUN_MAX - SimTime::ZERO;
    if lasts.is_zero() || lasts > max {
        return Err(PlanError::Lasts { given: lasts, max });
    }
    Ok(())
}

/// Whether knobs and script fit the pattern.
pub(super) fn check_setting(pattern: &Pattern, state: &RunState) -> Result<(), PlanError> {
    for entry in &state.script {
        check_call(pattern, &entry.call).map_err(|problem| PlanError::Script {
            at: entry.at,
            problem,
        })?;
    }
    // Starting it is the only way to know: a pasted trace is read by the knob itself.
    (pattern.machine.start)(state).map(drop)?;
    Ok(())
}

fn check_call(pattern: &Pattern, call: &Call) -> Result<(), SettingError> {
    let params: &[Spec] = if call.name == SET {
        (pattern.machine.knobs)()
    } else if let Some(spec) = pattern.call_spec(&call.name) {
        &spec.params
    } else {
        let actions = (pattern.machine.actions)();
        return crate::spec::find_action(actions, call).map(drop);
    };
    for (key, value) in &call.args {
        find(params, key)?.accept(value)?;
    }
    Ok(())
}
