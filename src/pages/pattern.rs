//! The page of one pattern: controls, the stage with its transport, readouts.

use std::sync::Arc;

use leptos::prelude::*;
use orrery_core::catalog::{Card, Exhibit};
use orrery_core::time::SimTime;

use crate::loading::{self, Loading, Show};
use crate::machine::View;
use crate::machine::stage_view::{Caption, StageView};
use crate::machine::transport::Transport;
use crate::pages::TopBar;
use crate::panels::panels;
use crate::player::{Opening, Player, prefers_reduced_motion};

/// The page of one pattern: the machine at once, and around it the places of the panels.
#[component]
pub fn PatternPage(
    /// Which.
    card: &'static Card,
    /// What it shows.
    exhibit: &'static Exhibit,
    /// What the address leads to, if it says so.
    opening: Option<Opening>,
) -> impl IntoView {
    let (player, problems) = Player::open(exhibit, opening);
    let view = View::new(player, problems);
    provide_context(player);
    provide_context(view);
    document().set_title(&format!("{} · Orrery", card.name));
    // A link to an instant shows that instant.
    let at_start = player.readout.get_untracked().cursor.at == SimTime::ZERO;
    if at_start && !prefers_reduced_motion() {
        player.play();
    }

    view! {
        <TopBar>
            <span class="top-bar-family">{card.family.name()}</span>
            <h1 class="top-bar-title">{card.name}</h1>
            <p class="top-bar-summary">{card.summary}</p>
            <div class="top-bar-tools">{view.slot(|panels| panels.tools)}</div>
        </TopBar>
        <Workbench card player view own_page=true interactive=true/>
    }
}

/// The machine and all that stands around it.
#[component]
pub fn Workbench(
    /// Of which pattern.
    card: &'static Card,
    /// What runs.
    player: Player,
    /// How it is looked at.
    view: View,
    /// Whether this is a page of this site, whose address follows what is shown.
    own_page: bool,
    /// Whether the stage can be taken hold of.
    interactive: bool,
) -> impl IntoView {
    view! {
        {view.slot(|panels| panels.problems)}
        <main class="pattern">
            <section class="machine" aria-label="The machine">
                <Caption view/>
                <StageView player view/>
                <div class="vitals" aria-hidden="true" data-testid="vitals">{view.slot(|panels| panels.vitals)}</div>
                <Transport player view/>
            </section>
            <section class="controls" aria-label="Controls">{controls(card, player, view, (own_page, interactive))}</section>
            <section class="readouts" aria-label="Readouts">{view.slot(|panels| panels.readouts)}</section>
        </main>
    }
}

/// The first of the panels, which brings in all others; until then, that they are coming.
fn controls(
    card: &'static Card,
    player: Player,
    view: View,
    (own_page, interactive): (bool, bool),
) -> AnyView {
    loading::later(move || {
        Box::pin(async move {
            let (panels, _) = panels(card).await?;
            let show: Show = Arc::new(move || {
                if own_page {
                    (panels.own)(player, view);
                }
                (panels.follow)(player, view);
                if interactive {
                    view.hands.set(Some(panels.hands));
                }
                view.panels.set(Some(panels));
                (panels.controls)()
            });
            Ok(show)
        }) as Loading<Show>
    })
}
