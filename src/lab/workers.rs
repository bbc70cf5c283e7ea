//! The pool of workers. Their wasm is compiled once and sent to each.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use gloo_timers::callback::{Interval, Timeout};
use js_sys::{Array, Float64Array, WebAssembly};
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ErrorEvent, MessageEvent, Response, Worker, WorkerOptions, WorkerType};

use orrery_core::lab::Rows;

use super::{LabError, Progress, slices};
use crate::player::now_millis;

/// How often workers may die before a task is given up.
const DEATHS_MAX: u32 = 3;

/// A worker that is still busy with a cancelled task after so many milliseconds is ended.
const GRACE_MILLIS: u32 = 50;

/// What is said when page and worker are not of one build.
const UNREADABLE: &str = "A worker gave something that the page cannot read: load the page again";

/// A worker that has said nothing for so many milliseconds while it was busy counts as dead: a
/// browser does not tell when it ends one.
const SILENCE_MILLIS: f64 = 10_000.0;

/// How often silence is listened for, in milliseconds.
const WATCH_MILLIS: u32 = 500;

thread_local! {
    static POOL: RefCell<Option<Rc<Pool>>> = const { RefCell::new(None) };
    /// Whether workers end before they do anything here.
    static REFUSED: Cell<bool> = const { Cell::new(false) };
}

struct Pool {
    script: String,
    module: JsValue,
    hands: RefCell<Vec<Hand>>,
    tasks: RefCell<Vec<Entry>>,
    /// The number of the next task.
    next: Cell<u32>,
    /// Whether any worker has ever answered.
    has_heard: Cell<bool>,
    watch: RefCell<Option<Interval>>,
}

/// A task as the pool knows it.
struct Entry {
    number: u32,
    text: String,
    progress: Rc<Progress>,
    deaths: u32,
}

struct Hand {
    worker: Worker,
    /// The tasks it has been told about.
    knows: Vec<u32>,
    busy: Option<Busy>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(ErrorEvent)>,
}

/// What a worker is doing.
#[derive(Debug, Clone)]
struct Busy {
    task: u32,
    units: Range<u64>,
    /// Since when, in milliseconds.
    since: f64,
}

/// Makes the pool at the first call; how many workers there are, or none where the browser refuses.
pub(super) async fn ready(base: &str) -> Option<usize> {
    if let Some(pool) = pool() {
        return Some(pool.hands.borrow().len());
    }
    if REFUSED.get() {
        return None;
    }
    let name = |part: &str| {
        let selector = format!("meta[name=orrery-lab-{part}]");
        let meta = document().query_selector(&selector).ok().flatten()?;
        Some(format!("{base}{}", meta.get_attribute("content")?))
    };
    let (script, wasm) = (name("script")?, name("wasm")?);
    let module = compile(&wasm).await.ok()?;
    if let Some(pool) = pool() {
        return Some(pool.hands.borrow().len());
    }
    let pool = Rc::new(Pool {
        script,
        module,
        hands: RefCell::default(),
        tasks: RefCell::default(),
        next: Cell::new(0),
        has_heard: Cell::new(false),
        watch: RefCell::default(),
    });
    POOL.with_borrow_mut(|slot| *slot = Some(Rc::clone(&pool)));
    let cores = window().navigator().hardware_concurrency() as usize;
    for index in 0..cores.saturating_sub(1).max(1) {
        match pool.hire(index) {
            Ok(hand) => pool.hands.borrow_mut().push(hand),
            Err(_) => break,
        }
    }
    let count = pool.hands.borrow().len();
    if count == 0 {
        POOL.with_borrow_mut(Option::take);
        return None;
    }
    let listening = Rc::downgrade(&pool);
    let listen = move || {
        if let Some(pool) = listening.upgrade() {
            pool.listen();
        }
    };
    pool.watch
        .replace(Some(Interval::new(WATCH_MILLIS, listen)));
    Some(count)
}

/// Compiles the wasm while it comes, or once it is here where the host calls it something else.
async fn compile(url: &str) -> Result<JsValue, JsValue> {
    let streamed = WebAssembly::compile_streaming(&window().fetch_with_str(url));
    if let Ok(module) = JsFuture::from(streamed).await {
        return Ok(module);
    }
    let response = JsFuture::from(window().fetch_with_str(url)).await?;
    let bytes = JsFuture::from(response.unchecked_into::<Response>().array_buffer()?).await?;
    JsFuture::from(WebAssembly::compile(&bytes)).await
}

fn pool() -> Option<Rc<Pool>> {
    POOL.with_borrow(Option::clone)
}

/// What a worker posted.
fn rows(posted: &JsValue) -> Option<Rows> {
    match posted.as_string() {
        Some(text) => serde_json::from_str(&text).ok(),
        None => Some(Rows::Numbers(Float64Array::from(posted.clone()).to_vec())),
    }
}

/// Has the pool do a task.
pub(super) fn take_on(progress: Rc<Progress>) {
    let Some(pool) = pool() else { return };
    let text = match progress.task.borrow().as_ref() {
        Some(task) => serde_json::to_string(&task.job),
        None => return,
    };
    let text = match text {
        Ok(text) => text,
        Err(error) => return progress.fail(LabError::Job(error.to_string())),
    };
    let number = pool.next.get();
    pool.next.set(number + 1);
    pool.tasks.borrow_mut().push(Entry {
        number,
        text,
        progress,
        deaths: 0,
    });
    pool.hand_out();
}

/// Looks for tasks that were cancelled.
pub(super) fn look_again() {
    if let Some(pool) = pool() {
        pool.forget_what_is_over();
    }
}

impl Pool {
    fn hire(self: &Rc<Self>, index: usize) -> Result<Hand, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&self.script, &options)?;
        let pool = Rc::downgrade(self);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(pool) = pool.upgrade() {
                pool.hear(index, &event);
            }
        });
        let pool = Rc::downgrade(self);
        let on_error = Closure::<dyn Fn(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            if let Some(pool) = pool.upgrade() {
                pool.mourn(index);
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        worker.post_message(&self.module)?;
        Ok(Hand {
            worker,
            knows: Vec::new(),
            busy: None,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Gives every idle worker something to do, if there is anything.
    fn hand_out(&self) {
        let mut hands = self.hands.borrow_mut();
        let count = hands.len();
        let tasks = self.tasks.borrow();
        for hand in hands.iter_mut().filter(|hand| hand.busy.is_none()) {
            let open = tasks.iter().find_map(|entry| {
                let units = entry.progress.take(count)?;
                Some((entry, units))
            });
            let Some((entry, units)) = open else { break };
            hand.set_to_work(entry, units);
        }
    }

    fn hear(&self, index: usize, event: &MessageEvent) {
        let Some(message) = event.data().dyn_ref::<Array>().cloned() else {
            return;
        };
        let number = |at: u32| message.get(at).as_f64().unwrap_or(0.0) as u64;
        let job = number(1) as u32;
        self.has_heard.set(true);
        let asked = self
            .hands
            .borrow_mut()
            .get_mut(index)
            .and_then(|hand| hand.busy.take());
        let progress = {
            let tasks = self.tasks.borrow();
            let entry = tasks.iter().find(|entry| entry.number == job);
            entry.map(|entry| Rc::clone(&entry.progress))
        };
        if let Some(progress) = progress {
            match message.get(0).as_string().as_deref() {
                Some("rows") => {
                    let done = number(2)..number(3);
                    if let Some(asked) = asked {
                        progress.put_back(done.end..asked.units.end);
                    }
                    match rows(&message.get(4)) {
                        Some(rows) => progress.add(done, rows),
                        None => progress.fail(LabError::Job(UNREADABLE.to_owned())),
                    }
                }
                _ => {
                    let reason = message.get(2).as_string().unwrap_or_default();
                    progress.fail(LabError::Job(reason));
                }
            }
        }
        self.forget_what_is_over();
        self.hand_out();
    }

    /// A worker has died: another takes its place, and what it was doing is done again.
    fn mourn(self: &Rc<Self>, index: usize) {
        let Ok(doing) = self.replace(index) else {
            return self.give_up();
        };
        let lost = doing.and_then(|Busy { task, units, .. }| self.lose(task, units));
        if let Some((progress, deaths)) = lost {
            if self.has_heard.get() {
                progress.fail(LabError::WorkersDied(deaths));
            } else {
                return self.leave_it_to_the_page();
            }
        }
        self.forget_what_is_over();
        self.hand_out();
    }

    /// Puts back what a dead worker was doing; the task and how many died of it, if these are too
    /// many.
    fn lose(&self, task: u32, units: Range<u64>) -> Option<(Rc<Progress>, u32)> {
        let mut tasks = self.tasks.borrow_mut();
        let entry = tasks.iter_mut().find(|entry| entry.number == task)?;
        entry.deaths += 1;
        entry.progress.put_back(units);
        let is_too_much = entry.deaths >= DEATHS_MAX;
        is_too_much.then(|| (Rc::clone(&entry.progress), entry.deaths))
    }

    /// Mourns workers that were busy for too long without a word.
    fn listen(self: &Rc<Self>) {
        let silent = |hand: &Hand| {
            let busy = hand.busy.as_ref();
            busy.is_some_and(|busy| now_millis() - busy.since > SILENCE_MILLIS)
        };
        let hands = self.hands.borrow();
        let silent: Vec<usize> = (0..hands.len())
            .filter(|index| silent(&hands[*index]))
            .collect();
        drop(hands);
        for index in silent {
            self.mourn(index);
        }
    }

    /// Ends a worker and starts another; hands back what the first was doing.
    fn replace(self: &Rc<Self>, index: usize) -> Result<Option<Busy>, JsValue> {
        let fresh = self.hire(index)?;
        let mut hands = self.hands.borrow_mut();
        let Some(hand) = hands.get_mut(index) else {
            return Ok(None);
        };
        Ok(std::mem::replace(hand, fresh).dismiss())
    }

    /// The browser gives no more workers: what is under way ends, and the next task begins anew.
    fn give_up(&self) {
        for entry in self.close() {
            entry.progress.fail(LabError::WorkersDied(entry.deaths + 1));
        }
    }

    /// No worker lives long enough to answer: the page does what is under way, and what comes.
    fn leave_it_to_the_page(&self) {
        REFUSED.set(true);
        for entry in self.close() {
            wasm_bindgen_futures::spawn_local(slices::work(entry.progress));
        }
    }

    /// Ends all workers; hands back what they were to do, with what they had taken put back.
    fn close(&self) -> Vec<Entry> {
        POOL.with_borrow_mut(Option::take);
        self.watch.take();
        let tasks = std::mem::take(&mut *self.tasks.borrow_mut());
        for hand in self.hands.borrow_mut().drain(..) {
            if let Some(busy) = hand.dismiss()
                && let Some(entry) = tasks.iter().find(|entry| entry.number == busy.task)
            {
                entry.progress.put_back(busy.units);
            }
        }
        tasks
    }

    /// Forgets tasks that are done, failed or cancelled, and frees workers that a cancelled one
    /// still keeps busy.
    fn forget_what_is_over(&self) {
        let mut over = Vec::new();
        self.tasks.borrow_mut().retain(|entry| {
            let gone = entry.progress.is_over();
            if gone {
                over.push(entry.number);
            }
            !gone
        });
        if over.is_empty() {
            return;
        }
        for (index, hand) in self.hands.borrow_mut().iter_mut().enumerate() {
            for number in over.iter().copied() {
                if hand.knows.contains(&number) {
                    hand.knows.retain(|known| *known != number);
                    hand.post(&Array::of2(&"end".into(), &number.into()));
                }
            }
            if let Some(busy) = &hand.busy
                && over.contains(&busy.task)
            {
                end_if_still_busy(index, busy.task);
            }
        }
    }
}

/// Waits a little for a worker to come back from a cancelled task.
fn end_if_still_busy(index: usize, number: u32) {
    let check = move || {
        let Some(pool) = pool() else { return };
        let busy = {
            let hands = pool.hands.borrow();
            let hand = hands.get(index);
            hand.and_then(|hand| hand.busy.as_ref().map(|busy| busy.task))
        };
        if busy == Some(number) {
            match pool.replace(index) {
                Ok(_) => pool.hand_out(),
                Err(_) => pool.give_up(),
            }
        }
    };
    Timeout::new(GRACE_MILLIS, check).forget();
}

impl Hand {
    fn set_to_work(&mut self, entry: &Entry, units: Range<u64>) {
        let job = JsValue::from(entry.number);
        if !self.knows.contains(&entry.number) {
            self.knows.push(entry.number);
            let text = JsValue::from(entry.text.as_str());
            self.post(&Array::of3(&"begin".into(), &job, &text));
        }
        let (from, to) = (
            JsValue::from(units.start as f64),
            JsValue::from(units.end as f64),
        );
        self.post(&Array::of4(&"run".into(), &job, &from, &to));
        self.busy = Some(Busy {
            task: entry.number,
            units,
            since: now_millis(),
        });
    }

    /// Ends the worker; hands back what it was doing.
    fn dismiss(mut self) -> Option<Busy> {
        // What it has said already comes too late, and its listeners go with it.
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
        self.busy.take()
    }

    fn post(&self, message: &Array) {
        // Fails only for what cannot be copied, and numbers and text can.
        let _ = self.worker.post_message(message);
    }
}
