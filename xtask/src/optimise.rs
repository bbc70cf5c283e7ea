//! Makes the site's wasm smaller or faster after compiling, by Binaryen.
//!
//! The site has nearly two hundred pieces. Where npm installed Binaryen, which starts slowly, a few
//! processes take all of them (`optimise.mjs`); a system's own wasm-opt is started for each.

use std::ffi::OsStr;
use std::fs;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use crate::error::Error;
use crate::process::{command, run};
use crate::setup;
use crate::workspace::Workspace;

/// What the lab runs, for hours perhaps.
pub(crate) const FOR_SPEED: &[&str] = &["-O3"];

/// What a page waits for. At the bottom of the memory lies the far end of the stack, which nothing
/// points at. The passes left out save bytes that compression saves better: without them a page takes
/// 0.6 % less in brotli.
pub(crate) const FOR_SIZE: &[&str] = &[
    "--skip-pass=local-cse",
    "--skip-pass=simplify-locals",
    "--low-memory-unused",
    "-Os",
];

/// What nobody reads: names, who compiled it, and what may be in the code, which browsers see for
/// themselves.
const STRIPPED: &[&str] = &[
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

const SCRIPT: &str = include_str!("optimise.mjs");

/// Files to be optimised alike, one after the other.
#[derive(Debug, Default, PartialEq, Eq)]
struct Batch {
    files: Vec<PathBuf>,
    bytes: u64,
}

/// Optimises all wasm files in `folder` where there is a Binaryen; `fast` is the name of the one that
/// must be fast rather than small.
///
/// # Errors
///
/// When a file cannot be read or written, or Binaryen fails.
pub(crate) fn optimise(workspace: &Workspace, folder: &Path, fast: &str) -> Result<(), Error> {
    let Some(wasm_opt) = setup::find_wasm_opt(workspace) else {
        println!("wasm-opt is not here: the wasm stays as the compiler wrote it");
        return Ok(());
    };
    let script = workspace.target().join("optimise.mjs");
    fs::write(&script, SCRIPT).map_err(Error::file("write", &script))?;
    let library = setup::wasm_opt_library(workspace, &wasm_opt);
    let work = |flags: &[&str], files: &[PathBuf]| match &library {
        Some(library) => run(command(workspace, "node")
            .arg(&script)
            .arg(library)
            .arg([STRIPPED, flags].concat().join(" "))
            .args(files)),
        None => files.iter().try_for_each(|file| {
            let mut one = command(workspace, &wasm_opt);
            run(one.args(STRIPPED).args(flags).arg(file).arg("-o").arg(file))
        }),
    };
    let (for_speed, for_size): (Vec<_>, Vec<_>) = wasm_files(folder)?
        .into_iter()
        .partition(|(path, _)| path.ends_with(fast));
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let batches = [(FOR_SPEED, for_speed), (FOR_SIZE, for_size)]
        .into_iter()
        .flat_map(|(flags, files)| {
            let batches = shared_out(files, workers).into_iter();
            batches.map(move |batch| (flags, batch))
        });
    let batches: Vec<_> = batches.collect();
    thread::scope(|scope| {
        let working: Vec<_> = batches
            .iter()
            .map(|(flags, batch)| scope.spawn(|| work(flags, &batch.files)))
            .collect();
        working
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// Files and their sizes in as many batches, so that all take about as long; none is empty.
fn shared_out(mut files: Vec<(PathBuf, u64)>, batches: usize) -> Vec<Batch> {
    files.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
    let mut shared: Vec<Batch> = Vec::new();
    shared.resize_with(batches.min(files.len()), Batch::default);
    for (file, bytes) in files {
        if let Some(least) = shared.iter_mut().min_by_key(|batch| batch.bytes) {
            least.files.push(file);
            least.bytes += bytes;
        }
    }
    shared
}

/// The wasm files of a folder and their sizes.
fn wasm_files(folder: &Path) -> Result<Vec<(PathBuf, u64)>, Error> {
    let entries = fs::read_dir(folder).map_err(Error::file("read", folder))?;
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    paths
        .filter(|path| path.extension() == Some(OsStr::new("wasm")))
        .map(|path| {
            let about = fs::metadata(&path).map_err(Error::file("read", &path))?;
            Ok((path, about.len()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_batch_waits_long_for_another_and_none_is_empty() {
        let files = |sizes: &[u64]| {
            let numbered = sizes.iter().enumerate();
            numbered
                .map(|(at, size)| (PathBuf::from(format!("{at}.wasm")), *size))
                .collect::<Vec<_>>()
        };
        let bytes = |sizes: &[u64], batches| {
            let shared = shared_out(files(sizes), batches).into_iter();
            shared.map(|batch| batch.bytes).collect::<Vec<_>>()
        };
        assert_eq!(bytes(&[1, 5, 2, 4], 2), [6, 6]);
        assert_eq!(bytes(&[7], 2), [7]);
        assert_eq!(bytes(&[], 2), [] as [u64; 0]);
    }
}
