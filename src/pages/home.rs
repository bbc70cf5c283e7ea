//! The gallery: every pattern by family, each with a picture of its first scenario.

use std::collections::BTreeMap;

use gloo_timers::future::TimeoutFuture;
use leptos::html;
use leptos::prelude::*;
use orrery_core::catalog::{self, Family, PATTERNS, Pattern};
use orrery_core::scene::StageShape;

use crate::pages::{PageLink, TopBar};
use crate::route::Route;

/// The gallery of patterns, by family; also where an unknown address leads.
#[component]
pub fn HomePage(
    /// The slug of an address that leads nowhere.
    missing: Option<String>,
) -> impl IntoView {
    document().set_title("Orrery: system design as running machines");
    let words = RwSignal::new(String::new());
    let search = NodeRef::<html::Input>::new();
    focus_on_slash(search);
    let found = Memo::new(move |_| {
        let words = words.get();
        PATTERNS
            .iter()
            .map(|pattern| matches(pattern, &words))
            .collect::<Vec<bool>>()
    });
    let count = move || found.with(|found| found.iter().filter(|found| **found).count());
    let said = move || match count() {
        0 => "Nothing fits these words. Try fewer, or the problem rather than the name.".to_owned(),
        1 => "1 pattern".to_owned(),
        count => format!("{count} patterns"),
    };
    view! {
        <TopBar><span></span></TopBar>
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
                        placeholder="Search by name or problem: “too many requests”, “two people edit”…"
                        autocomplete="off"
                        data-testid="search"
                        node_ref=search
                        on:input=move |event| words.set(event_target_value(&event))
                    />
                    <p class="quiet-text" aria-live="polite">{said}</p>
                </div>
            </section>
            <div class="families">{families(found)}</div>
        </main>
    }
}

/// A section for each family that has patterns, in the order of the registry.
fn families(found: Memo<Vec<bool>>) -> impl IntoView {
    let mut families: BTreeMap<Family, Vec<(usize, &'static Pattern)>> = BTreeMap::new();
    for (index, pattern) in PATTERNS.iter().enumerate() {
        families
            .entry(pattern.family)
            .or_default()
            .push((index, pattern));
    }
    families
        .into_iter()
        .map(|(family, members)| {
            let indices: Vec<usize> = members.iter().map(|(index, _)| *index).collect();
            let any = move || found.with(|found| indices.iter().any(|index| found[*index]));
            let many = members.len() > 1;
            let cards = members
                .into_iter()
                .map(|(index, pattern)| {
                    let hidden = move || found.with(|found| !found[index]);
                    view! { <li hidden=hidden><Card pattern index/></li> }
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
fn Card(pattern: &'static Pattern, index: usize) -> impl IntoView {
    let picture = RwSignal::new(String::new());
    // The page is painted first; then one picture after the other.
    leptos::task::spawn_local(async move {
        TimeoutFuture::new(30 * (index as u32 + 1)).await;
        picture.try_set(thumbnail(pattern).unwrap_or_default());
    });
    let scenarios = match (pattern.scenarios)().len() {
        1 => "1 scenario".to_owned(),
        count => format!("{count} scenarios"),
    };
    view! {
        <PageLink to=Route::Pattern(pattern.slug.to_owned()) class="card">
            <div class="card-picture" aria-hidden="true" inert=true inner_html=move || picture.get()></div>
            <div class="card-words" data-testid="pattern-card">
                <h3>{pattern.name}</h3>
                <p>{pattern.summary}</p>
                <p class="quiet-text">{scenarios}</p>
            </div>
        </PageLink>
    }
}

/// The first scenario at its most telling instant, as SVG text of our own making.
fn thumbnail(pattern: &Pattern) -> Option<String> {
    let scenario = (pattern.scenarios)().into_iter().next()?;
    let mut session = (pattern.machine.open)(&scenario.state()).ok()?;
    session.seek(scenario.still);
    Some(
        session
            .scene(StageShape::Wide)
            .to_picture()
            .to_svg_fragment(),
    )
}

#[component]
fn Missing(slug: String) -> impl IntoView {
    let nearest = catalog::nearest(&slug).map(|pattern| {
        view! {
            " Did you mean "
            <PageLink to=Route::Pattern(pattern.slug.to_owned())>{pattern.name}</PageLink>
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

/// Whether every word occurs somewhere in what a pattern says of itself.
fn matches(pattern: &Pattern, words: &str) -> bool {
    let mut text = [
        pattern.name,
        pattern.slug,
        pattern.summary,
        pattern.problem,
        pattern.family.name(),
    ]
    .join(" ");
    for synonym in pattern.synonyms {
        text.push(' ');
        text.push_str(synonym);
    }
    let text = text.to_lowercase();
    words
        .to_lowercase()
        .split_whitespace()
        .all(|word| text.contains(word))
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
        for pattern in PATTERNS {
            let word = pattern.problem.split_whitespace().next().unwrap_or("");
            let apart = format!("  {} {word} {}", pattern.family.name(), pattern.slug);
            assert!(matches(pattern, &apart), "{apart}");
            assert!(!matches(pattern, &format!("xyzzy {apart}")), "{apart}");
        }
    }

    #[test]
    fn every_pattern_is_found_by_its_name_and_its_synonyms_and_not_by_nonsense() {
        for pattern in PATTERNS {
            assert!(matches(pattern, ""), "no words hide nothing");
            assert!(matches(pattern, &pattern.name.to_uppercase()));
            for synonym in pattern.synonyms {
                assert!(matches(pattern, synonym), "{synonym}");
            }
            assert!(!matches(pattern, &format!("{} xyzzy", pattern.name)));
        }
    }
}
