//! The Orrery app: it drives any pattern of the core and knows none of them.
//!
//! `route` says which page an address means, `loading` brings in the code that a page needs,
//! `player` runs a session and tells the page about it, `stage` draws pictures, `machine` is what a
//! pattern's page begins with, `panels` hold the forms and readouts that follow, `saving` gives out
//! files, `embed` speaks with a page around the machine, `pages` lay all of it out.

pub mod dialog;
pub mod embed;
pub mod lab;
pub mod loading;
pub mod machine;
pub mod pages;
pub mod panels;
pub mod player;
pub mod progress;
pub mod route;
pub mod saving;
mod storage;
pub mod theme;

mod alarm;
mod sight;

pub mod stage;

use leptos::prelude::*;

use crate::pages::App;

/// Mounts the app on the page's body. What stands there for readers without it goes when the first
/// page is there.
pub fn start() {
    alarm::install();
    mount_to_body(App);
}
