//! Charts of what was measured, as SVG text.

use std::ops::Range;

use orrery_core::lab::{Band, Point};
use plotters::prelude::*;

use crate::panels::charts::{Area, LINE, Refusal, Room, TEXT, frame, seconds, short};
use crate::panels::lines::draw_line;

/// The line of theory.
const THEORY: RGBColor = RGBColor(4, 4, 4);
/// The area between two percentiles.
const BAND: RGBColor = RGBColor(5, 5, 5);
/// A number on a cell of a map.
const NUMBER: RGBColor = RGBColor(9, 9, 9);

/// How strong a cell of a map is for the smallest mean, and for the largest: at most so much that the
/// number on it can be read.
const STRENGTH: Range<f64> = 0.05..0.46;

const WIDTH: u32 = 300;
const HEIGHT: u32 = 190;
const ROOM: Room = Room {
    right: 18,
    labels: (20, 44),
    counts: (6, 5),
};

/// From values to places along an axis: evenly, or by ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scale {
    log: bool,
    from: f64,
    to: f64,
}

impl Scale {
    /// By ratio where positive values span more than thirtyfold and are spread by ratio themselves.
    fn of(values: &[f64]) -> Self {
        let from = values.iter().copied().fold(f64::INFINITY, f64::min);
        let to = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let middle = values.get(values.len() / 2).copied().unwrap_or(from);
        let off = |share: f64| (share - 0.5).abs();
        let by_ratio = off((middle / from).ln() / (to / from).ln());
        let evenly = off((middle - from) / (to - from));
        let log = from > 0.0 && to / from > 30.0 && by_ratio < evenly;
        let scale = Self { log, from, to };
        let (from, to) = (scale.place(from), scale.place(to));
        let room = ((to - from) * 0.04).max(1e-9);
        Self {
            log,
            from: from - room,
            to: to + room,
        }
    }

    fn place(self, value: f64) -> f64 {
        if self.log { value.log10() } else { value }
    }

    fn value(self, place: f64) -> f64 {
        if self.log { 10_f64.powf(place) } else { place }
    }

    /// What theory says from the first of some values to the last, with the places.
    fn along(self, xs: &[f64], theory: &dyn Fn(f64) -> Option<f64>) -> Vec<(f64, f64)> {
        let (Some(first), Some(last)) = (xs.first(), xs.last()) else {
            return Vec::new();
        };
        let ends = self.place(*first)..=self.place(*last);
        (0..=80)
            .map(|step| self.from + (self.to - self.from) * f64::from(step) / 80.0)
            .filter(|place| ends.contains(place))
            .filter_map(|place| Some((place, theory(self.value(place))?)))
            .filter(|(_, value)| value.is_finite())
            .collect()
    }
}

/// Means with their intervals over a knob, where nine of ten runs lie, and what theory says
/// between the points.
pub(super) fn curve(points: &[Point], theory: &dyn Fn(f64) -> Option<f64>) -> Option<String> {
    let measured: Vec<Measured> = points.iter().filter_map(Measured::of).collect();
    let xs: Vec<f64> = measured.iter().map(|point| point.x).collect();
    if xs.is_empty() {
        return None;
    }
    let scale = Scale::of(&xs);
    let expected = scale.along(&xs, theory);
    let ends = measured
        .iter()
        .flat_map(|it| [it.mean - it.half, it.mean + it.half, it.p5, it.p95]);
    let (low, high) = range(ends.chain(expected.iter().map(|(_, value)| *value)));
    draw(|area| {
        let mut chart = frame(area, ROOM, scale.from..scale.to, low..high, &|place| {
            short(scale.value(place))
        })?;
        let along = |value: fn(&Measured) -> f64| {
            let points = measured.iter();
            points.map(move |it| (scale.place(it.x), value(it)))
        };
        // Between points joined by nothing but theory, a band would tell of runs that nobody made.
        if expected.is_empty() {
            let there = along(|it| it.p5);
            let outline: Vec<_> = there.chain(along(|it| it.p95).rev()).collect();
            chart.draw_series([Polygon::new(outline, BAND.mix(0.18))])?;
        } else {
            let wide = BAND.mix(0.25).stroke_width(9);
            chart.draw_series(measured.iter().map(|it| {
                let x = scale.place(it.x);
                PathElement::new([(x, it.p5), (x, it.p95)], wide)
            }))?;
        }
        chart.draw_series(LineSeries::new(
            expected.iter().copied(),
            THEORY.stroke_width(2),
        ))?;
        if expected.is_empty() {
            let means = along(|it| it.mean);
            chart.draw_series(LineSeries::new(means, LINE.stroke_width(1)))?;
        }
        chart.draw_series(measured.iter().map(|it| {
            let (x, low, high) = (scale.place(it.x), it.mean - it.half, it.mean + it.half);
            PathElement::new([(x, low), (x, high)], LINE.stroke_width(2))
        }))?;
        chart.draw_series(along(|it| it.mean).map(|at| Circle::new(at, 3, LINE.filled())))?;
        Ok(())
    })
    .map(|(svg, ())| svg)
}

/// Means with their intervals on several lines over a knob, and what theory says of each line.
pub(super) fn lines(
    lines: &[Vec<Point>],
    theory: &dyn Fn(usize, f64) -> Option<f64>,
) -> Option<String> {
    let measured: Vec<Vec<Measured>> = lines
        .iter()
        .map(|points| points.iter().filter_map(Measured::of).collect())
        .collect();
    let all = || measured.iter().flatten();
    let xs: Vec<f64> = all().map(|point| point.x).collect();
    if xs.is_empty() {
        return None;
    }
    let scale = Scale::of(&xs);
    let own = |line: &[Measured]| line.iter().map(|it| it.x).collect::<Vec<f64>>();
    let expected: Vec<Vec<(f64, f64)>> = measured
        .iter()
        .enumerate()
        .map(|(line, points)| scale.along(&own(points), &|x| theory(line, x)))
        .collect();
    let ends = all().flat_map(|it| [it.mean - it.half, it.mean + it.half]);
    let told = expected.iter().flatten().map(|(_, value)| *value);
    let (low, high) = range(ends.chain(told));
    draw(|area| {
        let mut chart = frame(area, ROOM, scale.from..scale.to, low..high, &|place| {
            short(scale.value(place))
        })?;
        for (line, (points, expected)) in measured.iter().zip(&expected).enumerate() {
            let theory = expected.iter().copied();
            chart.draw_series(LineSeries::new(theory, THEORY.stroke_width(2)))?;
            chart.draw_series(points.iter().map(|it| {
                let (x, low, high) = (scale.place(it.x), it.mean - it.half, it.mean + it.half);
                PathElement::new([(x, low), (x, high)], TEXT.stroke_width(1))
            }))?;
            let means = points.iter().map(|it| (scale.place(it.x), it.mean));
            let means: Vec<(f64, f64)> = means.collect();
            draw_line(&mut chart, line, &means, &means)?;
        }
        Ok(())
    })
    .map(|(svg, ())| svg)
}

/// A point that has a place on a curve.
struct Measured {
    x: f64,
    mean: f64,
    half: f64,
    p5: f64,
    p95: f64,
}

impl Measured {
    fn of(point: &Point) -> Option<Self> {
        let summary = &point.summary;
        let or = |value: f64, other: f64| if value.is_finite() { value } else { other };
        summary.mean.is_finite().then_some(Self {
            x: point.x.as_f64()?,
            mean: summary.mean,
            half: or(summary.half_width, 0.0),
            p5: or(summary.p5, summary.mean),
            p95: or(summary.p95, summary.mean),
        })
    }
}

/// Where the plane of a chart lies on its picture, in pixels, and what it spans.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pixels: (Range<i32>, Range<i32>),
    times: Range<f64>,
    values: Range<f64>,
}

impl Place {
    /// The time and the value at a point of the picture, told by its shares of width and height;
    /// none outside the plane.
    pub(super) fn at(&self, across: f64, down: f64) -> Option<(f64, f64)> {
        let share = |pixel: f64, range: &Range<i32>| {
            let share = (pixel - f64::from(range.start)) / f64::from(range.end - range.start);
            (0.0..=1.0).contains(&share).then_some(share)
        };
        let along = share(across * f64::from(WIDTH), &self.pixels.0)?;
        let up = 1.0 - share(down * f64::from(HEIGHT), &self.pixels.1)?;
        let on = |share: f64, range: &Range<f64>| range.start + share * (range.end - range.start);
        Some((on(along, &self.times), on(up, &self.values)))
    }
}

/// Percentiles over time, and the runs named beside them.
pub(super) fn bands(bands: &[Band], own: &[(f64, f64)]) -> Option<(String, Place)> {
    let known: Vec<&Band> = bands.iter().filter(|band| band.count > 0).collect();
    let (first, last) = (known.first()?.at, known.last()?.at);
    let times = first.min(last - 0.1)..last;
    let values = known.iter().flat_map(|band| [band.p5, band.p95]);
    let (low, high) = range(values.chain(own.iter().map(|(_, value)| *value)));
    draw(|area| {
        let mut chart = frame(area, ROOM, times.clone(), low..high, &seconds)?;
        type Of = fn(&Band) -> f64;
        let pairs: [(Of, Of); 2] = [(|b| b.p5, |b| b.p95), (|b| b.p25, |b| b.p75)];
        for (low, high) in pairs {
            let there = known.iter().map(|band| (band.at, low(band)));
            let back = known.iter().rev().map(|band| (band.at, high(band)));
            let outline: Vec<(f64, f64)> = there.chain(back).collect();
            chart.draw_series([Polygon::new(outline, BAND.mix(0.25))])?;
        }
        let median = known.iter().map(|band| (band.at, band.p50));
        chart.draw_series(LineSeries::new(median, THEORY.stroke_width(2)))?;
        chart.draw_series(LineSeries::new(own.iter().copied(), LINE.stroke_width(2)))?;
        Ok(Place {
            pixels: chart.plotting_area().get_pixel_range(),
            times: times.clone(),
            values: low..high,
        })
    })
}

/// Means over two knobs: the larger, the stronger, with the number where there is room.
pub(super) fn map(xs: &[String], ys: &[String], means: &[Option<f64>]) -> Option<String> {
    let known = || {
        means
            .iter()
            .flatten()
            .copied()
            .filter(|mean| mean.is_finite())
    };
    let low = known().fold(f64::INFINITY, f64::min);
    let high = known().fold(f64::NEG_INFINITY, f64::max);
    if !low.is_finite() {
        return None;
    }
    let (columns, rows) = (xs.len() as i32, ys.len() as i32);
    let (left, foot) = (44, 22);
    let (w, h) = (WIDTH as i32 - left - 4, HEIGHT as i32 - foot - 4);
    draw(|area| {
        let font = || ("sans-serif", 11).into_font().color(&TEXT);
        for (index, mean) in means.iter().enumerate() {
            let (x, y) = (index as i32 % columns, index as i32 / columns);
            let corner = |x: i32, y: i32| (left + w * x / columns, 4 + h - h * y / rows);
            let (from, to) = (corner(x, y + 1), corner(x + 1, y));
            let Some(mean) = mean.filter(|mean| mean.is_finite()) else {
                continue;
            };
            let share = if high > low {
                (mean - low) / (high - low)
            } else {
                0.5
            };
            area.draw(&Rectangle::new(
                [from, to],
                LINE.mix(strength(share)).filled(),
            ))?;
            if w / columns >= 34 && h / rows >= 14 {
                let at = (from.0 + 4, (from.1 + to.1) / 2 - 6);
                let font = ("sans-serif", 11).into_font().color(&NUMBER);
                area.draw_text(&short(mean), &font, at)?;
            }
        }
        for (index, words) in labels(xs, 6) {
            let at = (
                left + w * (2 * index + 1) / (2 * columns) - 8,
                HEIGHT as i32 - foot + 4,
            );
            area.draw_text(words, &font(), at)?;
        }
        for (index, words) in labels(ys, 8) {
            let at = (2, 4 + h - h * (2 * index + 1) / (2 * rows) - 6);
            area.draw_text(words, &font(), at)?;
        }
        Ok(())
    })
    .map(|(svg, ())| svg)
}

/// How strong a cell is that lies so far between the smallest mean and the largest.
fn strength(share: f64) -> f64 {
    STRENGTH.start + (STRENGTH.end - STRENGTH.start) * share
}

/// At most so many of the words, evenly chosen, with their places.
fn labels(words: &[String], most: usize) -> impl Iterator<Item = (i32, &str)> {
    let step = words.len().div_ceil(most).max(1);
    let every = words.iter().enumerate().step_by(step);
    every.map(|(index, words)| (index as i32, words.as_str()))
}

/// The range of values from zero, or from below it, with room above the highest.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((0.0_f64, 0.0_f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    if low == high {
        (0.0, 1.0)
    } else {
        (low * 1.08, high * 1.08)
    }
}

/// What is painted, as SVG text, and what the painter found out.
fn draw<T>(paint: impl FnOnce(&Area<'_>) -> Result<T, Refusal>) -> Option<(String, T)> {
    let mut text = String::new();
    let found = {
        let area = SVGBackend::with_string(&mut text, (WIDTH, HEIGHT)).into_drawing_area();
        let found = paint(&area).ok()?;
        area.present().ok()?;
        found
    };
    Some((text, found))
}

#[cfg(test)]
mod tests {
    use orrery_core::lab::{Agreement, Summary};
    use orrery_core::value::Value;

    use super::*;
    use crate::panels::charts::fixtures::mapped_colours;

    fn point(x: f64, values: &[f64]) -> Point {
        Point {
            x: Value::Real(x),
            y: None,
            summary: Summary::of(values),
            theory: None,
            agreement: Agreement::NoTheory,
        }
    }

    #[test]
    fn charts_use_only_colours_that_the_stylesheet_maps() {
        let points = [point(1.0, &[1.0, 2.0]), point(2.0, &[2.0, 2.5])];
        let band = |at| Band {
            at,
            count: 3,
            p5: 1.0,
            p25: 2.0,
            p50: 3.0,
            p75: 4.0,
            p95: 5.0,
        };
        let names = ["a".to_owned(), "b".to_owned()];
        let drawn = [
            curve(&points, &|x| Some(x)),
            lines(&[points.to_vec(), points.to_vec()], &|_, x| Some(x)),
            bands(&[band(1.0), band(2.0)], &[(1.0, 2.0), (2.0, 4.0)]).map(|(svg, _)| svg),
            map(
                &names,
                &names,
                &[Some(1.0), Some(2.0), None, Some(f64::NAN)],
            ),
        ];
        for svg in drawn {
            let svg = svg.expect("there is something to draw");
            mapped_colours(&svg);
        }
    }

    /// A colour of `styles/tokens.css` on paper or on ink, as shares of red, green and blue.
    fn token(name: &str, theme: usize) -> [f64; 3] {
        let tokens = include_str!("../../../styles/tokens.css");
        let rule = tokens.split(&format!("--{name}: light-dark(")).nth(1);
        let pair = rule
            .and_then(|rule| rule.split(')').next())
            .expect("it is a pair");
        let hex = pair
            .split(", ")
            .nth(theme)
            .expect("there are two")
            .trim_start_matches('#');
        [0, 2, 4].map(|at| {
            let byte = u8::from_str_radix(&hex[at..at + 2], 16).expect("it is hexadecimal");
            f64::from(byte) / 255.0
        })
    }

    /// WCAG 2.2, relative luminance.
    fn luminance(colour: [f64; 3]) -> f64 {
        let linear = colour.map(|share| match share <= 0.040_45 {
            true => share / 12.92,
            false => ((share + 0.055) / 1.055).powf(2.4),
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    #[test]
    fn a_number_on_a_map_stands_out_from_its_cell_on_paper_and_on_ink() {
        for theme in [0, 1] {
            for ground in ["surface", "paper"] {
                let (ink, line, ground) = (
                    token("ink", theme),
                    token("active", theme),
                    token(ground, theme),
                );
                for step in 0..=10 {
                    let strong = strength(f64::from(step) / 10.0);
                    let mixed =
                        std::array::from_fn(|at| line[at] * strong + ground[at] * (1.0 - strong));
                    let (a, b) = (luminance(ink), luminance(mixed));
                    let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                    assert!(contrast >= 4.5, "theme {theme}, {strong}: {contrast}");
                }
            }
        }
    }

    #[test]
    fn a_line_is_drawn_for_each_and_theory_only_where_it_says_something() {
        let points = |up: f64| vec![point(1.0, &[up]), point(2.0, &[up])];
        let drawn = |theory: &dyn Fn(usize, f64) -> Option<f64>| {
            let svg = lines(&[points(1.0), points(2.0), points(3.0)], theory);
            svg.expect("there is something to draw")
        };
        let strokes = |svg: &str, stroke: &str| {
            let polylines = svg.split("<polyline").skip(1);
            polylines
                .filter(|rest| {
                    rest.split("/>")
                        .next()
                        .is_some_and(|it| it.contains(stroke))
                })
                .count()
        };
        let svg = drawn(&|line, x| (line == 1).then_some(x));
        assert_eq!(strokes(&svg, "\"#040404\""), 1);
        for own in ["#030303", "#060606", "#070707"] {
            assert!(strokes(&svg, own) >= 1, "{own}");
        }
        assert_eq!(strokes(&drawn(&|_, _| None), "\"#040404\""), 0);
    }

    #[test]
    fn nothing_measured_draws_nothing() {
        assert_eq!(curve(&[], &|_| None), None);
        assert_eq!(curve(&[point(1.0, &[])], &|_| None), None);
        assert_eq!(lines(&[Vec::new()], &|_, _| None), None);
        assert_eq!(bands(&[], &[]), None);
        assert_eq!(map(&[], &[], &[]), None);
    }

    #[test]
    fn a_point_of_the_picture_is_the_instant_and_the_value_that_are_drawn_there() {
        let place = Place {
            pixels: (50..250, 20..120),
            times: 0.0..10.0,
            values: 0.0..40.0,
        };
        let at = |x: f64, y: f64| place.at(x / f64::from(WIDTH), y / f64::from(HEIGHT));
        let (time, value) = at(150.0, 45.0).expect("it lies on the plane");
        assert!((time - 5.0).abs() < 1e-9 && (value - 30.0).abs() < 1e-9);
        assert_eq!(at(49.0, 45.0), None, "left of the axis");
        assert_eq!(at(150.0, 121.0), None, "under the axis");
    }

    #[test]
    fn a_knob_that_spans_more_than_thirtyfold_is_drawn_by_ratio() {
        for (values, log) in [
            (&[1.0, 10.0][..], false),
            (&[1.0, 10.0, 100.0][..], true),
            (&[0.0, 100.0][..], false),
            (&[1.0, 51.0, 101.0][..], false),
            (&[5.0][..], false),
        ] {
            let scale = Scale::of(values);
            assert_eq!(scale.log, log, "{values:?}");
            assert!(
                values
                    .iter()
                    .all(|value| { (scale.from..=scale.to).contains(&scale.place(*value)) })
            );
        }
    }
}
