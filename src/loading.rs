//! Code that comes when a page first needs it.
//!
//! A release build is cut into pieces (feature `split`): one that every page starts with, one for
//! what each pattern shows, one for the panels around it and one for what they need of the pattern,
//! one for what a link may say of it, one for what there is to read. Without the feature all of it is there from the start and loading
//! ends at once.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Mutex;

use leptos::prelude::document;
use orrery_core::catalog::{self, Exhibit, Pattern, Reading, SLUGS};
use orrery_core::link::Terms;
use thiserror::Error;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

use crate::dom::{DomResult, find, on, report};
use crate::observable::Page;

/// A piece of the app did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("A part of this page did not arrive. Check the connection, then try again.")]
pub struct LoadError;

#[cfg(feature = "split")]
impl From<wasm_split_helpers::SplitLoaderError> for LoadError {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self
    }
}

/// What loading gives.
pub type Loading<T> = Pin<Box<dyn Future<Output = Result<T, LoadError>>>>;

/// Makes a function whose value, with all that leads only there, is part of a piece.
macro_rules! piece {
    ($name:ident in $piece:ident -> $type:ty { $value:expr }) => {
        #[cfg(feature = "split")]
        #[wasm_split_helpers::wasm_split($piece, fallible)]
        fn $name() -> Result<$type, $crate::loading::LoadError> {
            Ok($value)
        }

        #[cfg(not(feature = "split"))]
        async fn $name() -> Result<$type, $crate::loading::LoadError> {
            Ok($value)
        }
    };
}
pub(crate) use piece;

macro_rules! pattern_pieces {
    ($($pattern:ident),* $(,)?) => {
        pastey::paste! {
            $(
                piece! { $pattern in $pattern -> &'static Exhibit { catalog::exhibit::$pattern() } }
                piece! { [<$pattern _whole>] in [<$pattern _whole>] -> &'static Pattern { catalog::entry::$pattern() } }
                piece! { [<$pattern _terms>] in [<$pattern _terms>] -> &'static Terms { catalog::terms::$pattern() } }
                piece! { [<$pattern _reading>] in [<$pattern _reading>] -> &'static Reading { catalog::reading::$pattern() } }
            )*

            /// In the order of the gallery.
            const EXHIBITS: &[Piece<Exhibit>] = &[$(|| Box::pin($pattern())),*];

            /// In the same order.
            const PATTERNS: &[Piece<Pattern>] = &[$(|| Box::pin([<$pattern _whole>]())),*];

            /// In the same order.
            const TERMS: &[Piece<Terms>] = &[$(|| Box::pin([<$pattern _terms>]())),*];

            /// In the same order.
            const READINGS: &[Piece<Reading>] = &[$(|| Box::pin([<$pattern _reading>]())),*];
        }
    };
}

orrery_core::for_each_pattern!(pattern_pieces);

/// Begins to bring in something of one pattern.
type Piece<T> = fn() -> Loading<&'static T>;

/// Room for the padding between the pieces' shares of the constant data: cutting moves constants
/// apart, and what no longer fits where the linker put it would stay in the first piece whole.
/// Nothing refers to it, so it is in no piece itself.
#[cfg(feature = "split")]
#[used]
static ROOM: [u8; 32 << 10] = [1; 32 << 10];

/// Brings in what the pattern with this slug shows.
pub fn exhibit(slug: &'static str) -> Loading<&'static Exhibit> {
    bring(EXHIBITS, slug)
}

/// Brings in all of the pattern with this slug.
pub fn pattern(slug: &'static str) -> Loading<&'static Pattern> {
    let loading = bring(PATTERNS, slug);
    Box::pin(async {
        let pattern = loading.await?;
        if let Ok(mut arrived) = ARRIVED.lock() {
            arrived.push(pattern);
        }
        Ok(pattern)
    })
}

/// The patterns that are here from end to end; what has come stays.
static ARRIVED: Mutex<Vec<&'static Pattern>> = Mutex::new(Vec::new());

/// All of the pattern with this slug, if it was brought in.
pub fn arrived(slug: &str) -> Option<&'static Pattern> {
    let arrived = ARRIVED.lock().ok()?;
    arrived
        .iter()
        .copied()
        .find(|pattern| pattern.card.slug == slug)
}

/// Brings in what a link may say of a pattern, where that is all that is wanted of it.
pub fn terms(slug: &'static str) -> Loading<Terms> {
    let loading = bring(TERMS, slug);
    Box::pin(async move {
        let terms = *loading.await?;
        if let Ok(mut known) = KNOWN.lock() {
            known.push((slug, terms));
        }
        Ok(terms)
    })
}

/// What came so.
static KNOWN: Mutex<Vec<(&'static str, Terms)>> = Mutex::new(Vec::new());

/// What a link may say of the pattern with this slug, if that or all of it was brought in.
pub fn known(slug: &str) -> Option<Terms> {
    if let Some(pattern) = arrived(slug) {
        return Some(pattern.into());
    }
    let known = KNOWN.lock().ok()?;
    let mut known = known.iter().filter(|(other, _)| *other == slug);
    known.next().map(|(_, terms)| *terms)
}

/// Brings in what there is to read about the pattern with this slug.
pub fn reading(slug: &'static str) -> Loading<&'static Reading> {
    bring(READINGS, slug)
}

fn bring<T>(pieces: &[Piece<T>], slug: &str) -> Loading<&'static T> {
    let index = SLUGS.iter().position(|other| *other == slug);
    let piece = index.and_then(|index| pieces.get(index));
    piece.map_or_else(
        || Box::pin(async { Err(LoadError) }) as Loading<&'static T>,
        |begin| begin(),
    )
}

/// What a part of the page says while its code is coming.
pub const COMING: &str = "One moment…";

/// What asks for it once more.
pub const AGAIN: &str = "Try again";

/// Puts what has arrived in its place.
pub type Fill = Box<dyn FnOnce(&Element) -> DomResult>;

/// Fills a place of the page once what fills it is here; until then the place says that it is coming.
pub fn arrive(place: &Element, load: impl Fn() -> Loading<Fill> + 'static) {
    bring_to(place.clone(), Page::current(), Rc::new(load));
}

fn bring_to(place: Element, page: Page, load: Rc<dyn Fn() -> Loading<Fill>>) {
    place.set_inner_html(&format!(
        "<p class=\"quiet-text arriving\" role=\"status\">{COMING}</p>"
    ));
    let loading = load();
    spawn_local(async move {
        let arrived = loading.await;
        if page.is_left() {
            return;
        }
        match arrived {
            Ok(fill) => {
                remove_prerendered();
                place.set_inner_html("");
                report(page.make(|| fill(&place)));
            }
            Err(error) => refuse(&place, &page, error, load),
        }
    });
}

/// Says that something did not arrive, and how to ask for it once more.
fn refuse(place: &Element, page: &Page, error: LoadError, load: Rc<dyn Fn() -> Loading<Fill>>) {
    place.set_inner_html(&format!(
        "<p class=\"notice refused arriving\" role=\"alert\">{error} \
         <button type=\"button\" class=\"button\">{AGAIN}</button></p>"
    ));
    let Some(button) = find(place, "button") else {
        return;
    };
    let (place, own) = (place.clone(), page.clone());
    let again = move |_| bring_to(place.clone(), own.clone(), Rc::clone(&load));
    page.make(|| on(&button, "click", again));
}

/// Until the app is here, the text for readers without it stands in its place.
pub(crate) fn remove_prerendered() {
    if let Some(text) = document().get_element_by_id("prerendered") {
        text.remove();
    }
}
