//! Play, pause, step, step back, seek, speed, seed: the handles on time.

use leptos::html;
use leptos::prelude::*;
use orrery_core::kernel::session::{BranchView, MarkKind};
use orrery_core::time::{SimTime, Span};
use wasm_bindgen::JsCast as _;

use crate::pages::View;
use crate::player::{Player, Readout, SPEEDS};

/// Steps of the scrubber from end to end.
const SCRUBBER_STEPS: u32 = 10_000;
/// The scrubber's picture is drawn this wide and stretched.
const TRACK_WIDTH: f64 = 1_000.0;
const LANE_HEIGHT: f64 = 10.0;

/// The transport under the stage.
#[component]
pub fn Transport() -> impl IntoView {
    let player = expect_context::<Player>();
    let view = expect_context::<View>();
    let playing = player.playing;
    let time = move || player.readout.get().cursor.at.to_string();
    let ordinal = move || format!("event {}", player.readout.get().cursor.ordinal);
    let shown = RwSignal::new([true; MARKS.len()]);
    let play_label = move || {
        if playing.get() {
            "Pause (space)"
        } else {
            "Play (space)"
        }
    };

    view! {
        <div class="transport" data-testid="transport">
            <div class="transport-main">
                <Scrubber shown/>
                <div class="transport-keys">
                    <IconButton label="Start again (R)" icon=Icon::Restart press=move || player.restart()/>
                    <IconButton label="Step back (←)" icon=Icon::StepBack press=move || player.step_back()/>
                    <button
                        type="button"
                        class="button play"
                        data-testid="play"
                        aria-label=play_label
                        title=play_label
                        on:click=move |_| player.toggle()
                    >
                        {move || if playing.get() { Icon::Pause.draw() } else { Icon::Play.draw() }}
                    </button>
                    <IconButton label="Step (→)" icon=Icon::Step press=move || player.step()/>
                    <IconButton label="Next notable event (N)" icon=Icon::Notable press=move || player.next_notable()/>
                    <output class="transport-time" data-testid="time">
                        <span class="figure">{time}</span>
                        <span class="quiet-text">{ordinal}</span>
                    </output>
                </div>
            </div>
            <div class="transport-more">
                <div class="button-group">
                    <IconButton label="Slower ([)" icon=Icon::Slower press=move || player.change_speed(-1)/>
                    <output class="speed" aria-label="Speed" data-testid="speed">
                        {move || speed_label(player.speed.get())}
                    </output>
                    <IconButton label="Faster (])" icon=Icon::Faster press=move || player.change_speed(1)/>
                </div>
                <Seed/>
                <button
                    type="button"
                    class="button quiet"
                    aria-pressed=move || view.lanes.get().to_string()
                    title="Swimlanes beside the stage (S)"
                    on:click=move |_| view.lanes.update(|shown| *shown = !*shown)
                >
                    "Swimlanes"
                </button>
                <MarkFilter shown/>
            </div>
        </div>
    }
}

fn speed_label(index: usize) -> String {
    match SPEEDS[index.min(SPEEDS.len() - 1)] {
        speed if speed < 1.0 => format!("1/{}×", 1.0 / speed),
        speed => format!("{speed}×"),
    }
}

#[component]
fn Seed() -> impl IntoView {
    let player = expect_context::<Player>();
    let set = move |text: String| match text.trim().parse::<u64>() {
        Ok(seed) => player.reseed(seed),
        Err(_) => {
            let shown: String = text.chars().take(30).collect();
            player.say(
                format!("“{shown}” is not a seed: write a whole number."),
                true,
            );
            player.seed.notify();
        }
    };
    view! {
        <div class="seed">
            <label for="seed">"Seed"</label>
            <input
                id="seed"
                type="text"
                inputmode="numeric"
                autocomplete="off"
                data-testid="seed"
                prop:value=move || player.seed.get().to_string()
                on:change=move |event| set(event_target_value(&event))
            />
            <IconButton label="New seed" icon=Icon::Dice press=move || player.reseed(fresh_seed())/>
        </div>
    }
}

/// A seed that no one chose, short enough for a link.
fn fresh_seed() -> u64 {
    // Without a source of chance the same seed again is better than none.
    getrandom::u32().map_or(1, |bits| u64::from(bits % 1_000_000))
}

#[component]
fn Scrubber(
    /// Which kinds of [`MARKS`] are shown.
    shown: RwSignal<[bool; MARKS.len()]>,
) -> impl IntoView {
    let player = expect_context::<Player>();
    let track = NodeRef::<html::Div>::new();
    let value = move || {
        let readout = player.readout.get();
        (share(readout.cursor.at, readout.axis) * f64::from(SCRUBBER_STEPS)).round()
    };
    let seek = move |event: leptos::ev::Event| {
        if let Ok(step) = event_target_value(&event).parse::<f64>() {
            player.seek_fraction(step / f64::from(SCRUBBER_STEPS));
        }
    };
    let axis = Memo::new(move |_| player.readout.with(|readout| readout.axis));
    let marks = Memo::new(move |_| {
        player.revision.track();
        all_marks(player)
    });
    // The picture is stretched to the width of the page; marks keep their shape.
    let stretch = RwSignal::new(1.0);
    let measure = move || {
        let track = track.try_get_untracked().flatten();
        let width = track.map_or(0.0, |track| f64::from(track.client_width()));
        if width > 0.0 {
            stretch.try_set(TRACK_WIDTH / width);
        }
    };
    request_animation_frame(measure);
    let resized = window_event_listener(leptos::ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
    let paths =
        move || marks.with(|marks| draw_marks(marks, shown.get(), axis.get(), stretch.get()));
    let branches = Memo::new(move |_| {
        player.revision.track();
        player
            .read(|session| session.branches())
            .unwrap_or_default()
    });
    view! {
        <div class="scrubber">
            <div class="scrubber-track" node_ref=track>
                <svg
                    class="scrubber-picture"
                    viewBox=format!("0 0 {TRACK_WIDTH} 28")
                    preserveAspectRatio="none"
                    aria-hidden="true"
                >
                    <rect class="track" x="0" y="11" width=TRACK_WIDTH height="6" rx="3"/>
                    {move || played(player.readout.get())}
                    {paths}
                </svg>
                <input
                    type="range"
                    class="scrubber-input"
                    min="0"
                    max=SCRUBBER_STEPS
                    aria-label="Time"
                    aria-valuetext=move || player.readout.get().cursor.at.to_string()
                    data-testid="scrubber"
                    prop:value=value
                    on:input=seek
                />
            </div>
            {move || {
                let branches = branches.get();
                (branches.len() > 1).then(|| view! { <BranchLanes branches/> })
            }}
        </div>
    }
}

fn share(at: SimTime, axis: Span) -> f64 {
    if axis.is_zero() {
        0.0
    } else {
        (at.as_secs_f64() / axis.as_secs_f64()).min(1.0)
    }
}

fn played(readout: Readout) -> impl IntoView {
    let head = share(readout.head.at, readout.axis) * TRACK_WIDTH;
    let here = share(readout.cursor.at, readout.axis) * TRACK_WIDTH;
    view! {
        <rect class="track-head" x="0" y="11" width=head height="6" rx="3"/>
        <rect class="track-played" x="0" y="11" width=here height="6" rx="3"/>
    }
}

/// The kinds of marks: what the filter calls them, their class, and where on the track they are
/// drawn, for the key. Marks differ in shape and
/// place, not in colour alone: what is told and done hangs below the track, what the machine did
/// stands above it. Later kinds lie on top.
const MARKS: [(&str, &str, &str); 5] = [
    ("Captions", "caption-mark", "0 8 12 12"),
    ("Notable steps", "notable", "0 0 12 13"),
    ("What you did", "action", "0 16 12 12"),
    ("Faults", "fault", "0 17 12 12"),
    ("Broken promises", "violation", "0 0 12 20"),
];

const fn kind_of(mark: MarkKind) -> usize {
    match mark {
        MarkKind::Notable => 1,
        MarkKind::Action => 2,
        MarkKind::Fault => 3,
        MarkKind::Violation => 4,
    }
}

/// One mark of a kind as a path, `unit` wide for every unit of height.
fn mark_path(kind: usize, x: f64, unit: f64) -> String {
    let (left, right) = (x - 4.0 * unit, x + 4.0 * unit);
    match kind {
        0 => format!("M{} 14H{}", x - unit, x + unit),
        1 => format!("M{x} 3V10"),
        2 => format!("M{x} 18L{left} 26H{right}Z"),
        3 => format!("M{left} 19L{right} 27M{right} 19L{left} 27"),
        _ => format!("M{x} 8L{right} 0H{left}ZM{x} 8V20"),
    }
}

/// The marks of the run and of its scenario, by kind.
fn all_marks(player: Player) -> Vec<(usize, SimTime)> {
    let marks = player.read(|session| session.marks()).unwrap_or_default();
    let captions = player.captions().into_iter().map(|at| (0, at));
    let marks = marks.iter().map(|mark| (kind_of(mark.kind), mark.at));
    captions.chain(marks).collect()
}

/// One path for each kind that is shown.
fn draw_marks(
    marks: &[(usize, SimTime)],
    shown: [bool; MARKS.len()],
    axis: Span,
    stretch: f64,
) -> impl IntoView + use<> {
    let path = |kind: usize| -> String {
        let own = marks.iter().filter(|(own, _)| *own == kind && shown[kind]);
        own.map(|(_, at)| mark_path(kind, share(*at, axis) * TRACK_WIDTH, stretch))
            .collect()
    };
    let paths = std::array::from_fn::<_, { MARKS.len() }, _>(path);
    let named = paths.into_iter().zip(MARKS);
    named
        .map(|(path, (_, class, _))| view! { <path class=format!("mark {class}") d=path/> })
        .collect_view()
}

/// Which kinds of marks the scrubber shows; also the key to their shapes.
#[component]
fn MarkFilter(shown: RwSignal<[bool; MARKS.len()]>) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    let close = move || {
        if let Some(details) = details.try_get_untracked().flatten() {
            details.set_open(false);
        }
    };
    let outside = window_event_listener(leptos::ev::pointerdown, move |event| {
        let hit: Option<web_sys::Node> = event.target().and_then(|hit| hit.dyn_into().ok());
        let details = details.try_get_untracked().flatten();
        if details.is_some_and(|details| !details.contains(hit.as_ref())) {
            close();
        }
    });
    on_cleanup(move || outside.remove());
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            close();
            let summary = details
                .get_untracked()
                .and_then(|details| details.first_element_child());
            if let Some(summary) = summary {
                let _ = summary.unchecked_into::<web_sys::HtmlElement>().focus();
            }
        }
    };
    let rows = (0..MARKS.len())
        .map(|kind| {
            let (name, class, place) = MARKS[kind];
            let flip = move |event| {
                let on = event_target_checked(&event);
                shown.update(|shown| shown[kind] = on);
            };
            view! {
                <label class="tick">
                    <input type="checkbox" prop:checked=move || shown.get()[kind] on:change=flip/>
                    <svg class="mark-key" viewBox=place aria-hidden="true">
                        <path class=format!("mark {class}") d=mark_path(kind, 6.0, 1.0)/>
                    </svg>
                    {name}
                </label>
            }
        })
        .collect_view();
    view! {
        <details class="mark-filter" node_ref=details on:keydown=on_key data-testid="mark-filter">
            <summary class="button quiet" title="Which marks the time line shows">"Marks"</summary>
            <div class="mark-kinds" role="group" aria-label="Marks on the time line">{rows}</div>
        </details>
    }
}

#[component]
fn BranchLanes(branches: Vec<BranchView>) -> impl IntoView {
    let player = expect_context::<Player>();
    let current = move || player.readout.get().branch;
    let axis = branches
        .iter()
        .map(|branch| branch.head.at.since(SimTime::ZERO))
        .max()
        .unwrap_or(Span::ZERO)
        .max(player.readout.get_untracked().axis);
    let lanes = branches
        .into_iter()
        .enumerate()
        .map(|(index, branch)| {
            let from = share(branch.forked_at.at, axis) * TRACK_WIDTH;
            let to = share(branch.head.at, axis).max(0.004) * TRACK_WIDTH;
            let name = format!("Branch {}: {}", index + 1, branch.label);
            let title = format!("{name}, from {} to {}", branch.forked_at.at, branch.head.at);
            let here = move || current() == index;
            view! {
                <li>
                    <button
                        type="button"
                        class="branch"
                        data-testid="branch"
                        aria-current=move || here().then_some("true")
                        title=title
                        on:click=move |_| player.switch_branch(index)
                    >
                        <span class="branch-name">{name}</span>
                        <svg
                            viewBox=format!("0 0 {TRACK_WIDTH} {LANE_HEIGHT}")
                            preserveAspectRatio="none"
                            aria-hidden="true"
                        >
                            <rect class="branch-line" x=from y="3" width=(to - from).max(4.0) height="4" rx="2"/>
                        </svg>
                    </button>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="branches" aria-label="Branches">{lanes}</ul> }
}

/// The transport's pictures, drawn in a square of 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// A triangle.
    Play,
    /// Two bars.
    Pause,
    /// A bar and a triangle to the right.
    Step,
    /// A bar and a triangle to the left.
    StepBack,
    /// A turning arrow.
    Restart,
    /// A triangle and a star's place.
    Notable,
    /// One angle to the left.
    Slower,
    /// One angle to the right.
    Faster,
    /// A die.
    Dice,
}

impl Icon {
    fn draw(self) -> impl IntoView {
        let path = match self {
            Self::Play => "M6 3.5v13l11-6.5z",
            Self::Pause => "M5 3.5h3.5v13H5zM11.5 3.5H15v13h-3.5z",
            Self::Step => "M4 4v12l8-6zM13.5 4H16v12h-2.500z",
            Self::StepBack => "M16 4v12l-8-6zM4 4h2.5v12H4z",
            Self::Restart => {
                "M10 3.500a6.500 6.500 0 1 0 6.500 6.500h-2a4.500 4.500 0 1 1-4.500-4.500v2.700l4.700-3.700L10 .8z"
            }
            Self::Notable => {
                "M3 4v12l7-6zM15 5l1.400 3.400L20 10l-3.600 1.600L15 15l-1.400-3.400L10 10l3.600-1.600z"
            }
            Self::Slower => "M13 4L7 10l6 6 1.500-1.500L10 10l4.500-4.500z",
            Self::Faster => "M7 4l6 6-6 6-1.500-1.500L10 10 5.500 5.500z",
            Self::Dice => {
                "M4 3h12a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zm3 2.600a1.400 1.400 0 1 0 0 2.800 1.400 1.400 0 0 0 0-2.800zm6 0a1.400 1.400 0 1 0 0 2.800 1.400 1.400 0 0 0 0-2.800zm-6 6a1.400 1.400 0 1 0 0 2.800 1.400 1.400 0 0 0 0-2.800zm6 0a1.400 1.400 0 1 0 0 2.800 1.400 1.400 0 0 0 0-2.800z"
            }
        };
        view! {
            <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
                <path fill-rule="evenodd" d=path/>
            </svg>
        }
    }
}

/// A button that shows a picture.
#[component]
pub fn IconButton(
    /// What it does, for a tooltip and a screen reader.
    label: &'static str,
    /// What it shows.
    icon: Icon,
    /// Does it.
    press: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button type="button" class="button icon-button" aria-label=label title=label on:click=move |_| press()>
            {icon.draw()}
        </button>
    }
}
