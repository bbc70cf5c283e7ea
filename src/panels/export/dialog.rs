//! The dialog: the picture, the trace, the measurements, a clip, a place in another page.

use leptos::prelude::*;
use orrery_core::export::{TRACE_EVENTS_MAX, Trace, charts_csv};
use orrery_core::kernel::session::{RunState, Session};
use orrery_core::kernel::workload::parse_seconds;
use orrery_core::scene::{StageShape, Theme};
use orrery_core::time::{SimTime, Span};

use super::clip::{self, ClipPlan, Progress, RATES};
use super::embedding::EmbedPanel;
use super::picture::{self, View};
use crate::dialog::{Frame, Told};
use crate::observable::Observable;
use crate::panels::field::written;
use crate::panels::lanes;
use crate::player::Player;
use crate::saving::{self, SaveError};

/// A clip goes back so many seconds of watching, if there are so many.
const CLIP_SECS: u64 = 8;
/// How wide a clip is at first, in pixels.
const CLIP_WIDTH: u32 = 720;
/// How wide a picture of pixels is at first, and what else it may be.
const PNG_WIDTHS: [u32; 3] = [880, 1760, 3520];

/// What to draw, shared by pictures and clips.
#[derive(Clone, Copy)]
struct Looks {
    lanes: RwSignal<bool>,
    tall: RwSignal<bool>,
    theme: Observable<crate::theme::Theme>,
}

impl Looks {
    fn view(self, player: Player) -> View {
        match self.lanes.get_untracked() {
            true => View::Lanes(lanes::window(player, self.shape().stage().w)),
            false => View::Stage,
        }
    }

    fn shape(self) -> StageShape {
        match self.tall.get_untracked() {
            true => StageShape::Tall,
            false => StageShape::Wide,
        }
    }

    fn theme(self) -> Theme {
        picture::theme_of(self.theme.get_untracked())
    }
}

/// Everything that can be saved of a run.
#[component]
pub fn ExportDialog(
    /// Whether it is shown.
    open: RwSignal<bool>,
) -> impl IntoView {
    let player = expect_context::<Player>();
    let page = expect_context::<crate::machine::View>();
    let told: Told = RwSignal::new((String::new(), false));
    let looks = Looks {
        lanes: RwSignal::new(page.lanes.get_untracked()),
        tall: RwSignal::new(false),
        theme: page.theme,
    };
    let at = move || player.readout.get().cursor.at.to_string();
    let title = view! { "Export at "<span class="figure">{at}</span> }.into_any();
    view! {
        <Frame name="export" open told title=title>
            <Show when=move || page.comparing.get()>
                <p class="quiet-text">"Of the variants that are compared, this is the first."</p>
            </Show>
            <LookFields player looks/>
            <Pictures player looks told/>
            <Traces player told/>
            <ClipPanel player looks told open/>
            // Each time it opens, it is about what is shown then.
            <Show when=move || open.get()>
                <EmbedPanel player told/>
            </Show>
        </Frame>
    }
}

#[component]
fn LookFields(player: Player, looks: Looks) -> impl IntoView {
    let has_lanes = player.read(|session| !session.nodes().is_empty());
    let lanes = has_lanes.unwrap_or_default();
    let lanes = lanes.then(|| tick("Swimlanes", looks.lanes));
    view! {
        <div class="ticks" role="group" aria-label="What is drawn">
            {lanes}
            {tick("Upright, for a phone", looks.tall)}
        </div>
    }
}

pub(super) fn tick(words: &'static str, on: RwSignal<bool>) -> impl IntoView {
    view! {
        <label class="tick">
            <input
                type="checkbox"
                prop:checked=move || on.get()
                on:change=move |event| on.set(event_target_checked(&event))
            />
            {words}
        </label>
    }
}

/// The picture of this instant.
#[component]
fn Pictures(player: Player, looks: Looks, told: Told) -> impl IntoView {
    let width = RwSignal::new(PNG_WIDTHS[1]);
    let widths = PNG_WIDTHS
        .map(|own| view! { <option value=own selected=own == PNG_WIDTHS[1]>{own}</option> })
        .collect_view();
    let svg = move |_| {
        if let Some(svg) = drawn(player, looks) {
            give(
                player,
                told,
                "picture",
                "svg",
                "image/svg+xml",
                svg.as_bytes(),
            );
        }
    };
    let png = move |_| {
        let Some(svg) = drawn(player, looks) else {
            return;
        };
        let (stage, width) = (looks.shape().stage(), width.get_untracked());
        leptos::task::spawn_local(async move {
            let scale = f64::from(width) / stage.w;
            match saving::png_of(&svg, stage.w, stage.h, scale).await {
                Ok(bytes) => give(player, told, "picture", "png", "image/png", &bytes),
                Err(error) => refuse(told, &error),
            }
        });
    };
    view! {
        <section class="lab" aria-labelledby="export-picture">
            <h3 id="export-picture">"The picture"</h3>
            <div class="export-row">
                <button type="button" class="button" data-testid="save-svg" on:click=svg>"SVG"</button>
                <button type="button" class="button" data-testid="save-png" on:click=png>"PNG"</button>
                <label class="quiet-text">
                    "PNG width "
                    <select on:change=move |event| {
                        width.set(event_target_value(&event).parse().unwrap_or(PNG_WIDTHS[1]));
                    }>{widths}</select>
                    " pixels"
                </label>
            </div>
        </section>
    }
}

fn drawn(player: Player, looks: Looks) -> Option<String> {
    let (view, shape, theme) = (looks.view(player), looks.shape(), looks.theme());
    player.read(|session| picture::svg(session, view, shape, theme))
}

/// A form of the trace: its name, the ending of its file, its kind, how it is written, and what it is
/// good for.
type Form = (
    &'static str,
    &'static str,
    &'static str,
    fn(&Trace) -> String,
    &'static str,
);

const FORMS: [Form; 5] = [
    (
        "JSON",
        "json",
        "application/json",
        Trace::to_json,
        "Everything, to be read and played again.",
    ),
    (
        "CSV",
        "csv",
        "text/csv",
        Trace::to_csv,
        "One event in a row, for a spreadsheet.",
    ),
    (
        "Mermaid",
        "mmd",
        "text/plain",
        Trace::to_mermaid,
        "A sequence diagram of the end of the run, for a README.",
    ),
    (
        "ShiViz",
        "log",
        "text/plain",
        Trace::to_shiviz,
        "A log with vector clocks; paste the expression in its first lines as the parser.",
    ),
    (
        "Chrome trace",
        "trace.json",
        "application/json",
        Trace::to_chrome,
        "A timeline that ui.perfetto.dev opens.",
    ),
];

/// The run until this instant.
#[component]
fn Traces(player: Player, told: Told) -> impl IntoView {
    let rows = FORMS
        .map(|(name, extension, mime, write, good_for)| {
            let save = move |_| save_trace(player, told, (name, extension, mime, write, good_for));
            view! {
                <div class="export-form">
                    <button type="button" class="button" data-testid="save-trace" on:click=save>
                        {name}
                    </button>
                    <span class="quiet-text">{good_for}</span>
                </div>
            }
        })
        .collect_view();
    let charts = move |_| {
        let text = player.read(|session| charts_csv(player.pattern(), session));
        if let Some(text) = text {
            give(player, told, "charts", "csv", "text/csv", text.as_bytes());
        }
    };
    view! {
        <section class="lab" aria-labelledby="export-trace">
            <h3 id="export-trace">"What happened until now"</h3>
            {rows}
        </section>
        <section class="lab" aria-labelledby="export-charts">
            <h3 id="export-charts">"What was measured until now"</h3>
            <div class="export-form">
                <button type="button" class="button" data-testid="save-charts" on:click=charts>
                    "Charts as CSV"
                </button>
                <span class="quiet-text">
                    "Every metric over time, each row with the seed, the version and the run it comes from."
                </span>
            </div>
        </section>
    }
}

fn save_trace(player: Player, told: Told, (name, extension, mime, write, _): Form) {
    let run = player.read(|session| (session.state(), session.cursor().at));
    let Some((state, until)) = run else { return };
    let trace = match Trace::record(player.pattern(), &state, until) {
        Ok(trace) => trace,
        Err(error) => return told.set((error.to_string(), true)),
    };
    let kind = match name {
        "ShiViz" => "trace-shiviz",
        _ => "trace",
    };
    give(
        player,
        told,
        kind,
        extension,
        mime,
        write(&trace).as_bytes(),
    );
    if trace.left_out > 0 {
        let note = format!(
            " Only the last {TRACE_EVENTS_MAX} events are in it; {} before them are left out.",
            trace.left_out
        );
        told.update(|(words, _)| words.push_str(&note));
    }
}

/// A stretch of the run as a GIF.
#[component]
fn ClipPanel(player: Player, looks: Looks, told: Told, open: RwSignal<bool>) -> impl IntoView {
    let (from, to) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let speed = RwSignal::new(player.pace().to_string());
    let rate = RwSignal::new(RATES[1]);
    let width = RwSignal::new(CLIP_WIDTH.to_string());
    let progress = RwSignal::new(None::<Progress>);
    // Each time it opens: the last seconds up to the instant that is shown, or the first ones.
    Effect::new(move || {
        if open.get() && progress.get_untracked().is_none() {
            let at = player.readout.get_untracked().cursor.at;
            let window = Span::from_secs(CLIP_SECS * player.pace());
            let start = at
                .since(SimTime::ZERO)
                .as_nanos()
                .saturating_sub(window.as_nanos());
            let end = at.max(SimTime::ZERO + window);
            from.set(SimTime::from_nanos(start).as_secs_f64().to_string());
            to.set(end.as_secs_f64().to_string());
        }
    });
    let plan = move || -> Result<ClipPlan, String> {
        let seconds = |name: &str, text: &str| {
            parse_seconds(text.trim()).ok_or_else(|| {
                let given = short(text);
                format!("{name} “{given}” is not a number of seconds: write one such as 2.5.")
            })
        };
        let speed = speed.get();
        let width = width.get();
        Ok(ClipPlan {
            from: seconds("From", &from.get())?,
            to: seconds("To", &to.get())?,
            rate: rate.get(),
            speed: speed.trim().parse().map_err(|_| {
                format!(
                    "Speed “{}” is not a number: write one such as 1 or 0.25.",
                    short(&speed)
                )
            })?,
            width: width.trim().parse().map_err(|_| {
                format!("Width “{}” is not a whole number of pixels.", short(&width))
            })?,
            view: looks.view(player),
            shape: looks.shape(),
            theme: looks.theme(),
        })
    };
    let frames = move || {
        looks.tall.track();
        plan().and_then(|plan| {
            let frames = plan.frames().map_err(|error| error.to_string())?;
            Ok(format!(
                "{frames} pictures of {} × {} pixels.",
                plan.width,
                plan.height()
            ))
        })
    };
    let press = move |_| {
        if progress.get_untracked().is_some() {
            progress.set(None);
            return;
        }
        let run = player.read(|session| session.state());
        match (plan(), run) {
            (Ok(plan), Some(state)) => begin(player, told, progress, state, plan),
            (Err(problem), _) => told.set((problem, true)),
            (Ok(_), None) => {}
        }
    };
    let words = move || match progress.get() {
        Some(_) => "Cancel",
        None => "Make the GIF",
    };
    let rates = RATES
        .map(|own| view! { <option value=own selected=own == RATES[1]>{own}</option> })
        .collect_view();
    view! {
        <section class="lab" aria-labelledby="export-clip">
            <h3 id="export-clip">"A clip"</h3>
            <div class="lab-form export-clip">
                {written("From, s", "decimal", None, from)}
                {written("To, s", "decimal", None, to)}
                {written("Speed", "decimal", None, speed)}
                {written("Width", "decimal", None, width)}
                <label>
                    <span>"Pictures per s"</span>
                    <select on:change=move |event| {
                        rate.set(event_target_value(&event).parse().unwrap_or(RATES[1]));
                    }>{rates}</select>
                </label>
            </div>
            <div class="undertaking">
                <button
                    type="button"
                    class="button"
                    data-testid="save-clip"
                    disabled=move || frames().is_err() && progress.read().is_none()
                    on:click=press
                >
                    {words}
                </button>
                <Show when=move || progress.read().is_some()>
                    <progress
                        aria-label="Pictures drawn"
                        max=move || progress.get().map_or(1, |it| it.of).to_string()
                        value=move || progress.get().map_or(0, |it| it.done).to_string()
                    ></progress>
                </Show>
                <span
                    class="quiet-text"
                    class:field-error=move || frames().is_err()
                    role="status"
                    data-testid="clip-plan"
                >
                    {move || frames().unwrap_or_else(|problem| problem)}
                </span>
            </div>
        </section>
    }
}

fn short(text: &str) -> String {
    text.chars().take(30).collect()
}

/// Makes the clip, until `progress` is taken away.
fn begin(
    player: Player,
    told: Told,
    progress: RwSignal<Option<Progress>>,
    state: RunState,
    plan: ClipPlan,
) {
    told.set((String::new(), false));
    progress.set(Some(Progress { done: 0, of: 1 }));
    leptos::task::spawn_local(async move {
        let go_on = move |now: Progress| {
            let wanted = progress.try_get_untracked().flatten().is_some();
            if wanted {
                progress.try_set(Some(now));
            }
            wanted
        };
        let made = clip::make(player.pattern(), &state, &plan, go_on).await;
        progress.try_set(None);
        match made {
            Ok(Some(bytes)) => {
                let named = ("clip", Some(plan.from), "gif");
                give_named(player, told, named, "image/gif", &bytes);
            }
            Ok(None) => {
                told.try_set((
                    "The clip was cancelled; nothing was saved.".to_owned(),
                    false,
                ));
            }
            Err(error) => refuse(told, &error),
        }
    });
}

/// Gives the reader a file about the present instant and says so.
fn give(player: Player, told: Told, kind: &str, extension: &str, mime: &str, bytes: &[u8]) {
    let at = player.read(|session: &dyn Session| session.cursor().at);
    give_named(player, told, (kind, at, extension), mime, bytes);
}

fn give_named(
    player: Player,
    told: Told,
    (kind, at, extension): (&str, Option<SimTime>, &str),
    mime: &str,
    bytes: &[u8],
) {
    let slug = player.exhibit.card.slug;
    let Some(seed) = player.seed.try_get_untracked() else {
        return;
    };
    let name = saving::file_name(slug, kind, seed, at, extension);
    match saving::save(&name, mime, bytes) {
        Ok(()) => {
            let size = bytes.len().div_ceil(1_024);
            told.try_set((format!("Saved as {name} ({size} kB)."), false));
        }
        Err(error) => refuse::<SaveError>(told, &error),
    }
}

fn refuse<E: std::error::Error>(told: Told, error: &E) {
    told.try_set((error.to_string(), true));
}
