//! What the site has for other people's pages: an embed of each pattern. The script and the types that
//! go with them are in `public/`.

use std::path::Path;

use orrery_core::catalog::{PATTERNS, Pattern};
use orrery_core::scene::escape;

use crate::error::Error;
use crate::html::Page;
use crate::registry;
use crate::site::Common;
use crate::split::Pieces;
use crate::styles;
use crate::workspace::Workspace;

/// The stylesheets of an embed, in their order; where all controls are asked for, it brings in the
/// others by itself.
const SHEETS: [&str; 6] = ["tokens", "base", "stage", "overlay", "machine", "embed"];

/// What other people's pages load beside the embeds, in the site's root.
pub(crate) const FILES: [&str; 2] = ["embed.js", "embed.d.ts"];

/// The folder of all embeds.
pub(crate) const FOLDER: &str = "embed/";

/// What only a page that can be installed has use for.
const OF_AN_INSTALLED_PAGE: [&str; 3] = [
    "rel=\"manifest\"",
    "rel=\"apple-touch-icon\"",
    "name=\"theme-color\"",
];

/// Gives the template of an embed, made from that of the site's pages: with a smaller stylesheet,
/// where the others are, and nothing of what a frame in another page has no use for.
///
/// # Errors
///
/// When a file cannot be read or written, or the template is not as expected.
pub(crate) fn template(
    workspace: &Workspace,
    staging: &Path,
    template: &str,
) -> Result<String, Error> {
    let mut sheet = String::new();
    for name in SHEETS {
        sheet.push_str(&styles::without_comments(
            &workspace.read(&format!("styles/{name}.css"))?,
        ));
    }
    let name = styles::write(staging, "embed", &sheet)?;
    styles::exchange(&for_a_frame(template), &name)
}

/// The template without the links and tags of a page that can be installed, each a line of its own.
fn for_a_frame(template: &str) -> String {
    let of_a_frame = |line: &&str| !OF_AN_INSTALLED_PAGE.iter().any(|tag| line.contains(tag));
    let lines: Vec<&str> = template.lines().filter(of_a_frame).collect();
    lines.join("\n")
}

/// The address of a pattern's embed, relative to the site's root.
pub(crate) fn address(pattern: &Pattern) -> String {
    format!("{FOLDER}{}/", pattern.card.slug)
}

/// Each embed and the folder that it goes to.
pub(crate) fn pages(common: Common<'_>) -> Vec<(String, Page)> {
    let page = |pattern: &&Pattern| {
        let card = &pattern.card;
        let (name, summary) = (escape(card.name), escape(card.summary));
        let page = Page {
            depth: 2,
            script: common.pieces.script.clone(),
            // The panels do not come ahead of time, so that the packs are asked for here.
            packs: None,
            lab: common.lab.clone(),
            title: registry::title(pattern),
            description: card.summary.to_owned(),
            head: head(card.slug, common.pieces),
            body: format!(
                "<main id=\"prerendered\"><p>{name}: {summary} <a href=\"../../{}\" \
                 target=\"_blank\" rel=\"noopener\">Open in Orrery</a></p></main>",
                registry::address(pattern)
            ),
        };
        (address(pattern), page)
    };
    PATTERNS.iter().map(page).collect()
}

/// Asks for the code that the embed of this pattern will need, says in which pack it comes, and tells
/// search engines that the pattern has a page of its own.
fn head(slug: &str, pieces: &Pieces) -> String {
    let packs = pieces.packs.get(slug).map(|packs| packs.embed.as_slice());
    let code = packs.unwrap_or_default().iter().map(|pack| {
        let name = &pack.name;
        format!(
            "<meta name=\"orrery-pack\" content=\"{name}\">\n\
             <link rel=\"preload\" href=\"./{name}\" crossorigin=\"anonymous\" as=\"fetch\" type=\"application/wasm\">\n"
        )
    });
    format!(
        "<meta name=\"robots\" content=\"noindex\">\n{}",
        code.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a page pays for the element before any machine comes.
    const SCRIPT_MAX: usize = 4 << 10;

    #[test]
    fn the_script_stays_small_and_its_types_name_every_option() {
        let workspace = Workspace::find();
        let script = workspace
            .read("public/embed.js")
            .expect("the script is there");
        assert!(script.len() <= SCRIPT_MAX, "{} bytes", script.len());
        let types = workspace
            .read("public/embed.d.ts")
            .expect("the types are there");
        for key in orrery_core::embed::options::KEYS {
            assert!(script.contains(key), "embed.js passes {key} on");
            assert!(
                key == "origin" || types.contains(&format!("`{key}`")),
                "{key}"
            );
        }
        for (topic, _) in orrery_core::embed::messages::Topic::ALL {
            assert!(types.contains(&format!("'{topic}'")), "{topic}");
        }
    }

    #[test]
    fn an_embed_is_nothing_to_install() {
        let template = Workspace::find().read("index.html").expect("it is there");
        let embed = for_a_frame(&template);
        assert!(template.contains("manifest.webmanifest"));
        assert!(!embed.contains("manifest") && !embed.contains("apple-touch-icon"));
        assert!(embed.contains("<title>") && embed.contains("rel=\"icon\""));
        assert_eq!(template.lines().count() - embed.lines().count(), 4);
    }

    #[test]
    fn an_embed_asks_for_its_own_pack_and_for_no_panels() {
        let pack = |name: &str| crate::split::Pack {
            name: name.to_owned(),
            files: Vec::new(),
        };
        let packs = crate::split::Packs {
            first: vec![pack("pack-1.wasm")],
            after: pack("panels-1.wasm"),
            embed: vec![pack("embed-1.wasm")],
            terms: pack("terms-1.wasm"),
        };
        let pieces = Pieces {
            packs: [("saga", packs)].into(),
            ..Pieces::default()
        };
        let links = head("saga", &pieces);
        assert!(
            links.contains("href=\"./embed-1.wasm\"") && links.contains("content=\"embed-1.wasm\"")
        );
        assert!(
            !links.contains("pack-1.wasm") && !links.contains("panels"),
            "{links}"
        );
    }
}
