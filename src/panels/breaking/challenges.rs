//! Tasks that tick themselves off while the run on the stage fulfils them.

use leptos::prelude::*;
use orrery_core::challenge::Challenge;

use crate::player::Player;

/// Every challenge of the pattern, and whether the run so far fulfils it.
#[component]
pub fn ChallengesPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let done = Memo::new(move |_| {
        player.revision.track();
        let states = player.read(|session| player.pattern().challenges(session));
        let states = states.unwrap_or_default().into_iter();
        states.map(|state| state.done).collect::<Vec<_>>()
    });
    // What was done once stays done for as long as the page is open.
    let ever = RwSignal::new(Vec::<bool>::new());
    Effect::new(move || {
        let now = done.get();
        ever.update(|ever| {
            ever.resize(now.len(), false);
            ever.iter_mut()
                .zip(now)
                .for_each(|(ever, now)| *ever |= now);
        });
    });
    let list = (player.pattern().challenges)()
        .into_iter()
        .enumerate()
        .map(|(index, challenge)| {
            let ticked = Signal::derive(move || ever.with(|ever| ever.get(index) == Some(&true)));
            view! { <Task challenge ticked/> }
        })
        .collect_view();
    view! { <ul class="challenges" data-testid="challenges">{list}</ul> }
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
