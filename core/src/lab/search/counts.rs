//! What came of runs, in numbers and in words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::situations::{Situations, situation};
use crate::kernel::timeline::Entry;
use crate::lab::trial::Trial;
use crate::words::counted;

/// Stands in the map of outcomes for runs in which nothing was done.
pub const NOTHING: &str = "";

/// How a promise stood at the end of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// It held.
    pub held: u64,
    /// It was not satisfied, and need not be yet.
    pub pending: u64,
    /// It was broken.
    pub broken: u64,
}

impl Tally {
    const fn merge(&mut self, other: Self) {
        self.held += other.held;
        self.pending += other.pending;
        self.broken += other.broken;
    }
}

/// How a run ended, in the order of what matters most: a broken promise, by its index; otherwise
/// one that need not be satisfied yet; otherwise all were kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "usize", into = "usize")]
pub enum Ending {
    /// Every promise that a run can break was kept.
    Kept,
    /// One was not satisfied, and need not be yet.
    Open,
    /// One was broken.
    Broke(usize),
}

impl From<usize> for Ending {
    fn from(number: usize) -> Self {
        match number {
            0 => Self::Kept,
            1 => Self::Open,
            more => Self::Broke(more - 2),
        }
    }
}

impl From<Ending> for usize {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Kept => 0,
            Ending::Open => 1,
            Ending::Broke(property) => property.saturating_add(2),
        }
    }
}

/// Runs in which the same was done and that ended alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// How many.
    pub runs: u64,
    /// The number of the first, by which it can be made again.
    pub first: u64,
}

impl Cell {
    fn merge(&mut self, other: Self) {
        self.runs += other.runs;
        self.first = self.first.min(other.first);
    }
}

/// What came of some runs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Runs made.
    pub runs: u64,
    /// Events and actions that happened in them.
    pub events: u64,
    /// By promise, how it stood at the end of each run.
    pub promises: BTreeMap<String, Tally>,
    /// By name, how often each action, fault (`fault.…`) and turn of a knob (`set.…`) was done and
    /// not refused.
    pub done: BTreeMap<String, u64>,
    /// By what was done at least once in a run (as in [`done`](field@Self::done), or [`NOTHING`]) and by
    /// how the run ended: runs in which two sorts of things were done count for both.
    pub map: BTreeMap<String, BTreeMap<Ending, Cell>>,
    /// How many different situations runs were in after each deed and at their end.
    pub situations: Situations,
}

impl Counts {
    /// Adds what came of other runs.
    pub fn merge(&mut self, other: &Self) {
        self.runs += other.runs;
        self.events += other.events;
        for (name, tally) in &other.promises {
            self.promises.entry(name.clone()).or_default().merge(*tally);
        }
        for (name, times) in &other.done {
            *self.done.entry(name.clone()).or_default() += times;
        }
        for (name, endings) in &other.map {
            for (ending, cell) in endings {
                self.place(name, *ending, *cell);
            }
        }
        self.situations.merge(&other.situations);
    }

    /// Puts the runs counted here, which is one, on the map.
    pub(super) fn end(&mut self, number: u64, ending: Ending) {
        let run = Cell {
            runs: 1,
            first: number,
        };
        let done: Vec<String> = self.done.keys().cloned().collect();
        if done.is_empty() {
            self.place(NOTHING, ending, run);
        }
        for name in done {
            self.place(&name, ending, run);
        }
    }

    fn place(&mut self, name: &str, ending: Ending, cell: Cell) {
        let endings = match self.map.get_mut(name) {
            Some(endings) => endings,
            None => self.map.entry(name.to_owned()).or_default(),
        };
        match endings.get_mut(&ending) {
            Some(here) => here.merge(cell),
            None => {
                endings.insert(ending, cell);
            }
        }
    }
}

impl Counts {
    /// What was tried, in words.
    pub fn words(&self) -> String {
        let of = |prefix: &str, kinds: [&str; 2]| {
            let named = self.done.iter().filter(|(name, _)| match prefix {
                "" => !name.contains('.'),
                _ => name.starts_with(prefix),
            });
            let times: u64 = named.clone().map(|(_, times)| times).sum();
            match named.count() {
                0 => String::new(),
                sorts => format!(
                    ", {} of {}",
                    counted(times, kinds),
                    counted(sorts, ["sort", "sorts"])
                ),
            }
        };
        format!(
            "{} with {}{}{}{}, about {}",
            counted(self.runs, ["run", "runs"]),
            counted(self.events, ["event", "events"]),
            of("fault.", ["fault", "faults"]),
            of("", ["action", "actions"]),
            of("set.", ["turn of a knob", "turns of knobs"]),
            counted(
                self.situations.estimate(),
                ["situation", "different situations"]
            )
        )
    }

    pub(super) fn note(&mut self, trial: &dyn Trial, promises: usize) {
        self.situations.note(situation(trial, promises));
    }

    /// Counts a deed and writes it into the script, unless it was refused.
    pub(super) fn done(
        &mut self,
        name: &str,
        entry: Option<Entry>,
        script: &mut Vec<Entry>,
    ) -> bool {
        let Some(entry) = entry else {
            return false;
        };
        script.push(entry);
        match self.done.get_mut(name) {
            Some(times) => *times += 1,
            None => {
                self.done.insert(name.to_owned(), 1);
            }
        }
        true
    }
}
