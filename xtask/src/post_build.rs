//! What happens to Trunk's output before it becomes the site: smaller wasm, one page per pattern,
//! the security policy. Trunk calls this after each build, for `build` and `serve` alike.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use orrery_core::catalog::{self, PATTERNS};
use orrery_core::lesson;

use crate::error::Error;
use crate::html::{InlineScripts, Page, escape, prerender, with_policy};
use crate::lab::{self, LabFiles};
use crate::optimise::optimise;
use crate::pack;
use crate::registry;
use crate::split::{self, Pieces};
use crate::styles;
use crate::workspace::Workspace;

/// The folder in which Trunk gathers a build before it replaces the last one.
const STAGING_DIR: &str = "TRUNK_STAGING_DIR";

/// "release" or "debug".
const PROFILE: &str = "TRUNK_PROFILE";

/// A pattern's picture for the gallery, beside its page.
const STILL: &str = "still.svg";

/// Finishes the build that lies in Trunk's staging folder.
pub(crate) fn post_build(workspace: &Workspace) -> Result<(), Error> {
    let staging = env::var_os(STAGING_DIR)
        .map(PathBuf::from)
        .ok_or(Error::NotFromTrunk {
            variable: STAGING_DIR,
            command: "post-build",
        })?;
    let pieces = match env::var_os(split::IS_SPLIT) {
        Some(_) => split::split(workspace, &staging)?,
        None => Pieces::default(),
    };
    let release = env::var_os(PROFILE).is_some_and(|profile| profile == "release");
    let lab = lab::build(workspace, &staging, release)?;
    let mut template = read(&staging.join("index.html"))?;
    if release {
        optimise(workspace, &staging, &lab.wasm)?;
        template = styles::join(&staging, &template)?;
    }
    for packs in pieces.packs.values() {
        for pack in [&packs.first, &packs.after] {
            pack::write(&staging, &pack.name, &pack.files)?;
        }
    }
    for (folder, page) in pages(&pieces, &lab) {
        write_page(&staging.join(folder), &template, &page)?;
    }
    for pattern in PATTERNS {
        let path = staging.join(registry::address(pattern)).join(STILL);
        fs::write(&path, pattern.still().unwrap_or_default())
            .map_err(Error::file("write", &path))?;
    }
    fs::copy(workspace.root().join("404.html"), staging.join("404.html"))
        .map(|_| ())
        .map_err(Error::file("copy", workspace.root().join("404.html")))
}

/// Each page of the site and the folder that it goes to.
fn pages(pieces: &Pieces, lab: &LabFiles) -> Vec<(String, Page)> {
    let home = Page {
        depth: 0,
        script: pieces.script.clone(),
        packs: None,
        lab: lab.clone(),
        title: registry::SITE_TITLE.to_owned(),
        description: registry::SITE_DESCRIPTION.to_owned(),
        body: readable("Orrery", registry::SITE_DESCRIPTION, &pattern_list()),
    };
    let patterns = PATTERNS.iter().map(|pattern| {
        let mut text = format!("<p>{}</p>", escape(pattern.card.problem));
        if let Some(reading) = catalog::reading(pattern) {
            text.push_str(&lesson::to_html(reading.lesson));
        }
        let page = Page {
            depth: 2,
            script: pieces.script.clone(),
            packs: pieces.packs.get(pattern.card.slug).cloned(),
            lab: lab.clone(),
            title: registry::title(pattern),
            description: pattern.card.summary.to_owned(),
            body: readable(pattern.card.name, pattern.card.summary, &text),
        };
        (registry::address(pattern), page)
    });
    [(String::new(), home)]
        .into_iter()
        .chain(patterns)
        .collect()
}

/// A page's text for readers without the app, which the app removes when it starts.
fn readable(heading: &str, summary: &str, more: &str) -> String {
    let (heading, summary) = (escape(heading), escape(summary));
    format!(
        "<main id=\"prerendered\" class=\"lesson\"><h1>{heading}</h1><p>{summary}</p>{more}</main>"
    )
}

/// Links to all patterns.
fn pattern_list() -> String {
    let items: String = PATTERNS
        .iter()
        .map(|pattern| {
            let (name, summary) = (escape(pattern.card.name), escape(pattern.card.summary));
            format!(
                "<li><a href=\"./{}\">{name}</a>: {summary}</li>",
                registry::address(pattern)
            )
        })
        .collect();
    format!("<ul>{items}</ul>")
}

fn write_page(folder: &Path, template: &str, page: &Page) -> Result<(), Error> {
    let scripts = if template.contains("{{__TRUNK_") {
        InlineScripts::Any
    } else {
        InlineScripts::OnlyKnown
    };
    let html = with_policy(&prerender(template, page)?, scripts)?;
    fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    let path = folder.join("index.html");
    fs::write(&path, html).map_err(Error::file("write", &path))
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(Error::file("read", path))
}
