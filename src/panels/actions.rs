//! What a person can do.

use leptos::prelude::*;

/// What a person can do.
#[component]
pub fn ActionsPanel() -> impl IntoView {
    view! { <div class="panel"></div> }
}
