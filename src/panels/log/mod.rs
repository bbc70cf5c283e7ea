//! The log: every narrated step, filtered by kind and words; a line leads to its instant, and to
//! what caused it.

mod lines;

use std::collections::BTreeSet;
use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;
use orrery_core::kernel::session::LogLine;
use orrery_core::kernel::timeline::Cursor;
use orrery_core::kernel::trace::Said;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::dom::report;
use crate::machine::View;
use crate::panels::log::lines::Lines;
use crate::player::{Cause, Player};

/// Lines that are searched, and lines that are shown.
const LINES_READ: usize = 2_000;
const LINES_SHOWN: usize = 200;

/// The log before the cursor, newest last, at its end until somebody scrolls back.
#[component]
pub fn LogPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    let words = RwSignal::new(String::new());
    let kind = RwSignal::new(String::new());
    let kinds: Memo<BTreeSet<&str>> = Memo::new(move |_| {
        player.revision.track();
        let read = player.read(|session| {
            let latest = session.said().rev().take(LINES_READ);
            latest.map(|(_, said)| said.narration.kind).collect()
        });
        read.unwrap_or_default()
    });
    let matching = move || {
        player.revision.track();
        let (words, kind) = (words.get().to_lowercase(), kind.get());
        let fits = |said: &Said| {
            let narration = &said.narration;
            (kind.is_empty() || narration.kind == kind)
                && (words.is_empty() || narration.text.to_lowercase().contains(&words))
        };
        let read = player.read(|session| {
            let latest = session.said().rev().take(LINES_READ);
            fold(latest.filter(|(_, said)| fits(said)), LINES_SHOWN)
        });
        read.unwrap_or_default()
    };
    let (scroller, list) = (NodeRef::<html::Div>::new(), NodeRef::<html::Ol>::new());
    let lines = StoredValue::new_local(None::<Rc<Lines>>);
    Effect::new(move || {
        if let (Some(scroller), Some(list)) = (scroller.get(), list.get()) {
            let begun = Lines::begin(&scroller, &list, player, view).map(Rc::new);
            lines.set_value(begun.map_err(|error| report(Err(error))).ok());
        }
    });
    Effect::new(move || {
        list.track();
        let matching = matching();
        if let Some(lines) = lines.get_value() {
            report(lines.show(matching));
        }
    });
    Effect::new(move || {
        view.chain.track();
        if let Some(lines) = lines.get_value() {
            report(lines.light());
        }
    });
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
            <div class="log-scroll" node_ref=scroller>
                <ol
                    class="log-lines"
                    tabindex="0"
                    aria-label="Lines of the log, newest last: the arrow keys go from one to the next"
                    on:keydown=move |event| walk(&event)
                    node_ref=list
                ></ol>
                <Show when=move || kinds.with(BTreeSet::is_empty)>
                    <p class="quiet-text">"Nothing has been said yet: play, or take a step."</p>
                </Show>
            </div>
        </div>
    }
}

/// What was said, perhaps several times in a row.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    /// The latest time.
    line: LogLine,
    /// The events that said it, the latest first.
    events: Vec<u64>,
}

/// At most so many lines, oldest first, with what was said again and again in one.
fn fold<'a>(newest_first: impl Iterator<Item = (u64, &'a Said)>, most: usize) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    for (number, said) in newest_first {
        let own = (said.narration.kind, &said.narration.text);
        let is_same = |told: &&mut Told| (told.line.kind, &told.line.text) == own;
        if let Some(told) = all.last_mut().filter(is_same) {
            told.events.push(said.event.0);
            continue;
        }
        if all.len() == most {
            break;
        }
        all.push(Told {
            line: LogLine::of(number, said),
            events: vec![said.event.0],
        });
    }
    all.reverse();
    all
}

/// The list is one stop of the Tab key, which leads to the newest line: up and down go from line to
/// line, right to its "why".
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
    let beside = |next: fn(&Element) -> Option<Element>| match &line {
        Some(line) => next(line),
        None => list.last_element_child(),
    };
    let (line, part) = match event.key().as_str() {
        "ArrowDown" => (beside(Element::next_element_sibling), ".log-words"),
        "ArrowUp" => (beside(Element::previous_element_sibling), ".log-words"),
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
    use orrery_core::kernel::trace::EventId;
    use orrery_core::simulation::Narration;
    use orrery_core::time::SimTime;

    use super::*;

    /// What a log of these lines, the latest first, says and by which events.
    fn check(lines: &[&str], most: usize, expected: &[(&str, &[u64])], lesson: &str) {
        let said: Vec<Said> = (0..)
            .zip(lines)
            .map(|(number, text)| Said {
                event: EventId(number),
                at: SimTime::ZERO,
                ordinal: number,
                narration: Narration::new("told", (*text).to_owned()),
            })
            .collect();
        let told = fold((0..).zip(&said), most);
        let told: Vec<(&str, &[u64])> = told
            .iter()
            .map(|told| (told.line.text.as_str(), told.events.as_slice()))
            .collect();
        assert_eq!(told, expected, "{lesson}");
    }

    #[test]
    fn what_is_said_again_and_again_is_one_line() {
        check(
            &["no", "no", "no", "yes", "no"],
            9,
            &[("no", &[4]), ("yes", &[3]), ("no", &[0, 1, 2])],
            "only what is said in a row is one line, at its latest time",
        );
        check(
            &["a", "b", "b", "c"],
            2,
            &[("b", &[1, 2]), ("a", &[0])],
            "the oldest line that fits is complete",
        );
    }
}
