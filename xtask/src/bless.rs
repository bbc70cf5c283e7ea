//! Putting runs and pictures on record: what the golden tests compare with from then on.

use crate::error::Error;
use crate::process::{command, run};
use crate::workspace::Workspace;

/// Tells the golden tests to write their records instead of comparing with them.
const BLESS: &str = "ORRERY_BLESS";

/// The folder of the records.
const RECORDS: &str = "core/tests/records";

/// Writes every record anew, and shows which ones that changed.
pub(crate) fn bless(workspace: &Workspace) -> Result<(), Error> {
    let mut golden = command(workspace, "cargo");
    golden.args([
        "test",
        "--quiet",
        "--package",
        "orrery-core",
        "--test",
        "golden",
    ]);
    run(golden.env(BLESS, "1"))?;
    println!("The records in {RECORDS} are written; what changed since the last commit:");
    run(command(workspace, "git").args(["status", "--short", RECORDS]))
}
