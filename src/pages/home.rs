//! The gallery: every pattern by family, each with a picture of its first scenario.

use gloo_timers::future::TimeoutFuture;
use leptos::html;
use leptos::prelude::*;
use orrery_core::catalog::{self, CARDS, Card, Family, Pattern};
use orrery_core::sorted::SortedMap;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlInputElement};

use crate::dom::{DomResult, find, has_focus};
use crate::loading::{self, Fill};
use crate::pages::{Visit, bar};
use crate::progress::{self, Parts, ProgressButton};
use crate::route::{Navigator, Route};
use crate::views::Views;

/// What opens the gallery; it says so where that is because of a slug that leads nowhere.
pub type Open = fn(Visit, Option<String>) -> Fill;

/// See [`Open`].
pub(super) fn open(visit: Visit, missing: Option<String>) -> Fill {
    let typed = Typed::so_far();
    Box::new(move |place| show(place, visit, missing, typed))
}

/// What was typed into the field of the page that stands here before the app does, and where in it the
/// keyboard is, if it is there.
#[derive(Default)]
struct Typed {
    words: String,
    caret: Option<u32>,
}

impl Typed {
    fn so_far() -> Self {
        let field = document().query_selector("#prerendered input[type=search]");
        let Some(field) = field.ok().flatten() else {
            return Self::default();
        };
        let caret = has_focus(&field);
        let field: HtmlInputElement = field.unchecked_into();
        let end = || field.selection_end().ok().flatten().unwrap_or_default();
        Self {
            words: field.value(),
            caret: caret.then(end),
        }
    }
}

fn show(place: &Element, visit: Visit, missing: Option<String>, typed: Typed) -> DomResult {
    document().set_title("Orrery: system design as running machines");
    place.set_inner_html(&bar::markup("<div class=\"top-bar-tools\"></div>", visit));
    bar::begin(place, visit);
    let views = Views::begin();
    views.make(|| provide_context(visit.navigator));
    if let Some(tools) = find(place, ".top-bar-tools") {
        views.mount(&tools, || {
            view! { <ProgressButton class="button quiet"/> }.into_any()
        });
    }
    let Typed { words, caret } = typed;
    views.mount(place, move || {
        view! { <HomePage missing words/> }.into_any()
    });
    let field = find(place, ".search input");
    if let (Some(caret), Some(field)) = (caret, field) {
        field.focus()?;
        let field: HtmlInputElement = field.unchecked_into();
        field.set_selection_range(caret, caret)?;
    }
    Ok(())
}

/// The gallery of patterns, by family.
#[component]
fn HomePage(
    /// The slug of an address that leads nowhere.
    missing: Option<String>,
    /// What stands in the field for searching.
    words: String,
) -> impl IntoView {
    let words = RwSignal::new(words);
    let search = NodeRef::<html::Input>::new();
    focus_on_slash(search);
    let found = Memo::new(move |_| {
        let words = words.get();
        CARDS
            .iter()
            .map(|card| matches(card, &words))
            .collect::<Vec<bool>>()
    });
    // A new reader has no need of it.
    let parts = progress::follow(progress::is_something_kept);
    let count = move || found.with(|found| found.iter().filter(|found| **found).count());
    let said = move || match count() {
        0 => "Nothing fits these words. Try fewer, or the problem rather than the name.".to_owned(),
        1 => "1 pattern".to_owned(),
        count => format!("{count} patterns"),
    };
    view! {
        <main class="home">
            {missing.map(|slug| view! { <Missing slug/> })}
            <section class="home-head">
                <h1>"System design, as machines that run"</h1>
                <p>
                    "Watch each pattern work, take hold of it, break it, and read the code that decides. "
                    "Every number and every moving dot comes from the real algorithm, running here."
                </p>
                <div class="search">
                    <input
                        type="search"
                        aria-label="Search patterns by name, problem or synonym"
                        placeholder="Search: try “two people edit”"
                        autocomplete="off"
                        data-testid="search"
                        node_ref=search
                        prop:value=words
                        on:input=move |event| words.set(event_target_value(&event))
                    />
                    <p class="quiet-text" aria-live="polite">{said}</p>
                </div>
            </section>
            <div class="families">{families(found, parts)}</div>
        </main>
    }
}

/// A section for each family that has patterns, in the order of the registry.
fn families(found: Memo<Vec<bool>>, parts: RwSignal<Option<Parts>>) -> impl IntoView {
    let mut families: SortedMap<Family, Vec<(usize, &'static Card)>> = SortedMap::new();
    for (index, card) in CARDS.iter().enumerate() {
        families.entry(card.family).or_default().push((index, card));
    }
    families
        .into_iter()
        .map(|(family, members)| {
            let indices: Vec<usize> = members.iter().map(|(index, _)| *index).collect();
            let any = move || found.with(|found| indices.iter().any(|index| found[*index]));
            let many = members.len() > 1;
            let cards = members
                .into_iter()
                .map(|(index, card)| {
                    let hidden = move || found.with(|found| !found[index]);
                    view! { <li hidden=hidden><PatternCard card index parts/></li> }
                })
                .collect_view();
            view! {
                <section class="family" class:many={many} hidden=move || !any()>
                    <h2>{family.name()}</h2>
                    <ul class="cards">{cards}</ul>
                </section>
            }
        })
        .collect_view()
}

#[component]
fn PatternCard(card: &'static Card, index: usize, parts: RwSignal<Option<Parts>>) -> impl IntoView {
    let drawn = RwSignal::new(None::<String>);
    let address = expect_context::<Navigator>().href(&Route::Pattern(card.slug.to_owned()));
    // For a site that was served without its pictures: one after the other, from runs here and now.
    let draw = move |_| {
        spawn_local(async move {
            TimeoutFuture::new(30 * (index as u32 + 1)).await;
            let pattern = loading::pattern(card.slug).await.ok();
            // Without a host there is neither; asking again at once would not end.
            if let Some(still) = pattern.and_then(Pattern::still) {
                drawn.try_set(Some(still));
            }
        });
    };
    let picture = move || {
        match drawn.get() {
        None => view! {
            <img src=format!("{address}{STILL}") alt="" width="880" height="560" loading="lazy" on:error=draw/>
        }
        .into_any(),
        Some(svg) => view! { <div inert=true inner_html=svg></div> }.into_any(),
    }
    };
    view! {
        <PatternLink to=card class="card">
            <div class="card-picture" aria-hidden="true">{picture}</div>
            <div class="card-words" data-testid="pattern-card">
                <h3>{card.name}{move || parts.get().map(|parts| (parts.mark)(card))}</h3>
                <p>{card.summary}</p>
            </div>
        </PatternLink>
    }
}

/// A pattern's picture beside its page, drawn when the site was built.
const STILL: &str = "still.svg";

/// A link to a pattern's page, followed without a reload.
#[component]
fn PatternLink(
    /// Where it leads.
    to: &'static Card,
    /// Its class.
    #[prop(default = "")]
    class: &'static str,
    /// What it shows.
    children: Children,
) -> impl IntoView {
    let href = expect_context::<Navigator>().href(&Route::Pattern(to.slug.to_owned()));
    view! { <a href=href class=class data-within="">{children()}</a> }
}

#[component]
fn Missing(slug: String) -> impl IntoView {
    let nearest = catalog::nearest(&slug).map(|card| {
        view! {
            " Did you mean "
            <PatternLink to=card>{card.name}</PatternLink>
            "?"
        }
    });
    let shown: String = slug.chars().take(60).collect();
    view! {
        <p class="notice refused missing" role="alert" data-testid="missing">
            {format!("There is no pattern at “{shown}”.")}
            {nearest}
            " All that there are stand below."
        </p>
    }
}

/// Whether every word begins one of the words that a pattern says of itself.
fn matches(card: &Card, words: &str) -> bool {
    let mut text = [
        card.name,
        card.slug,
        card.summary,
        card.problem,
        card.family.name(),
    ]
    .join(" ");
    for synonym in card.synonyms {
        text.push(' ');
        text.push_str(synonym);
    }
    says(&text, words)
}

/// Whether every word begins one of the words of a text.
fn says(text: &str, words: &str) -> bool {
    let (text, words) = (text.to_lowercase(), words.to_lowercase());
    let mut wanted = words_of(&words);
    wanted.all(|word| words_of(&text).any(|other| other.starts_with(word)))
}

/// The words of a text: what letters and digits there are between other signs.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|sign: char| !sign.is_alphanumeric());
    words.filter(|word| !word.is_empty())
}

fn focus_on_slash(search: NodeRef<html::Input>) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| {
        let Some(input) = search.try_get_untracked().flatten() else {
            return;
        };
        let elsewhere = document()
            .active_element()
            .is_none_or(|active| active.tag_name() == "BODY");
        if event.key() == "/" && elsewhere {
            event.prevent_default();
            let _ = input.focus();
        }
    });
    on_cleanup(move || handle.remove());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_match_in_different_places_but_each_must_match() {
        for card in CARDS {
            let word = card.problem.split_whitespace().next().unwrap_or("");
            let apart = format!("  {} {word} {}", card.family.name(), card.slug);
            assert!(matches(card, &apart), "{apart}");
            assert!(!matches(card, &format!("xyzzy {apart}")), "{apart}");
        }
    }

    #[test]
    fn what_the_field_suggests_is_found() {
        for words in [
            "too many requests",
            "two people edit",
            "hash mod",
            "timeout",
        ] {
            assert!(CARDS.iter().any(|card| matches(card, words)), "{words}");
        }
    }

    #[test]
    fn a_word_is_found_by_its_beginning_and_not_within_another() {
        assert!(says(
            "Lets bursts through, up to a saved-up credit",
            "cred SAVED up"
        ));
        assert!(!says("a saved-up credit", "edit"));
    }

    #[test]
    fn every_pattern_is_found_by_its_name_and_its_synonyms_and_not_by_nonsense() {
        for card in CARDS {
            assert!(matches(card, ""), "no words hide nothing");
            assert!(matches(card, &card.name.to_uppercase()));
            for synonym in card.synonyms {
                assert!(matches(card, synonym), "{synonym}");
            }
            assert!(!matches(card, &format!("{} xyzzy", card.name)));
        }
    }
}
