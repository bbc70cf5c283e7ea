//! Small helpers over the DOM: elements, attributes and listeners that end with their owner.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, ResizeObserver};

use crate::observable::on_leave;

const SVG: &str = "http://www.w3.org/2000/svg";

/// What the DOM answers when it refuses.
pub(crate) type DomResult<T = ()> = Result<T, JsValue>;

/// The page's document.
///
/// # Errors
///
/// Outside of a page.
pub(crate) fn document() -> DomResult<Document> {
    web_sys::window()
        .and_then(|window| window.document())
        .ok_or_else(|| JsValue::from_str("there is no page"))
}

/// A new SVG element.
pub(crate) fn svg_element(document: &Document, name: &str) -> DomResult<Element> {
    document.create_element_ns(Some(SVG), name)
}

/// A new HTML element with a class.
pub(crate) fn html_element<T: JsCast>(
    document: &Document,
    name: &str,
    class: &str,
) -> DomResult<T> {
    let element = document.create_element(name)?;
    element.set_attribute("class", class)?;
    element.dyn_into().map_err(JsValue::from)
}

/// The first element within `root` that a selector matches.
pub(crate) fn find(root: &Element, selector: &str) -> Option<HtmlElement> {
    let found = root.query_selector(selector).ok().flatten();
    found.map(JsCast::unchecked_into)
}

/// All of them, in the order of the page.
pub(crate) fn find_all(root: &Element, selector: &str) -> Vec<Element> {
    let found = root.query_selector_all(selector).ok();
    let nodes = (0..).map_while(|at| found.as_ref()?.item(at));
    nodes.map(JsCast::unchecked_into).collect()
}

/// Calls `act` for every event of this kind that reaches `target`, until the page is left.
pub(crate) fn on(target: &EventTarget, kind: &'static str, act: impl FnMut(Event) + 'static) {
    match Listener::new(target, kind, act) {
        Ok(listener) => on_leave(move || drop(listener)),
        Err(error) => report(Err(error)),
    }
}

/// Puts what went wrong on the console: a page with a torn picture is better than none.
pub(crate) fn report(result: DomResult) {
    if let Err(error) = result {
        web_sys::console::error_2(&JsValue::from_str("page:"), &error);
    }
}

/// Whether the keyboard is in `element` or below it.
pub(crate) fn has_focus(element: &Element) -> bool {
    element
        .owner_document()
        .and_then(|document| document.active_element())
        .is_some_and(|active| element.contains(Some(&active)))
}

/// Moves the keyboard to an element of either kind.
pub(crate) fn focus(element: &Element) -> DomResult {
    if let Some(svg) = element.dyn_ref::<web_sys::SvgElement>() {
        svg.focus()
    } else if let Some(html) = element.dyn_ref::<web_sys::HtmlElement>() {
        html.focus()
    } else {
        Ok(())
    }
}

/// Whether a box that is scrolled so far is at its end, as near as browsers round, in CSS pixels.
pub(crate) const fn is_at(scrolled: i32, end: i32) -> bool {
    scrolled >= end - 3
}

/// A listener that is taken off when it is dropped.
pub(crate) struct Listener {
    target: EventTarget,
    kind: &'static str,
    capture: bool,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Calls `act` for every event of this kind that reaches `target`.
    pub(crate) fn new(
        target: &EventTarget,
        kind: &'static str,
        act: impl FnMut(Event) + 'static,
    ) -> DomResult<Self> {
        Self::with(target, kind, false, act)
    }

    /// The same before the event reaches its target.
    pub(crate) fn capturing(
        target: &EventTarget,
        kind: &'static str,
        act: impl FnMut(Event) + 'static,
    ) -> DomResult<Self> {
        Self::with(target, kind, true, act)
    }

    fn with(
        target: &EventTarget,
        kind: &'static str,
        capture: bool,
        act: impl FnMut(Event) + 'static,
    ) -> DomResult<Self> {
        let closure = Closure::<dyn FnMut(Event)>::new(act);
        target.add_event_listener_with_callback_and_bool(
            kind,
            closure.as_ref().unchecked_ref(),
            capture,
        )?;
        Ok(Self {
            target: target.clone(),
            kind,
            capture,
            closure,
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        report(self.target.remove_event_listener_with_callback_and_bool(
            self.kind,
            self.closure.as_ref().unchecked_ref(),
            self.capture,
        ));
    }
}

/// Looks out for changes of size until it is dropped.
pub(crate) struct Resizing {
    observer: ResizeObserver,
    _act: Closure<dyn FnMut()>,
}

impl Resizing {
    /// Calls `act` once these elements are laid out, and whenever the size of one has changed: after
    /// the layout and before the picture, when to ask for sizes costs nothing.
    pub(crate) fn of<'a>(
        elements: impl IntoIterator<Item = &'a Element>,
        act: impl FnMut() + 'static,
    ) -> DomResult<Self> {
        let act = Closure::<dyn FnMut()>::new(act);
        let observer = ResizeObserver::new(act.as_ref().unchecked_ref())?;
        for element in elements {
            observer.observe(element);
        }
        Ok(Self {
            observer,
            _act: act,
        })
    }
}

impl Drop for Resizing {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
