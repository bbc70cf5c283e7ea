//! The project's commands: `cargo xtask <command>`.
#![expect(
    clippy::print_stdout,
    reason = "telling the person at the terminal is what this crate is for"
)]

mod bench_hunt;
mod bench_page;
mod bench_wasm;
mod bless;
mod build;
mod embed;
mod embeds;
mod error;
mod fingers;
mod glue;
mod guests;
mod html;
mod join;
mod journey;
mod lab;
mod lockfile;
mod new_pattern;
mod optimise;
mod outage;
mod pack;
mod post_build;
mod process;
mod readers;
mod registry;
mod serve;
mod setup;
mod site;
mod smoke;
mod split;
mod static_server;
mod steps;
mod styles;
mod tally;
mod test;
mod visit;
mod webdriver;
mod wire;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use crate::bench_hunt::BenchHuntArguments;
use crate::bench_page::BenchPageArguments;
use crate::bless::BlessArguments;
use crate::build::BuildArguments;
use crate::error::Error;
use crate::new_pattern::NewPatternArguments;
use crate::serve::ServeArguments;
use crate::test::TestArguments;
use crate::workspace::Workspace;

/// Builds, serves and tests Orrery. What a command needs and does not find, it installs first.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
enum Cli {
    /// Build and serve the app here, and rebuild it when a file changes.
    Serve(ServeArguments),
    /// Build the site for any static host, into dist/.
    Build(BuildArguments),
    /// Check formatting and lints, run all tests, and try the built site in a browser.
    Test(TestArguments),
    /// All of `test`, and what takes longer: documentation, exports read by
    /// Mermaid, embeds in documentation tools, the template of a new pattern.
    Ci(TestArguments),
    /// Begin a pattern: a folder that compiles, is registered, and is tested for what is missing.
    NewPattern(NewPatternArguments),
    /// Put runs, pictures and links on record: hashes on which native and browser agree, scenes as
    /// text, links to each new pattern.
    #[command(visible_alias = "hashes")]
    Bless(BlessArguments),
    /// Measure what pages cost: main-thread time per frame, bytes over the wire.
    BenchPage(BenchPageArguments),
    /// Measure the search for broken promises in a browser: how soon it finds, and how the page
    /// answers meanwhile.
    BenchHunt(BenchHuntArguments),
    /// Measure the engine as wasm in a browser beside the same run natively.
    BenchWasm,
    /// Finish a build; Trunk calls this.
    #[command(hide = true)]
    PostBuild,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let workspace = Workspace::find();
    let outcome = match cli {
        Cli::Serve(arguments) => serve::serve(&workspace, &arguments),
        Cli::Build(arguments) => build::build(&workspace, &arguments),
        Cli::Test(arguments) => test::test(&workspace, &arguments),
        Cli::Ci(arguments) => test::ci(&workspace, &arguments),
        Cli::NewPattern(arguments) => new_pattern::new_pattern(&workspace, &arguments),
        Cli::Bless(arguments) => bless::bless(&workspace, &arguments),
        Cli::BenchPage(arguments) => bench_page::bench_page(&workspace, &arguments),
        Cli::BenchHunt(arguments) => bench_hunt::bench_hunt(&workspace, &arguments),
        Cli::BenchWasm => bench_wasm::bench_wasm(&workspace),
        Cli::PostBuild => post_build::post_build(&workspace),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // The closing lines of a test run have said it already, and the count must come last.
        Err(Error::StepFailed { .. }) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
