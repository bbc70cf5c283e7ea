//! The same work on the page's own thread, in slices that leave room for frames.

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::document;
use orrery_core::lab::Work;

use super::{Hands, LabError, Progress, SLICE_MILLIS};
use crate::player::clock::now_millis;

/// How often a page that is hidden looks whether it still is, in milliseconds.
const HIDDEN_MILLIS: u32 = 250;

/// Does a task until it is done or cancelled.
pub(super) async fn work(progress: Rc<Progress>) {
    (progress.on_hands)(Hands::Page);
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
        if let Some(units) = progress.take(1) {
            let (next, rows) = match work.run(units.clone(), || now_millis() >= until) {
                Ok(done) => done,
                Err(error) => return progress.fail(LabError::Job(error.to_string())),
            };
            progress.put_back(next..units.end);
            progress.add(units.start..next, rows);
        }
        TimeoutFuture::new(0).await;
        // A browser lets a hidden page have a moment now and then: not worth disturbing others.
        while document().hidden() && !progress.is_over() {
            TimeoutFuture::new(HIDDEN_MILLIS).await;
        }
    }
}
