//! The experiments that the pattern declares, each with what theory says of it.

use leptos::prelude::*;
use orrery_core::lab::{Experiment, Job, Point, Results, Shard, Sweep, Theory, Verdict};
use orrery_core::spec::find;
use orrery_core::value::Value;
use orrery_core::words::capitalised;

use super::files::{Files, of_sweep, setting_of_sweep};
use super::undertaking::{Controls, Undertaking};
use super::{plot, table};
use crate::panels::lines;
use crate::player::Player;

/// Every experiment of the pattern.
#[component]
pub fn ExperimentsPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let experiments = (player.pattern().experiments)();
    experiments
        .into_iter()
        .map(|experiment| match experiment.sweep(player.pattern()) {
            Ok(sweep) => view! { <ExperimentCard experiment sweep/> }.into_any(),
            Err(error) => view! { <p class="notice refused">{error.to_string()}</p> }.into_any(),
        })
        .collect_view()
}

#[component]
fn ExperimentCard(experiment: Experiment, sweep: Sweep) -> impl IntoView {
    let undertaking = Undertaking::on_page();
    let results: StoredValue<Option<Results>, LocalStorage> = StoredValue::new_local(None);
    let theory = experiment.theory;
    let settings = settings(&experiment, &sweep);
    let sweep = StoredValue::new_local(sweep);
    let begin = Callback::new(move |()| {
        sweep.with_value(|sweep| measure(undertaking, sweep, results));
    });
    let points = Memo::new(move |_| {
        undertaking.revision.track();
        let points = results.with_value(|results| results.as_ref().map(Results::points));
        points.unwrap_or_default()
    });
    let has_lines = experiment.lines.is_some();
    let key = move || sweep.with_value(line_key);
    let picture = move || {
        let drawn = points.with(|points| sweep.with_value(|it| draw(points, it.ys(), &theory)));
        drawn.unwrap_or_default()
    };
    let named = match &experiment.lines {
        Some(lines) => format!("{}, {}", experiment.x, lines.knob),
        None => experiment.x.to_owned(),
    };
    let verdict = move || points.with(|points| verdict(&theory, points));
    let chart = NodeRef::new();
    let empty = move || points.with(Vec::is_empty);
    view! {
        <details class="experiment" data-testid="experiment">
            <summary>
                <strong>{experiment.name}</strong>
                <span class="quiet-text">{experiment.question}</span>
            </summary>
            <Controls undertaking label="Run" begin ready=true/>
            <Show when=move || !empty()>
                <figure class="chart">
                    <figcaption>
                        <span>{experiment.y}</span>
                        <span class="chart-key">
                            <span class="key-line" hidden=has_lines>"mean, 95 % interval"</span>
                            <span class="key-band" hidden=has_lines>"90 % of the runs"</span>
                            <Show when=move || !matches!(theory, Theory::None(_))>
                                <span class="key-theory">"theory"</span>
                            </Show>
                        </span>
                        {key}
                    </figcaption>
                    <div class="chart-picture" aria-hidden="true" node_ref=chart inner_html=picture></div>
                    <p class="experiment-verdict" role="status">{verdict}</p>
                    <Files
                        title=format!("{}: {}", experiment.name, experiment.y)
                        setting=setting_of_sweep(results)
                        documents=of_sweep(results)
                        picture=chart
                    />
                    <table::Points points x=named.clone()/>
                </figure>
            </Show>
            <p class="quiet-text experiment-settings">{settings}</p>
        </details>
    }
}

/// A curve, or a line for each value on y.
fn draw(points: &[Point], ys: &[Value], theory: &Theory) -> Option<String> {
    if ys.is_empty() {
        return plot::curve(points, &|x| theory.at(&Value::Real(x), None));
    }
    let of = |y: &Value| {
        let own = points.iter().filter(|point| point.y.as_ref() == Some(y));
        own.cloned().collect::<Vec<Point>>()
    };
    let lines: Vec<Vec<Point>> = ys.iter().map(of).collect();
    plot::lines(&lines, &|line, x| theory.at(&Value::Real(x), ys.get(line)))
}

/// Which line is which.
fn line_key(sweep: &Sweep) -> AnyView {
    let y = sweep.plan().y.as_ref();
    let knobs = (sweep.pattern().machine.knobs)();
    let Some(spec) = y.and_then(|y| find(knobs, &y.knob).ok()) else {
        return ().into_any();
    };
    let lines = sweep.ys().iter().enumerate().map(|(line, value)| {
        let name = spec
            .choice(value)
            .map_or_else(|| spec.told(value), str::to_owned);
        view! {
            <span>
                <span class="chart-picture" inner_html=lines::sample(line)></span>
                {name}
            </span>
        }
    });
    view! { <span class="variant-key">{lines.collect_view()}</span> }.into_any()
}

/// Has a sweep measured into `results`, from the beginning.
pub fn measure(
    undertaking: Undertaking,
    sweep: &Sweep,
    results: StoredValue<Option<Results>, LocalStorage>,
) {
    results.set_value(Some(Results::new(sweep.clone(), Shard::WHOLE)));
    let job = Job::Sweep(sweep.plan().clone());
    let take = move |units: std::ops::Range<u64>, readings: &[f64]| {
        results.try_update_value(|results| {
            let Some(results) = results else { return };
            for (unit, reading) in units.zip(readings) {
                results.insert(unit, *reading);
            }
        });
    };
    undertaking.begin(job, sweep.units(), Box::new(take));
}

fn verdict(theory: &Theory, points: &[Point]) -> String {
    match theory {
        Theory::Curve { source, .. } | Theory::Lines { source, .. } => {
            let verdict = capitalised(&Verdict::of(points).to_string());
            format!("{verdict}. Theory: {source}")
        }
        Theory::None(reason) => format!("No curve of theory: {reason}"),
    }
}

/// What each run of an experiment is, in words.
fn settings(experiment: &Experiment, sweep: &Sweep) -> String {
    let plan = sweep.plan();
    let values: Vec<String> = sweep.xs().iter().map(ToString::to_string).collect();
    let mut text = format!(
        "{} from {} to {} in {} steps, {} runs of {} each, seeds {} to {}",
        experiment.x,
        values.first().map_or("", String::as_str),
        values.last().map_or("", String::as_str),
        values.len(),
        plan.runs,
        plan.lasts,
        sweep.seed(0),
        sweep.seed(plan.runs.saturating_sub(1)),
    );
    if let Some(y) = &plan.y {
        let lines: Vec<String> = sweep.ys().iter().map(ToString::to_string).collect();
        text.push_str(&format!(", {} each of {}", y.knob, lines.join(", ")));
    }
    for (key, value) in &plan.knobs {
        let told = find((sweep.pattern().machine.knobs)(), key).map(|spec| spec.told(value));
        text.push_str(&format!(", {}", told.unwrap_or_default()));
    }
    for entry in &plan.script {
        text.push_str(&format!(", {} at {}", entry.call, entry.at));
    }
    text.push('.');
    text
}
