//! The sign of each tone: what tells tones apart without colour.

use super::path::Trace;
use super::pen::Pen;
use crate::scene::geometry::{Point, Rect};
use crate::scene::tone::Tone;

/// Whether the tone says something that a sign repeats.
pub(super) const fn has_sign(tone: Tone) -> bool {
    match tone {
        Tone::Plain | Tone::Series(_) => false,
        Tone::Idle
        | Tone::Active
        | Tone::Pending
        | Tone::Good
        | Tone::Stale
        | Tone::Refused
        | Tone::Failed
        | Tone::Leader => true,
    }
}

/// A small disc with the tone's sign in it.
pub(super) fn seal(pen: &mut Pen, tone: Tone, center: Point, radius: f64) {
    match tone {
        Tone::Idle => pen.circle(("seal-open", tone), center, radius * 0.62),
        Tone::Series(_) => {
            let side = radius * 1.7;
            pen.rect(
                ("seal", tone),
                Rect::around_point(center, side, side),
                radius * 0.4,
            );
        }
        Tone::Plain => pen.circle(("seal", tone), center, radius * 0.62),
        Tone::Active => {
            pen.circle(("seal-open", tone), center, radius * 0.92);
            pen.circle(("seal", tone), center, radius * 0.52);
        }
        Tone::Pending => {
            pen.circle(("seal-open dashes", tone), center, radius * 0.92);
            pen.circle(("seal", tone), center, radius * 0.24);
        }
        Tone::Good | Tone::Stale | Tone::Refused | Tone::Failed | Tone::Leader => {
            pen.circle(("seal", tone), center, radius);
            glyph(pen, tone, center, radius);
        }
    }
}

/// The sign of a tone in its simplest form: filled for yes, open for not yet, crossed for never.
pub(super) fn dot(pen: &mut Pen, tone: Tone, center: Point, radius: f64) {
    match tone {
        Tone::Plain | Tone::Active | Tone::Good | Tone::Leader | Tone::Series(_) => {
            pen.circle(("seal", tone), center, radius);
        }
        Tone::Idle => pen.circle(("seal-open", tone), center, radius - 0.5),
        Tone::Pending => pen.circle(("seal-open dashes", tone), center, radius - 0.5),
        Tone::Stale | Tone::Refused | Tone::Failed => {
            let at = |x: f64, y: f64| center.moved(x * radius, y * radius);
            let trace = if tone == Tone::Failed {
                Trace::from(at(-0.8, -0.8))
                    .line(at(0.8, 0.8))
                    .jump(at(0.8, -0.8))
                    .line(at(-0.8, 0.8))
            } else if tone == Tone::Refused {
                Trace::from(at(-1.0, 0.0)).line(at(1.0, 0.0))
            } else {
                Trace::from(at(0.0, -1.0)).line(at(0.0, 1.0))
            };
            pen.path(("stroke", tone), trace);
        }
    }
}

/// The mark in the disc.
fn glyph(pen: &mut Pen, tone: Tone, center: Point, radius: f64) {
    let at = |x: f64, y: f64| center.moved(x * radius, y * radius);
    let trace = match tone {
        Tone::Good => Trace::from(at(-0.45, 0.05))
            .line(at(-0.1, 0.4))
            .line(at(0.48, -0.35)),
        Tone::Stale => Trace::from(at(0.0, -0.55))
            .line(at(0.0, 0.1))
            .jump(at(0.0, 0.48))
            .line(at(0.0, 0.5)),
        Tone::Refused => Trace::from(at(-0.5, 0.0)).line(at(0.5, 0.0)),
        Tone::Failed => Trace::from(at(-0.36, -0.36))
            .line(at(0.36, 0.36))
            .jump(at(0.36, -0.36))
            .line(at(-0.36, 0.36)),
        Tone::Leader => return pen.path(("seal-star", tone), star(center, radius * 0.68)),
        Tone::Plain | Tone::Idle | Tone::Active | Tone::Pending | Tone::Series(_) => return,
    };
    pen.path(("seal-glyph", tone), trace);
}

fn star(center: Point, radius: f64) -> Trace {
    let point = |index: u32| {
        let reach = if index.is_multiple_of(2) { 1.0 } else { 0.42 };
        center.polar(radius * reach, f64::from(index) / 10.0)
    };
    (1..10)
        .fold(Trace::from(point(0)), |trace, index| {
            trace.line(point(index))
        })
        .close()
}

/// A dial that empties clockwise: time left.
pub(super) fn dial(pen: &mut Pen, center: Point, radius: f64, left: f64) {
    pen.circle("dial-track", center, radius);
    if left > 0.0 {
        let trace = Trace::from(center).line(center.polar(radius, 1.0 - left.min(1.0)));
        if left >= 0.999 {
            pen.circle("dial", center, radius);
        } else {
            let wedge = trace
                .arc(radius, left > 0.5, true, center.polar(radius, 0.0))
                .close();
            pen.path("dial", wedge);
        }
    }
}
