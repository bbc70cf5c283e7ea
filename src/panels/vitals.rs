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
/// The axis is cut into so many pieces: what happens in single events is a rate over one of them.
const PIECES: f64 = 60.0;

/// A small line for each metric, as many as there is room for.
#[component]
pub fn Vitals() -> impl IntoView {
    let player = expect_context::<Player>();
    let charts = charts::latest(player);
    let count = charts.with_untracked(Vec::len);
    let figures = (0..count).map(|index| figure(charts, index));
    view! { <div class="vitals-row">{figures.collect_view()}</div> }
}

/// One of them: its frame is made once, what it shows follows.
fn figure(charts: Memo<Vec<Chart>>, index: usize) -> impl IntoView {
    let player = expect_context::<Player>();
    let spec = charts.with_untracked(|charts| charts[index].spec);
    let of = move |show: &dyn Fn(&Chart) -> String| {
        charts.with(|charts| charts.get(index).map(show).unwrap_or_default())
    };
    let now = move || of(&charts::reading);
    let path = move || {
        let axis = player.readout.get_untracked().axis.as_secs_f64();
        of(&|chart| line(chart, axis))
    };
    view! {
        <div class="vital" title=spec.help.trim()>
            <span class="vital-name">{spec.label}</span>
            <span class="vital-now">{now}</span>
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none">
                <path class="vital-base" d=format!("M0 {HEIGHT}H{WIDTH}")/>
                <path class="vital-line" d=path/>
            </svg>
        </div>
    }
}

/// The points as a path, averaged over each piece of the axis; empty with fewer than two.
fn line(chart: &Chart, axis: f64) -> String {
    let points = charts::finite(chart);
    if points.len() < 2 || axis <= 0.0 {
        return String::new();
    }
    let piece = |at: f64| (at / axis * PIECES) as i64;
    let means: Vec<(f64, f64)> = points
        .chunk_by(|a, b| piece(a.0) == piece(b.0))
        .map(|own| {
            let sum: f64 = own.iter().map(|(_, value)| value).sum();
            (own[own.len() - 1].0, sum / own.len() as f64)
        })
        .collect();
    let (low, high) = charts::range(&means);
    let mut path = String::new();
    for (at, value) in means {
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
        assert_eq!(path, "M0.0 40.0L100.0 3.6");
    }

    #[test]
    fn a_long_line_is_averaged_and_a_short_one_is_none() {
        let many = (0..10_000).map(|at| (f64::from(at), f64::from(at % 2)));
        let path = line(&chart(many.collect()), 10_000.0);
        assert_eq!(path.matches('L').count(), PIECES as usize - 1);
        assert!(!path.contains(" 40.0"), "between the extremes: {path}");
        assert_eq!(line(&chart(vec![(0.0, 1.0)]), 10.0), "");
        assert_eq!(line(&chart(vec![(0.0, f64::NAN), (1.0, 1.0)]), 10.0), "");
    }
}
