//! Whether something of the page can be seen.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry};

/// Tells whether something of an element can be seen, until it is dropped.
pub(crate) struct Watch {
    observer: Option<IntersectionObserver>,
    _on_view: Closure<dyn FnMut(js_sys::Array)>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

/// Tells whether something of `element` can be seen, now and whenever that changes.
///
/// A browser reckons with the whole page here: what is in a frame that is scrolled out of sight
/// cannot be seen, whoever the page around it belongs to.
pub(crate) fn watch(element: &Element, mut tell: impl FnMut(bool) + 'static) -> Watch {
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
    Watch {
        observer: observer.ok(),
        _on_view: on_view,
    }
}
