//! The keyboard: everything the transport does, and a map of it.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use crate::dialog;
use crate::machine::View;
use crate::player::Player;
use crate::stage::TYPING;

/// Keys and what they do, as the map shows them.
const MAP: [(&str, &str); 16] = [
    ("Space", "Play or pause"),
    ("→", "Take the next event"),
    ("←", "Undo the last event"),
    ("N", "Go on to the next notable event"),
    (
        "Home, End",
        "Go to the start, to the furthest instant played",
    ),
    ("[, ]", "Slower, faster"),
    ("R", "Start again"),
    ("1 to 9", "Start a scenario"),
    ("S", "Show or hide the swimlanes"),
    ("C", "Compare variants side by side, or end that"),
    ("T", "Change the theme"),
    ("Tab, then ↑ ↓ ← →", "To the stage, and from thing to thing"),
    ("Enter, Esc", "Open the menu of a thing, close it"),
    (
        "Drag from thing to thing",
        "What takes both, as its menu says: a merge, for one",
    ),
    (
        "+, −, 0",
        "Enlarge the stage, reduce it, show all of it (also Ctrl and the wheel, or two fingers)",
    ),
    ("?", "Show this map"),
];

/// Listens to the keys of the page until it is left.
pub fn listen_to_keys(player: Player, view: View) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| {
        let with_modifier = event.ctrl_key() || event.meta_key() || event.alt_key();
        if event.default_prevented() || with_modifier || belongs_elsewhere(&event) {
            return;
        }
        if press(&event.key(), player, view) {
            event.prevent_default();
        }
    });
    // What was pressed by mouse does not keep the keyboard: the space bar goes on to play and pause.
    let click = window_event_listener(leptos::ev::click, move |event| {
        let target = event.target().and_then(|target| target.dyn_into().ok());
        let pressed = target.and_then(|target: web_sys::Element| {
            target
                .closest(".controls .button, .transport .button")
                .ok()?
        });
        if let (true, Some(button)) = (event.detail() > 0, pressed) {
            let _ = button.unchecked_into::<web_sys::HtmlElement>().blur();
        }
    });
    on_cleanup(move || {
        handle.remove();
        click.remove();
    });
}

/// Does what a key stands for; false when it stands for nothing.
fn press(key: &str, player: Player, view: View) -> bool {
    match key {
        " " => player.toggle(),
        "ArrowRight" => player.step(),
        "ArrowLeft" => player.step_back(),
        "n" | "N" => player.next_notable(),
        "Home" => player.seek_fraction(0.0),
        "End" => player.seek(player.readout.get_untracked().head.at),
        "[" => player.change_speed(-1),
        "]" => player.change_speed(1),
        "r" | "R" => player.restart(),
        "s" | "S" => view.lanes.update(|shown| *shown = !*shown),
        "c" | "C" => view.comparing.update(|shown| *shown = !*shown),
        "t" | "T" => view.theme.update(|theme| *theme = theme.chosen_next()),
        "?" => view.keys.update(|shown| *shown = !*shown),
        _ => return scenario(key, player),
    }
    true
}

fn scenario(key: &str, player: Player) -> bool {
    let number = key
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    let scenarios = (player.pattern().scenarios)();
    match number.and_then(|index| scenarios.get(index)) {
        Some(scenario) => {
            player.load_scenario(scenario.slug);
            true
        }
        None => false,
    }
}

/// Whether a key is meant for the control that has the focus.
fn belongs_elsewhere(event: &web_sys::KeyboardEvent) -> bool {
    let Some(target) = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    else {
        return false;
    };
    let key = event.key();
    let presses = matches!(key.as_str(), " " | "Enter");
    let moves = key.starts_with("Arrow") || key == "Home" || key == "End";
    let inside = |selector: &str| target.closest(selector).ok().flatten().is_some();
    inside(TYPING)
        || (presses && inside("button, a, summary, [role=button], [data-item]"))
        || (moves && inside("input[type=range], [role=tablist], [data-item], .tabpanel"))
}

/// Ways past what the Tab key would stop at, seen once it comes to them. They are no links: the
/// fragment of the address is the run's.
#[component]
pub fn Skips() -> impl IntoView {
    let skip = |words: &'static str, to: &'static str| {
        view! {
            <button type="button" class="button skip" data-testid="skip" on:click=move |_| go_to(to)>
                {words}
            </button>
        }
    };
    view! {
        {skip("Skip to the stage", ".stage [tabindex='0']")}
        {skip("Skip to the controls", ".controls summary")}
        {skip("Skip to the readouts", ".readouts [role=tab][aria-selected=true], .compare button")}
    }
}

fn go_to(selector: &str) {
    let Ok(Some(there)) = document().query_selector(selector) else {
        return;
    };
    // A browser that refuses leaves the keyboard where it is.
    let _ = match there.dyn_ref::<web_sys::SvgElement>() {
        Some(svg) => svg.focus(),
        None => there.unchecked_ref::<web_sys::HtmlElement>().focus(),
    };
}

/// Opens the map.
#[component]
pub fn KeyboardButton() -> impl IntoView {
    let view = expect_context::<View>();
    view! {
        <button
            type="button"
            class="button quiet keys-button"
            aria-label="Keyboard map (?)"
            title="Keyboard map (?)"
            data-testid="keys-button"
            on:click=move |_| view.keys.set(true)
        >
            "?"
        </button>
    }
}

/// The map of the keyboard, as a dialog of the browser's own: it keeps the focus, closes with
/// Escape and gives the focus back.
#[component]
pub fn KeyboardHelp() -> impl IntoView {
    let view = expect_context::<View>();
    let dialog = NodeRef::<html::Dialog>::new();
    dialog::follow(dialog, move || view.keys.get(), || ());
    let close_by_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "?" {
            view.keys.set(false);
        }
    };
    // The dialog itself is hit only where its content is not: on the veil behind it.
    let close_outside = move |event: web_sys::MouseEvent| {
        let hit = event.target().and_then(|target| target.dyn_into().ok());
        if hit.is_some_and(|hit: web_sys::Element| hit.tag_name() == "DIALOG") {
            view.keys.set(false);
        }
    };
    let rows = MAP.map(|(keys, what)| {
        view! { <div class="key-row"><dt><kbd>{keys}</kbd></dt><dd>{what}</dd></div> }
    });
    view! {
        <dialog
            class="dialog"
            aria-label="Keyboard map"
            data-testid="keys"
            node_ref=dialog
            on:close=move |_| view.keys.set(false)
            on:keydown=close_by_key
            on:click=close_outside
        >
            <div class="dialog-body">
                <h2>"Keyboard"</h2>
                <dl class="keys">{rows}</dl>
                <button type="button" class="button" on:click=move |_| view.keys.set(false)>
                    "Close"
                </button>
            </div>
        </dialog>
    }
}
