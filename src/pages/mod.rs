//! The pages: what stands where.
//!
//! A page begins without views, so that its machine plays before they are here.

mod bar;
pub mod embed;
pub mod home;
pub mod pattern;
mod workbench;

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::document;
use orrery_core::catalog;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, HtmlAnchorElement, HtmlElement, MouseEvent};

use crate::dom::{DomResult, html_element, on, report};
use crate::loading::{self, Fill, LoadError, Loading, piece};
use crate::observable::{Observable, Page};
use crate::route::{self, Navigator, Route};
use crate::theme::Theme;

/// What all pages of a visit have in common.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    /// Where the app is.
    pub navigator: Navigator,
    /// The colours that were chosen.
    pub theme: Observable<Theme>,
}

/// The app in a page; it goes when this is dropped.
pub struct App {
    element: HtmlElement,
    visit: Page,
    now: Rc<RefCell<Page>>,
}

impl Drop for App {
    fn drop(&mut self) {
        self.now.borrow().leave();
        self.visit.leave();
        self.element.remove();
    }
}

/// Opens the app at the end of `root`, at what the address says.
///
/// # Errors
///
/// When the page refuses an element.
pub fn open(root: &Element) -> DomResult<App> {
    let element: HtmlElement = html_element(&document(), "div", "app")?;
    element.set_attribute("data-testid", "app")?;
    root.append_child(&element)?;
    let (visit, now) = (Page::default(), Rc::new(RefCell::new(Page::default())));
    visit.make(|| {
        let (navigator, theme) = (Navigator::start(), Observable::new(Theme::shown()));
        theme.watch(move || theme.get_untracked().apply());
        let visit = Visit { navigator, theme };
        on(&element, "click", move |event| follow(&event, navigator));
        let (place, now) = (element.clone(), Rc::clone(&now));
        let turn = move || {
            let page = Page::default();
            now.replace(page.clone()).leave();
            place.set_inner_html("");
            page.make(|| show(&place, visit));
        };
        turn();
        navigator.watch(turn);
    });
    Ok(App {
        element,
        visit,
        now,
    })
}

/// Shows the page that the address means.
fn show(place: &Element, visit: Visit) {
    let (slug, load): (_, fn(_, _) -> Loading<Fill>) = match visit.navigator.route() {
        Route::Home => return loading::arrive(place, move || home(visit, None)),
        Route::Pattern(slug) => (slug, |slug, visit| Box::pin(pattern(slug, visit))),
        Route::Embed(slug) => (slug, |slug, visit| Box::pin(embed(slug, visit))),
    };
    match catalog::slug(&slug) {
        Some(slug) => loading::arrive(place, move || load(slug, visit)),
        None => loading::arrive(place, move || home(visit, Some(slug.clone()))),
    }
}

piece! { home_page in home -> home::Open { home::open } }

/// The gallery; also where an address leads that means nothing.
fn home(visit: Visit, missing: Option<String>) -> Loading<Fill> {
    Box::pin(async move { Ok(home_page().await?(visit, missing)) })
}

piece! { pattern_page in page -> pattern::Open { pattern::open } }

/// The page of a pattern, at what the fragment of its address leads to.
async fn pattern(slug: &'static str, visit: Visit) -> Result<Fill, LoadError> {
    // What the panels need sets out with what plays.
    spawn_local(async move {
        let _ = loading::pattern(slug).await;
    });
    // First what opens the pack in which the page comes too.
    let exhibit = loading::exhibit(slug).await?;
    pattern_page().await?(exhibit, visit).await
}

piece! { embed_page in embed -> embed::Open { embed::open } }

/// A pattern in somebody else's page, as its address asks for.
async fn embed(slug: &'static str, visit: Visit) -> Result<Fill, LoadError> {
    // First what opens the pack in which most of both comes.
    let exhibit = loading::exhibit(slug).await?;
    embed_page().await?(exhibit, visit).await
}

/// What links have that lead to a page of the site without a reload.
pub const WITHIN: &str = "data-within";

/// Follows such a link.
fn follow(event: &Event, navigator: Navigator) {
    let Some(event) = event.dyn_ref::<MouseEvent>() else {
        return;
    };
    let elsewhere =
        event.ctrl_key() || event.meta_key() || event.shift_key() || event.button() != 0;
    let target = event.target().and_then(|target| target.dyn_into().ok());
    let link = target.and_then(|target: Element| target.closest(&format!("a[{WITHIN}]")).ok()?);
    if let (Some(link), false) = (link, elsewhere) {
        event.prevent_default();
        let link: HtmlAnchorElement = link.unchecked_into();
        navigator.go(route::of_path(&link.pathname()));
    }
}

/// Puts the app into the page that the browser shows, to stay.
pub(crate) fn open_in_body() {
    let Some(body) = document().body() else {
        return;
    };
    match open(&body) {
        Ok(app) => std::mem::forget(app),
        Err(error) => report(Err(error)),
    }
}
