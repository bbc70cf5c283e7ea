//! From a run that breaks a promise to the shortest story that still breaks it.
//!
//! Deeds are taken out by delta debugging (Zeller and Hildebrandt, IEEE TSE 28(2), 2002), then
//! seed, knobs, arguments and times are made simpler one by one, until nothing can be made simpler
//! any more. Each accepted step makes the [`Story`] smaller, so this ends. It follows from the run
//! alone, takes slices as a [`Search`](crate::lab::search::Search) does, and leaves safeguards as
//! they are.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::catalog::Pattern;
use crate::kernel::engine::{FAULT_PREFIX, SET};
use crate::kernel::session::{RunState, SessionError};
use crate::kernel::timeline::Entry;
use crate::lab::search::Found;
use crate::lab::trial::{Played, play};
use crate::spec::{Kind, Spec};
use crate::time::{SimTime, Span};
use crate::value::Value;

/// How long a story is. Smaller in the order of its fields is simpler: fewer deeds first, then less
/// that happens and has to be said, then an earlier end and a smaller seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Story {
    /// Faults and actions.
    pub deeds: u64,
    /// Events up to the break, plus what has to be said, by weight.
    pub weight: u64,
    /// When the promise breaks.
    pub at: SimTime,
    /// The seed.
    pub seed: u64,
    /// Events and deeds up to the break.
    pub events: u64,
    /// Knobs that differ from their defaults, safeguards among them.
    pub knobs: u64,
    /// Arguments that differ from their defaults.
    pub arguments: u64,
}

/// A story found, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shrunk {
    /// The promise.
    pub property: String,
    /// What is wrong at the cursor.
    pub reason: String,
    /// The run; its cursor is where the promise breaks.
    pub state: RunState,
    /// How long the story was.
    pub before: Story,
    /// How long it is.
    pub after: Story,
}

/// Shrinking that rests: what it takes to go on with it, here or elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resting {
    /// The shortest story so far.
    pub shrunk: Shrunk,
    pass: Pass,
    /// How many simpler runs of this pass were tried.
    taken: usize,
    improved: bool,
    tries: u64,
}

impl Resting {
    /// Whether nothing can be made simpler any more.
    pub fn is_done(&self) -> bool {
        self.pass == Pass::Done
    }
}

/// Why a run cannot be shrunk.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ShrinkError {
    /// No such promise.
    #[error("there is no promise “{0}” here")]
    Property(String),
    /// The run does not break the promise.
    #[error("the run does not break “{0}”: there is nothing to shrink")]
    Holds(String),
    /// The run cannot be opened.
    #[error(transparent)]
    Run(#[from] SessionError),
}

/// What one more knob or argument off its default weighs, in events: a knob is worth turning if
/// that saves more.
const KNOB_WEIGHT: u64 = 8;
const ARGUMENT_WEIGHT: u64 = 4;
/// Beyond so many tries what is left is short enough.
const TRIES_MAX: u64 = 4_000;
/// A shorter run is tried up to so many times its events and its length.
const LEEWAY: u64 = 2;

/// Shrinking under way: call [`Shrink::run`] until it is done.
///
/// ```
/// use orrery_core::catalog;
/// use orrery_core::lab::search::{End, Search, SearchPlan};
/// use orrery_core::lab::shrink::Shrink;
///
/// let saga = catalog::find("saga").expect("it is registered");
/// let breaking = (saga.breaking)();
/// let plan = SearchPlan::without(saga, breaking.find("no-keys").expect("it is declared"));
/// let mut search = Search::new(saga, plan)?;
/// search.run(10_000);
/// let Some(End::Found(found)) = search.end() else { panic!("{}", search.words()) };
/// let mut shrink = Shrink::new(saga, found)?;
/// while !shrink.is_done() {
///     shrink.run(50); // a slice
/// }
/// let shrunk = shrink.result();
/// assert!(shrunk.after <= shrunk.before && shrunk.after.deeds <= 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Shrink {
    pattern: &'static Pattern,
    property: usize,
    best: Candidate,
    before: Story,
    pass: Pass,
    queue: VecDeque<RunState>,
    /// How many were taken from the queue since it was made.
    taken: usize,
    improved: bool,
    tries: u64,
    name: String,
}

#[derive(Debug, Clone)]
struct Candidate {
    state: RunState,
    reason: String,
    story: Story,
}

/// What is made simpler now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Pass {
    /// Deeds are taken out, so many at a time.
    Deeds(usize),
    Seed,
    Knobs,
    Arguments,
    Times,
    Done,
}

impl Shrink {
    /// Begins with a run that a search has found.
    ///
    /// # Errors
    /// When it breaks nothing, or cannot be opened.
    pub fn new(pattern: &'static Pattern, found: &Found) -> Result<Self, ShrinkError> {
        Self::of(pattern, &found.property, found.state.clone())
    }

    /// Begins with any run that breaks a promise by its cursor; only its trunk counts.
    ///
    /// # Errors
    /// When it breaks nothing, or cannot be opened.
    pub fn of(
        pattern: &'static Pattern,
        property: &str,
        state: RunState,
    ) -> Result<Self, ShrinkError> {
        let index = promise(pattern, property)?;
        let trunk = RunState {
            branches: Vec::new(),
            current: 0,
            ..state
        };
        let (until, events) = (trunk.cursor.at, trunk.cursor.ordinal);
        let best = try_run(pattern, index, &trunk, (until, events))?
            .ok_or_else(|| ShrinkError::Holds(property.to_owned()))?;
        let mut shrink = Self {
            pattern,
            property: index,
            before: best.story,
            pass: Pass::Deeds(best.state.script.len().max(1)),
            queue: VecDeque::new(),
            taken: 0,
            improved: false,
            tries: 0,
            name: property.to_owned(),
            best,
        };
        shrink.fill();
        Ok(shrink)
    }

    /// Goes on to the end in one go.
    pub fn finish(mut self) -> Shrunk {
        self.run(u64::MAX);
        self.result()
    }

    /// Goes on with what rested.
    ///
    /// # Errors
    /// A promise that the pattern does not have.
    pub fn resume(pattern: &'static Pattern, resting: Resting) -> Result<Self, ShrinkError> {
        let Shrunk {
            property,
            reason,
            state,
            before,
            after,
        } = resting.shrunk;
        let mut shrink = Self {
            pattern,
            property: promise(pattern, &property)?,
            best: Candidate {
                state,
                reason,
                story: after,
            },
            before,
            pass: resting.pass,
            queue: VecDeque::new(),
            taken: 0,
            improved: resting.improved,
            tries: resting.tries,
            name: property,
        };
        shrink.fill();
        shrink.taken = resting.taken.min(shrink.queue.len());
        shrink.queue.drain(..shrink.taken);
        Ok(shrink)
    }

    /// Lets it rest where it is; [`Shrink::resume`] comes to the same as if it had not rested.
    pub fn rest(&self) -> Resting {
        Resting {
            shrunk: self.result(),
            pass: self.pass,
            taken: self.taken,
            improved: self.improved,
            tries: self.tries,
        }
    }

    /// Whether nothing can be made simpler any more.
    pub fn is_done(&self) -> bool {
        self.pass == Pass::Done
    }

    /// Tries up to `runs` shorter runs; returns how many it tried, none once it is done.
    pub fn run(&mut self, runs: u64) -> u64 {
        let mut tried = 0;
        while tried < runs && !self.is_done() {
            if self.tries >= TRIES_MAX {
                self.pass = Pass::Done;
                break;
            }
            match self.queue.pop_front() {
                None => self.next_pass(),
                Some(candidate) => {
                    tried += 1;
                    self.tries += 1;
                    self.taken += 1;
                    self.attempt(&candidate);
                }
            }
        }
        tried
    }

    /// The shortest story so far.
    pub fn result(&self) -> Shrunk {
        Shrunk {
            property: self.name.clone(),
            reason: self.best.reason.clone(),
            state: self.best.state.clone(),
            before: self.before,
            after: self.best.story,
        }
    }

    fn attempt(&mut self, state: &RunState) {
        let Story { at, events, .. } = self.best.story;
        let room = (
            SimTime::from_nanos(at.as_nanos().saturating_mul(LEEWAY)),
            events.saturating_mul(LEEWAY).saturating_add(100),
        );
        // A knob may refuse a simpler value; then it stays as it is.
        let Ok(Some(candidate)) = try_run(self.pattern, self.property, state, room) else {
            return;
        };
        if candidate.story < self.best.story {
            self.best = candidate;
            self.improved = true;
            // What was prepared was made from a longer story.
            self.fill();
        }
    }

    fn next_pass(&mut self) {
        self.pass = match self.pass {
            Pass::Deeds(size) if size > 1 => Pass::Deeds(size / 2),
            Pass::Deeds(_) => Pass::Seed,
            Pass::Seed => Pass::Knobs,
            Pass::Knobs => Pass::Arguments,
            Pass::Arguments => Pass::Times,
            Pass::Times if self.improved => {
                self.improved = false;
                Pass::Deeds(self.best.state.script.len().max(1))
            }
            Pass::Times | Pass::Done => Pass::Done,
        };
        self.fill();
    }

    /// Prepares what this pass tries.
    fn fill(&mut self) {
        self.queue = self.candidates();
        self.taken = 0;
    }

    fn candidates(&self) -> VecDeque<RunState> {
        let state = &self.best.state;
        match self.pass {
            Pass::Deeds(size) => without_deeds(state, size),
            Pass::Seed => smaller_seeds(state),
            Pass::Knobs => simpler_knobs(state, (self.pattern.machine.knobs)()),
            Pass::Arguments => simpler_arguments(state, self.pattern),
            Pass::Times => simpler_times(state),
            Pass::Done => VecDeque::new(),
        }
    }
}

/// The index of a promise.
fn promise(pattern: &Pattern, name: &str) -> Result<usize, ShrinkError> {
    let promises = (pattern.machine.promises)();
    let found = promises.iter().position(|promise| promise.name == name);
    found.ok_or_else(|| ShrinkError::Property(name.chars().take(80).collect()))
}

/// Plays a run, for at most so long and so many events; `None` when the promise holds.
fn try_run(
    pattern: &'static Pattern,
    property: usize,
    state: &RunState,
    (until, events): (SimTime, u64),
) -> Result<Option<Candidate>, SessionError> {
    let mut trial = (pattern.machine.trial)(state)?;
    let Played { broke, script } = play(&mut *trial, &state.script, until, events, Some(property));
    Ok(broke.map(|broke| {
        let state = RunState {
            seed: state.seed,
            knobs: state.knobs.clone(),
            script,
            cursor: broke.cursor,
            ..RunState::default()
        };
        Candidate {
            story: story(pattern, &state),
            state,
            reason: broke.reason,
        }
    }))
}

fn story(pattern: &Pattern, state: &RunState) -> Story {
    let specs = (pattern.machine.knobs)();
    let differ = |spec: &&Spec| {
        let value = state.knobs.get(spec.key);
        value.is_some_and(|value| *value != spec.default)
    };
    let knobs: Vec<&Spec> = specs.iter().filter(differ).collect();
    let knob_lengths: u64 = knobs
        .iter()
        .filter_map(|spec| state.knobs.get(spec.key))
        .map(length)
        .sum();
    let arguments = state
        .script
        .iter()
        .map(|entry| entry.call.args.len() as u64);
    let arguments: u64 = arguments.sum();
    let said: u64 = state.script.iter().map(entry_length).sum();
    let events = state.cursor.ordinal;
    let knobs = knobs.len() as u64;
    Story {
        deeds: state.script.len() as u64,
        weight: events + KNOB_WEIGHT * knobs + ARGUMENT_WEIGHT * arguments + knob_lengths + said,
        at: state.cursor.at,
        seed: state.seed,
        events,
        knobs,
        arguments,
    }
}

/// What it takes to say a value: its digits or letters, and for a number how far it is from zero
/// in powers of two, so that halving counts.
fn length(value: &Value) -> u64 {
    let written = value.to_string().chars().count() as u64;
    let size = value.as_f64().map_or(0, |number| {
        let whole = number.abs().min(1e15) as u64;
        u64::from(u64::BITS - whole.leading_zeros())
    });
    written + size
}

fn entry_length(entry: &Entry) -> u64 {
    let nanos = entry.at.as_nanos();
    let decimals = (0..9_u32)
        .find(|digits| nanos.is_multiple_of(10_u64.pow(9 - digits)))
        .unwrap_or(9);
    let place = if entry.after.is_some() { 6 } else { 0 };
    let arguments: u64 = entry.call.args.values().map(length).sum();
    u64::from(decimals) + place + arguments
}

/// The run without each stretch of `size` deeds.
fn without_deeds(state: &RunState, size: usize) -> VecDeque<RunState> {
    let starts = (0..state.script.len()).step_by(size.max(1));
    starts
        .map(|start| {
            let mut shorter = state.clone();
            let end = (start + size).min(shorter.script.len());
            shorter.script.drain(start..end);
            shorter
        })
        .collect()
}

fn smaller_seeds(state: &RunState) -> VecDeque<RunState> {
    let seed = state.seed;
    let small = 1..=16_u64;
    let halves = (1..=6).map(|bits| seed >> (bits * 4));
    small
        .chain(halves)
        .filter(|other| *other != seed)
        .map(|seed| RunState {
            seed,
            ..state.clone()
        })
        .collect()
}

/// The run with each knob that was turned, and is no safeguard, at its default, or simpler. What
/// was never turned stays: a story about other settings is another story.
fn simpler_knobs(state: &RunState, specs: &[Spec]) -> VecDeque<RunState> {
    let mut candidates = VecDeque::new();
    for spec in specs.iter().filter(|spec| !spec.safeguard) {
        let Some(present) = state.knobs.get(spec.key) else {
            continue;
        };
        let mut without = state.clone();
        without.knobs.remove(spec.key);
        candidates.push_back(without);
        for value in simpler_values(spec, present) {
            let mut simpler = state.clone();
            simpler.knobs.insert(spec.key.to_owned(), value);
            candidates.push_back(simpler);
        }
    }
    candidates
}

/// The run with each argument at its default, or simpler.
fn simpler_arguments(state: &RunState, pattern: &Pattern) -> VecDeque<RunState> {
    let mut candidates = VecDeque::new();
    for (place, entry) in state.script.iter().enumerate() {
        for (key, present) in &entry.call.args {
            let mut changed = |value: Option<Value>| {
                let mut simpler = state.clone();
                let args = &mut simpler.script[place].call.args;
                match value {
                    // A knob that is set to nothing is no deed.
                    None if entry.call.name == SET => return,
                    None => args.remove(key),
                    Some(value) => args.insert(key.clone(), value),
                };
                candidates.push_back(simpler);
            };
            changed(None);
            let spec = parameter(pattern, &entry.call.name, key);
            for value in spec.iter().flat_map(|spec| simpler_values(spec, present)) {
                changed(Some(value));
            }
        }
    }
    candidates
}

fn parameter<'p>(pattern: &'p Pattern, call: &str, key: &str) -> Option<&'p Spec> {
    let specs: &[Spec] = if call == SET {
        (pattern.machine.knobs)()
    } else if call == format!("{FAULT_PREFIX}drop") {
        // The number of a message is a name, not a size.
        return None;
    } else {
        &pattern.call_spec(call)?.params
    };
    specs.iter().find(|spec| spec.key == key)
}

/// Values that are simpler than `present`, the simplest first.
fn simpler_values(spec: &Spec, present: &Value) -> Vec<Value> {
    let values: Vec<Value> = match (&spec.kind, present) {
        (Kind::Flag, _) => vec![spec.default.clone()],
        (Kind::Int { min, max }, Value::Int(now)) => {
            let usual = spec.default.as_f64().unwrap_or(0.0) as i64;
            let toward = |goal: i64| goal + (now - goal) / 2;
            let lowest = (*min).max(0).min(*max);
            [
                usual,
                lowest,
                lowest + 1,
                lowest + 2,
                toward(usual),
                toward(lowest),
                now - (now - lowest).signum(),
            ]
            .into_iter()
            .filter(|value| (min..=max).contains(&value))
            .map(Value::Int)
            .collect()
        }
        (Kind::Real { min, max }, Value::Real(now)) => {
            let usual = spec.default.as_f64().unwrap_or(0.0);
            let lowest = min.max(0.0).min(*max);
            [usual, lowest, round_down(*now), round_down(now / 2.0)]
                .into_iter()
                .filter(|value| (min..=max).contains(&value))
                .map(Value::Real)
                .collect()
        }
        (Kind::Nodes, Value::Text(nodes)) => {
            let fewer = nodes.split_once(' ').map(|(first, _)| first);
            fewer.map(Value::from).into_iter().collect()
        }
        (
            Kind::Choice(_)
            | Kind::Text { .. }
            | Kind::Node
            | Kind::Trace
            | Kind::Int { .. }
            | Kind::Real { .. }
            | Kind::Nodes,
            _,
        ) => vec![spec.default.clone()],
    };
    values
        .into_iter()
        .filter(|value| value != present && spec.accept(value).is_ok())
        .collect()
}

/// The number with its first digit only.
fn round_down(number: f64) -> f64 {
    if number == 0.0 {
        return 0.0;
    }
    let unit = libm::pow(10.0, libm::floor(libm::log10(number.abs())));
    (number / unit).trunc() * unit
}

const ROUNDINGS: [Span; 4] = [
    Span::from_secs(1),
    Span::from_millis(100),
    Span::from_millis(10),
    Span::from_millis(1),
];

/// The run with all its deeds earlier, or at rounder times, or together, or anywhere in their
/// instant.
fn simpler_times(state: &RunState) -> VecDeque<RunState> {
    let mut candidates = VecDeque::new();
    let script = &state.script;
    for unit in ROUNDINGS {
        candidates.push_back(retimed(state, |_, entry| Some(rounded(entry.at, unit))));
    }
    if let Some(first) = script.first().map(|entry| entry.at - SimTime::ZERO) {
        for earlier in [first, first / 2] {
            candidates.push_back(retimed(state, |_, entry| Some(entry.at - earlier)));
        }
    }
    for place in 0..script.len() {
        let now = script[place].at;
        let before = place.checked_sub(1).map_or(SimTime::ZERO, |p| script[p].at);
        let gap = now - before;
        let mut moves = vec![before, before + gap / 2];
        for unit in ROUNDINGS {
            let down = rounded(now, unit);
            moves.extend([down, down + unit]);
        }
        for at in moves {
            candidates.push_back(retimed(state, |other, _| (other == place).then_some(at)));
        }
        // Everything from here on that much earlier.
        for earlier in [gap, gap / 2] {
            candidates.push_back(retimed(state, |other, entry| {
                (other >= place).then(|| entry.at - earlier)
            }));
        }
    }
    candidates.retain(|candidate| candidate.script != state.script);
    candidates
}

fn rounded(at: SimTime, unit: Span) -> SimTime {
    SimTime::from_nanos(at.as_nanos() / unit.as_nanos() * unit.as_nanos())
}

/// The run with some deeds at other instants, after everything that is due then, and in the same
/// order as before.
fn retimed(state: &RunState, at: impl Fn(usize, &Entry) -> Option<SimTime>) -> RunState {
    let mut moved = state.clone();
    let mut latest = SimTime::ZERO;
    for (place, entry) in moved.script.iter_mut().enumerate() {
        if let Some(at) = at(place, entry) {
            entry.at = at;
            entry.after = None;
        }
        entry.at = entry.at.max(latest);
        latest = entry.at;
    }
    moved
}
