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
            let newest_first = lines.iter().rev();
            fold(newest_first.filter(|line| fits(line)), LINES_SHOWN)
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
                <For each=matching key=|said| (said.line.number, said.events.len()) children=move |said| view! { <Line said view/> }/>
            </ol>
        </div>
    }
}

/// What was said, perhaps several times in a row.
#[derive(Debug, Clone, PartialEq)]
struct Said {
    /// The latest time.
    line: LogLine,
    /// The events that said it, the latest first.
    events: Vec<u64>,
}

/// At most so many lines, the latest first, with what was said again and again in one.
fn fold<'a>(newest_first: impl Iterator<Item = &'a LogLine>, most: usize) -> Vec<Said> {
    let mut all: Vec<Said> = Vec::new();
    for line in newest_first {
        let is_same =
            |said: &&mut Said| (said.line.kind, &said.line.text) == (line.kind, &line.text);
        if let Some(said) = all.last_mut().filter(is_same) {
            said.events.push(line.event.0);
            continue;
        }
        if all.len() == most {
            break;
        }
        all.push(Said {
            line: line.clone(),
            events: vec![line.event.0],
        });
    }
    all
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
fn Line(said: Said, view: View) -> impl IntoView {
    let Said { line, events } = said;
    let times = events.len();
    let player = expect_context::<Player>();
    let cursor = Cursor {
        at: line.at,
        ordinal: line.ordinal,
    };
    let event = line.event.0;
    let led_there = move || {
        view.chain.with(|chain| {
            chain
                .iter()
                .any(|cause| events.contains(&cause.record.id.0))
        })
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
                <span class="log-text">
                    {line.text}
                    {(times > 1).then(|| view! { <span class="log-times">{format!(" ×{times}")}</span> })}
                </span>
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

#[cfg(test)]
mod tests {
    use super::*;
    use orrery_core::kernel::trace::EventId;
    use orrery_core::scene::Tone;
    use orrery_core::time::SimTime;

    /// What a log of these lines, the latest first, says and by which events.
    fn check(lines: &[&str], most: usize, expected: &[(&str, &[u64])], lesson: &str) {
        let lines: Vec<LogLine> = (0..)
            .zip(lines)
            .map(|(number, text)| LogLine {
                number,
                at: SimTime::ZERO,
                ordinal: number,
                event: EventId(number),
                kind: "told",
                text: (*text).to_owned(),
                tone: Tone::Plain,
                region: None,
                node: None,
                notable: false,
            })
            .collect();
        let said = fold(lines.iter(), most);
        let said: Vec<(&str, &[u64])> = said
            .iter()
            .map(|said| (said.line.text.as_str(), said.events.as_slice()))
            .collect();
        assert_eq!(said, expected, "{lesson}");
    }

    #[test]
    fn what_is_said_again_and_again_is_one_line() {
        check(
            &["no", "no", "no", "yes", "no"],
            9,
            &[("no", &[0, 1, 2]), ("yes", &[3]), ("no", &[4])],
            "only what is said in a row is one line, at its latest time",
        );
        check(
            &["a", "b", "b", "c"],
            2,
            &[("a", &[0]), ("b", &[1, 2])],
            "the last line that fits is complete",
        );
    }
}
