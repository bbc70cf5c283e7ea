//! Many runs of the present setting with other seeds: where a metric lies, and in how many of them.

use leptos::prelude::*;
use orrery_core::lab::{Band, Ensemble, EnsemblePlan, Job};
use orrery_core::time::{SimTime, Span};

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
    let picture = move || bands.with(|bands| plot::bands(bands, &own()).unwrap_or_default());
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
                <div class="chart-picture" aria-hidden="true" inner_html=picture></div>
                <Watch ensemble bands/>
                <BandTable bands/>
            </figure>
        </Show>
    }
}

/// As long as the run on the stage, within what is quickly run many times.
fn horizon(player: Player) -> Span {
    let axis = player.readout.with_untracked(|readout| readout.axis);
    axis.clamp(Span::from_secs(5), Span::from_secs(600))
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
            let watch = move |_| {
                let seed = bands.with(|bands| {
                    let last = bands.iter().rev().find(|band| band.count > 0)?;
                    ensemble.with_value(|ensemble| {
                        let ensemble = ensemble.as_ref()?;
                        let at = SimTime::ZERO + Span::from_secs_f64(last.at);
                        let run = ensemble.nearest(at, percentile(last))?;
                        Some(ensemble.state(run).seed)
                    })
                });
                if let Some(seed) = seed {
                    player.reseed(seed);
                }
            };
            view! { <button type="button" class="button" on:click=watch>{name}</button> }
        })
        .collect_view();
    view! {
        <p class="lab-watch"><span class="quiet-text">"Watch a run that ends"</span>{buttons}</p>
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
