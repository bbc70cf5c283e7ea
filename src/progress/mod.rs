//! What a reader has seen and done, kept on this device from visit to visit, where the browser lets
//! us.
//!
//! It owns where that is kept and when; what it is, how it is written and merged is the core's
//! ([`orrery_core::progress`]). Nothing of it leaves the device. An embed keeps nothing: what is done
//! in one is remembered as long as its page.

pub mod dialog;
pub mod marks;

use std::sync::LazyLock;

use leptos::prelude::*;
use orrery_core::catalog::{CARDS, Card};
use orrery_core::progress::{Deed, Progress, ProgressError, Seen};

use crate::dialog::{Make, on_demand};
use crate::loading::{LoadError, Loading, piece};
use crate::panels::dress;
use crate::progress::dialog::ProgressDialog;
use crate::progress::marks::mark;
use crate::route::{Navigator, Route};
use crate::storage;

/// Under which name it is kept, in the form of the file that is saved.
const KEY: &str = "orrery-progress";

/// Before the pattern's slug, the name under which an earlier version kept the slugs of challenges
/// that were done, with spaces between them.
const KEY_BEFORE: &str = "orrery-done-";

/// A handle on what is kept, shared by all pages of a visit.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    state: RwSignal<State>,
    /// Whether the device has a part in it.
    on_device: bool,
}

/// What there is, and what keeps it from being kept.
#[derive(Debug, Clone, Default)]
struct State {
    progress: Progress,
    trouble: Option<Trouble>,
}

/// Why nothing more is kept on the device.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trouble {
    /// The browser does not let us.
    Refused,
    /// What is there was written by something else or a newer version; we leave it as it is.
    Unreadable(ProgressError),
}

static STATE: LazyLock<ArcRwSignal<State>> = LazyLock::new(ArcRwSignal::default);

impl Kept {
    /// What is kept for the page that is being made.
    pub fn here() -> Self {
        let navigator = expect_context::<Navigator>();
        Self {
            state: STATE.clone().into(),
            on_device: !matches!(navigator.route(), Route::Embed(_)),
        }
    }

    /// What was seen of a pattern; reactive. None when it was never opened.
    pub fn seen<T>(self, card: &Card, look: impl FnOnce(&Seen) -> T) -> Option<T> {
        let state = self.state.try_read()?;
        state.progress.of(card.slug).map(look)
    }

    /// Keeps something more.
    pub fn note(self, card: &Card, deed: Deed<'_>) {
        let _ = self.grow(|progress| {
            progress.note(card.slug, deed);
            Ok(())
        });
    }

    /// Adds what a file holds.
    ///
    /// # Errors
    ///
    /// When that is no progress, or too much of it. Then nothing is added.
    fn add(self, text: &str) -> Result<(), ProgressError> {
        self.grow(|progress| progress.add(text))
    }

    /// Reads what is on the device, now and when another page of this site has changed it, until the
    /// owner is disposed of.
    pub fn follow(self) {
        self.look_again();
        let handle = window_event_listener_untyped("storage", move |_| self.look_again());
        on_cleanup(move || handle.remove());
    }

    /// Begins anew with what is on the device by now.
    fn look_again(self) {
        if self.on_device {
            let _ = self.grow(|_| Ok(()));
        }
    }

    /// Forgets everything, here and on the device.
    fn erase(self) {
        let keys = std::iter::once(KEY.to_owned()).chain(CARDS.iter().map(key_before));
        let outcomes: Vec<_> = keys.map(|key| storage::remember(&key, None)).collect();
        let refused = outcomes.iter().any(Result::is_err);
        self.state.set(State {
            progress: Progress::default(),
            trouble: refused.then_some(Trouble::Refused),
        });
    }

    /// Changes what is kept. It starts from what is on the device, so that pages that are open side
    /// by side lose nothing of each other and what one has erased stays so.
    fn grow(
        self,
        change: impl FnOnce(&mut Progress) -> Result<(), ProgressError>,
    ) -> Result<(), ProgressError> {
        let Some(before) = self.state.try_get_untracked() else {
            return Ok(());
        };
        let stored = if self.on_device {
            on_device()
        } else {
            Ok(Progress::default())
        };
        let (mut progress, mut trouble) = match stored {
            Ok(stored) => (stored, None),
            Err(trouble) => (Progress::default(), Some(trouble)),
        };
        // What the device did not take is only here.
        if !self.on_device || trouble.is_some() || before.trouble.is_some() {
            progress.merge(&before.progress);
        }
        let stored = progress.clone();
        change(&mut progress)?;
        let is_new = progress != stored || before.trouble.is_some();
        if self.on_device && trouble.is_none() && is_new {
            let written = storage::remember(KEY, Some(&progress.write()));
            trouble = written.is_err().then_some(Trouble::Refused);
        }
        if progress != before.progress || trouble != before.trouble {
            self.state.try_set(State { progress, trouble });
        }
        Ok(())
    }
}

/// What the device keeps.
fn on_device() -> Result<Progress, Trouble> {
    let refused = |_| Trouble::Refused;
    let mut progress = match storage::remembered(KEY).map_err(refused)? {
        Some(text) => Progress::read(&text).map_err(Trouble::Unreadable)?,
        None => Progress::default(),
    };
    let mut moved = Vec::new();
    for card in CARDS {
        let key = key_before(card);
        if let Some(slugs) = storage::remembered(&key).map_err(refused)? {
            for slug in slugs.split_whitespace() {
                progress.note(card.slug, Deed::Challenge(slug));
            }
            moved.push(key);
        }
    }
    if !moved.is_empty() {
        storage::remember(KEY, Some(&progress.write())).map_err(refused)?;
        for key in moved {
            storage::remember(&key, None).map_err(refused)?;
        }
    }
    Ok(progress)
}

fn key_before(card: &Card) -> String {
    format!("{KEY_BEFORE}{}", card.slug)
}

/// Whether there may be something to show, now or, being reactive, later: so little to ask that a
/// page does it at once.
pub fn is_something_kept() -> bool {
    let has = |key: &str| matches!(storage::remembered(key), Ok(Some(_)));
    let here = !STATE.read().progress.is_empty();
    here || has(KEY) || CARDS.iter().any(|card| has(&key_before(card)))
}

/// What shows progress, in a piece of its own.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// The mark on a pattern's card.
    pub mark: fn(&'static Card) -> AnyView,
    /// Reads what is kept, and stays in step with other pages of this site.
    pub follow: fn(),
    /// Everything that is kept, and what can be done with it.
    dialog: Make,
}

piece! { bring in progress -> Parts {
    Parts {
        mark,
        follow: || Kept::here().follow(),
        dialog: |open| view! { <ProgressDialog open/> }.into_any(),
    }
} }

/// Brings it in, with its styles.
pub async fn parts() -> Result<Parts, LoadError> {
    let parts = bring().await?;
    dress().await?;
    Ok(parts)
}

fn dialog() -> Loading<Make> {
    Box::pin(async { Ok(parts().await?.dialog) })
}

/// A button that opens the dialog.
#[component]
pub fn ProgressButton(
    /// Its class.
    class: &'static str,
) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <button
            type="button"
            class=class
            data-testid="progress"
            aria-haspopup="dialog"
            title="What you have seen and done, kept on this device"
            on:click=move |_| open.set(true)
        >
            "Progress"
        </button>
        {on_demand(open, dialog)}
    }
}
