//! The machine and the places of the panels around it, on a page of the site and in an embed with all
//! controls.

use web_sys::Element;

use crate::dom::{DomResult, find};
use crate::loading::{self, Fill};
use crate::machine::stage_view::STAGES;
use crate::machine::{self, CAPTION, View, transport};
use crate::pages::Visit;
use crate::panels::{Around, panels};
use crate::player::Player;

/// The markup, and what brings it to life: for an embed, which seldom wants them, as one piece.
pub(super) struct Workbench {
    pub(super) markup: fn() -> String,
    pub(super) begin: fn(&Element, (Player, View), Visit, bool, bool) -> DomResult,
}

/// See [`Workbench`].
pub(super) static WORKBENCH: Workbench = Workbench { markup, begin };

/// What stands on the page.
pub(super) fn markup() -> String {
    let transport = transport::markup();
    format!(
        "<div class=\"problems-place\"></div><main class=\"pattern\">\
         <section class=\"machine\" aria-label=\"The machine\">{CAPTION}{STAGES}\
         <div class=\"vitals\" aria-hidden=\"true\" data-testid=\"vitals\"></div>{transport}</section>\
         <section class=\"controls\" aria-label=\"Controls\"></section>\
         <section class=\"readouts\" aria-label=\"Readouts\"></section></main>"
    )
}

/// Brings it to life: the machine at once, the panels as soon as they are here.
pub(super) fn begin(
    root: &Element,
    (player, view): (Player, View),
    visit: Visit,
    own_page: bool,
    interactive: bool,
) -> DomResult {
    machine::begin(root, player, view)?;
    let Some(controls) = find(root, ".controls") else {
        return Ok(());
    };
    let root = root.clone();
    let load = move || -> loading::Loading<Fill> {
        let root = root.clone();
        Box::pin(async move {
            let (panels, _) = panels(player.exhibit.card.slug).await?;
            let fill: Fill = Box::new(move |_| {
                (panels.fill)(&Around {
                    root,
                    player,
                    view,
                    visit,
                    own_page,
                });
                if interactive {
                    view.hands.set(Some(panels.hands));
                }
                view.panels.set(Some(panels));
                Ok(())
            });
            Ok(fill)
        })
    };
    loading::arrive(&controls, load);
    Ok(())
}
