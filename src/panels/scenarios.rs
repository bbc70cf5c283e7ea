//! The scenarios: presets and guided tours.

use leptos::prelude::*;

use crate::player::Player;

/// Every scenario as a button, the present one with what it shows.
#[component]
pub fn ScenariosPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let buttons = (player.pattern.scenarios)()
        .into_iter()
        .map(|scenario| {
            let slug = scenario.slug;
            let here = move || player.scenario.get() == Some(slug);
            let broken = !scenario.breaks.is_empty();
            view! {
                <li>
                    <button
                        type="button"
                        class="scenario"
                        data-testid="scenario"
                        aria-current=move || here().then_some("true")
                        on:click=move |_| player.load_scenario(slug)
                    >
                        <span class="scenario-name">{scenario.name}</span>
                        {broken.then(|| view! { <span class="scenario-broken">"a promise breaks"</span> })}
                        <Show when=here>
                            <span class="scenario-summary">{scenario.summary}</span>
                        </Show>
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="scenarios-title">
            <h2 id="scenarios-title">"Scenarios"</h2>
            <ol class="scenarios">{buttons}</ol>
        </section>
    }
}
