//! The lab's worker: all patterns, no page. It does units of a job and posts what they give.
//!
//! Messages are arrays, the first element says which:
//!
//! | from | message | meaning |
//! |---|---|---|
//! | page | `["begin", job, text]` | `job` is a number for what `text` (JSON) describes |
//! | page | `["run", job, from, to]` | do these units, as many as fit into a moment |
//! | page | `["end", job]` | forget it |
//! | worker | `["rows", job, from, to, Float64Array]` | these units are done, all numbers in order |
//! | worker | `["rows", job, from, to, text]` | the same, where they gave something else (JSON) |
//! | worker | `["failed", job, text]` | why it can't go on |
//!
//! Page and worker are built together and load each other by names that change with their content,
//! so the messages carry no version.

use std::cell::RefCell;
use std::collections::BTreeMap;

use js_sys::{Array, Float64Array};
use orrery_core::catalog;
use orrery_core::lab::{Job, JobError, Rows, Work};
use thiserror::Error;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// How long units are done before what they gave is posted, in milliseconds: a page that cancels
/// waits no longer than this and one unit.
const MOMENT: f64 = 25.0;

/// Why a message could not be followed.
#[derive(Debug, Error)]
enum Failure {
    #[error("the worker was sent something that it does not understand")]
    Message,
    #[error("the worker could not read its job or write what it gave: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("the worker knows no pattern {0:?}")]
    UnknownPattern(String),
    #[error(transparent)]
    Job(#[from] JobError),
}

thread_local! {
    static JOBS: RefCell<BTreeMap<u32, Work>> = const { RefCell::new(BTreeMap::new()) };
}

fn main() {
    let listener = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        let Some(message) = event.data().dyn_ref::<Array>().cloned() else {
            return;
        };
        let job = message.get(1).as_f64().unwrap_or(0.0) as u32;
        if let Err(failure) = follow(&message, job) {
            let text = JsValue::from(failure.to_string());
            post(&Array::of3(&"failed".into(), &job.into(), &text));
        }
    });
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It listens for as long as the worker lives.
    listener.forget();
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn post(message: &Array) {
    // Fails only for what cannot be copied, and numbers and text can.
    let _ = scope().post_message(message);
}

fn follow(message: &Array, job: u32) -> Result<(), Failure> {
    let kind = message.get(0).as_string().ok_or(Failure::Message)?;
    match kind.as_str() {
        "begin" => {
            let text = message.get(2).as_string().ok_or(Failure::Message)?;
            let work = begin(&text)?;
            JOBS.with_borrow_mut(|jobs| jobs.insert(job, work));
        }
        "run" => {
            let number = |index| message.get(index).as_f64().ok_or(Failure::Message);
            let (from, to) = (number(2)? as u64, number(3)? as u64);
            let begun = now();
            let (to, rows) = JOBS.with_borrow(|jobs| {
                let work = jobs.get(&job).ok_or(Failure::Message)?;
                Ok::<_, Failure>(work.run(from..to, || now() - begun >= MOMENT)?)
            })?;
            let rows = match rows {
                Rows::Numbers(numbers) => Float64Array::from(numbers.as_slice()).into(),
                other @ (Rows::Batches(_) | Rows::Shrunk(_)) => {
                    JsValue::from(serde_json::to_string(&other)?)
                }
            };
            let (from, to) = (JsValue::from(from as f64), JsValue::from(to as f64));
            post(&Array::of5(&"rows".into(), &job.into(), &from, &to, &rows));
        }
        "end" => {
            JOBS.with_borrow_mut(|jobs| jobs.remove(&job));
        }
        _ => return Err(Failure::Message),
    }
    Ok(())
}

fn begin(text: &str) -> Result<Work, Failure> {
    let job: Job = serde_json::from_str(text)?;
    let pattern = catalog::find(job.pattern())
        .ok_or_else(|| Failure::UnknownPattern(job.pattern().to_owned()))?;
    Ok(Work::begin(&job, pattern)?)
}

/// Milliseconds on a clock that only grows.
fn now() -> f64 {
    scope().performance().map_or(0.0, |clock| clock.now())
}
