//! Links and messages: the ways between items, and what travels on them.
//!
//! A way runs from edge to edge along a quadratic curve. Messages keep to the left of their way, so
//! that two directions pass each other; those that would cover each other move further out; a label
//! is shown where it covers no other.

use super::badges::{self, pill_width};
use super::node::person_figure;
use super::path::Trace;
use super::pen::{Pen, Type};
use super::sign;
use crate::real::within;
use crate::scene::geometry::{Point, Rect};
use crate::scene::item::{End, Item};
use crate::scene::picture::Anchor;
use crate::scene::shapes::{Arrow, Link, Message, MessageForm, NodeForm, Shape};
use crate::scene::tone::{Line, Tone};
use crate::scene::{GROUP_INSET, GROUP_TITLE, Scene};
use crate::sorted::SortedMap;

/// The radius of a message's dot.
const DOT: f64 = 7.0;
/// How far from the middle of the way the first track of dots lies.
const TRACK: f64 = 8.0;
/// From one track to the next.
const TRACK_STEP: f64 = 15.0;
const TRACKS: usize = 4;
const CARD_HEIGHT: f64 = 22.0;
/// Between an item's edge and a link's end.
const END_GAP: f64 = 3.0;
const LABEL_HEIGHT: f64 = 15.0;
/// What is left free at the edge of the stage.
const EDGE: f64 = 4.0;

impl Scene {
    /// Gives links and messages the frames that follow from their ways.
    pub(in crate::scene) fn assign_frames(&mut self) {
        let stage = self.shape.stage();
        for (index, item) in self.items.iter_mut().enumerate() {
            if let Some(route) = self.routes.get(index) {
                item.frame = clip(route.bounds, stage);
            }
        }
    }
}

fn clip(rect: Rect, stage: Rect) -> Rect {
    let (x, y) = (rect.x.max(stage.x), rect.y.max(stage.y));
    let (right, bottom) = (
        rect.right().min(stage.right()),
        rect.bottom().min(stage.bottom()),
    );
    Rect::new(x, y, (right - x).max(0.0), (bottom - y).max(0.0))
}

/// A way on the stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Where the group's own coordinates begin: the start of a link, the place of a message.
    pub(super) origin: Point,
    curve: Curve,
    label: Option<Spot>,
    bounds: Rect,
}

/// Where a label stands, in stage units: the middle of its line of text.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Spot {
    at: Point,
    anchor: Anchor,
}

/// The ways of all links and messages of a scene, by position in its list of items.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::scene) struct Routes(Vec<Option<Route>>);

impl Routes {
    /// Finds them all. O(n log n) in the number of items.
    pub(in crate::scene) fn of(scene: &Scene) -> Self {
        let plan = Plan::of(scene);
        let mut routes: Vec<Option<Route>> = scene
            .items
            .iter()
            .map(|item| plan.link_route(item))
            .collect();
        plan.route_messages(&mut routes);
        Self(routes)
    }

    /// The way of the item at this position, when it is a link or a message with both ends known.
    pub(super) fn get(&self, index: usize) -> Option<&Route> {
        self.0.get(index).and_then(Option::as_ref)
    }

    /// The same, handed over.
    pub(super) fn take(&mut self, index: usize) -> Option<Route> {
        self.0.get_mut(index).and_then(Option::take)
    }
}

/// From one item to another.
type Way<'s> = (&'s str, &'s str);

/// What routes are found from.
struct Plan<'s> {
    scene: &'s Scene,
    by_id: SortedMap<&'s str, &'s Item>,
    bends: Vec<(Way<'s>, f64)>,
}

impl<'s> Plan<'s> {
    fn of(scene: &'s Scene) -> Self {
        let mut by_id = SortedMap::new();
        let (mut bends, mut ways_back) = (Vec::new(), Vec::new());
        for item in &scene.items {
            by_id.insert(item.id.as_str(), item);
            if let Shape::Link(link) = &item.shape
                && let (End::Item(from), End::Item(to)) = (&link.from, &link.to)
                && link.bend != 0.0
            {
                bends.push(((from.as_str(), to.as_str()), link.bend));
                ways_back.push(((to.as_str(), from.as_str()), -link.bend));
            }
        }
        // A link of its own says how the way back bends.
        bends.append(&mut ways_back);
        Self {
            scene,
            by_id,
            bends,
        }
    }

    fn link_route(&self, item: &Item) -> Option<Route> {
        let Shape::Link(link) = &item.shape else {
            return None;
        };
        let curve = self.curve(&link.from, &link.to, link.bend)?;
        Some(Route {
            origin: curve.from,
            label: None,
            bounds: curve.bounds(),
            curve,
        })
    }

    fn curve(&self, from: &End, to: &End, bend: f64) -> Option<Curve> {
        let (start, finish) = (self.outline(from)?, self.outline(to)?);
        let start = self.at_foot(from, finish.center()).unwrap_or(start);
        let (start, finish) = (
            start.facing(from, finish.center()),
            finish.facing(to, start.center()),
        );
        let (a, b) = (start.center(), finish.center());
        let middle = a.lerp(b, 0.5);
        let control = middle.moved((b.y - a.y) * bend, -(b.x - a.x) * bend);
        Some(
            Curve {
                from: start.edge_towards(control),
                control,
                to: finish.edge_towards(control),
            }
            .settled(bend),
        )
    }

    /// A box in a grid is left downwards by the foot of its column: its neighbours below would be
    /// struck out.
    fn at_foot(&self, from: &End, other: Point) -> Option<Outline> {
        let End::Part(id, at) = from else {
            return None;
        };
        let item = self.by_id.get(id.as_str())?;
        let Shape::Cells(cells) = &item.shape else {
            return None;
        };
        let lowest = (*at..cells.cells.len())
            .step_by(cells.columns?.max(1))
            .next_back()?;
        let part = (item.kind.part)(item, lowest)?;
        (other.y > part.bottom()).then(|| Outline::Rect(part, part.center()))
    }

    fn outline(&self, end: &End) -> Option<Outline> {
        match end {
            End::Point(point) => Some(Outline::Circle(*point, 0.0)),
            End::Item(id) => self.by_id.get(id.as_str()).map(|item| Outline::of(item)),
            End::Part(id, at) => self.by_id.get(id.as_str()).map(|item| {
                let part = (item.kind.part)(item, *at);
                part.map_or_else(
                    || Outline::of(item),
                    |part| Outline::Rect(part, part.center()),
                )
            }),
        }
    }

    fn bend(&self, message: &Message) -> f64 {
        if let (End::Item(from), End::Item(to)) = (&message.from, &message.to) {
            let way = (from.as_str(), to.as_str());
            let bend = self.bends.iter().find(|(other, _)| *other == way);
            bend.map_or(0.0, |(_, bend)| *bend)
        } else {
            0.0
        }
    }

    /// Places all messages: the furthest on each way first.
    fn route_messages(&self, routes: &mut [Option<Route>]) {
        let mut order: Vec<(usize, &Message)> = Vec::new();
        for (index, item) in self.scene.items.iter().enumerate() {
            if let Shape::Message(message) = &item.shape {
                // A handful at most times; sorting them would take more code than all else here.
                let further = |other: &(usize, &Message)| {
                    other.1.fraction.total_cmp(&message.fraction).is_ge()
                };
                order.insert(order.partition_point(further), (index, message));
            }
        }
        let mut tracks: Tracks<'_> = Tracks::default();
        let mut taken: Vec<Rect> = Vec::new();
        let mut placed = Vec::with_capacity(order.len());
        for (index, message) in order {
            let item = &self.scene.items[index];
            let Some(curve) = self.curve(&message.from, &message.to, self.bend(message)) else {
                continue;
            };
            let body = |offset: f64| {
                let at = curve.beside(message.fraction, offset);
                Rect::around_point(at, body_width(item, message), body_height(message))
            };
            let mut offset = tracks.place(item, message, &curve);
            let others = || {
                let nodes = self.nodes();
                nodes.filter(|node| !is_end(node, &message.from) && !is_end(node, &message.to))
            };
            let covers = |offset| others().any(|node| node.frame.overlaps(body(offset)));
            while offset > TRACK && covers(offset) {
                offset -= TRACK_STEP;
            }
            taken.push(body(offset).inset(2.0));
            placed.push((index, message, curve, body(offset)));
        }
        taken.extend(self.nodes().map(|node| node.frame));
        taken.extend(self.words());
        let stage = self.scene.shape.stage();
        let badged = self
            .scene
            .items
            .iter()
            .filter(|item| !item.badges.is_empty());
        taken.extend(badged.map(|item| badges::frame(item, stage)));
        for (own, (index, message, curve, body)) in placed.into_iter().enumerate() {
            let at = body.center();
            let mut spots = self.label_spots(&self.scene.items[index], message, &curve, at);
            let free = spots.iter().position(|(_, spot)| {
                let mut others = taken.iter().enumerate().filter(|(at, _)| *at != own);
                stage.inset(EDGE).contains(*spot) && !others.any(|(_, other)| other.overlaps(*spot))
            });
            // How many there are must be seen; what they are called can wait.
            let chosen = free.or((message.count > 1 && !spots.is_empty()).then_some(0));
            let label = chosen.map(|chosen| spots.swap_remove(chosen));
            let mut bounds = body;
            if let Some((_, spot)) = label {
                taken.push(spot);
                bounds = bounds.union(spot);
            }
            routes[index] = Some(Route {
                origin: at,
                curve,
                label: label.map(|(spot, _)| spot),
                bounds,
            });
        }
    }

    /// What neither a message on another way nor a label should cover.
    fn nodes(&self) -> impl Iterator<Item = &'s Item> {
        let items = self.scene.items.iter();
        items.filter(|item| matches!(item.shape, Shape::Node(_)))
    }

    /// Where there are words that a label should not cover: shapes that hold some, titles of groups.
    fn words(&self) -> impl Iterator<Item = Rect> {
        self.scene.items.iter().filter_map(|item| match item.shape {
            Shape::Queue(_)
            | Shape::Cells(_)
            | Shape::Table(_)
            | Shape::Gauge(_)
            | Shape::Bars(_)
            | Shape::Chip(_)
            | Shape::Text(_)
            | Shape::TextField(_)
            | Shape::Legend(_) => Some(item.frame),
            Shape::Group(_) => {
                let title = GROUP_INSET + Pen::title_width(item.tone, &item.label);
                let (line, _) = item.frame.take_top(GROUP_TITLE, 0.0);
                Some(line.take_left(title, 0.0).0)
            }
            Shape::Node(_)
            | Shape::Link(_)
            | Shape::Message(_)
            | Shape::Ring(_)
            | Shape::Bucket(_)
            | Shape::Tree(_)
            | Shape::StateMachine(_)
            | Shape::Lanes(_)
            | Shape::Sparkline(_)
            | Shape::Swarm(_) => None,
        })
    }

    /// Where a dot's label may go, and the room it takes: on the outer side and on the inner one of
    /// its way, else on any side of the dot.
    fn label_spots(
        &self,
        item: &Item,
        message: &Message,
        curve: &Curve,
        at: Point,
    ) -> Vec<(Spot, Rect)> {
        let words = card_words(item, message);
        if message.form == MessageForm::Card || words.is_empty() {
            return Vec::new();
        }
        let stage = self.scene.shape.stage();
        let spot = |side| label_spot(&words, message, curve, at, side, stage);
        let mut spots = vec![spot(1.0), spot(-1.0)];
        let width = Type::FLOATING.width(&words);
        let (across, down) = (DOT + 5.0 + width / 2.0, DOT + LABEL_HEIGHT / 2.0 + 1.0);
        let sides = [(0.0, down), (0.0, -down), (across, 0.0), (-across, 0.0)];
        spots.extend(sides.map(|(across, down)| {
            let at = at.moved(across, down);
            let anchor = Anchor::Middle;
            (
                Spot { at, anchor },
                Rect::around_point(at, width, LABEL_HEIGHT),
            )
        }));
        spots
    }
}

fn is_end(item: &Item, end: &End) -> bool {
    end.item() == Some(&item.id)
}

/// How far along each track of each way the last message placed lies.
#[derive(Debug, Default)]
struct Tracks<'s>(Vec<((EndKey<'s>, EndKey<'s>), Vec<f64>)>);

/// An end as a key: an id, or a point in hundredths of a unit.
type EndKey<'s> = (&'s str, i64, i64);

fn end_key(end: &End) -> EndKey<'_> {
    match end {
        End::Item(id) => (id.as_str(), 0, 0),
        End::Part(id, at) => (id.as_str(), *at as i64 + 1, 0),
        End::Point(point) => ("", (point.x * 100.0) as i64, (point.y * 100.0) as i64),
    }
}

impl<'s> Tracks<'s> {
    /// The distance from the middle of the way, to the left, for a message; messages come in order
    /// of how far they are, furthest first.
    fn place(&mut self, item: &'s Item, message: &'s Message, curve: &Curve) -> f64 {
        let key = (end_key(&message.from), end_key(&message.to));
        let known = self.0.iter().position(|(other, _)| *other == key);
        let index = known.unwrap_or_else(|| {
            self.0.push((key, Vec::new()));
            self.0.len() - 1
        });
        let tracks = &mut self.0[index].1;
        let along = curve.length() * message.fraction;
        let size = match message.form {
            MessageForm::Dot => 2.0 * DOT + 1.0,
            MessageForm::Card => body_width(item, message) + 4.0,
        };
        let free = tracks.iter().position(|last| last - along >= size);
        let track = free.unwrap_or(tracks.len()).min(TRACKS - 1);
        if track == tracks.len() {
            tracks.push(along);
        } else {
            tracks[track] = along;
        }
        match message.form {
            MessageForm::Dot => TRACK + track as f64 * TRACK_STEP,
            MessageForm::Card => track as f64 * (CARD_HEIGHT + 4.0),
        }
    }
}

fn body_width(item: &Item, message: &Message) -> f64 {
    match message.form {
        MessageForm::Dot => 2.0 * DOT,
        MessageForm::Card => pill_width(item.tone, &card_words(item, message)).min(160.0),
    }
}

fn body_height(message: &Message) -> f64 {
    match message.form {
        MessageForm::Dot => 2.0 * DOT,
        MessageForm::Card => CARD_HEIGHT,
    }
}

fn card_words(item: &Item, message: &Message) -> String {
    match (item.label.as_str(), message.count) {
        (label, 0 | 1) => label.to_owned(),
        ("", count) => format!("×{count}"),
        (label, count) => format!("{label} ×{count}"),
    }
}

/// Where a dot's label goes on one side of its way, and the room it takes: between the two ends if
/// it fits between them.
fn label_spot(
    words: &str,
    message: &Message,
    curve: &Curve,
    at: Point,
    side: f64,
    stage: Rect,
) -> (Spot, Rect) {
    let width = Type::FLOATING.width(words);
    let (nx, ny) = curve.left(message.fraction);
    let (nx, ny) = (nx * side, ny * side);
    let (spot, middle) = if libm::fabs(ny) > 0.7 {
        let (low, high) = order(curve.from.x, curve.to.x);
        let x = slide(at.x, low + width / 2.0, high - width / 2.0);
        let x = slide(
            x,
            stage.x + width / 2.0 + EDGE,
            stage.right() - width / 2.0 - EDGE,
        );
        let y = at.y + (DOT + LABEL_HEIGHT / 2.0 + 1.0) * sign_of(ny);
        let at = Point::new(x, y);
        let anchor = Anchor::Middle;
        (Spot { at, anchor }, at)
    } else {
        let side = sign_of(nx);
        let x = at.x + (DOT + 5.0) * side;
        let anchor = if side > 0.0 {
            Anchor::Start
        } else {
            Anchor::End
        };
        let at = Point::new(x, at.y);
        (Spot { at, anchor }, at.moved(side * width / 2.0, 0.0))
    };
    (spot, Rect::around_point(middle, width, LABEL_HEIGHT))
}

fn order(a: f64, b: f64) -> (f64, f64) {
    if a <= b { (a, b) } else { (b, a) }
}

fn slide(value: f64, low: f64, high: f64) -> f64 {
    if low <= high {
        within(value, low, high)
    } else {
        value
    }
}

fn sign_of(value: f64) -> f64 {
    if value < 0.0 { -1.0 } else { 1.0 }
}

pub(super) fn draw_link(pen: &mut Pen, item: &Item, link: &Link, route: &Route) {
    let curve = route.curve.relative_to(route.origin);
    if link.line == Line::Cut {
        pen.path("wire cut-wire", curve.part(0.0, 0.44).trace());
        pen.path("wire cut-wire", curve.part(0.56, 1.0).trace());
        for fraction in [0.465, 0.535] {
            let (at, (nx, ny)) = (curve.at(fraction), curve.left(fraction));
            let (tx, ty) = (-ny, nx);
            let end =
                |side: f64| at.moved((nx * 8.0 + tx * 3.0) * side, (ny * 8.0 + ty * 3.0) * side);
            pen.line("cut", end(1.0), end(-1.0));
        }
    } else {
        let class = match link.line {
            Line::Solid | Line::Cut => "wire",
            Line::Dashed => "wire dashes",
            Line::Struck => "wire dashes struck",
        };
        pen.path(class, curve.trace());
    }
    if link.arrow != Arrow::None {
        pen.arrow_head("head", curve.at(0.98), curve.to, 9.0);
    }
    if link.arrow == Arrow::Both {
        pen.arrow_head("head", curve.at(0.02), curve.from, 9.0);
    }
    if !item.menu.is_empty() {
        pen.path("hit-line", curve.trace());
    }
    let below = if link.line == Line::Cut { 18.0 } else { 0.0 };
    let room = route.curve.length().max(60.0);
    pen.text(
        Type::FLOATING_QUIET,
        None,
        curve.at(0.5).moved(0.0, below),
        Anchor::Middle,
        &item.label,
        room,
    );
}

pub(super) fn draw_message(pen: &mut Pen, item: &Item, message: &Message, route: &Route) {
    let origin = Point::default();
    match message.form {
        MessageForm::Dot => dot(pen, item.tone, origin),
        MessageForm::Card => {
            let body = Rect::around_point(origin, body_width(item, message), CARD_HEIGHT);
            pen.rect("body card", body, 4.0);
            let mut inner = body.inset_xy(7.0, 0.0);
            if sign::has_sign(item.tone) {
                let (spot, rest) = inner.take_left(12.0, 4.0);
                sign::seal(pen, item.tone, spot.center(), 6.0);
                inner = rest;
            }
            pen.text(
                Type::INNER,
                None,
                inner.at(0.0, 0.5),
                Anchor::Start,
                &card_words(item, message),
                inner.w + 3.0,
            );
        }
    }
    if message.lost {
        let reach = DOT + 3.0;
        pen.line(
            "cross",
            origin.moved(-reach, -reach),
            origin.moved(reach, reach),
        );
        pen.line(
            "cross",
            origin.moved(-reach, reach),
            origin.moved(reach, -reach),
        );
    }
    if let Some(spot) = route.label {
        let at = spot.at.moved(-route.origin.x, -route.origin.y);
        let words = card_words(item, message);
        pen.text(Type::FLOATING, None, at, spot.anchor, &words, 400.0);
    }
}

/// A dot in flight: a disc with the tone's sign in it.
fn dot(pen: &mut Pen, tone: Tone, at: Point) {
    pen.circle("seal-bed", at, DOT + 1.5);
    match tone {
        Tone::Plain | Tone::Active | Tone::Series(_) => pen.circle("seal", at, DOT - 0.5),
        Tone::Idle
        | Tone::Pending
        | Tone::Good
        | Tone::Stale
        | Tone::Refused
        | Tone::Failed
        | Tone::Leader => sign::seal(pen, tone, at, DOT),
    }
}

/// Where links meet an item.
#[derive(Debug, Clone, Copy)]
enum Outline {
    /// A box, and the point in it that links aim at.
    Rect(Rect, Point),
    Circle(Point, f64),
}

impl Outline {
    /// Parts stand side by side, so a part is left by its foot and entered by its head, or the other
    /// way round: past its neighbours and not over them.
    fn facing(self, end: &End, other: Point) -> Self {
        if let (End::Part(..), Self::Rect(part, _)) = (end, self) {
            if other.y > part.bottom() {
                return Self::Circle(part.at(0.5, 1.0), 0.0);
            } else if other.y < part.y {
                return Self::Circle(part.at(0.5, 0.0), 0.0);
            }
        }
        self
    }

    fn of(item: &Item) -> Self {
        let (frame, center) = (item.frame, item.frame.center());
        match &item.shape {
            Shape::Node(node) if node.form == NodeForm::Circle => {
                Self::Circle(center, frame.short_side() / 2.0)
            }
            Shape::Node(node) if node.form == NodeForm::Person => {
                let figure = person_figure(node, frame);
                let words = Rect {
                    h: frame.bottom() - figure.y,
                    ..figure
                };
                Self::Rect(words, center)
            }
            Shape::Ring(_) => Self::Circle(center, frame.short_side() / 2.0),
            Shape::Node(_)
            | Shape::Link(_)
            | Shape::Message(_)
            | Shape::Bucket(_)
            | Shape::Queue(_)
            | Shape::Cells(_)
            | Shape::Table(_)
            | Shape::Tree(_)
            | Shape::StateMachine(_)
            | Shape::Lanes(_)
            | Shape::Gauge(_)
            | Shape::Bars(_)
            | Shape::Sparkline(_)
            | Shape::Chip(_)
            | Shape::Text(_)
            | Shape::TextField(_)
            | Shape::Group(_)
            | Shape::Legend(_)
            | Shape::Swarm(_) => Self::Rect(frame, center),
        }
    }

    fn center(self) -> Point {
        match self {
            Self::Rect(_, center) => center,
            Self::Circle(center, _) => center,
        }
    }

    /// Where the straight way from the middle to `target` leaves the item.
    fn edge_towards(self, target: Point) -> Point {
        let center = self.center();
        let (dx, dy) = (target.x - center.x, target.y - center.y);
        let distance = center.distance(target);
        if distance < 1e-6 {
            return center;
        }
        let reach = match self {
            Self::Circle(_, 0.0) => 0.0,
            Self::Circle(_, radius) => radius + END_GAP,
            Self::Rect(rect, _) => {
                let side = |delta: f64, before: f64, after: f64| {
                    if delta < 0.0 {
                        before / -delta
                    } else {
                        after / delta.max(1e-9)
                    }
                };
                let across = side(dx, center.x - rect.x, rect.right() - center.x);
                let down = side(dy, center.y - rect.y, rect.bottom() - center.y);
                across.min(down) * distance + END_GAP
            }
        };
        center.lerp(target, reach / distance)
    }
}

/// A quadratic curve.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Curve {
    from: Point,
    control: Point,
    to: Point,
}

impl Curve {
    /// A straight way has its control point in the middle of what is left between the edges.
    fn settled(self, bend: f64) -> Self {
        if bend == 0.0 {
            Self {
                control: self.from.lerp(self.to, 0.5),
                ..self
            }
        } else {
            self
        }
    }

    fn at(&self, fraction: f64) -> Point {
        let first = self.from.lerp(self.control, fraction);
        let second = self.control.lerp(self.to, fraction);
        first.lerp(second, fraction)
    }

    /// The unit vector to the left of the way.
    fn left(&self, fraction: f64) -> (f64, f64) {
        let first = self.from.lerp(self.control, fraction);
        let second = self.control.lerp(self.to, fraction);
        let length = first.distance(second);
        if length < 1e-6 {
            return (0.0, -1.0);
        }
        (
            (second.y - first.y) / length,
            -(second.x - first.x) / length,
        )
    }

    fn beside(&self, fraction: f64, offset: f64) -> Point {
        let (nx, ny) = self.left(fraction);
        self.at(fraction).moved(nx * offset, ny * offset)
    }

    fn length(&self) -> f64 {
        const STEPS: u32 = 8;
        (0..STEPS)
            .map(|step| {
                let at = |step: u32| self.at(f64::from(step) / f64::from(STEPS));
                at(step).distance(at(step + 1))
            })
            .sum()
    }

    /// The part between two fractions.
    fn part(&self, from: f64, to: f64) -> Self {
        let blossom = |a: f64, b: f64| {
            let first = self.from.lerp(self.control, a);
            let second = self.control.lerp(self.to, a);
            first.lerp(second, b)
        };
        Self {
            from: blossom(from, from),
            control: blossom(from, to),
            to: blossom(to, to),
        }
    }

    fn relative_to(&self, origin: Point) -> Self {
        let shift = |point: Point| point.moved(-origin.x, -origin.y);
        Self {
            from: shift(self.from),
            control: shift(self.control),
            to: shift(self.to),
        }
    }

    fn bounds(&self) -> Rect {
        let spot = |point: Point| Rect::new(point.x, point.y, 0.0, 0.0);
        (0..=8)
            .map(|step| spot(self.at(f64::from(step) / 8.0)))
            .fold(spot(self.from), Rect::union)
    }

    fn trace(&self) -> Trace {
        let middle = self.from.lerp(self.to, 0.5);
        let start = Trace::from(self.from);
        if middle.distance(self.control) < 0.01 {
            start.line(self.to)
        } else {
            start.curve(self.control, self.to)
        }
    }
}
