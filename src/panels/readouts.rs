//! The right column: what happened, what is promised, what is measured, what there is to read.

use std::sync::Arc;

use leptos::prelude::*;
use orrery_core::catalog::Reading;

use crate::loading::{self, Loading, piece};
use crate::machine::{Tab, View};
use crate::panels::breaking::BreakPanel;
use crate::panels::code::CodePanel;
use crate::panels::lesson::LessonPanel;
use crate::panels::log::LogPanel;
use crate::panels::measure::MeasurePanel;
use crate::player::Player;
use crate::views::{self, Show};

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Self; 5] = [
        Self::Log,
        Self::Promises,
        Self::Measure,
        Self::Code,
        Self::Lesson,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "Log",
            Self::Promises => "Promises",
            Self::Measure => "Measure",
            Self::Code => "Code",
            Self::Lesson => "Lesson",
        }
    }

    /// Its word in links and in the page's ids.
    pub fn key(self) -> String {
        self.name().to_lowercase()
    }
}

piece! { break_panel in readouts -> Panel {
    || view! { <BreakPanel/> }.into_any()
} }
piece! { measure_panel in readouts -> Panel {
    || view! { <MeasurePanel/> }.into_any()
} }
piece! { code_panel in readouts -> Reader {
    |reading| view! { <CodePanel reading/> }.into_any()
} }
piece! { lesson_panel in readouts -> Reader {
    |reading| view! { <LessonPanel reading/> }.into_any()
} }

/// Shows a panel.
type Panel = fn() -> AnyView;

/// Shows what there is to read.
type Reader = fn(&'static Reading) -> AnyView;

/// What there is to read about the pattern of this page, once it and its panel are here.
fn text(panel: fn() -> Loading<Reader>) -> AnyView {
    let card = &expect_context::<Player>().exhibit.card;
    views::later(move || {
        let (panel, reading) = (panel(), loading::reading(card.slug));
        Box::pin(async move {
            let (panel, reading) = (panel.await?, reading.await?);
            Ok(Arc::new(move || panel(reading)) as Show)
        })
    })
}

/// The tabs, and what the chosen one shows.
#[component]
pub fn Tabs() -> impl IntoView {
    let view = expect_context::<View>();
    let choose = move |tab: Tab| {
        view.tab.set(tab);
        let id = format!("tab-{}", tab.key());
        if let Some(button) = document().get_element_by_id(&id) {
            let _ = wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(button).focus();
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let here = Tab::ALL
            .iter()
            .position(|tab| *tab == view.tab.get_untracked())
            .unwrap_or(0);
        let count = Tab::ALL.len();
        let there = match event.key().as_str() {
            "ArrowRight" => (here + 1) % count,
            "ArrowLeft" => (here + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        choose(Tab::ALL[there]);
    };
    let buttons = Tab::ALL.map(|tab| {
        let selected = move || view.tab.get() == tab;
        view! {
            <button
                type="button"
                role="tab"
                class="tab"
                id=format!("tab-{}", tab.key())
                aria-controls="tabpanel"
                aria-selected=move || selected().to_string()
                tabindex=move || if selected() { 0 } else { -1 }
                on:click=move |_| view.tab.set(tab)
            >
                {tab.name()}
            </button>
        }
    });
    let body = move || match view.tab.get() {
        Tab::Log => view! { <LogPanel/> }.into_any(),
        Tab::Promises => views::part(|| Box::pin(break_panel())),
        Tab::Measure => views::part(|| Box::pin(measure_panel())),
        Tab::Code => text(|| Box::pin(code_panel())),
        Tab::Lesson => text(|| Box::pin(lesson_panel())),
    };
    view! {
        <div class="tabs">
            <div class="tablist" role="tablist" aria-label="Readouts" on:keydown=on_key>
                {buttons}
            </div>
        </div>
        <div
            class="tabpanel"
            id="tabpanel"
            role="tabpanel"
            tabindex="0"
            aria-labelledby=move || format!("tab-{}", view.tab.get().key())
        >
            {body}
        </div>
    }
}
