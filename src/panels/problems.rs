//! What could not be read of the link that the page was opened with.

use leptos::prelude::*;
use orrery_core::kernel::timeline::Entry;

use crate::machine::View;
use crate::player::Player;

/// The problems with the address, until they are dismissed.
#[component]
pub fn Problems() -> impl IntoView {
    let problems = expect_context::<View>().problems;
    let player = expect_context::<Player>();
    problems.update(|problems| {
        let refused = player.read(|session| session.refused()).unwrap_or_default();
        let sentence =
            |(entry, reason): (Entry, String)| format!("{} at {}: {reason}", entry.call, entry.at);
        problems.extend(refused.into_iter().map(sentence));
    });
    let shown = move || !problems.with(Vec::is_empty);
    let list = move || {
        problems
            .get()
            .into_iter()
            .map(|problem| view! { <li>{problem}</li> })
            .collect_view()
    };
    view! {
        <Show when=shown>
            <div class="problems" role="alert" data-testid="link-problems">
                <div>
                    <strong>"Not all of this link could be followed; the rest is open."</strong>
                    <ul>{list}</ul>
                </div>
                <button type="button" class="button quiet" on:click=move |_| problems.set(Vec::new())>
                    "Dismiss"
                </button>
            </div>
        </Show>
    }
}
