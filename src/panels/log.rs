//! The log.

use leptos::prelude::*;

/// The log.
#[component]
pub fn LogPanel() -> impl IntoView {
    view! { <div class="panel"></div> }
}
