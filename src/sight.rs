//! Whether something of the page can be seen.

use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry};

/// Tells whether something of `element` can be seen, now and whenever that changes, until the owner
/// is disposed of.
///
/// A browser reckons with the whole page here: what is in a frame that is scrolled out of sight
/// cannot be seen, whoever the page around it belongs to.
pub(crate) fn watch(element: &Element, mut tell: impl FnMut(bool) + 'static) {
    let on_view = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
        let last: Result<IntersectionObserverEntry, JsValue> = entries.pop().dyn_into();
        if let Ok(entry) = last {
            tell(entry.is_intersecting());
        }
    });
    let observer = IntersectionObserver::new(on_view.as_ref().unchecked_ref());
    if let Ok(observer) = &observer {
        observer.observe(element);
    }
    let kept = StoredValue::new_local((observer.ok(), on_view));
    on_cleanup(move || {
        kept.try_update_value(|(observer, _)| {
            if let Some(observer) = observer {
                observer.disconnect();
            }
        });
    });
}
