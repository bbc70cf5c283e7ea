//! A panic is a bug of ours: say so calmly, with a link that reproduces it.
//!
//! After a panic nothing of the app may be trusted, so the message is built from plain elements.

use std::cell::RefCell;

thread_local! {
    static LAST_LINK: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Shows the message when the app panics.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let link = LAST_LINK.with(|link| {
            link.try_borrow()
                .map(|link| link.clone())
                .unwrap_or_default()
        });
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        web_sys::console::error_1(&format!("{info}").into());
        // The message itself must not panic: what cannot be shown is left out.
        let _ = show(&link, &place);
    }));
}

/// Remembers the fragment that leads to the present instant.
pub(crate) fn remember(fragment: &str) {
    LAST_LINK.with(|link| fragment.clone_into(&mut link.borrow_mut()));
}

fn show(fragment: &str, place: &str) -> Option<()> {
    let window = web_sys::window()?;
    let document = window.document()?;
    let element = |name: &str, class: &str, text: &str| {
        let element = document.create_element(name).ok()?;
        element.set_class_name(class);
        element.set_text_content(Some(text));
        Some(element)
    };
    let note = element("div", "alarm", "")?;
    note.set_attribute("role", "alertdialog").ok()?;
    note.set_attribute("aria-label", "The machine has stopped")
        .ok()?;
    note.append_child(&*element("h2", "", "The machine has stopped")?)
        .ok()?;
    let words = "Something in Orrery went wrong, and it is our mistake, not yours. \
                 The link below opens the run as it was shortly before; with it we can repeat and mend it.";
    note.append_child(&*element("p", "", words)?).ok()?;
    let path = window.location().pathname().ok()?;
    let link = element("a", "", "Open the run again")?;
    link.set_attribute("href", &format!("{path}#{fragment}"))
        .ok()?;
    link.set_attribute("data-testid", "reproduce").ok()?;
    note.append_child(&link).ok()?;
    note.append_child(&*element("p", "alarm-place", place)?)
        .ok()?;
    document.body()?.append_child(&note).ok()?;
    Some(())
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn a_panic_is_told_calmly_with_a_link_that_leads_back_to_the_run() {
        remember("v=1&seed=7&t=3s");
        let link = LAST_LINK.with(|link| link.borrow().clone());
        show(&link, "core/src/<b>engine</b>.rs:1:1").expect("the page can show it");

        let document = web_sys::window()
            .and_then(|window| window.document())
            .expect("the test has a page");
        let find = |selector: &str| document.query_selector(selector).expect("it parses");
        let note = find("[role='alertdialog']").expect("the message is there");
        let link = find("[data-testid='reproduce']").expect("the link is there");
        let href = link.get_attribute("href").expect("it leads somewhere");
        assert!(href.ends_with("#v=1&seed=7&t=3s"), "{href}");
        assert!(find(".alarm b").is_none(), "what is told is text");
        note.remove();
    }
}
