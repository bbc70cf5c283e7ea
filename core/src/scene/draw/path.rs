//! SVG path data, written as it is traced.

use crate::real::put;
use crate::scene::geometry::{Point, Rect};
use crate::scene::tone::Tone;

/// Path data under way.
#[derive(Debug, Default)]
pub(super) struct Trace {
    d: String,
    bounds: Option<Rect>,
}

impl Trace {
    /// A path that begins at `start`.
    pub(super) fn from(start: Point) -> Self {
        Self::default().jump(start)
    }

    /// Begins a new part at `point`.
    pub(super) fn jump(self, point: Point) -> Self {
        self.write('M', &[point])
    }

    /// A straight line to `point`.
    pub(super) fn line(self, point: Point) -> Self {
        self.write('L', &[point])
    }

    /// A quadratic curve to `point`.
    pub(super) fn curve(self, control: Point, point: Point) -> Self {
        self.write('Q', &[control, point])
    }

    /// A circular arc to `point`, clockwise or not, by the longer way or not.
    pub(super) fn arc(mut self, radius: f64, long: bool, clockwise: bool, point: Point) -> Self {
        self.d.push('A');
        write_number(&mut self.d, radius);
        self.d.push(' ');
        write_number(&mut self.d, radius);
        self.d.push_str(match (long, clockwise) {
            (false, false) => " 0 0 0",
            (false, true) => " 0 0 1",
            (true, false) => " 0 1 0",
            (true, true) => " 0 1 1",
        });
        self.write(' ', &[point])
    }

    /// An elliptic arc to `point`, clockwise or not; half an ellipse at most.
    pub(super) fn ellipse(mut self, rx: f64, ry: f64, clockwise: bool, point: Point) -> Self {
        self.d.push('A');
        write_number(&mut self.d, rx);
        self.d.push(' ');
        write_number(&mut self.d, ry);
        self.d.push_str(if clockwise { " 0 0 1" } else { " 0 0 0" });
        self.write(' ', &[point])
    }

    /// Back to the beginning of the part.
    pub(super) fn close(mut self) -> Self {
        self.d.push('Z');
        self
    }

    /// The data, and what its points span.
    pub(super) fn finish(self) -> (String, Rect) {
        (self.d, self.bounds.unwrap_or_default())
    }

    #[inline(never)]
    fn write(mut self, command: char, points: &[Point]) -> Self {
        self.d.push(command);
        for (index, point) in points.iter().enumerate() {
            if index > 0 {
                self.d.push(' ');
            }
            write_number(&mut self.d, point.x);
            self.d.push(' ');
            write_number(&mut self.d, point.y);
            let spot = Rect::new(point.x, point.y, 0.0, 0.0);
            self.bounds = Some(self.bounds.map_or(spot, |bounds| bounds.union(spot)));
        }
        self
    }
}

/// A number in hundredths. Rings hold thousands, and the standard formatting of floats is ten times
/// slower.
#[inline(never)]
pub(super) fn write_number(text: &mut String, value: f64) {
    let hundredths = libm::round(value * 100.0) as i64;
    if hundredths < 0 {
        text.push('-');
    }
    let size = hundredths.unsigned_abs();
    let (number, decimals) = match (size % 100, size % 10) {
        (0, _) => (size / 100, 0),
        (_, 0) => (size / 10, 1),
        _ => (size, 2),
    };
    put(text, number, decimals);
}

/// One path for each tone, in the order of the tones.
#[derive(Debug, Default)]
pub(super) struct TraceByTone(Vec<(Tone, Trace)>);

impl TraceByTone {
    /// Lengthens the path of `tone`.
    pub(super) fn extend(&mut self, tone: Tone, more: impl FnOnce(Trace) -> Trace) {
        let trace = self.of(tone);
        *trace = more(std::mem::take(trace));
    }

    fn of(&mut self, tone: Tone) -> &mut Trace {
        let Self(traces) = self;
        let index = match traces.binary_search_by_key(&tone, |(tone, _)| *tone) {
            Ok(index) => index,
            Err(index) => {
                traces.insert(index, (tone, Trace::default()));
                index
            }
        };
        &mut traces[index].1
    }
}

impl IntoIterator for TraceByTone {
    type Item = (Tone, Trace);
    type IntoIter = std::vec::IntoIter<(Tone, Trace)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// An open arc around `center`, clockwise from one turn to another, at most a whole circle.
pub(super) fn arc(center: Point, radius: f64, from: f64, to: f64) -> Trace {
    let sweep = (to - from).clamp(0.0, 1.0);
    let start = Trace::from(center.polar(radius, from));
    if sweep > 0.999 {
        return start
            .arc(radius, false, true, center.polar(radius, from + 0.5))
            .arc(radius, false, true, center.polar(radius, from));
    }
    start.arc(
        radius,
        sweep > 0.5,
        true,
        center.polar(radius, from + sweep),
    )
}

/// A closed part of a band between two circles, added to `trace`.
pub(super) fn sector(
    trace: Trace,
    center: Point,
    (inner, outer): (f64, f64),
    from: f64,
    to: f64,
) -> Trace {
    let sweep = (to - from).clamp(0.0, 1.0);
    if sweep > 0.999 {
        let half = from + 0.5;
        return trace
            .jump(center.polar(outer, from))
            .arc(outer, false, true, center.polar(outer, half))
            .arc(outer, false, true, center.polar(outer, from))
            .close()
            .jump(center.polar(inner, from))
            .arc(inner, false, false, center.polar(inner, half))
            .arc(inner, false, false, center.polar(inner, from))
            .close();
    }
    let (long, to) = (sweep > 0.5, from + sweep);
    trace
        .jump(center.polar(outer, from))
        .arc(outer, long, true, center.polar(outer, to))
        .line(center.polar(inner, to))
        .arc(inner, long, false, center.polar(inner, from))
        .close()
}

/// The beginning of a rounded rectangle's outline, clockwise from the middle of its top edge, up to
/// `fraction` of its length.
pub(super) fn outline_part(rect: Rect, radius: f64, fraction: f64) -> Trace {
    let corners = [
        (Point::new(rect.right() - radius, rect.y + radius), 0.0),
        (
            Point::new(rect.right() - radius, rect.bottom() - radius),
            0.25,
        ),
        (Point::new(rect.x + radius, rect.bottom() - radius), 0.5),
        (Point::new(rect.x + radius, rect.y + radius), 0.75),
    ];
    const STEPS: u32 = 4;
    let mut points = vec![rect.at(0.5, 0.0)];
    for (center, turn) in corners {
        points
            .extend((0..=STEPS).map(|step| {
                center.polar(radius, turn + 0.25 * f64::from(step) / f64::from(STEPS))
            }));
    }
    points.push(points[0]);
    let length: f64 = points.windows(2).map(|w| w[0].distance(w[1])).sum();
    let mut left = length * fraction;
    let mut trace = Trace::from(points[0]);
    for pair in points.windows(2) {
        let step = pair[0].distance(pair[1]);
        if left <= 0.0 {
            break;
        }
        let share = if step > 0.0 {
            (left / step).min(1.0)
        } else {
            1.0
        };
        trace = trace.line(pair[0].lerp(pair[1], share));
        left -= step;
    }
    trace
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_hundredths_and_never_minus_zero() {
        for (value, text) in [
            (0.0, "0"),
            (-0.001, "0"),
            (-0.5, "-0.5"),
            (12.345, "12.35"),
            (1234.5, "1234.5"),
            (0.07, "0.07"),
            (f64::NAN, "0"),
        ] {
            let (d, _) = Trace::from(Point::new(value, 1.0)).finish();
            assert_eq!(d, format!("M{text} 1"));
        }
    }
}
