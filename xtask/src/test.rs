//! The steps of testing, in order of how soon they tell.

use std::ffi::OsStr;
use std::process::Command;

use crate::build::{self, BuildArguments};
use crate::embeds;
use crate::error::Error;
use crate::journey;
use crate::new_pattern;
use crate::process::{command, run, run_counting};
use crate::readers;
use crate::setup::{self, Engine, Need};
use crate::smoke;
use crate::steps::{self, Step};
use crate::tally::Tally;
use crate::workspace::Workspace;

/// What testing takes beyond building.
const NEEDS: [Need; 4] = [
    Need::Linters,
    Need::WasmPack,
    Need::Browser(Engine::Chromium),
    Need::Browser(Engine::Firefox),
];

/// Denies what the compiler and Clippy only warn about.
const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Which steps to take.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct TestArguments {
    /// Take only the steps whose name contains this, such as `smoke`.
    #[arg(long)]
    only: Option<String>,
}

const STEPS: [Step; 10] = [
    Step::new("tools", |workspace, _| tools(workspace)),
    Step::new("formatting", |workspace, _| formatting(workspace)),
    Step::new("lints, native", |workspace, _| native_lints(workspace)),
    Step::new("lints, browser", |workspace, _| browser_lints(workspace)),
    Step::new("native tests and doctests", native_tests),
    Step::new("browser tests, Chromium", |workspace, tally| {
        browser_tests(workspace, Engine::Chromium, tally)
    }),
    Step::new("browser tests, Firefox", |workspace, tally| {
        browser_tests(workspace, Engine::Firefox, tally)
    }),
    Step::new("release build for the smoke test", |workspace, _| {
        build::trunk_build(workspace, &BuildArguments::default())
    }),
    Step::new("smoke test of the built site", smoke::smoke),
    Step::new("journey through the built site", journey::journey),
];

/// What takes too long for every change but must hold as well.
const LONGER_STEPS: [Step; 5] = [
    Step::new("lints, benches", |workspace, _| bench_lints(workspace)),
    Step::new("documentation", |workspace, _| documentation(workspace)),
    Step::new("exports, read by Mermaid", readers::check),
    Step::new("Embeds in documentation tools", embeds::check),
    Step::new("template of a new pattern", new_pattern::check_template),
];

/// Everything that must hold before a change is good.
pub(crate) fn test(workspace: &Workspace, arguments: &TestArguments) -> Result<(), Error> {
    steps::run(workspace, &arguments.choose(&STEPS)?)
}

/// What [`test`] does, and what takes longer.
pub(crate) fn ci(workspace: &Workspace, arguments: &TestArguments) -> Result<(), Error> {
    let all = [&STEPS[..], &LONGER_STEPS[..]].concat();
    steps::run(workspace, &arguments.choose(&all)?)
}

impl TestArguments {
    /// The steps that were asked for, behind the one that brings the tools.
    fn choose(&self, steps: &[Step]) -> Result<Vec<Step>, Error> {
        let Some(word) = &self.only else {
            return Ok(steps.to_vec());
        };
        let is_meant = |step: &Step| step.name.contains(word.as_str());
        if !steps.iter().any(is_meant) {
            let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
            return Err(Error::NoSuchStep {
                word: word.clone(),
                names: names.join("; "),
            });
        }
        let chosen = steps
            .iter()
            .enumerate()
            .filter(|(index, step)| *index == 0 || is_meant(step));
        Ok(chosen.map(|(_, step)| *step).collect())
    }
}

fn tools(workspace: &Workspace) -> Result<(), Error> {
    setup::ensure(workspace, &[&build::NEEDS[..], &NEEDS[..]].concat())
}

fn formatting(workspace: &Workspace) -> Result<(), Error> {
    run(&mut cargo(workspace, ["fmt", "--all", "--check"]))
}

fn native_lints(workspace: &Workspace) -> Result<(), Error> {
    run(cargo(workspace, ["clippy", "--quiet", "--all-targets"]).args(DENY_WARNINGS))
}

fn browser_lints(workspace: &Workspace) -> Result<(), Error> {
    let mut clippy = cargo(
        workspace,
        ["clippy", "--quiet", "--package", "orrery", "--all-targets"],
    );
    run(clippy.args(["--target", WASM_TARGET]).args(DENY_WARNINGS))
}

fn bench_lints(workspace: &Workspace) -> Result<(), Error> {
    let mut clippy = cargo(
        workspace,
        [
            "clippy",
            "--quiet",
            "--package",
            "orrery-bench",
            "--all-targets",
        ],
    );
    run(clippy.args(DENY_WARNINGS))
}

fn native_tests(workspace: &Workspace, tally: &mut Tally) -> Result<(), Error> {
    run_counting(&mut cargo(workspace, ["test", "--no-fail-fast"]), tally)
}

fn browser_tests(workspace: &Workspace, engine: Engine, tally: &mut Tally) -> Result<(), Error> {
    let browser = setup::browser(workspace, engine)?;
    let (which, driver) = match engine {
        Engine::Chromium => ("--chrome", "--chromedriver"),
        Engine::Firefox => ("--firefox", "--geckodriver"),
    };
    let mut wasm_pack = command(workspace, "wasm-pack");
    wasm_pack
        .args(["test", "--mode", "no-install", "--headless", which, driver])
        .arg(browser.driver)
        // Without this it would compile the whole workspace for the browser, this crate included.
        .args(["--", "--package", "orrery"])
        // For all tests of a file together; 20 by default, which a busy machine needs for a few.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
        // A test that fails says where; the runner's own stack tells nothing.
        .env("RUST_BACKTRACE", "0");
    run_counting(&mut wasm_pack, tally)
}

fn documentation(workspace: &Workspace) -> Result<(), Error> {
    let mut doc = cargo(workspace, ["doc", "--quiet", "--no-deps", "--workspace"]);
    run(doc
        .args(["--exclude", "xtask"])
        .env("RUSTDOCFLAGS", "-D warnings"))
}

fn cargo<I: IntoIterator<Item: AsRef<OsStr>>>(workspace: &Workspace, arguments: I) -> Command {
    let mut cargo = command(workspace, "cargo");
    cargo.args(arguments);
    cargo
}
