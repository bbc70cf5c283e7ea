//! Everything that must hold before a change is good, in order of how soon it tells.

use std::ffi::OsStr;
use std::process::Command;
use std::time::Instant;

use crate::build;
use crate::error::Error;
use crate::process::{command, run, run_counting};
use crate::setup::{self, Need};
use crate::smoke;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// What testing takes beyond building.
const NEEDS: [Need; 3] = [Need::Linters, Need::WasmPack, Need::Browser];

/// Denies what the compiler and Clippy only warn about.
const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// One thing to do, and what it is called when it fails.
struct Step {
    name: &'static str,
    run: fn(&Workspace, &mut Tally) -> Result<(), Error>,
}

const STEPS: [Step; 8] = [
    Step {
        name: "tools",
        run: |workspace, _| tools(workspace),
    },
    Step {
        name: "formatting",
        run: |workspace, _| formatting(workspace),
    },
    Step {
        name: "lints, native",
        run: |workspace, _| native_lints(workspace),
    },
    Step {
        name: "lints, browser",
        run: |workspace, _| browser_lints(workspace),
    },
    Step {
        name: "native tests and doctests",
        run: native_tests,
    },
    Step {
        name: "browser tests",
        run: browser_tests,
    },
    Step {
        name: "release build",
        run: |workspace, _| build::trunk_build(workspace),
    },
    Step {
        name: "smoke test of the built site",
        run: smoke::smoke,
    },
];

/// Runs the steps until one fails; the last line printed is the count of tests.
///
/// A step that fails without a failed test, as when something does not compile, counts as one
/// failure, so that the closing line never reads as success.
pub(crate) fn test(workspace: &Workspace) -> Result<(), Error> {
    let started = Instant::now();
    let mut total = Tally::default();
    let mut outcome = Ok(());
    for (index, step) in STEPS.iter().enumerate() {
        outcome = run_step(workspace, index, step, &mut total);
        if outcome.is_err() {
            break;
        }
    }
    let verdict = if outcome.is_ok() {
        "All steps passed"
    } else {
        "Stopped"
    };
    println!("\n{verdict} after {} s", started.elapsed().as_secs());
    if let Err(error) = &outcome {
        println!("{error}");
    }
    println!("{total}");
    outcome
}

fn run_step(
    workspace: &Workspace,
    index: usize,
    step: &Step,
    total: &mut Tally,
) -> Result<(), Error> {
    let started = Instant::now();
    println!("\n[{}/{}] {}", index + 1, STEPS.len(), step.name);
    let mut tally = Tally::default();
    let outcome = (step.run)(workspace, &mut tally);
    let failed = outcome.is_err() || tally.failed > 0;
    if let Err(error) = outcome {
        println!("error: {error}");
        tally.failed = tally.failed.max(1);
    }
    *total += tally;
    let verdict = if failed { "FAILED" } else { "ok" };
    println!(
        "[{}/{}] {}: {verdict}, {:.1} s",
        index + 1,
        STEPS.len(),
        step.name,
        started.elapsed().as_secs_f64()
    );
    if failed {
        Err(Error::StepFailed {
            step: step.name.to_owned(),
        })
    } else {
        Ok(())
    }
}

fn tools(workspace: &Workspace) -> Result<(), Error> {
    setup::ensure(workspace, &[&build::NEEDS[..], &NEEDS[..]].concat())
}

fn formatting(workspace: &Workspace) -> Result<(), Error> {
    run(&mut cargo(workspace, ["fmt", "--all", "--check"]))
}

fn native_lints(workspace: &Workspace) -> Result<(), Error> {
    run(cargo(
        workspace,
        ["clippy", "--quiet", "--workspace", "--all-targets"],
    )
    .args(DENY_WARNINGS))
}

fn browser_lints(workspace: &Workspace) -> Result<(), Error> {
    let mut clippy = cargo(
        workspace,
        ["clippy", "--quiet", "--package", "orrery", "--all-targets"],
    );
    run(clippy.args(["--target", WASM_TARGET]).args(DENY_WARNINGS))
}

fn native_tests(workspace: &Workspace, tally: &mut Tally) -> Result<(), Error> {
    run_counting(&mut cargo(workspace, ["test", "--workspace"]), tally)
}

fn browser_tests(workspace: &Workspace, tally: &mut Tally) -> Result<(), Error> {
    let browser = setup::browser(workspace)?;
    let mut wasm_pack = command(workspace, "wasm-pack");
    wasm_pack
        .args([
            "test",
            "--mode",
            "no-install",
            "--headless",
            "--chrome",
            "--chromedriver",
        ])
        .arg(browser.driver)
        // Without this it would compile the whole workspace for the browser, this crate included.
        .args(["--", "--package", "orrery"]);
    run_counting(&mut wasm_pack, tally)
}

fn cargo<I: IntoIterator<Item: AsRef<OsStr>>>(workspace: &Workspace, arguments: I) -> Command {
    let mut cargo = command(workspace, "cargo");
    cargo.args(arguments);
    cargo
}
