//! The gallery.

use leptos::prelude::*;

use crate::pages::TopBar;

/// The gallery of patterns, by family; also where an unknown address leads.
#[component]
pub fn HomePage(
    /// The slug of an address that leads nowhere.
    missing: Option<String>,
) -> impl IntoView {
    view! {
        <TopBar><span></span></TopBar>
        <main class="home">{missing}</main>
    }
}
