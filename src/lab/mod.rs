//! Work beside the page: jobs of the lab, done by workers, or in slices between frames where the
//! browser gives no workers.
//!
//! Owns who does which units and what happens when a worker dies; what a job is, and what its
//! numbers mean, the core says.

mod slices;
mod workers;

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use orrery_core::catalog::Pattern;
use orrery_core::lab::{Job, Rows};
use thiserror::Error;

/// Milliseconds of work on the page's own thread between two turns of the browser.
pub const SLICE_MILLIS: f64 = 8.0;

/// Why a job ended before all of its units were done. What was done until then stays.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LabError {
    /// The job itself cannot be done.
    #[error("{0}.")]
    Job(String),
    /// Workers died again and again.
    #[error(
        "The workers ended, or said nothing for ten seconds, {0} times; what they had done is kept. \
         Try again with fewer or shorter runs."
    )]
    WorkersDied(u32),
}

/// Who does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hands {
    /// So many workers beside the page.
    Workers(usize),
    /// The page itself, between its frames.
    Page,
}

impl Hands {
    /// Where the work is done, in words that follow its amount.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Workers(_) => ", beside the page",
            Self::Page => {
                ", between frames: this browser gives the page no workers, so it rests while the \
                 page is hidden"
            }
        }
    }
}

/// A job to do, and who hears of it.
pub struct Task {
    /// What is to be done.
    pub job: Job,
    /// The pattern that the job names.
    pub pattern: &'static Pattern,
    /// How many units there are.
    pub units: u64,
    /// Hears of units that are done, in any order of the units.
    pub on_rows: OnRows,
    /// Hears how it ended, unless it was cancelled.
    pub on_end: OnEnd,
}

/// Takes what some units gave.
pub type OnRows = Box<dyn FnMut(Range<u64>, Rows)>;

/// Takes how a task ended.
pub type OnEnd = Box<dyn FnOnce(Result<(), LabError>)>;

/// What is known of a task while it runs.
struct Progress {
    /// Not here while its listener is called.
    task: RefCell<Option<Task>>,
    is_over: Cell<bool>,
    /// Is told who does the work.
    on_hands: Box<dyn Fn(Hands)>,
    /// Units that nobody has taken.
    open: RefCell<Vec<Range<u64>>>,
    /// Units from this one on are not needed any more.
    needed: Cell<u64>,
    done: Cell<u64>,
}

/// A task under way; dropping it cancels it.
pub struct Running(Rc<Progress>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.is_over.set(true);
        self.0.task.take();
        workers::look_again();
    }
}

impl Running {
    /// Leaves out all units from `unit` on that nobody has begun. The task does not end by that: it
    /// is over when this is dropped.
    pub fn leave_out_from(&self, unit: u64) {
        self.0.needed.set(self.0.needed.get().min(unit));
    }
}

/// Begins a task. `base` is the address of the site's root; `on_hands` is told who does the work.
pub fn start(base: &str, task: Task, on_hands: impl Fn(Hands) + 'static) -> Running {
    let progress = Rc::new(Progress {
        open: RefCell::new(std::iter::once(0..task.units).collect()),
        needed: Cell::new(task.units),
        task: RefCell::new(Some(task)),
        is_over: Cell::new(false),
        on_hands: Box::new(on_hands),
        done: Cell::new(0),
    });
    let (base, shared) = (base.to_owned(), Rc::clone(&progress));
    wasm_bindgen_futures::spawn_local(async move {
        match workers::ready(&base).await {
            Some(count) => {
                (shared.on_hands)(Hands::Workers(count));
                workers::take_on(shared);
            }
            None => slices::work(shared).await,
        }
    });
    Running(progress)
}

impl Progress {
    fn is_over(&self) -> bool {
        self.is_over.get()
    }

    /// Hands out the first open units: about half of a fair share, so that all hands end together.
    fn take(&self, hands: usize) -> Option<Range<u64>> {
        let most = self.task.borrow().as_ref()?.job.units_at_once();
        let mut open = self.open.borrow_mut();
        let needed = self.needed.get();
        open.retain(|range| range.start < needed);
        let left: u64 = open.iter().map(|range| range.end - range.start).sum();
        let share = (left / (2 * hands as u64).max(1)).clamp(1, most);
        let first = open.iter_mut().min_by_key(|range| range.start)?;
        let taken = first.start..first.end.min(first.start + share);
        first.start = taken.end;
        open.retain(|range| range.start < range.end);
        Some(taken)
    }

    /// Puts units back that were taken but not done.
    fn put_back(&self, units: Range<u64>) {
        if units.start < units.end {
            self.open.borrow_mut().push(units);
        }
    }

    /// Passes on what some units gave.
    fn add(&self, units: Range<u64>, rows: Rows) {
        // The listener may cancel its own task, so it is not borrowed meanwhile.
        let Some(mut task) = self.task.take() else {
            return;
        };
        let done = self.done.get() + (units.end - units.start);
        self.done.set(done);
        (task.on_rows)(units, rows);
        if self.is_over() {
            return;
        }
        if done >= task.units {
            self.is_over.set(true);
            (task.on_end)(Ok(()));
        } else {
            self.task.replace(Some(task));
        }
    }

    fn fail(&self, error: LabError) {
        if let Some(task) = self.task.take() {
            self.is_over.set(true);
            (task.on_end)(Err(error));
        }
    }
}
