//! The parts of the Rust toolchain that rustup adds.

use super::announce;
use crate::error::Error;
use crate::process::{command, output_of, run};
use crate::workspace::Workspace;

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Adds the compile target for the browser where it is missing.
///
/// `rust-toolchain.toml` names it too, but rustup reads that list only when it installs the
/// toolchain by itself, which a machine may have turned off.
pub(super) fn ensure_wasm_target(workspace: &Workspace) -> Result<(), Error> {
    if has_wasm_target(workspace) {
        return Ok(());
    }
    announce(WASM_TARGET, "lets Rust compile for the browser", "seconds");
    run(command(workspace, "rustup").args(["target", "add", WASM_TARGET])).map_err(|error| {
        Error::InstallFailed {
            tool: WASM_TARGET,
            reason: error.to_string(),
        }
    })
}

/// Adds rustfmt and Clippy where they are missing.
pub(super) fn ensure_linters(workspace: &Workspace) -> Result<(), Error> {
    let works =
        |tool: &str| output_of(command(workspace, "cargo").args([tool, "--version"])).is_some();
    if works("fmt") && works("clippy") {
        return Ok(());
    }
    announce(
        "rustfmt and clippy",
        "checks how the code is written",
        "seconds",
    );
    run(command(workspace, "rustup").args(["component", "add", "rustfmt", "clippy"])).map_err(
        |error| Error::InstallFailed {
            tool: "rustfmt and clippy",
            reason: error.to_string(),
        },
    )
}

/// Whether the standard library for the browser lies in the toolchain that is in use.
fn has_wasm_target(workspace: &Workspace) -> bool {
    let mut print = command(workspace, "rustc");
    print.args(["--print", "target-libdir", "--target", WASM_TARGET]);
    output_of(&mut print).is_some_and(|folder| std::path::Path::new(&folder).is_dir())
}
