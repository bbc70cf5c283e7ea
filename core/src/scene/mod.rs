//! The visual vocabulary: what stands on the stage, as data.
//!
//! A pattern describes its state with a [`SceneBuilder`]; the result is a [`Scene`], a list of
//! items with stable ids and a meaning each. [`Scene::to_picture`] turns it into a [`Picture`]: flat
//! primitives with classes, which backends show without knowing any shape. [`Picture::to_svg`] is
//! the text backend.
//!
//! Nothing here names a colour or a font: classes do, and the stylesheets in `styles/` say what
//! they mean. Nothing here knows the DOM, a pattern, or the clock.
//!
//! Positions come out rounded to a hundredth of a unit, so that equal scenes make equal pictures on
//! every machine.

mod builder;
mod draw;
mod geometry;
mod item;
mod picture;
mod report;
mod shapes;
mod svg;
mod text;
mod tone;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use builder::{Placed, SceneBuilder};
pub use draw::{Painter, chip_width};
pub use geometry::{Point, Rect, StageShape};
pub use item::{Badge, End, Item, ItemId, Menu, MenuEntry};
pub use picture::{
    Anchor, Class, Figure, Picture, PictureField, PictureGroup, PictureSwarm, Primitive, Role,
};
pub use shapes::{
    Align, Arrow, Axis, Bar, Bars, Bucket, Cell, Cells, Chip, Commit, Edge, Gauge, GaugeForm,
    Group, Lane, LaneArrow, LaneMark, LaneSpan, Lanes, Legend, Link, Mark, Message, MessageForm,
    Node, NodeForm, Placement, Pointer, Queue, Ring, RingArc, RingMarker, RingTick, RingWalk,
    Shape, ShapeKind, Slot, Sparkline, State, StateMachine, Swarm, Table, TableRow, Text,
    TextField, TextRun, TextStyle, Tree, TreeNode,
};
pub use svg::Theme;
pub use text::escape;
pub use tone::{Emphasis, Line, Tone};

/// The usual gap between neighbouring items, in stage units.
pub const GAP: f64 = 16.0;

/// How far inside a group's frame its items should stay: left, right and bottom by this, the top by
/// [`GROUP_TITLE`].
pub const GROUP_INSET: f64 = 14.0;

/// How much of a group's top its title takes.
pub const GROUP_TITLE: f64 = 34.0;

/// Everything on the stage at one instant.
///
/// ```
/// use orrery_core::scene::{SceneBuilder, StageShape, Tone};
///
/// let mut scene = SceneBuilder::new(StageShape::Wide);
/// let frame = scene.area().centered(120.0, 60.0);
/// scene.node("db", frame).store().label("Orders").tone(Tone::Failed);
/// let scene = scene.finish();
/// assert_eq!(scene.describe(), "Orders: node, failed.");
/// assert_eq!(scene.outline(), "db node failed \"Orders\" 380,250 120x60\n");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// The stage it was laid out for.
    pub shape: StageShape,
    /// What the whole picture shows now, in a sentence; may be empty.
    pub summary: String,
    /// The items, in the order in which they were placed, which is the order in which they are
    /// read.
    pub items: Vec<Item>,
    /// The ways of its links and messages, which were found once all items had their places: later
    /// changes may make an item stand out, but move nothing.
    routes: draw::Routes,
}

impl Scene {
    /// The item with this id. Linear in the number of items.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id.as_str() == id)
    }

    /// The flat primitives that show it.
    pub fn to_picture(&self) -> Picture {
        draw::picture(self)
    }
}
