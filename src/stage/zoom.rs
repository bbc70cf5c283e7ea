//! Coming closer to the picture and going about in it: two fingers, the wheel, keys, a button back.
//!
//! A picture that is wholly in sight leaves every move of one finger to the page.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, PointerEvent, WheelEvent};

use super::sight::{Place, Sight, distance};
use super::swarm::SwarmLayer;
use super::{SLACK, Stage, TYPING};
use crate::dom::{DomResult, Listener, document, focus, has_focus, html_element, report};

/// How much larger one press of a key makes the picture.
const STEP: f64 = 1.5;

/// By how many pixels a wheel turns until the picture is twice as large: a notch is about 100.
const WHEEL_TWICE: f64 = 200.0;

/// On the frame while only a part of the picture is in sight.
const CLASS: &str = "zoomed";

/// What a stage shows of its picture, and what changes that.
pub(super) struct Zoom {
    frame: HtmlElement,
    svg: Element,
    swarms: Rc<RefCell<SwarmLayer>>,
    sight: Rc<Cell<Sight>>,
    back: HtmlElement,
    /// What presses on the picture, and where it was last.
    held: RefCell<Vec<(i32, Place)>>,
    /// Where the press began, until it has moved.
    began: Cell<Option<Place>>,
    /// Whether the press that ends now has moved the picture, and so is no click.
    dragged: Cell<bool>,
}

impl Zoom {
    /// Puts the button back into the frame of `stage`, and listens.
    pub(super) fn mount(stage: &Stage) -> DomResult<(Rc<Self>, Vec<Listener>)> {
        let document = document()?;
        let back: HtmlElement = html_element(&document, "button", "button stage-whole")?;
        back.set_attribute("type", "button")?;
        back.set_attribute("title", "Show the whole picture (0)")?;
        back.set_attribute("data-testid", "stage-whole")?;
        back.set_text_content(Some("Whole picture"));
        stage.frame.append_child(&back)?;
        let zoom = Rc::new(Self {
            frame: stage.frame.clone(),
            svg: stage.svg.clone(),
            swarms: Rc::clone(&stage.swarms),
            sight: Rc::clone(&stage.sight),
            back,
            held: RefCell::default(),
            began: Cell::default(),
            dragged: Cell::default(),
        });
        let on = |target: &web_sys::EventTarget, kind, act: fn(&Self, &Event) -> DomResult| {
            let zoom = Rc::clone(&zoom);
            Listener::new(target, kind, move |event| report(act(&zoom, &event)))
        };
        let click = {
            let zoom = Rc::clone(&zoom);
            Listener::capturing(&stage.svg, "click", move |event| {
                if zoom.dragged.take() {
                    event.stop_propagation();
                }
            })?
        };
        let listeners = vec![
            click,
            on(&zoom.svg, "pointerdown", Self::on_down)?,
            on(&zoom.svg, "pointermove", Self::on_move)?,
            on(&zoom.svg, "pointerup", Self::on_up)?,
            on(&zoom.svg, "pointercancel", Self::on_up)?,
            on(&zoom.svg, "wheel", Self::on_wheel)?,
            on(&zoom.svg, "dblclick", Self::on_double_click)?,
            on(&zoom.back, "click", |zoom, _| zoom.show_all())?,
            on(&document, "keydown", Self::on_key)?,
        ];
        Ok((zoom, listeners))
    }

    /// Brings an item that the keyboard has come to into sight.
    pub(super) fn bring(&self, element: &Element) -> DomResult {
        let sight = self.sight.get();
        if sight.is_whole() {
            return Ok(());
        }
        let (x, y) = self.middle_of(element);
        let room = self.room();
        let seen = (0.0..=room.0).contains(&x) && (0.0..=room.1).contains(&y);
        if seen {
            return Ok(());
        }
        self.look((x, y), (room.0 / 2.0, room.1 / 2.0), 1.0)
    }

    fn on_down(&self, event: &Event) -> DomResult {
        self.dragged.set(false);
        let Some(press) = event.dyn_ref::<PointerEvent>() else {
            return Ok(());
        };
        if press.button() != 0 || is_in(event, TYPING) {
            return Ok(());
        }
        let mut held = self.held.borrow_mut();
        // One whose end was never heard is not held any more.
        if press.is_primary() {
            held.clear();
        }
        let place = self.place_of(press);
        held.push((press.pointer_id(), place));
        self.began.set(Some(place));
        Ok(())
    }

    fn on_move(&self, event: &Event) -> DomResult {
        let Some(press) = event.dyn_ref::<PointerEvent>() else {
            return Ok(());
        };
        let (from, to, factor) = {
            let mut held = self.held.borrow_mut();
            let id = press.pointer_id();
            let Some(at) = held.iter().position(|(own, _)| *own == id) else {
                return Ok(());
            };
            let alone = held.len() == 1;
            let to = self.place_of(press);
            let from = std::mem::replace(&mut held[at].1, to);
            if alone && self.sight.get().is_whole() {
                return Ok(());
            }
            if let Some(began) = self.began.get() {
                if alone && distance(began, to) < SLACK {
                    return Ok(());
                }
                self.began.set(None);
                self.dragged.set(true);
                for (id, _) in held.iter() {
                    // One that has ended meanwhile has nothing more to say.
                    let _ = self.svg.set_pointer_capture(*id);
                }
            }
            let other = held.iter().find(|(own, _)| *own != id);
            match other {
                None => (from, to, 1.0),
                Some((_, other)) => (
                    between(from, *other),
                    between(to, *other),
                    distance(to, *other) / distance(from, *other).max(1.0),
                ),
            }
        };
        event.prevent_default();
        self.look(from, to, factor)
    }

    fn on_up(&self, event: &Event) -> DomResult {
        if let Some(press) = event.dyn_ref::<PointerEvent>() {
            let id = press.pointer_id();
            self.held.borrow_mut().retain(|(own, _)| *own != id);
        }
        Ok(())
    }

    fn on_wheel(&self, event: &Event) -> DomResult {
        let Some(wheel) = event.dyn_ref::<WheelEvent>() else {
            return Ok(());
        };
        // A touchpad's two fingers come as a wheel with the control key.
        if !(wheel.ctrl_key() || wheel.meta_key()) {
            return Ok(());
        }
        event.prevent_default();
        let pixels = match wheel.delta_mode() {
            WheelEvent::DOM_DELTA_PIXEL => 1.0,
            // Lines, or pages.
            _ => 33.0,
        };
        let turned = (wheel.delta_y() * pixels).clamp(-WHEEL_TWICE, WHEEL_TWICE);
        let at = self.place_of(wheel);
        self.look(at, at, (-turned / WHEEL_TWICE).exp2())
    }

    /// On the ground; on an item it is the item's.
    fn on_double_click(&self, event: &Event) -> DomResult {
        match is_in(event, ".touchable, .stage-input") {
            true => Ok(()),
            false => self.show_all(),
        }
    }

    fn on_key(&self, event: &Event) -> DomResult {
        let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
            return Ok(());
        };
        let with_modifier = key.ctrl_key() || key.meta_key() || key.alt_key();
        if with_modifier || event.default_prevented() || is_in(event, TYPING) {
            return Ok(());
        }
        let factor = match key.key().as_str() {
            "+" | "=" => STEP,
            "-" => 1.0 / STEP,
            "0" => return self.show_all(),
            _ => return Ok(()),
        };
        // Where the keyboard is stays in sight.
        let inside = |active: &Element| *active != self.svg && self.svg.contains(Some(active));
        let active = document()?.active_element().filter(inside);
        let at = self.middle_of(active.as_ref().unwrap_or(&self.svg));
        self.look(at, at, factor)
    }

    fn show_all(&self) -> DomResult {
        self.set(self.sight.get().whole())
    }

    fn look(&self, from: Place, to: Place, factor: f64) -> DomResult {
        self.set(self.sight.get().moved(self.room(), from, to, factor))
    }

    fn set(&self, sight: Sight) -> DomResult {
        if sight == self.sight.replace(sight) {
            return Ok(());
        }
        self.svg.set_attribute("viewBox", &sight.view_box())?;
        let classes = self.frame.class_list();
        if sight.is_whole() {
            // A button that goes takes the keyboard with it.
            if has_focus(&self.back) {
                focus(&self.svg)?;
            }
            classes.remove_1(CLASS)?;
        } else {
            classes.add_1(CLASS)?;
        }
        match self.swarms.try_borrow_mut() {
            Ok(mut swarms) => swarms.look(sight.window()),
            Err(_) => Ok(()),
        }
    }

    fn room(&self) -> (f64, f64) {
        let room = self.svg.get_bounding_client_rect();
        (room.width(), room.height())
    }

    fn place(&self, x: f64, y: f64) -> Place {
        let room = self.svg.get_bounding_client_rect();
        (x - room.left(), y - room.top())
    }

    fn middle_of(&self, element: &Element) -> Place {
        let own = element.get_bounding_client_rect();
        self.place(
            own.left() + own.width() / 2.0,
            own.top() + own.height() / 2.0,
        )
    }

    fn place_of(&self, mouse: &web_sys::MouseEvent) -> Place {
        self.place(f64::from(mouse.client_x()), f64::from(mouse.client_y()))
    }
}

/// Whether an event comes from within something of the page.
fn is_in(event: &Event, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into().ok());
    target.is_some_and(|target: Element| target.closest(selector).ok().flatten().is_some())
}

fn between(a: Place, b: Place) -> Place {
    ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0)
}
