//! The app opened as a visitor would, looked into, and closed again: what its tests in a browser have
//! in common.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::{document, window};
use orrery::pages::{self, App};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, HtmlElement};

/// The app at an address; dropping it unmounts.
pub(crate) struct Page {
    pub(crate) root: HtmlElement,
    _app: App,
}

impl Page {
    /// Opens the app at an address below a made-up base, in a place with this style.
    pub(crate) async fn open_in(style: &str, path: &str) -> Self {
        let url = format!("/base/{path}");
        window()
            .history()
            .and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(&url)))
            .expect("an address of the same origin");
        let root: HtmlElement = document()
            .create_element("div")
            .expect("a div")
            .unchecked_into();
        root.set_attribute("style", style).expect("a style");
        document()
            .body()
            .expect("a body")
            .append_child(&root)
            .expect("it can hold the app");
        let app = pages::open(&root).expect("it can hold the app");
        let page = Self { root, _app: app };
        page.wait(&id("app")).await;
        settle().await;
        page
    }

    pub(crate) fn find(&self, selector: &str) -> Option<HtmlElement> {
        let found = self.root.query_selector(selector).expect("it parses");
        found.map(Element::unchecked_into)
    }

    /// The element with this test id, which must be there.
    pub(crate) fn get(&self, test_id: &str) -> HtmlElement {
        self.find(&id(test_id))
            .unwrap_or_else(|| panic!("no {test_id} on the page"))
    }

    /// The element, once it is there.
    pub(crate) async fn wait(&self, selector: &str) -> HtmlElement {
        for _ in 0..600 {
            if let Some(found) = self.find(selector) {
                return found;
            }
            settle().await;
        }
        panic!("nothing matches {selector}");
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.root.remove();
    }
}

/// What finds the element with this test id.
pub(crate) fn id(test_id: &str) -> String {
    format!("[data-testid='{test_id}']")
}

/// Lets the page come to rest.
pub(crate) async fn settle() {
    TimeoutFuture::new(60).await;
}
