//! The units of a sweep shared out among the threads of one machine.
//!
//! Every unit has its number and its reading a place of its own: how many threads there are and
//! which of them is faster makes no difference to the result.

use std::io::{IsTerminal as _, Write as _};
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use orrery_core::kernel::session::SessionError;
use orrery_core::lab::{Results, Shard, Sweep};

/// As many threads as the machine has cores.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Makes every run of a part of a sweep on so many threads.
pub(crate) fn measure(sweep: &Sweep, shard: Shard, jobs: usize) -> Result<Results, SessionError> {
    let mut results = Results::new(sweep.clone(), shard);
    let units: Vec<u64> = results.units().collect();
    let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    let jobs = jobs.clamp(1, units.len().max(1));
    let work = || {
        let mut readings = Vec::with_capacity(units.len() / jobs + 1);
        while let Some(&unit) = units.get(next.fetch_add(1, Ordering::Relaxed)) {
            match sweep.run(unit) {
                Ok(reading) => readings.push((unit, reading)),
                Err(error) => {
                    // Nobody else need begin another one.
                    next.store(units.len(), Ordering::Relaxed);
                    return Err(error);
                }
            }
            done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(readings)
    };
    let readings = thread::scope(|scope| {
        let watcher = thread::current();
        let begin = |_| {
            let watcher = watcher.clone();
            let work = &work;
            scope.spawn(move || {
                let outcome = work();
                watcher.unpark();
                outcome
            })
        };
        let workers: Vec<_> = (0..jobs).map(begin).collect();
        let mut progress = Progress::new(units.len() as u64);
        while !workers.iter().all(thread::ScopedJoinHandle::is_finished) {
            thread::park_timeout(Duration::from_millis(500));
            progress.show(done.load(Ordering::Relaxed));
        }
        progress.clear();
        let outcomes = workers.into_iter().map(|worker| {
            // A panic is a bug of ours and goes on as one.
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        outcomes.collect::<Result<Vec<_>, _>>()
    })?;
    for (unit, reading) in readings.into_iter().flatten() {
        results.insert(unit, reading);
    }
    Ok(results)
}

/// A line on the terminal that says how far it is; nothing where nobody watches.
struct Progress {
    begun: Instant,
    all: u64,
    is_watched: bool,
    is_shown: bool,
}

impl Progress {
    fn new(all: u64) -> Self {
        Self {
            begun: Instant::now(),
            all,
            is_watched: std::io::stderr().is_terminal(),
            is_shown: false,
        }
    }

    fn show(&mut self, done: u64) {
        let so_far = self.begun.elapsed().as_secs_f64();
        if !self.is_watched || done == 0 || so_far < 1.0 {
            return;
        }
        let left = so_far / done as f64 * (self.all - done) as f64;
        // Nobody is left to tell when standard error is gone.
        let _ = write!(
            std::io::stderr(),
            "\r{done} of {} runs, about {left:.0} s left ",
            self.all
        );
        self.is_shown = true;
    }

    fn clear(&self) {
        if self.is_shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
