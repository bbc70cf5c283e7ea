//! Installing what a command needs, once, and reusing what is there.
//!
//! Everything that Cargo and npm install goes to `.tools/` in the repository; only the compile
//! target (rustup) and the browser (apt) are the machine's own. The tools are built with a light
//! profile: they run for seconds, so that compiling them quickly is worth more than their speed.

mod browser;
mod cargo_install;
mod npm;
mod rust;
mod wasm_opt;

use crate::error::Error;
use crate::process::{command, output_of};
use crate::workspace::Workspace;

pub(crate) use browser::{Browser, Engine, browser};
pub(crate) use npm::install as npm_install;
pub(crate) use wasm_opt::{find as find_wasm_opt, library as wasm_opt_library};

use cargo_install::CargoTool;

/// The tools are pinned: another release may read other options.
const TRUNK: CargoTool = CargoTool {
    name: "trunk",
    package: "trunk",
    purpose: "builds and serves the page",
    duration: "about three minutes",
    // Left out: looking for updates and TLS, which only a server with certificates would use.
    arguments: &["--no-default-features"],
    opt_level: "0",
};

const TRUNK_VERSION: &str = "0.21.14";

const WASM_BINDGEN: CargoTool = CargoTool {
    name: "wasm-bindgen",
    package: "wasm-bindgen-cli",
    purpose: "joins Rust and JavaScript",
    duration: "about two minutes",
    // Left out: TLS. Its test runner talks only to the driver on this machine.
    arguments: &["--no-default-features"],
    // It reads unoptimised wasm of many megabytes at each build, where level 0 is felt.
    opt_level: "1",
};

const WASM_PACK: CargoTool = CargoTool {
    name: "wasm-pack",
    package: "wasm-pack",
    purpose: "runs the tests that need a browser",
    duration: "about two minutes",
    arguments: &[],
    opt_level: "0",
};

const WASM_PACK_VERSION: &str = "0.15.1";

const MDBOOK: CargoTool = CargoTool {
    name: "mdbook",
    package: "mdbook",
    purpose: "builds a book in which an embed is tried",
    duration: "about two minutes",
    // Left out: serving, watching, searching.
    arguments: &["--no-default-features"],
    opt_level: "0",
};

const MDBOOK_VERSION: &str = "0.5.4";

/// Something that must be there before a command can do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// rustfmt and Clippy.
    Linters,
    /// The compile target `wasm32-unknown-unknown`.
    WasmTarget,
    /// Trunk, and wasm-bindgen in the version of the lock file.
    Trunk,
    /// wasm-pack, and wasm-bindgen's test runner.
    WasmPack,
    /// wasm-opt; the build goes on without it where it cannot be had.
    WasmOpt,
    /// A browser and its driver.
    Browser(Engine),
    /// mdBook, for the embeds that are tried in it.
    MdBook,
}

/// Makes sure that all of `needs` are met, installing what is missing and saying so.
///
/// # Errors
///
/// When something is missing and cannot be installed; the message says what to do.
pub(crate) fn ensure(workspace: &Workspace, needs: &[Need]) -> Result<(), Error> {
    let outcome = needs.iter().try_for_each(|need| meet(workspace, *need));
    // Kept until all tools are in, because they share dependencies; useless afterwards.
    cargo_install::remove_build_folder(workspace);
    outcome
}

fn meet(workspace: &Workspace, need: Need) -> Result<(), Error> {
    match need {
        Need::Linters => rust::ensure_linters(workspace),
        Need::WasmTarget => rust::ensure_wasm_target(workspace),
        Need::Trunk => {
            ensure_wasm_bindgen(workspace)?;
            TRUNK.ensure(workspace, TRUNK_VERSION)
        }
        Need::WasmPack => {
            ensure_wasm_bindgen(workspace)?;
            WASM_PACK.ensure(workspace, WASM_PACK_VERSION)
        }
        Need::WasmOpt => wasm_opt::ensure(workspace),
        Need::Browser(engine) => browser::ensure(workspace, engine),
        Need::MdBook => MDBOOK.ensure(workspace, MDBOOK_VERSION),
    }
}

/// wasm-bindgen's tool and library must be of the very same version.
fn ensure_wasm_bindgen(workspace: &Workspace) -> Result<(), Error> {
    let lock = workspace.read("Cargo.lock")?;
    let version = crate::lockfile::locked_version(&lock, "wasm-bindgen")?;
    WASM_BINDGEN.ensure(workspace, &version)
}

/// Whether `program --version` names exactly this version.
fn has_version(workspace: &Workspace, program: &str, version: &str) -> bool {
    workspace
        .find_program(program)
        .and_then(|path| output_of(command(workspace, path).arg("--version")))
        .is_some_and(|output| has_word(&output, version))
}

/// Some put a v before their version.
fn has_word(output: &str, version: &str) -> bool {
    let mut words = output.split_whitespace();
    words.any(|word| word.strip_prefix('v').unwrap_or(word) == version)
}

/// Tells what is about to be installed and why.
fn announce(what: &str, purpose: &str, duration: &str) {
    println!("Installing {what}: it {purpose} (once, {duration})");
}
