//! The Orrery app: drives any pattern of the core, and knows none of them.

/// Mounts the app on the page's body.
pub fn start() {
    leptos::mount::mount_to_body(|| "Orrery");
}
