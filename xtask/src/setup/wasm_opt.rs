//! wasm-opt, which makes the release build smaller and faster; the one tool that may be missing.

use std::path::{Path, PathBuf};

use super::{announce, npm};
use crate::error::Error;
use crate::process::{command, output_of};
use crate::workspace::Workspace;

/// The npm package that carries wasm-opt, and its version.
const NPM_PACKAGE: &str = "binaryen@132";

/// The oldest release that knows what rustc emits today without being told.
const OLDEST_RELEASE: u32 = 116;

/// A usable wasm-opt, if there is one.
pub(crate) fn find(workspace: &Workspace) -> Option<PathBuf> {
    let path = workspace.find_program("wasm-opt")?;
    let version = output_of(command(workspace, &path).arg("--version"))?;
    (release(&version)? >= OLDEST_RELEASE).then_some(path)
}

/// The library that a wasm-opt from npm is made of, if it is one that we installed.
pub(crate) fn library(workspace: &Workspace, wasm_opt: &Path) -> Option<PathBuf> {
    let modules = npm_folder(workspace).join("node_modules");
    let library = modules.join("binaryen/index.js");
    (wasm_opt.starts_with(&modules) && library.is_file()).then_some(library)
}

fn npm_folder(workspace: &Workspace) -> PathBuf {
    workspace.tools().join("npm")
}

/// Installs wasm-opt from npm where it is missing and npm is there; says so where it is not.
pub(super) fn ensure(workspace: &Workspace) -> Result<(), Error> {
    if find(workspace).is_some() {
        return Ok(());
    }
    let Some(npm) = workspace.find_program("npm") else {
        println!(
            "Neither wasm-opt (release {OLDEST_RELEASE} or later) nor npm is here: the build goes on and is \
             somewhat larger and slower. Install npm or binaryen to change that."
        );
        return Ok(());
    };
    announce(
        NPM_PACKAGE,
        "holds wasm-opt, which makes the release build smaller",
        "seconds",
    );
    let folder = npm_folder(workspace);
    npm::install(workspace, &npm, &folder, &[NPM_PACKAGE]).map_err(|error| Error::InstallFailed {
        tool: "wasm-opt",
        reason: error.to_string(),
    })
}

/// The number in `wasm-opt version 132 (version_132)`.
fn release(version_line: &str) -> Option<u32> {
    version_line
        .split_whitespace()
        .find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::release;

    #[test]
    fn the_release_is_the_first_number_on_the_line() {
        assert_eq!(release("wasm-opt version 132 (version_132)"), Some(132));
        assert_eq!(release("wasm-opt version 108"), Some(108));
        assert_eq!(release("wasm-opt"), None);
    }
}
