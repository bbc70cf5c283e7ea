//! Sharing a run in a real browser: the link, and the same as a QR code.
#![cfg(target_arch = "wasm32")]

use leptos::prelude::window;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{HtmlDialogElement, HtmlInputElement};

mod support;

use support::{Page, id, settle};

wasm_bindgen_test_configure!(run_in_browser);

impl Page {
    /// The app at a run of one pattern, with the dialog open.
    async fn share(fragment: &str) -> Self {
        let page = Self::open_in("", &format!("p/token-bucket/#{fragment}")).await;
        page.press("share").await;
        page.wait(&id("share-dialog")).await;
        settle().await;
        page
    }

    fn url(&self) -> String {
        let field: HtmlInputElement = self.get("share-url").unchecked_into();
        field.value()
    }

    /// The modules of the code.
    fn drawn(&self) -> String {
        let code = self.get("qr");
        let path = code.query_selector("path").expect("it parses");
        let path = path.and_then(|path| path.get_attribute("d"));
        path.expect("it has dark modules")
    }

    async fn press(&self, test_id: &str) {
        self.wait(&id(test_id)).await.click();
        settle().await;
    }

    fn text(&self, test_id: &str) -> String {
        self.get(test_id).text_content().unwrap_or_default()
    }
}

#[wasm_bindgen_test]
async fn the_link_leads_to_this_instant_or_to_the_start_and_the_code_follows_it() {
    let page = Page::share("v=1&scenario=burst&at=2.5").await;
    let dialog: HtmlDialogElement = page.get("share-dialog").unchecked_into();
    assert!(dialog.open());
    let here = page.url();
    assert_eq!(
        Ok(&here),
        window().location().href().as_ref(),
        "what the address bar says"
    );
    assert!(here.contains("at=2.5"), "{here}");
    let code = page.get("qr");
    assert_eq!(code.get_attribute("role").as_deref(), Some("img"));
    assert!(
        code.get_attribute("aria-label")
            .is_some_and(|name| name.contains("QR code"))
    );
    let drawn = page.drawn();
    let svg = code.inner_html();
    assert!(
        svg.contains("fill=\"#fff\"") && svg.contains("fill=\"#000\""),
        "dark on light"
    );

    page.press("share-start").await;
    let start = page.url();
    assert!(start.ends_with("#v=1&scenario=burst"), "{start}");
    assert_ne!(page.drawn(), drawn);
    page.press("share-instant").await;
    assert_eq!(page.url(), here);
    assert_eq!(page.drawn(), drawn);
}

#[wasm_bindgen_test]
async fn a_link_that_no_code_holds_is_told_with_what_to_do_and_can_still_be_copied() {
    let deeds: Vec<String> = (0..250)
        .map(|deed| format!("{deed}.5:burst,size=7"))
        .collect();
    let page = Page::share(&format!("v=1&do={}&at=2.5", deeds.join(";"))).await;
    assert!(page.url().len() > 2_953);
    assert!(page.find(&id("qr")).is_none());
    let words = page.text("qr-refused");
    for part in [
        &*format!("{} bytes", page.url().len()),
        "2953 at most",
        "Copy the link",
    ] {
        assert!(words.contains(part), "{words}");
    }
}

#[wasm_bindgen_test]
async fn where_nothing_can_be_copied_the_link_is_marked_to_be_copied_by_hand() {
    let page = Page::share("v=1&at=2").await;
    let take_away = "Object.defineProperty(navigator, 'clipboard', { configurable: true })";
    js_sys::eval(take_away).expect("it can be taken away");
    page.press("copy-link").await;
    js_sys::eval("delete navigator.clipboard").expect("it comes back");
    let words = page.text("share-told");
    assert!(words.contains("does not let us copy"), "{words}");
    let field: HtmlInputElement = page.get("share-url").unchecked_into();
    let end = field.selection_end().expect("text can be marked");
    assert_eq!(end, Some(page.url().len() as u32), "all of it is marked");
}
