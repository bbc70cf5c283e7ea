//! The log: every narrated step, filtered by kind and words; a line leads to its instant, and to
//! what caused it.

use std::collections::BTreeSet;

use leptos::prelude::*;
use orrery_core::kernel::session::LogLine;
use orrery_core::kernel::timeline::Cursor;

use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::machine::View;
use crate::player::{Cause, Player};

/// Lines that are searched, and lines that are shown.
const LINES_READ: usize = 2_000;
const LINES_SHOWN: usize = 200;

/// The log before the cursor, newest first.
#[component]
pub fn LogPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    let words = RwSignal::new(String::new());
    let kind = RwSignal::new(String::new());
    let lines = Memo::new(move |_| {
        player.revision.track();
        player
            .read(|session| session.log(LINES_READ))
            .unwrap_or_default()
    });
    let kinds = Memo::new(move |_| {
        lines.with(|lines| lines.iter().map(|line| line.kind).collect::<BTreeSet<_>>())
    });
    let matching = move || {
        let (words, kind) = (words.get().to_lowercase(), kind.get());
        let fits = |line: &LogLine| {
            (kind.is_empty() || line.kind == kind) && line.text.to_lowercase().contains(&words)
        };
        lines.with(|lines| {
            lines
                .iter()
                .rev()
                .filter(|line| fits(line))
                .take(LINES_SHOWN)
                .cloned()
                .collect::<Vec<_>>()
        })
    };
    let options = move || {
        let chosen = kind.get_untracked();
        let kinds = kinds.get().into_iter();
        kinds
            .map(|kind| view! { <option value=kind prop:selected=kind == chosen>{kind}</option> })
            .collect_view()
    };
    view! {
        <div class="log" data-testid="log">
            <div class="log-filter">
                <input
                    type="search"
                    placeholder="Filter the log"
                    aria-label="Filter the log"
                    on:input=move |event| words.set(event_target_value(&event))
                />
                <select aria-label="Kind of step" on:change=move |event| kind.set(event_target_value(&event))>
                    <option value="">"every kind"</option>
                    {options}
                </select>
            </div>
            <Causes/>
            <Show when=move || lines.with(Vec::is_empty)>
                <p class="quiet-text">"Nothing has been said yet: play, or take a step."</p>
            </Show>
            <ol
                class="log-lines"
                tabindex="0"
                aria-label="Lines of the log, newest first: the arrow keys go from one to the next"
                on:keydown=move |event| walk(&event)
            >
                <For each=matching key=|line| line.number children=move |line| view! { <Line line view/> }/>
            </ol>
        </div>
    }
}

/// The list is one stop of the Tab key: up and down go from line to line, right to its "why".
fn walk(event: &KeyboardEvent) {
    let list = event.current_target();
    let target = event.target();
    let (Some(list), Some(target)) = (
        list.and_then(|list| list.dyn_into::<Element>().ok()),
        target.and_then(|target| target.dyn_into::<Element>().ok()),
    ) else {
        return;
    };
    let line = target.closest("li").ok().flatten();
    let (line, part) = match event.key().as_str() {
        "ArrowDown" => {
            let next = line.map_or(list.first_element_child(), |line| {
                line.next_element_sibling()
            });
            (next, ".log-words")
        }
        "ArrowUp" => (
            line.and_then(|line| line.previous_element_sibling()),
            ".log-words",
        ),
        "ArrowRight" => (line, ".why"),
        "ArrowLeft" => (line, ".log-words"),
        _ => return,
    };
    event.prevent_default();
    let button = line.and_then(|line| line.query_selector(part).ok().flatten());
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        let _ = button.focus();
    }
}

#[component]
fn Line(line: LogLine, view: View) -> impl IntoView {
    let player = expect_context::<Player>();
    let cursor = Cursor {
        at: line.at,
        ordinal: line.ordinal,
    };
    let event = line.event.0;
    let led_there = move || {
        view.chain
            .with(|chain| chain.iter().any(|cause| cause.record.id.0 == event))
    };
    view! {
        <li
            class=format!("log-line {}", line.tone.class())
            class:notable=line.notable
            class:led-there=led_there
        >
            <button
                type="button"
                class="log-words"
                tabindex="-1"
                title="Go to this instant"
                on:click=move |_| player.seek_cursor(cursor)
            >
                <span class="log-time">{line.at.to_string()}</span>
                <span class="log-text">{line.text}</span>
            </button>
            <button
                type="button"
                class="why"
                tabindex="-1"
                title="What led to this"
                aria-label=format!("Why, at {}", line.at)
                on:click=move |_| view.cause.set(Some(event))
            >
                "why?"
            </button>
        </li>
    }
}

/// What led to the event that was asked about, first cause first.
#[component]
fn Causes() -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    let entry = move |Cause { record, words }| {
        let cursor = Cursor {
            at: record.at,
            ordinal: record.ordinal,
        };
        view! {
            <li>
                <button type="button" class="log-words" on:click=move |_| player.seek_cursor(cursor)>
                    <span class="log-time">{record.at.to_string()}</span>
                    <span class="log-text">{words}</span>
                </button>
            </li>
        }
    };
    let shown = move || view.cause.get().is_some();
    let list = move || view.chain.get().into_iter().map(entry).collect_view();
    view! {
        <Show when=shown>
            <div class="causes" role="region" aria-label="What led to it" data-testid="causes">
                <div class="causes-head">
                    <strong>"What led to it"</strong>
                    <button type="button" class="button quiet" on:click=move |_| view.cause.set(None)>
                        "Close"
                    </button>
                </div>
                <Show when=move || view.chain.with(Vec::is_empty)>
                    <p>"The record no longer reaches that far."</p>
                </Show>
                <ol>{list}</ol>
            </div>
        </Show>
    }
}
