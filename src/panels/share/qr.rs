//! A text as a QR code (ISO/IEC 18004), drawn as SVG.
//!
//! It owns how the code is drawn; what makes its modules is `qrcodegen`.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};
use thiserror::Error;

/// The longest text that a code holds, in bytes: version 40 with the least correction (table 7).
pub const BYTES_MAX: usize = 2_953;

/// The empty modules around a code that readers ask for (section 6.3.8 of the edition of 2015).
const QUIET: i32 = 4;

/// A text is longer than any code holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("The link is {0} bytes long, and a QR code holds {BYTES_MAX} at most.")]
pub struct TooLong(pub usize);

/// A code, ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// How many modules it is wide and high, with the empty ones around it.
    pub modules: u32,
    /// The dark modules, as the data of an SVG path in which one unit is a module.
    path: String,
}

/// Makes the smallest code that holds a text, with as much correction as fits into that size.
///
/// # Errors
///
/// [`TooLong`] for a text of more than [`BYTES_MAX`] bytes.
pub fn encode(text: &str) -> Result<Picture, TooLong> {
    let code = QrCode::encode_binary(text.as_bytes(), QrCodeEcc::Low);
    let code = code.map_err(|_| TooLong(text.len()))?;
    Ok(Picture {
        modules: (code.size() + 2 * QUIET).unsigned_abs(),
        path: path(&code),
    })
}

/// A rectangle for each run of dark modules in a row.
fn path(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y));
            let run = run.count() as i32;
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    path
}

impl Picture {
    /// A document that stands alone, each module as many pixels wide: dark on light whatever is
    /// around it, since many readers know only that.
    pub fn to_svg(&self, pixels_per_module: u32) -> String {
        let (modules, path) = (self.modules, &self.path);
        let pixels = modules * pixels_per_module;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{pixels}\" height=\"{pixels}\" \
             viewBox=\"0 0 {modules} {modules}\" shape-rendering=\"crispEdges\">\
             <rect width=\"{modules}\" height=\"{modules}\" fill=\"#fff\"/>\
             <path d=\"{path}\" fill=\"#000\"/></svg>"
        )
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use orrery_core::catalog::PATTERNS;
    use orrery_core::link::Link;
    use proptest::prelude::*;
    use resvg::tiny_skia::{Pixmap, Transform};
    use resvg::usvg::{Options, Tree};

    use super::*;

    /// What a reader that is not ours sees in the document, drawn by a renderer that is not ours.
    fn seen(picture: &Picture, pixels_per_module: u32) -> String {
        let svg = picture.to_svg(pixels_per_module);
        let tree = Tree::from_str(&svg, &Options::default()).expect("it is SVG");
        let side = picture.modules * pixels_per_module;
        assert_eq!(tree.size().to_int_size().dimensions(), (side, side));
        // Around it is a page as dark as the code.
        let mut pixels = Pixmap::new(side + 40, side + 40).expect("it has a size");
        pixels.fill(resvg::tiny_skia::Color::BLACK);
        resvg::render(
            &tree,
            Transform::from_translate(20.0, 20.0),
            &mut pixels.as_mut(),
        );
        let (width, data) = (pixels.width() as usize, pixels.data());
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, width, |x, y| {
            data[(y * width + x) * 4]
        });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "one code is found");
        grids[0].decode().expect("it can be read").1
    }

    fn link(len: usize) -> String {
        let start = "https://orrery.example/p/cranes/#v=1&do=";
        let deeds = "2.5:burst,size=40;3@120:fault.crash,node=1;";
        start
            .chars()
            .chain(deeds.chars().cycle())
            .take(len)
            .collect()
    }

    #[test]
    fn links_of_every_length_are_read_back_from_what_is_drawn() {
        for len in [1, 17, 60, 154, 400, 1_000, 2_000, BYTES_MAX] {
            let link = link(len);
            let picture = encode(&link).expect("it fits");
            for pixels_per_module in [3, 8] {
                assert_eq!(seen(&picture, pixels_per_module), link, "{len} bytes");
            }
        }
    }

    #[test]
    fn the_link_to_every_scenario_is_read_back() {
        for pattern in PATTERNS {
            for scenario in (pattern.scenarios)() {
                let link = Link {
                    scenario: Some(scenario.slug.to_owned()),
                    state: scenario.state(),
                    ..Link::default()
                };
                let (fragment, _) = link.encode(pattern);
                let url = format!("https://orrery.example/p/{}/#{fragment}", pattern.card.slug);
                assert_eq!(seen(&encode(&url).expect("it fits"), 4), url);
            }
        }
    }

    #[test]
    fn four_empty_modules_stand_around_the_code() {
        let picture = encode("A").expect("it fits");
        assert_eq!(picture.modules, 21 + 8, "version 1 and its margin");
        assert!(picture.path.starts_with("M4 4h7v1h-7z"), "{}", picture.path);
        let largest = encode(&link(BYTES_MAX)).expect("it fits");
        assert_eq!(largest.modules, 177 + 8, "version 40 and its margin");
    }

    #[test]
    fn a_link_that_fits_no_code_is_refused_with_its_length_and_the_limit() {
        let error = encode(&link(BYTES_MAX + 1)).expect_err("one byte too many");
        let words = error.to_string();
        assert!(
            words.contains("2954 bytes") && words.contains("2953 at most"),
            "{words}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn any_text_is_read_back(text in "\\PC{1,300}") {
            let picture = encode(&text).expect("it fits");
            prop_assert_eq!(seen(&picture, 4), text);
        }
    }
}
