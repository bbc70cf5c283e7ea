//! A circle of owners.

use super::path::{Trace, TraceByTone, arc, sector, write_number};
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
/// Above this many arcs, edges between them would outweigh them: they are dashes then.
const MOST_EDGED: usize = 128;
/// The shortest arc worth drawing on its own, in stage units.
const FINEST: f64 = 1.0;
/// To how many parts of the shortest arc the ends of others are exact, as long as arcs are three
/// times as long on average.
const PARTS: usize = 5;

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
    for strong in [false, true] {
        let arcs = ring.arcs.iter().filter(|arc| arc.strong == strong);
        if ring.arcs.len() > MOST_EDGED {
            let parts = places(ring.arcs.len(), &circle);
            for (tone, lengths) in dashes(arcs, parts) {
                let band = circle.fitted(strong, parts);
                pen.dashes(("sectors", tone), circle.center, band, lengths);
            }
        } else {
            for (tone, trace) in sectors(arcs, &circle, strong) {
                pen.path(("sector", tone), trace);
            }
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

    /// The band with its middle moved by less than a sixth of a unit, so that places are as long as
    /// they are said to be.
    fn fitted(&self, strong: bool, places: Places) -> (f64, f64) {
        let (inner, outer) = self.band(strong);
        let length = places.count as f64 / places.per_unit as f64 * FINEST;
        let more = length / std::f64::consts::TAU - (inner + outer) / 2.0;
        (inner + more, outer + more)
    }

    fn inner(&self) -> f64 {
        self.outer - self.thick
    }
}

/// One path per tone.
fn sectors<'a>(
    arcs: impl Iterator<Item = &'a RingArc>,
    circle: &Circle,
    strong: bool,
) -> TraceByTone {
    let mut traces = TraceByTone::default();
    let band = circle.band(strong);
    for arc in arcs {
        traces.extend(arc.tone, |trace| {
            sector(trace, circle.center, band, arc.from, arc.to)
        });
    }
    traces
}

/// Into how many places the circle is cut, and how many make a unit of length.
#[derive(Clone, Copy)]
struct Places {
    count: usize,
    per_unit: usize,
}

fn places(arcs: usize, circle: &Circle) -> Places {
    let (inner, outer) = circle.band(false);
    let finest = ((inner + outer) / 2.0 * std::f64::consts::TAU / FINEST).max(1.0) as usize;
    let per_unit = if arcs * 3 <= finest { PARTS } else { 1 };
    Places {
        count: finest * per_unit,
        per_unit,
    }
}

/// The dashes of each tone, in the order of the tones: whoever owns the middle of a place has all of
/// it.
fn dashes<'a>(
    arcs: impl Iterator<Item = &'a RingArc>,
    places: Places,
) -> impl Iterator<Item = (Tone, String)> {
    let count = places.count;
    let mut owner: Vec<Option<Tone>> = vec![None; count];
    for arc in arcs {
        // Dashes begin at the right, turns at the top.
        let place = |turn: f64| libm::ceil((turn - 0.25) * count as f64 - 0.5) as i64;
        for place in place(arc.from)..place(arc.to) {
            owner[place.rem_euclid(count as i64) as usize] = Some(arc.tone);
        }
    }
    let mut lines: Vec<(Tone, Dashes)> = Vec::new();
    let mut start = 0;
    for run in owner.chunk_by(|one, other| one == other) {
        if let Some(tone) = run[0] {
            let found = lines.binary_search_by_key(&tone, |(tone, _)| *tone);
            let index = found.unwrap_or_else(|index| {
                lines.insert(index, (tone, Dashes::default()));
                index
            });
            lines[index].1.add(start, start + run.len(), places);
        }
        start += run.len();
    }
    let finish = move |(tone, line): (Tone, Dashes)| (tone, line.finish(places));
    lines.into_iter().map(finish)
}

/// Lengths of dashes and gaps in turn, up to a place.
#[derive(Default)]
struct Dashes {
    lengths: String,
    end: usize,
}

impl Dashes {
    /// A dash from one place to another.
    fn add(&mut self, from: usize, to: usize, places: Places) {
        if from > self.end {
            if self.lengths.is_empty() {
                self.length(0, places);
            }
            self.length(from - self.end, places);
        }
        self.length(to - from, places);
        self.end = to;
    }

    /// The lengths, with a gap at the end: there are as many of these as of dashes.
    fn finish(mut self, places: Places) -> String {
        self.length(places.count - self.end, places);
        self.lengths
    }

    fn length(&mut self, length: usize, places: Places) {
        if !self.lengths.is_empty() {
            self.lengths.push(' ');
        }
        write_number(&mut self.lengths, length as f64 / places.per_unit as f64);
    }
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
