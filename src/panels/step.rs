//! The last step in words, and what is said to the reader.

use leptos::prelude::*;

use crate::machine::View;
use crate::player::Player;

/// The last step, unless the caption tells it already, and the last notice.
#[component]
pub fn Step() -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    let step = Memo::new(move |_| {
        player.revision.track();
        player
            .read(|session| session.log(1).pop())
            .flatten()
            .map(|line| (line.text, line.region))
            .unwrap_or_default()
    });
    Effect::new(move || {
        let (_, region) = step.get();
        if region.is_some() && region != view.region.get_untracked() {
            view.region.set(region);
        }
    });
    let last_step = move || {
        let (text, _) = step.get();
        (text != view.caption.get()).then_some(text)
    };
    // Steps follow each other too fast to be read out while time goes on.
    let live = move || {
        if player.playing.get() {
            "off"
        } else {
            "polite"
        }
    };
    let notice = move || {
        player.notice.get().map(|notice| {
            let class = if notice.refused {
                "notice refused"
            } else {
                "notice"
            };
            view! { <p class=class role="status" data-testid="notice">{notice.text}</p> }
        })
    };
    view! {
        <p class="caption-step" aria-live=live data-testid="step">{last_step}</p>
        {notice}
    }
}
