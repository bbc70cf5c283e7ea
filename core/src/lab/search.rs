//! “Find a run that breaks this”: random seeds, faults and actions over one pattern, until a promise
//! breaks or the budget is spent.
//!
//! A [`SearchPlan`] is a value; run number `i` of a search follows from the plan and `i` alone. So
//! runs can be shared out among workers in [batches](Search::run_batch) and the result is the one
//! that a single worker gets. Nothing here starts a thread or reads a clock: whoever drives a
//! [`Search`] does so in slices and stops when it likes.
//!
//! Each run is given a few deeds only, drawn from a random part of all there are (swarm testing:
//! Groce, Zhang, Eide, Chen and Regehr, ISSTA 2012), close together as often as far apart, and half
//! of them right after something has happened.

mod adversary;
mod counts;
mod hunt;
mod plan;
mod situations;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::{self, Pattern};
use crate::kernel::session::RunState;
pub use counts::{Cell, Counts, Ending, NOTHING, Tally};
use hunt::Hunt;
pub use plan::{Budget, SearchError, SearchPlan, Vary};
pub use situations::Situations;

/// A broken promise, and the run that breaks it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The number of the run.
    pub run: u64,
    /// The promise.
    pub property: String,
    /// What was wrong.
    pub reason: String,
    /// The run; its cursor is where the promise breaks.
    pub state: RunState,
}

/// Runs that are made in one go by one worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Its number: it holds the runs from `number * BATCH` on.
    pub number: u64,
    /// What came of them. The run that broke the promise is the last.
    pub counts: Counts,
    /// The run that broke the promise, if one did.
    pub found: Option<Found>,
}

impl Batch {
    fn new(number: u64) -> Self {
        Self {
            number,
            counts: Counts::default(),
            found: None,
        }
    }
}

/// Runs in a batch: few enough to be made between two frames of a page.
pub const BATCH: u64 = 16;

/// How a search ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum End {
    /// It found a run that breaks the promise.
    Found(Found),
    /// It spent its budget and found none.
    Spent,
}

/// A search under way.
///
/// ```
/// use orrery_core::catalog;
/// use orrery_core::lab::search::{End, Search, SearchPlan};
///
/// let saga = catalog::find("saga").expect("it is registered");
/// let breaking = (saga.breaking)();
/// let plan = SearchPlan::without(saga, breaking.find("no-keys").expect("it is declared"));
/// let mut search = Search::new(saga, plan)?;
/// while search.end().is_none() {
///     search.run(100); // a slice; draw, listen, come back
/// }
/// assert!(matches!(search.end(), Some(End::Found(_))));
/// # Ok::<(), orrery_core::lab::search::SearchError>(())
/// ```
#[derive(Debug)]
pub struct Search {
    hunt: Hunt,
    counts: Counts,
    /// The batch under way in [`Search::run`].
    current: Batch,
    /// Batches that came before their turn.
    early: BTreeMap<u64, Batch>,
    end: Option<End>,
}

impl Search {
    /// A search that has not begun.
    ///
    /// # Errors
    /// What is wrong with the plan.
    pub fn new(pattern: &'static Pattern, plan: SearchPlan) -> Result<Self, SearchError> {
        Ok(Self {
            hunt: Hunt::new(pattern, plan)?,
            counts: Counts::default(),
            current: Batch::new(0),
            early: BTreeMap::new(),
            end: None,
        })
    }

    /// The same, the pattern being looked up in the catalogue.
    ///
    /// # Errors
    /// What is wrong with the plan.
    pub fn open(plan: SearchPlan) -> Result<Self, SearchError> {
        let pattern = catalog::find(&plan.pattern).ok_or_else(|| SearchError::Pattern {
            wanted: plan.pattern.chars().take(40).collect(),
        })?;
        Self::new(pattern, plan)
    }

    /// The plan.
    pub const fn plan(&self) -> &SearchPlan {
        &self.hunt.plan
    }

    /// How it ended, if it has.
    pub const fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// What came of the runs so far.
    pub fn counts(&self) -> Counts {
        let mut counts = self.counts.clone();
        counts.merge(&self.current.counts);
        counts
    }

    /// Makes up to `runs` more runs; returns how many it made, none once the search has ended.
    pub fn run(&mut self, runs: u64) -> u64 {
        let mut made = 0;
        while made < runs && self.end.is_none() {
            let number = self.hunt.range(self.current.number).start + self.current.counts.runs;
            self.hunt.run(number, &mut self.current);
            made += 1;
            if self.hunt.is_complete(&self.current) {
                let batch = std::mem::replace(&mut self.current, Batch::new(0));
                self.absorb(batch);
            }
        }
        made
    }

    /// How many batches the budget of runs allows.
    pub const fn batches(&self) -> u64 {
        self.hunt.plan.budget.runs.div_ceil(BATCH)
    }

    /// Makes the runs of one batch, wherever the search stands: for a worker, which hands it to the
    /// search that gathers them.
    pub fn run_batch(&self, number: u64) -> Batch {
        let mut batch = Batch::new(number);
        for run in self.hunt.range(number) {
            if batch.found.is_some() {
                break;
            }
            self.hunt.run(run, &mut batch);
        }
        batch
    }

    /// Takes in a batch that a worker has made. Batches may come in any order and count in that of
    /// their numbers; what comes after the end, or a second time, is dropped.
    pub fn absorb(&mut self, batch: Batch) {
        let next = self.next_batch();
        if self.end.is_some() || batch.number < next {
            return;
        }
        self.early.insert(batch.number, batch);
        while self.end.is_none()
            && let Some(batch) = self.early.remove(&self.next_batch())
        {
            self.count(batch);
        }
        if self.current.number != self.next_batch() || self.end.is_some() {
            self.current = Batch::new(self.next_batch());
        }
    }

    /// Makes a run again by its number; its cursor is where it ended.
    pub fn run_again(&self, number: u64) -> RunState {
        self.hunt.again(number)
    }

    fn next_batch(&self) -> u64 {
        self.counts.runs.div_ceil(BATCH)
    }

    fn count(&mut self, batch: Batch) {
        self.counts.merge(&batch.counts);
        let budget = self.hunt.plan.budget;
        if let Some(found) = batch.found {
            self.end = Some(End::Found(found));
        } else if self.counts.runs >= budget.runs || self.counts.events >= budget.events {
            self.end = Some(End::Spent);
        }
        if self.end.is_some() {
            self.early.clear();
        }
    }

    /// What the search came to so far, in words, and what that does not prove.
    pub fn words(&self) -> String {
        let counts = self.counts();
        let tried = counts.words();
        let what = match &self.hunt.plan.property {
            Some(name) => format!("“{name}”"),
            None => "any promise".to_owned(),
        };
        match &self.end {
            Some(End::Found(found)) => format!(
                "Run {} breaks “{}”: {}. Tried: {tried}.",
                found.run + 1,
                found.property,
                found.reason
            ),
            Some(End::Spent) | None => format!(
                "No run broke {what}. Tried: {tried}, each run up to {}.{} That is no proof: other \
                 timings, other settings or longer runs may still break it.",
                self.hunt.plan.lasts,
                self.hunt.left_alone()
            ),
        }
    }
}
