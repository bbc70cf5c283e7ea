//! A run that can be sought, stepped back and branched.
//!
//! A [`Timeline`] is a start (seed and knobs), scripts of what people did, and checkpoints on the
//! way. Seeking restores the nearest checkpoint and replays; since a run is a value, the result is
//! the state that playing would have reached. Acting in the past starts a new branch and keeps the
//! old one.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::condition::{Condition, Lately};
use crate::kernel::engine::{ActError, Engine, Recording};
use crate::simulation::Simulation;
use crate::time::{SimTime, Span};
use crate::value::Call;

/// Something a person did, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: SimTime,
    /// After how many events and actions, when more of them were due at that same instant;
    /// otherwise it comes after everything due by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// What.
    pub call: Call,
}

/// A place in a run: between two events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Cursor {
    /// The instant.
    pub at: SimTime,
    /// How many events and actions have happened.
    pub ordinal: u64,
}

/// What should end an advance early.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stops {
    /// Stop after a notable step.
    pub notable: bool,
    /// Stop when a property, by index, is first violated.
    pub violations: Vec<usize>,
    /// Stop when one of these comes true that was not true before.
    pub conditions: Vec<Condition>,
}

/// How an advance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// It reached the instant asked for.
    Reached,
    /// It stopped after a notable step.
    Notable,
    /// It stopped at the first violation of the property with this index.
    Violated(usize),
    /// It stopped where the condition with this index came true.
    Condition(usize),
    /// It took as many events as it may in one go; call again.
    Budget,
}

#[derive(Debug, Clone)]
struct Checkpoint<M: Simulation> {
    engine: Engine<M>,
    applied: usize,
    lately: Lately,
}

/// One way that a run went.
#[derive(Debug, Clone)]
pub(crate) struct Branch {
    pub(crate) parent: Option<usize>,
    pub(crate) forked_at: Cursor,
    // How many entries of the script are the parent's.
    pub(crate) inherited: usize,
    pub(crate) script: Vec<Entry>,
    pub(crate) head: Cursor,
    // Refused entries of the script: index and reason.
    pub(crate) refused: Vec<(usize, String)>,
    pub(crate) recording: Recording,
}

impl Branch {
    /// The branch that leaves this one, the `parent`th, at `cursor`, after the entries, steps and
    /// records that are counted.
    fn fork(&self, parent: usize, cursor: Cursor, applied: usize, counts: (u64, u64)) -> Self {
        let mut branch = self.clone();
        branch.parent = Some(parent);
        branch.forked_at = cursor;
        branch.inherited = applied;
        branch.script.truncate(applied);
        branch.refused.retain(|(index, _)| *index < applied);
        branch.head = cursor;
        branch.recording.said.truncate(counts.0);
        branch.recording.records.truncate(counts.1);
        branch.recording.series.truncate(cursor.at);
        branch
    }

    /// Notes that the entry with this index was refused, once.
    fn note_refused(&mut self, index: usize, reason: &ActError) {
        if self.refused.iter().all(|(other, _)| *other != index) {
            self.refused.push((index, reason.to_string()));
        }
    }
}

/// The machine at places on the way of a branch; the first is its start and is never removed.
#[derive(Debug, Clone)]
struct Checkpoints<M: Simulation> {
    saved: Vec<Rc<Checkpoint<M>>>,
    every: u64,
}

/// A run with its past, and the other runs that branched off.
#[derive(Debug, Clone)]
pub struct Timeline<M: Simulation> {
    engine: Engine<M>,
    applied: usize,
    lately: Lately,
    branches: Vec<Branch>,
    // One for each branch.
    checkpoints: Vec<Checkpoints<M>>,
    current: usize,
}

/// Events between two checkpoints at first; doubled whenever there are too many checkpoints.
const CHECKPOINT_EVERY: u64 = 1_024;
/// Even, so that distances stay equal when every second one goes. A seek replays at most 1/128 of
/// the run. Memory is
/// bounded by this many times the model, whose large parts clones share.
const CHECKPOINTS_MAX: usize = 256;

impl<M: Simulation> Timeline<M> {
    /// A run from its start, with what a person does in it.
    pub fn start(seed: u64, knobs: M::Knobs, script: Vec<Entry>, sample_every: Span) -> Self {
        let mut recording = Recording::new(sample_every);
        let engine = Engine::start_recorded(seed, knobs, Some(&mut recording));
        let lately = Lately::new(engine.world().metrics());
        let first = Rc::new(Checkpoint {
            engine: engine.clone(),
            applied: 0,
            lately: lately.clone(),
        });
        let trunk = Branch {
            parent: None,
            forked_at: Cursor::default(),
            inherited: 0,
            script,
            head: Cursor::default(),
            refused: Vec::new(),
            recording,
        };
        Self {
            engine,
            applied: 0,
            lately,
            branches: vec![trunk],
            checkpoints: vec![Checkpoints {
                saved: vec![first],
                every: CHECKPOINT_EVERY,
            }],
            current: 0,
        }
    }

    /// The machine at the cursor.
    pub const fn engine(&self) -> &Engine<M> {
        &self.engine
    }

    /// Where the cursor is.
    pub fn cursor(&self) -> Cursor {
        Cursor {
            at: self.engine.world().now(),
            ordinal: self.engine.world().happened(),
        }
    }

    pub(crate) fn branch(&self) -> &Branch {
        &self.branches[self.current]
    }

    pub(crate) fn branches(&self) -> &[Branch] {
        &self.branches
    }

    pub(crate) const fn current(&self) -> usize {
        self.current
    }

    /// Plays on until an instant, at most `budget` events, or until something in `stops`.
    pub fn advance(&mut self, until: SimTime, budget: u64, stops: &Stops) -> Halt {
        let mut held = self.held(&stops.conditions);
        for _ in 0..budget {
            let said = self.engine.counts().0;
            if !self.take_next(until) {
                let recording = &mut self.branches[self.current].recording;
                self.engine.pass(until, Some(recording));
                self.note_head();
                return Halt::Reached;
            }
            if let Some(halt) = self.stopped_by(stops, said) {
                return halt;
            }
            let holds = self.held(&stops.conditions);
            let came_true = held.iter().zip(&holds).position(|(was, is)| !was && *is);
            if let Some(condition) = came_true {
                return Halt::Condition(condition);
            }
            held = holds;
        }
        Halt::Budget
    }

    /// What was measured a moment ago.
    pub(crate) const fn lately(&self) -> &Lately {
        &self.lately
    }

    /// Which conditions are true now.
    fn held(&self, conditions: &[Condition]) -> Vec<bool> {
        let metrics = self.engine.world().metrics();
        let holds = |condition: &Condition| condition.holds(metrics, &self.lately);
        conditions.iter().map(holds).collect()
    }

    fn stopped_by(&self, stops: &Stops, said_before: u64) -> Option<Halt> {
        let now = self.cursor().ordinal;
        let violated = |property: &&usize| {
            let verdict = self.engine.verdicts().get(**property);
            verdict
                .and_then(|v| v.violated.as_ref())
                .is_some_and(|v| v.ordinal == now)
        };
        if let Some(property) = stops.violations.iter().find(violated) {
            return Some(Halt::Violated(*property));
        }
        let journal = &self.branch().recording.said;
        let notable = |number| {
            journal
                .get(number)
                .is_some_and(|said| said.narration.notable)
        };
        (stops.notable && (said_before..self.engine.counts().0).any(notable))
            .then_some(Halt::Notable)
    }

    /// Takes the next event or script entry that leaves a trace; false when there is none by
    /// `until`.
    pub fn step(&mut self, until: SimTime) -> bool {
        let recorded = self.engine.counts().1;
        while self.take_next(until) {
            if self.engine.counts().1 != recorded {
                return true;
            }
        }
        false
    }

    /// Undoes the last event or script entry that left a trace; false at the start.
    pub fn step_back(&mut self) -> bool {
        let recorded = self.engine.counts().1;
        let Some(last) = recorded.checked_sub(1) else {
            return self.seek_ordinal(0);
        };
        let records = &self.branch().recording.records;
        let ordinal_of = |number: u64| records.get(number).map(|record| record.ordinal);
        // Longer ago than the record reaches: by number instead.
        let ordinal = ordinal_of(last).unwrap_or(self.cursor().ordinal);
        // What left no trace since the one before, such as a timer of a node that has crashed, is
        // undone with it: a step takes both.
        let before = last.checked_sub(1).and_then(ordinal_of);
        let before = before.filter(|before| *before < ordinal);
        self.seek_ordinal(before.unwrap_or(ordinal.saturating_sub(1)));
        true
    }

    /// Goes to an instant: the state after everything due by then.
    pub fn seek(&mut self, at: SimTime) {
        let early_enough = |engine: &Engine<M>| engine.world().now() <= at;
        if at < self.engine.world().now() {
            self.restore(early_enough);
        } else {
            self.skip_ahead(early_enough);
        }
        self.advance(at, u64::MAX, &Stops::default());
    }

    /// Goes to the place after `ordinal` events and actions; false when the run ends before.
    pub fn seek_ordinal(&mut self, ordinal: u64) -> bool {
        self.seek_ordinal_by(ordinal, SimTime::MAX)
    }

    /// The same, of what happens by an instant.
    fn seek_ordinal_by(&mut self, ordinal: u64, until: SimTime) -> bool {
        let early_enough = |engine: &Engine<M>| engine.world().happened() <= ordinal;
        if ordinal <= self.cursor().ordinal {
            self.restore(early_enough);
        } else {
            self.skip_ahead(early_enough);
        }
        while self.cursor().ordinal < ordinal {
            if !self.take_next(until) {
                return false;
            }
        }
        true
    }

    /// Goes to a cursor; no further than its instant where the run has not as many events by then.
    pub fn seek_cursor(&mut self, cursor: Cursor) {
        self.seek_ordinal_by(cursor.ordinal, cursor.at);
        let recording = &mut self.branches[self.current].recording;
        if self.engine.next_at().is_none_or(|next| next >= cursor.at) {
            self.engine.pass(cursor.at, Some(recording));
        }
        self.note_head();
    }

    /// Does something at the cursor. In the past this starts a new branch from here.
    ///
    /// # Errors
    /// Why it cannot be done; nothing has changed then.
    pub fn act(&mut self, call: &Call) -> Result<(), ActError> {
        self.engine.clone().try_act(call, None)?;
        let cursor = self.cursor();
        if self.applied < self.branch().script.len() || cursor < self.branch().head {
            self.fork();
        }
        let more_due = self.engine.next_at() == Some(cursor.at);
        let entry = Entry {
            at: cursor.at,
            after: more_due.then_some(cursor.ordinal),
            call: call.clone(),
        };
        self.branches[self.current].script.push(entry);
        self.take_next(cursor.at);
        Ok(())
    }

    /// Goes to another branch, to the same instant or to where that branch ends.
    pub fn switch(&mut self, branch: usize) -> bool {
        if branch >= self.branches.len() {
            return false;
        }
        let at = self.engine.world().now().min(self.branches[branch].head.at);
        self.current = branch;
        self.restore(|engine| engine.world().now() <= at);
        self.advance(at, u64::MAX, &Stops::default());
        true
    }

    /// Adds a branch as it was saved, without going there.
    pub(crate) fn adopt(&mut self, parent: usize, forked_at: Cursor, own: Vec<Entry>) -> bool {
        let (here, at) = (self.current, self.cursor());
        if parent >= self.branches.len() {
            return false;
        }
        self.current = parent;
        self.restore(|engine| engine.world().happened() == 0);
        self.seek_cursor(forked_at);
        self.fork();
        let branch = self.current;
        self.branches[branch].script.extend(own);
        self.current = here;
        self.restore(|engine| engine.world().happened() == 0);
        self.seek_cursor(at);
        true
    }

    fn fork(&mut self) {
        let cursor = self.cursor();
        let counts = self.engine.counts();
        let branch = self
            .branch()
            .fork(self.current, cursor, self.applied, counts);
        let mut checkpoints = self.checkpoints[self.current].clone();
        checkpoints.saved.retain(|checkpoint| {
            let world = checkpoint.engine.world();
            world.now() <= cursor.at && world.happened() <= cursor.ordinal
        });
        self.branches.push(branch);
        self.checkpoints.push(checkpoints);
        self.current = self.branches.len() - 1;
    }

    /// Takes what comes next, an entry of the script or an event, if it is due by `until`.
    fn take_next(&mut self, until: SimTime) -> bool {
        let next = self.engine.next_at();
        let branch = &mut self.branches[self.current];
        if let Some(entry) = branch.script.get(self.applied)
            && crate::lab::is_turn_of(entry, &self.engine)
        {
            if entry.at > until {
                return false;
            }
            self.lately.pass(entry.at, self.engine.world().metrics());
            self.engine.pass(entry.at, Some(&mut branch.recording));
            let outcome = self
                .engine
                .try_act(&entry.call, Some(&mut branch.recording));
            if let Err(reason) = outcome {
                branch.note_refused(self.applied, &reason);
            }
            self.applied += 1;
            self.note_head();
            return true;
        }
        let Some(at) = next.filter(|at| *at <= until) else {
            return false;
        };
        self.lately.pass(at, self.engine.world().metrics());
        self.engine.step(Some(&mut branch.recording));
        self.note_head();
        true
    }

    fn note_head(&mut self) {
        let cursor = self.cursor();
        let branch = &mut self.branches[self.current];
        branch.head = branch.head.max(cursor);
        let checkpoints = &mut self.checkpoints[self.current];
        let last = checkpoints
            .saved
            .last()
            .map_or(0, |last| last.engine.world().happened());
        // A checkpoint holds every pending event: one that is larger saves replaying more of them.
        let pending = self.engine.world().pending() as u64;
        if cursor.ordinal < last + checkpoints.every.max(2 * pending) {
            return;
        }
        if checkpoints.saved.len() == CHECKPOINTS_MAX {
            let mut index = 0;
            checkpoints.saved.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            checkpoints.every *= 2;
        }
        let checkpoint = Checkpoint {
            engine: self.engine.clone(),
            applied: self.applied,
            lately: self.lately.clone(),
        };
        checkpoints.saved.push(Rc::new(checkpoint));
    }

    /// Restores a checkpoint only if that saves replaying from here.
    fn skip_ahead(&mut self, early_enough: impl Fn(&Engine<M>) -> bool) {
        let here = self.cursor().ordinal;
        let is_ahead = |engine: &Engine<M>| engine.world().happened() > here;
        let mut checkpoints = self.checkpoints[self.current].saved.iter().rev();
        if checkpoints.any(|saved| is_ahead(&saved.engine) && early_enough(&saved.engine)) {
            self.restore(early_enough);
        }
    }

    fn restore(&mut self, early_enough: impl Fn(&Engine<M>) -> bool) {
        let checkpoints = &self.checkpoints[self.current].saved;
        let found = checkpoints
            .iter()
            .rev()
            .find(|checkpoint| early_enough(&checkpoint.engine));
        if let Some(checkpoint) = found.or(checkpoints.first()) {
            let checkpoint = Rc::clone(checkpoint);
            self.engine = checkpoint.engine.clone();
            self.applied = checkpoint.applied;
            self.lately = checkpoint.lately.clone();
        }
    }
}
