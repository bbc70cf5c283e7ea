//! What a person does on the picture, by pointer or keyboard, and what it asks for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use orrery_core::scene::PictureGroup;
use wasm_bindgen::JsCast;
use web_sys::{DomRect, Element, Event, KeyboardEvent, MouseEvent, PointerEvent};

use super::draw::Drawing;
use super::groups::{Groups, Send, group_around};
use super::menu::{Menu, Spot};
use super::zoom::Zoom;
use super::{Stage, StageEvent};
use crate::dom::{DomResult, Listener, document, focus, report};

/// Of an item taller than this, in CSS pixels, the menu opens at the pointer rather than below it.
const TALL: f64 = 160.0;

/// How wide and high a finger's target is at least, in CSS pixels (WCAG 2.5.5).
const FINGER: f64 = 44.0;

/// Listens on the whole picture, beside which a menu waits.
pub(super) fn listen(stage: &Stage) -> DomResult<Vec<Listener>> {
    let svg = &stage.svg;
    let (menu, mut listeners) = Menu::mount(&stage.frame, svg, Rc::clone(&stage.send))?;
    let (zoom, of_zoom) = Zoom::mount(stage)?;
    listeners.extend(of_zoom);
    listeners.extend(Drawing::listen(stage)?);
    let hand = Rc::new(Hand {
        groups: Rc::clone(&stage.groups),
        menu,
        zoom,
        finger: Cell::new(false),
        send: Rc::clone(&stage.send),
    });
    let on = |kind, act: fn(&Hand, &Event) -> DomResult| {
        let hand = Rc::clone(&hand);
        Listener::new(svg, kind, move |event| report(act(&hand, &event)))
    };
    listeners.extend([
        on("pointerdown", Hand::on_down)?,
        on("click", Hand::on_click)?,
        on("dblclick", Hand::on_double_click)?,
        on("keydown", Hand::on_key)?,
        on("focusin", Hand::on_focus)?,
    ]);
    Ok(listeners)
}

struct Hand {
    groups: Rc<RefCell<Groups>>,
    menu: Rc<Menu>,
    zoom: Rc<Zoom>,
    /// Whether the last press was a finger's.
    finger: Cell<bool>,
    send: Send,
}

impl Hand {
    fn on_down(&self, event: &Event) -> DomResult {
        let press = event.dyn_ref::<PointerEvent>();
        self.finger
            .set(press.is_some_and(|press| press.pointer_type() == "touch"));
        Ok(())
    }

    fn on_click(&self, event: &Event) -> DomResult {
        let Some(mouse) = event.dyn_ref::<MouseEvent>() else {
            return Ok(());
        };
        let Some((group, element)) = self.meant(mouse) else {
            return Ok(());
        };
        if group.field.is_some()
            && let Some(input) = element.query_selector(".stage-input")?
        {
            return focus(&input);
        }
        if let Some(cause) = cause_at(mouse, &element)? {
            self.menu.close(false);
            (self.send)(StageEvent::Event(cause));
            return Ok(());
        }
        // The second click of a double one has its own event.
        if mouse.detail() > 1 && has_choice(&group) {
            return Ok(());
        }
        if self.menu.opened().as_ref() == Some(&group.id) {
            self.menu.close(true);
            return Ok(());
        }
        let at = (mouse.client_x() != 0 || mouse.client_y() != 0)
            .then(|| (f64::from(mouse.client_x()), f64::from(mouse.client_y())));
        self.activate(&group, &element, at)
    }

    fn on_double_click(&self, event: &Event) -> DomResult {
        let Some((group, _)) = self.under(event) else {
            return Ok(());
        };
        if !has_choice(&group) {
            return Ok(());
        }
        if let Some(first) = group.menu.first() {
            self.menu.close(true);
            (self.send)(StageEvent::Act(first.call.clone()));
        }
        Ok(())
    }

    /// Tab comes back to where the keyboard was last.
    fn on_focus(&self, event: &Event) -> DomResult {
        let Some((group, element)) = self.under(event) else {
            return Ok(());
        };
        // While the picture is being changed the keyboard is not moved by a person.
        match self.groups.try_borrow_mut() {
            Ok(mut groups) if group.is_focusable() => groups.stop_at(&group.id)?,
            Ok(_) | Err(_) => return Ok(()),
        }
        self.zoom.bring(&element)
    }

    fn on_key(&self, event: &Event) -> DomResult {
        let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
            return Ok(());
        };
        if key.ctrl_key() || key.meta_key() || key.alt_key() {
            return Ok(());
        }
        let Some((group, element)) = self.under(event) else {
            return Ok(());
        };
        let way = match key.key().as_str() {
            "Enter" | " " if group.is_focusable() => {
                event.prevent_default();
                event.stop_propagation();
                return self.activate(&group, &element, None);
            }
            "ArrowRight" => (1.0, 0.0),
            "ArrowLeft" => (-1.0, 0.0),
            "ArrowDown" => (0.0, 1.0),
            "ArrowUp" => (0.0, -1.0),
            _ => return Ok(()),
        };
        let next = self.neighbour(&element, way);
        let Some(next) = next.filter(|_| group.is_focusable()) else {
            return Ok(());
        };
        event.prevent_default();
        event.stop_propagation();
        focus(&next)
    }

    /// Opens the menu where there is a choice, and acts at once where there is none.
    fn activate(
        &self,
        group: &PictureGroup,
        element: &Element,
        at: Option<(f64, f64)>,
    ) -> DomResult {
        if has_choice(group) {
            let rect = element.get_bounding_client_rect();
            return self.menu.open(group, element, spot(&rect, at));
        }
        self.menu.close(false);
        let only = group.menu.first();
        let act = only.map(|entry| StageEvent::Act(entry.call.clone()));
        if let Some(happening) = act.or_else(|| group.event().map(StageEvent::Event)) {
            (self.send)(happening);
        }
        Ok(())
    }

    /// The group in which something happened, and its element.
    fn under(&self, event: &Event) -> Option<(PictureGroup, Element)> {
        let target: Element = event.target()?.dyn_into().ok()?;
        group_around(&self.groups, &target)
    }

    /// The group that a click means: what it hit, or for a finger that hit nothing, what it nearly
    /// hit.
    fn meant(&self, click: &MouseEvent) -> Option<(PictureGroup, Element)> {
        let under = self.under(click);
        let hit = under.as_ref();
        if !self.finger.get() || hit.is_some_and(|(group, _)| group.is_focusable()) {
            return under;
        }
        self.beside(click).or(under)
    }

    /// The nearest item that a click would hit if every item were as large as a finger needs it.
    fn beside(&self, click: &MouseEvent) -> Option<(PictureGroup, Element)> {
        let (x, y) = (f64::from(click.client_x()), f64::from(click.client_y()));
        let groups = self.groups.try_borrow().ok()?;
        let gap = |element: &Element| {
            let target = element.query_selector(".hit, .stage-input").ok()??;
            let rect = target.get_bounding_client_rect();
            let across = beyond(x, rect.left(), rect.right())?;
            Some(across.max(beyond(y, rect.top(), rect.bottom())?))
        };
        groups
            .iter()
            .filter(|shown| shown.group().is_focusable() || shown.group().field.is_some())
            .filter_map(|shown| Some((gap(shown.element())?, shown)))
            .min_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, shown)| (shown.group().clone(), shown.element().clone()))
    }

    /// The nearest item that can be touched this way, with a penalty for being off to the side.
    fn neighbour(&self, from: &Element, (dx, dy): (f64, f64)) -> Option<Element> {
        let (x, y) = middle(from);
        let groups = self.groups.try_borrow().ok()?;
        let distance = |element: &Element| {
            let (to_x, to_y) = middle(element);
            let (across, down) = (to_x - x, to_y - y);
            let ahead = across * dx + down * dy;
            let aside = (across * dy + down * dx).abs();
            (ahead > 1.0 && aside <= ahead * 2.0).then_some(ahead + aside * 2.0)
        };
        groups
            .iter()
            .filter(|shown| shown.group().is_focusable() && shown.element() != from)
            .filter_map(|shown| Some((distance(shown.element())?, shown.element())))
            .min_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, element)| element.clone())
    }
}

/// Whether activating a group leaves something to choose.
fn has_choice(group: &PictureGroup) -> bool {
    group.menu.len() + usize::from(group.event().is_some() && !group.menu.is_empty()) > 1
}

/// The event behind what was hit, also through the area that takes the pointer for all of them.
fn cause_at(mouse: &MouseEvent, group: &Element) -> DomResult<Option<u64>> {
    let target: Option<Element> = mouse.target().and_then(|target| target.dyn_into().ok());
    let of = |element: &Element| {
        let own = element.closest("[data-event]").ok()??;
        let event = own.get_attribute("data-event")?;
        group.contains(Some(&own)).then(|| event.parse().ok())?
    };
    if let Some(event) = target.as_ref().and_then(of) {
        return Ok(Some(event));
    }
    let hits = document()?.elements_from_point(mouse.client_x() as f32, mouse.client_y() as f32);
    let hits = hits.iter().filter_map(|hit| hit.dyn_into::<Element>().ok());
    Ok(hits.into_iter().find_map(|element| of(&element)))
}

/// How far `at` is outside of a target from `start` to `end`, unless that is further than a finger
/// may be.
fn beyond(at: f64, start: f64, end: f64) -> Option<f64> {
    let gap = (start - at).max(at - end).max(0.0);
    let allowed = ((FINGER - (end - start)) / 2.0).max(0.0);
    (gap <= allowed).then_some(gap)
}

fn middle(element: &Element) -> (f64, f64) {
    let rect = element.get_bounding_client_rect();
    (
        rect.left() + rect.width() / 2.0,
        rect.top() + rect.height() / 2.0,
    )
}

fn spot(rect: &DomRect, at: Option<(f64, f64)>) -> Spot {
    match at {
        Some((x, y)) if rect.height() > TALL => Spot {
            left: x,
            top: y,
            bottom: y,
        },
        _ => Spot {
            left: rect.left(),
            top: rect.top(),
            bottom: rect.bottom(),
        },
    }
}
