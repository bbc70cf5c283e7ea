//! What is measured, at a glance, under the stage and on the scrubber's own axis of time.
//!
//! The Measure tab has the same figures with scales and tables, so this strip is left out of what
//! a screen reader reads.

use leptos::prelude::*;
use orrery_core::kernel::session::Chart;

use crate::panels::charts;
use crate::player::Player;

/// The lines are drawn in a box of this size and stretched.
const WIDTH: f64 = 200.0;
const HEIGHT: f64 = 40.0;
/// More points than this are thinned out.
const POINTS: usize = 200;

/// A small line for each metric, as many as there is room for.
#[component]
pub fn Vitals() -> impl IntoView {
    let player = expect_context::<Player>();
    let figures = move || {
        player.revision.track();
        let axis = player.readout.get_untracked().axis.as_secs_f64();
        let charts = player.read(|session| session.charts()).unwrap_or_default();
        charts
            .into_iter()
            .map(|chart| figure(&chart, axis))
            .collect_view()
    };
    view! { <div class="vitals" aria-hidden="true" data-testid="vitals"><div class="vitals-row">{figures}</div></div> }
}

fn figure(chart: &Chart, axis: f64) -> impl IntoView + use<> {
    view! {
        <div class="vital" title=chart.spec.help.trim()>
            <span class="vital-name">{chart.spec.label}</span>
            <span class="vital-now">{charts::reading(chart)}</span>
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none">
                <path class="vital-base" d=format!("M0 {HEIGHT}H{WIDTH}")/>
                <path class="vital-line" d=line(chart, axis)/>
            </svg>
        </div>
    }
}

/// The points as a path; empty with fewer than two.
fn line(chart: &Chart, axis: f64) -> String {
    let points = charts::finite(chart);
    let (low, high) = charts::range(&points);
    if points.len() < 2 || axis <= 0.0 {
        return String::new();
    }
    let every = points.len().div_ceil(POINTS);
    let kept = points.iter().step_by(every).chain(points.last());
    let mut path = String::new();
    for (at, value) in kept {
        let x = at / axis * WIDTH;
        let y = HEIGHT - (value - low) / (high - low) * HEIGHT;
        let verb = if path.is_empty() { 'M' } else { 'L' };
        path.push_str(&format!("{verb}{x:.1} {y:.1}"));
    }
    path
}

#[cfg(test)]
mod tests {
    use orrery_core::kernel::metrics::{MetricKind, MetricSpec};

    use super::*;

    fn chart(points: Vec<(f64, f64)>) -> Chart {
        Chart {
            spec: MetricSpec {
                key: "level",
                label: "Level",
                unit: "",
                kind: MetricKind::Gauge,
                help: "",
            },
            points,
            now: 0.0,
            p99: None,
        }
    }

    #[test]
    fn a_line_ends_where_the_run_has_come_to_and_stays_in_its_box() {
        let path = line(&chart(vec![(0.0, 0.0), (5.0, 10.0)]), 10.0);
        assert_eq!(path, "M0.0 40.0L100.0 3.6L100.0 3.6");
    }

    #[test]
    fn a_long_line_is_thinned_and_a_short_one_is_none() {
        let many = (0..10_000).map(|at| (f64::from(at), 1.0)).collect();
        assert!(line(&chart(many), 10_000.0).matches('L').count() <= POINTS + 1);
        assert_eq!(line(&chart(vec![(0.0, 1.0)]), 10.0), "");
        assert_eq!(line(&chart(vec![(0.0, f64::NAN), (1.0, 1.0)]), 10.0), "");
    }
}
