//! The handles on time: play, pause, step, step back, seek.

use orrery_core::time::{SimTime, Span};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlInputElement};

use crate::dom::{DomResult, find, find_all, on, report};
use crate::player::Player;

/// Steps of the scrubber from end to end.
const SCRUBBER_STEPS: f64 = 10_000.0;

/// The scrubber's picture is drawn this wide and stretched.
pub const TRACK_WIDTH: f64 = 1_000.0;

/// What one of the keys does.
type Press = fn(&Player);

/// The keys beside the one that plays, two on each side of it.
const KEYS: [(&str, Icon, Press); 4] = [
    ("Start again (R)", Icon::Restart, Player::restart),
    ("Step back (←)", Icon::StepBack, Player::step_back),
    ("Step (→)", Icon::Step, Player::step),
    (
        "Next notable event (N)",
        Icon::Notable,
        Player::next_notable,
    ),
];

/// The button that plays and pauses.
pub const PLAY: &str = "<button type=\"button\" class=\"button play\" data-testid=\"play\">\
    <svg class=\"icon\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path fill-rule=\"evenodd\"/></svg>\
    </button>";

/// The track with what was played of it, and the field that moves on it.
const SCRUBBER: &str = "<div class=\"scrubber\"><div class=\"scrubber-track\">\
    <svg class=\"scrubber-picture\" viewBox=\"0 0 1000 28\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
    <rect class=\"track\" x=\"0\" y=\"11\" width=\"1000\" height=\"6\" rx=\"3\"/>\
    <rect class=\"track-head\" x=\"0\" y=\"11\" height=\"6\" rx=\"3\"/>\
    <rect class=\"track-played\" x=\"0\" y=\"11\" height=\"6\" rx=\"3\"/></svg>\
    <input type=\"range\" class=\"scrubber-input\" min=\"0\" max=\"10000\" aria-label=\"Time\" \
    data-testid=\"scrubber\"></div></div>";

/// The transport under the stage.
pub fn markup() -> String {
    let key = |(label, icon, _): &(&str, Icon, Press)| {
        format!(
            "<button type=\"button\" class=\"button icon-button\" aria-label=\"{label}\" title=\"{label}\">{}</button>",
            icon.markup()
        )
    };
    let [before, after] =
        [&KEYS[..2], &KEYS[2..]].map(|keys| keys.iter().map(key).collect::<String>());
    [
        "<div class=\"transport\" data-testid=\"transport\"><div class=\"transport-main\">",
        SCRUBBER,
        "<div class=\"transport-keys\">",
        &before,
        PLAY,
        &after,
        "<output class=\"transport-time\" data-testid=\"time\"><span class=\"figure\"></span>\
         <span class=\"quiet-text\"></span></output></div></div><div class=\"transport-more\"></div></div>",
    ]
    .concat()
}

/// Brings to life what of the transport stands in `root`.
pub(super) fn begin(root: &Element, player: Player) -> DomResult {
    for play in find_all(root, ".play") {
        begin_play(&play, player)?;
    }
    let keys = find_all(root, ".transport-keys > .icon-button");
    for ((_, _, press), key) in KEYS.into_iter().zip(keys) {
        on(&key, "click", move |_| press(&player));
    }
    if let (Some(track), Some(time)) =
        (find(root, ".scrubber-track"), find(root, ".transport-time"))
    {
        follow(&track, &time, player);
    }
    Ok(())
}

/// The button plays and pauses, and says which of both it does.
fn begin_play(play: &Element, player: Player) -> DomResult {
    on(play, "click", move |_| player.toggle());
    let Some(picture) = find(play, "path") else {
        return Ok(());
    };
    let button = play.clone();
    let show = move || -> DomResult {
        let (label, icon) = match player.playing.try_get_untracked() {
            Some(true) => ("Pause (space)", Icon::Pause),
            Some(false) | None => ("Play (space)", Icon::Play),
        };
        button.set_attribute("aria-label", label)?;
        button.set_attribute("title", label)?;
        picture.set_attribute("d", icon.path())
    };
    show()?;
    player.playing.watch(move || report(show()));
    Ok(())
}

/// The scrubber and the words beside the keys say where the run is, and the scrubber takes it elsewhere.
fn follow(track: &Element, time: &Element, player: Player) {
    let Some(input) = find(track, ".scrubber-input") else {
        return;
    };
    let input: HtmlInputElement = input.unchecked_into();
    let [head, played, instant, ordinal] = [
        find(track, ".track-head"),
        find(track, ".track-played"),
        find(time, ".figure"),
        find(time, ".quiet-text"),
    ];
    let field = input.clone();
    let show = move || -> DomResult {
        let Some(now) = player.readout.try_get_untracked() else {
            return Ok(());
        };
        let along =
            |at: SimTime, all: f64| ((share(at, now.axis) * all).round() as u32).to_string();
        let (at, words) = (now.cursor.at, now.cursor.at.to_string());
        for (bar, at) in [(&head, now.head.at), (&played, at)] {
            if let Some(bar) = bar {
                bar.set_attribute("width", &along(at, TRACK_WIDTH))?;
            }
        }
        field.set_value(&along(at, SCRUBBER_STEPS));
        field.set_attribute("aria-valuetext", &words)?;
        if let (Some(instant), Some(ordinal)) = (&instant, &ordinal) {
            instant.set_text_content(Some(&words));
            ordinal.set_text_content(Some(&format!("event {}", now.cursor.ordinal)));
        }
        Ok(())
    };
    report(show());
    player.readout.watch(move || report(show()));
    on(&input.clone(), "input", move |_| {
        player.seek_fraction(input.value_as_number() / SCRUBBER_STEPS);
    });
}

/// How far along the axis an instant is, from zero to one.
pub fn share(at: SimTime, axis: Span) -> f64 {
    if axis.is_zero() {
        0.0
    } else {
        (at.as_secs_f64() / axis.as_secs_f64()).min(1.0)
    }
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
    /// The picture, as it stands in a button whose label says the same.
    pub fn markup(self) -> String {
        format!(
            "<svg class=\"icon\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path fill-rule=\"evenodd\" d=\"{}\"/></svg>",
            self.path()
        )
    }

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
