//! The map of outcomes: what was done in the runs of a search, and how these ended. A mark stands
//! for the runs of both kinds, and leads to the first of them.

use std::collections::BTreeSet;

use leptos::prelude::*;
use orrery_core::catalog::Pattern;
use orrery_core::kernel::engine::SET;
use orrery_core::lab::search::{Cell, Counts, Ending, NOTHING};
use orrery_core::words::grouped;

use super::pursuit::Pursuit;
use crate::player::Player;

/// Marks are drawn in a square of so many units.
const MARK_ROOM: f64 = 24.0;

/// What was done, how it ended, and what each promise came to.
#[component]
pub fn Outcomes(
    /// The search.
    pursuit: Pursuit,
) -> impl IntoView {
    let counts = pursuit.counts;
    view! {
        <Show when=move || counts.with(|counts| counts.runs > 0)>
            <Map pursuit/>
            <details class="by-promise">
                <summary>"By promise"</summary>
                <ByPromise counts/>
            </details>
        </Show>
    }
}

#[component]
fn Map(pursuit: Pursuit) -> impl IntoView {
    let pattern = expect_context::<Player>().pattern();
    let counts = pursuit.counts;
    let endings = Memo::new(move |_| counts.with(endings));
    let deeds = Memo::new(move |_| counts.with(|c| c.map.keys().cloned().collect::<Vec<_>>()));
    let heads = move || {
        let endings = endings.get().into_iter();
        endings
            .map(|ending| view! { <th scope="col">{column(pattern, ending)}</th> })
            .collect_view()
    };
    view! {
        <div class="outcome-map" data-testid="outcome-map">
            <table>
                <caption>
                    "How runs ended in which this was done. A run in which several things were done
                    stands in several rows. Press a mark to see the first of its runs."
                </caption>
                <thead>
                    <tr>
                        <th scope="col">"what was done"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>
                    <For each=move || deeds.get() key=Clone::clone let:deed>
                        <Row pursuit deed endings/>
                    </For>
                </tbody>
            </table>
        </div>
        <p class="quiet-text">{move || if endings.read().iter().any(|e| matches!(e, Ending::Broke(_))) {
            ""
        } else {
            "No run so far broke a promise: that is what was tried, not a proof."
        }}</p>
    }
}

#[component]
fn Row(pursuit: Pursuit, deed: String, endings: Memo<Vec<Ending>>) -> impl IntoView {
    let pattern = expect_context::<Player>().pattern();
    let label = StoredValue::new(named(pattern, &deed));
    let deed = StoredValue::new(deed);
    view! {
        <tr>
            <th scope="row">{label.get_value()}</th>
            <For each=move || endings.get() key=|ending| *ending let:ending>
                <Spot pursuit deed label ending/>
            </For>
        </tr>
    }
}

#[component]
fn Spot(
    pursuit: Pursuit,
    deed: StoredValue<String>,
    label: StoredValue<String>,
    ending: Ending,
) -> impl IntoView {
    let player = expect_context::<Player>();
    let cell = Memo::new(move |_| {
        pursuit.counts.with(|counts| {
            let endings = deed.with_value(|deed| counts.map.get(deed))?;
            endings.get(&ending).copied()
        })
    });
    let show = move |_| {
        let first = cell.get_untracked().map(|cell| cell.first);
        if let Some(state) = first.and_then(|first| pursuit.run_again(first)) {
            player.pause();
            player.open_run(state);
        }
    };
    let words = move || {
        let Cell { runs, first } = cell.get().unwrap_or(Cell { runs: 0, first: 0 });
        let done = label.get_value();
        let ended = column(player.pattern(), ending);
        format!(
            "{done}, {ended}: {runs} runs. Show the first, run {}.",
            first + 1
        )
    };
    let runs = move || cell.get().map_or(0, |cell| cell.runs);
    view! {
        <td>
            <Show when=move || cell.get().is_some()>
                <button
                    type="button"
                    class=format!("outcome-spot {}", class(ending))
                    title=words
                    aria-label=words
                    on:click=show
                >
                    <svg viewBox=format!("0 0 {MARK_ROOM} {MARK_ROOM}") aria-hidden="true">
                        <path d=move || mark(ending, runs())/>
                    </svg>
                    <span aria-hidden="true">{move || grouped(runs())}</span>
                </button>
            </Show>
        </td>
    }
}

/// The columns: always the first two, and the promises that broke.
fn endings(counts: &Counts) -> Vec<Ending> {
    let broken = counts.map.values().flat_map(|endings| endings.keys());
    let all: BTreeSet<Ending> = [Ending::Kept, Ending::Open]
        .into_iter()
        .chain(broken.copied())
        .collect();
    all.into_iter().collect()
}

fn column(pattern: &Pattern, ending: Ending) -> String {
    match ending {
        Ending::Kept => "all kept".to_owned(),
        Ending::Open => "still open".to_owned(),
        Ending::Broke(index) => {
            let promises = (pattern.machine.promises)();
            let name = promises.get(index).map_or("", |promise| promise.name);
            format!("broke “{name}”")
        }
    }
}

const fn class(ending: Ending) -> &'static str {
    match ending {
        Ending::Kept => "kept",
        Ending::Open => "open",
        Ending::Broke(_) => "broke",
    }
}

/// A mark whose size follows the number of runs, twice as many for each step: a disc, a ring, or a
/// cross.
fn mark(ending: Ending, runs: u64) -> String {
    let middle = MARK_ROOM / 2.0;
    let radius = (2.5 + 0.65 * f64::from(u64::BITS - runs.leading_zeros())).min(middle - 1.0);
    let circle = |radius: f64| {
        let (left, across) = (middle - radius, 2.0 * radius);
        format!(
            "M{left} {middle}a{radius} {radius} 0 1 0 {across} 0a{radius} {radius} 0 1 0 -{across} 0z"
        )
    };
    match ending {
        Ending::Kept | Ending::Open => circle(radius),
        Ending::Broke(_) => {
            let (low, high) = (middle - radius, middle + radius);
            format!("M{low} {low}L{high} {high}M{high} {low}L{low} {high}")
        }
    }
}

/// What was done, as its button says it.
fn named(pattern: &Pattern, deed: &str) -> String {
    if deed == NOTHING {
        return "nothing".to_owned();
    }
    let knob = deed
        .strip_prefix(SET)
        .and_then(|rest| rest.strip_prefix('.'));
    if let Some(key) = knob {
        let spec = (pattern.machine.knobs)()
            .iter()
            .find(|spec| spec.key == key);
        return format!("turn {}", spec.map_or(key, |spec| spec.label));
    }
    let spec = pattern.call_spec(deed);
    spec.map_or_else(|| deed.to_owned(), |spec| spec.label.to_owned())
}

/// How each promise stood at the end of the runs.
#[component]
fn ByPromise(counts: RwSignal<Counts>) -> impl IntoView {
    let rows = move || {
        counts.with(|counts| {
            let promises = counts.promises.iter();
            promises
                .map(|(name, tally)| {
                    view! {
                        <tr>
                            <th scope="row">{name.clone()}</th>
                            <td>{tally.held}</td>
                            <td>{tally.pending}</td>
                            <td class:broken=tally.broken != 0>{tally.broken}</td>
                        </tr>
                    }
                })
                .collect_view()
        })
    };
    view! {
        <table class="outcomes">
            <thead>
                <tr>
                    <th scope="col">"Runs in which it"</th>
                    <th scope="col">"held"</th>
                    <th scope="col">"was open"</th>
                    <th scope="col">"broke"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
