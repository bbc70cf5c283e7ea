//! Flat primitives with classes: what a backend needs to show a scene, and nothing else.
//!
//! One group per item, in painting order. A group's primitives are in coordinates of their own and
//! the group is moved as a whole, so that a thing that only moves changes two numbers. Everything
//! can be compared, so that a backend touches only what changed.

use std::fmt;
use std::sync::Arc;

use super::geometry::{Rect, StageShape};
use super::item::{ItemId, Menu};
use super::shapes::Commit;
use super::tone::Tone;
use crate::value::Call;

/// A scene as flat primitives.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The stage it was laid out for.
    pub shape: StageShape,
    /// Width in stage units; with [`Picture::height`] the view box from (0, 0).
    pub width: f64,
    /// Height in stage units.
    pub height: f64,
    /// What the picture shows, in plain sentences.
    pub description: String,
    /// The groups, furthest back first. Ids are unique. Two pictures of one [`Painter`] share those
    /// that did not change.
    ///
    /// [`Painter`]: super::Painter
    pub groups: Vec<Arc<PictureGroup>>,
    /// Points for the canvas layer, which lies over the groups and takes no pointer.
    pub swarms: Vec<PictureSwarm>,
}

/// The primitives of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureGroup {
    /// Unique and stable between frames. The item's id, or for badges and for parts that can be
    /// touched on their own the item's id, a slash and the part's name.
    pub id: String,
    /// The item it belongs to.
    pub item: ItemId,
    /// Classes, separated by spaces.
    pub class: String,
    /// How far the group is moved to the right.
    pub x: f64,
    /// How far the group is moved down.
    pub y: f64,
    /// What it is for an assistive technology.
    pub role: Role,
    /// What it is and how it stands, as a sentence: the accessible name. Empty for
    /// [`Role::Decoration`].
    pub label: String,
    /// What a person may do to it; the first entry is what a plain click does.
    pub menu: Menu,
    /// The text to edit in place, if it is a text field.
    pub field: Option<PictureField>,
    /// What to paint, in order.
    pub primitives: Vec<Primitive>,
}

impl PictureGroup {
    /// Whether the keyboard can reach it.
    pub fn is_focusable(&self) -> bool {
        self.role == Role::Button
    }

    /// The event to which activating it leads, for a group of badges with causes.
    pub fn event(&self) -> Option<u64> {
        self.primitives.iter().find_map(|part| part.event)
    }
}

/// What a group is for an assistive technology.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A picture with a name.
    Image,
    /// Something that can be activated.
    Button,
    /// A text field; the backend puts an input over it.
    Field,
    /// Said elsewhere already; hidden from the accessibility tree.
    Decoration,
}

impl Role {
    /// The value of the `role` attribute.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "img",
            Self::Button => "button",
            Self::Field => "group",
            Self::Decoration => "presentation",
        }
    }
}

/// Text to edit in place, set in the code font, so that what is drawn under it keeps in step.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureField {
    /// Where the input goes, in the group's coordinates.
    pub frame: Rect,
    /// The text now.
    pub value: String,
    /// Shown when it is empty.
    pub placeholder: String,
    /// What happens when it is edited, with the new text as `parameter`.
    pub call: Call,
    /// The parameter that takes the new text.
    pub parameter: String,
    /// When the call is made.
    pub commit: Commit,
    /// Whether it holds several lines.
    pub multiline: bool,
}

/// Points for the canvas layer, in stage units.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureSwarm {
    /// The item's id.
    pub id: ItemId,
    /// What the points show together, as a sentence.
    pub label: String,
    /// Across.
    pub x: Arc<[f32]>,
    /// Down.
    pub y: Arc<[f32]>,
    /// What each means: [`Tone::index`].
    pub tone: Arc<[u8]>,
    /// The radius of every point.
    pub radius: f32,
}

/// One thing to paint.
#[derive(Debug, Clone, PartialEq)]
pub struct Primitive {
    /// How it looks.
    pub class: Class,
    /// Its geometry.
    pub figure: Figure,
    /// The event to which a click on it leads.
    pub event: Option<u64>,
    /// The whole text, where what is shown was cut short.
    pub title: Option<String>,
}

/// Class names for one primitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// Names that say what the primitive is, separated by spaces.
    pub names: &'static str,
    /// A tone of its own, when it differs from its group's.
    pub tone: Option<Tone>,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.names)?;
        self.tone
            .map_or(Ok(()), |tone| write!(f, " {}", tone.class()))
    }
}

/// A primitive's geometry, rounded to a hundredth of a unit.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// A rectangle.
    Rect {
        /// Left edge.
        x: f64,
        /// Top edge.
        y: f64,
        /// Width.
        w: f64,
        /// Height.
        h: f64,
        /// Radius of the corners.
        rx: f64,
    },
    /// A circle.
    Circle {
        /// Middle, across.
        cx: f64,
        /// Middle, down.
        cy: f64,
        /// Radius.
        r: f64,
    },
    /// A circle of which only parts are drawn, clockwise from its rightmost point.
    Dashes {
        /// Middle, across.
        cx: f64,
        /// Middle, down.
        cy: f64,
        /// Radius, to the middle of the line.
        r: f64,
        /// Width of the line.
        width: f64,
        /// Lengths of dashes and gaps in turn, separated by spaces.
        lengths: String,
    },
    /// A straight line.
    Line {
        /// Beginning, across.
        x1: f64,
        /// Beginning, down.
        y1: f64,
        /// End, across.
        x2: f64,
        /// End, down.
        y2: f64,
    },
    /// Any other outline, as SVG path data.
    Path {
        /// The path data.
        d: String,
    },
    /// One line of text; `y` is its baseline.
    Text {
        /// The anchor, across.
        x: f64,
        /// The baseline, down.
        y: f64,
        /// Which end of the text the anchor is.
        anchor: Anchor,
        /// The text, not escaped.
        text: String,
    },
}

/// Which end of a text stands at its anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anchor {
    /// The beginning.
    Start,
    /// The middle.
    Middle,
    /// The end.
    End,
}

impl Anchor {
    /// The value of the `text-anchor` attribute.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// A coordinate as it stands in a picture: rounded to a hundredth, never minus zero or NaN.
#[inline(never)]
pub(super) fn round(value: f64) -> f64 {
    let rounded = libm::round(value * 100.0) / 100.0;
    if rounded.is_finite() {
        rounded + 0.0
    } else {
        0.0
    }
}
