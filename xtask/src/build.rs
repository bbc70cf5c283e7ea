//! The release build of the site.

use crate::error::Error;
use crate::process::{command, run};
use crate::setup::{self, Need};
use crate::split;
use crate::workspace::Workspace;

/// What building the site takes.
pub(crate) const NEEDS: [Need; 3] = [Need::WasmTarget, Need::Trunk, Need::WasmOpt];

/// Builds `dist/`: a folder of files that works from any host, under any path.
pub(crate) fn build(workspace: &Workspace) -> Result<(), Error> {
    setup::ensure(workspace, &NEEDS)?;
    trunk_build(workspace)?;
    println!("The site is in {}", workspace.dist().display());
    Ok(())
}

/// Runs Trunk, which calls `post-build` at its end.
pub(crate) fn trunk_build(workspace: &Workspace) -> Result<(), Error> {
    run(command(workspace, "trunk")
        .args(["build", "--release", "--dist"])
        .arg(workspace.dist())
        .args(split::FEATURES)
        .envs(split::ENVIRONMENT))
}
