//! Light, dark or as the system has it, remembered where the browser lets us.

use leptos::prelude::document;

use crate::storage;

/// Which colours the reader chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    System,
    /// Ink on paper.
    Light,
    /// Paper on ink.
    Dark,
}

/// Under which name the choice is remembered.
const KEY: &str = "orrery-theme";

/// What the stylesheets go by.
const ATTRIBUTE: &str = "data-theme";

impl Theme {
    const fn key(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// The next one in the round.
    const fn next(self) -> Self {
        match self {
            Self::System => Self::Dark,
            Self::Dark => Self::Light,
            Self::Light => Self::System,
        }
    }

    /// Its name on the button.
    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "Theme: system",
            Self::Light => "Theme: light",
            Self::Dark => "Theme: dark",
        }
    }

    /// As the page is coloured: its head has a script that knows, before anything is shown, what was
    /// chosen before or what an embed is asked for.
    pub fn shown() -> Self {
        let root = document().document_element();
        match root
            .and_then(|root| root.get_attribute(ATTRIBUTE))
            .as_deref()
        {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            Some(_) | None => Self::System,
        }
    }

    /// What the reader chooses by going on in the round, remembered.
    #[must_use]
    pub fn chosen_next(self) -> Self {
        let chosen = self.next();
        // Where it is not remembered, it holds for this visit.
        let _ = storage::remember(KEY, chosen.key());
        chosen
    }

    /// Colours the page.
    pub fn apply(self) {
        let Some(root) = document().document_element() else {
            return;
        };
        let _ = match self.key() {
            Some(key) => root.set_attribute(ATTRIBUTE, key),
            None => root.remove_attribute(ATTRIBUTE),
        };
    }
}
