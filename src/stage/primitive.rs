//! One primitive of a picture as one SVG element, patched attribute by attribute.
//!
//! Numbers that count on are an exception: they may be left standing for a while, where they are, as
//! [`Counts`] says.

use std::mem::discriminant;

use orrery_core::real::plain;
use orrery_core::scene::{Figure, Primitive};
use web_sys::{Document, Element, Text};

use crate::dom::{DomResult, svg_element};

/// When a number is written that differs from the one that stands there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// With everything else.
    Now,
    /// With one of the next pictures.
    Later,
}

/// The element that shows a primitive.
pub(super) struct Painted {
    element: Element,
    text: Option<Words>,
    title: Option<Title>,
    /// Whether numbers are to be written later.
    behind: bool,
}

impl Painted {
    /// A new element that shows `primitive`.
    pub(super) fn new(document: &Document, primitive: &Primitive) -> DomResult<Self> {
        let name = match primitive.figure {
            Figure::Rect { .. } => "rect",
            Figure::Circle { .. } | Figure::Dashes { .. } => "circle",
            Figure::Line { .. } => "line",
            Figure::Path { .. } => "path",
            Figure::Text { .. } => "text",
        };
        let mut painted = Self {
            element: svg_element(document, name)?,
            text: None,
            title: None,
            behind: false,
        };
        painted.write(document, primitive, None, Counts::Now)?;
        Ok(painted)
    }

    /// The element.
    pub(super) const fn element(&self) -> &Element {
        &self.element
    }

    /// Whether the element that shows `old` can show `new`.
    pub(super) fn fits(old: &Primitive, new: &Primitive) -> bool {
        discriminant(&old.figure) == discriminant(&new.figure)
    }

    /// Writes what differs from `old`, which [fits](Self::fits) and which the element shows, but for
    /// numbers that it left standing. Says whether there are any.
    pub(super) fn patch(
        &mut self,
        document: &Document,
        old: &Primitive,
        new: &Primitive,
        counts: Counts,
    ) -> DomResult<bool> {
        let due = self.behind && counts == Counts::Now;
        if due || old != new {
            self.write(document, new, Some(old), counts)?;
        }
        Ok(self.behind)
    }

    fn write(
        &mut self,
        document: &Document,
        new: &Primitive,
        old: Option<&Primitive>,
        counts: Counts,
    ) -> DomResult {
        if old.map(|old| old.class) != Some(new.class) {
            self.element
                .set_attribute("class", &new.class.to_string())?;
        }
        if old.and_then(|old| old.event) != new.event {
            match new.event {
                Some(event) => self
                    .element
                    .set_attribute("data-event", &event.to_string())?,
                None => self.element.remove_attribute("data-event")?,
            }
        }
        // A number that waits stays where it is, so what it shows is not what `old` says.
        let old = old.filter(|_| !self.behind);
        self.behind = match (&new.figure, &self.text) {
            (Figure::Text { text, .. }, Some(words)) => words.wait(text, counts),
            _ => false,
        };
        if !self.behind {
            self.write_figure(document, &new.figure, old.map(|old| &old.figure))?;
        }
        let title = new.title.as_deref();
        self.behind |= Title::write(&mut self.title, document, &self.element, title, counts)?;
        Ok(())
    }

    fn write_figure(
        &mut self,
        document: &Document,
        new: &Figure,
        old: Option<&Figure>,
    ) -> DomResult {
        let before = old.map(numbers).unwrap_or_default();
        for (index, (name, value)) in numbers(new).into_iter().flatten().enumerate() {
            if before[index] != Some((name, value)) {
                self.element
                    .set_attribute(name, &plain(value).to_string())?;
            }
        }
        match (new, old) {
            (Figure::Path { d }, Some(Figure::Path { d: was })) if d == was => {}
            (Figure::Path { d }, _) => self.element.set_attribute("d", d)?,
            (Figure::Dashes { lengths, .. }, Some(Figure::Dashes { lengths: were, .. }))
                if lengths == were => {}
            (Figure::Dashes { lengths, .. }, _) => {
                self.element.set_attribute("stroke-dasharray", lengths)?;
            }
            (Figure::Text { anchor, text, .. }, old) => {
                let was = match old {
                    Some(Figure::Text { anchor, .. }) => Some(anchor),
                    _ => None,
                };
                if was != Some(anchor) {
                    self.element.set_attribute("text-anchor", anchor.name())?;
                }
                self.write_text(document, text)?;
            }
            (Figure::Rect { .. } | Figure::Circle { .. } | Figure::Line { .. }, _) => {}
        }
        Ok(())
    }

    fn write_text(&mut self, document: &Document, text: &str) -> DomResult {
        if let Some(words) = &mut self.text {
            words.say(text);
        } else {
            let words = Words::new(document, text);
            self.element
                .insert_before(&words.node, self.element.first_child().as_ref())?;
            self.text = Some(words);
        }
        Ok(())
    }
}

/// What a pointer at rest shows of an element, and a screen reader says.
pub(super) struct Title {
    element: Element,
    words: Words,
}

impl Title {
    /// Gives `of` the title in the place of the one that it has, or none. Says whether numbers in it
    /// are left standing.
    pub(super) fn write(
        shown: &mut Option<Self>,
        document: &Document,
        of: &Element,
        title: Option<&str>,
        counts: Counts,
    ) -> DomResult<bool> {
        match (&mut *shown, title) {
            (Some(shown), Some(title)) if shown.words.wait(title, counts) => return Ok(true),
            (Some(shown), Some(title)) => shown.words.say(title),
            (Some(gone), None) => {
                gone.element.remove();
                *shown = None;
            }
            (None, Some(title)) => {
                let element = svg_element(document, "title")?;
                let words = Words::new(document, title);
                element.append_child(&words.node)?;
                of.prepend_with_node_1(&element)?;
                *shown = Some(Self { element, words });
            }
            (None, None) => {}
        }
        Ok(false)
    }
}

/// Words on the page.
struct Words {
    node: Text,
    said: String,
}

impl Words {
    fn new(document: &Document, said: &str) -> Self {
        Self {
            node: document.create_text_node(said),
            said: said.to_owned(),
        }
    }

    /// Whether they are left standing for now, where they are to be these.
    fn wait(&self, text: &str, counts: Counts) -> bool {
        counts == Counts::Later && self.said != text && counts_on(&self.said, text)
    }

    fn say(&mut self, text: &str) {
        if self.said != text {
            self.node.set_data(text);
            text.clone_into(&mut self.said);
        }
    }
}

/// Whether only digits differ, of as many places: nothing then changes its size, and a state that has
/// a name is never late.
pub(super) fn counts_on(said: &str, next: &str) -> bool {
    let is_count = |(a, b): (u8, u8)| a == b || a.is_ascii_digit() && b.is_ascii_digit();
    said.len() == next.len() && said.bytes().zip(next.bytes()).all(is_count)
}

/// The numbers of a figure under the names of their attributes.
fn numbers(figure: &Figure) -> [Option<(&'static str, f64)>; 5] {
    let some = |name, value| Some((name, value));
    match *figure {
        Figure::Rect { x, y, w, h, rx } => [
            some("x", x),
            some("y", y),
            some("width", w),
            some("height", h),
            some("rx", rx),
        ],
        Figure::Circle { cx, cy, r } => [some("cx", cx), some("cy", cy), some("r", r), None, None],
        Figure::Dashes {
            cx, cy, r, width, ..
        } => [
            some("cx", cx),
            some("cy", cy),
            some("r", r),
            some("stroke-width", width),
            None,
        ],
        Figure::Line { x1, y1, x2, y2 } => [
            some("x1", x1),
            some("y1", y1),
            some("x2", x2),
            some("y2", y2),
            None,
        ],
        Figure::Text { x, y, .. } => [some("x", x), some("y", y), None, None, None],
        Figure::Path { .. } => [None; 5],
    }
}

#[cfg(test)]
mod tests {
    use super::counts_on;

    #[test]
    fn only_numbers_of_as_many_digits_have_time() {
        assert!(counts_on("17 out", "18 out"));
        assert!(counts_on("1.2 s, p99 340 ms", "1.3 s, p99 338 ms"));
        assert!(counts_on("cold", "cold"));
        assert!(!counts_on("9 out", "10 out"), "it takes more room");
        assert!(!counts_on("cold", "down"), "it is another state");
        assert!(!counts_on("+1", "-1"), "it says the opposite");
        assert!(!counts_on("990 ms", "1.0 s"));
    }
}
