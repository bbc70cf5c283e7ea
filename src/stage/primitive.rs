//! One primitive of a picture as one SVG element, patched attribute by attribute.

use std::mem::discriminant;

use orrery_core::real::plain;
use orrery_core::scene::{Figure, Primitive};
use web_sys::{Document, Element, Text};

use crate::dom::{DomResult, svg_element};

/// The element that shows a primitive.
pub(super) struct Painted {
    element: Element,
    text: Option<Text>,
    title: Option<Title>,
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
        };
        painted.write(document, primitive, None)?;
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

    /// Writes what differs from `old`, which the element shows and which [fits](Self::fits).
    pub(super) fn patch(
        &mut self,
        document: &Document,
        old: &Primitive,
        new: &Primitive,
    ) -> DomResult {
        if old == new {
            return Ok(());
        }
        self.write(document, new, Some(old))
    }

    fn write(
        &mut self,
        document: &Document,
        new: &Primitive,
        old: Option<&Primitive>,
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
        self.write_figure(document, &new.figure, old.map(|old| &old.figure))?;
        if old.and_then(|old| old.title.as_ref()) != new.title.as_ref() {
            let title = new.title.as_deref();
            Title::write(&mut self.title, document, &self.element, title)?;
        }
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
                let (was_anchor, was_text) = match old {
                    Some(Figure::Text { anchor, text, .. }) => (Some(anchor), text.as_str()),
                    _ => (None, ""),
                };
                if was_anchor != Some(anchor) {
                    self.element.set_attribute("text-anchor", anchor.name())?;
                }
                if was_text != text || self.text.is_none() {
                    self.write_text(document, text)?;
                }
            }
            (Figure::Rect { .. } | Figure::Circle { .. } | Figure::Line { .. }, _) => {}
        }
        Ok(())
    }

    fn write_text(&mut self, document: &Document, text: &str) -> DomResult {
        if let Some(node) = &self.text {
            node.set_data(text);
        } else {
            let node = document.create_text_node(text);
            self.element
                .insert_before(&node, self.element.first_child().as_ref())?;
            self.text = Some(node);
        }
        Ok(())
    }
}

/// What a pointer at rest shows of an element, and a screen reader says.
pub(super) struct Title {
    element: Element,
    text: Text,
}

impl Title {
    /// Gives `of` the title in the place of the one that it has, or none.
    pub(super) fn write(
        shown: &mut Option<Self>,
        document: &Document,
        of: &Element,
        title: Option<&str>,
    ) -> DomResult {
        match (&*shown, title) {
            (Some(shown), Some(title)) => shown.text.set_data(title),
            (Some(gone), None) => {
                gone.element.remove();
                *shown = None;
            }
            (None, Some(title)) => {
                let element = svg_element(document, "title")?;
                let text = document.create_text_node(title);
                element.append_child(&text)?;
                of.prepend_with_node_1(&element)?;
                *shown = Some(Self { element, text });
            }
            (None, None) => {}
        }
        Ok(())
    }
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
