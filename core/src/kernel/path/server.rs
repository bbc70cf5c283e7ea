//! Workers with a queue before them.

use super::queue::{Entry, Queue};
use crate::time::{SimTime, Span};

/// Whether a server is given work, by its operator's will or its own fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Standing {
    /// It works.
    #[default]
    Serving,
    /// It finishes what it has, and is to get no more.
    Draining,
    /// It does not work.
    Down,
}

/// How fast a server works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Its speed against that of a plain server, in percent; never 0.
    pub speed_percent: u32,
    /// Its warming up, if it has to.
    pub warm_up: Option<WarmUp>,
}

/// A server that begins cold: caches empty, code not compiled, connections not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarmUp {
    /// When it began.
    pub from: SimTime,
    /// How long it takes until the server is warm.
    pub lasts: Span,
    /// How many times as long work takes at first; from there it falls evenly to once.
    pub slowness: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            speed_percent: 100,
            warm_up: None,
        }
    }
}

impl Pace {
    /// How long `work` takes that begins at `now`, in whole nanoseconds.
    ///
    /// ```
    /// use orrery_core::kernel::path::{Pace, WarmUp};
    /// use orrery_core::time::{SimTime, Span};
    ///
    /// let half = Pace { speed_percent: 50, ..Pace::default() };
    /// assert_eq!(half.takes(Span::from_millis(10), SimTime::ZERO), Span::from_millis(20));
    ///
    /// let warm_up = WarmUp { from: SimTime::ZERO, lasts: Span::from_secs(10), slowness: 5 };
    /// let cold = Pace { warm_up: Some(warm_up), ..Pace::default() };
    /// assert_eq!(cold.takes(Span::from_millis(10), SimTime::ZERO), Span::from_millis(50));
    /// assert_eq!(cold.takes(Span::from_millis(10), SimTime::from_secs(5)), Span::from_millis(30));
    /// assert_eq!(cold.takes(Span::from_millis(10), SimTime::from_secs(11)), Span::from_millis(10));
    /// ```
    pub fn takes(&self, work: Span, now: SimTime) -> Span {
        let mut nanos = u128::from(work.as_nanos());
        if self.speed_percent != 100 {
            nanos = nanos * 100 / u128::from(self.speed_percent.max(1));
        }
        if let Some(warm_up) = self.warm_up {
            let whole = u128::from(warm_up.lasts.as_nanos());
            let left = whole.saturating_sub(u128::from((now - warm_up.from).as_nanos()));
            if left > 0 {
                nanos += nanos * u128::from(warm_up.slowness.max(1) - 1) * left / whole;
            }
        }
        Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// How warm it is at `now`, from 0 to 1.
    pub fn warmth(&self, now: SimTime) -> f64 {
        self.warm_up.map_or(1.0, |warm_up| {
            let whole = warm_up.lasts.as_nanos().max(1) as f64;
            ((now - warm_up.from).as_nanos() as f64 / whole).min(1.0)
        })
    }
}

/// A worker begins: when this time has passed, the model calls [`Server::finish`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// Which worker.
    pub worker: u16,
    /// How long it will take.
    pub takes: Span,
}

/// What became of a task that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken<T> {
    /// A worker begins with it.
    Begun(Begun),
    /// It waits.
    Waits,
    /// It is turned away.
    Refused(T),
    /// It waits, and another one is dropped for it.
    InsteadOf(T),
}

/// A server: some workers, a queue before them, a pace.
///
/// ```
/// use orrery_core::kernel::path::{Begun, Queue, Server, Taken};
/// use orrery_core::time::{SimTime, Span};
///
/// let now = SimTime::ZERO;
/// let mut server = Server::new(1, Queue::new(Some(1)));
/// let takes = Span::from_millis(10);
/// assert_eq!(server.take('a', takes, now), Taken::Begun(Begun { worker: 0, takes }));
/// assert_eq!(server.take('b', takes, now), Taken::Waits);
/// assert_eq!(server.take('c', takes, now), Taken::Refused('c'));
///
/// // Ten milliseconds later the worker is done with one and begins with the other.
/// let later = SimTime::from_millis(10);
/// assert_eq!(server.finish(0, later), Some(('a', Some(Begun { worker: 0, takes }))));
/// ```
#[derive(Debug, Clone)]
pub struct Server<T> {
    workers: Vec<Option<T>>,
    queue: Queue<(T, Span)>,
    /// How fast it works; work under way keeps the pace at which it began.
    pub pace: Pace,
    /// Whether it is given work.
    pub standing: Standing,
    busy: u32,
}

impl<T> Server<T> {
    /// An idle server at a plain pace, with this many workers.
    pub fn new(workers: u16, queue: Queue<(T, Span)>) -> Self {
        Self {
            workers: (0..workers).map(|_| None).collect(),
            queue,
            pace: Pace::default(),
            standing: Standing::Serving,
            busy: 0,
        }
    }

    /// A task comes that would take a plain server `work`.
    pub fn take(&mut self, task: T, work: Span, now: SimTime) -> Taken<T> {
        let free = || self.workers.iter().position(Option::is_none);
        if (self.busy as usize) < self.workers.len()
            && let Some(worker) = free()
        {
            return Taken::Begun(self.begin(worker, task, work, now));
        }
        match self.queue.push((task, work)) {
            Entry::Waits => Taken::Waits,
            Entry::Refused((task, _)) => Taken::Refused(task),
            Entry::InsteadOf((task, _)) => Taken::InsteadOf(task),
        }
    }

    /// A worker is done: its task, and what it begins with next. None when the worker had none, as
    /// after a crash.
    pub fn finish(&mut self, worker: u16, now: SimTime) -> Option<(T, Option<Begun>)> {
        let place = usize::from(worker);
        let done = self.workers.get_mut(place)?.take()?;
        self.busy -= 1;
        let next = self.queue.pop();
        let begun = next.map(|(task, work)| self.begin(place, task, work, now));
        Some((done, begun))
    }

    fn begin(&mut self, worker: usize, task: T, work: Span, now: SimTime) -> Begun {
        self.workers[worker] = Some(task);
        self.busy += 1;
        Begun {
            worker: worker as u16,
            takes: self.pace.takes(work, now),
        }
    }

    /// What each worker works on.
    pub fn workers(&self) -> &[Option<T>] {
        &self.workers
    }

    /// What waits, the oldest first.
    pub fn waiting(&self) -> impl ExactSizeIterator<Item = &T> {
        self.queue.iter().map(|(task, _)| task)
    }

    /// How many tasks are worked on.
    pub const fn busy(&self) -> usize {
        self.busy as usize
    }

    /// How many tasks it has, worked on and waiting.
    pub fn load(&self) -> usize {
        self.busy as usize + self.queue.len()
    }

    /// Changes how many have room in its queue.
    pub const fn set_room(&mut self, room: Option<u32>) {
        self.queue.set_room(room);
    }

    /// Forgets every task, as a crash does; gives how many it had.
    pub fn lose_everything(&mut self) -> usize {
        let lost = self.load();
        self.workers.fill_with(|| None);
        self.queue.drain().for_each(drop);
        self.busy = 0;
        lost
    }
}
