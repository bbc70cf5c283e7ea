//! The address: it leads to what is shown.

use leptos::prelude::*;
use orrery_core::catalog::Pattern;
use orrery_core::link::Link;

use crate::alarm;
use crate::machine::{Tab, View};
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

/// Opens the tab, the swimlanes and the tour that the address asks for, and keeps it leading to what is
/// shown, while time stands.
pub fn follow(player: Player, view: View) {
    if let Some(tab) = player.view("tab")
        && let Some(known) = Tab::ALL.into_iter().find(|known| known.key() == tab)
    {
        view.tab.set(known);
    }
    view.lanes.set(player.view("lanes").is_some());
    player.touring.set(player.view("tour").is_some());
    Effect::new(move || {
        let tab = view.tab.get();
        player.set_view("tab", (tab != Tab::Log).then(|| tab.key()));
        for (key, on) in [("lanes", view.lanes), ("tour", player.touring)] {
            player.set_view(key, on.get().then(|| "on".to_owned()));
        }
    });
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
