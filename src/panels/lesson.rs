//! The lesson: the pattern's own text, from Markdown.

use leptos::prelude::*;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::player::Player;

/// What a reader should know, from the problem to the references.
#[component]
pub fn LessonPanel() -> impl IntoView {
    let player = expect_context::<Player>();
    let pattern = player.pattern;
    view! {
        <article class="lesson" data-testid="lesson">
            <p class="lesson-problem">{pattern.problem}</p>
            <div inner_html=to_html(pattern.lesson)></div>
            <p class="quiet-text">{format!("Also known as: {}.", pattern.synonyms.join(", "))}</p>
        </article>
    }
}

/// Markdown as HTML: raw HTML becomes text, headings go one level down, below the page's own.
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
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        other => other,
    });
    let mut text = String::new();
    html::push_html(&mut text, events);
    text
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
}
