//! What an author pastes into a page to show a machine there.
//!
//! One [`Figure`] says what is shown; [`Figure::snippets`] writes it for plain HTML and for each of
//! the documentation tools that `docs/embedding.md` tells of, where a real one reads every of them.

use crate::catalog::Card;
use crate::embed::options::{Height, Options};

/// A machine as it is to stand in somebody's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure<'a> {
    /// The address of the site, ending in a slash.
    pub site: &'a str,
    /// What is shown.
    pub card: &'static Card,
    /// How.
    pub options: &'a Options,
    /// How wide, in CSS pixels; as wide as the text when absent.
    pub width: Option<u32>,
    /// How high, in CSS pixels, unless the machine says so itself.
    pub height: u32,
}

/// A text to paste, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The tool.
    pub tool: &'static str,
    /// What goes where.
    pub files: Vec<(&'static str, String)>,
}

impl Figure<'_> {
    /// The address of the embed.
    pub fn address(&self) -> String {
        let query = self.options.query();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}embed/{}/{mark}{query}", self.site, self.card.slug)
    }

    /// The address of the full page, at the same run and instant.
    pub fn page(&self) -> String {
        let mut link = self.options.run.clone();
        if let Some(at) = self.options.at {
            let gap = if link.is_empty() { "v=1&" } else { "&" };
            link = format!("{link}{gap}at={}", crate::link::seconds(at));
        }
        let mark = if link.is_empty() { "" } else { "#" };
        format!("{}p/{}/{mark}{link}", self.site, self.card.slug)
    }

    /// The frame.
    pub fn iframe(&self) -> String {
        let width = self
            .width
            .map_or("100%".to_owned(), |width| width.to_string());
        format!(
            "<iframe src=\"{}\" title=\"{}, a running model\" width=\"{width}\" height=\"{}\" \
             loading=\"lazy\" style=\"border:0\"></iframe>",
            escape(&self.address()),
            escape(self.card.name),
            self.height,
        )
    }

    /// The element that `embed.js` defines, with a link in it for who has no script.
    pub fn element(&self) -> String {
        let mut attributes = format!("pattern=\"{}\"", self.card.slug);
        let mut put = |key: &str, value: &str| {
            attributes.push_str(&format!(" {key}=\"{}\"", escape(value)));
        };
        match self.options.plain_scenario() {
            Some(None) => {}
            Some(Some(scenario)) => put("scenario", scenario),
            None => put("run", &self.options.run),
        }
        let pairs = self.options.pairs().into_iter();
        for (key, value) in pairs.filter(|(key, _)| *key != "height") {
            put(key, &value);
        }
        if let Some(width) = self.width {
            put("style", &format!("max-width:{width}px"));
        }
        if self.options.height == Height::Fill {
            put("height", &self.height.to_string());
        }
        format!(
            "<orrery-demo {attributes}><a href=\"{}\">{} in Orrery</a></orrery-demo>",
            escape(&self.page()),
            escape(self.card.name),
        )
    }

    /// The address of the script that defines the element.
    pub fn script(&self) -> String {
        format!("{}embed.js", self.site)
    }

    /// The texts for each tool.
    pub fn snippets(&self) -> Vec<Snippet> {
        let (script, element) = (self.script(), self.element());
        let tag = format!("<script src=\"{script}\" async></script>");
        vec![
            Snippet {
                tool: "Frame",
                files: vec![("In the page", self.iframe())],
            },
            Snippet {
                tool: "Element",
                files: vec![("In the page", format!("{tag}\n{element}"))],
            },
            Snippet {
                tool: "mdBook",
                files: vec![(
                    "In the chapter, between empty lines",
                    format!("<div>\n{tag}\n{element}\n</div>"),
                )],
            },
            Snippet {
                tool: "MkDocs Material",
                files: vec![
                    ("mkdocs.yml", format!("extra_javascript:\n  - {script}")),
                    (
                        "In the page, between empty lines",
                        format!("<div>\n{element}\n</div>"),
                    ),
                ],
            },
            Snippet {
                tool: "Docusaurus",
                files: vec![
                    (
                        "docusaurus.config.js",
                        format!("scripts: [{{ src: \"{script}\", async: true }}],"),
                    ),
                    ("In the page", element.clone()),
                ],
            },
            Snippet {
                tool: "Sphinx",
                files: vec![
                    ("conf.py", format!("html_js_files = [\"{script}\"]")),
                    ("In the page", format!(".. raw:: html\n\n   {element}")),
                ],
            },
        ]
    }
}

/// Text as it stands in HTML, in an element or in a quoted attribute.
fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('"', "&quot;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::CARDS;
    use crate::embed::options::Theme;
    use crate::time::SimTime;

    fn figure(options: &Options) -> Figure<'_> {
        Figure {
            site: "https://orrery.example/",
            card: &CARDS[0],
            options,
            width: None,
            height: 480,
        }
    }

    #[test]
    fn every_tool_gets_the_same_machine() {
        let options = Options {
            theme: Theme::Dark,
            at: Some(SimTime::from_secs(4)),
            run: "scenario=join&seed=7".to_owned(),
            ..Options::default()
        };
        let figure = figure(&options);
        let slug = CARDS[0].slug;
        assert_eq!(
            figure.address(),
            format!("https://orrery.example/embed/{slug}/?theme=dark&t=4&scenario=join&seed=7"),
        );
        assert_eq!(
            figure.page(),
            format!("https://orrery.example/p/{slug}/#scenario=join&seed=7&at=4"),
        );
        let element = figure.element();
        assert!(
            element.contains("run=\"scenario=join&amp;seed=7\""),
            "{element}"
        );
        let snippets = figure.snippets();
        assert_eq!(snippets.len(), 6);
        for snippet in &snippets[1..] {
            let all: String = snippet
                .files
                .iter()
                .map(|(_, text)| text.as_str())
                .collect();
            assert!(
                all.contains("https://orrery.example/embed.js"),
                "{}",
                snippet.tool
            );
            assert!(all.contains(&element), "{}", snippet.tool);
        }
    }

    #[test]
    fn nothing_in_a_run_gets_out_of_its_attribute() {
        let options = Options {
            run: "a=\"><script>alert(1)</script>".to_owned(),
            ..Options::default()
        };
        for text in [figure(&options).iframe(), figure(&options).element()] {
            assert!(!text.contains("<script"), "{text}");
        }
    }
}
