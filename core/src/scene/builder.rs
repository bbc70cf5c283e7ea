//! How a pattern says what is on the stage.

use std::sync::Arc;

use super::geometry::{Rect, StageShape};
use super::item::{Badge, End, Item, ItemId, Menu, MenuEntry};
use super::shapes::{
    Align, Arrow, Axis, Bar, Bars, Bucket, Cell, Cells, Chip, Commit, Edge, Gauge, GaugeForm,
    Group, Kind, Lane, LaneArrow, LaneMark, LaneSpan, Lanes, Legend, Link, Mark, Message,
    MessageForm, Node, NodeForm, Placement, Pointer, Queue, Ring, RingArc, RingMarker, RingTick,
    RingWalk, ShapeKind, Slot, Sparkline, State, StateMachine, Swarm, Table, TableRow, Text,
    TextField, TextRun, TextStyle, Tree, TreeNode,
};
use super::tone::{Emphasis, Line, Tone};
use super::{Scene, shapes::Shape};
use crate::time::SimTime;
use crate::value::Call;

/// Collects the items of a scene.
///
/// Each method that names a shape puts one item on the stage and hands back a [`Placed`] to say
/// more about it; nothing needs to be closed or finished.
///
/// ```
/// use orrery_core::scene::{Badge, SceneBuilder, StageShape, Tone};
/// use orrery_core::value::Call;
///
/// let mut scene = SceneBuilder::new(StageShape::Wide);
/// let [left, right] = scene.split([1.0, 1.0], 120.0);
/// scene.node("client", left.centered(120.0, 70.0)).label("Client").person();
/// scene
///     .node("server", right.centered(120.0, 70.0))
///     .label("Server")
///     .tone(Tone::Refused)
///     .badge(Badge::new("queue full 20/20", Tone::Refused).caused_by(17))
///     .menu("Crash", Call::new("crash").with("node", 1));
/// scene.link("wire", "client", "server");
/// scene.message("request-9", "client", "server", 0.4).label("GET").tone(Tone::Active);
///
/// let scene = scene.finish();
/// assert_eq!(scene.problems(), Vec::<String>::new());
/// assert!(scene.to_picture().to_svg().starts_with("<svg"));
/// ```
#[derive(Debug, Clone)]
pub struct SceneBuilder {
    shape: StageShape,
    summary: String,
    items: Vec<Item>,
}

impl SceneBuilder {
    /// An empty scene for a stage of this shape.
    pub const fn new(shape: StageShape) -> Self {
        Self {
            shape,
            summary: String::new(),
            items: Vec::new(),
        }
    }

    /// The stage's shape.
    pub const fn shape(&self) -> StageShape {
        self.shape
    }

    /// Whether the stage is a phone held upright.
    pub fn is_tall(&self) -> bool {
        self.shape == StageShape::Tall
    }

    /// One of two values, by the stage's shape.
    pub fn pick<T>(&self, wide: T, tall: T) -> T {
        match self.shape {
            StageShape::Wide | StageShape::Strip { .. } => wide,
            StageShape::Tall => tall,
        }
    }

    /// The part of the stage to lay items out in: all but a margin.
    pub fn area(&self) -> Rect {
        self.shape.area()
    }

    /// The area divided in the proportion of `weights`: columns on a wide stage, rows on a tall one.
    pub fn split<const N: usize>(&self, weights: [f64; N], gap: f64) -> [Rect; N] {
        match self.shape {
            StageShape::Wide | StageShape::Strip { .. } => self.area().columns_of(weights, gap),
            StageShape::Tall => self.area().rows_of(weights, gap),
        }
    }

    /// Says in a sentence what the whole picture shows now.
    pub fn summary(&mut self, sentence: impl Into<String>) {
        self.summary = sentence.into();
    }

    /// The scene.
    pub fn finish(self) -> Scene {
        Scene::assemble(self.shape, self.summary, self.items)
    }

    /// A machine, a service, a person, a store.
    pub fn node(&mut self, id: impl Into<ItemId>, frame: Rect) -> Placed<'_, Node> {
        self.place(id, frame, Node::default())
    }

    /// A connection between two items.
    pub fn link(
        &mut self,
        id: impl Into<ItemId>,
        from: impl Into<End>,
        to: impl Into<End>,
    ) -> Placed<'_, Link> {
        let link = Link {
            from: from.into(),
            to: to.into(),
            line: Line::Solid,
            arrow: Arrow::None,
            bend: 0.0,
        };
        self.place(id, Rect::default(), link)
    }

    /// Something on its way, with `fraction` of the way behind it.
    pub fn message(
        &mut self,
        id: impl Into<ItemId>,
        from: impl Into<End>,
        to: impl Into<End>,
        fraction: f64,
    ) -> Placed<'_, Message> {
        let message = Message {
            from: from.into(),
            to: to.into(),
            fraction: unit(fraction),
            form: MessageForm::Dot,
            count: 1,
            lost: false,
        };
        self.place(id, Rect::default(), message)
    }

    /// A circle of owners.
    pub fn ring(&mut self, id: impl Into<ItemId>, frame: Rect) -> Placed<'_, Ring> {
        self.place(id, frame, Ring::default())
    }

    /// A vessel filled to `level`, a fraction.
    pub fn bucket(&mut self, id: impl Into<ItemId>, frame: Rect, level: f64) -> Placed<'_, Bucket> {
        let bucket = Bucket {
            level: unit(level),
            ..Bucket::default()
        };
        self.place(id, frame, bucket)
    }

    /// Things waiting in order, the first to leave first.
    pub fn queue<S: Into<Slot>>(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        slots: impl IntoIterator<Item = S>,
    ) -> Placed<'_, Queue> {
        let queue = Queue {
            slots: slots.into_iter().map(Into::into).collect(),
            ..Queue::default()
        };
        self.place(id, frame, queue)
    }

    /// A strip of small boxes; a grid once [`columns`](Placed::columns) is given.
    pub fn cells<C: Into<Cell>>(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        cells: impl IntoIterator<Item = C>,
    ) -> Placed<'_, Cells> {
        let cells = Cells {
            cells: cells.into_iter().map(Into::into).collect(),
            ..Cells::default()
        };
        self.place(id, frame, cells)
    }

    /// Rows and columns of text under a header.
    pub fn table<H: Into<String>>(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        header: impl IntoIterator<Item = H>,
    ) -> Placed<'_, Table> {
        let table = Table {
            header: header.into_iter().map(Into::into).collect(),
            ..Table::default()
        };
        self.place(id, frame, table)
    }

    /// Parents above children; in the list a parent comes before its children.
    pub fn tree(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        nodes: impl IntoIterator<Item = TreeNode>,
    ) -> Placed<'_, Tree> {
        let tree = Tree {
            nodes: nodes.into_iter().collect(),
        };
        self.place(id, frame, tree)
    }

    /// States and the ways between them.
    pub fn state_machine(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        states: impl IntoIterator<Item = State>,
    ) -> Placed<'_, StateMachine> {
        let machine = StateMachine {
            states: states.into_iter().collect(),
            ..StateMachine::default()
        };
        self.place(id, frame, machine)
    }

    /// A space-time diagram of the stretch from `from` to `to`.
    pub fn lanes<L: Into<Lane>>(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        lanes: impl IntoIterator<Item = L>,
        from: SimTime,
        to: SimTime,
    ) -> Placed<'_, Lanes> {
        let lanes = Lanes {
            lanes: lanes.into_iter().map(Into::into).collect(),
            from,
            to,
            ..Lanes::default()
        };
        self.place(id, frame, lanes)
    }

    /// One value between two bounds.
    pub fn gauge(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        value: f64,
        (min, max): (f64, f64),
    ) -> Placed<'_, Gauge> {
        let gauge = Gauge {
            value,
            min,
            max,
            reading: String::new(),
            marks: Vec::new(),
            form: GaugeForm::Bar,
        };
        self.place(id, frame, gauge)
    }

    /// One bar per thing.
    pub fn bars(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        bars: impl IntoIterator<Item = Bar>,
    ) -> Placed<'_, Bars> {
        let bars = Bars {
            bars: bars.into_iter().collect(),
            ..Bars::default()
        };
        self.place(id, frame, bars)
    }

    /// A small line of recent values, oldest first.
    pub fn sparkline(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        values: impl IntoIterator<Item = f64>,
    ) -> Placed<'_, Sparkline> {
        let line = Sparkline {
            values: values.into_iter().collect(),
            ..Sparkline::default()
        };
        self.place(id, frame, line)
    }

    /// A badge on its own: a few words with a tone.
    pub fn chip(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        words: impl Into<String>,
    ) -> Placed<'_, Chip> {
        self.place(id, frame, Chip::default()).label(words)
    }

    /// A line or a paragraph.
    pub fn text(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        words: impl Into<String>,
    ) -> Placed<'_, Text> {
        self.place(id, frame, Text::default()).label(words)
    }

    /// Text that a person may edit: what is typed becomes the argument `parameter` of `call`.
    pub fn text_field(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        value: impl Into<String>,
        call: Call,
        parameter: impl Into<String>,
    ) -> Placed<'_, TextField> {
        let field = TextField {
            value: value.into(),
            placeholder: String::new(),
            call,
            parameter: parameter.into(),
            commit: Commit::Done,
            runs: Vec::new(),
            multiline: false,
        };
        self.place(id, frame, field)
    }

    /// A titled frame behind other items, which go [`inside`](Rect::inside_group) it.
    pub fn group(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        title: impl Into<String>,
    ) -> Placed<'_, Group> {
        self.place(id, frame, Group::default()).label(title)
    }

    /// What the tones mean on this stage.
    pub fn legend<W: Into<String>>(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        entries: impl IntoIterator<Item = (Tone, W)>,
    ) -> Placed<'_, Legend> {
        let legend = Legend {
            entries: entries
                .into_iter()
                .map(|(tone, words)| (tone, words.into()))
                .collect(),
        };
        self.place(id, frame, legend)
    }

    /// Many small points at once; `frame` is where they may be.
    pub fn swarm(&mut self, id: impl Into<ItemId>, frame: Rect, swarm: Swarm) -> Placed<'_, Swarm> {
        self.place(id, frame, swarm)
    }

    /// Puts an item of any kind on the stage.
    pub fn place<S: ShapeKind>(
        &mut self,
        id: impl Into<ItemId>,
        frame: Rect,
        shape: S,
    ) -> Placed<'_, S> {
        let index = self.items.len();
        self.items.push(Item {
            id: id.into(),
            frame,
            tone: Tone::Plain,
            label: String::new(),
            description: String::new(),
            badges: Vec::new(),
            menu: Menu::default(),
            emphasis: Emphasis::Normal,
            shape: shape.into(),
            kind: Kind::of::<S>(),
        });
        let Item {
            tone,
            label,
            description,
            badges,
            menu,
            emphasis,
            shape,
            ..
        } = &mut self.items[index];
        Placed {
            tone,
            label,
            description,
            badges,
            menu,
            emphasis,
            shape: of_kind(shape),
        }
    }
}

fn of_kind<S: ShapeKind>(shape: &mut Shape) -> &mut S {
    S::in_shape(shape).expect("a shape made from a kind is of that kind")
}

/// An item just put on the stage, about which more can be said.
///
/// The methods common to all kinds come first; each kind adds its own.
#[derive(Debug)]
pub struct Placed<'s, S> {
    tone: &'s mut Tone,
    label: &'s mut String,
    description: &'s mut String,
    badges: &'s mut Vec<Badge>,
    menu: &'s mut Menu,
    emphasis: &'s mut Emphasis,
    shape: &'s mut S,
}

impl<S> Placed<'_, S> {
    /// Short visible text.
    pub fn label(self, label: impl Into<String>) -> Self {
        *self.label = label.into();
        self
    }

    /// What it means as a whole.
    pub fn tone(self, tone: Tone) -> Self {
        *self.tone = tone;
        self
    }

    /// What it is and how it stands, as a sentence for a reader who cannot see it. Without it the
    /// sentence is made from label, tone and shape.
    pub fn describe(self, sentence: impl Into<String>) -> Self {
        *self.description = sentence.into();
        self
    }

    /// Adds a short reason.
    pub fn badge(self, badge: Badge) -> Self {
        self.badges.push(badge);
        self
    }

    /// Adds something a person may do to it; the first is what a plain click does.
    pub fn menu(self, label: impl Into<String>, call: Call) -> Self {
        self.menu.push(MenuEntry::new(label, call));
        self
    }

    /// The same for what takes two: drawing from `other` to this item does it too.
    pub fn menu_from(self, other: impl Into<ItemId>, label: impl Into<String>, call: Call) -> Self {
        self.menu
            .push(MenuEntry::new(label, call).drawn_from(other));
        self
    }

    /// Makes it what the present step is about.
    pub fn strong(self) -> Self {
        self.emphasis(Emphasis::Strong)
    }

    /// Steps it back.
    pub fn dim(self) -> Self {
        self.emphasis(Emphasis::Dim)
    }

    /// How much it asks to be looked at.
    pub fn emphasis(self, emphasis: Emphasis) -> Self {
        *self.emphasis = emphasis;
        self
    }

    /// Says more about it only when `condition` holds.
    pub fn when(self, condition: bool, more: impl FnOnce(Self) -> Self) -> Self {
        if condition { more(self) } else { self }
    }

    /// Says more about it only when there is something to say.
    pub fn with<T>(self, value: Option<T>, more: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => more(self, value),
            None => self,
        }
    }
}

impl Placed<'_, Node> {
    /// Small text under the label.
    pub fn note(self, note: impl Into<String>) -> Self {
        self.shape.note = note.into();
        self
    }

    /// Draws it as a circle: a peer among equals.
    pub fn circle(self) -> Self {
        self.shape.form = NodeForm::Circle;
        self
    }

    /// Draws it as a cylinder: something that stores.
    pub fn store(self) -> Self {
        self.shape.form = NodeForm::Store;
        self
    }

    /// Draws it as a person: a client, an operator.
    pub fn person(self) -> Self {
        self.shape.form = NodeForm::Person;
        self
    }

    /// Time left as a fraction of the whole: a shrinking arc.
    pub fn timer(self, left: f64) -> Self {
        self.shape.timer = Some(unit(left));
        self
    }

    /// Lease left as a fraction of the whole: a ring around the node.
    pub fn lease(self, left: f64) -> Self {
        self.shape.lease = Some(unit(left));
        self
    }

    /// A row of dots: votes, acknowledgements, busy threads.
    pub fn dots(self, dots: impl IntoIterator<Item = Tone>) -> Self {
        self.shape.dots = dots.into_iter().collect();
        self
    }

    /// A mark after this many dots: the majority.
    pub fn quorum(self, count: usize) -> Self {
        self.shape.quorum = Some(count);
        self
    }

    /// Marks it as the one that leads the others, whatever its tone.
    pub fn leads(self) -> Self {
        self.shape.leads = true;
        self
    }

    /// How full it is: a bar along its foot.
    pub fn load(self, fraction: f64) -> Self {
        self.shape.load = Some(unit(fraction));
        self
    }
}

impl Placed<'_, Link> {
    /// Draws it dashed: provisional, planned, a fallback.
    pub fn dashed(self) -> Self {
        self.shape.line = Line::Dashed;
        self
    }

    /// Draws it cut: nothing passes.
    pub fn cut(self) -> Self {
        self.shape.line = Line::Cut;
        self
    }

    /// A head at the far end.
    pub fn arrow(self) -> Self {
        self.shape.arrow = Arrow::Forward;
        self
    }

    /// Heads at both ends.
    pub fn arrow_both(self) -> Self {
        self.shape.arrow = Arrow::Both;
        self
    }

    /// Bows it to the left of the way by a fraction of its length; negative bows to the right.
    pub fn bend(self, bend: f64) -> Self {
        self.shape.bend = bend.clamp(-1.0, 1.0);
        self
    }
}

impl Placed<'_, Message> {
    /// Draws it as a small card with its label inside.
    pub fn card(self) -> Self {
        self.shape.form = MessageForm::Card;
        self
    }

    /// How many travel together.
    pub fn count(self, count: u32) -> Self {
        self.shape.count = count;
        self
    }

    /// Crosses it out: it will not arrive.
    pub fn lost(self) -> Self {
        self.shape.lost = true;
        self
    }
}

impl Placed<'_, Ring> {
    /// Who owns which part. A shared slice lets a big ring be built once and shown many times.
    pub fn arcs(self, arcs: impl Into<Arc<[RingArc]>>) -> Self {
        self.shape.arcs = arcs.into();
        self
    }

    /// Points on the ring.
    pub fn ticks(self, ticks: impl Into<Arc<[RingTick]>>) -> Self {
        self.shape.ticks = ticks.into();
        self
    }

    /// Puts things on the ring.
    pub fn markers(self, markers: impl IntoIterator<Item = RingMarker>) -> Self {
        self.shape.markers.extend(markers);
        self
    }

    /// An arrow along the ring, clockwise from one turn to another.
    pub fn walk(self, from: f64, to: f64, tone: Tone) -> Self {
        self.shape.walk = Some(RingWalk { from, to, tone });
        self
    }

    /// Large text in the middle, and small text under it.
    pub fn center(self, text: impl Into<String>, note: impl Into<String>) -> Self {
        self.shape.center = text.into();
        self.shape.note = note.into();
        self
    }
}

impl Placed<'_, Bucket> {
    /// What the level is in words or numbers.
    pub fn reading(self, reading: impl Into<String>) -> Self {
        self.shape.reading = reading.into();
        self
    }

    /// Marks a height, as a fraction from the bottom.
    pub fn mark(self, mark: Mark) -> Self {
        self.shape.marks.push(mark);
        self
    }

    /// Drops on their way in, as fractions of the fall.
    pub fn drops(self, fractions: impl IntoIterator<Item = f64>) -> Self {
        self.shape.drops = fractions.into_iter().map(unit).collect();
        self
    }

    /// What flows in, in words.
    pub fn inflow(self, words: impl Into<String>) -> Self {
        self.shape.inflow = words.into();
        self
    }

    /// What flows out, in words.
    pub fn outflow(self, words: impl Into<String>) -> Self {
        self.shape.outflow = words.into();
        self
    }

    /// It is running over.
    pub fn overflowing(self) -> Self {
        self.shape.overflowing = true;
        self
    }
}

impl Placed<'_, Queue> {
    /// How many fit.
    pub fn capacity(self, capacity: usize) -> Self {
        self.shape.capacity = Some(capacity);
        self
    }

    /// Which way it runs.
    pub fn axis(self, axis: Axis) -> Self {
        self.shape.axis = axis;
        self
    }
}

impl Placed<'_, Cells> {
    /// Lays the boxes out in rows of this many.
    pub fn columns(self, columns: usize) -> Self {
        self.shape.columns = Some(columns.max(1));
        self
    }

    /// Keeps room for this many boxes in a row, so that strips of different lengths that stand
    /// below each other have their boxes below each other.
    pub fn places(self, places: usize) -> Self {
        self.shape.places = Some(places.max(1));
        self
    }

    /// Numbers the boxes, counting from `first`.
    pub fn indexed_from(self, first: usize) -> Self {
        self.shape.first_index = Some(first);
        self
    }

    /// An arrow to the box at a position.
    pub fn pointer(self, pointer: Pointer) -> Self {
        self.shape.pointers.push(pointer);
        self
    }
}

impl Placed<'_, Table> {
    /// Adds a row.
    pub fn row(self, row: TableRow) -> Self {
        self.shape.rows.push(row);
        self
    }

    /// Adds rows.
    pub fn rows(self, rows: impl IntoIterator<Item = TableRow>) -> Self {
        self.shape.rows.extend(rows);
        self
    }

    /// Column widths in proportion to each other.
    pub fn weights(self, weights: impl Into<Vec<f64>>) -> Self {
        self.shape.weights = weights.into();
        self
    }
}

impl Placed<'_, StateMachine> {
    /// A way from one state to another, by position.
    pub fn edge(self, edge: Edge) -> Self {
        self.shape.edges.push(edge);
        self
    }

    /// The state it is in, by position.
    pub fn current(self, state: usize) -> Self {
        self.shape.current = Some(state);
        self
    }

    /// Time left in the current state as a fraction of the whole.
    pub fn timer(self, left: f64) -> Self {
        self.shape.timer = Some(unit(left));
        self
    }

    /// Puts the states in a line.
    pub fn in_line(self) -> Self {
        self.shape.placement = Placement::Line;
        self
    }
}

impl Placed<'_, Lanes> {
    /// Now, as a line through all lanes.
    pub fn now(self, now: SimTime) -> Self {
        self.shape.now = Some(now);
        self
    }

    /// Stretches of time on lanes.
    pub fn spans(self, spans: impl IntoIterator<Item = LaneSpan>) -> Self {
        self.shape.spans.extend(spans);
        self
    }

    /// Local steps.
    pub fn marks(self, marks: impl IntoIterator<Item = LaneMark>) -> Self {
        self.shape.marks.extend(marks);
        self
    }

    /// Messages between lanes.
    pub fn arrows(self, arrows: impl IntoIterator<Item = LaneArrow>) -> Self {
        self.shape.arrows.extend(arrows);
        self
    }
}

impl Placed<'_, Gauge> {
    /// The value with its unit, as read.
    pub fn reading(self, reading: impl Into<String>) -> Self {
        self.shape.reading = reading.into();
        self
    }

    /// Marks a value that matters.
    pub fn mark(self, mark: Mark) -> Self {
        self.shape.marks.push(mark);
        self
    }

    /// Draws it as a dial.
    pub fn dial(self) -> Self {
        self.shape.form = GaugeForm::Dial;
        self
    }
}

impl Placed<'_, Bars> {
    /// The end of the scale.
    pub fn max(self, max: f64) -> Self {
        self.shape.max = Some(max);
        self
    }

    /// Bars beside each other ([`Axis::Across`]) or below each other ([`Axis::Down`]).
    pub fn axis(self, axis: Axis) -> Self {
        self.shape.axis = axis;
        self
    }

    /// Where theory expects every bar to end.
    pub fn band(self, from: f64, to: f64) -> Self {
        self.shape.band = Some((from, to));
        self
    }

    /// Marks a value for all of them.
    pub fn mark(self, mark: Mark) -> Self {
        self.shape.marks.push(mark);
        self
    }
}

impl Placed<'_, Sparkline> {
    /// The ends of the scale.
    pub fn range(self, min: f64, max: f64) -> Self {
        self.shape.min = Some(min);
        self.shape.max = Some(max);
        self
    }

    /// The last value with its unit, as read.
    pub fn reading(self, reading: impl Into<String>) -> Self {
        self.shape.reading = reading.into();
        self
    }

    /// Marks a value that matters.
    pub fn mark(self, mark: Mark) -> Self {
        self.shape.marks.push(mark);
        self
    }
}

impl Placed<'_, Chip> {
    /// The event that brought it about.
    pub fn caused_by(self, event: impl Into<Option<u64>>) -> Self {
        self.shape.cause = event.into();
        self
    }
}

impl Placed<'_, Text> {
    /// Names a part of the stage.
    pub fn title(self) -> Self {
        self.style(TextStyle::Title)
    }

    /// Explains quietly.
    pub fn caption(self) -> Self {
        self.style(TextStyle::Caption)
    }

    /// Exact text: a header, a key, a hash.
    pub fn code(self) -> Self {
        self.style(TextStyle::Code)
    }

    /// One large figure.
    pub fn figure(self) -> Self {
        self.style(TextStyle::Figure)
    }

    /// Its role on the stage.
    pub fn style(self, style: TextStyle) -> Self {
        self.shape.style = style;
        self
    }

    /// Where it stands in its frame.
    pub fn align(self, align: Align) -> Self {
        self.shape.align = align;
        self
    }
}

impl Placed<'_, TextField> {
    /// Shown when it is empty.
    pub fn placeholder(self, words: impl Into<String>) -> Self {
        self.shape.placeholder = words.into();
        self
    }

    /// Makes the call on every edit instead of on Enter.
    pub fn live(self) -> Self {
        self.shape.commit = Commit::Each;
        self
    }

    /// Holds several lines.
    pub fn multiline(self) -> Self {
        self.shape.multiline = true;
        self
    }

    /// Who wrote which part, from the beginning.
    pub fn runs(self, runs: impl IntoIterator<Item = TextRun>) -> Self {
        self.shape.runs = runs.into_iter().collect();
        self
    }
}

impl Placed<'_, Group> {
    /// A boundary that is only notional.
    pub fn dashed(self) -> Self {
        self.shape.line = Line::Dashed;
        self
    }
}

/// A fraction: what is below 0 or not a number is 0, what is above 1 is 1.
pub(super) fn unit(fraction: f64) -> f64 {
    if fraction > 0.0 {
        fraction.min(1.0)
    } else {
        0.0
    }
}
