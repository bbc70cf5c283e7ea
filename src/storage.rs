//! What the browser remembers for us from visit to visit, where it lets us: it may refuse to, at any
//! time and in any way, and then nothing is remembered.

use leptos::prelude::window;

/// The browser does not let us look, or keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused;

/// What was remembered under a key, if anything.
pub(crate) fn remembered(key: &str) -> Result<Option<String>, Refused> {
    let storage = storage().ok_or(Refused)?;
    storage.get_item(key).map_err(|_| Refused)
}

/// Remembers a text under a key, or forgets what was there.
pub(crate) fn remember(key: &str, text: Option<&str>) -> Result<(), Refused> {
    let storage = storage().ok_or(Refused)?;
    let done = match text {
        Some(text) => storage.set_item(key, text),
        None => storage.remove_item(key),
    };
    done.map_err(|_| Refused)
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
