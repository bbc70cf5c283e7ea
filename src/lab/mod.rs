//! Work beside the page: jobs of the lab, done by workers, or in slices between frames where the
//! browser gives no workers.
//!
//! Owns who does which units and what happens when a worker dies; what a job is, and what its
//! numbers mean, the core says.

mod slices;
mod workers;

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use orrery_core::catalog::Pattern;
use orrery_core::lab::Job;
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
        "The browser ended the workers {0} times; what they had done is kept. Try again with fewer runs."
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

/// Takes the numbers that some units gave.
pub type OnRows = Box<dyn FnMut(Range<u64>, &[f64])>;

/// Takes how a task ended.
pub type OnEnd = Box<dyn FnOnce(Result<(), LabError>)>;

/// What is known of a task while it runs.
struct Progress {
    task: RefCell<Option<Task>>,
    /// Units that nobody has taken.
    open: RefCell<Vec<Range<u64>>>,
    done: std::cell::Cell<u64>,
}

/// A task under way; dropping it cancels it.
pub struct Running(Rc<Progress>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.task.take();
        workers::look_again();
    }
}

/// Begins a task. `base` is the address of the site's root; `on_hands` is told who does the work.
pub fn start(base: &str, task: Task, on_hands: impl FnOnce(Hands) + 'static) -> Running {
    let progress = Rc::new(Progress {
        open: RefCell::new(std::iter::once(0..task.units).collect()),
        task: RefCell::new(Some(task)),
        done: std::cell::Cell::new(0),
    });
    let (base, shared) = (base.to_owned(), Rc::clone(&progress));
    wasm_bindgen_futures::spawn_local(async move {
        match workers::ready(&base).await {
            Some(count) => {
                on_hands(Hands::Workers(count));
                workers::take_on(shared);
            }
            None => {
                on_hands(Hands::Page);
                slices::work(shared).await;
            }
        }
    });
    Running(progress)
}

impl Progress {
    fn is_over(&self) -> bool {
        self.task.borrow().is_none()
    }

    /// Hands out open units: about half of a fair share, so that all hands end together.
    fn take(&self, hands: usize) -> Option<Range<u64>> {
        const MOST: u64 = 4096;
        let mut open = self.open.borrow_mut();
        let left: u64 = open.iter().map(|range| range.end - range.start).sum();
        let share = (left / (2 * hands as u64).max(1)).clamp(1, MOST);
        let range = open.pop()?;
        let to = range.end.min(range.start + share);
        if to < range.end {
            open.push(to..range.end);
        }
        Some(range.start..to)
    }

    /// Puts units back that were taken but not done.
    fn put_back(&self, units: Range<u64>) {
        if units.start < units.end {
            self.open.borrow_mut().push(units);
        }
    }

    /// Passes on what some units gave.
    fn add(&self, units: Range<u64>, rows: &[f64]) {
        // The listener may cancel its own task, so it is not borrowed meanwhile.
        let Some(mut task) = self.task.take() else {
            return;
        };
        let done = self.done.get() + (units.end - units.start);
        self.done.set(done);
        (task.on_rows)(units, rows);
        if done >= task.units {
            (task.on_end)(Ok(()));
        } else {
            self.task.replace(Some(task));
        }
    }

    fn fail(&self, error: LabError) {
        if let Some(task) = self.task.take() {
            (task.on_end)(Err(error));
        }
    }
}
