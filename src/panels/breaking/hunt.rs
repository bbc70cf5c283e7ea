//! “Find a run that breaks this”: the search, what it has tried, and the shortest story that it
//! came to. It goes on between the frames of the page.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use orrery_core::kernel::session::RunState;
use orrery_core::lab::search::{Counts, End, Search, SearchPlan};
use orrery_core::lab::shrink::{Shrink, Shrunk, Story};
use orrery_core::time::Span;

use crate::lab::SLICE_MILLIS;
use crate::panels::measure::undertaking::REFRESH_MILLIS;
use crate::player::Player;
use crate::player::clock::now_millis;

/// How a search stands.
#[derive(Debug, Clone, PartialEq)]
enum Standing {
    Idle,
    Searching,
    Shrinking(Shrunk),
    /// The shortest story.
    Found(Shrunk),
    /// Why there is none, in words.
    Ended(String),
}

/// Where a search begins, by its place in the list of choices: the setting on the stage, all
/// safeguards, or without one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Stage,
    Safeguards,
    Variant(usize),
}

/// The search for a run that breaks a promise.
#[component]
pub fn HuntPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let breaking = StoredValue::new((player.pattern().breaking)());
    let promises = (player.pattern().machine.promises)();
    let from = RwSignal::new(if breaking.with_value(|it| it.variants.is_empty()) {
        From::Stage
    } else {
        From::Variant(0)
    });
    let property = RwSignal::new(String::new());
    let standing = RwSignal::new(Standing::Idle);
    let counts = RwSignal::new(Counts::default());
    // Another number than the one under way stops it.
    let turn = StoredValue::new(0_u32);
    let plan = move || {
        let pattern = player.pattern();
        let mut plan = breaking.with_value(|breaking| match from.get() {
            From::Stage => SearchPlan::from(pattern, on_stage(player), length(player)),
            From::Safeguards => SearchPlan::with_safeguards(pattern),
            From::Variant(index) => SearchPlan::without(pattern, &breaking.variants[index]),
        });
        if !property.read().is_empty() {
            plan.property = Some(property.get());
        }
        plan
    };
    let under_way = move || {
        matches!(
            *standing.read(),
            Standing::Searching | Standing::Shrinking(_)
        )
    };
    let press = move |_| {
        let own = turn.get_value().wrapping_add(1);
        turn.set_value(own);
        if under_way() {
            standing.set(Standing::Ended("Stopped.".to_owned()));
            return;
        }
        counts.set(Counts::default());
        match Search::new(player.pattern(), untrack(plan)) {
            Ok(search) => {
                standing.set(Standing::Searching);
                let alive = move || turn.try_get_value() == Some(own);
                wasm_bindgen_futures::spawn_local(hunt(player, search, alive, standing, counts));
            }
            Err(error) => standing.set(Standing::Ended(format!("{error}."))),
        }
    };
    let harm = move || match from.get() {
        From::Variant(index) => breaking.with_value(|it| it.variants[index].harm),
        From::Stage => "From the knobs and the script of the run on the stage.",
        From::Safeguards => "Small runs with everything on that protects the promises.",
    };
    let choices = breaking.with_value(|breaking| {
        let variants = breaking.variants.iter().enumerate();
        variants
            .map(|(index, variant)| {
                view! { <option value=index.to_string()>{variant.name}</option> }
            })
            .collect_view()
    });
    let choose = move |event| {
        from.set(match event_target_value(&event).as_str() {
            "stage" => From::Stage,
            "safeguards" => From::Safeguards,
            index => index.parse().map_or(From::Stage, From::Variant),
        });
    };
    let names = promises
        .iter()
        .map(|promise| view! { <option value=promise.name>{promise.name}</option> })
        .collect_view();
    view! {
        <div class="lab-form">
            <label class="wide">
                <span>"Search"</span>
                <select on:change=choose>
                    {choices}
                    <option value="safeguards">"with all safeguards"</option>
                    <option value="stage">"the setting on the stage"</option>
                </select>
            </label>
            <label class="wide">
                <span>"For a break of"</span>
                <select on:change=move |event| property.set(event_target_value(&event))>
                    <option value="">"what breaks there"</option>
                    {names}
                </select>
            </label>
        </div>
        <p class="quiet-text">{harm}</p>
        <button type="button" class="button" data-testid="hunt" on:click=press>
            {move || if under_way() { "Stop" } else { "Search" }}
        </button>
        <p class="hunt-told" role="status" data-testid="hunt-told">
            {move || told(&standing.read(), &counts.read())}
        </p>
        <Outcomes counts/>
        <Open standing/>
    }
}

/// Searches until something is found, then shortens it, in slices.
async fn hunt(
    player: Player,
    mut search: Search,
    alive: impl Fn() -> bool,
    standing: RwSignal<Standing>,
    counts: RwSignal<Counts>,
) {
    let mut shown = now_millis();
    while search.end().is_none() {
        let until = now_millis() + SLICE_MILLIS;
        while now_millis() < until && search.run(1) > 0 {}
        TimeoutFuture::new(0).await;
        if !alive() {
            return;
        }
        if now_millis() - shown > REFRESH_MILLIS {
            shown = now_millis();
            counts.try_set(search.counts());
        }
    }
    counts.try_set(search.counts());
    let Some(End::Found(found)) = search.end() else {
        standing.try_set(Standing::Ended(search.words()));
        return;
    };
    let mut shrink = match Shrink::new(player.pattern(), found) {
        Ok(shrink) => shrink,
        Err(error) => {
            standing.try_set(Standing::Ended(error.to_string()));
            return;
        }
    };
    while !shrink.is_done() {
        standing.try_set(Standing::Shrinking(shrink.result()));
        let until = now_millis() + SLICE_MILLIS;
        while now_millis() < until && shrink.run(1) > 0 {}
        TimeoutFuture::new(0).await;
        if !alive() {
            return;
        }
    }
    standing.try_set(Standing::Found(shrink.result()));
}

fn on_stage(player: Player) -> RunState {
    let state = player.read(|session| session.state());
    state.unwrap_or_default().trunk()
}

fn length(player: Player) -> Span {
    let axis = player.readout.with_untracked(|readout| readout.axis);
    axis.clamp(Span::from_secs(1), Span::from_secs(120))
}

fn told(standing: &Standing, counts: &Counts) -> String {
    match standing {
        Standing::Idle => String::new(),
        Standing::Searching => format!("Tried: {}.", counts.words()),
        Standing::Shrinking(shrunk) => {
            format!(
                "Found after {} runs; making it shorter: {}.",
                counts.runs,
                story(&shrunk.after)
            )
        }
        Standing::Found(shrunk) => format!(
            "“{}” breaks: {}. Found after {} runs as {}, made shorter to {}.",
            shrunk.property,
            shrunk.reason,
            counts.runs,
            story(&shrunk.before),
            story(&shrunk.after),
        ),
        Standing::Ended(words) => words.clone(),
    }
}

/// The length of a story, in words.
fn story(story: &Story) -> String {
    let deeds = match story.deeds {
        0 => "no action at all".to_owned(),
        1 => "1 action or fault".to_owned(),
        more => format!("{more} actions and faults"),
    };
    format!("{deeds} and {} events until {}", story.events, story.at)
}

/// How each promise stood at the end of the runs.
#[component]
fn Outcomes(counts: RwSignal<Counts>) -> impl IntoView {
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
        <Show when=move || counts.with(|counts| counts.runs > 0)>
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
        </Show>
    }
}

/// The way to the story that was found.
#[component]
fn Open(standing: RwSignal<Standing>) -> impl IntoView {
    let player = expect_context::<Player>();
    let open = move |_| {
        if let Standing::Found(shrunk) = standing.get_untracked() {
            player.pause();
            player.open_run(shrunk.state);
        }
    };
    view! {
        <Show when=move || matches!(*standing.read(), Standing::Found(_))>
            <button type="button" class="button" data-testid="hunt-open" on:click=open>
                "Show it on the stage, where it breaks"
            </button>
        </Show>
    }
}
