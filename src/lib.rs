//! The Orrery app: drives any pattern of the core, and knows none of them.

use leptos::prelude::*;

/// Mounts the app on the page's body, in place of the text that stands there for other readers.
pub fn start() {
    if let Some(text) = document().get_element_by_id("prerendered") {
        text.remove();
    }
    leptos::mount::mount_to_body(|| view! { <main data-testid="app">"Orrery"</main> });
}
