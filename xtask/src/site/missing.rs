//! The page for addresses at which there is nothing.
//!
//! A host serves it at any depth, so it brings its style with it and finds the site's root itself:
//! by the folder `p` in the address, or by where the site's manifest answers.

use orrery_core::catalog::PATTERNS;
use orrery_core::scene::escape;

use crate::error::Error;
use crate::registry;
use crate::site::address::SiteAddress;
use crate::site::pages::THEME;

const TEMPLATE: &str = include_str!("../../../404.html");

const TOKENS: &str = include_str!("../../../styles/tokens.css");

/// Finds the root and the nearest pattern.
const SCRIPT: &str = include_str!("missing.js");

/// The whole page, but for its policy.
pub(super) fn page(address: Option<&SiteAddress>) -> Result<String, Error> {
    let root = address.map_or("./", SiteAddress::path);
    let patterns: String = PATTERNS
        .iter()
        .map(|pattern| {
            format!(
                "<li><a data-slug=\"{}\" href=\"{}\">{}</a></li>\n",
                pattern.card.slug,
                escape(&format!("{root}{}", registry::address(pattern))),
                escape(pattern.card.name)
            )
        })
        .collect();
    let mut html = TEMPLATE.to_owned();
    for (marker, text) in [
        ("/* tokens */", TOKENS),
        ("/* theme */", THEME),
        ("/* script */", SCRIPT),
        ("<!-- patterns -->", &patterns),
        ("href=\"./\"", &format!("href=\"{}\"", escape(root))),
        (
            "data-root=\"\"",
            &format!(
                "data-root=\"{}\"",
                escape(address.map_or("", SiteAddress::path))
            ),
        ),
    ] {
        let (before, after) = html
            .split_once(marker)
            .ok_or(Error::Template { part: marker })?;
        html = [before, text, after].concat();
    }
    Ok(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_knows_every_pattern() {
        let html = page(None).expect("it has all parts");
        for pattern in PATTERNS {
            let slug = pattern.card.slug;
            assert!(html.contains(&format!("data-slug=\"{slug}\" href=\"./p/{slug}/\"")));
        }
    }

    #[test]
    fn it_knows_the_root_where_the_site_has_an_address() {
        let address = "https://example.org/orrery/"
            .parse()
            .expect("it is an address");
        let html = page(Some(&address)).expect("it has all parts");
        assert!(html.contains("data-root=\"/orrery/\"") && html.contains("href=\"/orrery/\""));
        assert!(html.contains("href=\"/orrery/p/"));
    }
}
