//! Gives the reader a file, and makes pictures of SVG.
//!
//! It owns how a file gets out of the page: names that every file system takes, SVG that looks the
//! same without the page's stylesheets, and pixels of it. What is in a file is others' business.

use gloo_timers::callback::Timeout;
use js_sys::{Array, Promise, Uint8Array};
use leptos::prelude::{document, window};
use orrery_core::scene::escape;
use orrery_core::time::SimTime;
use thiserror::Error;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, CssStyleDeclaration, Element,
    HtmlAnchorElement, HtmlCanvasElement, HtmlImageElement, Url, XmlSerializer,
};

/// The largest picture, in pixels: what every browser in use draws.
pub const PIXELS_MAX: f64 = 16_777_216.0;

/// The longest stem of a file's name, in characters.
const STEM_MAX: usize = 120;

/// How long the bytes of a file are held for the browser to write.
const HELD_MILLIS: u32 = 20_000;

/// Why there is no file.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SaveError {
    /// The browser refuses to make one.
    #[error(
        "The browser would not make the file {name}. Downloads may be blocked for this page: allow them, then save again."
    )]
    Refused {
        /// Its name.
        name: String,
    },
    /// The picture has no size that can be drawn.
    #[error(
        "A picture of {width} by {height} pixels cannot be drawn: browsers draw from 1 to {PIXELS_MAX} pixels in all. Choose another width."
    )]
    Size {
        /// In pixels.
        width: f64,
        /// In pixels.
        height: f64,
    },
    /// The browser does not read the SVG.
    #[error("The browser could not draw the picture. Save it as SVG instead.")]
    Unreadable,
    /// The browser does not give out what it drew.
    #[error(
        "The browser drew the picture but does not let this page read it back, which some privacy settings ask for. Save it as SVG instead."
    )]
    Withheld,
    /// What should be saved is not on the page, or not shown.
    #[error("There is no picture on the page to save. Show the chart first, then save it.")]
    Missing,
}

/// Gives the reader a file of these bytes, as a download.
///
/// # Errors
/// [`SaveError::Refused`] when the browser makes no file or no address for it.
pub fn save(name: &str, mime: &str, bytes: &[u8]) -> Result<(), SaveError> {
    let refused = |_| SaveError::Refused {
        name: name.to_owned(),
    };
    let url = address(mime, bytes).map_err(refused)?;
    let clicked = click(&url, name);
    // Some browsers read it only some time after they were asked to.
    Timeout::new(HELD_MILLIS, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
    clicked.map_err(refused)
}

fn address(mime: &str, bytes: &[u8]) -> Result<String, JsValue> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let kind = BlobPropertyBag::new();
    kind.set_type(mime);
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &kind)?;
    Url::create_object_url_with_blob(&blob)
}

fn click(url: &str, name: &str) -> Result<(), JsValue> {
    let link: HtmlAnchorElement = document().create_element("a")?.dyn_into()?;
    link.set_href(url);
    link.set_download(name);
    link.set_hidden(true);
    let body = document().body().ok_or(JsValue::NULL)?;
    body.append_child(&link)?;
    link.click();
    link.remove();
    Ok(())
}

/// The name of a file about a run: pattern, what it is, seed, and the instant if it has one.
///
/// ```
/// use orrery::saving::file_name;
/// use orrery_core::time::SimTime;
///
/// let at = SimTime::from_millis(12_250);
/// assert_eq!(
///     file_name("hash-ring", "Trace (events)", 7, Some(at), "json"),
///     "hash-ring-trace-events-seed7-12.250s.json"
/// );
/// ```
pub fn file_name(
    slug: &str,
    kind: &str,
    seed: u64,
    at: Option<SimTime>,
    extension: &str,
) -> String {
    let mut words = format!("{slug} {kind} seed{seed}");
    if let Some(at) = at {
        let millis = at.as_nanos() / 1_000_000;
        words.push_str(&format!(" {}.{:03}s", millis / 1_000, millis % 1_000));
    }
    format!("{}.{extension}", stem(&words))
}

/// Small letters, digits, dots between them and single hyphens: what no file system refuses.
fn stem(words: &str) -> String {
    let mut stem = String::new();
    for letter in words.chars() {
        match letter.to_ascii_lowercase() {
            kept @ ('a'..='z' | '0'..='9') => stem.push(kept),
            '.' if stem.ends_with(|last: char| last.is_ascii_digit()) => stem.push('.'),
            _ if stem.is_empty() || stem.ends_with('-') => {}
            _ => stem.push('-'),
        }
        if stem.len() == STEM_MAX {
            break;
        }
    }
    let stem = stem.trim_end_matches(['-', '.']);
    if stem.is_empty() {
        "orrery".to_owned()
    } else {
        stem.to_owned()
    }
}

/// An SVG that stands alone as PNG, `scale` pixels for every unit of its width and height.
///
/// # Errors
/// A size that cannot be drawn, an SVG that cannot be read, or a browser that keeps what it drew.
pub async fn png_of(svg: &str, width: f64, height: f64, scale: f64) -> Result<Vec<u8>, SaveError> {
    let canvas = draw(svg, width * scale, height * scale).await?;
    let made = Promise::new(&mut |resolve, reject| {
        if canvas.to_blob(&resolve).is_err() {
            let _ = reject.call0(&JsValue::NULL);
        }
    });
    let made = JsFuture::from(made).await;
    let blob: Blob = made
        .and_then(JsCast::dyn_into)
        .map_err(|_| SaveError::Withheld)?;
    let bytes = JsFuture::from(blob.array_buffer()).await;
    let bytes = bytes.map_err(|_| SaveError::Withheld)?;
    Ok(Uint8Array::new(&bytes).to_vec())
}

/// The same as pixels: four bytes each, red, green, blue and alpha, in rows from the top.
///
/// # Errors
/// As [`png_of`].
pub async fn pixels_of(svg: &str, width: u32, height: u32) -> Result<Vec<u8>, SaveError> {
    let canvas = draw(svg, f64::from(width), f64::from(height)).await?;
    let context = context(&canvas)?;
    let image = context.get_image_data(0.0, 0.0, f64::from(width), f64::from(height));
    Ok(image.map_err(|_| SaveError::Withheld)?.data().0)
}

async fn draw(svg: &str, width: f64, height: f64) -> Result<HtmlCanvasElement, SaveError> {
    let (width, height) = (width.round(), height.round());
    // Written so that what is no number is refused as well.
    if !(width >= 1.0 && height >= 1.0 && width * height <= PIXELS_MAX) {
        return Err(SaveError::Size { width, height });
    }
    let image = image_of(svg).await?;
    let canvas: Result<HtmlCanvasElement, _> = document()
        .create_element("canvas")
        .and_then(|canvas| canvas.dyn_into().map_err(JsValue::from));
    let canvas = canvas.map_err(|_| SaveError::Withheld)?;
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    context(&canvas)?
        .draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width, height)
        .map_err(|_| SaveError::Unreadable)?;
    Ok(canvas)
}

fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, SaveError> {
    let context = canvas.get_context("2d").ok().flatten();
    context
        .and_then(|context| context.dyn_into().ok())
        .ok_or(SaveError::Withheld)
}

/// The SVG as an image that is there.
async fn image_of(svg: &str) -> Result<HtmlImageElement, SaveError> {
    let image = HtmlImageElement::new().map_err(|_| SaveError::Unreadable)?;
    let url = address("image/svg+xml", svg.as_bytes()).map_err(|_| SaveError::Unreadable)?;
    let loaded = Promise::new(&mut |resolve, reject| {
        let loaded = Closure::once_into_js(move || resolve.call0(&JsValue::NULL).is_ok());
        let failed = Closure::once_into_js(move || reject.call0(&JsValue::NULL).is_ok());
        image.set_onload(Some(loaded.unchecked_ref()));
        image.set_onerror(Some(failed.unchecked_ref()));
        image.set_src(&url);
    });
    let loaded = JsFuture::from(loaded).await;
    let _ = Url::revoke_object_url(&url);
    loaded.map_err(|_| SaveError::Unreadable)?;
    Ok(image)
}

/// A picture that stands alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Standalone {
    /// The document.
    pub svg: String,
    /// In CSS pixels.
    pub width: f64,
    /// In CSS pixels.
    pub height: f64,
}

/// What the page's stylesheets may say of something drawn.
const STYLES: [&str; 23] = [
    "display",
    "visibility",
    "opacity",
    "fill",
    "fill-opacity",
    "fill-rule",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-dasharray",
    "stroke-dashoffset",
    "stroke-linecap",
    "stroke-linejoin",
    "paint-order",
    "vector-effect",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "font-variant-numeric",
    "letter-spacing",
    "text-anchor",
    "dominant-baseline",
];

/// The margin around what is added, the height of the title, of a line of the note, and how many
/// letters such a line takes for every pixel of width, all for the sizes that are written below.
const MARGIN: f64 = 8.0;
const TITLE: f64 = 24.0;
const NOTE_LINE: f64 = 13.0;
const NOTE_LETTERS: f64 = 0.19;

/// An SVG of the page as a document of its own that looks as it does now: every style in an
/// attribute, the page's colour behind it, `title` above it and `note` below it where they say
/// something.
///
/// # Errors
/// [`SaveError::Missing`] for an element that is not shown.
pub fn standalone(shown: &Element, title: &str, note: &str) -> Result<Standalone, SaveError> {
    write_standalone(shown, title, note).ok_or(SaveError::Missing)
}

fn write_standalone(shown: &Element, title: &str, note: &str) -> Option<Standalone> {
    let (width, height) = size(shown)?;
    let lines = lines(note, (width - 2.0 * MARGIN) * NOTE_LETTERS);
    let above = if title.is_empty() { 0.0 } else { TITLE };
    let below = match lines.len() {
        0 => 0.0,
        count => count as f64 * NOTE_LINE + MARGIN,
    };
    let all = height + above + below;
    let copy: Element = shown.clone_node_with_deep(true).ok()?.unchecked_into();
    write_styles(shown, &copy, None)?;
    for (name, value) in [("width", width), ("height", height), ("y", above)] {
        copy.set_attribute(name, &value.to_string()).ok()?;
    }
    if copy.get_attribute("viewBox").is_none() {
        let view = format!("0 0 {width} {height}");
        copy.set_attribute("viewBox", &view).ok()?;
    }
    let style = style_of(shown)?;
    let (ink, font) = (
        style.get_property_value("color").ok()?,
        style.get_property_value("font-family").ok()?,
    );
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{all}\" \
         viewBox=\"0 0 {width} {all}\" fill=\"{}\" font-family=\"{}\">\
         <rect width=\"{width}\" height=\"{all}\" fill=\"{}\"/>",
        escape(&ink),
        escape(&font),
        escape(&background(shown)),
    );
    if !title.is_empty() {
        svg.push_str(&text(title, TITLE - 7.0, 14.0, 600));
    }
    svg.push_str(&XmlSerializer::new().ok()?.serialize_to_string(&copy).ok()?);
    for (line, words) in (1..).zip(&lines) {
        let y = above + height + f64::from(line) * NOTE_LINE;
        svg.push_str(&text(words, y, 10.0, 400));
    }
    svg.push_str("</svg>");
    Some(Standalone {
        svg,
        width,
        height: all,
    })
}

/// Its own size, or else the one it is shown in.
fn size(shown: &Element) -> Option<(f64, f64)> {
    let own = |name: &str| shown.get_attribute(name)?.parse::<f64>().ok();
    let view = shown.get_attribute("viewBox").and_then(|view| {
        let mut numbers = view.split([' ', ',']).skip(2);
        let mut next = || numbers.next()?.parse::<f64>().ok();
        Some((next()?, next()?))
    });
    let room = shown.get_bounding_client_rect();
    let size = own("width")
        .zip(own("height"))
        .or(view)
        .unwrap_or((room.width(), room.height()));
    (size.0 >= 1.0 && size.1 >= 1.0 && shown.is_connected()).then_some(size)
}

/// Writes into the attributes of a copy what the stylesheets say of the original. `above` is what
/// they say of its parent, from which most is handed down.
fn write_styles(shown: &Element, copy: &Element, above: Option<&[String]>) -> Option<()> {
    let style = style_of(shown)?;
    let of = |name: &&str| style.get_property_value(name).unwrap_or_default();
    let own: Vec<String> = STYLES.iter().map(of).collect();
    for (index, (name, value)) in STYLES.iter().zip(&own).enumerate() {
        let usual = match *name {
            "display" => Some("inline"),
            "opacity" => Some("1"),
            "vector-effect" => Some("none"),
            // All others are handed down.
            _ => above.map(|above| above[index].as_str()),
        };
        if usual == Some(value) || value.is_empty() {
            copy.remove_attribute(name).ok()?;
        } else {
            copy.set_attribute(name, value).ok()?;
        }
    }
    for name in ["class", "style"] {
        copy.remove_attribute(name).ok()?;
    }
    let (originals, copies) = (shown.children(), copy.children());
    for index in 0..originals.length() {
        let (original, copy) = (originals.item(index)?, copies.item(index)?);
        write_styles(&original, &copy, Some(&own))?;
    }
    Some(())
}

fn style_of(element: &Element) -> Option<CssStyleDeclaration> {
    window().get_computed_style(element).ok().flatten()
}

/// The first colour behind an element that is not clear.
fn background(element: &Element) -> String {
    let mut next = Some(element.clone());
    while let Some(element) = next {
        let style = style_of(&element);
        let colour = style.and_then(|style| style.get_property_value("background-color").ok());
        if let Some(colour) = colour.filter(|colour| {
            !colour.is_empty() && colour != "transparent" && colour != "rgba(0, 0, 0, 0)"
        }) {
            return colour;
        }
        next = element.parent_element();
    }
    "white".to_owned()
}

fn text(words: &str, y: f64, size: f64, weight: u32) -> String {
    format!(
        "<text x=\"{MARGIN}\" y=\"{y}\" font-size=\"{size}\" font-weight=\"{weight}\">{}</text>",
        escape(words)
    )
}

/// Cut between words into lines of at most so many letters.
fn lines(words: &str, letters: f64) -> Vec<String> {
    let most = letters.max(8.0) as usize;
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_every_file_system_takes() {
        for (words, expected) in [
            ("clock trace seed7 12.250s", "clock-trace-seed7-12.250s"),
            ("../../etc/passwd", "etc-passwd"),
            ("a:b*c?\"<>|\\ \u{0}d", "a-b-c-d"),
            ("Ünïcödé 🦀", "n-c-d"),
            ("…", "orrery"),
            ("", "orrery"),
            ("ends with a dot 3.", "ends-with-a-dot-3"),
            ("-.hidden", "hidden"),
        ] {
            assert_eq!(stem(words), expected, "{words:?}");
        }
        assert_eq!(stem(&"long ".repeat(100)).len(), STEM_MAX - 1);
    }

    #[test]
    fn a_note_is_cut_between_words() {
        assert_eq!(lines("one two three", 8.0), ["one two", "three"]);
        assert_eq!(lines("  ", 8.0), Vec::<String>::new());
        assert_eq!(lines("unbreakable word", 8.0), ["unbreakable", "word"]);
    }
}
