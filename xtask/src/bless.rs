//! Putting runs, pictures and links on record: what the tests compare with from then on.

use std::process::Command;

use orrery_core::catalog::{self, CARDS};

use crate::error::Error;
use crate::process::{command, run};
use crate::workspace::Workspace;

/// Tells the tests to write their records instead of comparing with them.
const BLESS: &str = "ORRERY_BLESS";

/// Names the patterns that tests are about.
pub(crate) const PATTERN: &str = "ORRERY_PATTERN";

/// The folder of the records.
const RECORDS: &str = "core/tests/records";

/// Which patterns to put on record.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BlessArguments {
    /// Their slugs, such as `token-bucket`; all patterns when none is given.
    #[arg(value_name = "SLUG")]
    slugs: Vec<String>,
}

/// Writes the records anew, and shows which ones changed.
pub(crate) fn bless(workspace: &Workspace, arguments: &BlessArguments) -> Result<(), Error> {
    let is_unknown = |slug: &&String| catalog::find(slug).is_none();
    if let Some(slug) = arguments.slugs.iter().find(is_unknown) {
        let known: Vec<&str> = CARDS.iter().map(|card| card.slug).collect();
        return Err(Error::NoSuchPattern {
            slug: slug.clone(),
            known: known.join(", "),
        });
    }
    run(&mut writing(workspace, &arguments.slugs))?;
    println!("The records in {RECORDS} are written; what changed since the last commit:");
    run(command(workspace, "git").args(["status", "--short", RECORDS]))
}

/// The command that writes the records of these patterns, or of all when none is named, and adds
/// links to patterns of which there are too few on record.
pub(crate) fn writing(workspace: &Workspace, slugs: &[String]) -> Command {
    let mut tests = command(workspace, "cargo");
    tests
        .args(["test", "--quiet", "--package", "orrery-core"])
        .args(["--test", "golden", "--test", "links", "--", "on_record"])
        .env(BLESS, "1")
        .env_remove(PATTERN);
    if !slugs.is_empty() {
        tests.env(PATTERN, slugs.join(","));
    }
    tests
}
