//! Sharing: the link to a run, to be copied or read by a phone's camera. The dialog comes in
//! the piece of those for files when it is first asked for.

pub mod dialog;
pub mod qr;

use leptos::prelude::*;
use orrery_core::link::Link;
use wasm_bindgen_futures::JsFuture;

use crate::dialog::{DialogButton, Make};
use crate::loading::piece;
use crate::player::Player;
use crate::route::{Navigator, Route};
use dialog::ShareDialog;

piece! { dialog_piece in export -> Make {
    |open| view! { <ShareDialog open/> }.into_any()
} }

/// A button that opens the dialog.
#[component]
pub fn ShareButton() -> impl IntoView {
    let player = expect_context::<Player>();
    view! {
        <DialogButton
            name="share"
            class="button quiet"
            words="Share"
            title="The link to this instant, also as a QR code"
            // What is shared is the instant that is shown.
            before=Box::new(move || player.pause())
            load=|| Box::pin(dialog_piece())
        />
    }
}

/// Copies a link, which also comes to stand in the address bar, and says so.
pub fn copy(player: Player, navigator: &Navigator, link: &Link, done: &'static str) {
    let (url, fragment, left_out) = address(player, navigator, link);
    navigator.replace_fragment(&fragment);
    let copying = write_to_clipboard(&url);
    leptos::task::spawn_local(async move {
        let words = match copying.await {
            true => done,
            false => "The browser does not let us copy; the link stands in the address bar.",
        };
        player.say(told(words, &left_out), false);
    });
}

/// The address that a link stands for, its fragment, and a sentence for each thing that did not fit.
fn address(player: Player, navigator: &Navigator, link: &Link) -> (String, String, Vec<String>) {
    let (fragment, left_out) = link.encode(player.pattern());
    let origin = window().location().origin().unwrap_or_default();
    let path = navigator.href(&Route::Pattern(player.exhibit.card.slug.to_owned()));
    (format!("{origin}{path}#{fragment}"), fragment, left_out)
}

/// Puts a text where it can be pasted from; tells whether the browser did.
fn write_to_clipboard(text: &str) -> impl Future<Output = bool> + use<> {
    // Pages that came without encryption have none.
    let clipboard = window().navigator().clipboard();
    let writing = (!clipboard.is_undefined()).then(|| clipboard.write_text(text));
    async move {
        match writing {
            Some(writing) => JsFuture::from(writing).await.is_ok(),
            None => false,
        }
    }
}

fn told(words: &str, left_out: &[String]) -> String {
    let mut told = words.to_owned();
    for note in left_out {
        told.push(' ');
        told.push_str(note);
    }
    told
}
