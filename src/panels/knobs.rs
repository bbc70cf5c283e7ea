//! The knobs.

use leptos::prelude::*;

/// The knobs.
#[component]
pub fn KnobsPanel() -> impl IntoView {
    view! { <div class="panel"></div> }
}
