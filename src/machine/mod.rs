//! What a pattern's page begins with: the stage, what is told about it, and the handles on time.
//!
//! It is part of the code that every page and every embed starts with, so it stays small: it brings
//! elements of the page to life and has no views, which come with the panels. It knows those only as
//! [`Panels`], which come in a piece of their own; whatever it calls elsewhere is there from the start.

pub mod stage_view;
pub mod transport;

use web_sys::Element;

use crate::dom::{DomResult, find};
use crate::observable::Observable;
use crate::panels::Panels;
use crate::player::{Cause, Player};
use crate::stage::Hands;
use crate::theme::Theme;

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
    pub panels: Observable<Option<&'static Panels>>,
    /// What lets a person take hold of the stage, once it is here.
    pub hands: Observable<Option<&'static Hands>>,
    /// Whether the stage may be taken hold of at all.
    pub interactive: bool,
    /// The page's colours.
    pub theme: Observable<Theme>,
    /// Whether frames are drawn.
    pub awake: Observable<bool>,
    /// What could not be read of the link that the page was opened with.
    pub problems: Observable<Vec<String>>,
    /// What is told now.
    pub caption: Observable<String>,
    /// The tab of the right column.
    pub tab: Observable<Tab>,
    /// Whether variants of the run stand side by side.
    pub comparing: Observable<bool>,
    /// Draws, in the same frame as the stage, what stands beside it.
    pub beside: Observable<Option<Beside>>,
    /// Whether the swimlanes stand beside the stage.
    pub lanes: Observable<bool>,
    /// Which kinds of marks the scrubber shows.
    pub marks: Observable<[bool; MARK_KINDS]>,
    /// Whether the keyboard map is shown.
    pub keys: Observable<bool>,
    /// The region of the source that the last step named.
    pub region: Observable<Option<&'static str>>,
    /// The event whose causes are asked for.
    pub cause: Observable<Option<u64>>,
    /// That event and what led to it, first cause first.
    pub chain: Observable<Vec<Cause>>,
}

impl View {
    /// The page as it opens.
    pub fn new(player: Player, theme: Observable<Theme>, problems: Vec<String>) -> Self {
        let caption = Observable::new(player.told());
        player
            .readout
            .watch(move || caption.set_if_new(player.told()));
        Self {
            panels: Observable::new(None),
            hands: Observable::new(None),
            interactive: true,
            theme,
            awake: Observable::new(true),
            problems: Observable::new(problems),
            caption,
            tab: Observable::new(Tab::Log),
            comparing: Observable::new(false),
            beside: Observable::new(None),
            lanes: Observable::new(false),
            marks: Observable::new([true; MARK_KINDS]),
            keys: Observable::new(false),
            region: Observable::new(None),
            cause: Observable::new(None),
            chain: Observable::new(Vec::new()),
        }
    }
}

/// Where what is told stands.
pub const CAPTION: &str = "<div class=\"caption\"><p class=\"caption-words\" aria-live=\"polite\" \
    data-testid=\"caption\"></p></div>";

/// Brings to life whatever of a machine stands in `root`: what is told, the stage, the handles on time.
///
/// # Errors
///
/// When the page refuses an element.
pub fn begin(root: &Element, player: Player, view: View) -> DomResult {
    if let Some(words) = find(root, ".caption-words") {
        let tell = move || {
            let told = view.caption.try_get_untracked();
            words.set_text_content(told.as_deref());
        };
        tell();
        view.caption.watch(tell);
    }
    if let Some(stages) = find(root, ".stages") {
        stage_view::begin(&stages, player, view)?;
    }
    transport::begin(root, player)
}
