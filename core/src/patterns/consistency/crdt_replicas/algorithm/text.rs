//! A text that many can type into: Fugue.
//!
//! Weidner and Kleppmann, *The Art of the Fugue: Minimizing Interleaving in Collaborative Text
//! Editing*, arXiv:2305.00583 (2023), algorithm 1. Why this one of the several sequence types:
//! RGA mixes two runs typed backwards at one place, Logoot and LSEQ mix even runs typed forwards,
//! and Fugue keeps either kind of run in one piece, with a rule that fits in one function. It
//! falls short of the paper's strictest property only where concurrent insertions share their left
//! neighbour and not their right one; its sibling FugueMax orders those too, by a longer rule.
//!
//! The state is a set of insertions and a set of deletions, and merging is union
//! ([`Elements`]). The order is a tree drawn from that set: an element hangs on the element it was
//! typed behind, or before, and the text is read by walking the tree left to right. A deleted
//! element stays in the tree as a tombstone, since others may hang on it.
//!
//! [`Text::by_fractions`] leaves that care out: there an element hangs on a place in the text,
//! whoever else has typed there.
//!
//! An element is one Unicode scalar value, in logical order, so right-to-left text needs nothing
//! special. Edits through [`Splice`] keep to grapheme clusters: a cluster is typed as one run and
//! removed as one, and a run is never split by someone who has not seen it, so an emoji of seven
//! scalar values survives as surely as a letter.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::sorted::{SortedMap, SortedSet};

use super::{Crdt, Dot, Lattice, ReplicaId, Splice};

/// On which side of its parent an element hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Side {
    /// Read before the parent.
    Left,
    /// Read after the parent.
    Right,
}

/// A character as it was typed. Never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Element {
    /// The element it hangs on; `None` for the beginning of the text.
    pub parent: Option<Dot>,
    /// On which side.
    pub side: Side,
    /// The character.
    pub value: char,
}

/// A set of insertions and deletions: a text's whole state, or a part of it to send.
///
/// Sent as runs: a stretch typed in one go is a starting place and a string, and neighbouring
/// deletions are a range.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Elements {
    inserted: SortedMap<Dot, Element>,
    deleted: SortedSet<Dot>,
}

impl Elements {
    /// The insertions, by dot.
    pub fn inserted(&self) -> impl Iterator<Item = (Dot, &Element)> {
        self.inserted.iter().map(|(&dot, element)| (dot, element))
    }

    /// The dots of the deleted elements.
    pub fn deleted(&self) -> impl Iterator<Item = Dot> {
        self.deleted.iter().copied()
    }

    /// The dot for the next element typed at `replica`.
    fn next_dot(&self, replica: ReplicaId) -> Dot {
        let of = |counter| Dot { replica, counter };
        let last = self.inserted.range(of(0)..=of(u64::MAX)).next_back();
        of(last.map_or(0, |(dot, _)| dot.counter) + 1)
    }
}

impl Lattice for Elements {
    // region: text-join
    fn merge(&mut self, other: &Self) -> bool {
        let before = (self.inserted.len(), self.deleted.len());
        self.inserted.extend(&other.inserted);
        self.deleted.extend(&other.deleted);
        before != (self.inserted.len(), self.deleted.len())
    }
    // endregion
}

/// A text held at one replica. Cloning it is O(1); the first edit of a clone copies it.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{Lattice, ReplicaId, Text};
///
/// let (ann, bo) = (ReplicaId(0), ReplicaId(1));
/// let mut at_ann = Text::default();
/// at_ann.set(ann, "milk");
/// let mut at_bo = at_ann.clone();
///
/// at_ann.set(ann, "milk, bread");
/// at_bo.set(bo, "milk, olives");
/// at_ann.merge(&at_bo);
/// assert_eq!(at_ann.to_string(), "milk, bread, olives", "run after run, not letter by letter");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Text {
    elements: Arc<Elements>,
    tree: Arc<Tree>,
    /// A sum over the elements: texts that differ in it differ, which saves looking at them.
    fingerprint: u64,
}

impl Text {
    /// An empty text in which an element is found by a fraction halfway between those of its
    /// neighbours, and those with the same one by dot. All copies agree, but two who type at one
    /// spot give their letters the same fractions, one after the other: their words interleave,
    /// as in Logoot and LSEQ. Parent and side still tell where an element belongs, and mean its
    /// fraction: halfway from the parent's to the next on that side.
    ///
    /// ```
    /// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{Lattice, ReplicaId, Text};
    ///
    /// let mut at_ann = Text::by_fractions();
    /// let mut at_bo = at_ann.clone();
    /// at_ann.set(ReplicaId(0), "MILK");
    /// at_bo.set(ReplicaId(1), "tea");
    /// at_ann.merge(&at_bo);
    /// assert_eq!(at_ann.to_string(), "MtIeLaK");
    /// ```
    pub fn by_fractions() -> Self {
        let mut text = Self::default();
        Arc::make_mut(&mut text.tree).by_fractions = true;
        text
    }

    // region: text-splice
    /// Makes `edit` at `replica`, whose copy this must be, and returns what it inserted and
    /// deleted. Positions beyond the end mean the end.
    pub fn splice(&mut self, replica: ReplicaId, edit: &Splice) -> Elements {
        let mut change = Elements::default();
        let removed = self.tree.visible_range(edit.remove.clone());
        change.deleted.extend(removed);

        let (mut parent, mut side) = self.tree.origin_at(edit.remove.start);
        let mut dot = self.elements.next_dot(replica);
        for value in edit.insert.chars() {
            let element = Element {
                parent,
                side,
                value,
            };
            change.inserted.insert(dot, element);
            (parent, side) = (Some(dot), Side::Right); // the next one goes behind this one
            dot.counter += 1;
        }
        self.merge_delta(&change);
        change
    }
    // endregion

    /// Makes the edit that turns the text into `contents`; `None` if it reads so already.
    pub fn set(&mut self, replica: ReplicaId, contents: &str) -> Option<Elements> {
        let edit = Splice::between(&self.to_string(), contents);
        (!edit.is_empty()).then(|| self.splice(replica, &edit))
    }

    /// The characters of the text and who typed them, in reading order.
    pub fn iter(&self) -> impl Iterator<Item = (Dot, char)> + '_ {
        self.tree.visible().map(|node| (node.dot, node.value))
    }

    /// How many characters the text shows.
    pub fn len(&self) -> usize {
        self.tree.visible().count()
    }

    /// Whether the text shows nothing.
    pub fn is_empty(&self) -> bool {
        self.tree.visible().next().is_none()
    }

    /// All elements in reading order, with the deleted ones, and whether each is deleted.
    pub fn iter_all(&self) -> impl Iterator<Item = (Dot, char, bool)> + '_ {
        self.tree
            .in_order()
            .map(|node| (node.dot, node.value, node.deleted))
    }

    /// How many deleted elements are kept because others may hang on them.
    pub fn tombstones(&self) -> usize {
        self.elements.deleted.len()
    }

    /// The state itself, without the tree.
    pub fn elements(&self) -> &Elements {
        &self.elements
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter()
            .try_for_each(|(_, value)| fmt::Write::write_char(f, value))
    }
}

/// Two texts are equal if they hold the same elements; the tree follows from them.
impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        let alike = self.fingerprint == other.fingerprint;
        alike && (Arc::ptr_eq(&self.elements, &other.elements) || self.elements == other.elements)
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fingerprint.hash(state);
    }
}

impl Lattice for Text {
    fn merge(&mut self, other: &Self) -> bool {
        !Arc::ptr_eq(&self.elements, &other.elements) && self.merge_delta(&other.elements)
    }
}

impl Crdt for Text {
    type Delta = Elements;
    type Op = Elements;

    fn merge_delta(&mut self, delta: &Elements) -> bool {
        let news = self.news_in(delta);
        if news == Elements::default() {
            return false;
        }
        let elements = Arc::make_mut(&mut self.elements);
        let tree = Arc::make_mut(&mut self.tree);
        elements.merge(&news);
        for &dot in news.inserted.keys() {
            tree.insert(dot, elements);
            self.fingerprint = self.fingerprint.wrapping_add(mix(dot, 0));
        }
        for &dot in &news.deleted {
            tree.delete(dot);
            self.fingerprint = self.fingerprint.wrapping_add(mix(dot, 1));
        }
        true
    }

    fn whole(&self) -> Elements {
        Elements::clone(&self.elements)
    }

    fn news_in(&self, delta: &Elements) -> Elements {
        let mine = &self.elements;
        let inserted = delta.inserted.iter();
        Elements {
            inserted: inserted
                .filter(|(dot, _)| !mine.inserted.contains_key(dot))
                .map(|(&dot, &element)| (dot, element))
                .collect(),
            deleted: delta.deleted.difference(&mine.deleted).copied().collect(),
        }
    }

    fn delta_of(&self, op: &Elements) -> Elements {
        op.clone()
    }

    fn apply(&mut self, op: &Elements) {
        self.merge_delta(op);
    }
}

/// A dot and what happened to it, scattered over 64 bits (the finaliser of SplitMix64; Steele, Lea
/// and Flood, OOPSLA 2014).
const fn mix(dot: Dot, what: u64) -> u64 {
    let seed = ((dot.replica.0 as u64) << 1 | what).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut bits = seed ^ dot.counter;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Index of a node in [`Tree::nodes`]; the beginning of the text is node 0.
type NodeIndex = u32;

const BEGINNING: NodeIndex = 0;
const NONE: NodeIndex = NodeIndex::MAX;

/// The elements whose parents have arrived, as a tree and in reading order.
#[derive(Debug, Clone)]
struct Tree {
    nodes: Vec<Node>,
    indexes: SortedMap<Dot, NodeIndex>,
    /// All nodes in reading order, tombstones too, the beginning first.
    order: Vec<NodeIndex>,
    /// Elements that came before their parent, by that parent.
    orphans: SortedMap<Dot, Vec<Dot>>,
    /// Where in `order` the last insertion went: the next one is often its neighbour.
    last_place: usize,
    /// Whether siblings have one fraction: what hangs on one of them hangs on all.
    by_fractions: bool,
}

/// Children of one side form a list in order of dot, from the first through `next_sibling`.
#[derive(Debug, Clone, Copy)]
struct Node {
    dot: Dot,
    value: char,
    deleted: bool,
    first_left: NodeIndex,
    first_right: NodeIndex,
    next_sibling: NodeIndex,
    /// The node that holds the children: itself, or by fractions the first to come with its own.
    host: NodeIndex,
}

impl Default for Tree {
    fn default() -> Self {
        let beginning = Node {
            dot: Dot {
                replica: ReplicaId(0),
                counter: 0,
            },
            value: '\0',
            deleted: true,
            first_left: NONE,
            first_right: NONE,
            next_sibling: NONE,
            host: BEGINNING,
        };
        Self {
            nodes: vec![beginning],
            indexes: SortedMap::new(),
            order: vec![BEGINNING],
            orphans: SortedMap::new(),
            last_place: 0,
            by_fractions: false,
        }
    }
}

impl Tree {
    fn in_order(&self) -> impl Iterator<Item = &Node> {
        self.order[1..].iter().map(|&index| self.node(index))
    }

    fn visible(&self) -> impl Iterator<Item = &Node> {
        self.in_order().filter(|node| !node.deleted)
    }

    fn visible_range(&self, range: Range<usize>) -> impl Iterator<Item = Dot> {
        let count = range.len();
        self.visible()
            .skip(range.start)
            .take(count)
            .map(|node| node.dot)
    }

    // region: text-origin
    /// Where an element typed behind the first `place` visible characters is to hang.
    ///
    /// Behind its left neighbour, unless something hangs there already: then before the right
    /// neighbour, tombstones counted. So a run typed forwards is a chain to the right, a run typed
    /// backwards a chain to the left, and neither has room for a stranger.
    fn origin_at(&self, place: usize) -> (Option<Dot>, Side) {
        // Between two at one fraction there is none.
        let left_place = self.last_alike(self.place_of_visible(place));
        let left = self.order[left_place];
        if self.first_child(self.node(left).host, Side::Right) == NONE {
            return (self.dot_of(left), Side::Right);
        }
        // Something hangs to the right of `left`, so something follows it.
        let right = self.order[left_place + 1];
        (self.dot_of(right), Side::Left)
    }
    // endregion

    /// The place in `order` of the `count`-th visible node, of the last one if there are fewer,
    /// of the beginning if `count` is 0.
    fn place_of_visible(&self, count: usize) -> usize {
        let mut left = count;
        let mut place = 0;
        for (here, &index) in self.order.iter().enumerate() {
            if left == 0 {
                break;
            }
            if !self.node(index).deleted {
                left -= 1;
                place = here;
            }
        }
        place
    }

    fn dot_of(&self, index: NodeIndex) -> Option<Dot> {
        (index != BEGINNING).then(|| self.node(index).dot)
    }

    fn node(&self, index: NodeIndex) -> &Node {
        &self.nodes[index as usize]
    }

    /// Puts the element `dot` of `elements` into the tree, with those that waited for it; or lets
    /// it wait if its parent is missing.
    fn insert(&mut self, dot: Dot, elements: &Elements) {
        let mut ready = vec![dot];
        while let Some(dot) = ready.pop() {
            let Some(element) = elements.inserted.get(&dot) else {
                continue;
            };
            let parent = match element.parent {
                None => BEGINNING,
                Some(parent) => match self.indexes.get(&parent) {
                    Some(&index) => index,
                    None => {
                        self.orphans.entry(parent).or_default().push(dot);
                        continue;
                    }
                },
            };
            let deleted = elements.deleted.contains(&dot);
            self.attach(dot, *element, parent, deleted);
            ready.extend(self.orphans.remove(&dot).unwrap_or_default());
        }
    }

    // region: text-attach
    /// Hangs a new node on `parent`, among its siblings by dot, and into the reading order.
    fn attach(&mut self, dot: Dot, element: Element, parent: NodeIndex, deleted: bool) {
        let index = self.nodes.len() as NodeIndex;
        let host = self.node(parent).host;
        let (before, after) = self.siblings_around(dot, element.side, host);
        let mut siblings = [before, after].into_iter();
        let alike = siblings.find(|&other| self.by_fractions && other != NONE);
        let place = match (alike, element.side) {
            // Halfway as they are, so beside them, by dot.
            (Some(other), _) => self.place_of(other) + usize::from(other == before),
            (None, Side::Left) if self.by_fractions => self.first_alike(self.place_of(parent)),
            (None, Side::Right) if self.by_fractions => self.last_alike(self.place_of(parent)) + 1,
            (None, Side::Left) if after != NONE => self.place_of(self.first_of(after)),
            (None, Side::Left) => self.place_of(parent),
            (None, Side::Right) if before != NONE => self.place_of(self.last_of(before)) + 1,
            (None, Side::Right) => self.place_of(parent) + 1,
        };
        self.order.insert(place, index);
        self.last_place = place;

        *self.link(before, element.side, host) = index;
        self.nodes.push(Node {
            dot,
            value: element.value,
            deleted,
            first_left: NONE,
            first_right: NONE,
            next_sibling: after,
            host: alike.map_or(index, |other| self.node(other).host),
        });
        self.indexes.insert(dot, index);
    }
    // endregion

    /// Where those begin in `order` that have one fraction with the node at `place`.
    fn first_alike(&self, mut place: usize) -> usize {
        let host = self.node(self.order[place]).host;
        while place > 0 && self.node(self.order[place - 1]).host == host {
            place -= 1;
        }
        place
    }

    /// Where those end in `order` that have one fraction with the node at `place`.
    fn last_alike(&self, mut place: usize) -> usize {
        let host = self.node(self.order[place]).host;
        while place + 1 < self.order.len() && self.node(self.order[place + 1]).host == host {
            place += 1;
        }
        place
    }

    /// The siblings between which a child of `parent` with this dot belongs.
    fn siblings_around(&self, dot: Dot, side: Side, parent: NodeIndex) -> (NodeIndex, NodeIndex) {
        let mut before = NONE;
        let mut after = self.first_child(parent, side);
        while after != NONE && self.node(after).dot < dot {
            before = after;
            after = self.node(after).next_sibling;
        }
        (before, after)
    }

    fn first_child(&self, parent: NodeIndex, side: Side) -> NodeIndex {
        match side {
            Side::Left => self.node(parent).first_left,
            Side::Right => self.node(parent).first_right,
        }
    }

    /// The link that leads to the child behind `before`, or to the first child.
    fn link(&mut self, before: NodeIndex, side: Side, parent: NodeIndex) -> &mut NodeIndex {
        if before != NONE {
            return &mut self.nodes[before as usize].next_sibling;
        }
        let parent = &mut self.nodes[parent as usize];
        match side {
            Side::Left => &mut parent.first_left,
            Side::Right => &mut parent.first_right,
        }
    }

    /// The node read first in the subtree of `index`.
    fn first_of(&self, mut index: NodeIndex) -> NodeIndex {
        while self.node(index).first_left != NONE {
            index = self.node(index).first_left;
        }
        index
    }

    /// The node read last in the subtree of `index`.
    fn last_of(&self, mut index: NodeIndex) -> NodeIndex {
        while self.node(index).first_right != NONE {
            index = self.node(index).first_right;
            while self.node(index).next_sibling != NONE {
                index = self.node(index).next_sibling;
            }
        }
        index
    }

    /// Where `index` stands in the reading order: at the last insertion or beside it in the common
    /// case, else found by a scan.
    fn place_of(&self, index: NodeIndex) -> usize {
        let near = self.last_place..(self.last_place + 2).min(self.order.len());
        near.clone()
            .find(|&place| self.order[place] == index)
            .or_else(|| self.order.iter().position(|&other| other == index))
            .expect("every node is in the reading order")
    }

    fn delete(&mut self, dot: Dot) {
        if let Some(&index) = self.indexes.get(&dot) {
            self.nodes[index as usize].deleted = true;
        }
    }
}

/// Elements typed in one go: each behind the one before.
#[derive(Serialize, Deserialize)]
struct Run {
    first: Dot,
    parent: Option<Dot>,
    side: Side,
    text: String,
}

/// Neighbouring dots of one replica.
#[derive(Serialize, Deserialize)]
struct DotRange {
    first: Dot,
    count: u64,
}

/// How [`Elements`] are sent.
#[derive(Serialize, Deserialize)]
struct Sent {
    inserted: Vec<Run>,
    deleted: Vec<DotRange>,
}

fn follows(dot: Dot, first: Dot, count: u64) -> bool {
    dot.replica == first.replica && dot.counter == first.counter + count
}

impl Serialize for Elements {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sent = Sent {
            inserted: Vec::new(),
            deleted: Vec::new(),
        };
        let mut previous: Option<(Dot, u64)> = None; // the first dot and length of the last run
        for (&dot, element) in &self.inserted {
            let chained = previous.filter(|&(first, count)| {
                let last = Dot {
                    counter: first.counter + count - 1,
                    ..first
                };
                let behind_last = element.parent == Some(last) && element.side == Side::Right;
                follows(dot, first, count) && behind_last
            });
            match (chained, sent.inserted.last_mut()) {
                (Some((first, count)), Some(run)) => {
                    run.text.push(element.value);
                    previous = Some((first, count + 1));
                }
                (_, _) => {
                    sent.inserted.push(Run {
                        first: dot,
                        parent: element.parent,
                        side: element.side,
                        text: element.value.to_string(),
                    });
                    previous = Some((dot, 1));
                }
            }
        }
        for &dot in &self.deleted {
            match sent.deleted.last_mut() {
                Some(range) if follows(dot, range.first, range.count) => range.count += 1,
                Some(_) | None => sent.deleted.push(DotRange {
                    first: dot,
                    count: 1,
                }),
            }
        }
        sent.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Elements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sent = Sent::deserialize(deserializer)?;
        let mut elements = Self::default();
        for run in sent.inserted {
            let (mut dot, mut parent, mut side) = (run.first, run.parent, run.side);
            for value in run.text.chars() {
                let element = Element {
                    parent,
                    side,
                    value,
                };
                elements.inserted.insert(dot, element);
                (parent, side) = (Some(dot), Side::Right);
                dot.counter += 1;
            }
        }
        for range in sent.deleted {
            let replica = range.first.replica;
            let counters = range.first.counter..range.first.counter.saturating_add(range.count);
            elements
                .deleted
                .extend(counters.map(|counter| Dot { replica, counter }));
        }
        Ok(elements)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.elements.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut text = Self::default();
        text.merge_delta(&Elements::deserialize(deserializer)?);
        Ok(text)
    }
}
