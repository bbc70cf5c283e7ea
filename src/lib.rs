//! The Orrery app: it drives any pattern of the core and knows none of them.
//!
//! `observable` has the values that a page begins with, `route` says which page an address means, `loading` brings in the code that a page needs,
//! `player` runs a session and tells the page about it, `stage` draws pictures, `machine` is what a
//! pattern's page begins with, `views` bring in what follows, `panels` hold the forms and readouts, `saving` gives out
//! files, `embed` speaks with a page around the machine, `pages` lay all of it out.

pub mod dialog;
pub mod embed;
pub mod lab;
pub mod loading;
pub mod machine;
pub mod observable;
pub mod pages;
pub mod panels;
pub mod player;
pub mod progress;
pub mod route;
pub mod saving;
mod storage;
pub mod theme;
pub mod views;

mod alarm;
mod dom;
mod sight;

pub mod stage;

/// Opens the app in the page's body. What stands there for readers without it goes when the first
/// page is there.
pub fn start() {
    alarm::install();
    pages::open_in_body();
}
