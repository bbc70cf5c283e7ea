//! The lesson.

use leptos::prelude::*;

/// The lesson.
#[component]
pub fn LessonPanel() -> impl IntoView {
    view! { <div class="panel"></div> }
}
