//! Pictures for link previews: the name beside the machine at its most telling instant.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use orrery_core::catalog::{PATTERNS, Pattern};
use orrery_core::scene::escape;

use crate::error::Error;
use crate::registry;
use crate::site::picture;
use crate::site::raster::{FONT, painted, png, width_of};

/// The file's name, in each page's folder.
pub(super) const CARD: &str = "card.png";

/// What the services that show previews ask for.
pub(super) const SIZE: (u32, u32) = (1200, 630);

/// From the left edge to the words, and how wide they may be.
const WORDS: (f32, f32) = (52.0, 330.0);

/// Where the picture is.
const PICTURE: Place = Place {
    x: 412.0,
    y: 74.0,
    width: 740.0,
};

/// A place that is as high as its picture needs.
#[derive(Clone, Copy, Debug)]
struct Place {
    x: f32,
    y: f32,
    width: f32,
}

/// How a paragraph looks.
#[derive(Clone, Copy, Debug)]
struct Style {
    size: f32,
    heavy: bool,
    colour: &'static str,
}

const INK: &str = "#1d2126";
const QUIET: &str = "#5a5f66";

/// Draws the preview of a pattern's page into its folder.
pub(super) fn write(folder: &Path, pattern: &Pattern) -> Result<(), Error> {
    let svg = card(
        pattern.card.family.name(),
        pattern.card.name,
        pattern.card.summary,
        &placed(pattern, PICTURE)?,
    )?;
    save(folder, &svg)
}

/// Draws the preview of the home page, with the first four patterns.
pub(super) fn write_home(folder: &Path) -> Result<(), Error> {
    let mut pictures = String::new();
    for (index, pattern) in PATTERNS.iter().take(4).enumerate() {
        let (column, row) = ((index % 2) as f32, (index / 2) as f32);
        let place = Place {
            x: PICTURE.x + column * 376.0,
            y: PICTURE.y + row * 244.0,
            width: 364.0,
        };
        pictures += &placed(pattern, place)?;
    }
    let svg = card(
        "System design",
        "Patterns as machines that run",
        registry::SITE_DESCRIPTION,
        &pictures,
    )?;
    save(folder, &svg)
}

fn save(folder: &Path, svg: &str) -> Result<(), Error> {
    let path = folder.join(CARD);
    fs::write(&path, png(svg, SIZE.0)?).map_err(Error::file("write", &path))
}

/// A pattern's picture, framed.
fn placed(pattern: &Pattern, place: Place) -> Result<String, Error> {
    let drawn = painted(&picture::still(pattern)?)?;
    let scale = place.width / 880.0;
    let height = 560.0 * scale;
    let Place { x, y, width } = place;
    Ok(format!(
        "<g transform=\"translate({x} {y}) scale({scale})\">{drawn}</g>\
         <rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"none\" \
         stroke=\"#cfc8b9\" stroke-width=\"2\"/>"
    ))
}

fn card(above: &str, heading: &str, words: &str, pictures: &str) -> Result<String, Error> {
    const BRAND: &str = include_str!("../../../public/icon.svg");
    let (width, height) = SIZE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\"><rect width=\"{width}\" height=\"{height}\" fill=\"#fbf9f4\"/>\
         {pictures}<g transform=\"translate(44 58) scale(1.9)\">{BRAND}</g>"
    );
    let brand = Style {
        size: 34.0,
        heavy: true,
        colour: INK,
    };
    let mut below = paragraph(&mut svg, "Orrery", brand, 106.0, 100.0)?;
    below = paragraph(
        &mut svg,
        above,
        Style {
            size: 22.0,
            heavy: false,
            colour: "#8f6512",
        },
        WORDS.0,
        below + 114.0,
    )?;
    below = paragraph(
        &mut svg,
        heading,
        Style {
            size: 46.0,
            ..brand
        },
        WORDS.0,
        below + 52.0,
    )?;
    paragraph(
        &mut svg,
        words,
        Style {
            size: 24.0,
            heavy: false,
            colour: QUIET,
        },
        WORDS.0,
        below + 44.0,
    )?;
    svg.push_str("</svg>");
    Ok(svg)
}

/// Writes lines of at most the width that words may have and gives the last one's baseline.
fn paragraph(svg: &mut String, text: &str, style: Style, x: f32, y: f32) -> Result<f32, Error> {
    let Style {
        size,
        heavy,
        colour,
    } = style;
    let weight = if heavy { 700 } else { 400 };
    let mut baseline = y;
    for (index, line) in lines(text, style)?.iter().enumerate() {
        baseline = y + index as f32 * size * 1.24;
        let _ = write!(
            svg,
            "<text x=\"{x}\" y=\"{baseline}\" font-family=\"{FONT}\" font-size=\"{size}\" \
             font-weight=\"{weight}\" fill=\"{colour}\">{}</text>",
            escape(line)
        );
    }
    Ok(baseline)
}

fn lines(text: &str, style: Style) -> Result<Vec<String>, Error> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match longer {
            Some(longer) if width_of(&longer, style.size, style.heavy)? <= WORDS.1 => {
                if let Some(last) = lines.last_mut() {
                    *last = longer;
                }
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_every_pattern_fit_beside_its_picture() {
        let style = |size, heavy| Style {
            size,
            heavy,
            colour: INK,
        };
        for pattern in PATTERNS {
            let heading = lines(pattern.card.name, style(46.0, true)).expect("it is text");
            let words = lines(pattern.card.summary, style(24.0, false)).expect("it is text");
            for line in &heading {
                let width = width_of(line, 46.0, true).expect("it is text");
                assert!(width <= WORDS.1, "“{line}” is {width} wide");
            }
            let height = 266.0 + heading.len() as f32 * 57.0 + 44.0 + words.len() as f32 * 29.8;
            assert!(height < 620.0, "{}: {height}", pattern.card.name);
        }
    }

    #[test]
    fn a_preview_has_the_size_that_is_asked_for() {
        let svg = card("a", "b", "c & d", "").expect("it is text");
        let png = png(&svg, SIZE.0).expect("it can be drawn");
        let pixels = resvg::tiny_skia::Pixmap::decode_png(&png).expect("it is a PNG");
        assert_eq!((pixels.width(), pixels.height()), SIZE);
    }
}
