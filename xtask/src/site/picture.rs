//! Pictures of a pattern as files: how its first scenario begins, for the stage before the app is
//! there, and its most telling instant, for galleries and readers without the app.
//!
//! A picture in a file of its own sees no stylesheet of the page, so it brings the rules that it
//! uses, and only those.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use orrery_core::catalog::Pattern;
use orrery_core::kernel::session::Session;
use orrery_core::scene::{Picture, StageShape};
use orrery_core::time::SimTime;
use roxmltree::{Document, Node};

use crate::error::Error;
use crate::site::rules::{rules, stylesheet};
use crate::site::write_text;

/// The most telling instant.
pub(crate) const STILL: &str = "still.svg";

/// How it begins, on a stage that is wider than high.
pub(crate) const START: &str = "start.svg";

/// The same on one that is higher than wide.
pub(crate) const START_TALL: &str = "start-tall.svg";

/// More points of a swarm than this are thinned out: nobody counts them in a picture that stands for
/// a second, and each takes two bytes over the wire.
const POINTS_MAX: usize = 1_500;

/// Writes the pictures of a pattern into its folder.
pub(crate) fn write(folder: &Path, pattern: &Pattern) -> Result<(), Error> {
    for (name, svg) in [
        (STILL, still(pattern)?),
        (START, start(pattern, StageShape::Wide)?.to_svg_fragment()),
        (
            START_TALL,
            start(pattern, StageShape::Tall)?.to_svg_fragment(),
        ),
    ] {
        write_text(&folder.join(name), &standing_alone(&svg)?)?;
    }
    Ok(())
}

/// The most telling instant of a pattern's first scenario, without a stylesheet.
pub(crate) fn still(pattern: &Pattern) -> Result<String, Error> {
    let mut session = beginning(pattern)?;
    session.seek((pattern.first)().still);
    let picture = session.scene(StageShape::Wide).to_picture();
    Ok(thinned(picture).to_svg_fragment())
}

/// How a pattern's first scenario begins.
pub(crate) fn start(pattern: &Pattern, shape: StageShape) -> Result<Picture, Error> {
    Ok(thinned(beginning(pattern)?.scene(shape).to_picture()))
}

/// What is told where a pattern's first scenario begins, as the app tells it.
pub(crate) fn first_caption(pattern: &Pattern) -> Result<String, Error> {
    let captions = (pattern.first)().captions;
    let told = captions.iter().rfind(|(from, _)| *from == SimTime::ZERO);
    if let Some((_, words)) = told {
        return Ok((*words).to_owned());
    }
    let mut log = beginning(pattern)?.log(200);
    let notable = log.iter().rposition(|line| line.notable);
    let line = match notable {
        Some(index) => Some(log.swap_remove(index)),
        None => log.pop(),
    };
    Ok(line.map_or_else(|| pattern.card.summary.to_owned(), |line| line.text))
}

/// A pattern's first scenario, at its start.
fn beginning(pattern: &Pattern) -> Result<Box<dyn Session>, Error> {
    (pattern.machine.open)(&(pattern.first)().state()).map_err(|error| Error::Undrawn {
        what: pattern.card.name.to_owned(),
        reason: error.to_string(),
    })
}

fn thinned(mut picture: Picture) -> Picture {
    for swarm in &mut picture.swarms {
        let every = swarm.x.len().div_ceil(POINTS_MAX).max(1);
        if every > 1 {
            swarm.x = swarm.x.iter().copied().step_by(every).collect();
            swarm.y = swarm.y.iter().copied().step_by(every).collect();
            swarm.tone = swarm.tone.iter().copied().step_by(every).collect();
        }
    }
    picture
}

/// The picture with the rules that it uses inside.
///
/// # Errors
///
/// When `svg` is no SVG.
pub(crate) fn standing_alone(svg: &str) -> Result<String, Error> {
    let document = parse(svg)?;
    let css = stylesheet();
    let (mut root, mut own) = (Vec::new(), String::new());
    let mut wanted = BTreeSet::new();
    for rule in rules(&css) {
        if rule.is_root() {
            root.extend(rule.declarations);
        } else if elements(&document).any(|element| rule.applies_to(element)) {
            let _ = write!(own, "{}{{", rule.written);
            for (name, value) in rule.declarations {
                let _ = write!(own, "{name}:{value};");
                wanted.extend(named_in(value));
            }
            own.push('}');
        }
    }
    let values: String = root
        .into_iter()
        .filter(|(name, _)| wanted.contains(name))
        .map(|(name, value)| format!("{name}:{value};"))
        .collect();
    let (open, rest) = svg
        .split_once('>')
        .ok_or_else(|| not_svg("it has no end"))?;
    Ok(format!(
        "{open}><style>svg{{color-scheme:light dark;{values}}}{own}</style>{rest}"
    ))
}

/// The custom properties that a value names.
fn named_in(value: &str) -> impl Iterator<Item = &str> {
    let mut parts = value.split("var(");
    parts.next();
    parts.filter_map(|rest| rest.split([')', ',']).next().map(str::trim))
}

/// An SVG as a tree.
pub(super) fn parse(svg: &str) -> Result<Document<'_>, Error> {
    Document::parse(svg).map_err(|error| not_svg(&error.to_string()))
}

fn not_svg(reason: &str) -> Error {
    Error::Undrawn {
        what: "an SVG".to_owned(),
        reason: reason.to_owned(),
    }
}

fn elements<'a, 'input>(document: &'a Document<'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    document.descendants().filter(Node::is_element)
}

#[cfg(test)]
mod tests {
    use orrery_core::catalog::PATTERNS;

    use super::*;

    #[test]
    fn a_picture_brings_the_rules_that_it_uses_and_no_others() {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"stage\">\
                   <g class=\"tone-good\"><rect class=\"body\"/></g></svg>";
        let svg = standing_alone(svg).expect("it is SVG");
        for part in [
            ".tone-good{",
            "--good:light-dark(",
            "--tone:var(--good)",
            ".stage .body{",
        ] {
            assert!(svg.contains(part), "{part} is missing in {svg}");
        }
        for part in [".tone-failed", "--failed:", ":hover", ".timer"] {
            assert!(!svg.contains(part), "{part} is too much in {svg}");
        }
    }

    #[test]
    fn every_pattern_has_its_pictures_and_something_to_tell() {
        for pattern in PATTERNS {
            for shape in [StageShape::Wide, StageShape::Tall] {
                let picture = start(pattern, shape).expect("it begins");
                let svg = standing_alone(&picture.to_svg_fragment()).expect("it is SVG");
                parse(&svg).expect("it still is");
                assert!(svg.len() < 120_000, "{} B", svg.len());
            }
            assert!(!first_caption(pattern).expect("it begins").is_empty());
        }
    }

    #[test]
    fn what_is_no_svg_is_an_error() {
        assert!(standing_alone("<svg").is_err() && standing_alone("").is_err());
    }
}
