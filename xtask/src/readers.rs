//! What is exported, read by the programs that it is meant for.

use std::fs;
use std::path::{Path, PathBuf};

use orrery_core::catalog::PATTERNS;
use orrery_core::export::Trace;
use orrery_core::time::SimTime;

use crate::error::Error;
use crate::process::{command, run_counting};
use crate::setup;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// From npm: Mermaid, and the page that it takes for granted.
const PACKAGES: [&str; 2] = ["mermaid@11.17.2", "jsdom@29.1.1"];

const SCRIPT: &str = include_str!("readers.mjs");

/// Has Mermaid read the diagram of every scenario of every pattern.
pub(crate) fn check(workspace: &Workspace, tally: &mut Tally) -> Result<(), Error> {
    let Some(npm) = workspace.find_program("npm") else {
        println!(
            "npm is not here, from which Mermaid would come: left out. Install npm to change that."
        );
        return Ok(());
    };
    let folder = workspace.tools().join("readers");
    setup::npm_install(workspace, &npm, &folder, &PACKAGES)?;
    let script = folder.join("readers.mjs");
    write(&script, SCRIPT)?;
    let diagrams = write_diagrams(&workspace.target().join("readers"))?;
    run_counting(command(workspace, "node").arg(script).args(diagrams), tally)
}

fn write_diagrams(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    let mut paths = Vec::new();
    for pattern in PATTERNS {
        for scenario in (pattern.scenarios)() {
            let path = folder.join(format!("{}-{}.mmd", pattern.card.slug, scenario.slug));
            let until = SimTime::ZERO + scenario.lasts;
            let trace = Trace::record(pattern, &scenario.state(), until)
                .expect("a pattern opens its own scenarios, which the contract tests hold it to");
            write(&path, &trace.to_mermaid())?;
            paths.push(path);
        }
    }
    Ok(paths)
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(Error::file("write", path))
}
