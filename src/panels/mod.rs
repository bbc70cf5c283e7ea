//! Forms and readouts of a pattern page, built from what the session declares.
//!
//! The machine runs before they are here: they come in one piece and fill the places that the page
//! keeps for them. Nothing outside calls into them but through [`Panels`].

pub mod actions;
pub mod address;
pub mod breaking;
pub mod causes;
pub mod charts;
pub mod code;
pub mod compare;
pub mod deeds;
pub mod export;
pub mod field;
pub mod flags;
pub mod keyboard;
pub mod knobs;
pub mod lanes;
pub mod lesson;
mod lines;
pub mod listing;
pub mod log;
pub mod measure;
pub mod problems;
pub mod progress;
pub mod readouts;
pub mod scenarios;
pub mod share;
pub mod speed;
pub mod step;
pub mod stops;
pub mod timeline;
pub mod tour;
pub mod vitals;

use js_sys::{Promise, Reflect};
use leptos::prelude::*;
use orrery_core::catalog::Pattern;
use orrery_core::kernel::session::NodeView;
use orrery_core::scene::Scene;
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

use crate::dom::find;
use crate::loading::{self, LoadError, Loading, piece};
use crate::machine::{Beside, View};
use crate::pages::Visit;
use crate::player::{Cause, Opening, Player};
use crate::route;
use crate::stage::{HANDS, Hands};
use crate::views::{self, Views};

/// The page that the panels come to.
#[derive(Clone)]
pub struct Around {
    /// In which their places are.
    pub root: Element,
    /// What runs.
    pub player: Player,
    /// How it is looked at.
    pub view: View,
    /// What it has in common with other pages.
    pub visit: Visit,
    /// Whether it is a page of this site, whose address leads to what is shown and of which is kept
    /// what was seen; an embed is none.
    pub own_page: bool,
}

/// What fills the places of the page, and what else the machine has done by the panels.
#[derive(Debug)]
pub struct Panels {
    /// Fills the places and follows the machine.
    pub fill: fn(&Around),
    /// Applies their stylesheet, which the page has had fetched beside its own.
    pub dress: fn() -> Loading<()>,
    /// Reads the fragment of an address.
    pub read: fn(&'static Pattern, &str) -> Opening,
    /// Says why an event came about.
    pub why: fn(Player, u64),
    /// Makes stand out what took part in a chain of causes.
    pub trace: fn(&mut Scene, &[Cause], &[NodeView]),
    /// Puts the swimlanes beside a stage, for as long as what draws them is kept.
    pub lanes: fn(&Element, Player, View) -> Beside,
    /// What lets a person take hold of the stage.
    pub hands: &'static Hands,
}

piece! { bring in panels -> &'static Panels { &PANELS } }

/// Brings in the panels, and all of the pattern with this slug.
pub fn panels(slug: &'static str) -> Loading<(&'static Panels, &'static Pattern)> {
    // The pattern first: it opens the pack in which both come.
    Box::pin(async move {
        let pattern = loading::pattern(slug).await?;
        let panels = bring().await?;
        (panels.dress)().await?;
        Ok((panels, pattern))
    })
}

/// A part of the page, and the selector of the place at whose end it stands.
type Place = (&'static str, fn() -> AnyView);

/// All of them, those in sight first.
const PLACES: [Place; 12] = [
    (".controls", || {
        let parts: [fn() -> AnyView; 3] = [
            || view! { <scenarios::ScenariosPanel/> }.into_any(),
            || view! { <actions::ActionsPanel/> }.into_any(),
            || view! { <knobs::KnobsPanel/> }.into_any(),
        ];
        parts.map(views::soon).into_any()
    }),
    (".top-bar-tools", || {
        view! {
            <keyboard::Skips/>
            <export::ExportButton/>
            <share::ShareButton/>
            <keyboard::KeyboardButton/>
        }
        .into_any()
    }),
    (".problems-place", || {
        view! { <problems::Problems/> }.into_any()
    }),
    (".caption", || {
        view! {
            <tour::Tour/>
            <step::Step/>
        }
        .into_any()
    }),
    (".stages", compare::beside),
    (".stages", || view! { <causes::Tip/> }.into_any()),
    (".vitals", || view! { <vitals::Vitals/> }.into_any()),
    (".scrubber-picture", || {
        view! { <timeline::Marks/> }.into_any()
    }),
    (".scrubber-track", || view! { <flags::Flags/> }.into_any()),
    (".scrubber", || view! { <timeline::Branches/> }.into_any()),
    (".transport-more", || view! { <speed::Speed/> }.into_any()),
    (".readouts", || {
        view! {
            {compare::or(|| view! { <readouts::Tabs/> }.into_any())}
            <keyboard::KeyboardHelp/>
        }
        .into_any()
    }),
];

/// Fills the places of a page, each in a task of its own, and follows what is done on it.
fn fill(around: &Around) {
    let (player, view, visit) = (around.player, around.view, around.visit);
    let views = Views::begin();
    views.make(|| {
        provide_context(player);
        provide_context(view);
        provide_context(visit.navigator);
        if around.own_page {
            address::follow(player, view);
            progress::follow(player);
        }
        causes::follow(player, view);
        stops::follow(player, view);
        compare::follow(player, view);
        keyboard::listen_to_keys(player, view);
    });
    for (place, part) in PLACES {
        if let Some(place) = find(&around.root, place) {
            views.mount(&place, move || views::soon(part));
        }
    }
}

static PANELS: Panels = Panels {
    fill,
    dress: || Box::pin(dress()),
    read: address::read,
    why: causes::tell,
    trace: causes::trace,
    lanes: lanes::beside,
    hands: &HANDS,
};

/// The link by which the page has the stylesheet fetched, in a build for release.
const FETCHED: &str = "style-of-panels";

/// The link that applies it.
const APPLIED: &str = "style-of-panels-applied";

/// Has the page apply the styles of the panels.
pub(crate) async fn dress() -> Result<(), LoadError> {
    let page = document();
    let Some(fetched) = page.get_element_by_id(FETCHED) else {
        return Ok(());
    };
    let link = match page.get_element_by_id(APPLIED) {
        Some(link) => link,
        None => {
            let link = page.create_element("link").map_err(|_| LoadError)?;
            // Written for the page that the visit began with.
            let address = fetched.get_attribute("href").unwrap_or_default();
            let name = address.rsplit('/').next().unwrap_or_default();
            let address = format!("{}{name}", route::base());
            for (name, value) in [("rel", "stylesheet"), ("id", APPLIED), ("href", &address)] {
                link.set_attribute(name, value).map_err(|_| LoadError)?;
            }
            fetched.after_with_node_1(&link).map_err(|_| LoadError)?;
            link
        }
    };
    if Reflect::get(&link, &"sheet".into()).is_ok_and(|sheet| sheet.is_truthy()) {
        return Ok(());
    }
    let arrives = Promise::new(&mut |fulfil, refuse| {
        for (event, call) in [("load", &fulfil), ("error", &refuse)] {
            let _ = link.add_event_listener_with_callback(event, call);
        }
    });
    JsFuture::from(arrives).await.map(|_| ()).map_err(|_| {
        // To be asked for anew when the reader tries again.
        link.remove();
        LoadError
    })
}
