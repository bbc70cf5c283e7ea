//! The menu of an item: a popover beside it that stays while the stage moves.

use std::cell::RefCell;
use std::rc::Rc;

use orrery_core::real::plain;
use orrery_core::scene::PictureGroup;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, Node};

use super::StageEvent;
use super::groups::Send;
use crate::dom::{DomResult, Listener, document, focus, html_element, report};

/// How far the menu keeps from the edges of the window and from its item, in CSS pixels.
const MARGIN: f64 = 8.0;

/// A place in the window, in CSS pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

/// The one menu of a stage, open or not.
pub(super) struct Menu {
    root: HtmlElement,
    open: RefCell<Option<Open>>,
    send: Send,
    /// What takes the keyboard when the item has gone meanwhile.
    refuge: Element,
}

struct Open {
    id: String,
    anchor: Element,
    choices: Vec<StageEvent>,
}

impl Menu {
    /// A closed menu in `frame`, and what listens for it.
    pub(super) fn mount(
        frame: &HtmlElement,
        refuge: &Element,
        send: Send,
    ) -> DomResult<(Rc<Self>, Vec<Listener>)> {
        let document = document()?;
        let root: HtmlElement = html_element(&document, "div", "stage-menu")?;
        root.set_attribute("role", "menu")?;
        root.set_attribute("popover", "manual")?;
        root.set_attribute("data-testid", "stage-menu")?;
        frame.append_child(&root)?;
        let menu = Rc::new(Self {
            root,
            open: RefCell::new(None),
            send,
            refuge: refuge.clone(),
        });
        let on = |target: &web_sys::EventTarget, kind, act: fn(&Self, &Event)| {
            let menu = Rc::clone(&menu);
            Listener::new(target, kind, move |event| act(&menu, &event))
        };
        let outside = {
            let menu = Rc::clone(&menu);
            Listener::capturing(&document, "pointerdown", move |event| {
                menu.on_outside(&event);
            })?
        };
        let listeners = vec![
            on(&menu.root, "click", Self::on_click)?,
            on(&menu.root, "keydown", Self::on_key)?,
            outside,
        ];
        Ok((menu, listeners))
    }

    /// The id of the group whose menu is open.
    pub(super) fn opened(&self) -> Option<String> {
        self.open.borrow().as_ref().map(|open| open.id.clone())
    }

    /// Opens the menu of `group`, which `anchor` shows, near `spot`.
    pub(super) fn open(&self, group: &PictureGroup, anchor: &Element, spot: Spot) -> DomResult {
        self.close(false);
        let mut entries: Vec<(&str, StageEvent)> = group
            .menu
            .iter()
            .map(|entry| (entry.label.as_str(), StageEvent::Act(entry.call.clone())))
            .collect();
        if let Some(event) = group.event() {
            entries.push(("Go to the cause", StageEvent::Event(event)));
        }
        self.fill(entries.iter().map(|(label, _)| *label))?;
        self.root.set_attribute("aria-label", &group.label)?;
        self.root.set_attribute("data-for", &group.id)?;
        *self.open.borrow_mut() = Some(Open {
            id: group.id.clone(),
            anchor: anchor.clone(),
            choices: entries.into_iter().map(|(_, choice)| choice).collect(),
        });
        anchor.set_attribute("aria-expanded", "true")?;
        self.root.show_popover()?;
        self.place(spot)?;
        self.focus_entry(0)
    }

    /// Closes it; the keyboard goes back to the item if `back`.
    pub(super) fn close(&self, back: bool) {
        let Some(open) = self.open.borrow_mut().take() else {
            return;
        };
        report(self.shut(&open, back));
    }

    fn shut(&self, open: &Open, back: bool) -> DomResult {
        self.root.hide_popover()?;
        open.anchor.remove_attribute("aria-expanded")?;
        if !back {
            return Ok(());
        }
        if open.anchor.is_connected() {
            focus(&open.anchor)
        } else {
            focus(&self.refuge)
        }
    }

    fn fill<'a>(&self, labels: impl Iterator<Item = &'a str>) -> DomResult {
        let document = document()?;
        self.root.set_text_content(None);
        for label in labels {
            let entry: HtmlElement = html_element(&document, "button", "stage-menu-entry")?;
            entry.set_attribute("type", "button")?;
            entry.set_attribute("role", "menuitem")?;
            entry.set_attribute("tabindex", "-1")?;
            entry.set_text_content(Some(label));
            self.root.append_child(&entry)?;
        }
        Ok(())
    }

    /// Below the spot, or above it where there is more room; inside the window in any case.
    fn place(&self, spot: Spot) -> DomResult {
        let own = self.root.get_bounding_client_rect();
        let (width, height) = window_size().unwrap_or((own.width(), own.height()));
        let below = spot.bottom + MARGIN;
        let above = spot.top - MARGIN - own.height();
        let top = if below + own.height() + MARGIN <= height || above < MARGIN {
            below
        } else {
            above
        };
        let inside = |at: f64, size: f64, room: f64| at.min(room - size - MARGIN).max(MARGIN);
        let style = self.root.style();
        let left = inside(spot.left, own.width(), width);
        style.set_property("left", &format!("{}px", plain(left)))?;
        let top = inside(top, own.height(), height);
        style.set_property("top", &format!("{}px", plain(top)))
    }

    fn focus_entry(&self, index: u32) -> DomResult {
        self.root
            .children()
            .item(index)
            .map_or(Ok(()), |entry| focus(&entry))
    }

    /// The place of the entry that is `node` or holds it.
    fn index_of(&self, node: &Node) -> Option<u32> {
        let entries = self.root.children();
        (0..entries.length()).find(|&index| {
            entries
                .item(index)
                .is_some_and(|entry| entry.contains(Some(node)))
        })
    }

    fn on_click(&self, event: &Event) {
        event.stop_propagation();
        let target = event.target().and_then(|target| target.dyn_into().ok());
        let Some(index) = target.and_then(|node: Node| self.index_of(&node)) else {
            return;
        };
        let choice = self
            .open
            .borrow()
            .as_ref()
            .and_then(|open| open.choices.get(index as usize).cloned());
        self.close(true);
        if let Some(choice) = choice {
            (self.send)(choice);
        }
    }

    fn on_key(&self, event: &Event) {
        event.stop_propagation();
        let Some(key) = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key) else {
            return;
        };
        let count = self.root.children().length();
        let target = event.target().and_then(|target| target.dyn_into().ok());
        let now = target.and_then(|node: Node| self.index_of(&node));
        let next = match (key.as_str(), now) {
            ("Escape", _) => {
                event.prevent_default();
                self.close(true);
                return;
            }
            ("Tab", _) => {
                self.close(true);
                return;
            }
            (_, _) if count == 0 => return,
            ("ArrowDown", Some(now)) => (now + 1) % count,
            ("ArrowUp", Some(now)) => (now + count - 1) % count,
            ("Home", _) | ("ArrowDown", None) => 0,
            ("End", _) | ("ArrowUp", None) => count - 1,
            _ => return,
        };
        event.prevent_default();
        report(self.focus_entry(next));
    }

    /// A press elsewhere closes it; one on the item itself is the item's affair.
    fn on_outside(&self, event: &Event) {
        let target: Option<Node> = event.target().and_then(|target| target.dyn_into().ok());
        let own = self.open.borrow().as_ref().is_some_and(|open| {
            let node = target.as_ref();
            self.root.contains(node) || open.anchor.contains(node)
        });
        if !own {
            self.close(false);
        }
    }
}

fn window_size() -> Option<(f64, f64)> {
    let window = web_sys::window()?;
    let width = window.inner_width().ok()?.as_f64()?;
    let height = window.inner_height().ok()?.as_f64()?;
    Some((width, height))
}
