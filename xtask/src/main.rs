//! The project's commands: `cargo xtask <command>`.
#![expect(
    clippy::print_stdout,
    reason = "telling the person at the terminal is what this crate is for"
)]

mod build;
mod error;
mod html;
mod lockfile;
mod post_build;
mod process;
mod registry;
mod serve;
mod setup;
mod smoke;
mod static_server;
mod tally;
mod test;
mod webdriver;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use crate::serve::ServeArguments;
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
    Build,
    /// Check formatting and lints, run all tests, and try the built site in a browser.
    Test,
    /// What the continuous integration runs.
    Ci,
    /// Finish a build; Trunk calls this.
    #[command(hide = true)]
    PostBuild,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let workspace = Workspace::find();
    let outcome = match cli {
        Cli::Serve(arguments) => serve::serve(&workspace, &arguments),
        Cli::Build => build::build(&workspace),
        Cli::Test => return exit_code(test::test(&workspace).is_ok()),
        Cli::Ci => return exit_code(test::test(&workspace).is_ok()),
        Cli::PostBuild => post_build::post_build(&workspace),
    };
    if let Err(error) = &outcome {
        eprintln!("error: {error}");
    }
    exit_code(outcome.is_ok())
}

fn exit_code(success: bool) -> ExitCode {
    if success {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
