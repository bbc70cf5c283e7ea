//! The app in a real browser: it starts where it should.
#![cfg(target_arch = "wasm32")]

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::document;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn the_app_takes_the_place_of_the_text_for_other_readers() {
    let body = document().body().expect("a page has a body");
    body.insert_adjacent_html("beforeend", "<main id=\"prerendered\">text</main>")
        .expect("the text can be put in");

    orrery::start();
    TimeoutFuture::new(100).await;

    let found = |selector: &str| {
        document()
            .query_selector(selector)
            .expect("it parses")
            .is_some()
    };
    assert!(found("[data-testid='app']"), "the app is on the page");
    assert!(!found("#prerendered"), "the text is gone");
}
