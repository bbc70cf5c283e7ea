//! The dialog: which link, the link itself, and the same as a QR code.

use leptos::html;
use leptos::prelude::*;
use orrery_core::kernel::timeline::Cursor;

use super::qr::{self, Picture};
use super::{address, told, write_to_clipboard};
use crate::dialog::{Frame, Told};
use crate::player::Player;
use crate::route::Navigator;
use crate::saving;

/// How wide a code is drawn at least, in CSS pixels, where there is room.
const CODE_WIDTH: u32 = 300;

/// The fewest CSS pixels for a module of a large code, where there is room.
const MODULE_MIN: u32 = 3;

/// The width of a module in a file, in pixels.
const MODULE_IN_FILE: u32 = 8;

/// The link, and what can be done with it.
#[component]
pub fn ShareDialog(
    /// Whether it is shown.
    open: RwSignal<bool>,
) -> impl IntoView {
    let player = expect_context::<Player>();
    let navigator = expect_context::<Navigator>();
    let told: Told = RwSignal::new((String::new(), false));
    let from_start = RwSignal::new(false);
    let link = Memo::new(move |_| {
        player.changes.track();
        match open.get() {
            true => link(player, &navigator, from_start.get()),
            false => Default::default(),
        }
    });
    let notes = move || link.with(|(_, notes)| self::told("", notes));
    let at = move || player.readout.get().cursor.at.to_string();
    view! {
        <Frame name="share" open told title="Share this run".into_any()>
            <div class="share-choice" role="radiogroup" aria-label="Where the link leads">
                {choice("share-instant", false, from_start, move || format!("At this instant, {}", at()))}
                {choice("share-start", true, from_start, || "From the start of the run".to_owned())}
            </div>
            <LinkRow link told/>
            <p class="quiet-text">{notes}</p>
            {move || link.with(|(url, _)| code(player, url, told))}
        </Frame>
    }
}

/// The address, and a sentence for each thing that did not fit into it.
fn link(player: Player, navigator: &Navigator, from_start: bool) -> (String, Vec<String>) {
    let Some(mut link) = player.link() else {
        return Default::default();
    };
    if from_start {
        link.state.cursor = Cursor::default();
        link.hash = None;
    }
    let (url, _, left_out) = address(player, navigator, &link);
    (url, left_out)
}

fn choice(
    test_id: &'static str,
    own: bool,
    from_start: RwSignal<bool>,
    words: impl Fn() -> String + Send + 'static,
) -> AnyView {
    view! {
        <label class="tick">
            <input
                type="radio"
                name="share-where"
                data-testid=test_id
                prop:checked=move || from_start.get() == own
                on:change=move |_| from_start.set(own)
            />
            <span class="figure">{words}</span>
        </label>
    }
    .into_any()
}

/// The link as text, and the button that copies it.
#[component]
fn LinkRow(link: Memo<(String, Vec<String>)>, told: Told) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let copy = move |_| {
        let copying = link.with_untracked(|(url, _)| write_to_clipboard(url));
        leptos::task::spawn_local(async move {
            let done = copying.await;
            let words = match done {
                true => "The link is copied.",
                false => {
                    if let Some(Some(field)) = field.try_get_untracked() {
                        field.select();
                    }
                    "The browser does not let us copy. The link is marked now: copy it by hand."
                }
            };
            told.try_set((words.to_owned(), !done));
        });
    };
    let mark = move |_| {
        if let Some(field) = field.get_untracked() {
            field.select();
        }
    };
    view! {
        <div class="share-link">
            <input
                type="text"
                readonly
                aria-label="The link"
                data-testid="share-url"
                node_ref=field
                prop:value=move || link.get().0
                on:focus=mark
            />
            // What most come for, so it has the focus when the dialog opens.
            <button type="button" class="button" autofocus data-testid="copy-link" on:click=copy>
                "Copy link"
            </button>
        </div>
    }
}

/// The link as a code, or why there is none.
fn code(player: Player, url: &str, told: Told) -> AnyView {
    match qr::encode(url) {
        Ok(picture) => drawn(player, &picture, told),
        Err(error) => view! {
            <p class="notice" data-testid="qr-refused">
                {error.to_string()}
                " Copy the link and send it as text, or share the start of a scenario, whose link is short."
            </p>
        }
        .into_any(),
    }
}

fn drawn(player: Player, picture: &Picture, told: Told) -> AnyView {
    let shown = picture.to_svg(CODE_WIDTH.div_ceil(picture.modules).max(MODULE_MIN));
    let file = picture.to_svg(MODULE_IN_FILE);
    let save = move |_| {
        let cursor = player.readout.get_untracked().cursor;
        let (slug, seed) = (player.exhibit.card.slug, player.seed.get_untracked());
        let name = saving::file_name(slug, "qr", seed, Some(cursor.at), "svg");
        told.set(
            match saving::save(&name, "image/svg+xml", file.as_bytes()) {
                Ok(()) => (format!("Saved as {name}."), false),
                Err(error) => (error.to_string(), true),
            },
        );
    };
    view! {
        <div class="qr" role="img" aria-label="QR code of the link above" data-testid="qr" inner_html=shown></div>
        <div class="share-below">
            <span class="quiet-text">"For a phone’s camera: it opens the same link."</span>
            <button type="button" class="button quiet" data-testid="save-qr" on:click=save>
                "Save the code as SVG"
            </button>
        </div>
    }
    .into_any()
}
