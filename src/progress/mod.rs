//! What a reader has seen and done, kept on this device from visit to visit, where the browser lets
//! us.
//!
//! It owns where that is kept and when; what it is, how it is written and merged is the core's
//! ([`orrery_core::progress`]). Nothing of it leaves the device. An embed keeps nothing: what is done
//! in one is remembered as long as its page.

pub mod dialog;
mod keeper;
pub mod marks;

use std::sync::LazyLock;

use leptos::prelude::*;
use orrery_core::catalog::{CARDS, Card};
use orrery_core::progress::{Deed, Progress, ProgressError, Seen};

use crate::dialog::{DialogButton, Make};
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

/// A handle on what is kept.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
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

/// One for all pages of a visit.
static STATE: LazyLock<ArcRwSignal<State>> = LazyLock::new(ArcRwSignal::default);

impl Kept {
    /// What is kept for the page that is being made.
    pub fn here() -> Self {
        let navigator = expect_context::<Navigator>();
        Self {
            on_device: !matches!(navigator.route(), Route::Embed(_)),
        }
    }

    /// What was seen of a pattern; reactive. None when it was never opened.
    pub fn seen<T>(self, card: &Card, look: impl FnOnce(&Seen) -> T) -> Option<T> {
        STATE.read().progress.of(card.slug).map(look)
    }

    /// Keeps something more, as soon as what keeps is here.
    pub fn note(self, card: &'static Card, deed: Deed<'static>) {
        leptos::task::spawn_local(async move {
            if let Ok(parts) = bring().await {
                (parts.keep)(self, card.slug, deed);
            }
        });
    }
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
    follow: fn(Kept),
    /// Keeps something of the pattern with this slug.
    keep: fn(Kept, &str, Deed<'static>),
    /// Everything that is kept, and what can be done with it.
    dialog: Make,
}

piece! { bring in progress -> Parts {
    Parts {
        mark,
        follow: Kept::follow,
        keep: |kept, pattern, deed| kept.keep(pattern, deed),
        dialog: |open| view! { <ProgressDialog open/> }.into_any(),
    }
} }

/// Reads what is kept once it is wanted, and stays in step with other pages of this site. Gives what
/// shows it, once that is here.
pub fn follow(is_wanted: fn() -> bool) -> RwSignal<Option<Parts>> {
    let kept = Kept::here();
    let arrived = RwSignal::new(None::<Parts>);
    Effect::new(move || {
        if is_wanted() && arrived.get_untracked().is_none() {
            leptos::task::spawn_local(async move {
                // The page is whole without it.
                arrived.try_set(parts().await.ok());
            });
        }
    });
    Effect::new(move || {
        if let Some(parts) = arrived.get() {
            (parts.follow)(kept);
        }
    });
    arrived
}

/// Brings it in, with its styles.
async fn parts() -> Result<Parts, LoadError> {
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
    view! {
        <DialogButton
            name="progress"
            class
            words="Progress"
            title="What you have seen and done, kept on this device"
            load=dialog
        />
    }
}
