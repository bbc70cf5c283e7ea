//! The lesson: the pattern's own text, from Markdown.

use leptos::prelude::*;
use orrery_core::catalog::Reading;
use orrery_core::lesson::to_html;

use crate::machine::{Tab, View};
use crate::panels::progress;
use crate::player::Player;

/// What a reader should know, from the problem to the references.
#[component]
pub fn LessonPanel(
    /// What there is to read.
    reading: &'static Reading,
) -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    let pattern = player.pattern();
    let names: Vec<&str> = reading.sources.iter().map(|source| source.name).collect();
    let end = NodeRef::new();
    progress::read_until(end, player);
    view! {
        <article class="lesson" data-testid="lesson">
            <p class="lesson-problem">{pattern.card.problem}</p>
            <div inner_html=to_html(reading.lesson)></div>
            <p class="quiet-text">{format!("Also known as: {}.", pattern.card.synonyms.join(", "))}</p>
            <p class="lesson-source quiet-text" node_ref=end data-testid="lesson-end">
                {format!("What runs here: {}. ", names.join(", "))}
                <button type="button" class="button quiet" on:click=move |_| view.tab.set(Tab::Code)>
                    "Read the source"
                </button>
            </p>
        </article>
    }
}
