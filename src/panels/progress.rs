//! What of a pattern's page counts as seen: that it was opened, a scenario that was played to its
//! end, a lesson that was read to its end. Challenges tick themselves off where they stand.

use leptos::html::P;
use leptos::prelude::*;
use orrery_core::progress::Deed;
use orrery_core::time::SimTime;

use crate::player::Player;
use crate::progress::{self, Kept};
use crate::sight;

/// Where a run was when it was last looked at.
struct Place {
    scenario: Option<&'static str>,
    at: SimTime,
    /// Changes when the run is moved by hand.
    moved: u32,
}

/// Keeps that the pattern was opened, and every scenario that comes to its end by itself or step by
/// step: being moved there is not playing.
pub fn follow(player: Player) {
    let kept = Kept::here();
    let card = &player.exhibit.card;
    progress::follow(|| true);
    kept.note(card, Deed::Opened);
    let scenarios = (player.pattern().scenarios)().into_iter();
    let ends: Vec<(&'static str, SimTime)> = scenarios
        .map(|scenario| (scenario.slug, SimTime::ZERO + scenario.lasts))
        .collect();
    Effect::new(move |before: Option<Place>| {
        let here = Place {
            scenario: player.scenario.get(),
            at: player.readout.get().cursor.at,
            moved: player.settings.get(),
        };
        let before = before.filter(|before| {
            before.scenario == here.scenario && before.moved == here.moved && before.at < here.at
        });
        let end = ends.iter().find(|(slug, _)| Some(*slug) == here.scenario);
        if let (Some(before), Some((slug, end))) = (before, end)
            && before.at < *end
            && here.at >= *end
        {
            kept.note(card, Deed::Scenario(slug));
        }
        here
    });
}

/// Keeps that the lesson was read once its end comes into view.
pub fn read_until(end: NodeRef<P>, player: Player) {
    let kept = Kept::here();
    end.on_load(move |end| {
        let watch = sight::watch(&end, move |seen| {
            if seen {
                kept.note(&player.exhibit.card, Deed::Lesson);
            }
        });
        let watch = StoredValue::new_local(watch);
        on_cleanup(move || watch.dispose());
    });
}
