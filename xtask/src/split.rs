//! Cuts the app's wasm into pieces that come when they are needed.
//!
//! Where to cut the source says (`src/loading.rs`); what belongs to which piece follows from the
//! relocations, which the linker keeps for this.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::slice;

use orrery_core::catalog::PATTERNS;
use sha2::{Digest, Sha256};
use wasm_split_cli_support::{Options, transform};

use crate::error::Error;
use crate::glue;
use crate::join;
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

/// The piece that shows a pattern on a page of the site.
const PAGE: &str = "page";

/// The piece that fills a pattern's page once its machine runs.
const PANELS: &str = "panels";

/// The piece that shows a pattern in other people's pages.
const EMBED: &str = "embed";

/// The piece with what keeps and shows progress, which follows the panels.
const PROGRESS: &str = "progress";

/// What follows a pattern's name in that of the piece with all that the panels need of it.
const WHOLE: &str = "_whole";

/// What follows it in that of the piece with what a link may say of it.
const TERMS: &str = "_terms";

/// The code of a page beyond what every page begins with, in a few files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packs {
    /// What its page needs at once: the machine, and what shows it there. What all such pages need
    /// comes first, in a pack that they share.
    pub(crate) first: Vec<Pack>,
    /// What its panels need.
    pub(crate) after: Pack,
    /// What its embed needs, the same way, each as one module.
    pub(crate) embed: Vec<Pack>,
    /// What that needs where more is asked for than the first scenario.
    pub(crate) terms: Pack,
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
    /// The files of each piece, by its name in the source.
    pub(crate) files: BTreeMap<String, Vec<String>>,
}

impl Packs {
    /// Sorts the `files` that each piece takes into those that a pattern's page needs at once and
    /// those that follow.
    fn of(piece: &str, files: &BTreeMap<String, Vec<String>>, version: &str) -> Self {
        let of = |piece: &str| files.get(piece).cloned().unwrap_or_default();
        let machine = of(piece);
        let shown_by = |page: &str| -> Vec<String> {
            let own = of(page).into_iter().filter(|file| !machine.contains(file));
            machine.iter().cloned().chain(own).collect()
        };
        let (first, embed) = (shown_by(PAGE), shown_by(EMBED));
        let after: BTreeSet<String> = of(PANELS)
            .into_iter()
            .chain(of(&format!("{piece}{WHOLE}")))
            .chain(of(PROGRESS))
            .filter(|file| !first.contains(file))
            .collect();
        let pack = |name: &str, files| Pack {
            name: versioned(name, version),
            files,
        };
        let terms = of(&format!("{piece}{TERMS}"));
        let terms = terms.into_iter().filter(|file| !embed.contains(file));
        Self {
            terms: pack(&format!("pack_{piece}_terms"), terms.collect()),
            embed: vec![pack(&format!("pack_{piece}_embed"), embed)],
            first: vec![pack(&format!("pack_{piece}"), first)],
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
    let wasm = glue::without_streams(&wasm).map_err(|error| failed(error.to_string()))?;
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

    let plan = join_small(&folder, &pieces.prefetch_map).map_err(failed)?;
    for piece in pieces.split_modules.iter().filter(|piece| piece.exists()) {
        let name = piece.file_stem().unwrap_or_default().to_string_lossy();
        let to = staging.join(versioned(&name, &version));
        fs::copy(piece, &to).map_err(Error::file("write", &to))?;
    }
    let files = pieces.prefetch_map.into_iter().map(|(piece, files)| {
        let files = join::stand_ins(files.into_iter(), &plan);
        (
            piece,
            files.map(|file| versioned(&file, &version)).collect(),
        )
    });
    let files: BTreeMap<String, Vec<String>> = files.collect();
    let packs = PATTERNS.iter().map(|pattern| {
        let slug = pattern.card.slug;
        (slug, Packs::of(&piece_of(slug), &files, &version))
    });
    let mut packs: BTreeMap<&'static str, Packs> = packs.collect();
    share(packs.values_mut().map(|packs| &mut packs.first), || {
        versioned("pack_pages", &version)
    });
    share(packs.values_mut().map(|packs| &mut packs.embed), || {
        versioned("pack_embeds", &version)
    });
    let joined: BTreeMap<&String, &Pack> = packs
        .values()
        .flat_map(|packs| &packs.embed)
        .map(|pack| (&pack.name, pack))
        .collect();
    for pack in joined.into_values() {
        pack::join(staging, &pack.name, &pack.files)?;
    }
    let from = folder.join(&link);
    let text = fs::read_to_string(&from).map_err(Error::file("read", &from))?;
    let text = with_packs(&text, &packs, &version)
        .ok_or_else(|| failed("the script for its pieces is not as expected".to_owned()))?;
    let text = join::in_script(&text, &plan);
    let text = shorter(&glue::without_comments(&text), &version)
        .ok_or_else(|| failed("a chunk needs more than itself".to_owned()))?;
    let to = staging.join(&link);
    fs::write(&to, text).map_err(Error::file("write", &to))?;

    run(command(workspace, "wasm-bindgen")
        .args(["--target", "web", "--keep-lld-exports", "--no-typescript"])
        .args(["--out-name", &app, "--out-dir"])
        .arg(staging)
        .arg(&main))?;
    glue::shorten(staging, &app)?;
    Ok(Pieces {
        script: Some(script_of_pieces),
        packs,
        files,
    })
}

/// Puts what all these packs have in common into one of its own before each of them.
fn share<'a>(packs: impl Iterator<Item = &'a mut Vec<Pack>>, name: impl Fn() -> String) {
    let packs: Vec<_> = packs.collect();
    let in_all = |file: &String| {
        let mut own = packs.iter().filter_map(|packs| packs.last());
        own.all(|own| own.files.contains(file))
    };
    let first = packs.first().and_then(|packs| packs.last());
    let files = first.map_or(&[][..], |first| &first.files);
    let common: Vec<String> = files.iter().filter(|file| in_all(file)).cloned().collect();
    for packs in packs {
        for own in packs.iter_mut() {
            own.files.retain(|file| !common.contains(file));
        }
        let shared = Pack {
            name: name(),
            files: common.clone(),
        };
        packs.insert(0, shared);
    }
}

/// The pieces of the source that each page needs at once: those of each pack, and every other by itself.
fn pages(files: &BTreeMap<String, Vec<String>>) -> Vec<Vec<String>> {
    let mut pages: Vec<Vec<String>> = Vec::new();
    for pattern in PATTERNS {
        let machine = piece_of(pattern.card.slug);
        let whole = format!("{machine}{WHOLE}");
        pages.push(vec![machine.clone(), PAGE.to_owned()]);
        pages.push(vec![machine.clone(), EMBED.to_owned()]);
        let panels = [PAGE, PANELS, PROGRESS].map(str::to_owned);
        pages.push([vec![machine, whole], panels.to_vec()].concat());
    }
    let packed: BTreeSet<&String> = pages.iter().flatten().collect();
    let alone = files.keys().filter(|piece| !packed.contains(piece));
    let alone: Vec<Vec<String>> = alone.map(|piece| vec![piece.clone()]).collect();
    pages.extend(alone);
    pages
}

/// Joins pieces in `folder` that several others have in common; says which went into which.
fn join_small(
    folder: &Path,
    files: &HashMap<String, Vec<String>>,
) -> Result<BTreeMap<String, String>, String> {
    let path = |piece: &str| folder.join(format!("{piece}.wasm"));
    let size = |piece: &str| {
        let is_common = piece.starts_with("chunk_");
        let module = is_common.then(|| fs::read(path(piece)).ok());
        Some(join::size(&module??))
    };
    let files: BTreeMap<String, Vec<String>> = files
        .iter()
        .map(|(piece, files)| (piece.clone(), files.clone()))
        .collect();
    let plan = join::plan(&files, &pages(&files), size);
    let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (piece, into) in &plan {
        members
            .entry(into)
            .or_insert_with(|| vec![into])
            .push(piece);
    }
    for (into, members) in members {
        let read = |piece: &&str| fs::read(path(piece)).map_err(|error| error.to_string());
        let modules = members.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        fs::write(path(into), join::join(&modules)?).map_err(|error| error.to_string())?;
        for piece in &members[1..] {
            fs::remove_file(path(piece)).map_err(|error| error.to_string())?;
        }
    }
    Ok(plan)
}

/// The script of the tool that cuts, with its pieces brought in by ours; none if it is not as
/// expected.
fn with_packs(
    script: &str,
    packs: &BTreeMap<&'static str, Packs>,
    version: &str,
) -> Option<String> {
    let mut loads = script.split("makeLoad(() => {");
    let mut text = pack::SCRIPT.to_owned() + loads.next()?;
    for load in loads {
        let (fetches, after) = load.split_once("}\n, ")?;
        let (_, address) = fetches.split_once("\"./")?;
        let (name, _) = address.split_once(".wasm\"")?;
        text += &format!("piece(\"{}\", {after}", versioned(name, version));
    }
    for (slug, packs) in packs {
        let piece = piece_of(slug);
        for (what, packs) in [
            ("", packs.first.as_slice()),
            (WHOLE, slice::from_ref(&packs.after)),
            (TERMS, slice::from_ref(&packs.terms)),
        ] {
            let loaded = format!("{piece}{what}");
            let (before, after) = text.split_once(&format!("_load_{loaded} = wrapAsyncCb("))?;
            let names = packs.iter().map(|pack| format!(", \"{}\"", pack.name));
            let names: String = names.collect();
            text = format!("{before}_load_{loaded} = opening(\"{piece}\"{names})({after}");
        }
    }
    Some(text)
}

/// What `src/loading.rs` calls the piece with what a pattern shows.
pub(crate) fn piece_of(slug: &str) -> String {
    slug.replace('-', "_")
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
    short(&Sha256::digest(bytes))
}

/// The beginning of a digest, as it stands in names.
pub(crate) fn short(digest: &[u8]) -> String {
    let bytes = digest.iter().take(HASH_DIGITS / 2);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// The length of such a name, in hexadecimal digits.
pub(crate) const HASH_DIGITS: usize = 16;

/// The script with numbers for chunks, of which there are hundreds, each with a name again and again;
/// none if one of them needs others.
fn shorter(script: &str, version: &str) -> Option<String> {
    let mut text = String::new();
    for line in script.lines() {
        let declared = line.strip_prefix("const __chunk_");
        let number = declared.and_then(|declared| declared.split_once(" = "));
        match number {
            None => text += &format!("{line}\n"),
            Some((number, made)) => {
                let name = versioned(&format!("chunk_{number}"), version);
                (made == format!("piece(\"{name}\", []);")).then_some(())?;
            }
        }
    }
    let (before, after) = text.split_once(NEEDED)?;
    let text = format!("{before}deps.map((number) => chunk(number)()){after}");
    let text = text.replace(", __chunk_", ",__chunk_");
    Some(text.replace("__chunk_", "").replace("VERSION", version))
}

/// How the script calls what a piece needs.
const NEEDED: &str = "deps.map(d => d())";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_a_number_in_the_script_and_its_file_keeps_its_name() {
        let script = "piece(`chunk_${number}-VERSION.wasm`, [])
const __chunk_1 = piece(\"chunk_1-0a.wasm\", []);
const needed = deps.map(d => d());
export const one = piece(\"one-0a.wasm\", [__chunk_1, __chunk_2]);
";
        let expected = "piece(`chunk_${number}-0a.wasm`, [])
const needed = deps.map((number) => chunk(number)());
export const one = piece(\"one-0a.wasm\", [1,2]);
";
        assert_eq!(shorter(script, "0a").as_deref(), Some(expected));
        let needy = script.replace("[]);", "[__chunk_2]);");
        assert_eq!(shorter(&needy, "0a"), None);
        assert_eq!(shorter("", "0a"), None);
    }

    /// As the tool that cuts writes it.
    const SCRIPT: &str = "import { initSync } from \"./app.js\";
const __chunk_1 = makeLoad(() => {
    const src = fetch(new URL(\"./chunk_1.wasm\", import.meta.url));
    return async (imports) => (WebAssembly.instantiateStreaming(src, imports));
}
, []);
export const __wasm_split_load_token_bucket_whole = wrapAsyncCb(makeLoad(() => async (_imp) => ({}), [__chunk_1]));
export const __wasm_split_load_token_bucket = wrapAsyncCb(makeLoad(() => async (_imp) => ({}), [__chunk_1]));
export const __wasm_split_load_token_bucket_terms = wrapAsyncCb(makeLoad(() => async (_imp) => ({}), [__chunk_1]));
";

    fn packs() -> BTreeMap<&'static str, Packs> {
        let files = [
            ("token_bucket", vec!["chunk_1-v.wasm"]),
            (
                "token_bucket_whole",
                vec!["chunk_1-v.wasm", "chunk_2-v.wasm"],
            ),
            ("page", vec!["chunk_1-v.wasm", "page-v.wasm"]),
            (
                "panels",
                vec!["chunk_2-v.wasm", "page-v.wasm", "panels-v.wasm"],
            ),
            ("embed", vec!["chunk_1-v.wasm", "embed-v.wasm"]),
            (
                "token_bucket_terms",
                vec!["chunk_1-v.wasm", "embed-v.wasm", "chunk_2-v.wasm"],
            ),
        ];
        let files = files.map(|(piece, files)| {
            let files = files.into_iter().map(str::to_owned).collect();
            (piece.to_owned(), files)
        });
        let packs = Packs::of("token_bucket", &BTreeMap::from(files), "v");
        BTreeMap::from([("token-bucket", packs)])
    }

    #[test]
    fn what_follows_leaves_out_what_is_there_and_has_nothing_twice() {
        let packs = packs().remove("token-bucket").expect("it is there");
        assert_eq!(packs.first[0].files, ["chunk_1-v.wasm", "page-v.wasm"]);
        assert_eq!(packs.after.files, ["chunk_2-v.wasm", "panels-v.wasm"]);
        assert_eq!(packs.embed[0].files, ["chunk_1-v.wasm", "embed-v.wasm"]);
        assert_eq!(packs.terms.files, ["chunk_2-v.wasm"]);
    }

    #[test]
    fn what_all_packs_have_in_common_is_one_that_they_share() {
        let pack = |name: &str, files: &[&str]| Pack {
            name: name.to_owned(),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
        };
        let mut packs = [
            vec![pack("one", &["1", "2", "3"])],
            vec![pack("other", &["2", "3", "4"])],
        ];
        share(packs.iter_mut(), || "both".to_owned());
        let both = pack("both", &["2", "3"]);
        let expected = [
            vec![both.clone(), pack("one", &["1"])],
            vec![both, pack("other", &["4"])],
        ];
        assert_eq!(packs, expected);
    }

    #[test]
    fn pieces_come_through_their_packs() {
        let text = with_packs(SCRIPT, &packs(), "v").expect("it is as expected");
        for line in [
            "const __chunk_1 = piece(\"chunk_1-v.wasm\", []);",
            "_load_token_bucket = opening(\"token_bucket\", \"pack_token_bucket-v.wasm\")(makeLoad(",
            "_load_token_bucket_whole = opening(\"token_bucket\", \"pack_token_bucket_after-v.wasm\")(makeLoad(",
            "_load_token_bucket_terms = opening(\"token_bucket\", \"pack_token_bucket_terms-v.wasm\")(makeLoad(",
        ] {
            assert!(text.contains(line), "{line} is missing in {text}");
        }
    }

    #[test]
    fn a_script_of_another_kind_is_not_taken_for_this_one() {
        assert_eq!(with_packs("", &packs(), "v"), None);
        let other = SCRIPT.replace("\"./chunk_1.wasm\"", "here");
        assert_eq!(with_packs(&other, &packs(), "v"), None);
    }
}
