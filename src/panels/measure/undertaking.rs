//! A job of the lab as a panel shows it: how far it is, who does it, how it ended, and a way to
//! stop it.

use leptos::prelude::*;
use orrery_core::lab::{Job, Rows};

use crate::lab::{self, Hands, Running};
use crate::player::Player;
use crate::player::clock::now_millis;
use crate::route::{Navigator, Route};

/// How often what is shown follows what was measured, in milliseconds.
pub const REFRESH_MILLIS: f64 = 250.0;

/// Takes the numbers that some units gave.
pub type OnNumbers = Box<dyn FnMut(std::ops::Range<u64>, &[f64])>;

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It was not begun.
    Idle,
    /// It is being done.
    UnderWay,
    /// All of it is done.
    Done,
    /// It was stopped; what was measured until then stands.
    Stopped,
    /// It could not go on, for this reason; what was measured until then stands.
    Failed(String),
}

/// A job that can be begun, watched and stopped.
#[derive(Clone, Copy)]
pub struct Undertaking {
    player: Player,
    base: StoredValue<String>,
    running: StoredValue<Option<Running>, LocalStorage>,
    /// How it stands.
    pub standing: RwSignal<Standing>,
    /// Units done, of all.
    pub done: RwSignal<(u64, u64)>,
    hands: RwSignal<Option<Hands>>,
    /// Grows with what was measured, a few times a second.
    pub revision: RwSignal<u32>,
}

impl Undertaking {
    /// One that was not begun.
    pub fn on_page() -> Self {
        let navigator = expect_context::<Navigator>();
        Self {
            player: expect_context(),
            base: StoredValue::new(navigator.href(&Route::Home)),
            running: StoredValue::new_local(None),
            standing: RwSignal::new(Standing::Idle),
            done: RwSignal::new((0, 0)),
            hands: RwSignal::new(None),
            revision: RwSignal::new(0),
        }
    }

    /// Begins a job; `take` is given what its units measured.
    pub fn begin(self, job: Job, units: u64, mut take: OnNumbers) {
        self.standing.set(Standing::UnderWay);
        self.done.set((0, units));
        let (mut count, mut shown) = (0, now_millis());
        let on_rows = move |range: std::ops::Range<u64>, rows: Rows| {
            count += range.end - range.start;
            take(range, rows.numbers());
            if now_millis() - shown >= REFRESH_MILLIS {
                shown = now_millis();
                self.done.try_set((count, units));
                self.revision.try_update(|revision| *revision += 1);
            }
        };
        let on_end = move |outcome: Result<(), lab::LabError>| {
            let standing = match outcome {
                Ok(()) => {
                    self.done.try_set((units, units));
                    Standing::Done
                }
                Err(error) => Standing::Failed(error.to_string()),
            };
            self.end(standing);
        };
        let task = lab::Task {
            job,
            pattern: self.player.pattern(),
            units,
            on_rows: Box::new(on_rows),
            on_end: Box::new(on_end),
        };
        let running = lab::start(&self.base.get_value(), task, move |hands| {
            self.hands.try_set(Some(hands));
        });
        self.running.set_value(Some(running));
    }

    /// Stops it and keeps what was measured.
    pub fn stop(self) {
        self.running.set_value(None);
        self.end(Standing::Stopped);
    }

    fn end(self, standing: Standing) {
        self.standing.try_set(standing);
        self.revision.try_update(|revision| *revision += 1);
    }

    /// Whether it is being done.
    pub fn is_under_way(self) -> bool {
        self.standing.read() == Standing::UnderWay
    }
}

/// The button that begins or stops, the progress, and how it ended.
#[component]
pub fn Controls(
    /// What is controlled.
    undertaking: Undertaking,
    /// What the button says that begins it.
    label: &'static str,
    /// Begins it.
    begin: Callback<()>,
    /// Whether it can be begun.
    #[prop(into)]
    ready: Signal<bool>,
) -> impl IntoView {
    let press = move |_| {
        if undertaking.is_under_way() {
            undertaking.stop();
        } else {
            begin.run(());
        }
    };
    let words = move || {
        if undertaking.is_under_way() {
            "Stop"
        } else {
            label
        }
    };
    view! {
        <div class="undertaking">
            <button
                type="button"
                class="button"
                disabled=move || !ready.get() && !undertaking.is_under_way()
                on:click=press
            >
                {words}
            </button>
            <Show when=move || undertaking.standing.read() != Standing::Idle>
                <progress
                    aria-label="Runs made"
                    max=move || undertaking.done.get().1.max(1).to_string()
                    value=move || undertaking.done.get().0.to_string()
                ></progress>
            </Show>
            <span class="quiet-text undertaking-told" role="status">
                {move || told(&undertaking)}
            </span>
        </div>
    }
}

fn told(undertaking: &Undertaking) -> String {
    let (done, all) = undertaking.done.get();
    let by = undertaking.hands.get().map_or("", Hands::words);
    match undertaking.standing.get() {
        Standing::Idle => String::new(),
        Standing::UnderWay if by.is_empty() => "starting…".to_owned(),
        Standing::UnderWay => format!("{done} of {all} runs{by}"),
        Standing::Done => format!("{all} runs{by}"),
        Standing::Stopped => format!("stopped after {done} of {all} runs"),
        Standing::Failed(reason) => reason,
    }
}
