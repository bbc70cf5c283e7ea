//! A circle of owners.

use super::path::{Trace, TraceByTone, arc, sector};
use super::pen::{Pen, Type};
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::picture::Anchor;
use crate::scene::shapes::{Ring, RingArc, RingMarker};
use crate::scene::tone::Tone;

/// A smaller ring has no room for names around it.
const LEAST_LABELLED: f64 = 130.0;
/// Above this many ticks they would merge into a grey band, and are left out.
const MOST_TICKS: usize = 360;
/// Above this many arcs, edges between them would outweigh them.
const MOST_EDGED: usize = 128;
/// The shortest arc worth drawing on its own, in stage units.
const FINEST: f64 = 1.0;

pub(super) fn draw(pen: &mut Pen, item: &Item, ring: &Ring) {
    let content = if item.label.is_empty() {
        pen.frame()
    } else {
        pen.heading(item, "")
    };
    let circle = Circle::of(ring, content);
    pen.path(
        "track",
        sector(
            Trace::default(),
            circle.center,
            circle.band(false),
            0.0,
            1.0,
        ),
    );
    let class = if ring.arcs.len() > MOST_EDGED {
        "sector fine"
    } else {
        "sector"
    };
    for strong in [false, true] {
        for (tone, trace) in bands(&ring.arcs, &circle, strong) {
            pen.path((class, tone), trace);
        }
    }
    if ring.ticks.len() <= MOST_TICKS {
        ticks(pen, ring, &circle);
    }
    if let Some(walk) = &ring.walk {
        draw_walk(pen, &circle, walk.from, walk.to, walk.tone);
    }
    for (index, marker) in ring.markers.iter().enumerate() {
        let place = Rect::around_point(draw_marker(pen, &circle, marker), 24.0, 24.0);
        let name = || format!("marker-{index}");
        pen.part(name, place, || marker.label.clone(), &marker.menu);
    }
    middle(pen, ring, &circle);
}

struct Circle {
    center: Point,
    outer: f64,
    thick: f64,
    room: Rect,
    labelled: bool,
}

impl Circle {
    /// The circle leaves room around it for the longest label outside.
    fn of(ring: &Ring, content: Rect) -> Self {
        let widest = ring
            .markers
            .iter()
            .filter(|marker| marker.outside)
            .map(|marker| Type::FLOATING.width(&marker.label))
            .fold(0.0, f64::max);
        let outside = ring.markers.iter().any(|marker| marker.outside);
        let labelled = content.short_side() >= LEAST_LABELLED;
        let (dx, dy) = if outside && labelled {
            ((widest + 22.0).min(content.w * 0.25), 32.0)
        } else if outside {
            (15.0, 15.0)
        } else {
            (8.0, 8.0)
        };
        let outer = (content.w / 2.0 - dx).min(content.h / 2.0 - dy).max(4.0);
        Self {
            center: content.center(),
            outer,
            thick: (outer * 0.13).clamp(3.0, 20.0),
            room: content,
            labelled,
        }
    }

    fn band(&self, strong: bool) -> (f64, f64) {
        let more = if strong { 5.0 } else { 0.0 };
        (self.outer - self.thick - more, self.outer + more)
    }

    fn inner(&self) -> f64 {
        self.outer - self.thick
    }
}

/// One path per tone, with parts too thin to see given to whoever owns their middle.
fn bands(arcs: &[RingArc], circle: &Circle, strong: bool) -> TraceByTone {
    let mut traces = TraceByTone::default();
    let band = circle.band(strong);
    let mut add = |from: f64, to: f64, tone: Tone| {
        traces.extend(tone, |trace| sector(trace, circle.center, band, from, to));
    };
    let places = (circle.outer * std::f64::consts::TAU / FINEST) as usize;
    let wanted = arcs.iter().filter(|arc| arc.strong == strong);
    if arcs.len() * 3 <= places {
        for arc in wanted {
            add(arc.from, arc.to, arc.tone);
        }
        return traces;
    }
    let mut owner: Vec<Option<Tone>> = vec![None; places];
    for arc in wanted {
        let first = libm::ceil(arc.from * places as f64 - 0.5) as i64;
        let last = libm::ceil(arc.to * places as f64 - 0.5) as i64;
        for place in first..last {
            owner[place.rem_euclid(places as i64) as usize] = Some(arc.tone);
        }
    }
    let mut start = 0;
    for at in 1..=places {
        if at == places || owner[at] != owner[start] {
            if let Some(tone) = owner[start] {
                add(
                    start as f64 / places as f64,
                    at as f64 / places as f64,
                    tone,
                );
            }
            start = at;
        }
    }
    traces
}

fn ticks(pen: &mut Pen, ring: &Ring, circle: &Circle) {
    let mut traces = TraceByTone::default();
    for tick in ring.ticks.iter() {
        traces.extend(tick.tone, |trace| {
            trace
                .jump(circle.center.polar(circle.inner() - 2.0, tick.at))
                .line(circle.center.polar(circle.outer + 4.0, tick.at))
        });
    }
    for (tone, trace) in traces {
        pen.path(("tick", tone), trace);
    }
}

fn draw_walk(pen: &mut Pen, circle: &Circle, from: f64, to: f64, tone: Tone) {
    let sweep = (to - from).rem_euclid(1.0);
    let radius = circle.inner() - 10.0;
    let head = (9.0 / (radius * std::f64::consts::TAU)).min(sweep / 2.0);
    pen.path(
        ("walk", tone),
        arc(circle.center, radius, from, from + sweep - head),
    );
    pen.arrow_head(
        ("head", tone),
        circle.center.polar(radius, from + sweep - head),
        circle.center.polar(radius, from + sweep),
        9.0,
    );
}

/// Draws a marker; hands back where it is.
fn draw_marker(pen: &mut Pen, circle: &Circle, marker: &RingMarker) -> Point {
    let (radius, side) = if marker.outside {
        (circle.outer + 9.0, 1.0)
    } else {
        (circle.inner() - 10.0, -1.0)
    };
    let at = circle.center.polar(radius, marker.at);
    pen.circle(("marker", marker.tone), at, 5.0);
    if marker.label.is_empty() || !circle.labelled {
        return at;
    }
    let spot = circle.center.polar(radius + 11.0 * side, marker.at);
    let across = side * (spot.x - circle.center.x) / radius.max(1.0);
    let anchor = if libm::fabs(across) < 0.25 {
        Anchor::Middle
    } else if across > 0.0 {
        Anchor::Start
    } else {
        Anchor::End
    };
    let room = match (anchor, marker.outside) {
        (_, false) => circle.inner(),
        (Anchor::Start, true) => circle.room.right() - spot.x,
        (Anchor::End, true) => spot.x - circle.room.x,
        (Anchor::Middle, true) => circle.room.w / 2.0,
    };
    let lift = if anchor == Anchor::Middle {
        let down = if spot.y > circle.center.y { 1.0 } else { -1.0 };
        4.0 * down * side
    } else {
        0.0
    };
    let spot = spot.moved(0.0, lift);
    pen.text(
        Type::FLOATING,
        Some(marker.tone),
        spot,
        anchor,
        &marker.label,
        room,
    );
    at
}

fn middle(pen: &mut Pen, ring: &Ring, circle: &Circle) {
    let room = circle.inner() * 1.3;
    let lift = if ring.note.is_empty() { 0.0 } else { 9.0 };
    let at = circle.center.moved(0.0, -lift);
    pen.text(Type::FIGURE, None, at, Anchor::Middle, &ring.center, room);
    let below = if ring.center.is_empty() { 0.0 } else { 14.0 };
    let at = circle.center.moved(0.0, below);
    pen.text(Type::QUIET, None, at, Anchor::Middle, &ring.note, room);
}
