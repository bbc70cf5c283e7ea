//! Links.

use leptos::prelude::*;

/// Links.
#[component]
pub fn SharePanel() -> impl IntoView {
    view! { <div class="panel"></div> }
}
