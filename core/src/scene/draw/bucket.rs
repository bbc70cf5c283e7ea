//! A vessel with a level.

use super::path::Trace;
use super::pen::{Pen, Type};
use crate::real::within;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::picture::Anchor;
use crate::scene::shapes::{Bucket, Mark};

/// How far drops fall before they reach the vessel's mouth.
const FALL: f64 = 26.0;
const ROUND: f64 = 14.0;

pub(super) fn draw(pen: &mut Pen, item: &Item, bucket: &Bucket) {
    let content = pen.heading(item, "");
    let room = marks_width(&bucket.marks);
    let falls = !bucket.inflow.is_empty() || !bucket.drops.is_empty() || bucket.overflowing;
    let falls = falls && content.h >= 70.0;
    let drains = !bucket.outflow.is_empty() && content.h >= 110.0;
    let above = if falls { FALL } else { 4.0 };
    let below = if drains { 34.0 } else { 2.0 };
    let height = (content.h - above - below).max(4.0);
    let spill = 14.0;
    let width = within(
        content.w - room - 2.0 * spill,
        24.0,
        (height * 1.1).max(24.0),
    );
    let left = content.x + (content.w - room - width) / 2.0;
    let vessel = Rect::new(left, content.y + above, width, height);
    let surface = vessel.bottom() - vessel.h * bucket.level;
    liquid(pen, vessel, surface, bucket.level);
    for mark in &bucket.marks {
        draw_mark(pen, vessel, mark, room);
    }
    pen.path("vessel", walls(vessel));
    if falls {
        drops(pen, bucket, content, vessel, surface);
    }
    if bucket.overflowing {
        overflow(pen, vessel);
    }
    let place = reading_place(vessel, surface);
    pen.text_in(Type::FIGURE, None, place, &bucket.reading);
    if drains {
        outflow(pen, &bucket.outflow, content, vessel);
    }
}

/// In the middle; where the surface would strike the reading through, below the surface, and above
/// it where the liquid is too shallow.
fn reading_place(vessel: Rect, surface: f64) -> Rect {
    let half = Type::FIGURE.size().leading() / 2.0;
    let middle = vessel.center().y.max(surface + half);
    let y = if middle + half <= vessel.bottom() {
        middle
    } else {
        vessel.center().y.min(surface - half)
    };
    Rect::new(vessel.x + 6.0, y - half, vessel.w - 12.0, 2.0 * half)
}

fn marks_width(marks: &[Mark]) -> f64 {
    marks
        .iter()
        .map(|mark| Type::QUIET.width(&mark.label))
        .fold(0.0, f64::max)
}

/// The open outline: down the left wall, along the foot, up the right wall, with small lips.
fn walls(vessel: Rect) -> Trace {
    let (left, right, top, foot) = (vessel.x, vessel.right(), vessel.y, vessel.bottom());
    Trace::from(Point::new(left - 5.0, top - 3.0))
        .curve(Point::new(left, top - 2.0), Point::new(left, top + 5.0))
        .line(Point::new(left, foot - ROUND))
        .curve(Point::new(left, foot), Point::new(left + ROUND, foot))
        .line(Point::new(right - ROUND, foot))
        .curve(Point::new(right, foot), Point::new(right, foot - ROUND))
        .line(Point::new(right, top + 5.0))
        .curve(
            Point::new(right, top - 2.0),
            Point::new(right + 5.0, top - 3.0),
        )
}

fn liquid(pen: &mut Pen, vessel: Rect, surface: f64, level: f64) {
    if level <= 0.0 {
        return;
    }
    let (left, right, foot) = (vessel.x, vessel.right(), vessel.bottom());
    let round = ROUND.min(foot - surface);
    let trace = Trace::from(Point::new(left, surface))
        .line(Point::new(right, surface))
        .line(Point::new(right, foot - round))
        .curve(Point::new(right, foot), Point::new(right - round, foot))
        .line(Point::new(left + round, foot))
        .curve(Point::new(left, foot), Point::new(left, foot - round))
        .close();
    pen.path("liquid", trace);
    pen.line(
        "surface",
        Point::new(left, surface),
        Point::new(right, surface),
    );
}

fn draw_mark(pen: &mut Pen, vessel: Rect, mark: &Mark, room: f64) {
    let y = vessel.bottom() - vessel.h * mark.at.clamp(0.0, 1.0);
    let right = vessel.right();
    pen.line(
        ("mark", mark.tone),
        Point::new(right - 10.0, y),
        Point::new(right + 5.0, y),
    );
    pen.text(
        Type::QUIET,
        None,
        Point::new(right + 9.0, y),
        Anchor::Start,
        &mark.label,
        room,
    );
}

fn drops(pen: &mut Pen, bucket: &Bucket, content: Rect, vessel: Rect, surface: f64) {
    let x = vessel.center().x;
    let top = content.y + 6.0;
    for fraction in &bucket.drops {
        let y = top + (surface - top).max(0.0) * fraction;
        drop_at(pen, Point::new(x, y));
    }
    let beside = if bucket.drops.is_empty() { 0.0 } else { 10.0 };
    let anchor = if bucket.drops.is_empty() {
        Anchor::Middle
    } else {
        Anchor::Start
    };
    pen.text(
        Type::QUIET,
        None,
        Point::new(x + beside, content.y + 9.0),
        anchor,
        &bucket.inflow,
        content.right() - x - beside,
    );
}

fn drop_at(pen: &mut Pen, at: Point) {
    let trace = Trace::from(at.moved(0.0, -6.0))
        .curve(at.moved(4.5, 0.0), at.moved(4.0, 2.0))
        .arc(4.0, false, true, at.moved(-4.0, 2.0))
        .curve(at.moved(-4.5, 0.0), at.moved(0.0, -6.0))
        .close();
    pen.path("drop", trace);
}

fn overflow(pen: &mut Pen, vessel: Rect) {
    for (x, side) in [(vessel.x, -1.0), (vessel.right(), 1.0)] {
        let lip = Point::new(x + 4.0 * side, vessel.y - 5.0);
        let trace = Trace::from(lip)
            .curve(lip.moved(8.0 * side, 1.0), lip.moved(9.0 * side, 14.0))
            .line(lip.moved(9.0 * side, (vessel.h * 0.5).min(34.0)));
        pen.path("spill", trace);
    }
}

fn outflow(pen: &mut Pen, words: &str, content: Rect, vessel: Rect) {
    let spout = vessel.at(0.5, 1.0);
    pen.line("wire", spout, spout.moved(0.0, 12.0));
    pen.arrow_head("head", spout, spout.moved(0.0, 16.0), 7.0);
    pen.text(
        Type::QUIET,
        None,
        spout.moved(0.0, 25.0),
        Anchor::Middle,
        words,
        content.w,
    );
}
