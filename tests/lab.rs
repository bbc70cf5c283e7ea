//! The lab in a browser that gives no workers: the same numbers, in slices of the page's own time.
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use orrery::lab::{self, Hands, LabError, Running};
use orrery_core::catalog::{self, Pattern};
use orrery_core::lab::search::{Search, SearchPlan};
use orrery_core::lab::{Job, Rows, Work};
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

#[wasm_bindgen_test]
async fn a_listener_that_cancels_its_own_task_is_not_called_again() {
    let running = Rc::new(RefCell::new(None::<Running>));
    let calls = Rc::new(RefCell::new(0));
    let (own, count) = (Rc::clone(&running), Rc::clone(&calls));
    let task = lab::Task {
        job: job(),
        pattern: pattern(),
        units: 1_000_000,
        on_rows: Box::new(move |_, _| {
            *count.borrow_mut() += 1;
            own.borrow_mut().take();
        }),
        on_end: Box::new(|_| {}),
    };
    let started = lab::start("/", task, |_| {});
    *running.borrow_mut() = Some(started);
    TimeoutFuture::new(300).await;
    assert_eq!(*calls.borrow(), 1);
}

#[wasm_bindgen_test]
async fn a_hidden_page_rests_and_goes_on_when_it_is_seen_again() {
    let hide = |hidden: bool| {
        let text = format!(
            "Object.defineProperty(document, 'hidden', {{ configurable: true, get: () => {hidden} }});"
        );
        let function = js_sys::Function::new_no_args(&text);
        function
            .call0(&wasm_bindgen::JsValue::NULL)
            .expect("it runs");
    };
    let (_running, heard) = start(job(), 1_000_000);
    while heard.borrow().rows.is_empty() {
        TimeoutFuture::new(5).await;
    }
    hide(true);
    TimeoutFuture::new(50).await;
    let resting = heard.borrow().rows.len();
    TimeoutFuture::new(300).await;
    assert_eq!(heard.borrow().rows.len(), resting);
    hide(false);
    TimeoutFuture::new(600).await;
    assert!(heard.borrow().rows.len() > resting);
}

#[wasm_bindgen_test]
async fn a_search_in_slices_gives_the_batches_of_any_other() {
    let saga = catalog::find("saga").expect("it is in the catalogue");
    let plan = SearchPlan::with_safeguards(saga);
    let job = Job::Search(Box::new(plan.clone()));
    let heard = Rc::new(RefCell::new(Vec::new()));
    let (rows, ended) = (Rc::clone(&heard), Rc::new(RefCell::new(false)));
    let end = Rc::clone(&ended);
    let task = lab::Task {
        job,
        pattern: saga,
        units: 5,
        on_rows: Box::new(move |_, more| match more {
            Rows::Batches(batches) => rows.borrow_mut().extend(batches),
            Rows::Numbers(_) | Rows::Shrunk(_) => panic!("a search gives batches"),
        }),
        on_end: Box::new(move |outcome| *end.borrow_mut() = outcome.is_ok()),
    };
    let _running = lab::start("/", task, |_| {});
    while !*ended.borrow() {
        TimeoutFuture::new(5).await;
    }
    let search = Search::new(saga, plan).expect("the plan is sound");
    let expected: Vec<_> = (0..5).map(|number| search.run_batch(number)).collect();
    assert_eq!(*heard.borrow(), expected);
}
