//! When an embed sleeps: off the screen, and on a page that is hidden.

use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry};

/// Keeps `awake` as long as something of `element` can be seen, until the owner is disposed of.
///
/// A browser reckons with the whole page here: an embed that is scrolled out of sight knows it,
/// whoever the page around it belongs to.
pub fn sleep_unseen(element: &Element, awake: RwSignal<bool>) {
    let in_view = StoredValue::new(true);
    let look = move || {
        let seen = in_view.try_get_value() == Some(true) && !document().hidden();
        if awake.try_get_untracked().is_some_and(|now| now != seen) {
            awake.try_set(seen);
        }
    };
    let on_view = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
        let last: Result<IntersectionObserverEntry, JsValue> = entries.pop().dyn_into();
        if let Ok(entry) = last {
            in_view.try_set_value(entry.is_intersecting());
            look();
        }
    });
    let observer = IntersectionObserver::new(on_view.as_ref().unchecked_ref());
    if let Ok(observer) = &observer {
        observer.observe(element);
    }
    let handle = window_event_listener_untyped("visibilitychange", move |_| look());
    let kept = StoredValue::new_local((observer.ok(), on_view));
    on_cleanup(move || {
        handle.remove();
        kept.try_update_value(|(observer, _)| {
            if let Some(observer) = observer {
                observer.disconnect();
            }
        });
    });
}
