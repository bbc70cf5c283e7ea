//! The promises.

use leptos::prelude::*;

/// The promises.
#[component]
pub fn PromisesPanel() -> impl IntoView {
    view! { <div class="panel"></div> }
}
