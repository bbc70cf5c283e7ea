//! Cuts the app's wasm into pieces that come when they are needed.
//!
//! Where to cut the source says (`src/loading.rs`); what belongs to which piece follows from the
//! relocations, which the linker keeps for this.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use orrery_core::catalog::PATTERNS;
use sha2::{Digest, Sha256};
use wasm_split_cli_support::{Options, transform};

use crate::error::Error;
use crate::glue;
use crate::pack;
use crate::process::{command, run};
use crate::workspace::Workspace;

/// Set for Trunk and its hooks where the app is built to be cut.
pub(crate) const IS_SPLIT: &str = "ORRERY_SPLIT";

/// What Trunk must be told for an app that is to be cut; `build.rs` tells the linker.
pub(crate) const FEATURES: [&str; 2] = ["--features", "split"];

/// See [`FEATURES`].
pub(crate) const ENVIRONMENT: [(&str, &str); 1] = [(IS_SPLIT, "1")];

/// The app as the compiler left it, by the profile that `index.html` names.
const COMPILED: &str = "wasm32-unknown-unknown/page/orrery-app.wasm";

/// The piece that fills a pattern's page once its machine runs.
const PANELS: &str = "panels";

/// What follows a pattern's name in that of the piece with all that the panels need of it.
const WHOLE: &str = "_whole";

/// The code of a page beyond what every page begins with, in two files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packs {
    /// What its machine needs.
    pub(crate) first: Pack,
    /// What its panels need.
    pub(crate) after: Pack,
}

/// Pieces that are fetched together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pack {
    /// The name of the file with all of them, in the site's root.
    pub(crate) name: String,
    /// Theirs.
    pub(crate) files: Vec<String>,
}

/// What a page may ask for ahead of time, by names in the site's root.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    /// The script that brings pieces in; none where the app is whole.
    pub(crate) script: Option<String>,
    /// What each pattern's page needs, by the pattern's address.
    pub(crate) packs: BTreeMap<&'static str, Packs>,
}

impl Packs {
    /// Sorts the `files` that each piece takes into those that a pattern's page needs at once and
    /// those that follow.
    fn of(piece: &str, files: &BTreeMap<String, Vec<String>>, version: &str) -> Self {
        let of = |piece: &str| files.get(piece).cloned().unwrap_or_default();
        let first = of(piece);
        let after: BTreeSet<String> = of(PANELS)
            .into_iter()
            .chain(of(&format!("{piece}{WHOLE}")))
            .filter(|file| !first.contains(file))
            .collect();
        let pack = |name: &str, files| Pack {
            name: versioned(name, version),
            files,
        };
        Self {
            first: pack(&format!("pack_{piece}"), first),
            after: pack(&format!("pack_{piece}_after"), after.into_iter().collect()),
        }
    }
}

/// Replaces the app in Trunk's staging folder by its pieces: the script and the wasm that every
/// page begins with keep their names, the others get names that change with their content.
pub(crate) fn split(workspace: &Workspace, staging: &Path) -> Result<Pieces, Error> {
    let failed = |reason: String| Error::Split { reason };
    let compiled = workspace.target().join(COMPILED);
    let wasm = fs::read(&compiled).map_err(Error::file("read", &compiled))?;
    let app = app_name(staging)?;
    let folder = workspace.target().join("pieces");
    // What an earlier build left; there may be nothing.
    let _ = fs::remove_dir_all(&folder);
    let (main, script) = (folder.join("main.wasm"), format!("./{app}.js"));
    // By content, so that no browser joins the pieces of two builds.
    let version = hash(&wasm);
    let script_of_pieces = format!("pieces-{version}.js");
    let link = format!("./{script_of_pieces}");
    let mut options = Options::new(&wasm);
    options.output_dir = &folder;
    options.main_out_path = &main;
    options.main_module = &script;
    options.link_name = &link;
    let pieces = transform(options).map_err(|error| failed(error.to_string()))?;

    let mut links = folder.join(&link);
    let mut text = fs::read_to_string(&links).map_err(Error::file("read", &links))?;
    for piece in &pieces.split_modules {
        let name = piece.file_name().unwrap_or_default().to_string_lossy();
        let versioned = versioned(name.trim_end_matches(".wasm"), &version);
        text = text.replace(&fetching(&name), &format!("piece(\"{versioned}\", "));
        let to = staging.join(versioned);
        fs::copy(piece, &to).map_err(Error::file("write", &to))?;
    }
    let files = pieces.prefetch_map.into_iter().map(|(piece, files)| {
        let files = files.iter().map(|file| versioned(file, &version));
        (piece, files.collect())
    });
    let files: BTreeMap<String, Vec<String>> = files.collect();
    let mut packs = BTreeMap::new();
    for pattern in PATTERNS {
        let piece = pattern.card.slug.replace('-', "_");
        let of_pattern = Packs::of(&piece, &files, &version);
        for (loaded, pack) in [
            (piece.clone(), &of_pattern.first),
            (format!("{piece}{WHOLE}"), &of_pattern.after),
        ] {
            let load = format!("__wasm_split_load_{loaded} = ");
            text = text.replace(
                &format!("{load}wrapAsyncCb("),
                &format!("{load}opening(\"{piece}\", \"{}\")(", pack.name),
            );
        }
        packs.insert(pattern.card.slug, of_pattern);
    }
    if text.contains("fetch(") {
        return Err(failed("its script is not as expected".to_owned()));
    }
    links = staging.join(&link);
    let text = glue::without_comments(&(pack::SCRIPT.to_owned() + &text));
    fs::write(&links, text).map_err(Error::file("write", &links))?;
    run(command(workspace, "wasm-bindgen")
        .args(["--target", "web", "--keep-lld-exports", "--no-typescript"])
        .args(["--out-name", &app, "--out-dir"])
        .arg(staging)
        .arg(&main))?;
    glue::shorten(staging, &app)?;
    Ok(Pieces {
        script: Some(script_of_pieces),
        packs,
    })
}

/// How the script of the tool that cuts says where a piece comes from, up to what it depends on.
fn fetching(name: &str) -> String {
    format!(
        "makeLoad(() => {{\n    const src = fetch(new URL(\"./{name}\", import.meta.url));\n    \
         return async (imports) => (WebAssembly.instantiateStreaming(src, imports));\n}}\n, "
    )
}

fn versioned(name: &str, version: &str) -> String {
    format!("{name}-{version}.wasm")
}

/// What Trunk called the app: the name of its script without the ending.
fn app_name(staging: &Path) -> Result<String, Error> {
    let entries = fs::read_dir(staging).map_err(Error::file("read", staging))?;
    let names = entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let suffix = "_bg.wasm";
    names
        .filter_map(|name| name.strip_suffix(suffix).map(str::to_owned))
        .next()
        .ok_or_else(|| Error::Split {
            reason: format!("there is no *{suffix} in {}", staging.display()),
        })
}

/// A short name for a content.
pub(crate) fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
