//! When an embed sleeps: off the screen, and on a page that is hidden.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::{document, window};
use web_sys::Element;

use crate::dom::on;
use crate::observable::{Observable, on_leave};
use crate::sight;

/// Keeps `awake` as long as something of `element` can be seen, until the page is left.
pub fn sleep_unseen(element: &Element, awake: Observable<bool>) {
    let in_view = Rc::new(Cell::new(true));
    let look = {
        let in_view = Rc::clone(&in_view);
        move || awake.set_if_new(in_view.get() && !document().hidden())
    };
    let watch = sight::watch(element, {
        let look = look.clone();
        move |seen| {
            in_view.set(seen);
            look();
        }
    });
    on(&window(), "visibilitychange", move |_| look());
    on_leave(move || drop(watch));
}
