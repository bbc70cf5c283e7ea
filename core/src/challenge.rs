//! Tasks that tick themselves off: a starting point, what may be turned, and a predicate over the
//! run so far.

use crate::catalog::Pattern;
use crate::kernel::network::Status;
use crate::kernel::session::{NodeView, RunState, Session};
use crate::kernel::timeline::Entry;
use crate::lab::Outcome;
use crate::sorted::SortedMap;
use crate::time::SimTime;
use crate::value::{Call, Value};

/// A task for whoever plays with a pattern.
///
/// ```
/// use orrery_core::challenge::Challenge;
/// use orrery_core::value::Call;
///
/// let challenge = Challenge::new("dry", "Run it dry", "Get a request refused.")
///     .knob("offered", 0.0)
///     .done(|attempt| attempt.value("refused") > 0.0)
///     .solution(2.0, |how| how.at(0.5, Call::new("burst").with("size", 40)));
/// assert_eq!(challenge.solution.script.len(), 1);
/// ```
#[derive(Debug, Clone)]
pub struct Challenge {
    /// Its key, unique within the pattern.
    pub slug: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What to do, in one sentence.
    pub task: &'static str,
    /// The scenario it starts from, whose script is left aside; defaults when absent.
    pub scenario: Option<&'static str>,
    /// The seed it starts with, unless a scenario gives one.
    pub seed: u64,
    /// Knobs that differ from the start.
    pub knobs: Vec<(&'static str, Value)>,
    /// The knobs that may be turned. All others have to stay as they are at its start.
    pub free: Vec<&'static str>,
    /// Whether the run so far fulfils it.
    pub done: fn(&Attempt) -> bool,
    /// One way to do it: it shows that there is one.
    pub solution: Solution,
}

/// A way to do a challenge.
#[derive(Debug, Clone, Default)]
pub struct Solution {
    /// Knobs to turn before the run starts.
    pub knobs: Vec<(&'static str, Value)>,
    /// What to do in it.
    pub script: Vec<(SimTime, Call)>,
    /// When the challenge is done at the latest.
    pub by: SimTime,
}

/// A run so far, as a challenge sees it.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The run, as if it ended now.
    pub outcome: Outcome,
    nodes: Vec<NodeView>,
    knobs: SortedMap<&'static str, Value>,
}

/// A challenge and whether the run at its cursor fulfils it.
#[derive(Debug, Clone)]
pub struct ChallengeState {
    /// The challenge.
    pub challenge: Challenge,
    /// Whether it is done.
    pub done: bool,
}

impl Challenge {
    /// A challenge that starts at default knobs with seed 1 and is never done.
    pub const fn new(slug: &'static str, name: &'static str, task: &'static str) -> Self {
        Self {
            slug,
            name,
            task,
            scenario: None,
            seed: 1,
            knobs: Vec::new(),
            free: Vec::new(),
            done: |_| false,
            solution: Solution {
                knobs: Vec::new(),
                script: Vec::new(),
                by: SimTime::ZERO,
            },
        }
    }

    /// Starts from the knobs and the seed of a scenario.
    #[must_use]
    pub const fn from(mut self, scenario: &'static str) -> Self {
        self.scenario = Some(scenario);
        self
    }

    /// Sets the seed.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets a knob at the start.
    #[must_use]
    pub fn knob(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.knobs.push((key, value.into()));
        self
    }

    /// Lets a knob be turned.
    #[must_use]
    pub fn free(mut self, key: &'static str) -> Self {
        self.free.push(key);
        self
    }

    /// Sets when it is done.
    #[must_use]
    pub const fn done(mut self, done: fn(&Attempt) -> bool) -> Self {
        self.done = done;
        self
    }

    /// Shows a way to do it, within so many seconds.
    #[must_use]
    pub fn solution(mut self, secs: f64, how: impl FnOnce(Solution) -> Solution) -> Self {
        let by = SimTime::ZERO + crate::time::Span::from_secs_f64(secs);
        self.solution = how(Solution {
            by,
            ..Solution::default()
        });
        self
    }

    /// The run at its start.
    pub fn state(&self, pattern: &Pattern) -> RunState {
        let scenario = self.scenario.and_then(|slug| pattern.scenario(slug));
        let mut state = scenario.map_or_else(
            || RunState {
                seed: self.seed,
                ..RunState::default()
            },
            |scenario| scenario.state(),
        );
        state.script.clear();
        for (key, value) in &self.knobs {
            state.knobs.insert((*key).to_owned(), value.clone());
        }
        state
    }

    /// The run that solves it, at its start.
    pub fn solved(&self, pattern: &Pattern) -> RunState {
        let mut state = self.state(pattern);
        for (key, value) in &self.solution.knobs {
            state.knobs.insert((*key).to_owned(), value.clone());
        }
        let script = self.solution.script.iter();
        state.script = script
            .map(|(at, call)| Entry {
                at: *at,
                after: None,
                call: call.clone(),
            })
            .collect();
        state
    }

    /// Whether the run at its cursor fulfils it, with nothing turned that has to stay as it is.
    pub fn is_done(&self, pattern: &Pattern, session: &dyn Session) -> bool {
        let start = self.state(pattern);
        let specs = (pattern.machine.knobs)();
        let knobs: SortedMap<&'static str, Value> = specs
            .iter()
            .filter_map(|spec| Some((spec.key, session.knob(spec.key)?)))
            .collect();
        let untouched = specs.iter().all(|spec| {
            let given = start.knobs.get(spec.key).unwrap_or(&spec.default);
            let same = spec.accept(given).ok().as_ref() == knobs.get(spec.key);
            same || self.free.contains(&spec.key)
        });
        untouched
            && (self.done)(&Attempt {
                outcome: session.outcome(),
                nodes: session.nodes(),
                knobs,
            })
    }
}

impl Solution {
    /// Turns a knob before the run starts.
    #[must_use]
    pub fn knob(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.knobs.push((key, value.into()));
        self
    }

    /// Does something at an instant, given in seconds.
    #[must_use]
    pub fn at(mut self, secs: f64, call: Call) -> Self {
        let at = SimTime::ZERO + crate::time::Span::from_secs_f64(secs);
        self.script.push((at, call));
        self
    }
}

impl Attempt {
    /// A metric's total, level or count by its key; NaN when there is none.
    pub fn value(&self, key: &str) -> f64 {
        self.outcome.value(key)
    }

    /// A metric's mean by its key; NaN when there is none.
    pub fn mean(&self, key: &str) -> f64 {
        self.outcome.mean(key)
    }

    /// One metric over another, by their keys.
    pub fn ratio(&self, part: &str, whole: &str) -> f64 {
        self.outcome.ratio(part, whole)
    }

    /// Whether a promise is broken.
    pub fn violates(&self, property: &str) -> bool {
        self.outcome.violates(property)
    }

    /// A knob's present value as a number; NaN when it is none.
    pub fn knob(&self, key: &str) -> f64 {
        self.knobs
            .get(key)
            .and_then(Value::as_f64)
            .unwrap_or(f64::NAN)
    }

    /// How many nodes are down.
    pub fn crashed(&self) -> usize {
        let nodes = self.nodes.iter();
        nodes.filter(|node| node.status == Status::Crashed).count()
    }

    /// Whether the run has lasted so many seconds.
    pub fn lasted(&self, secs: f64) -> bool {
        self.outcome.now.as_secs_f64() >= secs
    }
}
