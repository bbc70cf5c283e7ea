//! Tasks that tick themselves off while the run on the stage fulfils them.

use leptos::prelude::*;
use orrery_core::challenge::Challenge;
use orrery_core::progress::Deed;

use crate::player::Player;
use crate::progress::{Kept, ProgressButton};

/// Every challenge of the pattern, and whether the run so far fulfils it or one did before.
#[component]
pub fn ChallengesPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let kept = Kept::here();
    let card = &player.exhibit.card;
    let done = Memo::new(move |_| {
        player.revision.track();
        let states = player.read(|session| player.pattern().challenges(session));
        let states = states.unwrap_or_default().into_iter();
        let done = states.filter(|state| state.done);
        done.map(|state| state.challenge.slug).collect::<Vec<_>>()
    });
    Effect::new(move || {
        for slug in done.get() {
            kept.note(card, Deed::Challenge(slug));
        }
    });
    let ticked = move |slug: &str| kept.seen(card, |seen| seen.challenges.contains(slug));
    let list = player
        .pattern()
        .all_challenges()
        .map(|challenge| {
            let slug = challenge.slug;
            let ticked = Signal::derive(move || ticked(slug) == Some(true));
            view! { <Task challenge ticked/> }
        })
        .collect_view();
    let count = move || {
        let challenges = player.pattern().all_challenges();
        let done = challenges.filter(|challenge| ticked(challenge.slug) == Some(true));
        format!(
            "{} of {} done. What is done stays so.",
            done.count(),
            card.challenges
        )
    };
    view! {
        <div class="challenges-head">
            <p class="quiet-text" data-testid="challenges-done">{count}</p>
            <ProgressButton class="button"/>
        </div>
        <ul class="challenges" data-testid="challenges">{list}</ul>
    }
}

#[component]
fn Task(challenge: Challenge, ticked: Signal<bool>) -> impl IntoView {
    let player = expect_context::<Player>();
    let (name, task) = (challenge.name, challenge.task);
    let begin = move |_| player.open_run(challenge.state(player.pattern()));
    view! {
        <li class="challenge" class:done=ticked>
            <div class="promise-head">
                <span class="promise-state">{move || if ticked.get() { "done" } else { "open" }}</span>
                <strong>{name}</strong>
            </div>
            <p>{task}</p>
            <button type="button" class="button" on:click=begin>"Try it"</button>
        </li>
    }
}
