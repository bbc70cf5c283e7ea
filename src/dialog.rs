//! Dialogs of the browser's own: they keep the focus, close with Escape and give the focus back.
//!
//! It owns how one opens, closes and arrives. What stands in one is others' business.

use std::sync::Arc;

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::loading::{self, Loading, Show};

/// Opens and closes a dialog as the signal says; calls `before` each time it opens.
pub fn follow(dialog: NodeRef<Dialog>, open: RwSignal<bool>, before: impl Fn() + 'static) {
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => {
                before();
                let _ = dialog.show_modal();
            }
            (false, true) => dialog.close(),
            (true, true) | (false, false) => {}
        }
    });
}

/// Makes the view of a dialog that opens and closes as the signal says.
pub type Make = fn(RwSignal<bool>) -> AnyView;

/// A dialog whose code comes when it is opened for the first time.
pub fn on_demand(open: RwSignal<bool>, load: fn() -> Loading<Make>) -> AnyView {
    let asked = Memo::new(move |before| before == Some(&true) || open.get());
    let dialog = move || {
        let load = move || {
            loading::later(move || {
                let loading = load();
                Box::pin(async move {
                    let make = loading.await?;
                    Ok(Arc::new(move || make(open)) as Show)
                })
            })
        };
        asked.get().then(load)
    };
    dialog.into_any()
}

/// What is told at the foot of a dialog, and whether something did not work.
pub type Told = RwSignal<(String, bool)>;

/// The foot of a dialog: it is always there, so that a screen reader hears what comes into it.
#[component]
pub fn ToldNote(
    /// What to tell.
    told: Told,
    /// By which it is found.
    test_id: &'static str,
) -> impl IntoView {
    let note = move || {
        let (words, refused) = told.get();
        let class = if refused { "notice refused" } else { "notice" };
        (!words.is_empty()).then(|| view! { <p class=class>{words}</p> })
    };
    view! { <div role="status" data-testid=test_id>{note}</div> }
}
