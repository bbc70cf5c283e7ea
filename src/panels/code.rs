//! The algorithm.

use leptos::prelude::*;

/// The algorithm.
#[component]
pub fn CodePanel() -> impl IntoView {
    view! { <div class="panel"></div> }
}
