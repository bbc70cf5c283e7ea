//! The variants' series over one another, told apart by colour, dash and mark.

use orrery_core::kernel::session::Chart;
use orrery_core::lab::VARIANTS_MAX;
use plotters::prelude::*;

use crate::panels::charts::{ROOM, Refusal, finite, frame, range, seconds};
use crate::panels::lines::draw_line;

const WIDTH: u32 = 320;
const HEIGHT: u32 = 190;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::charts::fixtures::{gauge, mapped_colours};

    #[test]
    fn the_variants_lines_use_only_colours_that_the_stylesheet_maps() {
        let charts = [0.0, 1.0, 2.0, 3.0].map(|up| gauge(&[(0.0, up), (1.0, up + 1.0)]));
        let svg = overlay(&charts).expect("there is something to draw");
        mapped_colours(&svg);
    }

    #[test]
    fn nothing_measured_draws_nothing() {
        assert_eq!(overlay(&[]), None);
        assert_eq!(overlay(&[gauge(&[]), gauge(&[(0.0, f64::NAN)])]), None);
    }
}
