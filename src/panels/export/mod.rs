//! Export: what is on the page as files. The dialog comes in a piece of its own when it is first
//! asked for.

pub mod clip;
pub mod dialog;
pub mod embedding;
pub mod gif;
pub mod picture;

use leptos::prelude::*;

use crate::dialog::{Make, on_demand};
use crate::loading::piece;
use crate::player::Player;
use dialog::ExportDialog;

piece! { dialog_piece in export -> Make {
    |open| view! { <ExportDialog open/> }.into_any()
} }

/// A button that opens the dialog.
#[component]
pub fn ExportButton() -> impl IntoView {
    let player = expect_context::<Player>();
    let open = RwSignal::new(false);
    let press = move |_| {
        // What is saved is the instant that is shown.
        player.pause();
        open.set(true);
    };
    view! {
        <button
            type="button"
            class="button quiet"
            data-testid="export"
            aria-haspopup="dialog"
            title="Save the picture, the trace or a clip"
            on:click=press
        >
            "Export"
        </button>
        {on_demand(open, || Box::pin(dialog_piece()))}
    }
}
