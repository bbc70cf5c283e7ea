//! Light, dark or as the system has it, remembered where the browser lets us.

use leptos::prelude::*;

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

const KEY: &str = "orrery-theme";

impl Theme {
    const fn key(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// The next one in the round.
    pub const fn next(self) -> Self {
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

    /// What was chosen before; storage may be refused.
    pub fn remembered() -> Self {
        match storage::remembered(KEY).as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            Some(_) | None => Self::System,
        }
    }

    /// Colours the page and remembers the choice.
    pub fn apply(self) {
        self.show();
        storage::remember(KEY, self.key());
    }

    /// Colours the page.
    pub fn show(self) {
        let Some(root) = document().document_element() else {
            return;
        };
        let _ = match self.key() {
            Some(key) => root.set_attribute("data-theme", key),
            None => root.remove_attribute("data-theme"),
        };
    }
}
