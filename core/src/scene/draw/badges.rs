//! Badges: short reasons on an item, and chips, which are badges on their own.

use super::pen::{Pen, Type};
use super::sign;
use crate::real::within;
use crate::scene::geometry::Rect;
use crate::scene::item::{Badge, Item, Menu};
use crate::scene::picture::{Anchor, PictureGroup, Role, round};
use crate::scene::shapes::{Chip, Shape};
use crate::scene::tone::Tone;

const HEIGHT: f64 = 22.0;
const GAP: f64 = 3.0;

/// The badges of `item`, as a group of their own above everything.
///
/// On nodes they hang from the foot; elsewhere they sit at the right end of the heading. They are
/// kept on the stage.
pub(super) fn group(item: &Item, stage: Rect) -> PictureGroup {
    let frame = frame(item, stage);
    let Rect { x, y, w, .. } = frame;
    let mut pen = Pen::new(frame);
    for (index, badge) in item.badges.iter().enumerate() {
        let own = width(badge).min(w);
        let top = index as f64 * (HEIGHT + GAP);
        pen.leading_to(badge.cause);
        pill(
            &mut pen,
            Rect::new((w - own) / 2.0, top, own, HEIGHT),
            badge.tone,
            &badge.text,
        );
    }
    pen.leading_to(None);
    let leads = pen.leads_somewhere();
    if leads {
        pen.touch_area(HEIGHT);
    }
    PictureGroup {
        id: format!("{}/badges", item.id),
        item: item.id.clone(),
        class: format!("badges {}", item.tone.class()),
        x: round(x),
        y: round(y),
        role: if leads {
            Role::Button
        } else {
            Role::Decoration
        },
        label: if leads {
            let words: Vec<&str> = item
                .badges
                .iter()
                .map(|badge| badge.text.as_str())
                .collect();
            format!("Why: {}. Go to its cause.", words.join("; "))
        } else {
            String::new()
        },
        menu: Menu::default(),
        field: None,
        primitives: pen.finish(),
    }
}

/// Where the badges of `item` are.
pub(super) fn frame(item: &Item, stage: Rect) -> Rect {
    let count = item.badges.len() as f64;
    let (w, h) = (
        widest(item).min(stage.w - 8.0),
        count * (HEIGHT + GAP) - GAP,
    );
    let at = if matches!(item.shape, Shape::Node(_)) {
        item.frame.at(0.5, 1.0).moved(-w / 2.0, -HEIGHT * 0.25)
    } else {
        item.frame.at(1.0, 0.0).moved(-w, -1.0)
    };
    let x = within(at.x, 4.0, (stage.w - w - 4.0).max(4.0));
    let y = within(at.y, 4.0, (stage.h - h - 4.0).max(4.0));
    Rect::new(x, y, w, h)
}

/// How wide the widest badge of `item` is.
pub(super) fn widest(item: &Item) -> f64 {
    item.badges.iter().map(width).fold(0.0, f64::max)
}

/// A badge on its own.
pub(super) fn draw_chip(pen: &mut Pen, item: &Item, chip: &Chip) {
    let frame = pen.frame();
    let wanted = pill_width(item.tone, &item.label);
    let spot = frame.centered(wanted.min(frame.w), HEIGHT.min(frame.h));
    pen.leading_to(chip.cause);
    pill(pen, spot, item.tone, &item.label);
    pen.leading_to(None);
}

/// A rounded box with a sign and a few words.
pub(super) fn pill(pen: &mut Pen, rect: Rect, tone: Tone, words: &str) {
    pen.rect(("pill", tone), rect, rect.h / 2.0);
    let mut inner = rect.inset_xy(8.0, 0.0);
    if sign::has_sign(tone) {
        let (spot, rest) = inner.take_left(12.0, 5.0);
        sign::seal(pen, tone, spot.center(), 6.0);
        inner = rest;
    }
    pen.text(
        Type::INNER,
        Some(tone),
        inner.at(0.0, 0.5),
        Anchor::Start,
        words,
        inner.w + 2.0,
    );
}

/// How wide a chip with these words wants to be, in stage units: what setting chips in rows needs.
///
/// ```
/// use orrery_core::scene::{Tone, chip_width};
///
/// assert!(chip_width("olives", Tone::Plain) > chip_width("tea", Tone::Plain));
/// assert!(chip_width("tea", Tone::Good) > chip_width("tea", Tone::Plain));
/// ```
pub fn chip_width(words: &str, tone: Tone) -> f64 {
    pill_width(tone, words)
}

/// How wide a pill with these words wants to be.
pub(super) fn pill_width(tone: Tone, words: &str) -> f64 {
    let sign = if sign::has_sign(tone) { 17.0 } else { 0.0 };
    Type::INNER.width(words) + sign + 16.0
}

fn width(badge: &Badge) -> f64 {
    pill_width(badge.tone, &badge.text)
}
