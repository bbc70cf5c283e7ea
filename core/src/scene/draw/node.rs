//! Nodes: boxes, circles, stores and persons.

use super::path::{Trace, arc, outline_part};
use super::pen::{Pen, Type};
use super::sign;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::shapes::{Node, NodeForm};
use crate::scene::tone::Tone;

/// Corner radius of boxes.
pub(super) const CORNER: f64 = 8.0;

/// How far the disc of a round node stays inside its frame: room for the timer's arc.
pub(super) const ARC_ROOM: f64 = 6.0;

const DOT: f64 = 4.5;
const DOT_STEP: f64 = 13.0;

pub(super) fn draw(pen: &mut Pen, item: &Item, node: &Node) {
    match node.form {
        NodeForm::Box => in_box(pen, item, node),
        NodeForm::Circle => in_circle(pen, item, node),
        NodeForm::Store => in_store(pen, item, node),
        NodeForm::Person => as_person(pen, item, node),
    }
}

fn in_box(pen: &mut Pen, item: &Item, node: &Node) {
    let frame = pen.frame();
    let body = if node.lease.is_some() {
        frame.inset(5.0)
    } else {
        frame
    };
    pen.rect("body", body, CORNER);
    if let Some(left) = node.lease {
        let around = frame.inset(1.5);
        pen.rect("lease-track", around, CORNER + 3.0);
        pen.path("lease", outline_part(around, CORNER + 3.0, left));
    }
    corner_signs(pen, item, node, body);
    content(pen, item, node, body.inset_xy(8.0, 5.0));
}

fn in_store(pen: &mut Pen, item: &Item, node: &Node) {
    let frame = pen.frame();
    let lid = (frame.h * 0.12).clamp(4.0, 9.0);
    let (left, right) = (frame.x, frame.right());
    let (top, foot) = (frame.y + lid, frame.bottom() - lid);
    let rx = frame.w / 2.0;
    let body = Trace::from(Point::new(left, top))
        .ellipse(rx, lid, true, Point::new(right, top))
        .line(Point::new(right, foot))
        .ellipse(rx, lid, true, Point::new(left, foot))
        .close();
    pen.path("body", body);
    let rim = Trace::from(Point::new(left, top)).ellipse(rx, lid, false, Point::new(right, top));
    pen.path("edge", rim);
    let inside = Rect::new(left, top + lid, frame.w, foot - top - lid * 0.5);
    corner_signs(pen, item, node, inside);
    content(pen, item, node, inside.inset_xy(8.0, 2.0));
}

fn in_circle(pen: &mut Pen, item: &Item, node: &Node) {
    let frame = pen.frame();
    let (center, reach) = (frame.center(), frame.short_side() / 2.0);
    let radius = reach - ARC_ROOM;
    pen.circle("body", center, radius);
    if let Some(left) = node.timer {
        pen.circle("timer-track", center, reach - 2.0);
        if left > 0.0 {
            pen.path("timer", arc(center, reach - 2.0, 1.0 - left, 1.0));
        }
    }
    if let Some(left) = node.lease {
        pen.circle("lease-track", center, radius - 4.0);
        pen.path("lease", arc(center, radius - 4.0, 0.0, left));
    }
    if node.leads {
        pen.circle("edge", center, reach - 1.5);
    }
    if let Some(tone) = signed(item, node) {
        let at = center.polar(radius, 0.875);
        let grows = if node.leads { 2.0 } else { 0.0 };
        pen.circle("seal-bed", at, 8.5 + grows);
        sign::seal(pen, tone, at, 7.0 + grows);
    }
    let across = radius * 1.64;
    let down = radius * 1.1;
    content(pen, item, node, Rect::around_point(center, across, down));
}

/// Where a person's head and shoulders are.
pub(super) fn person_figure(node: &Node, frame: Rect) -> Rect {
    let lines = if node.note.is_empty() { 1.0 } else { 2.0 };
    let words = (lines * Type::LABEL.size().leading()).min(frame.h / 2.0) + 3.0;
    let h = (frame.h - words).min(frame.w * 1.1).max(0.0);
    let top = frame.y + (frame.h - words - h) / 2.0;
    Rect::new(frame.center().x - h * 0.45, top, h * 0.9, h)
}

fn as_person(pen: &mut Pen, item: &Item, node: &Node) {
    let frame = pen.frame();
    let figure = person_figure(node, frame);
    let lines = if node.note.is_empty() { 1 } else { 2 };
    let words = (lines as f64 * Type::LABEL.size().leading()).min(frame.h / 2.0);
    let below = Rect::new(frame.x, figure.bottom() + 3.0, frame.w, words);
    let (w, h) = (figure.w, figure.h);
    let neck = figure.y + h * 0.56;
    pen.circle("body", figure.at(0.5, 0.27), h * 0.25);
    let shoulders = Trace::from(Point::new(figure.x, figure.bottom()))
        .ellipse(
            w / 2.0,
            figure.bottom() - neck,
            true,
            Point::new(figure.right(), figure.bottom()),
        )
        .close();
    pen.path("body", shoulders);
    if let Some(tone) = signed(item, node) {
        let at = figure.at(0.5, 0.27).moved(h * 0.25, -h * 0.1);
        pen.circle("seal-bed", at, 8.0);
        sign::seal(pen, tone, at, 6.5);
    }
    if let Some(left) = node.timer {
        sign::dial(pen, figure.at(1.0, 0.0).moved(-4.0, 8.0), 7.0, left);
    }
    let rows = below.rows(lines, 0.0);
    pen.text_in(Type::OUTER_LABEL, None, rows[0], &item.label);
    if let Some(row) = rows.get(1) {
        pen.text_in(Type::QUIET, None, *row, &node.note);
    }
}

/// The sign a node carries: that of its tone, or of one that leads.
fn signed(item: &Item, node: &Node) -> Option<Tone> {
    let own = Some(item.tone).filter(|tone| sign::has_sign(*tone));
    own.or(node.leads.then_some(Tone::Leader))
}

/// The sign on the top left corner and the timer on the top right.
fn corner_signs(pen: &mut Pen, item: &Item, node: &Node, body: Rect) {
    let drop = (body.h * 0.5).min(14.0);
    if let Some(tone) = signed(item, node) {
        sign::seal(pen, tone, body.at(0.0, 0.0).moved(14.0, drop), 6.5);
    }
    if let Some(left) = node.timer {
        sign::dial(pen, body.at(1.0, 0.0).moved(-14.0, drop), 7.5, left);
    }
}

/// Label, note, dots and load, as many as there is room for, centred together.
fn content(pen: &mut Pen, item: &Item, node: &Node, room: Rect) {
    let (mut room, mut load) = (room, None);
    if let Some(fraction) = node.load {
        let (bar, rest) = room.take_bottom(5.0, 3.0);
        (room, load) = (rest, Some((bar, fraction)));
    }
    if let Some((bar, fraction)) = load {
        pen.rect("track", bar, 2.5);
        pen.rect(
            "fill",
            Rect {
                w: bar.w * fraction,
                ..bar
            },
            2.5,
        );
    }
    let label = if item.label.is_empty() { 0.0 } else { 18.0 };
    let note = if node.note.is_empty() { 0.0 } else { 15.0 };
    let dots = if node.dots.is_empty() { 0.0 } else { 15.0 };
    let note = if label + note <= room.h + 2.0 {
        note
    } else {
        0.0
    };
    let dots = if label + note + dots <= room.h + 2.0 || label == 0.0 {
        dots
    } else {
        0.0
    };
    let mut y = room.center().y - (label + note + dots) / 2.0;
    let mut line = |height: f64| {
        let row = Rect::new(room.x, y, room.w, height);
        y += height;
        row
    };
    if label > 0.0 {
        let row = line(label);
        pen.text_in(
            Type::LABEL,
            None,
            beside_signs(item, node, row, room),
            &item.label,
        );
    }
    if note > 0.0 {
        let row = line(note);
        pen.text_in(Type::NOTE, None, row, &node.note);
    }
    if dots > 0.0 {
        let row = line(dots);
        let narrower = if node.form == NodeForm::Circle {
            5.0
        } else {
            0.0
        };
        dot_row(pen, node, row.inset_xy(narrower, 0.0));
    }
}

/// A label's row keeps clear of the signs in the corners when it is level with them: on both sides,
/// so that it stays in the middle, or in a narrow box only where there is one.
fn beside_signs(item: &Item, node: &Node, row: Rect, room: Rect) -> Rect {
    const SIGN: f64 = 16.0;
    let level = row.y < room.y + 14.0 && node.form != NodeForm::Circle;
    let (left, right) = (
        level && signed(item, node).is_some(),
        level && node.timer.is_some(),
    );
    if !left && !right {
        row
    } else if row.w > 4.0 * SIGN {
        row.inset_xy(SIGN, 0.0)
    } else {
        let taken = |there: bool| if there { SIGN } else { 0.0 };
        let (_, row) = row.take_left(taken(left), 0.0);
        let (_, row) = row.take_right(taken(right), 0.0);
        row
    }
}

/// Dots in a row, closer together when there are many, with the majority marked.
fn dot_row(pen: &mut Pen, node: &Node, row: Rect) {
    let count = node.dots.len();
    let quorum = node.quorum.filter(|&quorum| 0 < quorum && quorum < count);
    let gap = if quorum.is_some() { 5.0 } else { 0.0 };
    let step = DOT_STEP.min((row.w - gap) / count as f64);
    let radius = DOT.min(step * 0.42);
    let left = row.center().x - (step * count as f64 + gap) / 2.0;
    let y = row.center().y;
    for (index, tone) in node.dots.iter().enumerate() {
        let behind = quorum.is_some_and(|quorum| index >= quorum);
        let x = left + (index as f64 + 0.5) * step + if behind { gap } else { 0.0 };
        dot(pen, *tone, Point::new(x, y), radius);
    }
    if let Some(quorum) = quorum {
        let x = left + quorum as f64 * step + gap / 2.0;
        pen.line("tick", Point::new(x, y - 6.0), Point::new(x, y + 6.0));
    }
}

/// One dot: a small sign, simpler where a sign could not be made out.
fn dot(pen: &mut Pen, tone: Tone, at: Point, radius: f64) {
    const LEAST_SEAL: f64 = 4.4;
    pen.circle("seal-bed", at, radius + 1.0);
    if radius >= LEAST_SEAL {
        sign::seal(pen, tone, at, radius + 0.5);
    } else {
        sign::dot(pen, tone, at, radius);
    }
}
