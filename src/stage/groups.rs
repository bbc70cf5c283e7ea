//! The groups of a picture as `<g>` elements: kept by id, patched where they differ.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use orrery_core::real::plain;
use orrery_core::scene::{PictureField, PictureGroup, Role};
use web_sys::{Document, Element};

use super::StageEvent;
use super::order::kept;
use super::primitive::{Counts, Painted, Title};
use crate::dom::{DomResult, focus, has_focus, svg_element};

/// What the stage tells its owner through.
pub(super) type Send = Rc<dyn Fn(StageEvent)>;

/// Makes an editor that shows a field, under a label.
pub(super) type MakeEditor = fn(&Document, &PictureField, &str, Send) -> DomResult<Box<dyn Editor>>;

/// What it takes to let a person type on the stage.
pub(super) struct Typing {
    pub(super) make: MakeEditor,
    pub(super) send: Send,
}

/// A field of the picture that can be typed into.
pub(super) trait Editor {
    /// The element that holds it.
    fn element(&self) -> &Element;
    /// Whether it can show `field`.
    fn fits(&self, field: &PictureField) -> bool;
    /// Takes over what the model has now.
    fn patch(&mut self, field: &PictureField, label: &str) -> DomResult;
    /// To be called with every picture: an edit that the model does not take is dropped in time,
    /// once nobody works on it.
    fn settle(&self);
    /// Leaves the stage, without a word.
    fn retire(&self);
}

/// A group and the element that shows it.
pub(super) struct Shown {
    group: Arc<PictureGroup>,
    element: Element,
    /// Its name, which a pointer at rest shows too. A label would have to hold every word that is
    /// drawn inside, state and all (WCAG 2.5.3).
    title: Option<Title>,
    painted: Vec<Painted>,
    field: Option<Box<dyn Editor>>,
    /// Whether it is a picture and nothing else: no button, and nothing to type into.
    still: bool,
    /// Whether the Tab key stops here.
    stop: bool,
    /// Whether numbers are to be written later.
    behind: bool,
}

impl Shown {
    fn new(
        document: &Document,
        group: &Arc<PictureGroup>,
        typing: Option<&Typing>,
        still: bool,
    ) -> DomResult<Self> {
        let element = svg_element(document, "g")?;
        element.set_attribute("data-id", &group.id)?;
        element.set_attribute("data-item", group.item.as_str())?;
        let mut shown = Self {
            group: Arc::clone(group),
            element,
            title: None,
            painted: Vec::new(),
            field: None,
            still,
            stop: false,
            behind: false,
        };
        shown.write_place(group)?;
        shown.write_meaning(group)?;
        shown.write_name(document, group, Counts::Now)?;
        shown.write_primitives(document, group, Counts::Now)?;
        shown.write_field(document, group, typing)?;
        shown.write_class(group)?;
        Ok(shown)
    }

    /// What is shown.
    pub(super) fn group(&self) -> &PictureGroup {
        &self.group
    }

    /// The element that shows it.
    pub(super) const fn element(&self) -> &Element {
        &self.element
    }

    fn patch(
        &mut self,
        document: &Document,
        new: &Arc<PictureGroup>,
        typing: Option<&Typing>,
        counts: Counts,
    ) -> DomResult {
        let old = &self.group;
        let due = self.behind && counts == Counts::Now;
        if !due && Arc::ptr_eq(old, new) {
            return Ok(());
        }
        if !due && old == new {
            self.group = Arc::clone(new);
            return Ok(());
        }
        let moved = (old.x, old.y) != (new.x, new.y);
        let class = old.class != new.class || old.field.is_some() != new.field.is_some();
        // Many are renamed in every frame: what is written again for nothing is styled again.
        let meaning = old.role != new.role
            || self.is_hidden(old) != self.is_hidden(new)
            || (old.menu.len() > 1) != (new.menu.len() > 1);
        if moved {
            self.write_place(new)?;
        }
        if meaning {
            self.write_meaning(new)?;
        }
        self.behind = self.write_name(document, new, counts)?;
        self.behind |= self.write_primitives(document, new, counts)?;
        self.write_field(document, new, typing)?;
        if class {
            self.write_class(new)?;
        }
        self.group = Arc::clone(new);
        Ok(())
    }

    fn write_place(&self, new: &PictureGroup) -> DomResult {
        let place = format!("translate({} {})", plain(new.x), plain(new.y));
        self.element.set_attribute("transform", &place)
    }

    /// Where a field is open to the keyboard, its drawn letters give way.
    fn write_class(&self, new: &PictureGroup) -> DomResult {
        if self.field.is_some() {
            let class = format!("{} editing", new.class);
            self.element.set_attribute("class", &class)
        } else if self.still {
            let classes = new.class.split(' ');
            let class: Vec<&str> = classes.filter(|class| *class != "touchable").collect();
            let class = class.join(" ");
            self.element.set_attribute("class", &class)
        } else {
            self.element.set_attribute("class", &new.class)
        }
    }

    fn write_meaning(&self, new: &PictureGroup) -> DomResult {
        let is_button = self.role_of(new) == Role::Button;
        let hidden = self.is_hidden(new);
        let set = |name: &str, value: Option<&str>| match value {
            Some(value) => self.element.set_attribute(name, value),
            None => self.element.remove_attribute(name),
        };
        set("role", (!hidden).then(|| self.role_of(new).name()))?;
        set("aria-hidden", hidden.then_some("true"))?;
        let tabindex = if self.stop { "0" } else { "-1" };
        set("tabindex", is_button.then_some(tabindex))?;
        let opens = is_button && new.menu.len() > 1;
        set("aria-haspopup", opens.then_some("menu"))
    }

    /// What a group is here.
    fn role_of(&self, group: &PictureGroup) -> Role {
        match group.role {
            Role::Button | Role::Field if self.still => Role::Image,
            role @ (Role::Button | Role::Field | Role::Image | Role::Decoration) => role,
        }
    }

    /// Whether there is nothing to be said of a group.
    fn is_hidden(&self, group: &PictureGroup) -> bool {
        match self.role_of(group) {
            Role::Decoration => true,
            Role::Button => false,
            Role::Field | Role::Image => group.label.is_empty(),
        }
    }

    fn write_name(
        &mut self,
        document: &Document,
        new: &PictureGroup,
        counts: Counts,
    ) -> DomResult<bool> {
        let said = !self.is_hidden(new) && self.role_of(new) != Role::Field;
        let name = match self.still {
            true => Cow::Borrowed(&*new.label),
            false => name_of(new),
        };
        let name = said.then_some(&*name);
        Title::write(&mut self.title, document, &self.element, name, counts)
    }

    fn write_primitives(
        &mut self,
        document: &Document,
        new: &PictureGroup,
        counts: Counts,
    ) -> DomResult<bool> {
        let mut behind = false;
        for painted in self
            .painted
            .drain(new.primitives.len().min(self.painted.len())..)
        {
            painted.element().remove();
        }
        for (index, primitive) in new.primitives.iter().enumerate() {
            let old = self.group.primitives.get(index);
            match (self.painted.get_mut(index), old) {
                (Some(painted), Some(old)) if Painted::fits(old, primitive) => {
                    behind |= painted.patch(document, old, primitive, counts)?;
                }
                (Some(painted), _) => {
                    let next = Painted::new(document, primitive)?;
                    self.element
                        .replace_child(next.element(), painted.element())?;
                    *painted = next;
                }
                (None, _) => {
                    let next = Painted::new(document, primitive)?;
                    let field = self.field.as_ref().map(|field| field.element().as_ref());
                    self.element.insert_before(next.element(), field)?;
                    self.painted.push(next);
                }
            }
        }
        Ok(behind)
    }

    fn write_field(
        &mut self,
        document: &Document,
        new: &PictureGroup,
        typing: Option<&Typing>,
    ) -> DomResult {
        let fits = match (&self.field, &new.field) {
            (Some(shown), Some(field)) => shown.fits(field),
            (None, None) => return Ok(()),
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !fits && let Some(shown) = self.field.take() {
            shown.retire();
        }
        let Some(field) = &new.field else {
            return Ok(());
        };
        if let Some(shown) = &mut self.field {
            return shown.patch(field, &new.label);
        }
        if let Some(typing) = typing {
            let made = (typing.make)(document, field, &new.label, Rc::clone(&typing.send))?;
            self.element.append_child(made.element())?;
            self.field = Some(made);
        }
        Ok(())
    }

    fn write_stop(&mut self, stop: bool) -> DomResult {
        self.stop = stop;
        let tabindex = if stop { "0" } else { "-1" };
        match !self.still && self.group.is_focusable() {
            true => self.element.set_attribute("tabindex", tabindex),
            false => self.element.remove_attribute("tabindex"),
        }
    }

    fn retire(&self) {
        if let Some(field) = &self.field {
            field.retire();
        }
        self.element.remove();
    }
}

/// The group in which an element stands, and its own element.
pub(super) fn group_around(
    groups: &RefCell<Groups>,
    within: &Element,
) -> Option<(PictureGroup, Element)> {
    let element = within.closest("g[data-id]").ok()??;
    let id = element.get_attribute("data-id")?;
    let groups = groups.try_borrow().ok()?;
    let group = groups.find(&id)?.group().clone();
    Some((group, element))
}

/// What a group is called: where a press acts at once, what it does as well.
fn name_of(group: &PictureGroup) -> Cow<'_, str> {
    match &*group.menu {
        [only] => Cow::Owned(format!("{}. Press: {}", group.label, only.label)),
        _ => Cow::Borrowed(&group.label),
    }
}

/// Everything that is shown, in painting order.
#[derive(Default)]
pub(super) struct Groups {
    shown: Vec<Shown>,
    still: bool,
}

impl Groups {
    /// Has everything that is shown from now on be a picture and nothing else.
    pub(super) const fn keep_still(&mut self) {
        self.still = true;
    }

    /// The group with this id. Linear in the number of groups.
    pub(super) fn find(&self, id: &str) -> Option<&Shown> {
        self.shown.iter().find(|shown| shown.group.id == id)
    }

    /// Makes the group with this id the one where the Tab key stops; the arrow keys go on from it.
    pub(super) fn stop_at(&mut self, id: &str) -> DomResult {
        for shown in &mut self.shown {
            let stop = shown.group.id == id;
            if shown.stop != stop {
                shown.write_stop(stop)?;
            }
        }
        Ok(())
    }

    /// The whole picture is one stop of the Tab key, as long as anything on it can be touched.
    fn keep_a_stop(&mut self) -> DomResult {
        let reachable = |shown: &Shown| !shown.still && shown.group.is_focusable();
        if self
            .shown
            .iter()
            .any(|shown| shown.stop && reachable(shown))
        {
            return Ok(());
        }
        match self.shown.iter().find(|shown| reachable(shown)) {
            Some(first) => self.stop_at(&first.group.id.clone()),
            None => Ok(()),
        }
    }

    /// Everything, furthest back first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Shown> {
        self.shown.iter()
    }

    /// Opens the fields that are shown to the keyboard.
    pub(super) fn open_fields(&mut self, typing: &Typing) -> DomResult {
        let document = crate::dom::document()?;
        for shown in &mut self.shown {
            let group = Arc::clone(&shown.group);
            shown.write_field(&document, &group, Some(typing))?;
            shown.write_class(&group)?;
        }
        Ok(())
    }

    /// Leaves the page, without a word from any field.
    pub(super) fn retire(&self) {
        for shown in &self.shown {
            shown.retire();
        }
    }

    /// Makes `root` show `groups`, behind whatever else it holds from the beginning.
    ///
    /// The keyboard stays where it is; if its group has gone or can no longer be touched, it moves
    /// to `root`.
    pub(super) fn show(
        &mut self,
        root: &Element,
        groups: &[Arc<PictureGroup>],
        typing: Option<&Typing>,
        counts: Counts,
    ) -> DomResult {
        let document = crate::dom::document()?;
        let same = self.shown.len() == groups.len()
            && self
                .shown
                .iter()
                .zip(groups)
                .all(|(shown, group)| shown.group.id == group.id);
        if !same {
            self.rearrange(&document, root, groups, typing)?;
        }
        for (shown, group) in self.shown.iter_mut().zip(groups) {
            let numb = shown.group.is_focusable() && !group.is_focusable();
            if numb && has_focus(&shown.element) {
                focus(root)?;
            }
            shown.patch(&document, group, typing, counts)?;
            if let Some(field) = &shown.field {
                field.settle();
            }
        }
        self.keep_a_stop()
    }

    fn rearrange(
        &mut self,
        document: &Document,
        root: &Element,
        groups: &[Arc<PictureGroup>],
        typing: Option<&Typing>,
    ) -> DomResult {
        let focused = self
            .shown
            .iter()
            .position(|shown| has_focus(&shown.element));
        let focused = focused.map(|at| self.shown[at].group.id.clone());
        let mut old: Vec<Option<Shown>> = self.shown.drain(..).map(Some).collect();
        let mut places = Vec::with_capacity(groups.len());
        // Mostly the next one stands behind the last one, as it did before.
        let mut next = 0;
        for group in groups {
            let is_it = |at: &usize| {
                old[*at]
                    .as_ref()
                    .is_some_and(|shown| shown.group.id == group.id)
            };
            let place = (next..old.len()).chain(0..next).find(is_it);
            let shown = match place.and_then(|place| old[place].take()) {
                Some(shown) => shown,
                None => Shown::new(document, group, typing, self.still)?,
            };
            next = place.map_or(next, |place| place + 1);
            places.push(place);
            self.shown.push(shown);
        }
        let mut lost = false;
        for shown in old.into_iter().flatten() {
            lost |= focused.as_ref() == Some(&shown.group.id);
            shown.retire();
        }
        let pinned = focused.and_then(|id| groups.iter().position(|group| group.id == id));
        self.place(root, &kept(&places, pinned))?;
        if lost { focus(root) } else { Ok(()) }
    }

    /// Puts everything that is not kept behind its follower, the last first.
    fn place(&self, root: &Element, kept: &[bool]) -> DomResult {
        let mut next: Option<&Element> = None;
        for (shown, keep) in self.shown.iter().zip(kept).rev() {
            if !keep {
                root.insert_before(&shown.element, next.map(AsRef::as_ref))?;
            }
            next = Some(&shown.element);
        }
        Ok(())
    }
}
