//! Live charts of what the pattern measures, with their data as a table.

use std::borrow::Cow;
use std::ops::Range;

use leptos::prelude::*;
use orrery_core::kernel::metrics::MetricKind;
use orrery_core::kernel::session::Chart;
use orrery_core::words::grouped;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use crate::player::Player;

const WIDTH: u32 = 320;
const HEIGHT: u32 = 120;
const ROWS_SHOWN: usize = 12;

// Plotters writes colours into attributes; the stylesheet maps these to the theme's.
pub(super) const TEXT: RGBColor = RGBColor(1, 1, 1);
pub(super) const GRID: RGBColor = RGBColor(2, 2, 2);
pub(super) const LINE: RGBColor = RGBColor(3, 3, 3);

/// A chart for each metric.
#[component]
pub fn ChartsPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let charts = latest(player);
    let figures = (0..charts.with_untracked(Vec::len))
        .map(|index| {
            let chart = Memo::new(move |_| charts.with(|charts| charts.get(index).cloned()));
            view! { <Figure chart/> }
        })
        .collect_view();
    view! { <div class="charts" data-testid="charts">{figures}</div> }
}

/// What is measured, as it stands when charts should be drawn.
pub(super) fn latest(player: Player) -> Memo<Vec<Chart>> {
    Memo::new(move |_| {
        player.charts.track();
        player.read(|session| session.charts()).unwrap_or_default()
    })
}

#[component]
fn Figure(chart: Memo<Option<Chart>>) -> impl IntoView {
    let spec = chart.with_untracked(|chart| chart.as_ref().map(|chart| chart.spec));
    let Some(spec) = spec else {
        return ().into_any();
    };
    let now = move || chart.with(|chart| chart.as_ref().map(reading).unwrap_or_default());
    let picture = move || chart.with(|chart| chart.as_ref().and_then(draw).unwrap_or_default());
    let empty = move || chart.with(|chart| chart.as_ref().is_none_or(|c| finite(c).len() < 2));
    let rows = move || {
        let points = chart.with(|chart| {
            chart
                .as_ref()
                .map(|chart| chart.points.clone())
                .unwrap_or_default()
        });
        let rows = points.into_iter().rev().take(ROWS_SHOWN);
        rows.map(|(at, value)| view! { <tr><td>{short(at)}" s"</td><td>{short(value)}</td></tr> })
            .collect_view()
    };
    let unit = unit(spec.kind, spec.unit);
    view! {
        <figure class="chart">
            <figcaption title=spec.help.trim()>
                <strong>{spec.label}</strong>
                <span class="chart-now">{now}</span>
            </figcaption>
            <Show when=move || !empty() fallback=|| view! { <p class="quiet-text">"Nothing measured yet."</p> }>
                <div class="chart-picture" aria-hidden="true" inner_html=picture></div>
                <details>
                    <summary>"As a table"</summary>
                    <table>
                        <thead><tr><th>"Time"</th><th>{unit.clone()}</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </details>
            </Show>
        </figure>
    }
    .into_any()
}

fn unit(kind: MetricKind, unit: &str) -> String {
    match kind {
        MetricKind::Counter => format!("{unit} per second"),
        MetricKind::Gauge => unit.to_owned(),
        MetricKind::Histogram => format!("mean, {unit}"),
    }
}

/// The value now, in words.
pub(super) fn reading(chart: &Chart) -> String {
    let (now, unit) = (short(chart.now), unit_of(chart.now, chart.spec.unit));
    match (chart.spec.kind, chart.p99) {
        (MetricKind::Counter, _) => format!("{now} {unit} in all"),
        (MetricKind::Histogram, Some(p99)) => format!("median {now}, p99 {} {unit}", short(p99)),
        (MetricKind::Gauge | MetricKind::Histogram, _) => format!("{now} {unit}"),
    }
}

/// The unit of a value: one order, two orders; one copy, two copies. Short units have no plural.
fn unit_of(value: f64, unit: &str) -> Cow<'_, str> {
    if value != 1.0 || unit.len() < 4 {
        return Cow::Borrowed(unit);
    }
    match (unit.strip_suffix("ies"), unit.strip_suffix('s')) {
        (Some(one), _) => Cow::Owned(format!("{one}y")),
        (None, Some(one)) => Cow::Borrowed(one),
        (None, None) => Cow::Borrowed(unit),
    }
}

/// A number with three significant digits, or whole, its thousands apart.
pub(super) fn short(value: f64) -> String {
    match value.abs() {
        size if (1e3..1e15).contains(&size) => grouped(value.round()),
        _ if !value.is_finite() => "–".to_owned(),
        size if size >= 100.0 || size == 0.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        size if size >= 0.001 => format!("{value:.3}"),
        _ => format!("{value:.1e}"),
    }
}

/// The points that have a place on a chart.
pub(super) fn finite(chart: &Chart) -> Vec<(f64, f64)> {
    let points = chart.points.iter().copied();
    points.filter(|(_, value)| value.is_finite()).collect()
}

/// The range of values from zero, or from below it, with room above the highest.
pub(super) fn range(points: &[(f64, f64)]) -> (f64, f64) {
    let values = points.iter().map(|(_, value)| *value);
    let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low == high {
        (0.0, 1.0)
    } else {
        (low * 1.1, high * 1.1)
    }
}

/// How much room a chart leaves around its plane, in pixels, and about how many labels its axes have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// On the right.
    pub right: u32,
    /// Under the plane and left of it, for the labels.
    pub labels: (u32, u32),
    /// On x and on y.
    pub counts: (usize, usize),
}

/// What a chart of this run takes.
pub(super) const ROOM: Room = Room {
    right: 22,
    labels: (18, 40),
    counts: (5, 4),
};

/// Where a chart is drawn.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Why a chart could not be drawn.
pub(super) type Refusal = DrawingAreaErrorKind<std::io::Error>;

/// A chart with its axes.
pub(super) type Plane<'a> =
    ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The axes of a chart; `words` says what stands at a place on x.
pub(super) fn frame<'a>(
    area: &Area<'a>,
    room: Room,
    x: Range<f64>,
    y: Range<f64>,
    words: &dyn Fn(f64) -> String,
) -> Result<Plane<'a>, Refusal> {
    let mut chart = ChartBuilder::on(area)
        .margin(4)
        .margin_right(room.right)
        .x_label_area_size(room.labels.0)
        .y_label_area_size(room.labels.1)
        .build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(room.counts.0)
        .y_labels(room.counts.1)
        .axis_style(GRID)
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .label_style(("sans-serif", 11).into_font().color(&TEXT))
        .x_label_formatter(&|place| words(*place))
        .y_label_formatter(&|value| short(*value))
        .draw()?;
    Ok(chart)
}

/// An instant on an axis of time.
pub(super) fn seconds(at: f64) -> String {
    format!("{} s", short(at))
}

fn draw(chart: &Chart) -> Option<String> {
    let points = finite(chart);
    let (first, last) = (points.first()?.0, points.last()?.0);
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (WIDTH, HEIGHT)).into_drawing_area();
        plot(&area, &points, first..last.max(first + 0.1)).ok()?;
    }
    Some(text)
}

fn plot(area: &Area<'_>, points: &[(f64, f64)], times: Range<f64>) -> Result<(), Refusal> {
    let (low, high) = range(points);
    let mut chart = frame(area, ROOM, times, low..high, &seconds)?;
    chart.draw_series(LineSeries::new(
        points.iter().copied(),
        LINE.stroke_width(2),
    ))?;
    area.present()
}

/// What the tests of all charts take.
#[cfg(test)]
pub(super) mod fixtures {
    use orrery_core::kernel::metrics::{MetricKind, MetricSpec};
    use orrery_core::kernel::session::Chart;

    /// A gauge.
    pub(in crate::panels) const LEVEL: MetricSpec = MetricSpec {
        key: "level",
        label: "Level",
        unit: "items",
        kind: MetricKind::Gauge,
        help: "",
    };

    /// Its chart.
    pub(in crate::panels) fn gauge(points: &[(f64, f64)]) -> Chart {
        Chart {
            spec: LEVEL,
            points: points.to_vec(),
            now: 0.0,
            p99: None,
        }
    }

    /// Holds a chart to the colours that the stylesheet maps; how many places it has with one.
    pub(in crate::panels) fn mapped_colours(svg: &str) -> usize {
        let style = include_str!("../../styles/charts.css");
        let used = svg.split("=\"#").skip(1).map(|rest| &rest[..6]);
        let unmapped = |colour: &&str| !style.contains(&format!("\"#{colour}\"]"));
        assert_eq!(used.clone().find(unmapped), None);
        used.count()
    }
}

#[cfg(test)]
mod tests {
    use super::fixtures::{gauge, mapped_colours};
    use super::*;

    #[test]
    fn a_chart_uses_only_colours_that_the_stylesheet_maps() {
        let svg = draw(&gauge(&[(0.0, 1.0), (1.0, 3.0)])).expect("two points make a chart");
        let count = mapped_colours(&svg);
        assert!(count > 3, "text, grid and line are there: {svg}");
    }

    #[test]
    fn the_range_holds_every_value_and_zero() {
        for (values, expected) in [
            (&[][..], (0.0, 1.0)),
            (&[(0.0, 0.0)][..], (0.0, 1.0)),
            (&[(0.0, 10.0)][..], (0.0, 11.0)),
            (&[(0.0, -10.0), (1.0, 20.0)][..], (-11.0, 22.0)),
        ] {
            let (low, high) = range(values);
            let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
            assert!(
                near(low, expected.0) && near(high, expected.1),
                "{values:?}"
            );
        }
    }

    #[test]
    fn a_chart_without_finite_points_is_not_drawn() {
        assert_eq!(draw(&gauge(&[(0.0, f64::NAN)])), None);
        assert_eq!(draw(&gauge(&[])), None);
    }

    #[test]
    fn text_on_a_chart_is_escaped() {
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
            let font = ("sans-serif", 11).into_font().color(&TEXT);
            area.draw_text("<b>&\"", &font, (5, 5))
                .expect("text is written into a string");
            area.present().expect("a string takes all");
        }
        assert!(svg.contains("&lt;b&gt;&amp;"), "{svg}");
        assert!(!svg.contains("<b>"), "{svg}");
    }

    #[test]
    fn one_thing_is_not_told_as_many() {
        for (value, unit, told) in [
            (1.0, "copies", "copy"),
            (1.0, "orders", "order"),
            (2.0, "orders", "orders"),
            (1.0, "ms", "ms"),
            (1.0, "%", "%"),
        ] {
            assert_eq!(unit_of(value, unit), told);
        }
    }

    #[test]
    fn numbers_are_short_enough_for_an_axis() {
        for (value, text) in [
            (0.0, "0"),
            (3.0, "3"),
            (0.25, "0.250"),
            (12.34, "12.3"),
            (1234.4, "1,234"),
            (-12_345.0, "-12,345"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(short(value), text);
        }
    }
}
