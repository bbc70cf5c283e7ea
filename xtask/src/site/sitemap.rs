//! What crawlers look for at the root: `sitemap.xml` and `robots.txt`.

use std::path::Path;

use orrery_core::catalog::PATTERNS;
use orrery_core::scene::escape;

use crate::error::Error;
use crate::registry;
use crate::site::address::SiteAddress;
use crate::site::write_text;

/// Writes both; a sitemap consists of whole addresses, so there is none where the site's is unknown.
pub(super) fn write(folder: &Path, address: Option<&SiteAddress>) -> Result<(), Error> {
    write_text(&folder.join("robots.txt"), &robots(address))?;
    match address {
        Some(address) => write_text(&folder.join("sitemap.xml"), &sitemap(address)),
        None => Ok(()),
    }
}

/// The protocol of sitemaps.org, version 0.9.
fn sitemap(address: &SiteAddress) -> String {
    let pages = PATTERNS.iter().map(|pattern| registry::address(pattern));
    let entries: String = [String::new()]
        .into_iter()
        .chain(pages)
        .map(|page| format!("<url><loc>{}</loc></url>\n", escape(&address.of(&page))))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{entries}</urlset>\n"
    )
}

/// RFC 9309: everything may be read.
fn robots(address: Option<&SiteAddress>) -> String {
    let sitemap = address.map(|address| format!("\nSitemap: {}\n", address.of("sitemap.xml")));
    format!("User-agent: *\nAllow: /\n{}", sitemap.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> SiteAddress {
        let address = "https://example.org/a&b/".parse();
        address.expect("it is an address")
    }

    #[test]
    fn the_sitemap_has_every_page_in_full_and_is_xml() {
        let text = sitemap(&address());
        let tree = roxmltree::Document::parse(&text).expect("it is XML");
        let pages: Vec<&str> = tree
            .descendants()
            .filter(|node| {
                node.has_tag_name(("http://www.sitemaps.org/schemas/sitemap/0.9", "loc"))
            })
            .filter_map(|node| node.text())
            .collect();
        assert_eq!(pages.len(), PATTERNS.len() + 1);
        assert_eq!(pages[0], "https://example.org/a&b/");
        for pattern in PATTERNS {
            let page = format!("https://example.org/a&b/p/{}/", pattern.card.slug);
            assert!(pages.contains(&page.as_str()), "{page}");
        }
    }

    #[test]
    fn robots_are_told_of_a_sitemap_only_where_there_is_one() {
        assert!(
            robots(Some(&address())).contains("Sitemap: https://example.org/a&b/sitemap.xml\n")
        );
        assert!(!robots(None).contains("Sitemap"));
        assert!(robots(None).starts_with("User-agent: *\nAllow: /\n"));
    }

    #[test]
    fn without_an_address_there_is_no_sitemap() {
        let folder = std::env::temp_dir().join(format!("orrery-robots-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        write(&folder, None).expect("it can be written");
        assert!(folder.join("robots.txt").is_file() && !folder.join("sitemap.xml").exists());
        std::fs::remove_dir_all(&folder).expect("it can be removed");
    }
}
