//! When an embed sleeps: off the screen, and on a page that is hidden.

use leptos::prelude::*;
use web_sys::Element;

use crate::sight;

/// Keeps `awake` as long as something of `element` can be seen, until the owner is disposed of.
pub fn sleep_unseen(element: &Element, awake: RwSignal<bool>) {
    let in_view = StoredValue::new(true);
    let look = move || {
        let seen = in_view.try_get_value() == Some(true) && !document().hidden();
        if awake.try_get_untracked().is_some_and(|now| now != seen) {
            awake.try_set(seen);
        }
    };
    sight::watch(element, move |seen| {
        in_view.try_set_value(seen);
        look();
    });
    let handle = window_event_listener_untyped("visibilitychange", move |_| look());
    on_cleanup(move || handle.remove());
}
