//! Tasks that tick themselves off while the run on the stage fulfils them.

use leptos::prelude::*;
use orrery_core::challenge::Challenge;

use crate::machine::View;
use crate::player::Player;
use crate::storage;

/// Stands between the keys that are remembered.
const BETWEEN: char = ' ';

/// The challenges that were ever done: what was done once stays done, from visit to visit where the
/// browser remembers it.
#[derive(Clone, Copy)]
struct Ever(RwSignal<Vec<String>>);

impl Ever {
    fn on_page() -> Self {
        let text = storage::remembered(&key(expect_context())).unwrap_or_default();
        let slugs = text.split(BETWEEN).filter(|slug| !slug.is_empty());
        Self(RwSignal::new(slugs.map(str::to_owned).collect()))
    }
}

fn key(player: Player) -> String {
    format!("orrery-done-{}", player.exhibit.card.slug)
}

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
    let ever = expect_context::<View>().once(Ever::on_page).0;
    Effect::new(move || {
        let now = done.get();
        let challenges = player.pattern().all_challenges();
        let fresh: Vec<&str> = challenges
            .iter()
            .zip(now)
            .filter(|(challenge, done)| {
                *done
                    && !ever
                        .read_untracked()
                        .iter()
                        .any(|name| name == challenge.slug)
            })
            .map(|(challenge, _)| challenge.slug)
            .collect();
        if !fresh.is_empty() {
            ever.update(|ever| ever.extend(fresh.into_iter().map(str::to_owned)));
            let text = ever.read_untracked().join(&BETWEEN.to_string());
            storage::remember(&key(player), Some(&text));
        }
    });
    let list = player
        .pattern()
        .all_challenges()
        .map(|challenge| {
            let slug = challenge.slug;
            let ticked = Signal::derive(move || ever.read().iter().any(|done| done == slug));
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
