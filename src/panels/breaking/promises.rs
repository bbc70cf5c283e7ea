//! What the pattern promises, and how each promise stands at the cursor.

use leptos::prelude::*;
use orrery_core::kernel::session::{PropertyState, PropertyView};
use orrery_core::simulation::PropertyKind;

use super::stops_form::StopsForm;
use crate::machine::View;
use crate::panels::flags::why;
use crate::player::Player;

/// Every promise with its state; a broken one leads to the instant and to its cause.
#[component]
pub fn PromisesPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let promises = Memo::new(move |_| {
        player.revision.track();
        player
            .read(|session| session.properties())
            .unwrap_or_default()
    });
    let list = move || {
        let promises = promises.get().into_iter().enumerate();
        promises
            .map(|(index, promise)| view! { <Promise index promise/> })
            .collect_view()
    };
    view! {
        <ul class="promises" data-testid="promises">{list}</ul>
        <StopsForm/>
    }
}

#[component]
fn Promise(index: usize, promise: PropertyView) -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    let (class, word) = match &promise.state {
        PropertyState::Holds => ("promise holds", "holds"),
        PropertyState::Undecided(_) => ("promise pending", "not decided"),
        PropertyState::Pending => ("promise pending", "not yet"),
        PropertyState::Violated(_) => ("promise violated", "broken"),
    };
    let when = match promise.kind {
        PropertyKind::Always => "always".to_owned(),
        PropertyKind::Sometimes => "at least once".to_owned(),
        PropertyKind::Eventually(within) => format!("eventually, within {within}"),
    };
    let details = match promise.state {
        PropertyState::Violated(violation) => {
            let (at, reason) = (violation.at, violation.reason.clone());
            let details = view! {
                <p class="promise-reason">
                    {format!("At {at}: {reason}.")}
                    <button
                        type="button"
                        class="button quiet"
                        data-testid="promise-why"
                        title="Go there and light up what led to it"
                        on:click=move |_| why(player, view, &violation)
                    >
                        "Why?"
                    </button>
                </p>
            };
            Some(details.into_any())
        }
        PropertyState::Undecided(doubt) => {
            let words = format!(
                "It held until {}. Since then: {}.",
                doubt.since, doubt.reason
            );
            Some(view! { <p class="promise-reason">{words}</p> }.into_any())
        }
        PropertyState::Holds | PropertyState::Pending => None,
    };
    let stops = move || player.breakpoints.with(|points| points.contains(&index));
    let flip = move |event| {
        let on = event_target_checked(&event);
        player.breakpoints.update(|points| {
            points.retain(|point| *point != index);
            if on {
                points.push(index);
            }
        });
    };
    view! {
        <li class=class data-testid="promise">
            <div class="promise-head">
                <span class="promise-state">{word}</span>
                <strong>{promise.name}</strong>
                <span class="quiet-text">{when}</span>
            </div>
            <p>{promise.promise}</p>
            {details}
            <label class="tick">
                <input type="checkbox" prop:checked=stops on:change=flip/>
                "Stop when it breaks"
            </label>
        </li>
    }
}
