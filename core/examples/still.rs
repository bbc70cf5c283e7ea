//! Draws one instant of one scenario as SVG: `still SLUG SCENARIO SECONDS [tall] [dark] [lanes]`.

use orrery_core::catalog::{self, CARDS};
use orrery_core::scene::{StageShape, Theme};
use orrery_core::time::{SimTime, Span};

/// Seconds of watching that swimlanes show.
const LANES_SECS: f64 = 2.5;

#[expect(clippy::print_stdout, reason = "the picture is this program's output")]
fn main() -> Result<(), String> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [slug, scenario, secs, ..] = words.as_slice() else {
        return Err("usage: still SLUG SCENARIO SECONDS [tall] [dark] [lanes]".to_owned());
    };
    let has = |word: &str| words.iter().any(|given| given == word);
    let pattern = catalog::find(slug).ok_or_else(|| {
        let known: Vec<&str> = CARDS.iter().map(|card| card.slug).collect();
        format!(
            "there is no pattern {slug}: choose from {}",
            known.join(", ")
        )
    })?;
    let scenario = pattern.scenario(scenario).ok_or_else(|| {
        let scenarios = (pattern.scenarios)();
        let known: Vec<&str> = scenarios.iter().map(|it| it.slug).collect();
        format!(
            "{slug} has no scenario {scenario}: choose from {}",
            known.join(", ")
        )
    })?;
    let secs: f64 = secs
        .parse()
        .map_err(|_| format!("{secs} is not a number of seconds"))?;
    let mut session =
        (pattern.machine.open)(&scenario.state()).map_err(|error| error.to_string())?;
    session.seek(SimTime::ZERO + Span::from_secs_f64(secs));
    let shape = if has("tall") {
        StageShape::Tall
    } else {
        StageShape::Wide
    };
    let scene = if has("lanes") {
        session
            .lanes(shape, Span::from_secs_f64(LANES_SECS * scenario.pace))
            .ok_or("this pattern has no nodes")?
    } else {
        session.scene(shape)
    };
    for problem in scene.problems() {
        eprintln!("{problem}");
    }
    eprintln!("{}", scene.describe());
    let theme = if has("dark") {
        Theme::Dark
    } else {
        Theme::Light
    };
    println!("{}", scene.to_picture().to_svg_in(theme));
    Ok(())
}
