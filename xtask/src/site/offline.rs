//! The service worker's list: what it keeps, and of which page it is part.
//!
//! Every visitor keeps what all pages begin with and the pages that they were on, not the hundred
//! that they were not on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use orrery_core::catalog::PATTERNS;
use serde_json::json;

use crate::embed;
use crate::error::Error;
use crate::site::card::CARD;
use crate::site::picture::STILL;
use crate::site::seal::{Renamed, files_below, sealed_name};
use crate::site::write_text;
use crate::split::{Pieces, hash, piece_of};

/// Whether visitors keep the site for when there is no network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Offline {
    /// They do.
    #[default]
    Kept,
    /// They do not, and what they kept goes.
    Off,
}

/// The file's name, in the root: what lies there is what it may serve.
const NAME: &str = "service-worker.js";

const WORKER: &str = include_str!("service-worker.js");

const WORKER_OFF: &str = include_str!("service-worker-off.js");

/// What no page loads: for hosts, crawlers and previews, and the service worker itself.
const NOT_LISTED: [&str; 7] = [
    ".nojekyll",
    CARD,
    NAME,
    "_headers",
    "apple-touch-icon.png",
    "robots.txt",
    "sitemap.xml",
];

/// What other people's pages load: who visits those keeps nothing of this site.
fn is_for_others(relative: &str) -> bool {
    relative.starts_with(embed::FOLDER) || embed::FILES.contains(&relative)
}

/// What the service worker knows of the site; all paths are relative to its root, and that of a page
/// is its folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Files whose names do not tell their content, with the beginning of their SHA-256.
    pub(crate) files: BTreeMap<String, String>,
    /// What every page begins with, and the home page.
    pub(crate) shell: BTreeSet<String>,
    /// What each page takes beyond that.
    pub(crate) pages: BTreeMap<String, BTreeSet<String>>,
}

/// Writes the service worker for the finished site in `folder`.
pub(super) fn write(
    folder: &Path,
    offline: Offline,
    pieces: &Pieces,
    renamed: &Renamed,
) -> Result<(), Error> {
    let script = match offline {
        Offline::Kept => script(&listed(folder, |piece| {
            let files = pieces.files.get(piece).into_iter().flatten();
            files.map(|file| renamed.now(file)).collect()
        })?),
        Offline::Off => WORKER_OFF.to_owned(),
    };
    write_text(&folder.join(NAME), &script)
}

fn script(listed: &Listed) -> String {
    let Listed {
        files,
        shell,
        pages,
    } = listed;
    let lists = format!(
        "const FILES = {};\nconst SHELL = {};\nconst PAGES = {};\n",
        json!(files),
        json!(shell),
        json!(pages)
    );
    let version = hash(format!("{lists}{WORKER}").as_bytes());
    format!("const VERSION = \"{version}\";\n{lists}{WORKER}")
}

/// Lists the finished site in `folder`; `of_piece` gives the files of a piece of the app.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn listed(
    folder: &Path,
    of_piece: impl Fn(&str) -> Vec<String>,
) -> Result<Listed, Error> {
    let mut listed = Listed::default();
    let mut pages = BTreeMap::new();
    for path in files_below(folder)? {
        let relative = path.strip_prefix(folder).unwrap_or(&path);
        let relative = relative.to_string_lossy().replace('\\', "/");
        let name = relative.rsplit('/').next().unwrap_or_default();
        if NOT_LISTED.contains(&name) || is_for_others(&relative) || sealed_name(name) {
            continue;
        }
        let bytes = fs::read(&path).map_err(Error::file("read", &path))?;
        if name == "index.html" {
            let page = relative.trim_end_matches("index.html").to_owned();
            pages.insert(page, String::from_utf8_lossy(&bytes).into_owned());
        }
        let place = relative.trim_end_matches("index.html").to_owned();
        listed.files.insert(place, hash(&bytes));
    }
    let home = pages.remove("").unwrap_or_default();
    let pieces = ["home", "progress"].into_iter().flat_map(&of_piece);
    let shell = named_in(&home).chain(pieces);
    listed.shell = shell.collect();
    let own = ["", "404.html", "icon.svg", "manifest.webmanifest"].map(str::to_owned);
    let own = own
        .into_iter()
        .filter(|path| listed.files.contains_key(path));
    listed.shell.extend(own);
    for (page, html) in pages {
        let slug = page
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let known = PATTERNS.iter().any(|pattern| pattern.card.slug == slug);
        let pieces = match known {
            true => pieces_of(&piece_of(slug), &of_piece),
            false => Vec::new(),
        };
        let beside = listed
            .files
            .keys()
            .filter(|path| path.starts_with(&page))
            .cloned();
        let all = beside.chain(named_in(&html)).chain(pieces);
        let all = all.filter(|path| !listed.shell.contains(path)).collect();
        listed.pages.insert(page, all);
    }
    // The home page shows a picture of each pattern.
    let stills = listed.files.keys().filter(|path| path.ends_with(STILL));
    listed
        .pages
        .insert(String::new(), stills.cloned().collect());
    Ok(listed)
}

/// What a pattern's page brings in beyond its packs when one looks around: the readouts and what there
/// is to read. And the file by which one knows that its machine was asked for from another page.
fn pieces_of(piece: &str, of_piece: &impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let of_all = |pieces: &[&str]| -> Vec<String> {
        let files = pieces.iter().flat_map(|piece| of_piece(piece));
        files.collect()
    };
    let whole = format!("{piece}_whole");
    let packed = of_all(&[piece, "page", "panels", &whole, "progress"]);
    let own = of_piece(piece).into_iter();
    let own = own.filter(|file| file.starts_with("split_"));
    let read = of_all(&["readouts", &format!("{piece}_reading")]).into_iter();
    own.chain(read.filter(|file| !packed.contains(file)))
        .collect()
}

/// The files that a page names whose names tell their content, but for the lab's, which come when
/// they are used.
fn named_in(html: &str) -> impl Iterator<Item = String> {
    let quoted = html.split("=\"").filter_map(|rest| rest.split_once('"'));
    quoted
        .map(|(address, _)| address.trim_start_matches("../").trim_start_matches("./"))
        .filter(|address| sealed_name(address) && !address.starts_with("lab-"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const APP: &str = "app-0123456789abcdef.js";
    const PACK: &str = "pack_saga-0123456789abcdef.wasm";
    const READING: &str = "split_saga_reading-0123456789abcdef.wasm";

    fn site(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("orrery-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("p/saga")).expect("a folder");
        fs::create_dir_all(folder.join("embed/saga")).expect("a folder");
        for (path, text) in [
            ("index.html", format!("<link href=\"./{APP}\">")),
            ("404.html", String::new()),
            ("icon.svg", String::new()),
            ("_headers", String::new()),
            ("robots.txt", String::new()),
            ("embed.js", String::new()),
            (
                "embed/saga/index.html",
                format!("<link href=\"../../{PACK}\">"),
            ),
            ("card.png", String::new()),
            ("p/saga/card.png", String::new()),
            ("p/saga/start.svg", "picture".to_owned()),
            ("p/saga/still.svg", String::new()),
            (
                "p/saga/index.html",
                format!("<link href=\"../../{APP}\"><link href=\"../../{PACK}\">"),
            ),
            (APP, String::new()),
            (PACK, String::new()),
            (READING, String::new()),
        ] {
            fs::write(folder.join(path), text).expect("a file");
        }
        folder
    }

    fn reading(piece: &str) -> Vec<String> {
        let own = (piece == "saga_reading").then(|| READING.to_owned());
        own.into_iter().collect()
    }

    #[test]
    fn every_file_is_listed_or_tells_its_content_or_is_for_no_page() {
        let folder = site("listed");
        let listed = listed(&folder, reading).expect("it can be read");
        for path in files_below(&folder).expect("it can be read") {
            let relative = path.strip_prefix(&folder).expect("it is below");
            let relative = relative.to_string_lossy().into_owned();
            let name = relative.rsplit('/').next().unwrap_or_default();
            let place = relative.trim_end_matches("index.html");
            let known = listed.files.contains_key(place);
            let apart = sealed_name(name) || NOT_LISTED.contains(&name) || is_for_others(&relative);
            assert!(known != apart, "{relative}");
        }
        let digest = hash(b"picture");
        assert_eq!(listed.files.get("p/saga/start.svg"), Some(&digest));
        fs::remove_dir_all(&folder).expect("it can be removed");
    }

    #[test]
    fn the_shell_is_what_every_page_takes_and_a_page_is_the_rest_of_it() {
        let folder = site("shell");
        let listed = listed(&folder, reading).expect("it can be read");
        let set = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        assert_eq!(listed.shell, set(&["", "404.html", "icon.svg", APP]));
        let still = "p/saga/still.svg";
        let pages = [
            ("", set(&[still])),
            (
                "p/saga/",
                set(&["p/saga/", "p/saga/start.svg", still, PACK, READING]),
            ),
        ];
        let pages = pages.map(|(page, files)| (page.to_owned(), files));
        assert_eq!(listed.pages, BTreeMap::from(pages));
        fs::remove_dir_all(&folder).expect("it can be removed");
    }

    #[test]
    fn a_version_changes_with_any_file() {
        let folder = site("version");
        let list = || script(&listed(&folder, reading).expect("it can be read"));
        let before = list();
        assert_eq!(before, list(), "and with nothing else");
        fs::write(folder.join("p/saga/start.svg"), "another").expect("a file");
        let version = |script: &str| script.lines().next().map(str::to_owned);
        assert_ne!(version(&before), version(&list()));
        fs::remove_dir_all(&folder).expect("it can be removed");
    }
}
