//! Why a promise broke: the way there from its mark on the time line.

use leptos::prelude::*;
use orrery_core::kernel::engine::Violation;
use orrery_core::kernel::session::{PropertyState, PropertyView};
use orrery_core::kernel::timeline::Cursor;

use crate::machine::transport::share;
use crate::machine::{Tab, View};
use crate::panels::causes;
use crate::player::Player;

/// Goes to where a promise broke, and lights up on the stage, in the swimlanes and in the log what
/// led to it.
pub fn why(player: Player, view: View, violation: &Violation) {
    player.seek_cursor(Cursor {
        at: violation.at,
        ordinal: violation.ordinal,
    });
    view.tab.set(Tab::Log);
    view.cause.set(Some(violation.event.0));
    causes::tell(player, violation.event.0);
}

/// On the time line, a way from each broken promise's mark to what led to it.
#[component]
pub fn Flags() -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    let axis = Memo::new(move |_| player.readout.with(|readout| readout.axis));
    let broken = Memo::new(move |_| {
        player.revision.track();
        let promises = player.read(|session| session.properties());
        let broken = |promise: PropertyView| match promise.state {
            PropertyState::Violated(violation) => Some((promise.name, violation)),
            PropertyState::Holds | PropertyState::Undecided(_) | PropertyState::Pending => None,
        };
        let promises = promises.unwrap_or_default().into_iter();
        promises.filter_map(broken).collect::<Vec<_>>()
    });
    let flag = move |(name, violation): (&'static str, Violation)| {
        let words = format!("Why did “{name}” break at {}?", violation.at);
        let left = format!("{}%", share(violation.at, axis.get()) * 100.0);
        view! {
            <button
                type="button"
                class="break-flag"
                style:left=left
                title=words.clone()
                aria-label=words
                data-testid="flag"
                on:click=move |_| why(player, view, &violation)
            >
                "?"
            </button>
        }
    };
    move || broken.get().into_iter().map(flag).collect_view()
}
