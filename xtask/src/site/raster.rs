//! SVG as PNG, without a browser.
//!
//! The renderer knows no custom properties and none of the newer colour functions, so each element
//! gets its values as attributes first. Letters come from a font that is built in: the same picture
//! on every machine. What a stylesheet's language offers beyond what ours use is not here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use orrery_core::scene::escape;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use roxmltree::Node;

use crate::error::Error;
use crate::site::picture::parse;
use crate::site::rules::{Rule, rules, stylesheet};

/// The condensed one, which is about as wide as the fonts of the page, and the only one there is.
pub(super) const FONT: &str = "DejaVu Sans";

const FONT_CODE: &str = "DejaVu Sans Mono";

/// How much of a value may be looked up in others; more is a circle.
const DEPTH_MAX: usize = 8;

/// What the renderer reads of a style.
const PROPERTIES: [&str; 13] = [
    "fill",
    "font-family",
    "font-size",
    "font-weight",
    "opacity",
    "paint-order",
    "stroke",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-width",
    "text-decoration",
    "visibility",
];

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    for font in [
        dejavu::sans_condensed::regular(),
        dejavu::sans_condensed::bold(),
        dejavu::sans_mono::regular(),
    ] {
        fonts.load_font_data(font.to_vec());
    }
    Arc::new(fonts)
});

/// Draws an SVG without a stylesheet in the colours for light surroundings, `width` pixels wide.
///
/// # Errors
///
/// When it is no SVG or cannot be drawn.
pub(super) fn png(svg: &str, width: u32) -> Result<Vec<u8>, Error> {
    let failed = |reason: String| Error::Undrawn {
        what: "an SVG".to_owned(),
        reason,
    };
    let tree = tree(svg)?;
    let scale = width as f32 / tree.size().width();
    let height = (tree.size().height() * scale).round() as u32;
    let mut pixels = Pixmap::new(width, height)
        .ok_or_else(|| failed(format!("{width} by {height} pixels are none")))?;
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut pixels.as_mut(),
    );
    pixels
        .encode_png()
        .map_err(|error| failed(error.to_string()))
}

/// How wide a line of text is, in units of its font size.
pub(super) fn width_of(text: &str, size: f32, heavy: bool) -> Result<f32, Error> {
    let weight = if heavy { 700 } else { 400 };
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"><text font-family=\"{FONT}\" \
         font-size=\"{size}\" font-weight=\"{weight}\">{}</text></svg>",
        escape(text)
    );
    Ok(tree(&svg)?.root().bounding_box().width())
}

fn tree(svg: &str) -> Result<Tree, Error> {
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        font_family: FONT.to_owned(),
        ..Options::default()
    };
    Tree::from_str(svg, &options).map_err(|error| Error::Undrawn {
        what: "an SVG".to_owned(),
        reason: error.to_string(),
    })
}

/// The SVG with what its classes mean in our stylesheets as attributes of each element.
pub(super) fn painted(svg: &str) -> Result<String, Error> {
    let document = parse(svg)?;
    let css = stylesheet();
    let mut painted = String::with_capacity(svg.len() * 2);
    let root = document.root_element();
    paint(root, &rules(&css), &BTreeMap::new(), &mut painted);
    Ok(painted)
}

/// Values of an element by the names of their properties.
type Values<'a> = BTreeMap<&'a str, &'a str>;

fn paint<'a>(node: Node<'_, '_>, rules: &[Rule<'a>], inherited: &Values<'a>, to: &mut String) {
    let mut custom = inherited.clone();
    let mut own = Values::new();
    for rule in rules.iter().filter(|rule| rule.applies_to(node)) {
        for (name, value) in &rule.declarations {
            if name.starts_with("--") {
                custom.insert(name, value);
            } else if PROPERTIES.contains(name) {
                own.insert(name, value);
            }
        }
    }
    let name = node.tag_name().name();
    let _ = write!(to, "<{name}");
    if node.parent_element().is_none() {
        to.push_str(" xmlns=\"http://www.w3.org/2000/svg\"");
    }
    for attribute in node.attributes().filter(|own| own.name() != "class") {
        let _ = write!(
            to,
            " {}=\"{}\"",
            attribute.name(),
            escape(attribute.value())
        );
    }
    for (property, value) in &own {
        let value = settled(value, &custom, DEPTH_MAX);
        let value = match *property {
            "font-family" if value.contains("monospace") => FONT_CODE.to_owned(),
            "font-family" => FONT.to_owned(),
            "fill" | "stroke" => colour(&value).map_or_else(|| "none".to_owned(), Colour::written),
            _ => value,
        };
        let _ = write!(to, " {property}=\"{}\"", escape(&value));
    }
    to.push('>');
    for child in node.children() {
        if child.is_element() {
            paint(child, rules, &custom, to);
        } else if let Some(text) = child.text() {
            to.push_str(&escape(text));
        }
    }
    let _ = write!(to, "</{name}>");
}

/// A value with those in place that it names.
fn settled(value: &str, values: &Values<'_>, depth: usize) -> String {
    let Some((before, rest)) = value.split_once("var(") else {
        return value.to_owned();
    };
    let Some((name, after)) = rest.split_once(')') else {
        return value.to_owned();
    };
    let meant = values.get(name.trim()).copied().unwrap_or_default();
    let meant = match depth.checked_sub(1) {
        Some(left) => settled(meant, values, left),
        None => String::new(),
    };
    format!("{before}{meant}{}", settled(after, values, depth))
}

/// Red, green, blue and how opaque, all from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Colour([f32; 4]);

impl Colour {
    fn written(self) -> String {
        let [red, green, blue, alpha] = self.0;
        let share = alpha / 255.0;
        format!("rgba({red:.0},{green:.0},{blue:.0},{share:.3})")
    }
}

/// A colour as our stylesheets write it; none where there is nothing to see.
fn colour(value: &str) -> Option<Colour> {
    let value = value.trim();
    if let Some(inside) = call(value, "light-dark") {
        return colour(arguments(inside).first()?);
    }
    if let Some(inside) = call(value, "color-mix") {
        let [_space, first, second] = arguments(inside)[..] else {
            return None;
        };
        let (first, share) = first.trim().rsplit_once(' ')?;
        let share: f32 = share.strip_suffix('%')?.parse().ok()?;
        return mixed(colour(first)?, colour(second), share / 100.0);
    }
    let digits = value.strip_prefix('#')?;
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    Some(Colour([
        f32::from(byte(0)?),
        f32::from(byte(2)?),
        f32::from(byte(4)?),
        255.0,
    ]))
}

/// So much of the one and the rest of the other, which may be nothing at all.
fn mixed(first: Colour, second: Option<Colour>, share: f32) -> Option<Colour> {
    let Some(second) = second else {
        let [red, green, blue, alpha] = first.0;
        return Some(Colour([red, green, blue, alpha * share]));
    };
    let mut mixed = first.0;
    for (part, other) in mixed.iter_mut().zip(second.0) {
        *part = *part * share + other * (1.0 - share);
    }
    Some(Colour(mixed))
}

fn call<'a>(value: &'a str, function: &str) -> Option<&'a str> {
    value
        .strip_prefix(function)?
        .strip_prefix('(')?
        .strip_suffix(')')
}

/// What stands between the commas that are in no inner parentheses.
fn arguments(inside: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, character) in inside.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: Option<&str>, lesson: &str) {
        let written = colour(value).map(Colour::written);
        assert_eq!(written.as_deref(), expected, "{lesson}");
    }

    #[test]
    fn colours_are_read_as_our_stylesheets_write_them() {
        check("#102030", Some("rgba(16,32,48,1.000)"), "six digits");
        check(
            "light-dark(#ffffff, #000000)",
            Some("rgba(255,255,255,1.000)"),
            "the one for light surroundings",
        );
        check(
            "color-mix(in srgb, #000000 80%, light-dark(#ffffff, #123456))",
            Some("rgba(51,51,51,1.000)"),
            "so much of the first",
        );
        check(
            "color-mix(in srgb, #ffffff 60%, transparent)",
            Some("rgba(255,255,255,0.600)"),
            "nothing makes the rest shine through",
        );
        check("transparent", None, "nothing to see");
        check("none", None, "nothing to see");
    }

    #[test]
    fn an_element_is_painted_as_its_classes_say_and_its_parents_mean() {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"stage\">\
                   <g class=\"tone-good\"><rect class=\"body\"/></g>\
                   <g class=\"tone-stale\"><rect class=\"body\"/></g></svg>";
        let painted = painted(svg).expect("it is SVG");
        let good = painted.find("stroke=\"rgba(31,117,80,1.000)\"");
        let stale = painted.find("stroke=\"rgba(138,97,0,1.000)\"");
        assert!(good.is_some() && good < stale, "{painted}");
        assert!(
            painted.contains("stroke-dasharray=\"1.5 2.5\""),
            "{painted}"
        );
    }

    #[test]
    fn a_value_that_names_itself_comes_to_an_end() {
        let values = BTreeMap::from([("--a", "var(--a)")]);
        assert_eq!(settled("var(--a)", &values, DEPTH_MAX), "");
    }

    #[test]
    fn longer_text_is_wider_and_heavier_text_too() {
        let width = |text, heavy| width_of(text, 20.0, heavy).expect("it is text");
        assert!(width("ab", false) > width("a", false) * 1.5);
        assert!(width("Saga", true) > width("Saga", false));
    }
}
