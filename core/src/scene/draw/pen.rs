//! Puts down primitives in a group's own coordinates.

use super::path::Trace;
use super::sign;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::Item;
use crate::scene::picture::{Anchor, Class, Figure, Primitive, round};
use crate::scene::text::{self, Size};
use crate::scene::tone::Tone;

/// How a text looks: its class and the size that the class has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    class: &'static str,
    size: Size,
}

impl Type {
    const fn new(class: &'static str, size: Size) -> Self {
        Self { class, size }
    }

    /// The name of a thing, on the thing.
    pub(super) const LABEL: Self = Self::new("text text-body heavy on", Size::Body);
    /// The name of a thing without a body to stand on.
    pub(super) const OUTER_LABEL: Self = Self::new("text text-body heavy", Size::Body);
    /// Secondary text on a thing.
    pub(super) const NOTE: Self = Self::new("text text-small on-quiet", Size::Small);
    /// Small text on a thing.
    pub(super) const INNER: Self = Self::new("text text-small on", Size::Small);
    /// Exact text on a thing.
    pub(super) const INNER_CODE: Self = Self::new("text text-code on", Size::Code);
    /// The name of a thing, above it.
    pub(super) const HEADING: Self = Self::new("text text-small heavy", Size::Small);
    /// A value, read off.
    pub(super) const READING: Self = Self::new("text text-small figures", Size::Small);
    /// Axis labels, indices, hints.
    pub(super) const QUIET: Self = Self::new("text text-small quiet", Size::Small);
    /// Small text over lines.
    pub(super) const FLOATING: Self = Self::new("text text-small halo", Size::Small);
    /// Small quiet text over lines.
    pub(super) const FLOATING_QUIET: Self = Self::new("text text-small halo quiet", Size::Small);
    /// The title of a part of the stage.
    pub(super) const TITLE: Self = Self::new("text text-title heavy", Size::Title);
    /// Running text.
    pub(super) const BODY: Self = Self::new("text text-body", Size::Body);
    /// Quiet running text.
    pub(super) const CAPTION: Self = Self::new("text text-small quiet", Size::Small);
    /// Exact text.
    pub(super) const CODE: Self = Self::new("text text-code", Size::Code);
    /// A large figure.
    pub(super) const FIGURE: Self = Self::new("text text-figure", Size::Figure);
    /// Text that has been overruled.
    pub(super) const STRUCK: Self = Self::new("text text-small quiet struck", Size::Small);
    /// Text of a placeholder.
    pub(super) const HINT: Self = Self::new("text text-body quiet", Size::Body);

    /// The size.
    pub(super) const fn size(self) -> Size {
        self.size
    }

    /// About how wide `words` are.
    pub(super) fn width(self, words: &str) -> f64 {
        text::width(words, self.size)
    }
}

impl From<&'static str> for Class {
    fn from(names: &'static str) -> Self {
        Self { names, tone: None }
    }
}

impl From<(&'static str, Tone)> for Class {
    fn from((names, tone): (&'static str, Tone)) -> Self {
        Self {
            names,
            tone: Some(tone),
        }
    }
}

/// Collects the primitives of one group.
#[derive(Debug)]
pub(super) struct Pen {
    size: Rect,
    bounds: Option<Rect>,
    event: Option<u64>,
    primitives: Vec<Primitive>,
}

impl Pen {
    /// An empty group for an item with this frame.
    pub(super) fn new(frame: Rect) -> Self {
        Self {
            size: Rect::new(0.0, 0.0, frame.w, frame.h),
            bounds: None,
            event: None,
            primitives: Vec::new(),
        }
    }

    /// The frame in the group's own coordinates.
    pub(super) const fn frame(&self) -> Rect {
        self.size
    }

    /// What has been painted so far, about.
    #[cfg(test)]
    pub(super) const fn bounds(&self) -> Option<Rect> {
        self.bounds
    }

    /// What is painted from now on leads to this event.
    pub(super) const fn leading_to(&mut self, event: Option<u64>) {
        self.event = event;
    }

    /// Whether something painted leads to an event.
    pub(super) fn leads_somewhere(&self) -> bool {
        self.primitives.iter().any(|part| part.event.is_some())
    }

    /// The primitives.
    pub(super) fn finish(self) -> Vec<Primitive> {
        self.primitives
    }

    /// A rectangle with rounded corners.
    pub(super) fn rect(&mut self, class: impl Into<Class>, rect: Rect, rx: f64) {
        let figure = Figure::Rect {
            x: round(rect.x),
            y: round(rect.y),
            w: round(rect.w.max(0.0)),
            h: round(rect.h.max(0.0)),
            rx: round(rx.min(rect.short_side() / 2.0).max(0.0)),
        };
        self.put(class, figure, rect);
    }

    /// A circle.
    pub(super) fn circle(&mut self, class: impl Into<Class>, center: Point, radius: f64) {
        let figure = Figure::Circle {
            cx: round(center.x),
            cy: round(center.y),
            r: round(radius.max(0.0)),
        };
        let bounds = Rect::around_point(center, 2.0 * radius, 2.0 * radius);
        self.put(class, figure, bounds);
    }

    /// A straight line.
    pub(super) fn line(&mut self, class: impl Into<Class>, from: Point, to: Point) {
        let figure = Figure::Line {
            x1: round(from.x),
            y1: round(from.y),
            x2: round(to.x),
            y2: round(to.y),
        };
        let spot = |point: Point| Rect::new(point.x, point.y, 0.0, 0.0);
        self.put(class, figure, spot(from).union(spot(to)));
    }

    /// A traced outline.
    pub(super) fn path(&mut self, class: impl Into<Class>, trace: Trace) {
        let (d, bounds) = trace.finish();
        if !d.is_empty() {
            self.put(class, Figure::Path { d }, bounds);
        }
    }

    /// One line of text whose middle line is at `at`, cut to `room`. Nothing when nothing fits.
    pub(super) fn text(
        &mut self,
        style: Type,
        tone: Option<Tone>,
        at: Point,
        anchor: Anchor,
        words: &str,
        room: f64,
    ) {
        let shown = text::fit(words, style.size, room);
        if shown.is_empty() {
            return;
        }
        let width = text::width(&shown, style.size);
        let left = match anchor {
            Anchor::Start => at.x,
            Anchor::Middle => at.x - width / 2.0,
            Anchor::End => at.x - width,
        };
        let height = style.size.units();
        let bounds = Rect::new(left, at.y - height / 2.0, width, height);
        let cut = shown != words;
        let figure = Figure::Text {
            x: round(at.x),
            y: round(at.y + style.size.drop()),
            anchor,
            text: shown.into_owned(),
        };
        let class = Class {
            names: style.class,
            tone,
        };
        self.put(class, figure, bounds);
        if cut && let Some(last) = self.primitives.last_mut() {
            last.title = Some(words.to_owned());
        }
    }

    /// Text in the middle of `rect`.
    pub(super) fn text_in(&mut self, style: Type, tone: Option<Tone>, rect: Rect, words: &str) {
        self.text(style, tone, rect.center(), Anchor::Middle, words, rect.w);
    }

    /// An arrow head with its tip at `tip`, coming from `from`.
    pub(super) fn arrow_head(
        &mut self,
        class: impl Into<Class>,
        from: Point,
        tip: Point,
        length: f64,
    ) {
        let distance = from.distance(tip).max(1e-6);
        let (ux, uy) = ((tip.x - from.x) / distance, (tip.y - from.y) / distance);
        let back = tip.moved(-ux * length, -uy * length);
        let half = length * 0.45;
        let trace = Trace::from(tip)
            .line(back.moved(-uy * half, ux * half))
            .line(back.moved(uy * half, -ux * half))
            .close();
        self.path(class, trace);
    }

    /// The item's label above its content, with its sign, and `reading` at the right; hands back
    /// what is left for the content.
    pub(super) fn heading(&mut self, item: &Item, reading: &str) -> Rect {
        const HEIGHT: f64 = 20.0;
        if item.label.is_empty() && reading.is_empty() {
            return self.size;
        }
        let (mut line, content) = self.size.take_top(HEIGHT, 4.0);
        if !reading.is_empty() {
            let room = (Type::READING.width(reading) + 4.0).min(line.w * 0.6);
            let (right, rest) = line.take_right(room, 8.0);
            self.text(
                Type::READING,
                None,
                right.at(1.0, 0.5),
                Anchor::End,
                reading,
                room,
            );
            line = rest;
        }
        if sign::has_sign(item.tone) && !item.label.is_empty() {
            let (spot, rest) = line.take_left(14.0, 5.0);
            sign::seal(self, item.tone, spot.center(), 6.5);
            line = rest;
        }
        self.text(
            Type::HEADING,
            None,
            line.at(0.0, 0.5),
            Anchor::Start,
            &item.label,
            line.w,
        );
        content
    }

    /// An outline that says: look here.
    pub(super) fn aura(&mut self) {
        let around = self.size.inset(-5.0);
        self.rect("aura", around, 10.0);
    }

    /// An invisible area over everything painted, at least `least` units each way, that takes the
    /// pointer and shows the keyboard's focus.
    pub(super) fn touch_area(&mut self, least: f64) {
        let painted = self.bounds.unwrap_or(self.size);
        let (w, h) = (painted.w.max(least), painted.h.max(least));
        let area = Rect::around_point(painted.center(), w, h);
        self.rect("hit", area, 8.0);
    }

    fn put(&mut self, class: impl Into<Class>, figure: Figure, bounds: Rect) {
        self.bounds = Some(self.bounds.map_or(bounds, |own| own.union(bounds)));
        self.primitives.push(Primitive {
            class: class.into(),
            figure,
            event: self.event,
            title: None,
        });
    }
}
