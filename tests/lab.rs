//! The lab in a browser that gives no workers: the same numbers, in slices of the page's own time.
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use orrery::lab::{self, Hands, LabError, Running};
use orrery_core::catalog::{self, Pattern};
use orrery_core::lab::{Job, Work};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// What a listener heard of a task.
#[derive(Default)]
struct Heard {
    rows: Vec<f64>,
    hands: Option<Hands>,
    end: Option<Result<(), LabError>>,
}

fn pattern() -> &'static Pattern {
    catalog::find("token-bucket").expect("it is in the catalogue")
}

fn job() -> Job {
    Job::Sweep((pattern().experiments)()[0].plan(pattern()))
}

fn start(job: Job, units: u64) -> (Running, Rc<RefCell<Heard>>) {
    let heard = Rc::new(RefCell::new(Heard::default()));
    let (rows, end, hands) = (Rc::clone(&heard), Rc::clone(&heard), Rc::clone(&heard));
    let task = lab::Task {
        job,
        pattern: pattern(),
        units,
        on_rows: Box::new(move |units, more| {
            let mut heard = rows.borrow_mut();
            assert_eq!(heard.rows.len() as u64, units.start, "the units in order");
            heard.rows.extend_from_slice(more.numbers());
        }),
        on_end: Box::new(move |outcome| end.borrow_mut().end = Some(outcome)),
    };
    let running = lab::start("/", task, move |who| hands.borrow_mut().hands = Some(who));
    (running, heard)
}

#[wasm_bindgen_test]
async fn without_workers_the_page_does_the_work_itself_and_says_so() {
    let work = Work::begin(&job(), pattern()).expect("it is declared");
    let units = work.units().min(6);
    let (_, expected) = work.run(0..units, || false).expect("it runs");
    let (_running, heard) = start(job(), units);
    while heard.borrow().end.is_none() {
        TimeoutFuture::new(5).await;
    }
    let heard = heard.borrow();
    assert_eq!(heard.hands, Some(Hands::Page));
    assert_eq!(heard.end, Some(Ok(())));
    assert_eq!(heard.rows, expected.numbers());
}

#[wasm_bindgen_test]
async fn what_is_dropped_stops_without_a_word() {
    let (running, heard) = start(job(), 1_000_000);
    while heard.borrow().rows.is_empty() {
        TimeoutFuture::new(5).await;
    }
    drop(running);
    let done = heard.borrow().rows.len();
    TimeoutFuture::new(100).await;
    let heard = heard.borrow();
    assert_eq!((heard.rows.len(), &heard.end), (done, &None));
}

#[wasm_bindgen_test]
async fn a_job_that_does_not_exist_ends_with_a_sentence() {
    let Job::Sweep(mut plan) = job() else {
        unreachable!("it is a sweep");
    };
    plan.x.knob = "alchemy".to_owned();
    let (_running, heard) = start(Job::Sweep(plan), 3);
    while heard.borrow().end.is_none() {
        TimeoutFuture::new(5).await;
    }
    let heard = heard.borrow();
    let Some(Err(error)) = &heard.end else {
        panic!("it ended well: {:?}", heard.end);
    };
    let told = error.to_string();
    assert!(told.contains("alchemy") && told.ends_with('.'), "{told}");
}
