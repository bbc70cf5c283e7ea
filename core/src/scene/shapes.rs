//! The visual vocabulary: what each kind of item holds. How it is drawn stands in [`super::draw`].
//!
//! Fractions are 0 to 1 and are clamped by the builder; turns run clockwise from twelve o'clock.

use std::sync::Arc;

use super::draw::{Draw, Pen, Route};
use super::geometry::{Point, Rect};
use super::item::{End, Item, Menu, MenuEntry};
use super::report::Details;
use super::tone::{Line, Tone};
use crate::time::SimTime;
use crate::value::Call;

/// What an item looks like and the numbers it shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A machine, a service, a person, a store.
    Node(Node),
    /// A connection between two items.
    Link(Link),
    /// Something on its way from one item to another.
    Message(Message),
    /// A circle of owners.
    Ring(Ring),
    /// A vessel with a level.
    Bucket(Bucket),
    /// Things waiting in order.
    Queue(Queue),
    /// A strip or a grid of small boxes.
    Cells(Cells),
    /// Rows and columns of text.
    Table(Table),
    /// Parents above children.
    Tree(Tree),
    /// States and the ways between them.
    StateMachine(StateMachine),
    /// Time from left to right, one lane per actor.
    Lanes(Lanes),
    /// One value between two bounds.
    Gauge(Gauge),
    /// One bar per thing.
    Bars(Bars),
    /// A small line of recent values.
    Sparkline(Sparkline),
    /// A badge on its own.
    Chip(Chip),
    /// A line or a paragraph.
    Text(Text),
    /// Text that a person may edit on the stage.
    TextField(TextField),
    /// A titled frame behind other items.
    Group(Group),
    /// What the tones mean on this stage.
    Legend(Legend),
    /// Many small points, drawn on a canvas.
    Swarm(Swarm),
}

/// Access to one kind of shape inside [`Shape`].
pub trait ShapeKind: Into<Shape> + Draw + Details {
    /// The kind's name in plain words, as in "queue" or "state machine".
    const WORD: &'static str;

    /// The shape, if it is of this kind.
    fn of_shape(shape: &Shape) -> Option<&Self>;

    /// The shape, to be changed, if it is of this kind.
    fn in_shape(shape: &mut Shape) -> Option<&mut Self>;
}

/// What is made of the shapes of one kind.
///
/// Each item carries that of its own shape, and nothing lists those of all kinds. So a program that
/// comes in pieces brings in the kinds that its stage shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// Draws an item; links and messages along their way.
    pub(super) draw: fn(&mut Pen, &Item, Option<&Route>),
    /// What an item shows beyond name and tone, in words.
    pub(super) details: fn(&Item) -> String,
    /// Where a part of an item lies on the stage, for kinds whose parts links may lead to.
    pub(super) part: fn(&Item, usize) -> Option<Rect>,
}

impl Kind {
    /// The kind `S`, for items with such a shape.
    pub(super) const fn of<S: ShapeKind>() -> Self {
        Self {
            draw: |pen, item, route| {
                if let Some(shape) = S::of_shape(&item.shape) {
                    shape.draw(pen, item, route);
                }
            },
            details: |item| S::of_shape(&item.shape).map_or_else(String::new, S::details),
            part: |item, at| S::of_shape(&item.shape)?.part(item, at),
        }
    }
}

/// Kinds follow from the shapes beside which they stand.
impl PartialEq for Kind {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Ties a shape's data to its variant of the same name.
macro_rules! shape_kinds {
    ($($kind:ident = $word:literal),* $(,)?) => {
        $(
            impl From<$kind> for Shape {
                fn from(data: $kind) -> Self {
                    Self::$kind(data)
                }
            }

            impl ShapeKind for $kind {
                const WORD: &'static str = $word;

                fn of_shape(shape: &Shape) -> Option<&Self> {
                    if let Shape::$kind(data) = shape { Some(data) } else { None }
                }

                fn in_shape(shape: &mut Shape) -> Option<&mut Self> {
                    if let Shape::$kind(data) = shape { Some(data) } else { None }
                }
            }
        )*

        impl Shape {
            /// The kind's name in plain words.
            pub const fn word(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $word,)*
                }
            }
        }
    };
}

shape_kinds! {
    Node = "node",
    Link = "link",
    Message = "message",
    Ring = "ring",
    Bucket = "bucket",
    Queue = "queue",
    Cells = "cells",
    Table = "table",
    Tree = "tree",
    StateMachine = "state machine",
    Lanes = "lanes",
    Gauge = "gauge",
    Bars = "bars",
    Sparkline = "sparkline",
    Chip = "chip",
    Text = "text",
    TextField = "text field",
    Group = "group",
    Legend = "legend",
    Swarm = "swarm",
}

/// A machine, a service, a person, a store.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Node {
    /// Its outline.
    pub form: NodeForm,
    /// Small text under the label: a role, a rate, a term.
    pub note: String,
    /// Time left as a fraction of the whole, drawn as a shrinking arc.
    pub timer: Option<f64>,
    /// Lease left as a fraction of the whole, drawn as a ring around the node.
    pub lease: Option<f64>,
    /// A row of dots: votes, acknowledgements, busy threads.
    pub dots: Vec<Tone>,
    /// How many of the dots make a majority: a mark after that many.
    pub quorum: Option<usize>,
    /// How full it is, drawn as a bar along its foot.
    pub load: Option<f64>,
    /// Whether it leads the others: a star at its corner, a circle with a second outline. Its tone
    /// stays free for what else it is.
    pub leads: bool,
}

/// A node's outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum NodeForm {
    /// A rounded box: a process, a service.
    #[default]
    Box,
    /// A circle: a peer among equals.
    Circle,
    /// A cylinder: something that stores.
    Store,
    /// A head and shoulders: a person, a client.
    Person,
}

/// A connection between two items.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Where it begins.
    pub from: End,
    /// Where it ends.
    pub to: End,
    /// Solid, dashed, or cut for a partition.
    pub line: Line,
    /// Which ends carry an arrow head.
    pub arrow: Arrow,
    /// How far the middle bows to the left of the way, as a fraction of the length; 0 is straight.
    pub bend: f64,
}

/// Which ends of a line carry a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Arrow {
    /// None.
    #[default]
    None,
    /// At the far end.
    Forward,
    /// At both ends.
    Both,
}

/// Something on its way from one item to another.
///
/// It travels along the link between the same two ends, if there is one, or straight. Messages that
/// would cover each other are set side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Where it left.
    pub from: End,
    /// Where it is going.
    pub to: End,
    /// How much of the way lies behind it.
    pub fraction: f64,
    /// A dot with its label beside it, or a card with the label inside.
    pub form: MessageForm,
    /// How many travel together.
    pub count: u32,
    /// Whether it will not arrive: drawn crossed out.
    pub lost: bool,
}

/// How a message looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum MessageForm {
    /// A dot, with its label beside it when there is room.
    #[default]
    Dot,
    /// A small card with its label inside.
    Card,
}

/// A circle of owners.
#[derive(Debug, Clone, Default)]
pub struct Ring {
    /// Who owns which part. Thousands are fine: parts too thin to see are merged.
    pub arcs: Arc<[RingArc]>,
    /// Points on the ring: hash points, tokens.
    pub ticks: Arc<[RingTick]>,
    /// Things placed on the ring: keys, cursors.
    pub markers: Vec<RingMarker>,
    /// A way along the ring, clockwise: from a key to its owner.
    pub walk: Option<RingWalk>,
    /// Large text in the middle.
    pub center: String,
    /// Small text under it.
    pub note: String,
}

impl PartialEq for Ring {
    fn eq(&self, other: &Self) -> bool {
        let own = (&self.markers, &self.walk, &self.center, &self.note);
        own == (&other.markers, &other.walk, &other.center, &other.note)
            && is_same(&self.arcs, &other.arcs)
            && is_same(&self.ticks, &other.ticks)
    }
}

/// Whether two lists hold the same; at once where they are one.
fn is_same<T: PartialEq>(one: &Arc<[T]>, other: &Arc<[T]>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}

/// A part of a ring with one owner.
#[derive(Debug, Clone, PartialEq)]
pub struct RingArc {
    /// Where it begins, in turns.
    pub from: f64,
    /// Where it ends, clockwise from there.
    pub to: f64,
    /// Whose it is.
    pub tone: Tone,
    /// Drawn thicker.
    pub strong: bool,
}

impl RingArc {
    /// The arc clockwise from one turn to another.
    pub const fn new(from: f64, to: f64, tone: Tone) -> Self {
        Self {
            from,
            to,
            tone,
            strong: false,
        }
    }

    /// The same arc, drawn thicker.
    #[must_use]
    pub const fn strong(mut self) -> Self {
        self.strong = true;
        self
    }
}

/// A point on a ring.
#[derive(Debug, Clone, PartialEq)]
pub struct RingTick {
    /// Where, in turns.
    pub at: f64,
    /// Whose it is.
    pub tone: Tone,
}

impl RingTick {
    /// A tick at a turn.
    pub const fn new(at: f64, tone: Tone) -> Self {
        Self { at, tone }
    }
}

/// A thing placed on a ring.
#[derive(Debug, Clone, PartialEq)]
pub struct RingMarker {
    /// Where, in turns.
    pub at: f64,
    /// What it means.
    pub tone: Tone,
    /// Short text beside it; may be empty.
    pub label: String,
    /// Outside the ring, as owners' names are, or inside it, as keys are.
    pub outside: bool,
    /// What a person may do to it; the first entry is what a plain click does.
    pub menu: Menu,
}

impl RingMarker {
    /// A marker inside the ring.
    pub fn new(at: f64, tone: Tone, label: impl Into<String>) -> Self {
        Self {
            at,
            tone,
            label: label.into(),
            outside: false,
            menu: Menu::default(),
        }
    }

    /// The same marker outside the ring.
    #[must_use]
    pub fn outside(mut self) -> Self {
        self.outside = true;
        self
    }

    /// The same marker with one more thing that a person may do to it.
    #[must_use]
    pub fn menu(mut self, label: impl Into<String>, call: Call) -> Self {
        self.menu.push(MenuEntry::new(label, call));
        self
    }
}

/// A way along a ring, clockwise.
#[derive(Debug, Clone, PartialEq)]
pub struct RingWalk {
    /// Where it begins, in turns.
    pub from: f64,
    /// Where it ends, clockwise from there.
    pub to: f64,
    /// What it means.
    pub tone: Tone,
}

/// A vessel with a level.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bucket {
    /// How full, as a fraction.
    pub level: f64,
    /// What the level is in words or numbers: "7.25 of 10".
    pub reading: String,
    /// Heights that matter, as fractions from the bottom.
    pub marks: Vec<Mark>,
    /// Drops on their way in, as fractions of the fall from the mouth to the surface.
    pub drops: Vec<f64>,
    /// What flows in, beside the mouth: "5 per s".
    pub inflow: String,
    /// What flows out, under the foot; empty for a vessel without a drain.
    pub outflow: String,
    /// Whether it is running over.
    pub overflowing: bool,
}

/// A value that matters on a scale: a limit, a threshold, a theory.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Where, on the scale of what it marks.
    pub at: f64,
    /// A word or two; may be empty.
    pub label: String,
    /// What it means.
    pub tone: Tone,
}

impl Mark {
    /// A mark without a judgement.
    pub fn new(at: f64, label: impl Into<String>) -> Self {
        Self {
            at,
            label: label.into(),
            tone: Tone::Plain,
        }
    }

    /// The same mark with a meaning.
    #[must_use]
    pub const fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

/// Things waiting in order; the first to leave comes first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Queue {
    /// What waits.
    pub slots: Vec<Slot>,
    /// How many fit; empty places are drawn up to it.
    pub capacity: Option<usize>,
    /// Which way it runs.
    pub axis: Axis,
}

/// One thing in a queue.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Slot {
    /// What it means.
    pub tone: Tone,
    /// Short text, shown when it fits.
    pub label: String,
    /// What a person may do to it; the first entry is what a plain click does.
    pub menu: Menu,
}

impl Slot {
    /// A slot with text.
    pub fn new(label: impl Into<String>, tone: Tone) -> Self {
        Self {
            tone,
            label: label.into(),
            menu: Menu::default(),
        }
    }

    /// The same slot with one more thing that a person may do to it.
    #[must_use]
    pub fn menu(mut self, label: impl Into<String>, call: Call) -> Self {
        self.menu.push(MenuEntry::new(label, call));
        self
    }
}

impl From<Tone> for Slot {
    fn from(tone: Tone) -> Self {
        Self::new("", tone)
    }
}

/// Which way a row runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Axis {
    /// As the frame is longer.
    #[default]
    Auto,
    /// Left to right.
    Across,
    /// Top to bottom; for queues the head is at the foot, for bars each bar is a row.
    Down,
}

/// A strip or a grid of small boxes: a log, a bit array, a window of calls, a buffer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cells {
    /// The boxes, row by row.
    pub cells: Vec<Cell>,
    /// How many to a row; all of them in one row when absent.
    pub columns: Option<usize>,
    /// For how many boxes in a row there is room; as many as there are when absent.
    pub places: Option<usize>,
    /// Numbers above the boxes, counting from this one.
    pub first_index: Option<usize>,
    /// Arrows to boxes, from below.
    pub pointers: Vec<Pointer>,
}

/// One small box.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// Short text.
    pub text: String,
    /// What it means.
    pub tone: Tone,
    /// Solid for settled, dashed for provisional, struck for overruled.
    pub line: Line,
    /// What a person may do to it; the first entry is what a plain click does.
    pub menu: Menu,
}

impl Cell {
    /// A settled cell with text.
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
            line: Line::Solid,
            menu: Menu::default(),
        }
    }

    /// The same cell, provisional.
    #[must_use]
    pub const fn dashed(mut self) -> Self {
        self.line = Line::Dashed;
        self
    }

    /// The same cell, overruled.
    #[must_use]
    pub const fn struck(mut self) -> Self {
        self.line = Line::Struck;
        self
    }

    /// The same cell with one more thing that a person may do to it.
    #[must_use]
    pub fn menu(mut self, label: impl Into<String>, call: Call) -> Self {
        self.menu.push(MenuEntry::new(label, call));
        self
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<Tone> for Cell {
    fn from(tone: Tone) -> Self {
        Self::new("", tone)
    }
}

/// An arrow to a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Pointer {
    /// The cell's position in [`Cells::cells`]; one past the end points behind the last.
    pub at: usize,
    /// A word.
    pub label: String,
    /// What it means.
    pub tone: Tone,
}

impl Pointer {
    /// An arrow without a judgement.
    pub fn new(at: usize, label: impl Into<String>) -> Self {
        Self {
            at,
            label: label.into(),
            tone: Tone::Plain,
        }
    }

    /// The same arrow with a meaning.
    #[must_use]
    pub const fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

/// Rows and columns of text. Long text is cut with an ellipsis; rows that do not fit are counted in
/// the last line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Column names.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<TableRow>,
    /// Widths in proportion to each other; by content when empty.
    pub weights: Vec<f64>,
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TableRow {
    /// Its cells, by column.
    pub cells: Vec<Cell>,
    /// What the row means as a whole.
    pub tone: Tone,
    /// What a person may do to it; the first entry is what a plain click does.
    pub menu: Menu,
}

impl TableRow {
    /// A row without a judgement.
    pub fn new<C: Into<Cell>>(cells: impl IntoIterator<Item = C>) -> Self {
        Self {
            cells: cells.into_iter().map(Into::into).collect(),
            tone: Tone::Plain,
            menu: Menu::default(),
        }
    }

    /// The same row with a meaning.
    #[must_use]
    pub const fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// The same row with one more thing that a person may do to it.
    #[must_use]
    pub fn menu(mut self, label: impl Into<String>, call: Call) -> Self {
        self.menu.push(MenuEntry::new(label, call));
        self
    }
}

/// Parents above children.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tree {
    /// The nodes; a parent comes before its children.
    pub nodes: Vec<TreeNode>,
}

/// One node of a tree.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeNode {
    /// Short text.
    pub label: String,
    /// What it means.
    pub tone: Tone,
    /// The parent's position in [`Tree::nodes`]; none for a root.
    pub parent: Option<usize>,
    /// How the line to the parent is drawn.
    pub line: Line,
    /// What a person may do to it; the first entry is what a plain click does.
    pub menu: Menu,
}

impl TreeNode {
    /// A root.
    pub fn root(label: impl Into<String>, tone: Tone) -> Self {
        Self {
            label: label.into(),
            tone,
            parent: None,
            line: Line::Solid,
            menu: Menu::default(),
        }
    }

    /// A child of the node at `parent`.
    pub fn child(parent: usize, label: impl Into<String>, tone: Tone) -> Self {
        Self {
            parent: Some(parent),
            ..Self::root(label, tone)
        }
    }

    /// The same node with one more thing that a person may do to it.
    #[must_use]
    pub fn menu(mut self, label: impl Into<String>, call: Call) -> Self {
        self.menu.push(MenuEntry::new(label, call));
        self
    }
}

/// States and the ways between them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateMachine {
    /// The states, in the order in which they are placed.
    pub states: Vec<State>,
    /// The ways between them.
    pub edges: Vec<Edge>,
    /// The state it is in.
    pub current: Option<usize>,
    /// Time left in the current state as a fraction, drawn as a shrinking arc.
    pub timer: Option<f64>,
    /// Where the states stand.
    pub placement: Placement,
}

/// One state.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Its name.
    pub name: String,
    /// What being in it means.
    pub tone: Tone,
    /// Small text under the name: a count, a wait.
    pub note: String,
}

impl State {
    /// A state.
    pub fn new(name: impl Into<String>, tone: Tone) -> Self {
        Self {
            name: name.into(),
            tone,
            note: String::new(),
        }
    }

    /// The same state with small text under its name.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// A way from one state to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// The state it leaves.
    pub from: usize,
    /// The state it enters.
    pub to: usize,
    /// What makes it happen.
    pub label: String,
    /// What it means; [`Tone::Active`] for the way just taken.
    pub tone: Tone,
}

impl Edge {
    /// A way without a judgement.
    pub fn new(from: usize, to: usize, label: impl Into<String>) -> Self {
        Self {
            from,
            to,
            label: label.into(),
            tone: Tone::Plain,
        }
    }

    /// The same way with a meaning.
    #[must_use]
    pub const fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

/// Where states stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Placement {
    /// Clockwise around a circle, the first at the top.
    #[default]
    Circle,
    /// In a line along the frame's longer side.
    Line,
}

/// A space-time diagram: time from left to right, one lane per actor.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lanes {
    /// Actors, top to bottom.
    pub lanes: Vec<Lane>,
    /// The instant at the left edge.
    pub from: SimTime,
    /// The instant at the right edge.
    pub to: SimTime,
    /// Now, as a line through all lanes.
    pub now: Option<SimTime>,
    /// Stretches of time on a lane: down, leader, busy.
    pub spans: Vec<LaneSpan>,
    /// Local steps.
    pub marks: Vec<LaneMark>,
    /// Messages.
    pub arrows: Vec<LaneArrow>,
}

/// One actor's lane.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lane {
    /// The actor's name.
    pub name: String,
    /// How it stands now.
    pub tone: Tone,
}

impl From<&str> for Lane {
    fn from(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            tone: Tone::Plain,
        }
    }
}

impl From<String> for Lane {
    fn from(name: String) -> Self {
        Self {
            name,
            tone: Tone::Plain,
        }
    }
}

/// A stretch of time on a lane.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneSpan {
    /// Which lane.
    pub lane: usize,
    /// When it begins.
    pub from: SimTime,
    /// When it ends.
    pub to: SimTime,
    /// What it means.
    pub tone: Tone,
    /// Short text, shown when it fits.
    pub label: String,
}

/// A local step on a lane.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneMark {
    /// Which lane.
    pub lane: usize,
    /// When.
    pub at: SimTime,
    /// What it means.
    pub tone: Tone,
    /// Short text, shown when it fits.
    pub label: String,
    /// The event it stands for, to which a click leads.
    pub event: Option<u64>,
}

/// A message between lanes.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneArrow {
    /// The sender's lane.
    pub from: usize,
    /// When it was sent.
    pub sent: SimTime,
    /// The receiver's lane.
    pub to: usize,
    /// When it arrived or would have.
    pub due: SimTime,
    /// What it means.
    pub tone: Tone,
    /// Short text, shown when it fits.
    pub label: String,
    /// Whether it never arrived.
    pub lost: bool,
    /// The event it stands for, to which a click leads.
    pub event: Option<u64>,
}

/// One value between two bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Gauge {
    /// The value.
    pub value: f64,
    /// The lower bound.
    pub min: f64,
    /// The upper bound.
    pub max: f64,
    /// The value with its unit, as read: "42 %".
    pub reading: String,
    /// Values that matter.
    pub marks: Vec<Mark>,
    /// A bar or a dial.
    pub form: GaugeForm,
}

/// How a gauge looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum GaugeForm {
    /// A bar from left to right.
    #[default]
    Bar,
    /// A three-quarter dial.
    Dial,
}

/// One bar per thing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bars {
    /// The bars.
    pub bars: Vec<Bar>,
    /// The end of the scale; the largest value when absent.
    pub max: Option<f64>,
    /// Bars beside each other or below each other.
    pub axis: Axis,
    /// Where theory expects every bar to end, from and to.
    pub band: Option<(f64, f64)>,
    /// Values that matter for all of them: the mean, a limit.
    pub marks: Vec<Mark>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Whose it is.
    pub label: String,
    /// Its length.
    pub value: f64,
    /// The value as read; the number itself when empty.
    pub reading: String,
    /// What it means.
    pub tone: Tone,
    /// Where theory expects this bar to end, from and to.
    pub band: Option<(f64, f64)>,
    /// What a person may do to it; the first entry is what a plain click does.
    pub menu: Menu,
}

impl Bar {
    /// A bar.
    pub fn new(label: impl Into<String>, value: f64, tone: Tone) -> Self {
        Self {
            label: label.into(),
            value,
            reading: String::new(),
            tone,
            band: None,
            menu: Menu::default(),
        }
    }

    /// The same bar with its value in words.
    #[must_use]
    pub fn reading(mut self, reading: impl Into<String>) -> Self {
        self.reading = reading.into();
        self
    }

    /// The same bar with the range that theory expects.
    #[must_use]
    pub const fn band(mut self, from: f64, to: f64) -> Self {
        self.band = Some((from, to));
        self
    }

    /// The same bar with one more thing that a person may do to it.
    #[must_use]
    pub fn menu(mut self, label: impl Into<String>, call: Call) -> Self {
        self.menu.push(MenuEntry::new(label, call));
        self
    }
}

/// A small line of recent values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sparkline {
    /// The values, oldest first, evenly spaced; a value that is not finite is a gap.
    pub values: Vec<f64>,
    /// The bottom of the scale; the smallest value or zero when absent.
    pub min: Option<f64>,
    /// The top of the scale; the largest value when absent.
    pub max: Option<f64>,
    /// The last value with its unit, as read.
    pub reading: String,
    /// Values that matter.
    pub marks: Vec<Mark>,
}

/// A badge on its own: the item's label and tone are all it shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chip {
    /// The event that brought it about, to which a click leads.
    pub cause: Option<u64>,
}

/// A line or a paragraph: the item's label, in a style.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Text {
    /// Its role on the stage.
    pub style: TextStyle,
    /// Where it stands in its frame.
    pub align: Align,
}

/// The role of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum TextStyle {
    /// Names a part of the stage.
    Title,
    /// Reads along with the picture; wraps.
    #[default]
    Body,
    /// Explains quietly; wraps.
    Caption,
    /// Exact text: a header, a key, a hash; never wraps.
    Code,
    /// One large figure.
    Figure,
}

/// Where text stands across its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Align {
    /// At the left edge.
    #[default]
    Start,
    /// In the middle.
    Middle,
    /// At the right edge.
    End,
}

/// Text that a person may edit on the stage.
///
/// What is typed becomes the named argument of the call.
#[derive(Debug, Clone, PartialEq)]
pub struct TextField {
    /// The text now.
    pub value: String,
    /// Shown when it is empty.
    pub placeholder: String,
    /// What happens when it is edited.
    pub call: Call,
    /// The parameter of [`TextField::call`] that takes the new text.
    pub parameter: String,
    /// When the call is made.
    pub commit: Commit,
    /// Who wrote which part, as lengths in characters, from the beginning; drawn as underlines.
    pub runs: Vec<TextRun>,
    /// Whether it holds several lines.
    pub multiline: bool,
}

/// When a text field makes its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Commit {
    /// On Enter or on leaving the field.
    #[default]
    Done,
    /// On every edit.
    Each,
}

/// A stretch of characters with one meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextRun {
    /// How many characters (Unicode scalar values).
    pub chars: usize,
    /// What they mean: who wrote them.
    pub tone: Tone,
}

/// A titled frame behind other items: the item's label is the title.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Group {
    /// Solid, or dashed for a boundary that is only notional.
    pub line: Line,
}

/// What the tones mean on this stage.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Legend {
    /// Tone and meaning, in order.
    pub entries: Vec<(Tone, String)>,
}

/// Many small points, drawn on a canvas: a struct of arrays in stage units.
///
/// Points are not items: they cannot be touched and are described by one sentence together.
#[derive(Debug, Clone, Default)]
pub struct Swarm {
    /// Across.
    pub x: Arc<[f32]>,
    /// Down.
    pub y: Arc<[f32]>,
    /// What each means: [`Tone::index`].
    pub tone: Arc<[u8]>,
    /// The radius of every point.
    pub radius: f32,
}

impl PartialEq for Swarm {
    fn eq(&self, other: &Self) -> bool {
        self.radius == other.radius
            && is_same(&self.x, &other.x)
            && is_same(&self.y, &other.y)
            && is_same(&self.tone, &other.tone)
    }
}

impl Swarm {
    /// Collects points.
    pub fn collect(radius: f32, points: impl IntoIterator<Item = (Point, Tone)>) -> Self {
        let (mut x, mut y, mut tone) = (Vec::new(), Vec::new(), Vec::new());
        for (point, meaning) in points {
            x.push(point.x as f32);
            y.push(point.y as f32);
            tone.push(meaning.index());
        }
        Self {
            x: x.into(),
            y: y.into(),
            tone: tone.into(),
            radius,
        }
    }

    /// How many points.
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.x.is_empty()
    }
}
