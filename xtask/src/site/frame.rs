//! Pages as they read and look before the app is there, and without it.
//!
//! The app puts its own page in the place of this one, so both lie on the page alike: the elements
//! here have the classes of those in `src/pages` and `src/machine`, and the smoke test holds the one
//! against the other. What only works with the app is kept free as room.

use std::collections::BTreeMap;

use orrery_core::catalog::{self, Card, Family, PATTERNS, Pattern};
use orrery_core::lesson;
use orrery_core::scene::{StageShape, escape};

use crate::error::Error;
use crate::registry;
use crate::site::picture::{self, START, START_TALL, STILL};

/// From a pattern's folder to the site's root.
const ROOT: &str = "../../";

/// In the head of a pattern's page: nothing is painted before the machine's frame has arrived whole. The
/// first half of one, painted alone, would move when the other comes.
pub(super) const WHOLE_MACHINE: &str =
    "<link rel=\"expect\" href=\"#prerendered-machine\" blocking=\"render\">\n";

/// The home page.
pub(super) fn home() -> String {
    let mut families: BTreeMap<Family, Vec<&Card>> = BTreeMap::new();
    for pattern in PATTERNS {
        let card = &pattern.card;
        families.entry(card.family).or_default().push(card);
    }
    // The first is in sight everywhere, and often the largest thing that is.
    let mut when = Some("fetchpriority=\"high\"");
    let families: String = families
        .iter()
        .map(|(family, members)| {
            let many = if members.len() > 1 { " many" } else { "" };
            let cards: String = members
                .iter()
                .map(|card| gallery_card(card, std::mem::take(&mut when)))
                .collect();
            format!(
                "<section class=\"family{many}\"><h2>{}</h2><ul class=\"cards\">{cards}</ul></section>",
                escape(family.name())
            )
        })
        .collect();
    let count = PATTERNS.len();
    format!(
        "<div id=\"prerendered\" class=\"app\">{}\
         <main class=\"home\"><section class=\"home-head\">\
         <h1>System design, as machines that run</h1>\
         <p>Watch each pattern work, take hold of it, break it, and read the code that decides. \
         Every number and every moving dot comes from the real algorithm, running here.</p>\
         <div class=\"search\"><input type=\"search\" \
         aria-label=\"Search patterns by name, problem or synonym\" \
         placeholder=\"Search: try “two people edit”\" autocomplete=\"off\">\
         <p class=\"quiet-text\">{count} patterns</p></div></section>\
         <div class=\"families\">{families}</div></main></div>",
        top_bar("./", "<span></span>")
    )
}

/// A pattern's card; its picture may come when it is scrolled to, if nothing else is said.
fn gallery_card(card: &Card, when: Option<&str>) -> String {
    let when = when.unwrap_or("loading=\"lazy\"");
    let address = format!("./p/{}/", card.slug);
    let (name, summary) = (escape(card.name), escape(card.summary));
    format!(
        "<li><a class=\"card\" href=\"{address}\"><div class=\"card-picture\" aria-hidden=\"true\">\
         <img src=\"{address}{STILL}\" alt=\"\" width=\"880\" height=\"560\" {when}></div>\
         <div class=\"card-words\"><h3>{name}</h3><p>{summary}</p></div></a></li>"
    )
}

/// A pattern's page.
pub(super) fn pattern(pattern: &Pattern) -> Result<String, Error> {
    let card = &pattern.card;
    let (family, name) = (escape(card.family.name()), escape(card.name));
    let middle = format!(
        "<span class=\"top-bar-family\">{family}</span><h1 class=\"top-bar-title\">{name}</h1>\
         <p class=\"top-bar-summary\">{}</p>",
        escape(card.summary)
    );
    Ok(format!(
        "<div id=\"prerendered\" class=\"app\">{}<main class=\"pattern\">\
         <section class=\"machine\" id=\"prerendered-machine\" aria-label=\"The machine\">\
         <div class=\"caption\"><p class=\"caption-words\">{}</p></div>\
         <div class=\"stages\"><div class=\"stage-host\">{}</div></div>\
         <div class=\"vitals\"></div>{TRANSPORT}</section>\
         <section class=\"controls\" aria-labelledby=\"prerendered-scenarios\">{}</section>\
         <section class=\"readouts\" aria-label=\"Lesson\"><div class=\"tabpanel\">{}</div></section>\
         </main></div>",
        top_bar(ROOT, &middle),
        escape(&picture::first_caption(pattern)?),
        stage(pattern)?,
        scenarios(pattern),
        lesson(pattern)
    ))
}

/// The bar at the top; the buttons in it come with the app.
fn top_bar(root: &str, middle: &str) -> String {
    format!(
        "<header class=\"top-bar\"><a class=\"brand\" href=\"{root}\">\
         <svg class=\"brand-mark\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">\
         <ellipse cx=\"12\" cy=\"12\" rx=\"10\" ry=\"4.2\" class=\"brand-orbit\"/>\
         <ellipse cx=\"12\" cy=\"12\" rx=\"4.2\" ry=\"10\" class=\"brand-orbit\"/>\
         <circle cx=\"12\" cy=\"12\" r=\"2.6\" class=\"brand-sun\"/>\
         <circle cx=\"22\" cy=\"12\" r=\"1.7\" class=\"brand-planet\"/>\
         <circle cx=\"12\" cy=\"2\" r=\"1.7\" class=\"brand-planet\"/></svg>\
         <span class=\"brand-name\">Orrery</span></a>\
         <div class=\"top-bar-middle\">{middle}</div>\
         <span class=\"button quiet theme-button\" aria-hidden=\"true\"><svg class=\"icon\"></svg>\
         <span class=\"theme-name\"></span></span></header>"
    )
}

/// The stage, with the picture that the app begins with.
fn stage(pattern: &Pattern) -> Result<String, Error> {
    let picture = picture::start(pattern, StageShape::Wide)?;
    let (width, height) = (picture.width, picture.height);
    Ok(format!(
        "<picture><source media=\"(max-width: 51.25em) and (orientation: portrait)\" srcset=\"{START_TALL}\">\
         <img class=\"stage-picture\" src=\"{START}\" width=\"{width}\" height=\"{height}\" \
         fetchpriority=\"high\" alt=\"{}\"></picture>",
        escape(&picture.description)
    ))
}

/// Room for the handles on time, as high as they are: the track of the scrubber and a row of keys.
const TRANSPORT: &str = "<div class=\"transport\" aria-hidden=\"true\"><div class=\"transport-main\">\
    <div class=\"scrubber\"><div class=\"scrubber-track\">\
    <svg class=\"scrubber-picture\" viewBox=\"0 0 1000 28\" preserveAspectRatio=\"none\">\
    <rect class=\"track\" y=\"11\" width=\"1000\" height=\"6\" rx=\"3\"/></svg></div></div>\
    <div class=\"transport-keys\"><span class=\"button icon-button\"></span>\
    <span class=\"button icon-button\"></span><span class=\"button play\"></span>\
    <span class=\"button icon-button\"></span><span class=\"button icon-button\"></span>\
    <span class=\"transport-time\"><span class=\"figure\">0.000 s</span>\
    <span class=\"quiet-text\">event 0</span></span></div></div>\
    <div class=\"transport-more\"></div></div>";

/// What can be watched here.
fn scenarios(pattern: &Pattern) -> String {
    let list: String = (pattern.scenarios)()
        .iter()
        .map(|scenario| {
            let (name, summary) = (escape(scenario.name), escape(scenario.summary));
            format!("<h3>{name}</h3><p>{summary}</p>")
        })
        .collect();
    format!(
        "<div class=\"panel lesson\"><h2 id=\"prerendered-scenarios\">Scenarios</h2>{list}</div>"
    )
}

/// The lesson, a picture of the machine at work, and where to go from here.
fn lesson(pattern: &Pattern) -> String {
    let card = &pattern.card;
    let (name, problem) = (escape(card.name), escape(card.problem));
    let text = catalog::reading(pattern).map(|reading| lesson::to_html(reading.lesson));
    format!(
        "<noscript><p class=\"notice\">The machine runs where scripts may. What is known of it stands here.</p>\
         <img class=\"lesson-picture\" src=\"{STILL}\" width=\"880\" height=\"560\" loading=\"lazy\" \
         alt=\"{name} at work\"></noscript>\
         <article class=\"lesson\"><p class=\"lesson-problem\">{problem}</p>{}\
         <p>Also known as: {}.</p></article>{}",
        text.unwrap_or_default(),
        escape(&card.synonyms.join(", ")),
        neighbours(pattern)
    )
}

/// The patterns before and after this one, those of its family, and all.
fn neighbours(pattern: &Pattern) -> String {
    let link = |what: &str, to: &Pattern| {
        format!(
            "<li>{what}: <a href=\"{ROOT}{}\">{}</a></li>",
            registry::address(to),
            escape(to.card.name)
        )
    };
    let here = PATTERNS.iter().position(|other| other.card == pattern.card);
    let beside = |step: isize| PATTERNS.get(here?.checked_add_signed(step)?).copied();
    let before = beside(-1).map(|before| link("Before it", before));
    let after = beside(1).map(|after| link("After it", after));
    let family = PATTERNS
        .iter()
        .filter(|other| other.card.family == pattern.card.family && other.card != pattern.card);
    let family = family.map(|other| link(&escape(other.card.family.name()), other));
    let links: String = before.into_iter().chain(after).chain(family).collect();
    format!(
        "<nav class=\"lesson\" aria-label=\"Other patterns\"><h3>Other patterns</h3><ul>{links}\
         <li><a href=\"{ROOT}\">All patterns</a></li></ul></nav>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_teaches_without_the_app() {
        for own in PATTERNS {
            let html = pattern(own).expect("it can be drawn");
            assert!(html.contains(&*escape(own.card.problem)), "the problem");
            let (_, awaited) = WHOLE_MACHINE.split_once('#').expect("it names an element");
            let id = awaited.split('"').next().unwrap_or_default();
            assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
            for scenario in (own.scenarios)() {
                assert!(html.contains(&*escape(scenario.name)), "{}", scenario.slug);
            }
            assert!(
                html.matches("<h3>").count() >= 8,
                "the sections of the lesson"
            );
            assert!(html.contains("src=\"still.svg\"") && html.contains("src=\"start.svg\""));
        }
    }

    #[test]
    fn a_page_leads_to_its_neighbours_and_home() {
        let html = neighbours(PATTERNS[1]);
        for other in [PATTERNS[0], PATTERNS[2]] {
            assert!(
                html.contains(&format!("href=\"../../p/{}/\"", other.card.slug)),
                "{html}"
            );
        }
        assert!(html.contains("href=\"../../\""));
        assert!(
            !neighbours(PATTERNS[0]).contains("Before it"),
            "nothing is before the first"
        );
    }

    #[test]
    fn the_home_page_leads_to_every_pattern() {
        let html = home();
        for pattern in PATTERNS {
            assert!(html.contains(&format!("href=\"./p/{}/\"", pattern.card.slug)));
            assert!(html.contains(&format!("src=\"./p/{}/still.svg\"", pattern.card.slug)));
        }
    }
}
