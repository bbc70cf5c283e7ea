//! The site as the registry of patterns makes it: addresses, and what each page says of itself.

use orrery_core::catalog::Pattern;

/// What the site is, in a sentence for search results and link previews.
pub(crate) const SITE_DESCRIPTION: &str = "Every system-design pattern as a running machine in the \
    browser: watch it, take hold of it, break it, measure it.";

/// The title of the home page.
pub(crate) const SITE_TITLE: &str = "Orrery: system design as running machines";

/// A pattern's address, relative to the site's root.
pub(crate) fn address(pattern: &Pattern) -> String {
    format!("p/{}/", pattern.card.slug)
}

/// The title of a pattern's page.
pub(crate) fn title(pattern: &Pattern) -> String {
    format!("{} · Orrery", pattern.card.name)
}
