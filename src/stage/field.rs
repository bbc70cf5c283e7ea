//! A text field on the stage: a real input, kept in step with the model and with whoever types.
//!
//! What a person has typed and the model does not know yet is never overwritten; what others change
//! meanwhile arrives under the caret, which stays in the text it stood in.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use orrery_core::real::plain;
use orrery_core::scene::{Commit, PictureField};
use orrery_core::value::Call;
use wasm_bindgen::JsCast;
use web_sys::{
    Document, Element, Event, HtmlElement, HtmlInputElement, HtmlTextAreaElement, InputEvent,
    KeyboardEvent,
};

use super::StageEvent;
use super::caret::{carried, rebased};
use super::groups::{Editor, Send};
use crate::dom::{DomResult, Listener, has_focus, html_element, report, svg_element};

/// How many of its own edits a field waits for at most.
const OUTSTANDING: usize = 64;

/// How many pictures a field waits for the model to take its edit: about a second.
const PATIENCE: u32 = 60;

/// Makes an input that shows `field`.
pub(super) fn make(
    document: &Document,
    field: &PictureField,
    label: &str,
    send: Send,
) -> DomResult<Box<dyn Editor>> {
    Ok(Box::new(Field::new(document, field, label, send)?))
}

/// An input in a picture.
struct Field {
    frame: Element,
    label: String,
    shared: Rc<Shared>,
    _listeners: Vec<Listener>,
}

struct Shared {
    input: Input,
    send: Send,
    state: RefCell<State>,
}

struct State {
    /// The field as the model has it.
    field: PictureField,
    /// The model's text that the shown one comes from.
    base: String,
    /// Texts that were sent and have not come back yet, the oldest first.
    sent: VecDeque<String>,
    /// How many pictures have been shown since the last was sent.
    waited: u32,
    /// Whether an input method is at work, during which nothing may touch the text.
    composing: bool,
    /// Whether it has left the stage.
    gone: bool,
}

impl State {
    /// The call that makes `text` the model's, remembered until it comes back.
    fn call(&mut self, text: &str) -> Call {
        if self.sent.len() == OUTSTANDING {
            self.sent.pop_front();
        }
        self.sent.push_back(text.to_owned());
        self.waited = 0;
        let field = &self.field;
        field.call.clone().with(&field.parameter, text)
    }
}

impl Field {
    /// A new input that shows `field`.
    fn new(document: &Document, field: &PictureField, label: &str, send: Send) -> DomResult<Self> {
        let frame = svg_element(document, "foreignObject")?;
        let input = Input::new(document, field.multiline)?;
        frame.append_child(input.element())?;
        input.set_value(&field.value);
        let shared = Rc::new(Shared {
            input,
            send,
            state: RefCell::new(State {
                field: field.clone(),
                base: field.value.clone(),
                sent: VecDeque::new(),
                waited: 0,
                composing: false,
                gone: false,
            }),
        });
        let listeners = listen(&shared)?;
        let mut made = Self {
            frame,
            label: String::new(),
            shared,
            _listeners: listeners,
        };
        made.place(field)?;
        made.write_label(label)?;
        let placeholder = &field.placeholder;
        let element = made.shared.input.element();
        element.set_attribute("placeholder", placeholder)?;
        Ok(made)
    }

    fn place(&self, field: &PictureField) -> DomResult {
        let frame = field.frame;
        for (name, value) in [
            ("x", frame.x),
            ("y", frame.y),
            ("width", frame.w.max(0.0)),
            ("height", frame.h.max(0.0)),
        ] {
            self.frame.set_attribute(name, &plain(value).to_string())?;
        }
        Ok(())
    }

    fn write_label(&mut self, label: &str) -> DomResult {
        label.clone_into(&mut self.label);
        let element = self.shared.input.element();
        element.set_attribute("aria-label", label)
    }
}

impl Editor for Field {
    fn element(&self) -> &Element {
        &self.frame
    }

    fn fits(&self, field: &PictureField) -> bool {
        let state = self.shared.state.borrow();
        state.field.multiline == field.multiline
    }

    fn patch(&mut self, field: &PictureField, label: &str) -> DomResult {
        if self.label != label {
            self.write_label(label)?;
        }
        let (moved, hint, text) = {
            let old = &self.shared.state.borrow().field;
            (
                old.frame != field.frame,
                old.placeholder != field.placeholder,
                old.value != field.value,
            )
        };
        if moved {
            self.place(field)?;
        }
        if hint {
            let element = self.shared.input.element();
            element.set_attribute("placeholder", &field.placeholder)?;
        }
        self.shared.state.borrow_mut().field.clone_from(field);
        if text {
            self.shared.take_over()
        } else {
            Ok(())
        }
    }

    fn settle(&self) {
        let mut state = self.shared.state.borrow_mut();
        if state.sent.is_empty() {
            return;
        }
        state.waited += 1;
        if state.waited > PATIENCE && !has_focus(self.shared.input.element()) {
            state.sent.clear();
            state.base = state.field.value.clone();
            self.shared.input.set_value(&state.base);
        }
    }

    // Leaving the page takes the keyboard away, which is no commit.
    fn retire(&self) {
        self.shared.state.borrow_mut().gone = true;
        self.frame.remove();
    }
}

impl Shared {
    /// The model's text changed.
    fn take_over(&self) -> DomResult {
        let shown = self.input.value();
        let now = {
            let mut state = self.state.borrow_mut();
            if state.composing {
                return Ok(());
            }
            let now = state.field.value.clone();
            let own = state.sent.iter().position(|sent| *sent == now);
            match own {
                Some(at) => drop(state.sent.drain(..=at)),
                None => state.sent.clear(),
            }
            let ahead = own.is_some() && !state.sent.is_empty();
            let draft = state.field.commit == Commit::Done && shown != state.base;
            if shown != now && has_focus(self.input.element()) && (ahead || draft) {
                return Ok(());
            }
            state.base.clone_from(&now);
            now
        };
        if shown == now {
            return Ok(());
        }
        self.replace(&shown, &now)
    }

    /// Puts `now` in place of `shown`, with the caret where it was in what survives.
    fn replace(&self, shown: &str, now: &str) -> DomResult {
        if !has_focus(self.input.element()) {
            self.input.set_value(now);
            return Ok(());
        }
        let (start, end) = self.input.selection()?;
        let direction = self.input.direction()?;
        self.input.set_value(now);
        self.input.select(
            carried(shown, now, start),
            carried(shown, now, end),
            &direction,
        )
    }

    /// Makes the field's call, if its text is news to the model. What the model has taken up since
    /// the edit began stays in.
    fn commit(&self) {
        let shown = self.input.value();
        let (text, call) = {
            let Ok(mut state) = self.state.try_borrow_mut() else {
                return;
            };
            if state.gone || state.composing {
                return;
            }
            let known = state.sent.back().unwrap_or(&state.field.value).clone();
            let text = if state.sent.is_empty() && state.base != known {
                rebased(&state.base, &shown, &known)
            } else {
                shown.clone()
            };
            state.base.clone_from(&text);
            let call = (text != known).then(|| state.call(&text));
            (text, call)
        };
        if text != shown {
            report(self.replace(&shown, &text));
        }
        if let Some(call) = call {
            (self.send)(StageEvent::Act(call));
        }
    }

    fn commits_each(&self) -> bool {
        let state = self.state.try_borrow();
        state.is_ok_and(|state| state.field.commit == Commit::Each)
    }

    fn on_input(&self, event: &Event) {
        let composing = event
            .dyn_ref::<InputEvent>()
            .is_some_and(InputEvent::is_composing);
        if !composing && self.commits_each() {
            self.commit();
        }
    }

    fn on_composition(&self, begins: bool) {
        if let Ok(mut state) = self.state.try_borrow_mut() {
            state.composing = begins;
        }
        if !begins && self.commits_each() {
            self.commit();
        }
    }

    fn on_key(&self, event: &Event) {
        // What is typed here is text, whatever keys mean elsewhere on the page.
        event.stop_propagation();
        let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        if key.is_composing() {
            return;
        }
        let alone = !self.input.is_multiline() || key.ctrl_key() || key.meta_key();
        if key.key() == "Enter" && alone {
            event.prevent_default();
            self.commit();
        } else if key.key() == "Escape" {
            self.give_up();
        }
    }

    /// Drops a draft and leaves the field.
    fn give_up(&self) {
        self.go_back();
        report(self.input.element().blur());
    }

    /// Shows what the model has.
    fn go_back(&self) {
        if let Ok(mut state) = self.state.try_borrow_mut() {
            let State { field, base, .. } = &mut *state;
            base.clone_from(&field.value);
            if self.input.value() != *base {
                self.input.set_value(base);
            }
        }
    }

    /// On leaving: makes the call, then shows what the model has, unless an answer is on its way.
    fn on_leave(&self) {
        if let Ok(mut state) = self.state.try_borrow_mut() {
            state.composing = false;
        }
        self.commit();
        let settled = |state: &State| !state.gone && state.sent.is_empty();
        if self.state.try_borrow().is_ok_and(|state| settled(&state)) {
            self.go_back();
        }
    }
}

fn listen(shared: &Rc<Shared>) -> DomResult<Vec<Listener>> {
    let on = |kind, act: fn(&Shared, &Event)| {
        let shared = Rc::clone(shared);
        let element = shared.input.element().clone();
        Listener::new(&element, kind, move |event| act(&shared, &event))
    };
    Ok(vec![
        on("input", Shared::on_input)?,
        on("keydown", Shared::on_key)?,
        on("compositionstart", |shared, _| shared.on_composition(true))?,
        on("compositionend", |shared, _| shared.on_composition(false))?,
        on("blur", |shared, _| shared.on_leave())?,
        on("click", |_, event| event.stop_propagation())?,
        on("dblclick", |_, event| event.stop_propagation())?,
    ])
}

/// An `<input>` or a `<textarea>`.
enum Input {
    Line(HtmlInputElement),
    Area(HtmlTextAreaElement),
}

impl Input {
    fn new(document: &Document, multiline: bool) -> DomResult<Self> {
        let input = if multiline {
            Self::Area(html_element(document, "textarea", "stage-input")?)
        } else {
            let line: HtmlInputElement = html_element(document, "input", "stage-input")?;
            line.set_type("text");
            Self::Line(line)
        };
        input.element().set_attribute("spellcheck", "false")?;
        input.element().set_attribute("autocomplete", "off")?;
        Ok(input)
    }

    fn element(&self) -> &HtmlElement {
        match self {
            Self::Line(input) => input,
            Self::Area(area) => area,
        }
    }

    const fn is_multiline(&self) -> bool {
        matches!(self, Self::Area(_))
    }

    /// The text; halves of surrogate pairs have become U+FFFD on the way.
    fn value(&self) -> String {
        match self {
            Self::Line(input) => input.value(),
            Self::Area(area) => area.value(),
        }
    }

    fn set_value(&self, value: &str) {
        match self {
            Self::Line(input) => input.set_value(value),
            Self::Area(area) => area.set_value(value),
        }
    }

    fn selection(&self) -> DomResult<(u32, u32)> {
        let (start, end) = match self {
            Self::Line(input) => (input.selection_start()?, input.selection_end()?),
            Self::Area(area) => (area.selection_start()?, area.selection_end()?),
        };
        let start = start.unwrap_or(0);
        Ok((start, end.unwrap_or(start)))
    }

    fn direction(&self) -> DomResult<String> {
        let direction = match self {
            Self::Line(input) => input.selection_direction()?,
            Self::Area(area) => area.selection_direction()?,
        };
        Ok(direction.unwrap_or_else(|| "none".to_owned()))
    }

    fn select(&self, start: u32, end: u32, direction: &str) -> DomResult {
        match self {
            Self::Line(input) => input.set_selection_range_with_direction(start, end, direction),
            Self::Area(area) => area.set_selection_range_with_direction(start, end, direction),
        }
    }
}
