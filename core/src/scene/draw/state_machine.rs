//! States and the ways between them.

use super::path::Trace;
use super::pen::{Pen, Type};
use super::sign;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::picture::Anchor;
use crate::scene::shapes::{Edge, Placement, State, StateMachine};
use crate::scene::tone::Tone;

/// A state's height without and with small text under its name.
const HEIGHT: (f64, f64) = (34.0, 48.0);
/// Room above states for ways that lead back to where they began.
const LOOP_ROOM: f64 = 24.0;

pub(super) fn draw(pen: &mut Pen, item: &Item, machine: &StateMachine) {
    let content = pen.heading(item, "");
    let places = places(machine, content);
    for edge in &machine.edges {
        if let (Some(from), Some(to)) = (places.get(edge.from), places.get(edge.to)) {
            draw_edge(pen, machine, edge, *from, *to, content);
        }
    }
    for (at, (place, state)) in places.iter().zip(&machine.states).enumerate() {
        let current = machine.current == Some(at);
        draw_state(pen, *place, state, current);
        if let (true, Some(left)) = (current, machine.timer) {
            let corner = place.at(1.0, 0.0).moved(-3.0, 3.0);
            pen.circle("seal-bed", corner, 10.5);
            sign::dial(pen, corner, 9.0, left);
        }
    }
    for edge in &machine.edges {
        if let (Some(from), Some(to)) = (places.get(edge.from), places.get(edge.to)) {
            label_edge(pen, machine, edge, *from, *to, content);
        }
    }
}

fn places(machine: &StateMachine, content: Rect) -> Vec<Rect> {
    let count = machine.states.len();
    let noted = machine.states.iter().any(|state| !state.note.is_empty());
    let h = if noted { HEIGHT.1 } else { HEIGHT.0 };
    let w = machine
        .states
        .iter()
        .map(|state| {
            Type::LABEL
                .width(&state.name)
                .max(Type::NOTE.width(&state.note))
                + 60.0
        })
        .fold(84.0, f64::max);
    let loops = machine.edges.iter().any(|edge| edge.from == edge.to);
    let above = if loops { LOOP_ROOM } else { 0.0 };
    let room = content.inset(10.0).take_top(above, 0.0).1;
    match machine.placement {
        Placement::Circle => {
            let w = w.min(room.w * if count > 1 { 0.46 } else { 1.0 });
            fill(room, room.around(count, w, h.min(room.h * 0.4)))
        }
        Placement::Line if room.w >= room.h => room
            .columns(count, 12.0)
            .into_iter()
            .map(|column| column.centered(w.min(column.w * 0.72), h))
            .collect(),
        Placement::Line => room
            .rows(count, 12.0)
            .into_iter()
            .map(|row| row.centered(w, h.min(row.h * 0.6)))
            .collect(),
    }
}

/// Moves places apart until they reach the edges of `room`: three on a circle leave a quarter of it
/// empty below.
fn fill(room: Rect, places: Vec<Rect>) -> Vec<Rect> {
    let Some(used) = places.iter().copied().reduce(Rect::union) else {
        return places;
    };
    let moved = |at: f64, from: f64, free: f64, to: f64, room: f64| {
        if free > 0.5 {
            to + (at - from) / free * room
        } else {
            at
        }
    };
    places
        .iter()
        .map(|place| Rect {
            x: moved(place.x, used.x, used.w - place.w, room.x, room.w - place.w),
            y: moved(place.y, used.y, used.h - place.h, room.y, room.h - place.h),
            ..*place
        })
        .collect()
}

fn draw_state(pen: &mut Pen, place: Rect, state: &State, current: bool) {
    let tone = if current { state.tone } else { Tone::Idle };
    let class = if current { "body current" } else { "body" };
    pen.rect((class, tone), place, place.h / 2.0);
    let mut room = place.inset_xy(12.0, 0.0);
    if current && sign::has_sign(tone) {
        let (spot, _) = room.take_left(14.0, 4.0);
        sign::seal(pen, tone, spot.center(), 6.5);
        room = room.inset_xy(16.0, 0.0);
    }
    let lines = room.centered(
        room.w + 8.0,
        if state.note.is_empty() { 18.0 } else { 33.0 },
    );
    let (name, note) = lines.take_top(18.0, 0.0);
    pen.text_in(Type::LABEL, Some(tone), name, &state.name);
    if !state.note.is_empty() {
        pen.text_in(Type::NOTE, Some(tone), note, &state.note);
    }
}

fn draw_edge(
    pen: &mut Pen,
    machine: &StateMachine,
    edge: &Edge,
    from: Rect,
    to: Rect,
    content: Rect,
) {
    let class = ("wire", edge.tone);
    let head = ("head", edge.tone);
    if edge.from == edge.to {
        let (left, right) = (from.at(0.4, 0.0), from.at(0.6, 0.0));
        let trace = Trace::from(left)
            .curve(
                left.moved(-10.0, -18.0),
                from.at(0.5, 0.0).moved(0.0, -18.0),
            )
            .curve(right.moved(10.0, -18.0), right);
        pen.path(class, trace);
        pen.arrow_head(head, right.moved(4.0, -8.0), right, 8.0);
        return;
    }
    let (start, control, tip) = edge_curve(machine, edge, from, to, content);
    pen.path(class, Trace::from(start).curve(control, tip));
    pen.arrow_head(head, control, tip, 9.0);
}

/// Ways there and back bow apart; a way without a way back is nearly straight.
fn edge_curve(
    machine: &StateMachine,
    edge: &Edge,
    from: Rect,
    to: Rect,
    content: Rect,
) -> (Point, Point, Point) {
    let back = machine
        .edges
        .iter()
        .any(|other| other.from == edge.to && other.to == edge.from);
    let bow = if back { 0.2 } else { 0.06 };
    let (a, b) = (from.center(), to.center());
    let bowed = a.lerp(b, 0.5).moved((b.y - a.y) * bow, -(b.x - a.x) * bow);
    let control = content.nearest(bowed);
    (leave(from, control, 2.0), control, leave(to, control, 4.0))
}

/// Where the way from the middle of a rounded box to `target` leaves it.
fn leave(place: Rect, target: Point, gap: f64) -> Point {
    let center = place.center();
    let inside = |fraction: f64| {
        let point = center.lerp(target, fraction);
        let radius = place.h / 2.0;
        let x = libm::fabs(point.x - center.x) - (place.w / 2.0 - radius);
        let beside = Point::new(center.x + x.max(0.0), point.y);
        beside.distance(center) < radius + gap
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..24 {
        let middle = (low + high) / 2.0;
        if inside(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    center.lerp(target, high)
}

fn label_edge(
    pen: &mut Pen,
    machine: &StateMachine,
    edge: &Edge,
    from: Rect,
    to: Rect,
    content: Rect,
) {
    let at = if edge.from == edge.to {
        from.at(0.5, 0.0).moved(0.0, -24.0)
    } else {
        let (start, control, tip) = edge_curve(machine, edge, from, to, content);
        let middle = start.lerp(control, 0.5).lerp(control.lerp(tip, 0.5), 0.5);
        let width = Type::FLOATING.width(&edge.label);
        beside_neighbours(from, to, control, width, content)
            .unwrap_or_else(|| middle.lerp(control, 0.35))
    };
    let half = Type::FLOATING.width(&edge.label) / 2.0;
    let x = at.x.min(content.right() - half).max(content.x + half);
    let style = if edge.tone == Tone::Plain {
        Type::FLOATING_QUIET
    } else {
        Type::FLOATING
    };
    let at = Point::new(x, at.y.min(content.bottom() - 7.0).max(content.y + 7.0));
    pen.text(style, None, at, Anchor::Middle, &edge.label, content.w);
}

/// The place of a label between two states side by side whose gap it does not fit in: over or under
/// them, on the side to which the way bows when that is far enough, else towards the middle.
fn beside_neighbours(
    from: Rect,
    to: Rect,
    control: Point,
    width: f64,
    content: Rect,
) -> Option<Point> {
    let level = libm::fabs(from.y - to.y) < from.h / 2.0;
    let (left, right) = (from.right().min(to.right()), from.x.max(to.x));
    if !level || right - left > width + 28.0 {
        return None;
    }
    let bow = control.y - from.center().y;
    let over = if libm::fabs(bow) > from.h / 2.0 {
        bow < 0.0
    } else {
        from.center().y > content.center().y
    };
    let y = if over {
        from.y.min(to.y) - 9.0
    } else {
        from.bottom().max(to.bottom()) + 9.0
    };
    Some(Point::new((left + right) / 2.0, y))
}
