//! The committed list of what every machine must agree on: one hash for each scenario's run.

use std::fs;

use orrery_core::lab;

use crate::error::Error;
use crate::workspace::Workspace;

/// The list; native and browser tests compare with it.
const LIST: &str = "core/tests/trace_hashes.txt";

/// Runs every scenario here and writes the list anew.
pub(crate) fn write_hashes(workspace: &Workspace) -> Result<(), Error> {
    let path = workspace.root().join(LIST);
    let before = fs::read_to_string(&path).unwrap_or_default();
    let lines: Vec<String> = lab::trace_hashes().collect();
    let changed = lines
        .iter()
        .filter(|line| !before.lines().any(|old| old == *line))
        .count();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(&path, text).map_err(Error::file("write", &path))?;
    println!(
        "{} scenarios, {changed} of them new or changed, in {LIST}",
        lines.len()
    );
    Ok(())
}
