//! The page of one pattern: controls, the stage with its transport, readouts.

use leptos::prelude::document;
use orrery_core::catalog::Exhibit;
use orrery_core::scene::escape;
use orrery_core::time::SimTime;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

use crate::dom::DomResult;
use crate::loading::{Fill, Loading};
use crate::machine::View;
use crate::pages::{Visit, bar, workbench};
use crate::panels::panels;
use crate::player::{Opening, Player, prefers_reduced_motion};

/// Opens the page of one pattern, at what its address leads to.
pub type Open = fn(&'static Exhibit, Visit) -> Loading<Fill>;

/// Reads what the address leads to, and opens it; only one that says something waits for the panels.
pub(super) fn open(exhibit: &'static Exhibit, visit: Visit) -> Loading<Fill> {
    let coming = panels(exhibit.card.slug);
    Box::pin(async move {
        let fragment = visit.navigator.fragment();
        let opening = match fragment.trim_start_matches('#') {
            "" => {
                spawn_local(async move {
                    let _ = coming.await;
                });
                None
            }
            _ => {
                let (panels, pattern) = coming.await?;
                Some((panels.read)(pattern, &fragment))
            }
        };
        let fill: Fill = Box::new(move |place| show(place, exhibit, opening, visit));
        Ok(fill)
    })
}

/// Shows it in a place, at what its address leads to, if it says so.
fn show(
    place: &Element,
    exhibit: &'static Exhibit,
    opening: Option<Opening>,
    visit: Visit,
) -> DomResult {
    let card = &exhibit.card;
    let (player, problems) = Player::open(exhibit, opening);
    let view = View::new(player, visit.theme, problems);
    document().set_title(&format!("{} · Orrery", card.name));
    // A link to an instant shows that instant.
    let at_start = player.readout.get_untracked().cursor.at == SimTime::ZERO;
    if at_start && !prefers_reduced_motion() {
        player.play();
    }
    let middle = format!(
        "<span class=\"top-bar-family\">{}</span><h1 class=\"top-bar-title\">{}</h1>\
         <p class=\"top-bar-summary\">{}</p><div class=\"top-bar-tools\"></div>",
        escape(card.family.name()),
        escape(card.name),
        escape(card.summary)
    );
    place.set_inner_html(&(bar::markup(&middle, visit) + &workbench::markup()));
    bar::begin(place, visit);
    workbench::begin(place, (player, view), visit, true, true)
}
