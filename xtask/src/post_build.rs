//! What happens to Trunk's output before it becomes the site: smaller wasm in pieces, one stylesheet,
//! and the site around them. Trunk calls this after each build, for `build` and `serve` alike.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use crate::build;
use crate::error::Error;
use crate::lab::{self, LabFiles};
use crate::pack;
use crate::process::{command, run};
use crate::setup;
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
    let pieces = match env::var_os(split::IS_SPLIT) {
        Some(_) => split::split(workspace, &staging)?,
        None => Pieces::default(),
    };
    let release = env::var_os(PROFILE).is_some_and(|profile| profile == "release");
    let lab = lab::build(workspace, &staging, release)?;
    let mut template = read(&staging.join("index.html"))?;
    if release {
        optimise_wasm(workspace, &staging, &lab)?;
        template = styles::join(&staging, &template)?;
    }
    for packs in pieces.packs.values() {
        for pack in [&packs.first, &packs.after] {
            pack::write(&staging, &pack.name, &pack.files)?;
        }
    }
    copy_public(workspace, &staging)?;
    let (address, offline) = build::said()?;
    let common = Common {
        template: &template,
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

/// Runs wasm-opt over each wasm file, where there is a wasm-opt.
fn optimise_wasm(workspace: &Workspace, staging: &Path, lab: &LabFiles) -> Result<(), Error> {
    let Some(wasm_opt) = setup::find_wasm_opt(workspace) else {
        println!("wasm-opt is not here: the wasm stays as the compiler wrote it");
        return Ok(());
    };
    let files = Mutex::new(wasm_files(staging)?.into_iter());
    let work = || {
        let next = || files.lock().ok()?.next();
        while let Some(path) = next() {
            let speed = path.ends_with(&lab.wasm);
            run(command(workspace, &wasm_opt)
                .args(if speed { FOR_SPEED } else { FOR_SIZE })
                .args(["--strip-debug", "--strip-producers"])
                // They say what may be in the code; browsers see for themselves.
                .arg("--strip-target-features")
                .arg(&path)
                .arg("-o")
                .arg(&path))?;
        }
        Ok(())
    };
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let working: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        working
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// What the lab runs, for hours perhaps.
pub(crate) const FOR_SPEED: &[&str] = &["-O3"];

/// What a page waits for. At the bottom of the memory lies the far end of the stack, which nothing
/// points at. The exports are of streams from a server, which there is not.
pub(crate) const FOR_SIZE: &[&str] = &[
    "--remove-exports=*intounderlying*",
    "-Os",
    "--low-memory-unused",
];

fn wasm_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(folder).map_err(Error::file("read", folder))?;
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    Ok(paths
        .filter(|path| path.extension() == Some(OsStr::new("wasm")))
        .collect())
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(Error::file("read", path))
}
