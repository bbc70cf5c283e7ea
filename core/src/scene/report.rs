//! A scene in words: for those who cannot see it, for golden tests, and what is wrong with it.

use std::fmt::Write as _;

use crate::real::plain;
use crate::sorted::SortedMap;
use crate::words::{grouped, has};

use super::geometry::{Rect, StageShape};
use super::item::{End, Item};
use super::picture::round;
use super::shapes::{
    Bars, Bucket, Cell, Cells, Chip, Gauge, Group, Lanes, Legend, Link, Message, Node, Queue, Ring,
    Shape, Sparkline, StateMachine, Swarm, Table, TableRow, Text, TextField, Tree,
};
use super::tone::{Line, Tone};
use super::{Scene, draw};

/// How many parts of a shape are named one by one in a description.
const MOST_NAMED: usize = 16;

impl Scene {
    pub(super) fn assemble(shape: StageShape, summary: String, items: Vec<Item>) -> Self {
        let mut scene = Self {
            shape,
            summary,
            items,
            routes: draw::Routes::default(),
        };
        debug_assert!(
            scene.duplicate_ids().is_empty(),
            "ids used twice: {:?}",
            scene.duplicate_ids()
        );
        scene.routes = draw::Routes::of(&scene);
        scene.assign_frames();
        scene.complete_descriptions();
        scene
    }

    /// What the picture shows, in plain sentences: the summary, then the items in their order.
    pub fn describe(&self) -> String {
        let mut sentences = Vec::new();
        if !self.summary.is_empty() {
            sentences.push(full_stop(self.summary.clone()));
        }
        sentences.extend(self.items.iter().map(|item| item.description.clone()));
        sentences.join(" ")
    }

    /// One line per item: id, shape, tone, label, frame, and the numbers it shows. For golden tests:
    /// equal scenes have equal outlines on every machine.
    pub fn outline(&self) -> String {
        let mut lines = String::new();
        for item in &self.items {
            let Rect { x, y, w, h } = item.frame;
            let figures = figures(item);
            let _ = write!(
                lines,
                "{} {} {} {:?} {},{} {}x{}",
                item.id,
                item.shape.word(),
                tone_name(item.tone),
                item.label,
                round(x),
                round(y),
                round(w),
                round(h),
            );
            for badge in &item.badges {
                let _ = write!(lines, " [{} {:?}]", tone_name(badge.tone), badge.text);
            }
            let space = if figures.is_empty() { "" } else { " " };
            let _ = writeln!(lines, "{space}{figures}");
        }
        lines
    }

    /// What is wrong with the scene, one sentence each; empty for a sound one.
    ///
    /// Ids used twice or unfit for a document, items without a name, items off the stage, ends that
    /// lead to no item, parts that refer to parts that are not there.
    pub fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = self
            .duplicate_ids()
            .iter()
            .map(|id| format!("the id {id} is used twice"))
            .collect();
        problems.extend(self.items.iter().flat_map(|item| self.item_problems(item)));
        problems
    }

    fn duplicate_ids(&self) -> Vec<&str> {
        let mut uses: SortedMap<&str, usize> = SortedMap::new();
        for item in &self.items {
            *uses.entry(item.id.as_str()).or_default() += 1;
        }
        uses.into_iter()
            .filter(|&(_, count)| count > 1)
            .map(|(id, _)| id)
            .collect()
    }

    fn item_problems(&self, item: &Item) -> Vec<String> {
        let mut problems = Vec::new();
        let id = item.id.as_str();
        let unfit = |c: char| c.is_whitespace() || c.is_control() || c == '/';
        if id.is_empty() || id.contains(unfit) {
            problems.push(format!(
                "the id {id:?} is empty or has white space or a slash in it"
            ));
        }
        if item.label.is_empty() && item.description.is_empty() {
            problems.push(format!("{id} has neither a label nor a description"));
        }
        if !self.shape.stage().contains(item.frame) {
            problems.push(format!("{id} is off the {} stage", self.shape.name()));
        }
        for end in ends(&item.shape).into_iter().flatten() {
            if let Some(other) = end.item()
                && self.item(other.as_str()).is_none()
            {
                problems.push(format!("{id} leads to {other}, which is not on the stage"));
            }
        }
        problems.extend(dangling(&item.shape).map(|what| format!("{id} {what}")));
        problems
    }

    /// Writes the sentence of every item that has none, and adds the badges to all.
    fn complete_descriptions(&mut self) {
        for index in 0..self.items.len() {
            let mut description = std::mem::take(&mut self.items[index].description);
            let item = &self.items[index];
            if description.is_empty() {
                description = default_description(item, &self.items);
            }
            for badge in &item.badges {
                if !description.is_empty() && !has(&description, &badge.text) {
                    description.truncate(description.trim_end_matches('.').len());
                    let _ = write!(description, "; {}", badge.text);
                }
            }
            self.items[index].description = full_stop(description);
        }
    }
}

/// The first reference from one part of a shape to another that is not there.
fn dangling(shape: &Shape) -> Option<String> {
    if let Shape::StateMachine(machine) = shape {
        let count = machine.states.len();
        let edge = machine
            .edges
            .iter()
            .find(|edge| edge.from >= count || edge.to >= count)
            .map(|edge| format!("has an edge {:?} to a state that it has not", edge.label));
        return edge.or_else(|| {
            let current = machine.current.filter(|&current| current >= count)?;
            Some(format!("is in state {current} of {count}"))
        });
    }
    if let Shape::Cells(cells) = shape {
        let count = cells.cells.len();
        let far = cells.pointers.iter().find(|pointer| pointer.at > count)?;
        return Some(format!("points at cell {} of {count}", far.at));
    }
    if let Shape::Tree(tree) = shape {
        let early = |(at, parent): (usize, Option<usize>)| parent.is_some_and(|p| p >= at);
        let at = tree
            .nodes
            .iter()
            .map(|node| node.parent)
            .enumerate()
            .position(early)?;
        return Some(format!("has node {at} before its parent"));
    }
    None
}

/// A name and how it stands: empty when there is nothing to go by.
fn default_description(item: &Item, items: &[Item]) -> String {
    let name = match (item.label.as_str(), ends(&item.shape)) {
        ("", Some([from, to])) => {
            format!("{} to {}", end_name(from, items), end_name(to, items))
        }
        (label, Some([from, to])) => format!(
            "{label}, {} to {}",
            end_name(from, items),
            end_name(to, items)
        ),
        (label, None) => label.to_owned(),
    };
    if name.is_empty() {
        return name;
    }
    if matches!(item.shape, Shape::Text(_) | Shape::Chip(_)) {
        return match item.tone.word() {
            "" => name,
            word => format!("{name} ({word})"),
        };
    }
    let mut parts = vec![item.shape.word().to_owned()];
    parts.push(item.tone.word().to_owned());
    parts.push((item.kind.details)(item));
    parts.retain(|part| !part.is_empty());
    format!("{name}: {}", parts.join(", "))
}

fn ends(shape: &Shape) -> Option<[&End; 2]> {
    if let Shape::Link(link) = shape {
        Some([&link.from, &link.to])
    } else if let Shape::Message(message) = shape {
        Some([&message.from, &message.to])
    } else {
        None
    }
}

/// The label of the item at this end, or its id where it has none.
fn end_name<'s>(end: &'s End, items: &'s [Item]) -> &'s str {
    let Some(id) = end.item() else {
        return "a point";
    };
    let labelled = |item: &&Item| item.id == *id && !item.label.is_empty();
    let item = items.iter().find(labelled);
    item.map_or(id.as_str(), |item| &item.label)
}

fn full_stop(mut sentence: String) -> String {
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// A kind of shape that can be put into words.
pub trait Details {
    /// What it shows beyond name and tone; empty for a shape that is all name.
    fn details(&self) -> String {
        String::new()
    }
}

impl Details for Chip {}
impl Details for Group {}
impl Details for Text {}

impl Details for Node {
    fn details(&self) -> String {
        let dots = (!self.dots.is_empty()).then(|| tally(self.dots.iter().copied()));
        let load = self.load.map(|load| format!("{} full", percent(load)));
        let leads = self.leads.then(|| "leads".to_owned());
        join([leads, some(&self.note), dots, load])
    }
}

impl Details for Link {
    fn details(&self) -> String {
        self.line.word().to_owned()
    }
}

impl Details for Message {
    fn details(&self) -> String {
        let count = (self.count > 1).then(|| format!("{} of them", self.count));
        let lost = self.lost.then(|| "lost".to_owned());
        join([count, lost])
    }
}

impl Details for Ring {
    fn details(&self) -> String {
        let arcs = (!self.arcs.is_empty()).then(|| format!("{} arcs", self.arcs.len()));
        let marked: Vec<String> = self
            .markers
            .iter()
            .filter(|marker| !marker.label.is_empty())
            .map(|marker| marker.label.clone())
            .collect();
        let count = marked.len();
        let marked = (count > 0).then(|| list(marked, count));
        join([some(&self.center), some(&self.note), arcs, marked])
    }
}

impl Details for Bucket {
    fn details(&self) -> String {
        let level = some(&self.reading).or_else(|| Some(format!("{} full", percent(self.level))));
        let over = self.overflowing.then(|| "running over".to_owned());
        let flow = |words: &str, way: &str| some(words).map(|words| format!("{words} {way}"));
        let inflow = flow(&self.inflow, "in");
        join([level, inflow, flow(&self.outflow, "out"), over])
    }
}

impl Details for Queue {
    fn details(&self) -> String {
        let count = self.slots.len();
        self.capacity.map_or_else(
            || format!("{count} waiting"),
            |capacity| format!("{count} of {capacity} places taken"),
        )
    }
}

impl Details for Cells {
    fn details(&self) -> String {
        let plain = |cell: &Cell| cell.text.is_empty() && cell.line == Line::Solid;
        let boxes = if self.cells.len() > MOST_NAMED && self.cells.iter().all(plain) {
            tally(self.cells.iter().map(|cell| cell.tone))
        } else {
            list(self.cells.iter().map(cell_words), self.cells.len())
        };
        let pointers = self.pointers.iter().map(|pointer| {
            let at = pointer.at + self.first_index.unwrap_or(0);
            format!("{} at {at}", pointer.label)
        });
        let pointers: Vec<String> = pointers.collect();
        let pointers = (!pointers.is_empty()).then(|| pointers.join(", "));
        join([Some(boxes), pointers])
    }
}

impl Details for Table {
    fn details(&self) -> String {
        let rows = self.rows.iter().take(MOST_NAMED);
        let mut rows: Vec<String> = rows.map(|row| row_words(&self.header, row)).collect();
        if self.rows.len() > MOST_NAMED {
            rows.push(format!("and {} more", self.rows.len() - MOST_NAMED));
        }
        rows.join("; ")
    }
}

impl Details for Tree {
    fn details(&self) -> String {
        let nodes = self.nodes.iter().map(|node| &node.label);
        list(nodes.map(String::clone), self.nodes.len())
    }
}

impl Details for StateMachine {
    fn details(&self) -> String {
        let current = self.current.and_then(|at| self.states.get(at));
        let current = current.map(|state| {
            let note = if state.note.is_empty() { "" } else { ", " };
            format!("in {}{note}{}", state.name, state.note)
        });
        let left = self
            .timer
            .map(|left| format!("{} of the time left", percent(left)));
        join([current, left])
    }
}

impl Details for Lanes {
    fn details(&self) -> String {
        let names = self.lanes.iter().map(|lane| lane.name.clone());
        let names = list(names, self.lanes.len());
        format!(
            "{names}; {} messages from {} to {}",
            self.arrows.len(),
            self.from,
            self.to
        )
    }
}

impl Details for Gauge {
    fn details(&self) -> String {
        let value = some(&self.reading).unwrap_or_else(|| number(self.value));
        format!("{value}, from {} to {}", number(self.min), number(self.max))
    }
}

impl Details for Bars {
    fn details(&self) -> String {
        let words = self.bars.iter().map(|bar| {
            let value = some(&bar.reading).unwrap_or_else(|| number(bar.value));
            format!("{}: {value}", bar.label)
        });
        list(words, self.bars.len())
    }
}

impl Details for Sparkline {
    fn details(&self) -> String {
        let last = self.values.last().map(|value| number(*value));
        join([some(&self.reading).or(last)])
    }
}

impl Details for TextField {
    fn details(&self) -> String {
        match self.value.as_str() {
            "" => "empty".to_owned(),
            value => format!("“{value}”"),
        }
    }
}

impl Details for Legend {
    fn details(&self) -> String {
        let entries = self.entries.iter().map(|(tone, words)| {
            let word = tone.word();
            if word.is_empty() {
                words.clone()
            } else {
                format!("{word}: {words}")
            }
        });
        list(entries, self.entries.len())
    }
}

impl Details for Swarm {
    fn details(&self) -> String {
        format!("{} points", self.len())
    }
}

pub(super) fn cell_words(cell: &Cell) -> String {
    let text = if cell.text.is_empty() {
        cell.tone.word()
    } else {
        &cell.text
    };
    let text = if text.is_empty() { "empty" } else { text };
    match cell.line.word() {
        "" => text.to_owned(),
        line => format!("{text} ({line})"),
    }
}

/// A row of a table in words: each cell after the first with its column's name.
pub(super) fn row_words(header: &[String], row: &TableRow) -> String {
    let cells: Vec<String> = row
        .cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| !cell.text.is_empty() || cell.tone != Tone::Plain)
        .map(|(at, cell)| match header.get(at) {
            Some(name) if at > 0 && !name.is_empty() => format!("{name} {}", cell_words(cell)),
            Some(_) | None => cell_words(cell),
        })
        .collect();
    match row.tone.word() {
        "" => cells.join(", "),
        word => format!("{} ({word})", cells.join(", ")),
    }
}

fn some(words: &str) -> Option<String> {
    (!words.is_empty()).then(|| words.to_owned())
}

fn join<const N: usize>(parts: [Option<String>; N]) -> String {
    let mut kept: Vec<String> = parts.into_iter().flatten().collect();
    kept.retain(|part| !part.is_empty());
    kept.join(", ")
}

/// Words separated by commas, up to a number of them.
fn list(words: impl IntoIterator<Item = String>, count: usize) -> String {
    let mut named: Vec<String> = words.into_iter().take(MOST_NAMED).collect();
    if count > MOST_NAMED {
        named.push(format!("and {} more", count - MOST_NAMED));
    }
    named.join(", ")
}

/// How many dots have each tone: "3 good, 2 idle".
fn tally(tones: impl Iterator<Item = Tone>) -> String {
    let mut counts: Vec<(Tone, usize)> = Vec::new();
    for tone in tones {
        match counts.binary_search_by_key(&tone, |(tone, _)| *tone) {
            Ok(index) => counts[index].1 += 1,
            Err(index) => counts.insert(index, (tone, 1)),
        }
    }
    let parts: Vec<String> = counts
        .iter()
        .map(|(tone, count)| match tone.word() {
            "" => format!("{count} plain"),
            word => format!("{count} {word}"),
        })
        .collect();
    parts.join(", ")
}

fn percent(fraction: f64) -> String {
    format!("{} %", plain(libm::round(fraction * 100.0)))
}

/// A number as a reader would write it: whole, or with at most two decimals.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    grouped(plain(round(value)))
}

fn tone_name(tone: Tone) -> &'static str {
    match tone.word() {
        "" => tone.class(),
        word => word,
    }
}

/// A tone as one character, for rows of them in outlines.
const fn tone_letter(tone: Tone) -> char {
    match tone {
        Tone::Plain => '.',
        Tone::Idle => 'i',
        Tone::Active => 'a',
        Tone::Pending => 'p',
        Tone::Good => 'g',
        Tone::Stale => 's',
        Tone::Refused => 'r',
        Tone::Failed => 'f',
        Tone::Leader => 'L',
        Tone::Series(n) => (b'0' + n % 10) as char,
    }
}

fn letters(tones: impl IntoIterator<Item = Tone>) -> String {
    tones.into_iter().map(tone_letter).collect()
}

/// The numbers a shape shows, for outlines: the details in words, and what words leave out.
fn figures(item: &Item) -> String {
    let more = match &item.shape {
        Shape::Node(node) => join([
            node.timer.map(|left| format!("timer {}", round(left))),
            node.lease.map(|left| format!("lease {}", round(left))),
            some(&letters(node.dots.iter().copied())),
        ]),
        Shape::Message(message) => format!("at {}", round(message.fraction)),
        Shape::Ring(ring) => {
            let walk = ring.walk.as_ref();
            join([walk.map(|walk| format!("walk {} {}", round(walk.from), round(walk.to)))])
        }
        Shape::Bucket(bucket) => join([
            Some(format!("level {}", round(bucket.level))),
            (!bucket.drops.is_empty()).then(|| format!("{} drops", bucket.drops.len())),
        ]),
        Shape::Queue(queue) => letters(queue.slots.iter().map(|slot| slot.tone)),
        Shape::Cells(cells) => letters(cells.cells.iter().map(|cell| cell.tone)),
        Shape::Tree(tree) => letters(tree.nodes.iter().map(|node| node.tone)),
        Shape::Lanes(lanes) => format!("{} marks", lanes.marks.len()),
        Shape::Gauge(gauge) => number(gauge.value),
        Shape::Link(_)
        | Shape::Table(_)
        | Shape::StateMachine(_)
        | Shape::Bars(_)
        | Shape::Sparkline(_)
        | Shape::Chip(_)
        | Shape::Text(_)
        | Shape::TextField(_)
        | Shape::Group(_)
        | Shape::Legend(_)
        | Shape::Swarm(_) => String::new(),
    };
    let details = (item.kind.details)(item);
    join([some(&details), some(&more)])
}
