//! A scene in words: for those who cannot see it, for golden tests, and what is wrong with it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::geometry::{Rect, StageShape};
use super::item::{End, Item};
use super::picture::round;
use super::shapes::Shape;
use super::{Scene, draw};

impl Scene {
    pub(super) fn assemble(shape: StageShape, summary: String, items: Vec<Item>) -> Self {
        let mut scene = Self {
            shape,
            summary,
            items,
        };
        draw::route(&mut scene);
        debug_assert!(
            scene.duplicate_ids().is_empty(),
            "ids used twice: {:?}",
            scene.duplicate_ids()
        );
        scene
    }

    /// What the picture shows, in plain sentences: the summary, then the items in their order.
    pub fn describe(&self) -> String {
        let mut sentences = Vec::new();
        if !self.summary.is_empty() {
            sentences.push(full_stop(&self.summary));
        }
        sentences.extend(self.items.iter().map(Item::describe));
        sentences.join(" ")
    }

    /// One line per item: id, shape, tone, label, frame. For golden tests: equal scenes have equal
    /// outlines on every machine.
    pub fn outline(&self) -> String {
        let mut lines = String::new();
        for item in &self.items {
            let Rect { x, y, w, h } = item.frame;
            let word = match item.tone.word() {
                "" => item.tone.class(),
                word => word,
            };
            let _ = writeln!(
                lines,
                "{} {} {word} {:?} {},{} {}x{}",
                item.id,
                item.shape.word(),
                item.label,
                round(x),
                round(y),
                round(w),
                round(h),
            );
        }
        lines
    }

    /// What is wrong with the scene, one sentence each; empty for a sound one.
    ///
    /// Ids used twice or unfit for a document, items without a name, items off the stage, ends that
    /// lead to no item.
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
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
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
        if id.is_empty() || id.contains(|c: char| c.is_whitespace() || c.is_control()) {
            problems.push(format!("the id {id:?} is empty or has white space in it"));
        }
        if item.name().is_empty() {
            problems.push(format!("{id} has neither a label nor a description"));
        }
        if !self.shape.stage().contains(item.frame) {
            problems.push(format!("{id} is off the {} stage", self.shape.name()));
        }
        for end in item.ends() {
            if let End::Item(other) = end
                && self.item(other.as_str()).is_none()
            {
                problems.push(format!("{id} leads to {other}, which is not on the stage"));
            }
        }
        problems
    }
}

impl Item {
    /// What it is and how it stands, as a sentence: the description, or one made from label, shape
    /// and tone.
    pub fn describe(&self) -> String {
        let mut sentence = if self.description.is_empty() {
            let state = match self.tone.word() {
                "" => String::new(),
                word => format!(", {word}"),
            };
            format!("{}: {}{state}", self.name(), self.shape.word())
        } else {
            self.description.clone()
        };
        for badge in &self.badges {
            let _ = write!(sentence, "; {}", badge.text);
        }
        full_stop(&sentence)
    }

    fn name(&self) -> String {
        if !self.label.is_empty() {
            return self.label.clone();
        }
        if !self.description.is_empty() {
            return self.description.clone();
        }
        match self.ends()[..] {
            [from, to] => format!("{} to {}", end_name(from), end_name(to)),
            _ => String::new(),
        }
    }

    fn ends(&self) -> Vec<&End> {
        if let Shape::Link(link) = &self.shape {
            vec![&link.from, &link.to]
        } else if let Shape::Message(message) = &self.shape {
            vec![&message.from, &message.to]
        } else {
            Vec::new()
        }
    }
}

fn end_name(end: &End) -> &str {
    match end {
        End::Item(id) => id.as_str(),
        End::Point(_) => "a point",
    }
}

fn full_stop(sentence: &str) -> String {
    if sentence.ends_with(['.', '!', '?']) {
        sentence.to_owned()
    } else {
        format!("{sentence}.")
    }
}
