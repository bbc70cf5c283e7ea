//! What the site's pages need to know about the patterns.

/// What the site is, in a sentence for search results and link previews.
pub(crate) const SITE_DESCRIPTION: &str = "Every system-design pattern as a running machine in the \
    browser: watch it, take hold of it, break it, measure it.";

/// One pattern, as its page presents it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PatternSummary {
    /// Its name in addresses.
    pub(crate) slug: &'static str,
    /// Its name in text.
    pub(crate) title: &'static str,
    /// What it is for, in a sentence.
    pub(crate) summary: &'static str,
}

/// All patterns in the order of the catalogue.
pub(crate) fn patterns() -> impl Iterator<Item = PatternSummary> {
    std::iter::empty()
}

/// A pattern's address, relative to the site's root.
pub(crate) fn address(slug: &str) -> String {
    format!("p/{slug}/")
}
