//! Icons in the sizes that systems ask for, from the one that is drawn.

use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::site::raster::png;

/// Ours, among the files that are copied as they are.
const ICON: &str = "icon.svg";

/// What an icon has around it where a system cuts its own shape: the middle four fifths of it stay
/// (W3C, "Web Application Manifest", section on icon masks).
const BACKGROUND: &str = "#fbf9f4";

/// Draws the icons into `folder`, where the one that is drawn lies.
pub(super) fn write(folder: &Path) -> Result<(), Error> {
    let path = folder.join(ICON);
    let icon = fs::read_to_string(&path).map_err(Error::file("read", &path))?;
    for (name, svg, width) in [
        ("icon-192.png", &icon, 192),
        ("icon-512.png", &icon, 512),
        // For home screens that read no manifest.
        ("apple-touch-icon.png", &to_its_edges(&icon), 180),
        ("icon-maskable-512.png", &to_its_edges(&icon), 512),
    ] {
        let path = folder.join(name);
        fs::write(&path, png(svg, width)?).map_err(Error::file("write", &path))?;
    }
    Ok(())
}

/// The icon without round corners, and smaller, so that any shape can be cut out of it.
fn to_its_edges(icon: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\" width=\"32\" height=\"32\">\
         <rect width=\"32\" height=\"32\" fill=\"{BACKGROUND}\"/>\
         <g transform=\"translate(3.2 3.2) scale(0.8)\">{icon}</g></svg>"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const DRAWN: &str = include_str!("../../../public/icon.svg");
    const MANIFEST: &str = include_str!("../../../public/manifest.webmanifest");

    /// A PNG says its size in its first chunk (PNG, section 11.2.1).
    fn size(png: &[u8]) -> (u32, u32) {
        let number = |at: usize| {
            png[at..at + 4]
                .iter()
                .fold(0, |all, byte| all << 8 | u32::from(*byte))
        };
        (number(16), number(20))
    }

    #[test]
    fn the_manifest_names_icons_that_are_made_in_the_sizes_that_it_says() {
        let folder = std::env::temp_dir().join(format!("orrery-icons-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(ICON), DRAWN).expect("a file");
        write(&folder).expect("they can be drawn");
        let manifest: Value = serde_json::from_str(MANIFEST).expect("it is JSON");
        let icons = manifest["icons"].as_array().expect("a list");
        assert!(icons.iter().any(|icon| icon["purpose"] == "maskable"));
        for icon in icons {
            let source = icon["src"]
                .as_str()
                .and_then(|source| source.strip_prefix("./"));
            let file = fs::read(folder.join(source.expect("it is relative"))).expect("it is there");
            if icon["type"] == "image/png" {
                let (width, height) = size(&file);
                assert_eq!(icon["sizes"], format!("{width}x{height}"), "{icon}");
            }
        }
        fs::remove_dir_all(&folder).expect("it can be removed");
    }

    #[test]
    fn what_the_manifest_names_lies_below_it() {
        let manifest: Value = serde_json::from_str(MANIFEST).expect("it is JSON");
        for key in ["id", "start_url", "scope"] {
            assert_eq!(manifest[key], "./", "{key} works under any path");
        }
    }

    #[test]
    fn an_icon_that_may_be_cut_has_nothing_clear_at_its_edges() {
        let png = png(&to_its_edges(DRAWN), 64).expect("it can be drawn");
        let pixels = resvg::tiny_skia::Pixmap::decode_png(&png).expect("it is a PNG");
        for at in [(0, 0), (63, 0), (0, 63), (63, 63)] {
            let pixel = pixels.pixel(at.0, at.1).expect("it is inside");
            assert_eq!(pixel.alpha(), 255, "{at:?}");
        }
    }
}
