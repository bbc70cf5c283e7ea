//! The picture of an instant as a document that stands alone.

use leptos::prelude::window;
use orrery_core::kernel::session::Session;
use orrery_core::scene::{StageShape, Theme};
use orrery_core::time::Span;

use crate::theme;

/// What is shown of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The machine.
    Stage,
    /// Its swimlanes up to the instant, over so much time; the machine where there are no nodes.
    Lanes(Span),
}

/// The picture at the session's cursor, swarms and stylesheet included.
pub fn svg(session: &dyn Session, view: View, shape: StageShape, theme: Theme) -> String {
    let scene = match view {
        View::Stage => None,
        View::Lanes(window) => session.lanes(shape, window),
    };
    let scene = scene.unwrap_or_else(|| session.scene(shape));
    scene.to_picture().to_svg_in(theme)
}

/// The colours that the page has now.
pub fn theme_of(chosen: theme::Theme) -> Theme {
    match chosen {
        theme::Theme::Light => Theme::Light,
        theme::Theme::Dark => Theme::Dark,
        theme::Theme::System => {
            let dark = window().match_media("(prefers-color-scheme: dark)");
            match dark.ok().flatten().is_some_and(|query| query.matches()) {
                true => Theme::Dark,
                false => Theme::Light,
            }
        }
    }
}
