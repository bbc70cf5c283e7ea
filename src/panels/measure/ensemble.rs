//! Many runs of the present setting with other seeds: where a metric lies, and in how many of them.

use leptos::prelude::*;
use orrery_core::export::{ensemble_bands_csv, ensemble_csv, ensemble_json};
use orrery_core::lab::{Band, Ensemble, EnsemblePlan, Job};
use orrery_core::time::{SimTime, Span};
use wasm_bindgen::JsCast;

use super::files::{Document, Files, document};
use super::plot;
use super::undertaking::{Controls, Undertaking};
use crate::panels::charts::short;
use crate::player::Player;

/// How many runs a person may ask for.
const RUNS: [u32; 4] = [20, 50, 200, 1_000];

/// Percentile bands behind the run on the stage.
#[component]
pub fn EnsemblePanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let undertaking = Undertaking::on_page();
    let metrics = (player.pattern().machine.metrics)();
    let metric = RwSignal::new(metrics.first().map_or("", |spec| spec.key).to_owned());
    let runs = RwSignal::new(RUNS[1]);
    let ensemble: StoredValue<Option<Ensemble>, LocalStorage> = StoredValue::new_local(None);
    let problem = RwSignal::new(None::<String>);
    let begin = Callback::new(move |()| {
        let Some(state) = player.read(|session| session.state()) else {
            return;
        };
        let mut plan = EnsemblePlan::new(player.pattern(), &state, &metric.get_untracked());
        plan.runs = runs.get_untracked();
        plan.lasts = horizon(player);
        let job = Job::Ensemble(plan.clone());
        let width = plan.instants as usize;
        match Ensemble::new(plan, player.pattern()) {
            Ok(begun) => ensemble.set_value(Some(begun)),
            Err(error) => return problem.set(Some(error.to_string())),
        }
        problem.set(None);
        let take = move |units: std::ops::Range<u64>, numbers: &[f64]| {
            ensemble.try_update_value(|ensemble| {
                let Some(ensemble) = ensemble else { return };
                for (unit, series) in units.zip(numbers.chunks(width)) {
                    ensemble.insert(unit as u32, series.to_vec());
                }
            });
        };
        undertaking.begin(job, u64::from(runs.get_untracked()), Box::new(take));
    });
    let bands = Memo::new(move |_| {
        undertaking.revision.track();
        let bands = ensemble.with_value(|it| it.as_ref().map(Ensemble::bands));
        bands.unwrap_or_default()
    });
    let own = move || {
        player.revision.track();
        let key = metric.get();
        let charts = player.read(|session| session.charts()).unwrap_or_default();
        let chart = charts.into_iter().find(|chart| chart.spec.key == key);
        chart.map(|chart| chart.points).unwrap_or_default()
    };
    let drawn = Memo::new(move |_| bands.with(|bands| plot::bands(bands, &own())));
    let picture = move || drawn.with(|drawn| drawn.as_ref().map(|(svg, _)| svg.clone()));
    let click = move |event: leptos::ev::MouseEvent| {
        let clicked = event
            .current_target()?
            .dyn_into::<web_sys::Element>()
            .ok()?;
        let box_ = clicked.first_element_child()?.get_bounding_client_rect();
        let across = (f64::from(event.client_x()) - box_.left()) / box_.width();
        let down = (f64::from(event.client_y()) - box_.top()) / box_.height();
        let (at, value) = drawn.with(|drawn| drawn.as_ref()?.1.at(across, down))?;
        watch(player, ensemble, Span::from_secs_f64(at), value);
        Some(())
    };
    let chart = NodeRef::new();
    let setting =
        Callback::new(move |()| ensemble.with_value(|ensemble| Some(ensemble.as_ref()?.state(0))));
    let title = Signal::derive(move || {
        bands.track();
        let told = ensemble.with_value(|ensemble| {
            let ensemble = ensemble.as_ref()?;
            let key = ensemble.plan().metric.as_str();
            let spec = metrics.iter().find(|spec| spec.key == key)?;
            Some(format!("{}, {} runs", spec.label, ensemble.plan().runs))
        });
        told.unwrap_or_default()
    });
    let options = metrics
        .iter()
        .map(|spec| view! { <option value=spec.key>{spec.label}</option> })
        .collect_view();
    let counts = RUNS
        .map(|count| view! { <option value=count selected=count == RUNS[1]>{count}</option> })
        .collect_view();
    view! {
        <div class="lab-form">
            <label>
                <span>"Metric"</span>
                <select on:change=move |event| metric.set(event_target_value(&event))>
                    {options}
                </select>
            </label>
            <label>
                <span>"Runs"</span>
                <select on:change=move |event| {
                    runs.set(event_target_value(&event).parse().unwrap_or(RUNS[1]));
                }>{counts}</select>
            </label>
        </div>
        <Controls undertaking label="Run them" begin ready=true/>
        <Show when=move || problem.read().is_some()>
            <p class="notice refused" role="alert">{move || problem.get()}</p>
        </Show>
        <Show when=move || bands.with(|bands| bands.iter().any(|band| band.count > 0))>
            <figure class="chart" data-testid="ensemble">
                <figcaption>
                    <span class="chart-key">
                        <span class="key-band">"90 % and 50 % of the runs"</span>
                        <span class="key-theory">"median"</span>
                        <span class="key-line">"this run"</span>
                    </span>
                </figcaption>
                <div
                    class="chart-picture picks"
                    aria-hidden="true"
                    title="Click to watch the run that passes here"
                    inner_html=picture
                    node_ref=chart
                    on:click=move |event| _ = click(event)
                ></div>
                <Watch ensemble bands/>
                <Files title setting documents=documents(ensemble) picture=chart/>
                <BandTable bands/>
            </figure>
        </Show>
    }
}

fn documents(ensemble: StoredValue<Option<Ensemble>, LocalStorage>) -> Vec<Document> {
    vec![
        document(ensemble, ["CSV", "bands", "csv"], ensemble_bands_csv),
        document(ensemble, ["Runs, CSV", "runs", "csv"], ensemble_csv),
        document(ensemble, ["JSON", "ensemble", "json"], ensemble_json),
    ]
}

/// As long as the run on the stage, within what is quickly run many times.
fn horizon(player: Player) -> Span {
    let axis = player.readout.with_untracked(|readout| readout.axis);
    axis.clamp(Span::from_secs(5), Span::from_secs(600))
}

/// Opens the run that passes nearest to a value at an instant, at this instant.
fn watch(
    player: Player,
    ensemble: StoredValue<Option<Ensemble>, LocalStorage>,
    at: Span,
    value: f64,
) {
    let at = SimTime::ZERO + at;
    let nearest = ensemble.with_value(|ensemble| {
        let ensemble = ensemble.as_ref()?;
        let run = ensemble.nearest(at, value)?;
        Some((run, ensemble.plan().runs, ensemble.state(run)))
    });
    if let Some((run, runs, state)) = nearest {
        let seed = state.seed;
        player.pause();
        player.follow_run(state);
        player.seek(at);
        let words = format!("Run {} of {runs}, with the seed {seed}, at {at}.", run + 1);
        player.say(words, false);
    }
}

/// Ways to the runs that end where a percentile does.
#[component]
fn Watch(
    ensemble: StoredValue<Option<Ensemble>, LocalStorage>,
    bands: Memo<Vec<Band>>,
) -> impl IntoView {
    let player = expect_context::<Player>();
    type Percentile = fn(&Band) -> f64;
    let choices: [(&str, Percentile); 3] = [
        ("low (5 %)", |band| band.p5),
        ("median", |band| band.p50),
        ("high (95 %)", |band| band.p95),
    ];
    let buttons = choices
        .map(|(name, percentile)| {
            let press = move |_| {
                let last = bands.with(|bands| bands.iter().rfind(|it| it.count > 0).copied());
                if let Some(last) = last {
                    let at = Span::from_secs_f64(last.at);
                    watch(player, ensemble, at, percentile(&last));
                }
            };
            view! { <button type="button" class="button" on:click=press>{name}</button> }
        })
        .collect_view();
    view! {
        <p class="lab-watch">
            <span class="quiet-text">"Click the chart to watch the run that passes there, or one that ends"</span>
            {buttons}
        </p>
    }
}

#[component]
fn BandTable(bands: Memo<Vec<Band>>) -> impl IntoView {
    const ROWS: usize = 12;
    let rows = move || {
        bands.with(|bands| {
            let step = bands.len().div_ceil(ROWS).max(1);
            let shown = bands.iter().skip(step - 1).step_by(step);
            shown
                .map(|band| {
                    let cells = [band.p5, band.p25, band.p50, band.p75, band.p95]
                        .map(|value| view! { <td>{short(value)}</td> })
                        .collect_view();
                    view! { <tr><td>{short(band.at)}" s"</td>{cells}</tr> }
                })
                .collect_view()
        })
    };
    view! {
        <details>
            <summary>"As a table"</summary>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Time"</th>
                        <th scope="col">"5 %"</th>
                        <th scope="col">"25 %"</th>
                        <th scope="col">"median"</th>
                        <th scope="col">"75 %"</th>
                        <th scope="col">"95 %"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
}
