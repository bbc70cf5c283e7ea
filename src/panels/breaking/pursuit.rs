//! A search under way and the shortening of what it finds: who does it, what has come of it, how it
//! ended.

use std::ops::Range;

use leptos::prelude::*;
use orrery_core::kernel::session::RunState;
use orrery_core::lab::search::{Batch, Counts, End, Found, Search, SearchPlan};
use orrery_core::lab::shrink::{Resting, Shrink, Shrunk};
use orrery_core::lab::{Job, Rows};

use crate::lab::{self, Hands, LabError, Running, Task};
use crate::panels::measure::undertaking::REFRESH_MILLIS;
use crate::player::{Player, now_millis};
use crate::route::{Navigator, Route};

/// Shorter runs that are tried before the page hears of it: beside the page, and by the page itself.
const TRIES_BESIDE: u64 = 32;
const TRIES_BETWEEN: u64 = 2;

/// How a search stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// It was not begun.
    Idle,
    /// It tries runs.
    Searching,
    /// It has found a run and makes it shorter.
    Shrinking(Box<Quarry>),
    /// It is done.
    Found(Box<Quarry>),
    /// It ended without a find, for this reason.
    Ended(String),
}

impl Standing {
    /// Whether something is being done.
    pub const fn is_under_way(&self) -> bool {
        matches!(self, Self::Searching | Self::Shrinking(_))
    }

    /// What was found, however short it is by now.
    pub fn quarry(&self) -> Option<&Quarry> {
        match self {
            Self::Shrinking(quarry) | Self::Found(quarry) => Some(quarry),
            Self::Idle | Self::Searching | Self::Ended(_) => None,
        }
    }
}

/// A run that was found, and the shortest story of it so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Quarry {
    /// As it was found.
    pub found: Found,
    /// As short as it has become.
    pub shrunk: Shrunk,
    /// Why it may not be the shortest, if so.
    pub unfinished: Option<String>,
}

/// A search that can be begun, watched and stopped.
#[derive(Clone, Copy)]
pub struct Pursuit {
    player: Player,
    base: StoredValue<String>,
    /// Gathers what the batches give; it also makes single runs again.
    search: StoredValue<Option<Search>, LocalStorage>,
    running: StoredValue<Option<Running>, LocalStorage>,
    shown: StoredValue<f64>,
    /// How it stands.
    pub standing: RwSignal<Standing>,
    /// What has come of the runs so far.
    pub counts: RwSignal<Counts>,
    /// Who does it.
    pub hands: RwSignal<Option<Hands>>,
}

impl Pursuit {
    /// One that was not begun.
    pub fn on_page() -> Self {
        let navigator = expect_context::<Navigator>();
        Self {
            player: expect_context(),
            base: StoredValue::new(navigator.href(&Route::Home)),
            search: StoredValue::new_local(None),
            running: StoredValue::new_local(None),
            shown: StoredValue::new(0.0),
            standing: RwSignal::new(Standing::Idle),
            counts: RwSignal::new(Counts::default()),
            hands: RwSignal::new(None),
        }
    }

    /// Begins a search.
    pub fn begin(self, plan: SearchPlan) {
        self.running.set_value(None);
        self.counts.set(Counts::default());
        let search = match Search::new(self.player.pattern(), plan.clone()) {
            Ok(search) => search,
            Err(error) => return self.standing.set(Standing::Ended(format!("{error}."))),
        };
        let units = search.batches();
        self.search.set_value(Some(search));
        self.shown.set_value(now_millis());
        self.standing.set(Standing::Searching);
        self.set_to_work(
            Job::Search(Box::new(plan)),
            units,
            move |rows| match rows {
                Rows::Batches(batches) => self.gather(batches),
                Rows::Numbers(_) | Rows::Shrunk(_) => {}
            },
            move |error| self.give_up(&error),
        );
    }

    /// Stops it and keeps what has come of it.
    pub fn stop(self) {
        self.running.set_value(None);
        match self.standing.get_untracked() {
            Standing::Searching => {
                self.tell_counts();
                self.end("Stopped.");
            }
            Standing::Shrinking(quarry) => {
                self.keep(*quarry, "You stopped before it was as short as it gets.");
            }
            Standing::Idle | Standing::Found(_) | Standing::Ended(_) => {}
        }
    }

    /// A run of the last search, made again.
    pub fn run_again(self, number: u64) -> Option<RunState> {
        self.search
            .with_value(|search| Some(search.as_ref()?.run_again(number)))
    }

    fn set_to_work(
        self,
        job: Job,
        units: u64,
        mut take: impl FnMut(Rows) + 'static,
        fail: impl FnOnce(LabError) + 'static,
    ) {
        let task = Task {
            job,
            pattern: self.player.pattern(),
            units,
            on_rows: Box::new(move |_: Range<u64>, rows| take(rows)),
            on_end: Box::new(move |outcome| {
                if let Err(error) = outcome {
                    fail(error);
                }
            }),
        };
        let Some(base) = self.base.try_get_value() else {
            return;
        };
        let running = lab::start(&base, task, move |hands| {
            self.hands.try_set(Some(hands));
        });
        self.running.try_set_value(Some(running));
    }

    fn gather(self, batches: Vec<Batch>) {
        let end = self.search.try_update_value(|search| {
            let search = search.as_mut()?;
            for batch in batches {
                if batch.found.is_some() {
                    self.leave_out_after(batch.number);
                }
                search.absorb(batch);
            }
            Some((search.end()?.clone(), search.words()))
        });
        if now_millis() - self.shown.try_get_value().unwrap_or_default() >= REFRESH_MILLIS {
            self.tell_counts();
        }
        let Some((end, words)) = end.flatten() else {
            return;
        };
        self.running.try_set_value(None);
        self.tell_counts();
        match end {
            End::Found(found) => self.shorten(found),
            End::Spent => {
                self.standing.try_set(Standing::Ended(words));
            }
        }
    }

    /// What comes after a find cannot count any more.
    fn leave_out_after(self, batch: u64) {
        self.running.with_value(|running| {
            if let Some(running) = running {
                running.leave_out_from(batch + 1);
            }
        });
    }

    fn tell_counts(self) {
        let counts = self
            .search
            .try_with_value(|search| search.as_ref().map(Search::counts));
        if let Some(counts) = counts.flatten() {
            self.shown.try_set_value(now_millis());
            self.counts.try_set(counts);
        }
    }

    fn shorten(self, found: Found) {
        match Shrink::new(self.player.pattern(), &found) {
            Ok(shrink) => self.shorten_on(found, shrink.rest()),
            Err(error) => {
                self.standing.try_set(Standing::Ended(format!("{error}.")));
            }
        }
    }

    /// Goes on with the shortening where it rests.
    fn shorten_on(self, found: Found, resting: Resting) {
        let quarry = Box::new(Quarry {
            found: found.clone(),
            shrunk: resting.shrunk.clone(),
            unfinished: None,
        });
        if resting.is_done() {
            self.standing.try_set(Standing::Found(quarry));
            return;
        }
        self.standing.try_set(Standing::Shrinking(quarry.clone()));
        let tries = match self.hands.try_get_untracked().flatten() {
            Some(Hands::Workers(_)) => TRIES_BESIDE,
            Some(Hands::Page) | None => TRIES_BETWEEN,
        };
        let job = Job::Shrink {
            pattern: self.player.exhibit.card.slug.to_owned(),
            from: Box::new(resting),
            tries,
        };
        self.set_to_work(
            job,
            1,
            move |rows| match rows {
                Rows::Shrunk(resting) => self.shorten_on(found.clone(), *resting),
                Rows::Numbers(_) | Rows::Batches(_) => {}
            },
            move |error| self.keep(*quarry, &error.to_string()),
        );
    }

    fn give_up(self, error: &LabError) {
        self.tell_counts();
        self.end(&error.to_string());
    }

    /// Ends without a find.
    fn end(self, why: &str) {
        let words = self
            .search
            .try_with_value(|search| search.as_ref().map(Search::words));
        let words = words.flatten().unwrap_or_default();
        self.standing
            .try_set(Standing::Ended(format!("{why} {words}")));
    }

    /// Ends with a story that may not be the shortest.
    fn keep(self, quarry: Quarry, why: &str) {
        self.standing.try_set(Standing::Found(Box::new(Quarry {
            unfinished: Some(why.to_owned()),
            ..quarry
        })));
    }
}
