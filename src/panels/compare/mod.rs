//! Comparing: variants of the run side by side, in lock step on the same arrivals.
//!
//! The player plays a comparison as it plays any session, so the transport, the keyboard and the
//! address need to know nothing of it. What is here opens and ends it, draws the other variants
//! beside the stage, and tells in what they differ. It comes in a piece of its own.

mod plot;
pub mod stages;
pub mod tables;
mod variants;

use leptos::prelude::*;
use orrery_core::lab::VARIANTS_KEY;
use orrery_core::sorted::SortedMap;

use crate::loading::{Loading, piece};
use crate::machine::View;
use crate::player::Player;
use crate::views;

/// Shows a part of it.
type Part = fn() -> AnyView;

piece! { stages_piece in compare -> Part { || view! { <stages::Stages/> }.into_any() } }
piece! { tables_piece in compare -> Part { || view! { <tables::Tables/> }.into_any() } }

/// What stands beside the stage: the other variants, while there are any.
pub fn beside() -> AnyView {
    shown_or(|| Box::pin(stages_piece()), || ().into_any())
}

/// What the right column shows: in what the variants differ, or `otherwise` when there are none.
pub fn or(otherwise: Part) -> AnyView {
    shown_or(|| Box::pin(tables_piece()), otherwise)
}

fn shown_or(part: fn() -> Loading<Part>, otherwise: Part) -> AnyView {
    let comparing = expect_context::<View>().comparing;
    let shown = move || match comparing.get() {
        false => otherwise(),
        true => views::part(part),
    };
    shown.into_any()
}

/// Opens the comparison that the address asks for.
pub fn follow(player: Player, view: View) {
    if opened(player).contains_key(VARIANTS_KEY) {
        view.comparing.set(true);
    }
}

/// How the page's link says it is looked at.
fn opened(player: Player) -> SortedMap<String, String> {
    player.link().map(|link| link.view).unwrap_or_default()
}
