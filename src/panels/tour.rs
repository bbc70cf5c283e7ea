//! The guided tour: a scenario whose time stops at each caption until the reader goes on, and which
//! ends with a challenge.

use leptos::prelude::*;
use orrery_core::catalog::Scenario;
use orrery_core::challenge::Challenge;
use orrery_core::time::SimTime;

use crate::machine::{Tab, View};
use crate::player::Player;

/// What leads through the present scenario while it is a tour.
#[component]
pub fn Tour() -> impl IntoView {
    let player = expect_context::<Player>();
    let guide = move || {
        let scenario = player.touring.get().then(|| present(player)).flatten()?;
        let challenge = challenge(player, &scenario)?;
        Some(view! { <Guide scenario challenge/> })
    };
    view! { {guide} }
}

/// Offers the tour of the present scenario, if there is one.
#[component]
pub fn TourOffer() -> impl IntoView {
    let player = expect_context::<Player>();
    let offer = move || {
        player.scenario.track();
        let scenario = present(player)?;
        let challenge = challenge(player, &scenario)?;
        let stops = scenario.captions.len();
        let begin = move |_| {
            player.load_scenario(scenario.slug);
            player.pause();
            player.touring.set(true);
        };
        Some(view! {
            <p class="tour-offer">
                <button
                    type="button"
                    class="button"
                    data-testid="tour-begin"
                    disabled=move || player.touring.get()
                    on:click=begin
                >
                    "Take the tour"
                </button>
                <span class="quiet-text">{format!("{stops} stops, then your turn: {}", challenge.name)}</span>
            </p>
        })
    };
    view! { {offer} }
}

fn present(player: Player) -> Option<Scenario> {
    let slug = player.scenario.get()?;
    let mut scenarios = (player.pattern().scenarios)().into_iter();
    scenarios.find(|scenario| scenario.slug == slug)
}

fn challenge(player: Player, scenario: &Scenario) -> Option<Challenge> {
    let slug = scenario.leads_to?;
    let mut challenges = player.pattern().all_challenges();
    challenges.find(|challenge| challenge.slug == slug)
}

#[component]
fn Guide(scenario: Scenario, challenge: Challenge) -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    let starts: Vec<SimTime> = scenario.captions.iter().map(|(at, _)| *at).collect();
    let end = SimTime::ZERO + scenario.lasts;
    let stops = starts.len();
    let starts = StoredValue::new(starts);
    let at = Memo::new(move |_| player.readout.get().cursor.at);
    // The stop whose caption stands there, counted from 1.
    let stop = Memo::new(move |_| {
        starts.with_value(|starts| starts.iter().filter(|start| **start <= at.get()).count())
    });
    let over = move || at.get() >= end;
    let back = move |_| {
        player.pause();
        let place = stop.get_untracked().saturating_sub(2);
        player.seek(starts.with_value(|starts| starts.get(place).copied().unwrap_or_default()));
    };
    let leave = move || player.touring.set(false);
    let (name, task) = (challenge.name, challenge.task);
    // One button for all of it: the focus stays where it is.
    let onward = move |_| {
        if over() {
            leave();
            player.open_run(challenge.state(player.pattern()));
            view.tab.set(Tab::Promises);
        } else if player.playing.get_untracked() {
            player.pause();
            let next = starts.with_value(|starts| starts.get(stop.get_untracked()).copied());
            player.seek(next.unwrap_or(end));
        } else {
            player.play();
        }
    };
    let words = move || match (over(), player.playing.get()) {
        (true, _) => format!("Your turn: {name}"),
        (false, true) => "Skip".to_owned(),
        (false, false) => "Next".to_owned(),
    };
    view! {
        <div class="tour" role="group" aria-label="Guided tour" data-testid="tour">
            <span class="figure quiet-text">{move || format!("{} of {stops}", stop.get())}</span>
            <button type="button" class="button" data-testid="tour-back" disabled=move || stop.get() <= 1 on:click=back>
                "Back"
            </button>
            <button type="button" class="button tour-next" data-testid="tour-next" on:click=onward>
                {words}
            </button>
            <button
                type="button"
                class="button quiet"
                aria-label="Leave the tour"
                data-testid="tour-leave"
                on:click=move |_| leave()
            >
                "Leave"
            </button>
            <span class="tour-task quiet-text" role="status">{move || over().then_some(task)}</span>
        </div>
    }
}
