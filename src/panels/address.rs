//! The address: it leads to what is shown.

use leptos::prelude::*;
use orrery_core::catalog::Pattern;
use orrery_core::link::Link;

use crate::alarm;
use crate::player::{Opening, Player};
use crate::route::Navigator;

/// What the fragment of an address leads to.
pub fn read(pattern: &'static Pattern, fragment: &str) -> Opening {
    let (link, problems) = Link::decode(pattern, fragment);
    Opening {
        link,
        problems: problems.iter().map(ToString::to_string).collect(),
    }
}

/// Keeps the address leading to what is shown, while time stands.
pub fn follow(player: Player) {
    let navigator = expect_context::<Navigator>();
    Effect::new(move || {
        player.changes.track();
        let fragment = player.fragment();
        alarm::remember(&fragment);
        if !player.playing.get() {
            navigator.replace_fragment(&fragment);
        }
    });
}
