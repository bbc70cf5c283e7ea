//! One of several lines on a chart, told apart by colour, dash and mark.

use orrery_core::lab::VARIANTS_MAX;
use plotters::prelude::*;

use super::charts::{LINE, Plane, Refusal};

/// The lines; the stylesheet maps these to colours and dashes.
const LINES: [RGBColor; VARIANTS_MAX] = [
    LINE,
    RGBColor(6, 6, 6),
    RGBColor(7, 7, 7),
    RGBColor(8, 8, 8),
];

/// Draws one of several lines through points, with its own marks on some of them.
pub(super) fn draw_line(
    chart: &mut Plane<'_>,
    line: usize,
    points: &[(f64, f64)],
    marks: &[(f64, f64)],
) -> Result<(), Refusal> {
    let stroke = LINES[line % LINES.len()];
    let marks = marks.iter().copied();
    chart.draw_series(LineSeries::new(
        points.iter().copied(),
        stroke.stroke_width(2),
    ))?;
    match line % LINES.len() {
        0 => chart.draw_series(marks.map(|at| Circle::new(at, 3, stroke.filled())))?,
        1 => chart.draw_series(marks.map(|at| TriangleMarker::new(at, 5, stroke.filled())))?,
        2 => chart.draw_series(marks.map(|at| Cross::new(at, 4, stroke.stroke_width(2))))?,
        _ => chart.draw_series(marks.map(|at| Circle::new(at, 4, stroke.stroke_width(2))))?,
    };
    Ok(())
}

/// A piece of a line, as it is drawn on a chart.
pub(super) fn sample(line: usize) -> String {
    let mut text = String::new();
    // A text takes all that is drawn.
    let _ = paint_sample(&mut text, line);
    text
}

fn paint_sample(text: &mut String, line: usize) -> Result<(), Refusal> {
    let area = SVGBackend::with_string(text, (34, 14)).into_drawing_area();
    let mut chart = ChartBuilder::on(&area).build_cartesian_2d(0.0..34.0, 0.0..14.0)?;
    draw_line(&mut chart, line, &[(1.0, 7.0), (33.0, 7.0)], &[(17.0, 7.0)])?;
    area.present()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::charts::fixtures::mapped_colours;

    #[test]
    fn every_line_has_a_colour_and_a_dash_or_mark_of_its_own_in_the_stylesheet() {
        let mut samples: Vec<String> = (0..LINES.len()).map(sample).collect();
        samples.iter().for_each(|svg| {
            mapped_colours(svg);
        });
        samples.dedup();
        assert_eq!(samples.len(), LINES.len());
    }
}
