//! The machine in the reader's own page: how it is to look there, what to paste, and what it will be.

use leptos::prelude::*;
use orrery_core::embed::options::{Controls, Height, Options, Theme};
use orrery_core::embed::snippets::{Figure, Snippet};
use orrery_core::kernel::timeline::Cursor;
use wasm_bindgen_futures::JsFuture;

use crate::player::Player;
use crate::route::{Navigator, Route};

use super::dialog::tick;
use crate::dialog::Told;

/// How high a frame is at first, and the most that it may be, in pixels.
const HEIGHT: u32 = 480;
const HEIGHT_MAX: u32 = 4_000;

/// What is asked for.
#[derive(Clone, Copy)]
struct Wishes {
    theme: RwSignal<Theme>,
    controls: RwSignal<Controls>,
    /// In pixels; nothing where the machine is as high as it is.
    height: RwSignal<Option<u32>>,
    caption: RwSignal<bool>,
    interactive: RwSignal<bool>,
    instant: RwSignal<bool>,
    autoplay: RwSignal<bool>,
}

impl Wishes {
    fn options(self, player: Player) -> Options {
        Options {
            theme: self.theme.get(),
            controls: self.controls.get(),
            height: match self.height.get() {
                Some(_) => Height::Fill,
                None => Height::Auto,
            },
            caption: self.caption.get(),
            interactive: self.interactive.get(),
            // A run plays from its start and rests at an instant, if nothing else is said.
            autoplay: (self.autoplay.get() == self.instant.get()).then(|| self.autoplay.get()),
            run: run(player, self.instant.get()),
            ..Options::default()
        }
    }
}

/// The run as a link says it, at this instant or at its start.
fn run(player: Player, instant: bool) -> String {
    let Some(mut link) = player.link() else {
        return String::new();
    };
    if !instant {
        link.state.cursor = Cursor::default();
        link.hash = None;
    }
    link.view.clear();
    let as_opened = link.scenario.as_deref().is_some_and(|slug| {
        let scenario = player.pattern().scenario(slug);
        scenario.is_some_and(|scenario| scenario.state() == link.state)
    });
    match as_opened {
        // Nothing more has to be said, and nothing that reads links has to come.
        true => format!("scenario={}", link.scenario.unwrap_or_default()),
        false => link.encode(player.pattern()).0,
    }
}

/// What to paste, for each tool, and a preview of what it makes.
#[component]
pub fn EmbedPanel(
    /// What runs.
    player: Player,
    /// What is told at the foot of the dialog.
    told: Told,
) -> impl IntoView {
    let instant = player.readout.get_untracked().cursor != Cursor::default();
    let wishes = Wishes {
        theme: RwSignal::new(Theme::Auto),
        controls: RwSignal::new(Controls::Transport),
        height: RwSignal::new(None),
        caption: RwSignal::new(true),
        interactive: RwSignal::new(true),
        instant: RwSignal::new(instant),
        autoplay: RwSignal::new(!instant),
    };
    let navigator = expect_context::<Navigator>();
    let origin = window().location().origin().unwrap_or_default();
    let site = format!("{origin}{}", navigator.href(&Route::Home));
    let options = Memo::new(move |_| {
        player.changes.track();
        wishes.options(player)
    });
    let site = StoredValue::new(site);
    let card = &player.exhibit.card;
    let snippets = Memo::new(move |_| {
        let (site, options) = (site.get_value(), options.get());
        figure(&site, card, &options, wishes).snippets()
    });
    let address = move || {
        let (site, options) = (site.get_value(), options.get());
        figure(&site, card, &options, wishes).address()
    };
    let tool = RwSignal::new(0_usize);
    let tools = snippets
        .get_untracked()
        .into_iter()
        .map(|snippet| snippet.tool);
    let tools = tools
        .enumerate()
        .map(|(index, name)| view! { <option value=index>{name}</option> })
        .collect_view();
    let texts = move || {
        let chosen = snippets.get().into_iter().nth(tool.get());
        chosen.map(|snippet| pasted(snippet, told))
    };
    let preview = RwSignal::new(false);
    let frame = move || {
        let height = wishes.height.get().unwrap_or(HEIGHT);
        preview.get().then(|| {
            view! {
                <iframe
                    class="embed-preview"
                    title="What it will look like"
                    data-testid="embed-preview"
                    height=height
                    src=address
                ></iframe>
            }
        })
    };
    view! {
        <section class="lab" aria-labelledby="export-embed" data-testid="embed-panel">
            <h3 id="export-embed">"In a page of your own"</h3>
            <div class="export-row">
                {choice("Theme", "embed-theme", &Theme::ALL, wishes.theme)}
                {choice("Controls", "embed-controls", &Controls::ALL, wishes.controls)}
                <HeightField height=wishes.height/>
            </div>
            <div class="ticks" role="group" aria-label="What an embed does">
                {tick("Caption", wishes.caption)}
                {tick("Can be taken hold of", wishes.interactive)}
                {tick("At this instant", wishes.instant)}
                {tick("Plays by itself", wishes.autoplay)}
            </div>
            <label class="quiet-text">
                "For "
                <select
                    data-testid="embed-tool"
                    on:change=move |event| tool.set(event_target_value(&event).parse().unwrap_or(0))
                >{tools}</select>
            </label>
            {texts}
            <details on:toggle=move |event| preview.set(is_open(&event))>
                <summary data-testid="embed-look">"Preview"</summary>
                {frame}
            </details>
        </section>
    }
}

fn figure<'a>(
    site: &'a str,
    card: &'static orrery_core::catalog::Card,
    options: &'a Options,
    wishes: Wishes,
) -> Figure<'a> {
    Figure {
        site,
        card,
        options,
        width: None,
        height: wishes.height.get().unwrap_or(HEIGHT),
    }
}

fn is_open(event: &leptos::ev::Event) -> bool {
    event_target::<web_sys::Element>(event).has_attribute("open")
}

fn choice<T: Copy + PartialEq + Send + Sync + 'static>(
    label: &'static str,
    test_id: &'static str,
    all: &'static [(&'static str, T)],
    chosen: RwSignal<T>,
) -> AnyView {
    let words = all
        .iter()
        .map(|(word, _)| view! { <option value=*word>{*word}</option> });
    let words = words.collect_view();
    let choose = move |event| {
        let value = event_target_value(&event);
        if let Some((_, choice)) = all.iter().find(|(word, _)| *word == value) {
            chosen.set(*choice);
        }
    };
    view! {
        <label class="quiet-text">
            {label} " " <select data-testid=test_id on:change=choose>{words}</select>
        </label>
    }
    .into_any()
}

/// A number of pixels, or nothing.
#[component]
fn HeightField(height: RwSignal<Option<u32>>) -> impl IntoView {
    let read = move |event| {
        let text = event_target_value(&event);
        let pixels: Option<u32> = text.trim().parse().ok();
        height.set(pixels.map(|pixels| pixels.clamp(60, HEIGHT_MAX)));
    };
    view! {
        <label class="quiet-text">
            "Height "
            <input
                type="text"
                inputmode="numeric"
                size="6"
                placeholder="its own"
                data-testid="embed-height"
                prop:value=move || height.get().map(|pixels| pixels.to_string()).unwrap_or_default()
                on:change=read
            />
            " pixels"
        </label>
    }
}

/// The texts of one tool, each with a button that copies it.
fn pasted(snippet: Snippet, told: Told) -> AnyView {
    let files = snippet.files.into_iter().map(|(place, text)| {
        let copied = text.clone();
        let copy = move |_| {
            let promise = window().navigator().clipboard().write_text(&copied);
            leptos::task::spawn_local(async move {
                let words = match JsFuture::from(promise).await {
                    Ok(_) => (format!("Copied. It goes here: {place}."), false),
                    Err(_) => {
                        let words = "The browser does not let us copy; mark the text and copy it.";
                        (words.to_owned(), true)
                    }
                };
                told.try_set(words);
            });
        };
        view! {
            <figure class="embed-snippet">
                <figcaption class="quiet-text">
                    {place}
                    <button type="button" class="button quiet" data-testid="embed-copy" on:click=copy>
                        "Copy"
                    </button>
                </figcaption>
                <pre data-testid="embed-text" tabindex="0">{text}</pre>
            </figure>
        }
    });
    files.collect_view().into_any()
}
