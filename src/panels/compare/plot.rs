//! The variants' series over one another, told apart by colour, dash and mark.

use orrery_core::kernel::session::Chart;
use orrery_core::lab::VARIANTS_MAX;
use plotters::prelude::*;

use crate::panels::charts::{LINE, Plane, ROOM, Refusal, finite, frame, range, seconds};

const WIDTH: u32 = 320;
const HEIGHT: u32 = 190;

/// The lines of the variants; the stylesheet maps these to colours and dashes.
const LINES: [RGBColor; VARIANTS_MAX] = [
    LINE,
    RGBColor(6, 6, 6),
    RGBColor(7, 7, 7),
    RGBColor(8, 8, 8),
];

/// So many marks on each line.
const MARKS: usize = 6;

/// The series of all variants; none while nothing was measured.
pub(super) fn overlay(charts: &[Chart]) -> Option<String> {
    let series: Vec<Vec<(f64, f64)>> = charts.iter().map(finite).collect();
    let all: Vec<(f64, f64)> = series.iter().flatten().copied().collect();
    let times = all.iter().map(|(at, _)| *at);
    let (first, last) = times.fold((f64::INFINITY, 0.0_f64), |(first, last), at| {
        (first.min(at), last.max(at))
    });
    if all.len() < 2 {
        return None;
    }
    let (low, high) = range(&all);
    let mut text = String::new();
    paint(&mut text, &series, (first, last), (low, high)).ok()?;
    Some(text)
}

fn paint(
    text: &mut String,
    series: &[Vec<(f64, f64)>],
    (first, last): (f64, f64),
    (low, high): (f64, f64),
) -> Result<(), Refusal> {
    let area = SVGBackend::with_string(text, (WIDTH, HEIGHT)).into_drawing_area();
    let times = first..last.max(first + 0.1);
    let mut chart = frame(&area, ROOM, times, low..high, &seconds)?;
    for (variant, points) in series.iter().enumerate().rev() {
        let every = points.len().div_ceil(MARKS).max(1);
        // Each begins elsewhere, so that marks of equal lines stand beside one another.
        let own = points
            .iter()
            .skip((variant + 1) * every / (VARIANTS_MAX + 1));
        let marks: Vec<(f64, f64)> = own.step_by(every).copied().collect();
        draw_line(&mut chart, variant, points, &marks)?;
    }
    area.present()
}

fn draw_line(
    chart: &mut Plane<'_>,
    variant: usize,
    points: &[(f64, f64)],
    marks: &[(f64, f64)],
) -> Result<(), Refusal> {
    let line = LINES[variant % VARIANTS_MAX];
    let marks = marks.iter().copied();
    chart.draw_series(LineSeries::new(
        points.iter().copied(),
        line.stroke_width(2),
    ))?;
    match variant % VARIANTS_MAX {
        0 => chart.draw_series(marks.map(|at| Circle::new(at, 3, line.filled())))?,
        1 => chart.draw_series(marks.map(|at| TriangleMarker::new(at, 5, line.filled())))?,
        2 => chart.draw_series(marks.map(|at| Cross::new(at, 4, line.stroke_width(2))))?,
        _ => chart.draw_series(marks.map(|at| Circle::new(at, 4, line.stroke_width(2))))?,
    };
    Ok(())
}

/// A piece of a variant's line, as it is drawn on the chart.
pub(super) fn sample(variant: usize) -> String {
    let mut text = String::new();
    // A text takes all that is drawn.
    let _ = paint_sample(&mut text, variant);
    text
}

fn paint_sample(text: &mut String, variant: usize) -> Result<(), Refusal> {
    let area = SVGBackend::with_string(text, (34, 14)).into_drawing_area();
    let mut chart = ChartBuilder::on(&area).build_cartesian_2d(0.0..34.0, 0.0..14.0)?;
    draw_line(
        &mut chart,
        variant,
        &[(1.0, 7.0), (33.0, 7.0)],
        &[(17.0, 7.0)],
    )?;
    area.present()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::charts::fixtures::{gauge, mapped_colours};

    #[test]
    fn every_line_has_a_colour_and_a_dash_or_mark_of_its_own_in_the_stylesheet() {
        let charts = [0.0, 1.0, 2.0, 3.0].map(|up| gauge(&[(0.0, up), (1.0, up + 1.0)]));
        let svg = overlay(&charts).expect("there is something to draw");
        mapped_colours(&svg);
        let mut samples: Vec<String> = (0..VARIANTS_MAX).map(sample).collect();
        samples.dedup();
        assert_eq!(samples.len(), VARIANTS_MAX);
    }

    #[test]
    fn nothing_measured_draws_nothing() {
        assert_eq!(overlay(&[]), None);
        assert_eq!(overlay(&[gauge(&[]), gauge(&[(0.0, f64::NAN)])]), None);
    }
}
