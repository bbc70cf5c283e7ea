//! One thing on the stage: its name, place, meaning and what may be done to it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::geometry::{Point, Rect};
use super::shapes::{Kind, Shape};
use super::tone::{Emphasis, Tone};
use crate::value::Call;

/// The stable name of an item: a thing that stays keeps its id between frames.
///
/// Made from text, or from a kind and a number: `("server", 3)` is `server-3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(String);

impl ItemId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for ItemId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for ItemId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&String> for ItemId {
    fn from(text: &String) -> Self {
        Self(text.clone())
    }
}

impl From<&Self> for ItemId {
    fn from(id: &Self) -> Self {
        id.clone()
    }
}

impl From<(&str, usize)> for ItemId {
    fn from((kind, number): (&str, usize)) -> Self {
        Self(format!("{kind}-{number}"))
    }
}

impl From<(&str, u64)> for ItemId {
    fn from((kind, number): (&str, u64)) -> Self {
        Self(format!("{kind}-{number}"))
    }
}

impl From<(&str, u32)> for ItemId {
    fn from((kind, number): (&str, u32)) -> Self {
        Self(format!("{kind}-{number}"))
    }
}

/// Where a link or a message begins or ends: at the edge of an item, or at a bare point.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// The edge of this item, on the straight way to the other end.
    Item(ItemId),
    /// Exactly here: a place on a ring, the mouth of a bucket, the edge of the stage.
    Point(Point),
    /// The edge of one part of this item, such as one box of its [`Cells`](super::Cells). Links
    /// with such an end are drawn over the items; a part that is not there is the whole item.
    Part(ItemId, usize),
}

impl End {
    /// The part at a position of the item with this id.
    pub fn part(item: impl Into<ItemId>, at: usize) -> Self {
        Self::Part(item.into(), at)
    }

    /// The item that it belongs to, if any.
    pub const fn item(&self) -> Option<&ItemId> {
        match self {
            Self::Item(id) | Self::Part(id, _) => Some(id),
            Self::Point(_) => None,
        }
    }
}

impl From<Point> for End {
    fn from(point: Point) -> Self {
        Self::Point(point)
    }
}

impl<I: Into<ItemId>> From<I> for End {
    fn from(id: I) -> Self {
        Self::Item(id.into())
    }
}

/// A short "why" on an item: "queue full 20/20", "open, probe in 3.2 s".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// A few words.
    pub text: String,
    /// What it means.
    pub tone: Tone,
    /// The event that brought it about, to which a click leads.
    pub cause: Option<u64>,
}

impl Badge {
    /// A badge that leads nowhere yet.
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
            cause: None,
        }
    }

    /// The same badge, leading to an event.
    #[must_use]
    pub fn caused_by(mut self, event: impl Into<Option<u64>>) -> Self {
        self.cause = event.into();
        self
    }
}

/// Something a person may do to an item.
#[derive(Debug, Clone, PartialEq)]
pub struct MenuEntry {
    /// What the menu says: a verb and its object, "Crash server 2".
    pub label: String,
    /// What happens.
    pub call: Call,
    /// The item from which drawing to this one does the same.
    pub from: Option<ItemId>,
}

impl MenuEntry {
    /// An entry of a menu.
    pub fn new(label: impl Into<String>, call: Call) -> Self {
        Self {
            label: label.into(),
            call,
            from: None,
        }
    }

    /// The same entry, also for drawing from another item to the one with this menu.
    #[must_use]
    pub fn drawn_from(mut self, other: impl Into<ItemId>) -> Self {
        self.from = Some(other.into());
        self
    }
}

/// What a person may do to an item or a part of it, the first entry by a plain click.
///
/// Most parts have none, and those that have one hand it on to what is drawn of them: a copy shares
/// the entries.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Menu(Option<Arc<Vec<MenuEntry>>>);

impl Menu {
    /// Adds an entry at the end.
    #[inline(never)]
    pub fn push(&mut self, entry: MenuEntry) {
        Arc::make_mut(self.0.get_or_insert_default()).push(entry);
    }
}

impl Deref for Menu {
    type Target = [MenuEntry];

    fn deref(&self) -> &[MenuEntry] {
        self.0.as_ref().map_or(&[], |entries| entries.as_slice())
    }
}

/// One thing on the stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its name, unique in the scene.
    pub id: ItemId,
    /// Where it may draw.
    pub frame: Rect,
    /// What it means as a whole.
    pub tone: Tone,
    /// Short visible text.
    pub label: String,
    /// What it is and how it stands, as a sentence for a reader who cannot see it. In a finished
    /// scene it is empty only when there was nothing to go by: no label, no ends.
    pub description: String,
    /// Short reasons, drawn on it.
    pub badges: Vec<Badge>,
    /// What a person may do to it; the first entry is what a plain click does.
    pub menu: Menu,
    /// How much it asks to be looked at.
    pub emphasis: Emphasis,
    /// What it looks like.
    pub shape: Shape,
    /// What is made of such a shape.
    pub(super) kind: Kind,
}

impl Item {
    /// Every call that touching it or a part of it can make.
    pub fn calls(&self) -> Vec<&Call> {
        let mut calls: Vec<&Call> = in_menu(&self.menu).collect();
        match &self.shape {
            Shape::Ring(ring) => {
                calls.extend(ring.markers.iter().flat_map(|marker| in_menu(&marker.menu)));
            }
            Shape::Queue(queue) => {
                calls.extend(queue.slots.iter().flat_map(|slot| in_menu(&slot.menu)));
            }
            Shape::Cells(cells) => {
                calls.extend(cells.cells.iter().flat_map(|cell| in_menu(&cell.menu)));
            }
            Shape::Table(table) => {
                for row in &table.rows {
                    calls.extend(in_menu(&row.menu));
                    calls.extend(row.cells.iter().flat_map(|cell| in_menu(&cell.menu)));
                }
            }
            Shape::Tree(tree) => {
                calls.extend(tree.nodes.iter().flat_map(|node| in_menu(&node.menu)));
            }
            Shape::Bars(bars) => calls.extend(bars.bars.iter().flat_map(|bar| in_menu(&bar.menu))),
            Shape::TextField(field) => calls.push(&field.call),
            Shape::Node(_)
            | Shape::Link(_)
            | Shape::Message(_)
            | Shape::Bucket(_)
            | Shape::StateMachine(_)
            | Shape::Lanes(_)
            | Shape::Gauge(_)
            | Shape::Sparkline(_)
            | Shape::Chip(_)
            | Shape::Text(_)
            | Shape::Group(_)
            | Shape::Legend(_)
            | Shape::Swarm(_) => {}
        }
        calls
    }
}

fn in_menu(menu: &[MenuEntry]) -> impl Iterator<Item = &Call> {
    menu.iter().map(|entry| &entry.call)
}
