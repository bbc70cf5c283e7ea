//! The same work on the page's own thread, in slices that leave room for frames.

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use orrery_core::lab::Work;

use super::{LabError, Progress, SLICE_MILLIS};
use crate::player::clock::now_millis;

/// Does a task until it is done or cancelled.
pub(super) async fn work(progress: Rc<Progress>) {
    let begun = {
        let task = progress.task.borrow();
        let Some(task) = task.as_ref() else { return };
        Work::begin(&task.job, task.pattern)
    };
    let work = match begun {
        Ok(work) => work,
        Err(error) => return progress.fail(LabError::Job(error.to_string())),
    };
    while !progress.is_over() {
        let until = now_millis() + SLICE_MILLIS;
        while now_millis() < until {
            let Some(units) = progress.take(1) else { break };
            let mut rows = Vec::new();
            let next = units.start + 1;
            if let Err(error) = work.run(units.start, &mut rows) {
                return progress.fail(LabError::Job(error.to_string()));
            }
            progress.put_back(next..units.end);
            progress.add(units.start..next, &rows);
        }
        TimeoutFuture::new(0).await;
    }
}
