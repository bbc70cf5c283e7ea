//! Links to the present instant.

use leptos::prelude::*;
use orrery_core::link::Link;
use wasm_bindgen_futures::JsFuture;

use crate::player::Player;
use crate::route::{Navigator, Route};

/// A button that copies the link to this instant.
#[component]
pub fn SharePanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let navigator = expect_context::<Navigator>();
    let copy = move |_| {
        if let Some(link) = player.link() {
            copy(
                player,
                &navigator,
                &link,
                "The link to this instant is copied.",
            );
        }
    };
    view! {
        <button type="button" class="button quiet" data-testid="copy-link" title="Copy the link to this instant" on:click=copy>
            "Copy link"
        </button>
    }
}

/// Copies a link, which also comes to stand in the address bar, and says so.
pub fn copy(player: Player, navigator: &Navigator, link: &Link, done: &'static str) {
    let (fragment, left_out) = link.encode(player.pattern());
    navigator.replace_fragment(&fragment);
    let origin = window().location().origin().unwrap_or_default();
    let path = navigator.href(&Route::Pattern(player.exhibit.card.slug.to_owned()));
    let url = format!("{origin}{path}#{fragment}");
    // Pages that came without encryption have none.
    let clipboard = window().navigator().clipboard();
    let writing = (!clipboard.is_undefined()).then(|| clipboard.write_text(&url));
    leptos::task::spawn_local(async move {
        let copied = match writing {
            Some(writing) => JsFuture::from(writing).await.is_ok(),
            None => false,
        };
        let mut words = match copied {
            true => done.to_owned(),
            false => {
                "The browser does not let us copy; the link stands in the address bar.".to_owned()
            }
        };
        for note in left_out {
            words.push(' ');
            words.push_str(&note);
        }
        player.say(words, false);
    });
}
