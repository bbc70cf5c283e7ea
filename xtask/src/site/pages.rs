//! The pages: `index.html` made into the home page, a page for each pattern, and the one for
//! missing addresses.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use orrery_core::catalog::PATTERNS;

use crate::embed;
use crate::error::Error;
use crate::glue::without_comments;
use crate::html::{InlineScripts, Page, prerender, with_policy};
use crate::registry;
use crate::site::head::About;
use crate::site::offline::Offline;
use crate::site::{Common, Purpose, frame, missing, write_text};

/// Colours the page as the reader chose before anything is painted.
pub(super) const THEME: &str = include_str!("theme.js");

/// The same in other people's pages, as the address says.
pub(super) const THEME_OF_GUEST: &str = include_str!("theme-of-guest.js");

/// Starts the app.
pub(super) static START: LazyLock<String> =
    LazyLock::new(|| without_comments(include_str!("start.js")));

/// The same, and then has the site kept for when there is no network.
pub(super) static START_AND_KEEP: LazyLock<String> =
    LazyLock::new(|| START.clone() + &without_comments(include_str!("keep.js")));

/// Writes every page.
pub(super) fn write(folder: &Path, common: Common<'_>, purpose: Purpose) -> Result<(), Error> {
    // Who visits another page keeps nothing of this site.
    let starting = match purpose {
        Purpose::Development => None,
        Purpose::Visitors(Offline::Kept) => Some((&*START_AND_KEEP, &*START)),
        Purpose::Visitors(Offline::Off) => Some((&*START, &*START)),
    };
    let (template, embeds) = match starting {
        None => (common.template.to_owned(), common.embeds.to_owned()),
        Some((start, start_of_guest)) => (
            with_start(common.template, THEME, start)?,
            with_start(common.embeds, THEME_OF_GUEST, start_of_guest)?,
        ),
    };
    let scripts = match purpose {
        Purpose::Development => InlineScripts::Any,
        Purpose::Visitors(_) => InlineScripts::OnlyKnown,
    };
    let own = pages(common)?.into_iter().map(|page| (&template, page));
    let guests = embed::pages(common).into_iter();
    for (template, (place, page)) in own.chain(guests.map(|page| (&embeds, page))) {
        let html = with_policy(&prerender(template, &page)?, scripts)?;
        let place = folder.join(place);
        fs::create_dir_all(&place).map_err(Error::file("create", &place))?;
        write_text(&place.join("index.html"), &html)?;
    }
    let html = missing::page(common.address)?;
    write_text(
        &folder.join("404.html"),
        &with_policy(&html, InlineScripts::OnlyKnown)?,
    )
}

/// Each page of the site and the folder that it goes to.
fn pages(common: Common<'_>) -> Result<Vec<(String, Page)>, Error> {
    let page = |about: &About<'_>| Page {
        depth: about.page.matches('/').count(),
        title: String::new(),
        description: about.description.to_owned(),
        head: about.tags(common.address),
        body: String::new(),
        script: common.pieces.script.clone(),
        packs: None,
        lab: common.lab.clone(),
    };
    let home = Page {
        title: registry::SITE_TITLE.to_owned(),
        body: frame::home(),
        ..page(&About::home())
    };
    let mut pages = vec![(String::new(), home)];
    for pattern in PATTERNS {
        let about = page(&About::pattern(pattern));
        let own = Page {
            title: registry::title(pattern),
            head: format!("{}{}", frame::WHOLE_MACHINE, about.head),
            body: frame::pattern(pattern)?,
            packs: common.pieces.packs.get(pattern.card.slug).cloned(),
            ..about
        };
        pages.push((registry::address(pattern), own));
    }
    Ok(pages)
}

/// Puts our own scripts in the place of the one with which Trunk starts the app: theirs names files
/// whose names change, ours reads the names from the page, so that a policy can know it by its hash
/// from build to build.
fn with_start(template: &str, theme: &str, start: &str) -> Result<String, Error> {
    let lacks = |part| move || Error::Template { part };
    let (before, rest) = template
        .split_once("<script type=\"module\">")
        .ok_or_else(lacks("<script type=\"module\">"))?;
    let (_trunks, after) = rest
        .split_once("</script>")
        .ok_or_else(lacks("</script>"))?;
    let html = format!(
        "{before}<script>{theme}</script>\n<script type=\"module\">{start}</script>{after}"
    );
    let named = |html: &str, link: &'static str, id: &str| {
        let (before, after) = html.split_once(link).ok_or_else(lacks(link))?;
        Ok(format!(
            "{before}<link id=\"{id}\" {}{after}",
            &link["<link ".len()..]
        ))
    };
    let html = named(&html, "<link rel=\"modulepreload\"", "app-script")?;
    named(&html, "<link rel=\"preload\"", "app-wasm")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::lab::LabFiles;
    use crate::site::seal::{seal, sealed_name};
    use crate::split::{Pack, Packs, Pieces};
    use crate::styles::exchange;

    const TEMPLATE: &str = "<head><script type=\"module\">import init from './app.js';</script>\n\
        <link rel=\"modulepreload\" href=\"./app.js\"><link rel=\"preload\" href=\"./app_bg.wasm\"></head>";

    #[test]
    fn the_scripts_of_a_page_name_no_file_that_changes() {
        let html = with_start(TEMPLATE, THEME, &START_AND_KEEP).expect("it has all parts");
        assert!(!html.contains("import init") && html.contains(&*START));
        assert!(html.contains("<link id=\"app-script\" rel=\"modulepreload\" href=\"./app.js\">"));
        assert!(html.contains("<link id=\"app-wasm\" rel=\"preload\" href=\"./app_bg.wasm\">"));
        for id in ["app-script", "app-wasm", "rel=later"] {
            assert!(START.contains(id), "the script looks for {id}");
        }
    }

    #[test]
    fn a_template_of_another_kind_is_an_error() {
        for part in [
            "<script type=\"module\">",
            "rel=\"modulepreload\"",
            "rel=\"preload\"",
        ] {
            assert!(
                with_start(&TEMPLATE.replace(part, "<b>"), THEME, &START).is_err(),
                "{part}"
            );
        }
    }

    /// Writes the pages of a site whose files are named as Trunk and the cutting name them, and gives
    /// its folder.
    fn written(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("orrery-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let pack = |name: &str| Pack {
            name: format!("{name}-0123456789abcdef.wasm"),
            files: Vec::new(),
        };
        let packs = Packs {
            first: vec![pack("pack_saga")],
            after: pack("pack_saga_after"),
            embed: vec![pack("pack_saga_embed")],
            terms: pack("pack_saga_terms"),
        };
        let pieces = Pieces {
            packs: [("saga", packs)].into(),
            ..Pieces::default()
        };
        let lab = LabFiles {
            script: "lab-0123456789abcdef-begin.js".to_owned(),
            wasm: "lab-0123456789abcdef_bg.wasm".to_owned(),
        };
        let template = format!(
            "<!doctype html><html><head><meta charset=\"utf-8\"><title>O</title>\
             <meta name=\"description\" content=\"O\">\
             <link rel=\"stylesheet\" href=\"./style-0123456789abcdef.css\"/>{}\
             </head><body><!-- prerender --></body></html>",
            TEMPLATE
                .replace("<head>", "")
                .replace("</head>", "")
                .replace("app", "app-0123456789abcdef")
        );
        let embeds = exchange(&template, "embed-0123456789abcdef.css").expect("it links one");
        let common = Common {
            template: &template,
            embeds: &embeds,
            pieces: &pieces,
            lab: &lab,
            address: None,
        };
        for name in [
            "app-0123456789abcdef.js",
            "app-0123456789abcdef_bg.wasm",
            "style-0123456789abcdef.css",
            "embed-0123456789abcdef.css",
            "lab-0123456789abcdef-begin.js",
            "lab-0123456789abcdef_bg.wasm",
            "pack_saga-0123456789abcdef.wasm",
            "pack_saga_after-0123456789abcdef.wasm",
            "pack_saga_embed-0123456789abcdef.wasm",
        ] {
            fs::write(folder.join(name), name).expect("a file");
        }
        let purpose = Purpose::Visitors(Offline::Kept);
        write(&folder, common, purpose).expect("it can be written");
        folder
    }

    #[test]
    fn an_embed_names_files_by_their_new_names_and_keeps_nothing() {
        let folder = written("embeds");
        seal(&folder).expect("it can be sealed");
        let html = |page: &str| {
            let path = folder.join(page).join("index.html");
            fs::read_to_string(path).expect("it is written")
        };
        let (embed, page) = (html("embed/saga"), html("p/saga"));
        assert!(page.contains("serviceWorker") && !embed.contains("serviceWorker"));
        assert!(embed.contains(&*START) && embed.contains(THEME_OF_GUEST));
        assert!(embed.contains("<meta name=\"robots\" content=\"noindex\">"));
        for (html, count) in [(&embed, 7), (&page, 7)] {
            let quoted = html.split('"').map(|part| part.trim_start_matches("../"));
            let named: Vec<&str> = quoted.filter(|part| sealed_name(part)).collect();
            assert!(named.len() >= count, "{named:?}");
            for name in named {
                assert!(folder.join(name).is_file(), "{name}");
            }
        }
        fs::remove_dir_all(&folder).expect("it can be removed");
    }
}
