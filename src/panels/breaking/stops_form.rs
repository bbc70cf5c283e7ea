//! Stops at a metric that passes a number: the form, and those that there are.

use leptos::prelude::*;
use orrery_core::condition::{Comparison, Condition, Reading, Way, number};
use orrery_core::kernel::metrics::MetricSpec;

use crate::player::Player;

/// More than so many make the list longer, and playing slower, than is of use.
const CONDITIONS_MAX: usize = 8;

/// The conditions at which the run stops, and the form for one more.
#[component]
pub fn StopsForm() -> impl IntoView {
    let player = expect_context::<Player>();
    let metrics = (player.pattern().machine.metrics)();
    let reading = RwSignal::new(first(metrics));
    let comparison = RwSignal::new(Comparison::Above);
    let text = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let read = condition(metrics, &reading.get(), comparison.get(), &text.get());
        let added = read.and_then(|condition| add(player, condition));
        if added.is_ok() {
            text.set(String::new());
        }
        problem.set(added.err());
    };
    let any_stop =
        move || !player.conditions.with(Vec::is_empty) || !player.breakpoints.with(Vec::is_empty);
    view! {
        <form class="lab-form stops" on:submit=add>
            <label class="wide">
                <span>"Stop when"</span>
                <select
                    data-testid="stop-metric"
                    on:change=move |event| reading.set(event_target_value(&event))
                >
                    {options(metrics)}
                </select>
            </label>
            <label>
                <span>"is"</span>
                <select on:change=move |event| {
                    let sign = event_target_value(&event);
                    let chosen = Comparison::ALL.into_iter().find(|other| other.sign() == sign);
                    comparison.set(chosen.unwrap_or(Comparison::Above));
                }>
                    {Comparison::ALL.map(|other| {
                        view! { <option value=other.sign()>{words(other)}</option> }
                    })}
                </select>
            </label>
            <label>
                <span>"this number"</span>
                <input
                    type="text"
                    inputmode="decimal"
                    autocomplete="off"
                    data-testid="stop-number"
                    aria-invalid=move || problem.read().is_some().to_string()
                    prop:value=text
                    on:input=move |event| text.set(event_target_value(&event))
                />
            </label>
            <button type="submit" class="button" data-testid="stop-add">"Add a stop"</button>
            <Show when=any_stop>
                <button
                    type="button"
                    class="button quiet"
                    data-testid="next-stop"
                    on:click=move |_| player.next_stop()
                >
                    "Go to the next stop"
                </button>
            </Show>
        </form>
        <p class="field-error" role="status" data-testid="stop-problem">{move || problem.get()}</p>
        <Chips/>
    }
}

/// The conditions there are, each with what is read now and a way to remove it.
#[component]
fn Chips() -> impl IntoView {
    let player = expect_context::<Player>();
    let chip = move |index: usize, condition: Condition| {
        let now = move || {
            player.revision.track();
            let read = player.read(|session| session.reading(&condition.reading));
            match read.filter(|number| number.is_finite()) {
                Some(number) => format!("now {}", (number * 1e3).round() / 1e3),
                None => "nothing yet".to_owned(),
            }
        };
        let name = condition.words();
        let remove = move |_| {
            player.conditions.update(|all| {
                if index < all.len() {
                    all.remove(index);
                }
            });
        };
        view! {
            <li class="stop-chip" data-testid="stop-chip">
                <span>{name.clone()}</span>
                <span class="quiet-text">{now}</span>
                <button
                    type="button"
                    class="button quiet"
                    aria-label=format!("Remove the stop at {name}")
                    on:click=remove
                >
                    "Remove"
                </button>
            </li>
        }
    };
    let chips = move || {
        let conditions = player.conditions.get().into_iter().enumerate();
        conditions
            .map(|(index, condition)| chip(index, condition))
            .collect_view()
    };
    view! { <ul class="stop-chips" aria-label="Stops">{chips}</ul> }
}

/// Every way to read every metric.
fn options(metrics: &'static [MetricSpec]) -> AnyView {
    let ways = metrics
        .iter()
        .flat_map(|spec| Way::of(spec.kind).iter().map(move |way| (spec, way)));
    ways.map(|(spec, way)| {
        let value = format!("{}:{}", spec.key, way.name());
        view! { <option value=value>{format!("{}, {}", spec.label, way.words())}</option> }
    })
    .collect_view()
    .into_any()
}

fn first(metrics: &'static [MetricSpec]) -> String {
    let way = |spec: &MetricSpec| {
        let way = Way::of(spec.kind).first();
        way.map_or_else(String::new, |way| format!("{}:{}", spec.key, way.name()))
    };
    metrics.first().map_or_else(String::new, way)
}

const fn words(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Above => "more than",
        Comparison::AtLeast => "at least",
        Comparison::Below => "less than",
        Comparison::AtMost => "at most",
    }
}

fn condition(
    metrics: &'static [MetricSpec],
    reading: &str,
    comparison: Comparison,
    text: &str,
) -> Result<Condition, String> {
    let read = || {
        Ok(Condition {
            reading: Reading::parse(reading, metrics)?,
            comparison,
            number: number(text)?,
        })
    };
    read().map_err(|error: orrery_core::condition::ConditionError| format!("{error}."))
}

fn add(player: Player, condition: Condition) -> Result<(), String> {
    let there = player.conditions.get_untracked();
    if there.contains(&condition) {
        return Err("That stop is there already.".to_owned());
    }
    if there.len() >= CONDITIONS_MAX {
        return Err(format!(
            "There are {CONDITIONS_MAX} stops already: remove one first."
        ));
    }
    player.conditions.update(|all| all.push(condition));
    Ok(())
}
