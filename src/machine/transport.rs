//! The handles on time: play, pause, step, step back, seek.

use leptos::prelude::*;
use orrery_core::time::{SimTime, Span};

use crate::machine::View;
use crate::player::{Player, Readout};

/// Steps of the scrubber from end to end.
const SCRUBBER_STEPS: f64 = 10_000.0;

/// The scrubber's picture is drawn this wide and stretched.
pub const TRACK_WIDTH: f64 = 1_000.0;

/// The transport under the stage.
#[component]
pub fn Transport(
    /// What runs.
    player: Player,
    /// How it is looked at.
    view: View,
) -> impl IntoView {
    let time = move || player.readout.get().cursor.at.to_string();
    let ordinal = move || format!("event {}", player.readout.get().cursor.ordinal);
    view! {
        <div class="transport" data-testid="transport">
            <div class="transport-main">
                <Scrubber player view/>
                <div class="transport-keys">
                    {key(player, "Start again (R)", Icon::Restart, Player::restart)}
                    {key(player, "Step back (←)", Icon::StepBack, Player::step_back)}
                    <Play player/>
                    {key(player, "Step (→)", Icon::Step, Player::step)}
                    {key(player, "Next notable event (N)", Icon::Notable, Player::next_notable)}
                    <output class="transport-time" data-testid="time">
                        <span class="figure">{time}</span>
                        <span class="quiet-text">{ordinal}</span>
                    </output>
                </div>
            </div>
            <div class="transport-more">{view.slot(|panels| panels.speed)}</div>
        </div>
    }
}

/// The button that plays and pauses.
#[component]
pub fn Play(
    /// What runs.
    player: Player,
) -> impl IntoView {
    let label = move || match player.playing.get() {
        true => "Pause (space)",
        false => "Play (space)",
    };
    let icon = move || match player.playing.get() {
        true => Icon::Pause.path(),
        false => Icon::Play.path(),
    };
    view! {
        <button
            type="button"
            class="button play"
            data-testid="play"
            aria-label=label
            title=label
            on:click=move |_| player.toggle()
        >
            <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
                <path fill-rule="evenodd" d=icon/>
            </svg>
        </button>
    }
}

#[component]
fn Scrubber(player: Player, view: View) -> impl IntoView {
    // How far along something is, of so much in all.
    let of = move |at: fn(&Readout) -> SimTime, all: f64| {
        let readout = player.readout.get();
        (share(at(&readout), readout.axis) * all)
            .round()
            .to_string()
    };
    let head = move || of(|readout| readout.head.at, TRACK_WIDTH);
    let here = move || of(|readout| readout.cursor.at, TRACK_WIDTH);
    let value = move || of(|readout| readout.cursor.at, SCRUBBER_STEPS);
    let seek = move |event: leptos::ev::Event| {
        if let Ok(step) = event_target_value(&event).parse::<u32>() {
            player.seek_fraction(f64::from(step) / SCRUBBER_STEPS);
        }
    };
    view! {
        <div class="scrubber">
            <div class="scrubber-track">
                <svg
                    class="scrubber-picture"
                    viewBox="0 0 1000 28"
                    preserveAspectRatio="none"
                    aria-hidden="true"
                >
                    <rect class="track" x="0" y="11" width="1000" height="6" rx="3"/>
                    <rect class="track-head" x="0" y="11" width=head height="6" rx="3"/>
                    <rect class="track-played" x="0" y="11" width=here height="6" rx="3"/>
                    {view.slot(|panels| panels.marks)}
                </svg>
                <input
                    type="range"
                    class="scrubber-input"
                    min="0"
                    max="10000"
                    aria-label="Time"
                    aria-valuetext=move || player.readout.get().cursor.at.to_string()
                    data-testid="scrubber"
                    prop:value=value
                    on:input=seek
                />
                {view.slot(|panels| panels.flags)}
            </div>
            {view.slot(|panels| panels.branches)}
        </div>
    }
}

/// How far along the axis an instant is, from zero to one.
pub fn share(at: SimTime, axis: Span) -> f64 {
    if axis.is_zero() {
        0.0
    } else {
        (at.as_secs_f64() / axis.as_secs_f64()).min(1.0)
    }
}

/// A button that shows a picture; its label is for a tooltip and a screen reader.
pub fn key(player: Player, label: &'static str, icon: Icon, press: fn(&Player)) -> AnyView {
    view! {
        <button type="button" class="button icon-button" aria-label=label title=label on:click=move |_| press(&player)>
            <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
                <path fill-rule="evenodd" d=icon.path()/>
            </svg>
        </button>
    }
    .into_any()
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
    const fn path(self) -> &'static str {
        match self {
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
        }
    }
}
