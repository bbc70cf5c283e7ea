//! Builds the lab's worker beside the app: a second wasm program, without a page.

use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::process::{command, run};
use crate::split::hash;
use crate::workspace::Workspace;

const PACKAGE: &str = "orrery-worker";
const PROGRAM: &str = "lab";
const TARGET: &str = "wasm32-unknown-unknown";

/// The files of the worker, by names in the site's root that change with their content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LabFiles {
    /// The script that a worker begins with.
    pub(crate) script: String,
    /// The wasm that the page compiles for it.
    pub(crate) wasm: String,
}

/// Compiles the worker and puts it into `staging`.
pub(crate) fn build(
    workspace: &Workspace,
    staging: &Path,
    release: bool,
) -> Result<LabFiles, Error> {
    let mut cargo = command(workspace, "cargo");
    cargo.args(["build", "--package", PACKAGE, "--target", TARGET]);
    if release {
        cargo.arg("--release");
    }
    run(&mut cargo)?;
    let profile = if release { "release" } else { "debug" };
    let compiled = workspace
        .target()
        .join(TARGET)
        .join(profile)
        .join(format!("{PROGRAM}.wasm"));
    let wasm = fs::read(&compiled).map_err(Error::file("read", &compiled))?;
    let name = format!("{PROGRAM}-{}", hash(&wasm));
    run(command(workspace, "wasm-bindgen")
        .args(["--target", "web", "--no-typescript", "--out-name", &name])
        .arg("--out-dir")
        .arg(staging)
        .arg(&compiled))?;
    let source = workspace.root().join("worker/begin.js");
    let begin = fs::read_to_string(&source).map_err(Error::file("read", &source))?;
    let script = format!("{name}-begin.js");
    let to = staging.join(&script);
    let begin = begin.replace(&format!("./{PROGRAM}.js"), &format!("./{name}.js"));
    fs::write(&to, begin).map_err(Error::file("write", &to))?;
    Ok(LabFiles {
        script,
        wasm: format!("{name}_bg.wasm"),
    })
}
