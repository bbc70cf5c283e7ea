//! Lessons as HTML, for the app and for pages that are written when the site is built.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// Markdown as HTML: raw HTML becomes text, headings go one level down, below the page's own,
/// and only links to the web lead anywhere.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all other events pass through as they are, future ones too"
)]
pub fn to_html(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        Event::Start(Tag::Heading {
            level,
            id,
            classes,
            attrs,
        }) => Event::Start(Tag::Heading {
            level: lower(level),
            id,
            classes,
            attrs,
        }),
        Event::Start(Tag::Link { dest_url, .. }) => Event::InlineHtml(open_link(&dest_url).into()),
        Event::End(TagEnd::Link) => Event::InlineHtml("</a>".into()),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        other => other,
    });
    let mut text = String::new();
    html::push_html(&mut text, events);
    text
}

fn open_link(address: &str) -> String {
    let web = ["https://", "http://"];
    if !web.iter().any(|scheme| address.starts_with(scheme)) {
        return "<a>".to_owned();
    }
    let href = address
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<a href=\"{href}\" rel=\"noopener\">")
}

const fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_html_is_shown_and_not_let_through() {
        let html =
            to_html("## Problem\n\na <script>alert(1)</script> b\n\n<img src=x onerror=alert(1)>");
        assert!(html.contains("<h3>Problem</h3>"));
        assert!(
            !html.contains("<script") && !html.contains("<img"),
            "{html}"
        );
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn a_link_to_the_web_keeps_its_opener_to_itself_and_others_lead_nowhere() {
        for (markdown, expected) in [
            (
                "[a *b*](https://example.org/?x=1&y=2)",
                "<a href=\"https://example.org/?x=1&amp;y=2\" rel=\"noopener\">a <em>b</em></a>",
            ),
            (
                "[a](<https://example.org/\" onclick=\"x>)",
                "<a href=\"https://example.org/&quot; onclick=&quot;x\" rel=\"noopener\">a</a>",
            ),
            ("[a](javascript:alert(1))", "<a>a</a>"),
        ] {
            assert_eq!(to_html(markdown).trim(), format!("<p>{expected}</p>"));
        }
    }
}
