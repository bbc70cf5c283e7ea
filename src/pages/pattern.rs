//! The page of one pattern: controls, the stage with its transport, readouts.

use leptos::prelude::*;
use orrery_core::catalog::{Pattern, Reading};
use orrery_core::time::SimTime;

use crate::loading::{self, Loading, piece};
use crate::pages::TopBar;
use crate::panels::actions::ActionsPanel;
use crate::panels::charts::ChartsPanel;
use crate::panels::code::CodePanel;
use crate::panels::keyboard::{KeyboardButton, KeyboardHelp, listen_to_keys};
use crate::panels::knobs::KnobsPanel;
use crate::panels::lesson::LessonPanel;
use crate::panels::log::LogPanel;
use crate::panels::promises::PromisesPanel;
use crate::panels::scenarios::ScenariosPanel;
use crate::panels::share::SharePanel;
use crate::panels::stage_view::{Caption, StageView};
use crate::panels::transport::Transport;
use crate::panels::vitals::Vitals;
use crate::player::{Cause, Player, prefers_reduced_motion};
use crate::route::Navigator;

/// What the right column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What happened, line by line.
    Log,
    /// What is promised and how it stands.
    Promises,
    /// Live charts.
    Measure,
    /// The algorithm's source.
    Code,
    /// The text to read.
    Lesson,
}

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
}

/// How the page is looked at, shared by its parts.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// The tab of the right column.
    pub tab: RwSignal<Tab>,
    /// Whether the swimlanes stand beside the stage.
    pub lanes: RwSignal<bool>,
    /// Whether the keyboard map is shown.
    pub keys: RwSignal<bool>,
    /// The region of the source that the last step named.
    pub region: RwSignal<Option<&'static str>>,
    /// The event whose causes are asked for.
    pub cause: RwSignal<Option<u64>>,
    /// That event and what led to it, first cause first.
    pub chain: Memo<Vec<Cause>>,
}

/// The page of one pattern.
#[component]
pub fn PatternPage(
    /// Which.
    pattern: &'static Pattern,
) -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let fragment = navigator.fragment();
    let (player, problems) = Player::open(pattern, &fragment);
    provide_context(player);
    let cause = RwSignal::new(None);
    let view = View {
        tab: RwSignal::new(Tab::Log),
        lanes: RwSignal::new(false),
        keys: RwSignal::new(false),
        region: RwSignal::new(None),
        cause,
        chain: Memo::new(move |_| {
            let event = cause.get();
            event.map(|event| player.causes(event)).unwrap_or_default()
        }),
    };
    provide_context(view);
    forget_causes_of_other_runs(player, view);
    document().set_title(&format!("{} · Orrery", pattern.card.name));
    listen_to_keys(player, view);
    keep_address(player, navigator);
    // A link to an instant shows that instant.
    let at_start = player.readout.get_untracked().cursor.at == SimTime::ZERO;
    if at_start && !prefers_reduced_motion() {
        player.play();
    }
    let problems = RwSignal::new(problems);

    view! {
        <TopBar>
            <span class="top-bar-family">{pattern.card.family.name()}</span>
            <h1 class="top-bar-title">{pattern.card.name}</h1>
            <p class="top-bar-summary">{pattern.card.summary}</p>
            <div class="top-bar-tools">
                <SharePanel/>
                <KeyboardButton/>
            </div>
        </TopBar>
        <Problems problems/>
        <main class="pattern">
            <section class="machine" aria-label="The machine">
                <Caption/>
                <StageView/>
                <Vitals/>
                <Transport/>
            </section>
            <section class="controls" aria-label="Controls">
                <ScenariosPanel/>
                <ActionsPanel/>
                <KnobsPanel/>
            </section>
            <section class="readouts" aria-label="Readouts">
                <Tabs/>
            </section>
        </main>
        <KeyboardHelp/>
    }
}

#[component]
fn Problems(problems: RwSignal<Vec<String>>) -> impl IntoView {
    let shown = move || !problems.read().is_empty();
    let list = move || {
        problems
            .get()
            .into_iter()
            .map(|problem| view! { <li>{problem}</li> })
            .collect_view()
    };
    view! {
        <Show when=shown>
            <div class="problems" role="alert" data-testid="link-problems">
                <div>
                    <strong>"Not everything in this link could be read; the rest is open."</strong>
                    <ul>{list}</ul>
                </div>
                <button type="button" class="button quiet" on:click=move |_| problems.set(Vec::new())>
                    "Dismiss"
                </button>
            </div>
        </Show>
    }
}

piece! { promises_panel in readouts -> fn() -> AnyView {
    || view! { <PromisesPanel/> }.into_any()
} }
piece! { charts_panel in readouts -> fn() -> AnyView {
    || view! { <ChartsPanel/> }.into_any()
} }
piece! { code_panel in readouts -> Reader {
    |reading| view! { <CodePanel reading/> }.into_any()
} }
piece! { lesson_panel in readouts -> Reader {
    |reading| view! { <LessonPanel reading/> }.into_any()
} }

/// Shows what there is to read.
type Reader = fn(&'static Reading) -> AnyView;

/// What there is to read about the pattern of this page, once it and its panel are here.
fn text(panel: fn() -> Loading<Reader>) -> AnyView {
    let card = &expect_context::<Player>().pattern.card;
    let load = move || {
        let parts = (panel(), loading::reading(card));
        Box::pin(async move { Ok((parts.0.await?, parts.1.await?)) })
            as Loading<(Reader, &'static Reading)>
    };
    loading::later(load, |(show, reading)| show(reading))
}

#[component]
fn Tabs() -> impl IntoView {
    let view = expect_context::<View>();
    let choose = move |tab: Tab| {
        view.tab.set(tab);
        let id = format!("tab-{}", tab.name().to_lowercase());
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
                id=format!("tab-{}", tab.name().to_lowercase())
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
        Tab::Promises => loading::later(|| Box::pin(promises_panel()), |show| show()),
        Tab::Measure => loading::later(|| Box::pin(charts_panel()), |show| show()),
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
            aria-labelledby=move || format!("tab-{}", view.tab.get().name().to_lowercase())
        >
            {body}
        </div>
    }
}

/// An event's number means something only within its own run.
fn forget_causes_of_other_runs(player: Player, view: View) {
    let run = move || {
        let branch = player.readout.with(|readout| readout.branch);
        (player.scenario.get(), player.seed.get(), branch)
    };
    let run = Memo::new(move |_| run());
    Effect::new(move |before: Option<()>| {
        run.track();
        if before.is_some() {
            view.cause.set(None);
        }
    });
}

/// Keeps the address leading to what is shown, while time stands.
fn keep_address(player: Player, navigator: Navigator) {
    Effect::new(move || {
        player.revision.track();
        if !player.playing.get() {
            navigator.replace_fragment(&player.fragment());
        }
    });
}
