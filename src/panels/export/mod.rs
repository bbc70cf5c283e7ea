//! Export: what is on the page as files. The dialog comes in a piece of its own when it is first
//! asked for.

pub mod clip;
pub mod dialog;
pub mod embedding;
pub mod gif;
pub mod picture;

use leptos::prelude::*;

use crate::dialog::{DialogButton, Make};
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
    view! {
        <DialogButton
            name="export"
            class="button quiet"
            words="Export"
            title="Save the picture, the trace or a clip"
            // What is saved is the instant that is shown.
            before=Box::new(move || player.pause())
            load=|| Box::pin(dialog_piece())
        />
    }
}
