//! Breaking the pattern: what it promises and how that stands, the search for a run that breaks a
//! promise, and challenges.

pub mod challenges;
pub mod hunt;
pub mod outcomes;
pub mod promises;
pub mod pursuit;
pub mod stops_form;
pub mod story;

use leptos::prelude::*;

use challenges::ChallengesPanel;
use hunt::HuntPanel;
use promises::PromisesPanel;

/// Everything about promises.
#[component]
pub fn BreakPanel() -> impl IntoView {
    view! {
        <PromisesPanel/>
        <section class="lab" aria-labelledby="break-hunt">
            <h3 id="break-hunt">"Find a run that breaks it"</h3>
            <HuntPanel/>
        </section>
        <section class="lab" aria-labelledby="break-challenges">
            <h3 id="break-challenges">"Challenges"</h3>
            <ChallengesPanel/>
        </section>
    }
}
