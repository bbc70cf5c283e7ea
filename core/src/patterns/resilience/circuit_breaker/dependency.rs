//! The dependency: workers, a queue before them, and its health.
//!
//! It knows nothing of breakers and timeouts: it goes on working for callers who have given up.

use std::collections::VecDeque;

use super::knobs::Trouble;
use crate::time::{SimTime, Span};

/// How the dependency is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Health {
    /// It does its work.
    Well,
    /// It is in trouble.
    Ill(Trouble),
}

/// What one call asks of the dependency, drawn when its request is made, so that two variants of
/// a run meet the same work and the same luck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Load {
    /// How long it takes a healthy worker.
    pub(super) work: Span,
    /// How it ends when nothing is wrong.
    pub(super) luck: Luck,
}

/// How a call ends when the dependency is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Luck {
    /// With an answer.
    Good,
    /// With an error: no service is perfect.
    Bad,
    /// With an error that is the caller's own fault.
    Misuse,
}

/// What comes back from the dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reply {
    /// The work is done.
    Done,
    /// An error although it is well.
    Unlucky,
    /// The caller's own error.
    Misused,
    /// An error because it is in trouble.
    Broken,
    /// An error because its queue is full.
    Overloaded,
}

/// A call at the dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Task {
    /// The service's number for the call.
    pub(super) call: u32,
    /// What it asks.
    pub(super) load: Load,
}

/// What happens to a call on arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// A worker begins and will need this long.
    Begun(Span),
    /// It waits in the queue.
    Queued,
    /// It is answered at once.
    Answered(Reply),
    /// It will never be answered.
    Swallowed,
}

/// Workers, queue and health.
#[derive(Debug, Clone)]
pub(super) struct Dependency {
    health: Health,
    /// Since when its health is what it is.
    since: SimTime,
    workers: Vec<Option<Task>>,
    queue: VecDeque<Task>,
}

impl Dependency {
    /// A healthy dependency with this many idle workers.
    pub(super) fn new(workers: u32) -> Self {
        Self {
            health: Health::Well,
            since: SimTime::ZERO,
            workers: vec![None; workers as usize],
            queue: VecDeque::new(),
        }
    }

    /// How it is, and since when.
    pub(super) const fn health(&self) -> (Health, SimTime) {
        (self.health, self.since)
    }

    /// Changes its health; false when it already is so.
    pub(super) fn turn(&mut self, health: Health, now: SimTime) -> bool {
        let changes = self.health != health;
        if changes {
            self.health = health;
            self.since = now;
        }
        changes
    }

    /// What each worker works on.
    pub(super) fn workers(&self) -> &[Option<Task>] {
        &self.workers
    }

    /// What waits, the next first.
    pub(super) const fn queue(&self) -> &VecDeque<Task> {
        &self.queue
    }

    /// Calls worked on or waiting.
    pub(super) fn piled_up(&self) -> usize {
        self.queue.len() + self.workers.iter().flatten().count()
    }

    /// A call arrives.
    pub(super) fn take(&mut self, task: Task, room: u32, slow_factor: u32) -> Taken {
        match self.health {
            Health::Ill(Trouble::Errors) => return Taken::Answered(Reply::Broken),
            Health::Ill(Trouble::Hang) => return Taken::Swallowed,
            Health::Well | Health::Ill(Trouble::Slow) => {}
        }
        if let Some(worker) = self.workers.iter_mut().find(|worker| worker.is_none()) {
            *worker = Some(task);
            Taken::Begun(self.duration(task, slow_factor))
        } else if self.queue.len() < room as usize {
            self.queue.push_back(task);
            Taken::Queued
        } else {
            Taken::Answered(Reply::Overloaded)
        }
    }

    /// The worker of `call` has finished: what it replies, unless it hangs.
    pub(super) fn finish(&mut self, call: u32) -> Option<Reply> {
        let place = self
            .workers
            .iter_mut()
            .find(|worker| worker.is_some_and(|task| task.call == call))?;
        let task = place.take()?;
        match self.health {
            Health::Ill(Trouble::Errors) => Some(Reply::Broken),
            Health::Ill(Trouble::Hang) => None,
            Health::Well | Health::Ill(Trouble::Slow) => Some(match task.load.luck {
                Luck::Good => Reply::Done,
                Luck::Bad => Reply::Unlucky,
                Luck::Misuse => Reply::Misused,
            }),
        }
    }

    /// Gives the next waiting call to a free worker: the call and how long it will take.
    pub(super) fn begin_next(&mut self, slow_factor: u32) -> Option<(u32, Span)> {
        let place = self.workers.iter().position(Option::is_none)?;
        let task = self.queue.pop_front()?;
        self.workers[place] = Some(task);
        Some((task.call, self.duration(task, slow_factor)))
    }

    /// Forgets every call it had, as a crash does.
    pub(super) fn lose_everything(&mut self) {
        self.workers.fill(None);
        self.queue.clear();
    }

    fn duration(&self, task: Task, slow_factor: u32) -> Span {
        match self.health {
            Health::Ill(Trouble::Slow) => task.load.work * u64::from(slow_factor),
            Health::Well | Health::Ill(Trouble::Errors | Trouble::Hang) => task.load.work,
        }
    }
}
