//! What the browser remembers for us from visit to visit, where it lets us: it may refuse to, at any
//! time and in any way, and then nothing is remembered.

use leptos::prelude::window;

/// What was remembered under a key.
pub(crate) fn remembered(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Remembers a text under a key, or forgets what was there.
pub(crate) fn remember(key: &str, text: Option<&str>) {
    if let Some(storage) = storage() {
        let _ = match text {
            Some(text) => storage.set_item(key, text),
            None => storage.remove_item(key),
        };
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
