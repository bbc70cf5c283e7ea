//! Dialogs of the browser's own: they keep the focus, close with Escape and give the focus back.
//!
//! It owns how one opens, closes and arrives. What stands in one is others' business.

use std::sync::Arc;

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::loading::Loading;
use crate::views::{self, Show};

/// Opens and closes a dialog as `open` says, which is reactive; calls `before` each time it opens.
pub fn follow(
    dialog: NodeRef<Dialog>,
    open: impl Fn() -> bool + 'static,
    before: impl Fn() + 'static,
) {
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        match (open(), dialog.open()) {
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
fn on_demand(open: RwSignal<bool>, load: fn() -> Loading<Make>) -> AnyView {
    let asked = Memo::new(move |before| before == Some(&true) || open.get());
    let dialog = move || {
        let load = move || {
            views::later(move || {
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

/// A dialog with a title, a button that closes it, what stands in it, and at its foot what is told.
#[component]
pub fn Frame(
    /// By which it and its parts are found and styled.
    name: &'static str,
    /// Whether it is shown.
    open: RwSignal<bool>,
    /// What is told; nothing each time it opens.
    told: Told,
    /// What it is called.
    title: AnyView,
    /// What else begins anew each time it opens.
    #[prop(optional)]
    before: Option<Box<dyn Fn()>>,
    children: Children,
) -> impl IntoView {
    let shown = NodeRef::<Dialog>::new();
    follow(
        shown,
        move || open.get(),
        move || {
            told.set((String::new(), false));
            if let Some(before) = &before {
                before();
            }
        },
    );
    let close = move || open.set(false);
    let called = format!("{name}-title");
    view! {
        <dialog
            class=format!("dialog {name}")
            aria-labelledby=called.clone()
            data-testid=format!("{name}-dialog")
            node_ref=shown
            on:close=move |_| close()
        >
            <div class="dialog-body">
                <div class="compare-head">
                    <h2 id=called.clone()>{title}</h2>
                    <button type="button" class="button" on:click=move |_| close()>
                        "Close"
                    </button>
                </div>
                {children()}
                {foot(told, format!("{name}-told"))}
            </div>
        </dialog>
    }
}

/// It is always there, so that a screen reader hears what comes into it.
fn foot(told: Told, test_id: String) -> impl IntoView {
    let note = move || {
        let (words, refused) = told.get();
        let class = if refused { "notice refused" } else { "notice" };
        (!words.is_empty()).then(|| view! { <p class=class>{words}</p> })
    };
    view! { <div role="status" data-testid=test_id>{note}</div> }
}

/// A button that opens a dialog whose code comes with the first press.
#[component]
pub fn DialogButton(
    /// By which it is found.
    name: &'static str,
    /// Its class.
    class: &'static str,
    /// What it says.
    words: &'static str,
    /// What that means.
    title: &'static str,
    /// What happens first.
    #[prop(optional)]
    before: Option<Box<dyn Fn()>>,
    /// Brings the dialog.
    load: fn() -> Loading<Make>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let press = move |_| {
        if let Some(before) = &before {
            before();
        }
        open.set(true);
    };
    view! {
        <button
            type="button"
            class=class
            data-testid=name
            aria-haspopup="dialog"
            title=title
            on:click=press
        >
            {words}
        </button>
        {on_demand(open, load)}
    }
}
