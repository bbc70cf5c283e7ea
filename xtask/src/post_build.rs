//! What happens to Trunk's output before it becomes the site: smaller wasm in pieces, one stylesheet,
//! and the site around them. Trunk calls this after each build, for `build` and `serve` alike.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::build;
use crate::embed;
use crate::error::Error;
use crate::lab;
use crate::optimise::optimise;
use crate::pack;
use crate::site::{self, Common, Purpose};
use crate::split::{self, Pieces};
use crate::styles;
use crate::workspace::Workspace;

/// The folder in which Trunk gathers a build before it replaces the last one.
const STAGING_DIR: &str = "TRUNK_STAGING_DIR";

/// "release" or "debug".
const PROFILE: &str = "TRUNK_PROFILE";

/// Finishes the build that lies in Trunk's staging folder.
pub(crate) fn post_build(workspace: &Workspace) -> Result<(), Error> {
    let staging = env::var_os(STAGING_DIR)
        .map(PathBuf::from)
        .ok_or(Error::NotFromTrunk {
            variable: STAGING_DIR,
            command: "post-build",
        })?;
    site::write_hashes_out(&staging)?;
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
    let mut named = BTreeSet::new();
    for packs in pieces.packs.values() {
        for pack in packs.first.iter().chain([&packs.after, &packs.terms]) {
            pack::write(&staging, &pack.name, &pack.files)?;
        }
        for pack in packs.embed.iter().filter(|pack| named.insert(&pack.name)) {
            pack::name_pieces(&staging, &pack.name, &pack.files)?;
        }
    }
    copy_public(workspace, &staging)?;
    let embeds = embed::template(workspace, &staging, &template)?;
    let (address, offline) = build::said()?;
    let common = Common {
        template: &template,
        embeds: &embeds,
        pieces: &pieces,
        lab: &lab,
        address: address.as_ref(),
    };
    // The development server marks what it will put into pages as it serves them.
    let purpose = match release && !template.contains("{{__TRUNK_") {
        true => Purpose::Visitors(offline),
        false => Purpose::Development,
    };
    site::write(&staging, common, purpose)
}

/// Files that go to the site's root as they are.
fn copy_public(workspace: &Workspace, staging: &Path) -> Result<(), Error> {
    let folder = workspace.root().join("public");
    let entries = fs::read_dir(&folder).map_err(Error::file("read", &folder))?;
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let to = staging.join(path.file_name().unwrap_or_default());
        fs::copy(&path, &to).map_err(Error::file("copy", &path))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(Error::file("read", path))
}
