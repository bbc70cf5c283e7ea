//! Packages from npm.

use std::path::Path;

use crate::error::Error;
use crate::process::{command, run};
use crate::workspace::Workspace;

/// Has `npm`, the program, install packages into a folder of their own.
///
/// # Errors
///
/// When the folder cannot be made, or npm cannot be started or fails.
pub(crate) fn install(
    workspace: &Workspace,
    npm: &Path,
    folder: &Path,
    packages: &[&str],
) -> Result<(), Error> {
    std::fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    let quiet = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
    let mut install = command(workspace, npm);
    install
        .current_dir(folder)
        .args(quiet)
        .args(["--prefix", "."])
        .args(packages);
    run(&mut install)
}
