//! Things waiting in order.

use super::path::Trace;
use super::pen::{Pen, Type};
use super::sign;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::picture::Anchor;
use crate::scene::shapes::{Axis, Queue, Slot};

/// The largest and the smallest side of a slot, along the queue.
const SLOT: (f64, f64) = (38.0, 6.0);
/// The largest side of a slot, across the queue.
const GIRTH: f64 = 40.0;
const GAP: f64 = 3.0;
/// Room for "+12" when not all fit.
const REST: f64 = 30.0;

pub(super) fn draw(pen: &mut Pen, item: &Item, queue: &Queue) {
    // One without a name is part of something that has one.
    let reading = match queue.capacity {
        _ if item.label.is_empty() => String::new(),
        Some(capacity) => format!("{}/{capacity}", queue.slots.len()),
        None => queue.slots.len().to_string(),
    };
    let content = pen.heading(item, &reading);
    let across = match queue.axis {
        Axis::Across => true,
        Axis::Down => false,
        Axis::Auto => content.w >= content.h,
    };
    let frame = Along::new(content, across);
    let wanted = queue.capacity.unwrap_or(0).max(queue.slots.len()).max(1);
    let mut places = wanted;
    let mut step = (frame.length / wanted as f64).min(SLOT.0);
    if step < SLOT.1 {
        step = SLOT.1;
        places = ((frame.length - REST) / step).max(1.0) as usize;
    }
    let rail = frame.rail(places as f64 * step);
    pen.path("rail", rail);
    for (index, slot) in queue.slots.iter().take(places).enumerate() {
        let place = frame.place(index, step);
        draw_slot(pen, place, slot);
        let label = || match slot.label.as_str() {
            "" => format!("{}, place {}", slot.tone.word(), index + 1),
            label => format!("{label}, place {}", index + 1),
        };
        pen.part(|| format!("slot-{index}"), place, label, &slot.menu);
    }
    if queue.slots.len() > places {
        let rest = format!("+{}", queue.slots.len() - places);
        let at = frame.point(places as f64 * step + REST / 2.0, 0.5);
        pen.text(Type::QUIET, None, at, Anchor::Middle, &rest, REST + 10.0);
    }
}

fn draw_slot(pen: &mut Pen, place: Rect, slot: &Slot) {
    let rect = place.inset(GAP / 2.0);
    let class = if rect.short_side() < 10.0 {
        "body thin"
    } else {
        "body"
    };
    pen.rect((class, slot.tone), rect, 4.0);
    let room = rect.w - 4.0;
    let fits = !slot.label.is_empty() && Type::INNER.width(&slot.label) <= room && rect.h >= 15.0;
    if fits {
        pen.text_in(Type::INNER, Some(slot.tone), rect, &slot.label);
    } else if sign::has_sign(slot.tone) && rect.short_side() >= 12.0 {
        let radius = (rect.short_side() * 0.3).min(6.5);
        sign::seal(pen, slot.tone, rect.center(), radius);
    }
}

/// A queue's direction: its head is at the right end, or at the foot.
struct Along {
    frame: Rect,
    across: bool,
    length: f64,
    girth: f64,
}

impl Along {
    fn new(content: Rect, across: bool) -> Self {
        let (length, girth) = if across {
            (content.w, content.h.min(GIRTH))
        } else {
            (content.h, content.w.min(GIRTH * 2.4))
        };
        Self {
            frame: content,
            across,
            length,
            girth,
        }
    }

    /// The point `along` from the head, and a fraction of the way across.
    fn point(&self, along: f64, side: f64) -> Point {
        if self.across {
            let top = self.frame.center().y - self.girth / 2.0;
            Point::new(self.frame.right() - along, top + self.girth * side)
        } else {
            let left = self.frame.center().x - self.girth / 2.0;
            Point::new(left + self.girth * side, self.frame.bottom() - along)
        }
    }

    fn place(&self, index: usize, step: f64) -> Rect {
        let spot = |point: Point| Rect::new(point.x, point.y, 0.0, 0.0);
        let near = spot(self.point(index as f64 * step, 0.0));
        let far = spot(self.point((index + 1) as f64 * step, 1.0));
        near.union(far)
    }

    /// Two rails, open at both ends.
    fn rail(&self, length: f64) -> Trace {
        Trace::from(self.point(0.0, 0.0))
            .line(self.point(length, 0.0))
            .jump(self.point(0.0, 1.0))
            .line(self.point(length, 1.0))
    }
}
