//! The scenarios: presets and guided tours.

use leptos::html;
use leptos::prelude::*;

use crate::panels::tour::TourOffer;
use crate::player::Player;
use crate::progress::Kept;

/// The present scenario and what it shows; every other one a press away.
#[component]
pub fn ScenariosPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let kept = Kept::here();
    let card = &player.exhibit.card;
    let scenarios = (player.pattern().scenarios)();
    let count = scenarios.len();
    let list = NodeRef::<html::Details>::new();
    let known: Vec<_> = scenarios
        .iter()
        .map(|scenario| (scenario.slug, scenario.name, scenario.summary))
        .collect();
    let present = Memo::new(move |_| {
        let slug = player.scenario.get()?;
        known
            .iter()
            .position(|(known, ..)| *known == slug)
            .map(|index| (index, known[index].1, known[index].2))
    });
    let place = move || match present.get() {
        Some((index, ..)) => format!("{} of {count}", index + 1),
        None => format!("{count}"),
    };
    let start = move |slug: &str| {
        player.load_scenario(slug);
        if let Some(list) = list.get_untracked() {
            list.set_open(false);
            let summary = list.query_selector("summary").ok().flatten();
            if let Some(summary) = summary {
                let _ =
                    wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(summary).focus();
            }
        }
        // Where the page is longer than the screen, what was started is at its top.
        window().scroll_to_with_x_and_y(0.0, 0.0);
    };
    let buttons = scenarios
        .into_iter()
        .map(|scenario| {
            let slug = scenario.slug;
            let here = move || player.scenario.get() == Some(slug);
            let broken = !scenario.breaks.is_empty();
            let played = move || {
                let played = kept.seen(card, |seen| seen.scenarios.contains(slug));
                (played == Some(true)).then(|| view! { <span class="scenario-played">"played"</span> })
            };
            view! {
                <li>
                    <button
                        type="button"
                        class="scenario"
                        data-testid="scenario"
                        title=scenario.summary
                        aria-current=move || here().then_some("true")
                        on:click=move |_| start(slug)
                    >
                        <span>{scenario.name}</span>
                        {broken.then(|| view! { <span class="scenario-broken">"a promise breaks"</span> })}
                        {played}
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="scenarios-title">
            <h2 id="scenarios-title">"Scenario"</h2>
            <details class="picker" node_ref=list>
                <summary data-testid="picker">
                    <span class="picker-name">
                        {move || present.get().map_or("A run of your own", |(_, name, _)| name)}
                    </span>
                    <span class="quiet-text figure">{place}</span>
                </summary>
                <ol class="scenarios">{buttons}</ol>
            </details>
            <p class="scenario-summary">{move || present.get().map(|(_, _, summary)| summary)}</p>
            <TourOffer/>
        </section>
    }
}
