//! Live charts.

use leptos::prelude::*;

/// Live charts.
#[component]
pub fn ChartsPanel() -> impl IntoView {
    view! { <div class="panel"></div> }
}
