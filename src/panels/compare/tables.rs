//! In what the variants differ: knobs, metrics, promises, and a metric over time.

use leptos::prelude::*;
use orrery_core::export::compare_csv;
use orrery_core::kernel::session::PropertyState;
use orrery_core::lab::{
    Compare, Differences, KnobDifference, MetricDifference, Reduction, VARIANTS_MAX,
};
use orrery_core::value::Value;

use super::plot;
use super::variants::{Variants, look};
use crate::machine::View;
use crate::panels::charts::short;
use crate::panels::lines;
use crate::player::Player;
use crate::saving;

/// Means that differ by less than this share of themselves are the same.
const SAME: f64 = 1e-9;

/// The right column of a comparison.
#[component]
pub fn Tables() -> impl IntoView {
    let view = expect_context::<View>();
    let variants = Variants::on_page();
    let player = variants.player;
    let seed = move || {
        format!(
            "All variants have the seed {}, each random stream by its name, so they meet the same \
             arrivals and the same luck, but for what the knobs below change of them.",
            player.seed.get()
        )
    };
    let scripts = move || {
        player.changes.track();
        look(player, Compare::scripts_differ) == Some(true)
    };
    view! {
        <section class="compare" aria-labelledby="compare-title" data-testid="comparison">
            <div class="compare-head">
                <h2 id="compare-title">"Compare"</h2>
                <button type="button" class="button" on:click=move |_| view.comparing.set(false)>
                    "End"
                </button>
            </div>
            <p class="quiet-text">{seed}</p>
            <Show when=scripts>
                <p class="notice">
                    "What was done by hand is not the same in all of them: a knob that was turned on the way keeps its own value where the variants differ in it."
                </p>
            </Show>
            <Choices variants/>
            <div class="compare-part">
                <h3>"Knobs that differ"</h3>
                <Knobs variants/>
            </div>
            <div class="compare-part">
                <h3>"Over time"</h3>
                <Series variants/>
            </div>
            <div class="compare-part">
                <h3>"Measured so far"</h3>
                <Metrics variants/>
            </div>
            <div class="compare-part">
                <h3>"Promises"</h3>
                <Promises variants/>
            </div>
        </section>
    }
}

/// What to compare by, and with what.
#[component]
fn Choices(variants: Variants) -> impl IntoView {
    let specs = (variants.player.pattern().machine.knobs)();
    let knobs = move || {
        let shown = variants.knobs.get();
        let others = specs.iter().filter(|spec| !shown.contains(&spec.key));
        others
            .map(|spec| view! { <option value=spec.key>{spec.label}</option> })
            .collect_view()
    };
    let scenarios = (variants.player.pattern().scenarios)();
    let scenarios = StoredValue::new(
        scenarios
            .iter()
            .map(|scenario| (scenario.name, scenario.state().knobs))
            .collect::<Vec<_>>(),
    );
    let options = scenarios.with_value(|scenarios| {
        let named = scenarios.iter().enumerate();
        named
            .map(|(index, (name, _))| {
                view! { <option value=index.to_string()>{format!("With the knobs of: {name}")}</option> }
            })
            .collect_view()
    });
    let add = move |event: web_sys::Event| {
        let chosen = event_target_value(&event);
        reset(&event);
        let index = chosen.parse::<usize>().ok();
        let knobs = scenarios.with_value(|scenarios| {
            index.and_then(|index| scenarios.get(index).map(|(_, knobs)| knobs.clone()))
        });
        let knobs = knobs.map(|knobs| {
            // What the scenario leaves alone has its default there.
            let all = specs.iter().map(|spec| {
                let value = knobs.get(spec.key).unwrap_or(&spec.default);
                (spec.key.to_owned(), value.clone())
            });
            all.collect::<Differences>()
        });
        variants.add(&knobs.unwrap_or_default());
    };
    let differ = move |event: web_sys::Event| {
        let key = event_target_value(&event);
        reset(&event);
        if !key.is_empty() {
            variants.differ_in(&key);
        }
    };
    let full = move || variants.count.get() >= VARIANTS_MAX;
    view! {
        <div class="lab-form">
            <label>
                <span>"Another knob"</span>
                <select data-testid="compare-knob" on:change=differ>
                    <option value="">"Choose…"</option>
                    {knobs}
                </select>
            </label>
            <label>
                <span>"Another variant"</span>
                <select data-testid="compare-add" disabled=full on:change=add>
                    <option value="">{move || if full() { "Four are the most" } else { "Choose…" }}</option>
                    <option value="same">"Like variant 1"</option>
                    {options}
                </select>
            </label>
        </div>
    }
}

/// A list that is a button shows its first line again.
fn reset(event: &web_sys::Event) {
    let select: web_sys::HtmlSelectElement = event_target(event);
    select.set_selected_index(0);
}

#[component]
fn Knobs(variants: Variants) -> impl IntoView {
    let player = variants.player;
    let knobs = Memo::new(move |_| {
        player.changes.track();
        look(player, Compare::knobs).unwrap_or_default()
    });
    let rows = move || {
        knobs
            .with(|knobs| knobs.iter().map(knob_row).collect::<Vec<_>>())
            .into_iter()
            .collect_view()
    };
    view! {
        <Show
            when=move || !knobs.read().is_empty()
            fallback=|| view! {
                <p class="quiet-text">"None: all variants are the same. Choose another knob above."</p>
            }
        >
            <table class="outcomes" data-testid="compare-knobs">
                {head(variants.count, "Knob")}
                <tbody>{rows}</tbody>
            </table>
        </Show>
    }
}

fn knob_row(knob: &KnobDifference) -> impl IntoView + use<> {
    let first = knob.values[0].clone();
    let cells = knob
        .values
        .iter()
        .map(|value| {
            let own = *value != first;
            view! { <td class:differs=own>{value_text(value)}</td> }
        })
        .collect_view();
    view! {
        <tr>
            <th scope="row">{knob.label}" "<span class="quiet-text">{knob.unit}</span></th>
            {cells}
        </tr>
    }
}

fn value_text(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(24) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The names of the columns.
fn head(count: Memo<usize>, first: &'static str) -> impl IntoView {
    let columns = move || {
        (0..count.get())
            .map(|variant| {
                view! {
                    <th scope="col">
                        <span class="chart-picture" inner_html=lines::sample(variant)></span>
                        {variant + 1}
                    </th>
                }
            })
            .collect_view()
    };
    view! {
        <thead>
            <tr>
                <th scope="col">{first}</th>
                {columns}
            </tr>
        </thead>
    }
}

#[component]
fn Metrics(variants: Variants) -> impl IntoView {
    let player = variants.player;
    let rows = move || {
        player.revision.track();
        let metrics = look(player, Compare::metrics).unwrap_or_default();
        metrics.iter().map(metric_row).collect_view()
    };
    view! {
        <table class="outcomes" data-testid="compare-metrics">
            {head(variants.count, "Metric")}
            <tbody>{rows}</tbody>
        </table>
        <p class="quiet-text">
            "From the start of the run to now; under each value, how it differs from variant 1."
        </p>
    }
}

fn metric_row(metric: &MetricDifference) -> impl IntoView + use<> {
    let cells = metric
        .values
        .iter()
        .enumerate()
        .map(|(variant, value)| {
            let change = change(metric, variant);
            let differs = change.is_some();
            view! {
                <td class:differs=differs>
                    {short(*value)}
                    <span class="quiet-text">{change}</span>
                </td>
            }
        })
        .collect_view();
    let unit = metric.spec.unit;
    let how = if metric.reduction == Reduction::Rate {
        format!("{unit} per second")
    } else {
        format!("{}, {unit}", metric.reduction.name())
    };
    let how = how.trim_end_matches([',', ' ']).to_owned();
    view! {
        <tr title=metric.spec.help.trim()>
            <th scope="row">{metric.spec.label}<span class="quiet-text">{how}</span></th>
            {cells}
        </tr>
    }
}

/// How a variant differs from the first: as a share of it where that says something. None where it
/// does not differ, or where one of them measured nothing.
fn change(metric: &MetricDifference, variant: usize) -> Option<String> {
    let (first, change) = (metric.values[0], metric.change(variant));
    if !change.is_finite() || change == 0.0 {
        return None;
    }
    // What the order of additions does to the last digits is no difference.
    if change.abs() <= first.abs() * SAME {
        return None;
    }
    let sign = if change > 0.0 { '+' } else { '−' };
    let share = (change / first * 100.0).abs();
    Some(match first == 0.0 || share >= 1_000.0 {
        true => format!("{sign}{}", short(change.abs())),
        false => format!("{sign}{} %", short(share)),
    })
}

#[component]
fn Promises(variants: Variants) -> impl IntoView {
    let player = variants.player;
    let names = player.read(|session| session.properties());
    let names: Vec<&str> = names.unwrap_or_default().iter().map(|it| it.name).collect();
    let rows = move || {
        player.revision.track();
        let count = variants.count.get();
        let states: Vec<_> = (0..count)
            .map(|variant| variants.read(variant, |session| session.properties()))
            .collect();
        let row = |(index, name): (usize, &&'static str)| {
            let cells = states
                .iter()
                .map(|states| {
                    let state = states.as_ref().and_then(|states| states.get(index));
                    let (word, broken) =
                        state.map_or(("–".to_owned(), false), |it| told(&it.state));
                    view! { <td class:broken=broken>{word}</td> }
                })
                .collect_view();
            view! { <tr><th scope="row">{*name}</th>{cells}</tr> }
        };
        names.iter().enumerate().map(row).collect_view()
    };
    view! {
        <table class="outcomes" data-testid="compare-promises">
            {head(variants.count, "Promise")}
            <tbody>{rows}</tbody>
        </table>
    }
}

fn told(state: &PropertyState) -> (String, bool) {
    match state {
        PropertyState::Holds => ("holds".to_owned(), false),
        PropertyState::Undecided(doubt) => (format!("not decided since {}", doubt.since), false),
        PropertyState::Pending => ("not yet".to_owned(), false),
        PropertyState::Violated(violation) => (format!("broken at {}", violation.at), true),
    }
}

#[component]
fn Series(variants: Variants) -> impl IntoView {
    let player = variants.player;
    let metrics = (player.pattern().machine.metrics)();
    let chosen = RwSignal::new(None::<String>);
    let first = metrics.first().map_or("", |spec| spec.key);
    // Until one is chosen: the first metric that came to differ.
    let differing = Memo::new(move |before: Option<&Option<&'static str>>| {
        player.revision.track();
        let known = before.copied().flatten();
        known.or_else(|| look(player, first_that_differs).flatten())
    });
    let metric = Memo::new(move |_| {
        let own = chosen.get();
        own.unwrap_or_else(|| differing.get().unwrap_or(first).to_owned())
    });
    let picture = move || {
        player.revision.track();
        let key = metric.get();
        let charts = look(player, |compare| compare.series(&key)).unwrap_or_default();
        plot::overlay(&charts).unwrap_or_default()
    };
    let options = metrics
        .iter()
        .map(|spec| {
            let here = move || metric.with(|metric| metric == spec.key);
            view! { <option value=spec.key prop:selected=here>{spec.label}</option> }
        })
        .collect_view();
    let key = move || {
        (0..variants.count.get())
            .map(|variant| {
                view! {
                    <span>
                        <span class="chart-picture" inner_html=lines::sample(variant)></span>
                        {variant + 1}
                    </span>
                }
            })
            .collect_view()
    };
    let save = move |_| save_csv(player);
    view! {
        <figure class="chart" data-testid="compare-series">
            <figcaption>
                <select
                    aria-label="Metric over time"
                    on:change=move |event| chosen.set(Some(event_target_value(&event)))
                >
                    {options}
                </select>
                <span class="variant-key">{key}</span>
            </figcaption>
            <div class="chart-picture" aria-hidden="true" inner_html=picture></div>
        </figure>
        <button type="button" class="button" on:click=save>"Save all series as CSV"</button>
    }
}

fn first_that_differs(compare: &Compare) -> Option<&'static str> {
    let metrics = compare.metrics();
    let differs = |metric: &&MetricDifference| {
        (1..metric.values.len()).any(|variant| change(metric, variant).is_some())
    };
    metrics.iter().find(differs).map(|metric| metric.spec.key)
}

fn save_csv(player: Player) {
    let made = look(player, |compare| (compare_csv(compare), compare.now()));
    let Some((text, at)) = made else { return };
    let seed = player.seed.get_untracked();
    let slug = player.exhibit.card.slug;
    let name = saving::file_name(slug, "comparison", seed, Some(at), "csv");
    match saving::save(&name, "text/csv", text.as_bytes()) {
        Ok(()) => player.say(format!("Saved as {name}."), false),
        Err(error) => player.say(error.to_string(), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::charts::fixtures::LEVEL;

    #[test]
    fn a_change_is_told_as_a_share_where_that_says_something() {
        for (values, expected) in [
            ([10.0, 10.0], None),
            ([10.0, 12.0], Some("+20 %")),
            ([10.0, 5.0], Some("−50 %")),
            ([0.0, 5.0], Some("+5")),
            ([0.001, 5.0], Some("+5.00")),
            ([f64::NAN, 5.0], None),
            ([0.3, 0.3 + 1e-16], None),
        ] {
            let metric = MetricDifference {
                spec: LEVEL,
                reduction: Reduction::Mean,
                values: values.to_vec(),
            };
            assert_eq!(change(&metric, 1).as_deref(), expected, "{values:?}");
        }
    }
}
