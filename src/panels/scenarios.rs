//! The scenarios.

use leptos::prelude::*;

/// The scenarios.
#[component]
pub fn ScenariosPanel() -> impl IntoView {
    view! { <div class="panel"></div> }
}
