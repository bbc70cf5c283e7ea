//! The pages: what stands where.

pub mod embed;
pub mod home;
pub mod pattern;

use std::sync::Arc;

use leptos::prelude::*;
use orrery_core::catalog::{self, Card};

use crate::loading::{self, LoadError, Loading, Show, piece};
use crate::pages::home::HomePage;
use crate::pages::pattern::PatternPage;
use crate::panels::panels;
use crate::route::{Navigator, Route};
use crate::theme::Theme;

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    let navigator = Navigator::start();
    provide_context(navigator);
    let theme = RwSignal::new(Theme::shown());
    provide_context(theme);
    Effect::new(move || theme.get().apply());

    let page = move || {
        let (slug, show): (_, fn(_, _) -> Loading<Show>) = match navigator.route() {
            Route::Home => return home(None),
            Route::Pattern(slug) => (slug, |card, at| Box::pin(pattern(card, at))),
            Route::Embed(slug) => (slug, |card, at| Box::pin(embed(card, at))),
        };
        let Some(card) = catalog::card(&slug) else {
            return home(Some(slug));
        };
        // A change of the fragment from outside opens the page anew.
        navigator.fragment_changes.track();
        loading::later(move || show(card, navigator))
    };
    view! { <div class="app" data-testid="app">{page}</div> }
}

piece! { home_page in home -> fn(Option<String>) -> AnyView {
    |missing| view! { <HomePage missing/> }.into_any()
} }

fn home(missing: Option<String>) -> AnyView {
    loading::later(move || {
        let missing = missing.clone();
        Box::pin(async move {
            let show = home_page().await?;
            Ok(Arc::new(move || show(missing.clone())) as Show)
        })
    })
}

/// The page of a pattern, at what the fragment of its address leads to.
async fn pattern(card: &'static Card, navigator: Navigator) -> Result<Show, LoadError> {
    // They set out together; only an address that says something needs both before it is shown.
    leptos::task::spawn_local(async {
        let _ = panels(card).await;
    });
    let exhibit = loading::exhibit(card).await?;
    let fragment = navigator.fragment();
    let opening = match fragment.trim_start_matches('#') {
        "" => None,
        _ => {
            let (panels, pattern) = panels(card).await?;
            Some((panels.read)(pattern, &fragment))
        }
    };
    Ok(Arc::new(move || {
        let opening = opening.clone();
        view! { <PatternPage card exhibit opening/> }.into_any()
    }))
}

piece! { embed_page in embed -> embed::Open { embed::open } }

/// A pattern in somebody else's page, as its address asks for.
async fn embed(card: &'static Card, navigator: Navigator) -> Result<Show, LoadError> {
    // First what opens the pack in which most of both comes.
    let exhibit = loading::exhibit(card).await?;
    embed_page().await?(exhibit, navigator).await
}

/// A link to a page of the site, followed without a reload.
#[component]
pub fn PageLink(
    /// Where it leads.
    to: Route,
    /// Its class.
    #[prop(default = "")]
    class: &'static str,
    /// What it shows.
    children: Children,
) -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let href = navigator.href(&to);
    let follow = move |event: leptos::ev::MouseEvent| {
        let elsewhere =
            event.ctrl_key() || event.meta_key() || event.shift_key() || event.button() != 0;
        if !elsewhere {
            event.prevent_default();
            navigator.go(to.clone());
        }
    };
    view! { <a href=href class=class on:click=follow>{children()}</a> }
}

/// The bar at the top of every page.
#[component]
pub fn TopBar(
    /// What stands between the brand and the buttons.
    children: Children,
) -> impl IntoView {
    let theme = expect_context::<RwSignal<Theme>>();
    view! {
        <header class="top-bar">
            <PageLink to=Route::Home class="brand">
                <svg class="brand-mark" viewBox="0 0 24 24" aria-hidden="true">
                    <ellipse cx="12" cy="12" rx="10" ry="4.2" class="brand-orbit"/>
                    <ellipse cx="12" cy="12" rx="4.2" ry="10" class="brand-orbit"/>
                    <circle cx="12" cy="12" r="2.6" class="brand-sun"/>
                    <circle cx="22" cy="12" r="1.7" class="brand-planet"/>
                    <circle cx="12" cy="2" r="1.7" class="brand-planet"/>
                </svg>
                <span class="brand-name">"Orrery"</span>
            </PageLink>
            <div class="top-bar-middle">{children()}</div>
            <button
                type="button"
                class="button quiet theme-button"
                data-testid="theme"
                aria-label=move || theme.get().label()
                title="Change the theme (T)"
                on:click=move |_| theme.update(|theme| *theme = theme.chosen_next())
            >
                <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
                    <path d="M10 2a8 8 0 1 0 0 16zM10 1a9 9 0 1 1 0 18 9 9 0 0 1 0-18z" fill-rule="evenodd"/>
                </svg>
                <span class="theme-name">{move || theme.get().label()}</span>
            </button>
        </header>
    }
}
