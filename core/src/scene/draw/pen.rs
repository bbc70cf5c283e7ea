//! Puts down primitives in a group's own coordinates.

use super::path::Trace;
use super::{badges, sign};
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::{Item, Menu};
use crate::scene::picture::{Anchor, Class, Figure, Primitive, round};
use crate::scene::text::{self, Size};
use crate::scene::tone::Tone;

/// Below this height a frame has no room for a line above its content.
const LOW: f64 = 42.0;

/// How much wider the letters of a title are than those that widths are estimated for.
const HEAVY: f64 = 1.08;

/// The room of the sign before a title, and the gap after it.
const SIGN: (f64, f64) = (14.0, 5.0);

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
    pub(super) const HINT: Self = Self::new("text text-code quiet", Size::Code);

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
///
/// What puts one down is never inlined: every shape does so many times, and in wasm the copies
/// would be half of all that draws.
#[derive(Debug)]
pub struct Pen {
    size: Rect,
    bounds: Option<Rect>,
    event: Option<u64>,
    primitives: Vec<Primitive>,
    parts: Vec<Part>,
}

/// A part of an item that can be touched on its own.
#[derive(Debug)]
pub(super) struct Part {
    /// Unique in the item.
    pub(super) name: String,
    /// Where it is.
    pub(super) place: Rect,
    /// What it is, in words.
    pub(super) label: String,
    /// What a person may do to it.
    pub(super) menu: Menu,
}

impl Pen {
    /// An empty group for an item with this frame.
    pub(super) fn new(frame: Rect) -> Self {
        Self {
            size: Rect::new(0.0, 0.0, frame.w, frame.h),
            bounds: None,
            event: None,
            primitives: Vec::new(),
            parts: Vec::new(),
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

    /// A pointer at rest on what was painted last reads this.
    pub(super) fn title_last(&mut self, words: &str) {
        if let Some(last) = self.primitives.last_mut() {
            last.title = Some(words.to_owned());
        }
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
        self.put_rect(class.into(), rect, rx);
    }

    #[inline(never)]
    fn put_rect(&mut self, class: Class, rect: Rect, rx: f64) {
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
        self.put_circle(class.into(), center, radius);
    }

    #[inline(never)]
    fn put_circle(&mut self, class: Class, center: Point, radius: f64) {
        let figure = Figure::Circle {
            cx: round(center.x),
            cy: round(center.y),
            r: round(radius.max(0.0)),
        };
        let bounds = Rect::around_point(center, 2.0 * radius, 2.0 * radius);
        self.put(class, figure, bounds);
    }

    /// Parts of a circle, by the lengths of dashes and gaps in turn, clockwise from its rightmost
    /// point: many of them in a fraction of the bytes that outlines take.
    #[inline(never)]
    pub(super) fn dashes(
        &mut self,
        class: impl Into<Class>,
        center: Point,
        (inner, outer): (f64, f64),
        lengths: String,
    ) {
        let figure = Figure::Dashes {
            cx: round(center.x),
            cy: round(center.y),
            r: round((inner + outer) / 2.0),
            width: round(outer - inner),
            lengths,
        };
        let bounds = Rect::around_point(center, 2.0 * outer, 2.0 * outer);
        self.put(class.into(), figure, bounds);
    }

    /// A straight line.
    pub(super) fn line(&mut self, class: impl Into<Class>, from: Point, to: Point) {
        self.put_line(class.into(), from, to);
    }

    #[inline(never)]
    fn put_line(&mut self, class: Class, from: Point, to: Point) {
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
        self.put_path(class.into(), trace);
    }

    #[inline(never)]
    fn put_path(&mut self, class: Class, trace: Trace) {
        let (d, bounds) = trace.finish();
        if !d.is_empty() {
            self.put(class, Figure::Path { d }, bounds);
        }
    }

    /// One line of text whose middle line is at `at`, cut to `room`. Nothing when nothing fits.
    #[inline(never)]
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
        if cut {
            self.title_last(words);
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
        self.put_arrow_head(class.into(), from, tip, length);
    }

    #[inline(never)]
    fn put_arrow_head(&mut self, class: Class, from: Point, tip: Point, length: f64) {
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
    ///
    /// In a frame too low for a line above, label and reading stand beside the content. Badges hang
    /// over the right end, which is kept free for them.
    pub(super) fn heading(&mut self, item: &Item, reading: &str) -> Rect {
        self.heading_unless_below(LOW, item, reading)
    }

    /// The same, with the least height that has room for a line above.
    pub(super) fn heading_unless_below(&mut self, low: f64, item: &Item, reading: &str) -> Rect {
        const HEIGHT: f64 = 20.0;
        if item.label.is_empty() && reading.is_empty() {
            return self.size;
        }
        if self.size.h < low {
            return self.heading_beside(item, reading);
        }
        let (line, content) = self.size.take_top(HEIGHT, 4.0);
        let hung = badges::widest(item).min(line.w * 0.6);
        let gap = if hung > 0.0 { 6.0 } else { 0.0 };
        let (_, line) = line.take_right(hung, gap);
        let line = self.reading(line, reading);
        self.title(item.tone, &item.label, line);
        content
    }

    fn heading_beside(&mut self, item: &Item, reading: &str) -> Rect {
        let name = Self::title_width(item.tone, &item.label).min(self.size.w * 0.4);
        let (line, content) = self
            .size
            .take_left(name, if name > 0.0 { 8.0 } else { 0.0 });
        self.title(item.tone, &item.label, line);
        self.reading(content, reading)
    }

    /// Puts `reading` at the right end of a line; hands back what is left of it.
    fn reading(&mut self, line: Rect, reading: &str) -> Rect {
        if reading.is_empty() {
            return line;
        }
        let room = (Type::READING.width(reading) + 2.0).min(line.w * 0.6);
        let (right, rest) = line.take_right(room, 8.0);
        let at = right.at(1.0, 0.5);
        self.text(Type::READING, None, at, Anchor::End, reading, room);
        rest
    }

    /// The name of a thing at the left end of a line, after the sign of its tone.
    pub(super) fn title(&mut self, tone: Tone, name: &str, mut line: Rect) {
        if sign::has_sign(tone) && !name.is_empty() && line.w >= SIGN.0 {
            let (spot, rest) = line.take_left(SIGN.0, SIGN.1);
            sign::seal(self, tone, spot.center(), 6.5);
            line = rest;
        }
        let (at, room) = (line.at(0.0, 0.5), line.w / HEAVY);
        self.text(Type::HEADING, None, at, Anchor::Start, name, room);
    }

    /// The room that a [title](Self::title) takes.
    pub(super) fn title_width(tone: Tone, name: &str) -> f64 {
        let sign = if sign::has_sign(tone) {
            SIGN.0 + SIGN.1
        } else {
            0.0
        };
        let words = Type::HEADING.width(name);
        // A unit more, so that no rounding cuts the name.
        if words > 0.0 {
            sign + words * HEAVY + 1.0
        } else {
            0.0
        }
    }

    /// An outline around everything painted that says: look here.
    pub(super) fn aura(&mut self, round: bool) {
        let around = self.bounds.unwrap_or(self.size).inset(-5.0);
        let corner = if round { around.h / 2.0 } else { 11.0 };
        self.rect("aura", around, corner);
    }

    /// An invisible area over everything painted, at least `least` units each way, that takes the
    /// pointer and shows the keyboard's focus.
    pub(super) fn touch_area(&mut self, least: f64) {
        let painted = self.bounds.unwrap_or(self.size);
        let (w, h) = (painted.w.max(least), painted.h.max(least));
        let area = Rect::around_point(painted.center(), w, h);
        self.rect("hit", area, 8.0);
    }

    /// Makes a place touchable on its own, if there is anything to do to it.
    pub(super) fn part(
        &mut self,
        name: impl FnOnce() -> String,
        place: Rect,
        label: impl FnOnce() -> String,
        menu: &Menu,
    ) {
        if !menu.is_empty() {
            self.parts.push(Part {
                name: name(),
                place,
                label: label(),
                menu: menu.clone(),
            });
        }
    }

    /// The parts that can be touched on their own.
    pub(super) fn take_parts(&mut self) -> Vec<Part> {
        std::mem::take(&mut self.parts)
    }

    /// An invisible area that takes the pointer and shows the keyboard's focus.
    pub(super) fn spot(&mut self, place: Rect) {
        self.rect("hit", place, 5.0);
    }

    fn put(&mut self, class: Class, figure: Figure, bounds: Rect) {
        self.bounds = Some(self.bounds.map_or(bounds, |own| own.union(bounds)));
        self.primitives.push(Primitive {
            class,
            figure,
            event: self.event,
            title: None,
        });
    }
}
