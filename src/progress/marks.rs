//! The marks on the cards of patterns that were opened.

use leptos::prelude::*;
use orrery_core::catalog::Card;
use orrery_core::progress::Seen;

use crate::progress::Kept;

/// How far one has come with a pattern: a ring that closes challenge by challenge, and that in words.
/// Nothing for a pattern that was never opened.
pub fn mark(card: &'static Card) -> AnyView {
    let kept = Kept::here();
    let shown = move || {
        let done = kept.seen(card, |seen| done(seen, card))?;
        let (words, all) = (words(done, card), card.challenges.max(1));
        Some(view! {
            <span class="progress-mark" class:whole=done == all data-testid="progress-mark">
                <svg viewBox="0 0 14 14" aria-hidden="true">
                    <circle cx="7" cy="7" r="5.5"/>
                    <circle cx="7" cy="7" r="5.5" class="done" pathLength=all stroke-dasharray=format!("{done} {all}")/>
                </svg>
                {words}
            </span>
        })
    };
    shown.into_any()
}

/// How many of a pattern's challenges were done, of those that it has in this version.
pub(super) fn done(seen: &Seen, card: &Card) -> usize {
    seen.challenges.len().min(card.challenges)
}

fn words(done: usize, card: &Card) -> String {
    match (done, card.challenges) {
        (0, _) => "seen".to_owned(),
        (done, all) if done == all => format!("all {all} challenges"),
        (done, all) => format!("{done} of {all} challenges"),
    }
}
