//! What a pattern's page begins with: the stage, what is told about it, and the handles on time.
//!
//! It is part of the code that every page starts with, so it stays small. It knows the panels only
//! as [`Panels`], which come in a piece of their own; whatever it calls elsewhere is there from the
//! start.

pub mod stage_view;
pub mod transport;

use leptos::prelude::*;
use leptos::reactive::owner::WeakOwner;

use crate::loading;
use crate::panels::Panels;
use crate::player::{Cause, Player};
use crate::stage::Hands;

/// How many kinds of marks a time line has.
pub const MARK_KINDS: usize = 5;

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

/// Draws what stands beside the stage; told whether the theme has changed.
pub type Beside = Box<dyn FnMut(bool)>;

/// How the page is looked at, shared by its parts.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// The panels, once they are here.
    pub panels: RwSignal<Option<&'static Panels>>,
    /// What lets a person take hold of the stage, once it is here.
    pub hands: RwSignal<Option<&'static Hands>>,
    /// Whether frames are drawn.
    pub awake: RwSignal<bool>,
    /// What could not be read of the link that the page was opened with.
    pub problems: RwSignal<Vec<String>>,
    /// What is told now.
    pub caption: Memo<String>,
    /// The tab of the right column.
    pub tab: RwSignal<Tab>,
    /// Whether variants of the run stand side by side.
    pub comparing: RwSignal<bool>,
    /// Draws, in the same frame as the stage, what stands beside it.
    pub beside: StoredValue<Option<Beside>, LocalStorage>,
    /// Whether the swimlanes stand beside the stage.
    pub lanes: RwSignal<bool>,
    /// Which kinds of marks the scrubber shows.
    pub marks: RwSignal<[bool; MARK_KINDS]>,
    /// Whether the keyboard map is shown.
    pub keys: RwSignal<bool>,
    /// The region of the source that the last step named.
    pub region: RwSignal<Option<&'static str>>,
    /// The event whose causes are asked for.
    pub cause: RwSignal<Option<u64>>,
    /// That event and what led to it, first cause first.
    pub chain: RwSignal<Vec<Cause>>,
    /// What lives as long as the page.
    page: StoredValue<Option<WeakOwner>>,
}

impl View {
    /// The page as it opens.
    pub fn new(player: Player, problems: Vec<String>) -> Self {
        let caption = Memo::new(move |_| {
            player.readout.track();
            player.told()
        });
        Self {
            panels: RwSignal::new(None),
            hands: RwSignal::new(None),
            awake: RwSignal::new(true),
            problems: RwSignal::new(problems),
            caption,
            tab: RwSignal::new(Tab::Log),
            comparing: RwSignal::new(false),
            beside: StoredValue::new_local(None),
            lanes: RwSignal::new(false),
            marks: RwSignal::new([true; MARK_KINDS]),
            keys: RwSignal::new(false),
            region: RwSignal::new(None),
            cause: RwSignal::new(None),
            chain: RwSignal::new(Vec::new()),
            page: StoredValue::new(Owner::current().map(|owner| owner.downgrade())),
        }
    }

    /// What there is once for each page: made when a panel first asks for it, and kept when the
    /// panel goes.
    pub fn once<T: Clone + Send + Sync + 'static>(self, make: fn() -> T) -> T {
        let page = || self.page.with_value(|page| page.as_ref()?.upgrade());
        let make_for_page = || {
            let made = make();
            provide_context(made.clone());
            made
        };
        use_context::<T>().unwrap_or_else(|| match page() {
            Some(page) => page.with(make_for_page),
            None => make(),
        })
    }

    /// A place on the page that stays empty until the panels are here to fill it.
    pub fn slot(self, part: fn(&Panels) -> fn() -> AnyView) -> AnyView {
        let shown = move || match self.panels.get() {
            Some(panels) => loading::soon(part(panels)),
            None => ().into_any(),
        };
        shown.into_any()
    }
}
