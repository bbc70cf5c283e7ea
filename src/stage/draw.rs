//! Drawing from one item of the picture to another, by mouse or pen, where the other's menu says what
//! that does.
//!
//! A finger's moves are the page's, and those on an enlarged picture move the picture; the menu has the
//! same entry for both.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use orrery_core::real::plain;
use orrery_core::scene::{ItemId, PictureGroup};
use orrery_core::value::Call;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, PointerEvent};

use super::groups::{Groups, Send, group_around};
use super::sight::{Place, Sight, distance};
use super::{SLACK, Stage, StageEvent, TYPING};
use crate::dom::{DomResult, Listener, document, report, svg_element};

/// On the group at which the line would end.
const TARGET: &str = "data-drawn-to";

/// What draws a line from item to item.
pub(super) struct Drawing {
    svg: Element,
    groups: Rc<RefCell<Groups>>,
    sight: Rc<Cell<Sight>>,
    send: Send,
    stroke: RefCell<Option<Stroke>>,
    /// Whether the press that ends now has drawn, and so is no click.
    drawn: Cell<bool>,
}

/// A line that is being drawn.
struct Stroke {
    pointer: i32,
    from: ItemId,
    began: Place,
    /// Once it is longer than a click.
    line: Option<Element>,
    target: Option<Element>,
}

impl Drawing {
    /// Listens on the picture of `stage`.
    pub(super) fn listen(stage: &Stage) -> DomResult<Vec<Listener>> {
        let drawing = Rc::new(Self {
            svg: stage.svg.clone(),
            groups: Rc::clone(&stage.groups),
            sight: Rc::clone(&stage.sight),
            send: Rc::clone(&stage.send),
            stroke: RefCell::default(),
            drawn: Cell::default(),
        });
        let on = |kind, act: fn(&Self, &PointerEvent) -> DomResult| {
            let drawing = Rc::clone(&drawing);
            Listener::new(&stage.svg, kind, move |event: Event| {
                if let Some(press) = event.dyn_ref() {
                    report(act(&drawing, press));
                }
            })
        };
        let listeners = [
            on("pointerdown", Self::on_down)?,
            on("pointermove", Self::on_move)?,
            on("pointerup", Self::on_up)?,
            on("pointercancel", Self::on_cancel)?,
        ];
        let click = Listener::capturing(&stage.svg, "click", move |event| {
            if drawing.drawn.take() {
                event.stop_propagation();
            }
        })?;
        Ok(listeners.into_iter().chain([click]).collect())
    }

    fn on_down(&self, press: &PointerEvent) -> DomResult {
        self.drawn.set(false);
        self.forget();
        let is_finger = press.pointer_type() == "touch";
        if press.button() != 0 || is_finger || !self.sight.get().is_whole() {
            return Ok(());
        }
        let target: Option<Element> = press.target().and_then(|target| target.dyn_into().ok());
        if target.is_none_or(|target| matches!(target.closest(TYPING), Ok(Some(_)))) {
            return Ok(());
        }
        let began = place_of(press);
        let leads_anywhere = |item: &ItemId| {
            self.groups.try_borrow().is_ok_and(|groups| {
                let mut all = groups.iter();
                all.any(|shown| call_from(shown.group(), item).is_some())
            })
        };
        let mut items = self.at(began)?.map(|(group, _)| group.item);
        let from = items.find(leads_anywhere);
        *self.stroke.borrow_mut() = from.map(|from| Stroke {
            pointer: press.pointer_id(),
            from,
            began,
            line: None,
            target: None,
        });
        Ok(())
    }

    fn on_move(&self, press: &PointerEvent) -> DomResult {
        let mut stroke = self.stroke.borrow_mut();
        let Some(stroke) = stroke.as_mut() else {
            return Ok(());
        };
        let here = place_of(press);
        if stroke.line.is_none() {
            if distance(stroke.began, here) < SLACK {
                return Ok(());
            }
            let line = svg_element(&document()?, "line")?;
            line.set_attribute("class", "drawing")?;
            let (x, y) = self.in_picture(stroke.began);
            line.set_attribute("x1", &plain(x).to_string())?;
            line.set_attribute("y1", &plain(y).to_string())?;
            self.svg.append_child(&line)?;
            stroke.line = Some(line);
            // One that has ended meanwhile has nothing more to say.
            let _ = self.svg.set_pointer_capture(stroke.pointer);
        }
        if let Some(line) = &stroke.line {
            let (x, y) = self.in_picture(here);
            line.set_attribute("x2", &plain(x).to_string())?;
            line.set_attribute("y2", &plain(y).to_string())?;
        }
        let target = self.offer_at(here, &stroke.from)?;
        let target = target.map(|(_, element)| element);
        if target != stroke.target {
            mark(stroke.target.take(), false)?;
            mark(target.clone(), true)?;
            stroke.target = target;
        }
        Ok(())
    }

    fn on_up(&self, press: &PointerEvent) -> DomResult {
        let Some(stroke) = self.forget().filter(|stroke| stroke.line.is_some()) else {
            return Ok(());
        };
        self.drawn.set(true);
        if let Some((call, _)) = self.offer_at(place_of(press), &stroke.from)? {
            (self.send)(StageEvent::Act(call));
        }
        Ok(())
    }

    fn on_cancel(&self, _: &PointerEvent) -> DomResult {
        self.forget();
        Ok(())
    }

    /// Takes away what was drawn so far.
    fn forget(&self) -> Option<Stroke> {
        let stroke = self.stroke.take()?;
        if let Some(line) = &stroke.line {
            line.remove();
        }
        report(mark(stroke.target.clone(), false));
        Some(stroke)
    }

    /// What ending at a place does, and the group there.
    fn offer_at(&self, place: Place, from: &ItemId) -> DomResult<Option<(Call, Element)>> {
        let offer = |(group, element)| Some((call_from(&group, from)?, element));
        Ok(self.at(place)?.find_map(offer))
    }

    /// The groups at a place, the topmost first.
    fn at(&self, (x, y): Place) -> DomResult<impl Iterator<Item = (PictureGroup, Element)>> {
        let hits = document()?.elements_from_point(x as f32, y as f32);
        let hits: Vec<Element> = hits.iter().filter_map(|hit| hit.dyn_into().ok()).collect();
        let own = hits.into_iter().filter(|hit| self.svg.contains(Some(hit)));
        Ok(own.filter_map(|hit| group_around(&self.groups, &hit)))
    }

    fn in_picture(&self, (x, y): Place) -> Place {
        let room = self.svg.get_bounding_client_rect();
        let place = (x - room.left(), y - room.top());
        self.sight
            .get()
            .shown_at((room.width(), room.height()), place)
    }
}

/// What drawing from an item to a group does, if anything.
fn call_from(group: &PictureGroup, from: &ItemId) -> Option<Call> {
    let entry = group
        .menu
        .iter()
        .find(|entry| entry.from.as_ref() == Some(from))?;
    Some(entry.call.clone())
}

fn mark(group: Option<Element>, is_target: bool) -> DomResult {
    match (group, is_target) {
        (Some(group), true) => group.set_attribute(TARGET, ""),
        (Some(group), false) => group.remove_attribute(TARGET),
        (None, _) => Ok(()),
    }
}

fn place_of(press: &PointerEvent) -> Place {
    (f64::from(press.client_x()), f64::from(press.client_y()))
}
