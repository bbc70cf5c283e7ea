//! The page of one pattern in somebody else's page: the stage, and as little or as much around it as
//! the address asks for.
//!
//! What most embeds show comes first; what reads a link, carries out messages and takes hold of the
//! stage comes when it is needed, and the panels only where all controls are asked for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::{document, window};
use orrery_core::catalog::{Card, Exhibit};
use orrery_core::embed::options::{Controls, Height, Options};
use orrery_core::kernel::session::RunState;
use orrery_core::link::Link;
use orrery_core::scene::escape;
use orrery_core::time::SimTime;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, HtmlAnchorElement, HtmlElement, MessageEvent};

use crate::dom::{DomResult, Resizing, document as page, find, html_element, on, report};
use crate::embed::parent::Parent;
use crate::embed::sleep::sleep_unseen;
use crate::embed::speech;
use crate::loading::{self, Fill, LoadError, Loading, piece};
use crate::machine::stage_view::STAGES;
use crate::machine::transport::PLAY;
use crate::machine::{self, CAPTION, View, transport};
use crate::observable::{Observable, Page, on_leave};
use crate::pages::Visit;
use crate::pages::workbench::{WORKBENCH, Workbench};
use crate::player::{Opening, Player, prefers_reduced_motion};
use crate::route::{Navigator, Route};
use crate::stage::{HANDS, Hands};
use crate::theme::Theme;

/// Opens an embed: what it shows, at what its address asks for.
pub type Open = fn(&'static Exhibit, Visit) -> Loading<Fill>;

/// Reads and writes links, with what one may say of the pattern.
struct Scribe {
    /// What opens a scenario, or else a run, of the pattern with a slug.
    read: fn(&'static str, &str, &str) -> Loading<Opening>,
    /// The fragment that leads to a place in a run.
    write: fn(&'static str, Link) -> Loading<String>,
}

static SCRIBE: Scribe = Scribe {
    read: |slug, scenario, run| {
        let (scenario, run) = (scenario.to_owned(), run.to_owned());
        Box::pin(async move {
            let terms = loading::terms(slug).await?;
            if let Some(scenario) = terms.scenario(&scenario) {
                return Ok(Opening::of(&scenario));
            }
            let (link, problems) = Link::decode(terms, &run);
            let problems = problems.iter().map(ToString::to_string).collect();
            Ok(Opening { link, problems })
        })
    },
    write: |slug, link| {
        Box::pin(async move {
            let terms = loading::terms(slug).await?;
            Ok(link.encode(terms).0)
        })
    },
};

/// Begins a conversation with the page around the embed.
type Begin = fn(Player, Observable<Theme>, Parent) -> Loading<Hear>;

/// Hears one message.
type Hear = Rc<dyn Fn(&JsValue)>;

piece! { scribe in embed_link -> &'static Scribe { &SCRIBE } }
piece! { speaker in embed_speech -> Begin {
    |player, theme, parent| {
        let own = Page::current();
        Box::pin(async move {
            let terms = loading::terms(player.exhibit.card.slug).await?;
            if own.is_left() {
                return Err(LoadError);
            }
            let speech = own.make(|| speech::begin(player, theme, parent, terms));
            Ok(Rc::new(move |data: &JsValue| speech.hear(data)) as Hear)
        })
    }
} }
piece! { hands in embed_hands -> &'static Hands { &HANDS } }
piece! { all_controls in embed_full -> &'static Workbench { &WORKBENCH } }

/// So many messages wait until what hears them is here.
const WAITING_MAX: usize = 32;

/// Reads what the address asks for, and opens it.
pub(super) fn open(exhibit: &'static Exhibit, visit: Visit) -> Loading<Fill> {
    Box::pin(async move {
        let navigator = visit.navigator;
        let (options, problems) = Options::read(&navigator.query(), &navigator.fragment());
        let mut problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let opening = opening(exhibit, &options).await?;
        if let Some(opening) = &opening {
            problems.extend(opening.problems.iter().cloned());
        }
        let workbench = if options.controls == Controls::Full {
            Some(all_controls().await?)
        } else {
            None
        };
        let opened = (opening, problems);
        let fill: Fill =
            Box::new(move |place| show(place, exhibit, options, opened, workbench, visit));
        Ok(fill)
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
    let read = scribe().await?.read;
    let opening = read(exhibit.card.slug, slug, &options.run).await?;
    Ok(Some(opening))
}

/// Shows a pattern in somebody else's page: how, at what its address leads to, if it says so, and what
/// could not be read of it.
fn show(
    place: &Element,
    exhibit: &'static Exhibit,
    options: Options,
    (opening, problems): (Option<Opening>, Vec<String>),
    workbench: Option<&'static Workbench>,
    visit: Visit,
) -> DomResult {
    let card = &exhibit.card;
    document().set_title(&format!("{} · Orrery", card.name));
    visit.theme.set(speech::theme_of(options.theme));
    let opening = opening.map(|opening| Opening {
        problems: Vec::new(),
        ..opening
    });
    let (player, unopened) = Player::open(exhibit, opening);
    let problems = [problems, unopened].concat();
    let view = View {
        interactive: options.interactive,
        ..View::new(player, visit.theme, Vec::new())
    };
    if let Some(at) = options.at {
        player.seek(at);
    }
    let at_start = player.readout.get_untracked().cursor.at == SimTime::ZERO;
    if options.autoplay.unwrap_or(at_start) && !prefers_reduced_motion() {
        player.play();
    }

    place.set_inner_html(&markup(card, &options, &problems, workbench));
    let Some(frame) = find(place, ".embed") else {
        return Ok(());
    };
    let parent = Parent::find(options.origin.clone());
    let interactive = options.interactive;
    if let Some(workbench) = workbench {
        bring_style(visit.navigator);
        (workbench.begin)(&frame, (player, view), visit, false, interactive)?;
    } else {
        machine::begin(&frame, player, view)?;
        follow_notice(&frame, player);
        // All controls come with hands of their own.
        if interactive {
            bring_hands(&frame, view);
        }
    }
    sleep_unseen(&frame, view.awake);
    if let Some(parent) = parent {
        if options.height == Height::Auto {
            tell_height(&frame, parent.clone());
        }
        converse(player, visit.theme, parent);
    }
    lead_out(&frame, player, options, visit.navigator);
    Ok(())
}

/// What stands in it.
fn markup(
    card: &Card,
    options: &Options,
    problems: &[String],
    workbench: Option<&Workbench>,
) -> String {
    let class = match options.height {
        Height::Auto => "embed own-height",
        Height::Fill => "embed",
    };
    let (controls, name) = (word(options.controls), escape(card.name));
    let layout = match workbench {
        Some(workbench) => (workbench.markup)(),
        None => layout(options, &name),
    };
    format!(
        "<div class=\"{class}\" data-controls=\"{controls}\" data-testid=\"embed\">{}{layout}\
         <footer><a class=\"embed-way-out\" data-testid=\"way-out\" target=\"_blank\" rel=\"noopener\">\
         <h1>{name}</h1><span>Open in Orrery</span></a></footer></div>",
        told(problems),
    )
}

const fn word(controls: Controls) -> &'static str {
    match controls {
        Controls::None => "none",
        Controls::Play => "play",
        Controls::Transport => "transport",
        Controls::Full => "full",
    }
}

fn told(problems: &[String]) -> String {
    if problems.is_empty() {
        return String::new();
    }
    let line = |problem: &String| format!("<li>{}</li>", escape(problem));
    let lines: String = problems.iter().map(line).collect();
    format!(
        "<div class=\"notice refused embed-problems\" role=\"alert\" data-testid=\"link-problems\">\
         <strong>Not all of this address could be followed; the rest is open.</strong><ul>{lines}</ul></div>"
    )
}

/// The machine with what was asked for around it, where that is not all there is.
fn layout(options: &Options, name: &str) -> String {
    let handles = match options.controls {
        Controls::Transport => transport::markup(),
        Controls::Play => format!("<div class=\"embed-play\">{PLAY}</div>"),
        Controls::None | Controls::Full => String::new(),
    };
    let caption = if options.caption { CAPTION } else { "" };
    format!("<main class=\"machine\" aria-label=\"{name}\">{caption}{STAGES}{handles}</main>")
}

/// Says under the words above the stage what was refused, or stopped the run.
fn follow_notice(frame: &Element, player: Player) {
    let (Some(caption), Ok(document)) = (find(frame, ".caption"), page()) else {
        return;
    };
    let Ok(words) = html_element::<Element>(&document, "p", "notice") else {
        return;
    };
    player.notice.watch(move || {
        let Some(notice) = player.notice.try_get_untracked().flatten() else {
            return words.remove();
        };
        let class = match notice.refused {
            true => "notice refused",
            false => "notice",
        };
        words.set_class_name(class);
        words.set_text_content(Some(&notice.text));
        let attributes = [("role", "status"), ("data-testid", "notice")];
        for (name, value) in attributes {
            report(words.set_attribute(name, value));
        }
        report(caption.after_with_node_1(&words));
    });
}

/// The stylesheet of a page, where an embed has all of one; that of the panels comes with them, and
/// stands after it.
fn bring_style(navigator: Navigator) {
    let named = document().query_selector("meta[name='orrery-style']");
    let Some(mut last) = named.ok().flatten() else {
        return;
    };
    let base = navigator.href(&Route::Home);
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

impl WayOut {
    fn of(player: Player, options: Options, navigator: Navigator) -> Self {
        let slug = player.exhibit.card.slug.to_owned();
        Self {
            player,
            page: navigator.href(&Route::Pattern(slug)),
            options,
            opened: player.link().map(|link| link.state),
        }
    }

    /// Where it leads now, with what leads there where that takes something that writes links.
    fn address(&self) -> Option<(Option<String>, Link)> {
        let now = self.player.link()?;
        let known = is_run(self.opened.as_ref(), &now.state);
        let fragment = known.then(|| self.options.link_to(&now));
        Some((fragment.map(|fragment| self.to(&fragment)), now))
    }

    fn to(&self, fragment: &str) -> String {
        format!("{}#{fragment}", self.page)
    }
}

/// Writes where the way out leads, now and when somebody is about to follow it.
fn lead_out(frame: &Element, player: Player, options: Options, navigator: Navigator) {
    let Some(link) = find(frame, ".embed-way-out") else {
        return;
    };
    let link: HtmlAnchorElement = link.unchecked_into();
    let way_out = Rc::new(WayOut::of(player, options, navigator));
    let target = link.clone();
    let lead = move || match way_out.address() {
        None => {}
        Some((Some(to), _)) => link.set_href(&to),
        Some((None, now)) => {
            let (way_out, link) = (Rc::clone(&way_out), link.clone());
            spawn_local(async move {
                if let Ok(fragment) = written(way_out.player.exhibit.card.slug, now).await {
                    link.set_href(&way_out.to(&fragment));
                }
            });
        }
    };
    lead();
    hear(
        &target,
        ["pointerenter", "focus", "mousedown", "keydown"],
        lead,
    );
}

/// Hears any of these events until the page is left.
fn hear<const N: usize>(target: &Element, events: [&'static str; N], heard: impl Fn() + 'static) {
    let heard = Rc::new(heard);
    for event in events {
        let heard = Rc::clone(&heard);
        on(target, event, move |_| heard());
    }
}

/// The fragment that leads to a place in a run, by what writes links.
async fn written(slug: &'static str, link: Link) -> Result<String, LoadError> {
    (scribe().await?.write)(slug, link).await
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
fn bring_hands(frame: &Element, view: View) {
    let begun = Cell::new(false);
    let bring = move || {
        if !begun.replace(true) {
            spawn_local(async move {
                if let Ok(hands) = hands().await {
                    view.hands.set(Some(hands));
                }
            });
        }
    };
    hear(frame, ["pointerenter", "pointerdown", "focusin"], bring);
}

/// Tells the page around how high the embed is, now and whenever that changes.
fn tell_height(frame: &HtmlElement, parent: Parent) {
    let target = frame.clone();
    let last = Cell::new(0);
    let resizing = Resizing::of([&**frame], move || {
        let height = target.offset_height();
        if last.replace(height) != height {
            parent.tell_of("height", &[("height", JsValue::from(height))]);
        }
    });
    match resizing {
        Ok(resizing) => on_leave(move || drop(resizing)),
        Err(error) => report(Err(error)),
    }
}

/// Says that the embed is here, and hears what the page around it says.
fn converse(player: Player, theme: Observable<Theme>, parent: Parent) {
    enum State {
        Silent,
        Coming(Vec<JsValue>),
        Here(Hear),
    }
    let slug = JsValue::from_str(player.exhibit.card.slug);
    parent.tell_of("ready", &[("pattern", slug)]);
    let state = Rc::new(RefCell::new(State::Silent));
    let own = Page::current();
    let on_message = move |event: Event| {
        let Some(event) = event.dyn_ref::<MessageEvent>() else {
            return;
        };
        if !parent.says(event) {
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
                let (parent, state, own) = (parent.clone(), Rc::clone(&state), own.clone());
                spawn_local(async move {
                    let hear = match speaker().await {
                        Ok(begin) => own.make(|| begin(player, theme, parent)).await,
                        Err(error) => Err(error),
                    };
                    let Ok(hear) = hear else {
                        *state.borrow_mut() = State::Silent;
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
    on(&window(), "message", on_message);
}
