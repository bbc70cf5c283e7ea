//! What a page says of itself to search engines and link previews: canonical address, Open Graph,
//! Twitter's card, and JSON-LD after schema.org.
//!
//! What has to be a whole address is left out where the site's is not known: a wrong one is worse
//! than none.

use std::fmt::Write as _;

use orrery_core::catalog::Pattern;
use orrery_core::scene::escape;
use serde_json::{Value, json};

use crate::registry;
use crate::site::address::SiteAddress;
use crate::site::card::{CARD, SIZE};

/// What there is to say of a page.
#[derive(Clone, Debug)]
pub(super) struct About<'a> {
    /// Relative to the site's root.
    pub(super) page: String,
    /// Its title in a preview.
    pub(super) title: &'a str,
    /// What it is about.
    pub(super) description: &'a str,
    /// What its picture shows.
    pub(super) picture: String,
    /// The same for machines, but for addresses.
    pub(super) data: Value,
}

impl<'a> About<'a> {
    /// The home page.
    pub(super) fn home() -> Self {
        Self {
            page: String::new(),
            title: registry::SITE_TITLE,
            description: registry::SITE_DESCRIPTION,
            picture: "Four of the running machines.".to_owned(),
            data: json!({
                "@context": "https://schema.org",
                "@type": "WebSite",
                "name": "Orrery",
                "description": registry::SITE_DESCRIPTION,
                "inLanguage": "en",
            }),
        }
    }

    /// A pattern's page.
    pub(super) fn pattern(pattern: &'a Pattern) -> Self {
        let card = &pattern.card;
        Self {
            page: registry::address(pattern),
            title: card.name,
            description: card.summary,
            picture: format!("{} as a running machine.", card.name),
            data: json!({
                "@context": "https://schema.org",
                "@type": "LearningResource",
                "name": card.name,
                "description": card.summary,
                "learningResourceType": "Interactive simulation",
                "teaches": card.problem,
                "about": card.family.name(),
                "keywords": card.synonyms.join(", "),
                "inLanguage": "en",
                "isAccessibleForFree": true,
            }),
        }
    }

    /// The tags of the page's head.
    pub(super) fn tags(&self, address: Option<&SiteAddress>) -> String {
        let mut tags = String::new();
        let mut data = self.data.clone();
        let mut property = |name: &str, content: &str| {
            let _ = writeln!(
                tags,
                "<meta property=\"og:{name}\" content=\"{}\">",
                escape(content)
            );
        };
        property("type", "website");
        property("site_name", "Orrery");
        property("title", self.title);
        property("description", self.description);
        if let Some(address) = address {
            let (page, picture) = (
                address.of(&self.page),
                address.of(&format!("{}{CARD}", self.page)),
            );
            property("url", &page);
            property("image", &picture);
            property("image:width", &SIZE.0.to_string());
            property("image:height", &SIZE.1.to_string());
            property("image:alt", &self.picture);
            data["url"] = page.as_str().into();
            data["image"] = picture.into();
            if !self.page.is_empty() {
                data["isPartOf"] =
                    json!({ "@type": "WebSite", "name": "Orrery", "url": address.of("") });
            }
            let _ = writeln!(tags, "<link rel=\"canonical\" href=\"{}\">", escape(&page));
        }
        // Services that know this tag take the rest from those above.
        let card = match address {
            Some(_) => "summary_large_image",
            None => "summary",
        };
        let _ = writeln!(tags, "<meta name=\"twitter:card\" content=\"{card}\">");
        // In a script "<" could end it; as an escape it reads the same.
        let data = data.to_string().replace('<', "\\u003c");
        let _ = writeln!(tags, "<script type=\"application/ld+json\">{data}</script>");
        tags
    }
}

#[cfg(test)]
mod tests {
    use orrery_core::catalog::PATTERNS;

    use super::*;

    fn address() -> SiteAddress {
        let address = "https://example.org/orrery/".parse();
        address.expect("it is an address")
    }

    /// The content of the tag with this property.
    fn property<'a>(tags: &'a str, name: &str) -> Option<&'a str> {
        let (_, rest) = tags.split_once(&format!("\"og:{name}\" content=\""))?;
        Some(rest.split_once('"')?.0)
    }

    fn data(tags: &str) -> Value {
        let (_, rest) = tags.split_once("ld+json\">").expect("it has data");
        let (data, _) = rest.split_once("</script>").expect("it ends");
        serde_json::from_str(data).expect("it is JSON")
    }

    #[test]
    fn every_page_has_what_a_preview_shows() {
        let address = address();
        for pattern in PATTERNS {
            let tags = About::pattern(pattern).tags(Some(&address));
            let page = format!("https://example.org/orrery/p/{}/", pattern.card.slug);
            assert_eq!(property(&tags, "url"), Some(page.as_str()));
            assert_eq!(
                property(&tags, "image"),
                Some(format!("{page}card.png").as_str())
            );
            assert_eq!(property(&tags, "title"), Some(&*escape(pattern.card.name)));
            assert!(property(&tags, "image:alt").is_some());
            assert!(tags.contains(&format!("<link rel=\"canonical\" href=\"{page}\">")));
            assert!(tags.contains("summary_large_image"));
        }
    }

    #[test]
    fn every_page_tells_machines_what_is_learned_there() {
        let address = address();
        for pattern in PATTERNS {
            let data = data(&About::pattern(pattern).tags(Some(&address)));
            assert_eq!(data["@type"], "LearningResource");
            assert_eq!(data["name"], pattern.card.name);
            assert_eq!(data["teaches"], pattern.card.problem);
            assert_eq!(data["isPartOf"]["url"], "https://example.org/orrery/");
        }
        assert_eq!(
            data(&About::home().tags(Some(&address)))["@type"],
            "WebSite"
        );
    }

    #[test]
    fn what_needs_a_whole_address_is_left_out_without_one() {
        for tags in [
            About::home().tags(None),
            About::pattern(PATTERNS[0]).tags(None),
        ] {
            for part in ["og:url", "og:image", "canonical", "summary_large_image"] {
                assert!(!tags.contains(part), "{part} in {tags}");
            }
            let data = data(&tags);
            for key in ["url", "image", "isPartOf"] {
                assert!(data.get(key).is_none(), "{data}");
            }
        }
    }

    #[test]
    fn words_cannot_leave_their_places() {
        let about = About {
            title: "\"><script>alert(1)</script>",
            description: "a & b",
            data: json!({ "name": "</script><script>alert(1)</script>" }),
            ..About::home()
        };
        let tags = about.tags(Some(&address()));
        assert_eq!(tags.matches("<script").count(), 1, "{tags}");
        assert_eq!(tags.matches("</script").count(), 1, "{tags}");
        assert_eq!(property(&tags, "description"), Some("a &amp; b"));
        assert_eq!(data(&tags)["name"], "</script><script>alert(1)</script>");
    }
}
