//! The page of one pattern in somebody else's page: the stage, and as little or as much around it as
//! the address asks for.
//!
//! What most embeds show comes first; what reads a link, carries out messages and takes hold of the
//! stage comes when it is needed, and the panels only where all controls are asked for.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use orrery_core::catalog::{Card, Exhibit};
use orrery_core::embed::options::{Controls, Height, Options};
use orrery_core::kernel::session::RunState;
use orrery_core::link::{Link, Terms};
use orrery_core::time::SimTime;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{HtmlAnchorElement, HtmlElement, MessageEvent, ResizeObserver};

use crate::embed::parent::Parent;
use crate::embed::sleep::sleep_unseen;
use crate::embed::speech;
use crate::loading::{self, LoadError, Loading, Show, piece};
use crate::machine::View;
use crate::machine::stage_view::{Caption, StageView};
use crate::machine::transport::{Play, Transport};
use crate::pages::pattern::Workbench;
use crate::player::{Opening, Player, prefers_reduced_motion};
use crate::route::{Navigator, Route};
use crate::stage::{HANDS, Hands};
use crate::theme::Theme;

/// Opens an embed: what it shows, at what its address asks for.
pub type Open = fn(&'static Exhibit, Navigator) -> Loading<Show>;

/// Reads and writes links.
struct Scribe {
    read: fn(Terms, &str) -> Opening,
    write: fn(Terms, &Link) -> String,
}

static SCRIBE: Scribe = Scribe {
    read: |terms, run| {
        let (link, problems) = Link::decode(terms, run);
        Opening {
            link,
            problems: problems.iter().map(ToString::to_string).collect(),
        }
    },
    write: |terms, link| link.encode(terms).0,
};

/// Begins a conversation with the page around the embed.
type Begin = fn(Player, RwSignal<Theme>, Parent, Terms) -> Hear;

/// Hears one message.
type Hear = Rc<dyn Fn(&JsValue)>;

piece! { scribe in embed_link -> &'static Scribe { &SCRIBE } }
piece! { speaker in embed_speech -> Begin {
    |player, theme, parent, terms| {
        let speech = speech::begin(player, theme, parent, terms);
        Rc::new(move |data| speech.hear(data))
    }
} }
piece! { hands in embed_hands -> &'static Hands { &HANDS } }

/// So many messages wait until what hears them is here.
const WAITING_MAX: usize = 32;

/// Reads what the address asks for, and opens it.
pub fn open(exhibit: &'static Exhibit, navigator: Navigator) -> Loading<Show> {
    Box::pin(async move {
        let (options, problems) = Options::read(&navigator.query(), &navigator.fragment());
        let mut problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let opening = opening(exhibit, &options).await?;
        if let Some(opening) = &opening {
            problems.extend(opening.problems.iter().cloned());
        }
        let show: Show = Arc::new(move || {
            let (options, opening, problems) = (options.clone(), opening.clone(), problems.clone());
            view! { <EmbedPage exhibit options opening problems/> }.into_any()
        });
        Ok(show)
    })
}

/// What an embed opens, if its address says so; what reads links comes only for more than a scenario.
async fn opening(
    exhibit: &'static Exhibit,
    options: &Options,
) -> Result<Option<Opening>, LoadError> {
    let slug = match options.plain_scenario() {
        Some(None) => return Ok(None),
        Some(Some(slug)) if slug == (exhibit.first)().slug => return Ok(None),
        Some(Some(slug)) => slug,
        None => "",
    };
    let terms = loading::terms(&exhibit.card).await?;
    if let Some(scenario) = terms.scenario(slug) {
        return Ok(Some(Opening::of(&scenario)));
    }
    let scribe = scribe().await?;
    Ok(Some((scribe.read)(terms, &options.run)))
}

/// A pattern in somebody else's page.
#[component]
pub fn EmbedPage(
    /// What it shows.
    exhibit: &'static Exhibit,
    /// How.
    options: Options,
    /// What the address leads to, if it says so.
    opening: Option<Opening>,
    /// What could not be read of the address.
    problems: Vec<String>,
) -> impl IntoView {
    let card = &exhibit.card;
    document().set_title(&format!("{} · Orrery", card.name));
    let theme = expect_context::<RwSignal<Theme>>();
    theme.set(speech::theme_of(options.theme));
    let (player, unopened) = Player::open(
        exhibit,
        opening.map(|opening| Opening {
            problems: Vec::new(),
            ..opening
        }),
    );
    let problems = [problems, unopened].concat();
    let view = View::new(player, Vec::new());
    provide_context(player);
    provide_context(view);
    if let Some(at) = options.at {
        player.seek(at);
    }
    let at_start = player.readout.get_untracked().cursor.at == SimTime::ZERO;
    if options.autoplay.unwrap_or(at_start) && !prefers_reduced_motion() {
        player.play();
    }

    let frame = NodeRef::<html::Div>::new();
    let parent = Parent::find(options.origin.clone());
    let (own_height, interactive) = (options.height == Height::Auto, options.interactive);
    let class = match own_height {
        true => "embed own-height",
        false => "embed",
    };
    let has_all = options.controls == Controls::Full;
    let (controls, machine) = (word(options.controls), layout(&options, player, view));
    let way_out = Rc::new(WayOut::of(player, options));
    let out = way_out.view();
    frame.on_load({
        let parent = parent.clone();
        move |frame| {
            sleep_unseen(&frame, view.awake);
            way_out.lead(&frame);
            // All controls come with hands of their own.
            if interactive && !has_all {
                bring_hands(&frame, view);
            }
            if let Some(parent) = parent.filter(|_| own_height) {
                tell_height(&frame, parent);
            }
        }
    });
    if let Some(parent) = parent {
        converse(player, theme, parent);
    }
    view! {
        <div class=class data-controls=controls data-testid="embed" node_ref=frame>
            {told(&problems)}
            {machine}
            {out}
        </div>
    }
}

const fn word(controls: Controls) -> &'static str {
    match controls {
        Controls::None => "none",
        Controls::Play => "play",
        Controls::Transport => "transport",
        Controls::Full => "full",
    }
}

fn told(problems: &[String]) -> Option<AnyView> {
    let lines = problems
        .iter()
        .map(|problem| view! { <li>{problem.clone()}</li> });
    let lines = lines.collect_view();
    (!problems.is_empty()).then(|| {
        view! {
            <div class="notice refused embed-problems" role="alert" data-testid="link-problems">
                <strong>"Not all of this address could be read; the rest is open."</strong>
                <ul>{lines}</ul>
            </div>
        }
        .into_any()
    })
}

/// The machine with what was asked for around it.
fn layout(options: &Options, player: Player, view: View) -> AnyView {
    let card = &player.exhibit.card;
    let caption = options.caption.then(|| {
        view! {
            <Caption view/>
            <Notice player/>
        }
    });
    let handles = match options.controls {
        Controls::Full => {
            bring_style();
            let interactive = options.interactive;
            return view! { <Workbench card player view own_page=false interactive/> }.into_any();
        }
        Controls::Transport => view! { <Transport player view/> }.into_any(),
        Controls::Play => view! { <div class="embed-play"><Play player/></div> }.into_any(),
        Controls::None => ().into_any(),
    };
    view! {
        <main class="machine" aria-label=card.name>
            {caption}
            <StageView player view/>
            {handles}
        </main>
    }
    .into_any()
}

/// What was refused, or stopped the run.
#[component]
fn Notice(player: Player) -> impl IntoView {
    move || {
        let notice = player.notice.get()?;
        let class = match notice.refused {
            true => "notice refused",
            false => "notice",
        };
        Some(view! { <p class=class role="status" data-testid="notice">{notice.text}</p> })
    }
}

/// The stylesheet of a page, where an embed has all of one; that of the panels comes with them, and
/// stands after it.
fn bring_style() {
    let named = document().query_selector("meta[name='orrery-style']");
    let Some(mut last) = named.ok().flatten() else {
        return;
    };
    let base = expect_context::<Navigator>().href(&Route::Home);
    let names = last.get_attribute("content").unwrap_or_default();
    for name in names.split(' ') {
        let Ok(link) = document().create_element("link") else {
            continue;
        };
        let _ = link.set_attribute("rel", "stylesheet");
        let _ = link.set_attribute("href", &format!("{base}{name}"));
        let _ = last.after_with_node_1(&link);
        last = link;
    }
}

/// The way to the full page, at the same instant of the same run.
struct WayOut {
    player: Player,
    page: String,
    options: Options,
    opened: Option<RunState>,
}

/// How it is found in the page.
const WAY_OUT: &str = ".embed-way-out";

impl WayOut {
    fn of(player: Player, options: Options) -> Self {
        let slug = player.exhibit.card.slug.to_owned();
        Self {
            player,
            page: expect_context::<Navigator>().href(&Route::Pattern(slug)),
            options,
            opened: player.link().map(|link| link.state),
        }
    }

    /// Where it leads now; nothing where that takes something that writes links.
    fn address(&self, writer: Option<Writer>) -> Option<String> {
        let now = self.player.link()?;
        let fragment = match (is_run(self.opened.as_ref(), &now.state), writer) {
            (true, _) => self.options.link_to(&now),
            (false, Some((scribe, terms))) => (scribe.write)(terms, &now),
            (false, None) => return None,
        };
        Some(format!("{}#{fragment}", self.page))
    }

    fn view(&self) -> AnyView {
        view! {
            <footer>
                <a
                    class="embed-way-out"
                    data-testid="way-out"
                    target="_blank"
                    rel="noopener"
                    href=self.address(None).unwrap_or_default()
                >
                    <h1>{self.player.exhibit.card.name}</h1>
                    <span>"Open in Orrery"</span>
                </a>
            </footer>
        }
        .into_any()
    }

    /// Writes where it leads when somebody is about to follow it.
    fn lead(self: Rc<Self>, frame: &HtmlElement) {
        let link = frame.query_selector(WAY_OUT).ok().flatten();
        let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else {
            return;
        };
        let target = link.clone();
        let lead = move || {
            if let Some(to) = self.address(None) {
                return link.set_href(&to);
            }
            let (way_out, link) = (Rc::clone(&self), link.clone());
            leptos::task::spawn_local(async move {
                if let Ok(writer) = writer(&way_out.player.exhibit.card).await
                    && let Some(to) = way_out.address(Some(writer))
                {
                    link.set_href(&to);
                }
            });
        };
        listen(
            &target,
            &["pointerenter", "focus", "mousedown", "keydown"],
            lead,
        );
    }
}

/// Hears any of these events until the owner is disposed of.
fn listen(target: &HtmlElement, events: &[&str], heard: impl FnMut() + 'static) {
    let on_event = Closure::<dyn FnMut()>::new(heard);
    for event in events {
        let _ = target.add_event_listener_with_callback(event, on_event.as_ref().unchecked_ref());
    }
    let kept = StoredValue::new_local(on_event);
    on_cleanup(move || kept.dispose());
}

/// What writes links, and of what.
type Writer = (&'static Scribe, Terms);

async fn writer(card: &'static Card) -> Result<Writer, LoadError> {
    let terms = loading::terms(card).await?;
    Ok((scribe().await?, terms))
}

/// Whether a run is the one that was opened, wherever in it one is.
fn is_run(opened: Option<&RunState>, now: &RunState) -> bool {
    opened.is_some_and(|opened| {
        let at_the_same_place = RunState {
            cursor: opened.cursor,
            ..now.clone()
        };
        *opened == at_the_same_place
    })
}

/// Lets a person take hold of the stage as soon as one reaches for it.
fn bring_hands(frame: &HtmlElement, view: View) {
    let begun = StoredValue::new(false);
    let bring = move || {
        if begun.try_update_value(|begun| std::mem::replace(begun, true)) == Some(false) {
            leptos::task::spawn_local(async move {
                if let Ok(hands) = hands().await {
                    view.hands.try_set(Some(hands));
                }
            });
        }
    };
    listen(frame, &["pointerenter", "pointerdown", "focusin"], bring);
}

/// Tells the page around how high the embed is, now and whenever that changes.
fn tell_height(frame: &HtmlElement, parent: Parent) {
    let target = frame.clone();
    let last = RefCell::new(0);
    let on_resize = Closure::<dyn FnMut()>::new(move || {
        let height = target.offset_height();
        if last.replace(height) != height {
            parent.tell_of("height", &[("height", JsValue::from(height))]);
        }
    });
    if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
        observer.observe(frame);
        let kept = StoredValue::new_local((observer, on_resize));
        on_cleanup(move || {
            kept.try_update_value(|(observer, _)| observer.disconnect());
            kept.dispose();
        });
    }
}

/// Says that the embed is here, and hears what the page around it says.
fn converse(player: Player, theme: RwSignal<Theme>, parent: Parent) {
    enum State {
        Silent,
        Coming(Vec<JsValue>),
        Here(Hear),
    }
    let card = &player.exhibit.card;
    parent.tell_of("ready", &[("pattern", JsValue::from_str(card.slug))]);
    let state = Rc::new(RefCell::new(State::Silent));
    let owner = Owner::current();
    let on_message = move |event: MessageEvent| {
        if !parent.says(&event) {
            return;
        }
        let mut now = state.borrow_mut();
        match &mut *now {
            State::Here(hear) => {
                let hear = Rc::clone(hear);
                drop(now);
                hear(&event.data());
            }
            State::Coming(waiting) if waiting.len() < WAITING_MAX => waiting.push(event.data()),
            State::Coming(_) => {
                let why = JsValue::from_str("too many messages at once; this one was not heard");
                let code = JsValue::from_str("busy");
                parent.tell_of("error", &[("code", code), ("message", why)]);
            }
            State::Silent => {
                *now = State::Coming(vec![event.data()]);
                let (parent, state, owner) = (parent.clone(), Rc::clone(&state), owner.clone());
                leptos::task::spawn_local(async move {
                    let (Ok(begin), Ok(terms)) = (speaker().await, loading::terms(card).await)
                    else {
                        *state.borrow_mut() = State::Silent;
                        return;
                    };
                    let Some(hear) =
                        owner.map(|owner| owner.with(|| begin(player, theme, parent, terms)))
                    else {
                        return;
                    };
                    let before = state.replace(State::Here(Rc::clone(&hear)));
                    if let State::Coming(waiting) = before {
                        for data in waiting {
                            hear(&data);
                        }
                    }
                });
            }
        }
    };
    let handle = window_event_listener(leptos::ev::message, on_message);
    on_cleanup(move || handle.remove());
}
