//! The page around an embed: who it is, what it is told, and which of the messages that arrive are
//! its own.

use js_sys::{Object, Reflect};
use leptos::prelude::window;
use orrery_core::embed::messages::{KEY, VERSION};
use wasm_bindgen::JsValue;
use web_sys::{MessageEvent, Window};

/// The page around this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    window: Window,
    /// The only origin that it may have.
    origin: Option<String>,
}

impl Parent {
    /// The page around this one, if there is one; with an `origin`, only a page of that origin is
    /// heard and told.
    pub fn find(origin: Option<String>) -> Option<Self> {
        let own = window();
        let parent = own.parent().ok().flatten()?;
        (parent != own).then(|| Self::of(parent, origin))
    }

    /// A page in this window; with an `origin`, it is heard and told only while it has that.
    pub const fn of(window: Window, origin: Option<String>) -> Self {
        Self { window, origin }
    }

    /// Whether a message comes from that page, and is meant for us.
    pub fn says(&self, event: &MessageEvent) -> bool {
        let source = event.source();
        let is_from_parent = source.is_some_and(|source| Object::is(&source, &self.window));
        let is_allowed = self
            .origin
            .as_ref()
            .is_none_or(|origin| *origin == event.origin());
        let data = event.data();
        is_from_parent
            && is_allowed
            && data.is_object()
            && Reflect::has(&data, &JsValue::from_str(KEY)) == Ok(true)
    }

    /// Tells that page something. Without an origin it is told whoever it is: nothing that an embed
    /// knows is secret.
    pub fn tell(&self, message: &JsValue) {
        let origin = self.origin.as_deref().unwrap_or("*");
        let _ = self.window.post_message(message, origin);
    }

    /// Tells that page something short.
    pub fn tell_of(&self, kind: &str, fields: &[(&str, JsValue)]) {
        let message = Object::new();
        let own = [
            (KEY, JsValue::from_f64(VERSION as f64)),
            ("type", JsValue::from_str(kind)),
        ];
        for (key, value) in own.iter().chain(fields) {
            let _ = Reflect::set(&message, &JsValue::from_str(key), value);
        }
        self.tell(&message);
    }
}
