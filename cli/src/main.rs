//! Orrery's machines without a browser: run, replay, measure, break, export.
//!
//! What is simulated and measured is `orrery-core`'s; this is arguments, files, threads and a
//! clock to tell how long it will take.

mod error;
mod export;
mod find;
mod list;
mod measure;
mod output;
mod run;
mod setting;
mod workers;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Failure;

/// System-design patterns as machines, without a browser.
///
/// Exit codes: 0 when all went well; 1 when the answer is no (another trace, no agreement with
/// theory, a file that cannot be read or written); 2 when what was asked for makes no sense.
#[derive(Debug, Parser)]
#[command(name = "orrery", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Name the patterns, or what can be set, measured and tried in one of them.
    List(list::ListArguments),
    /// Run a pattern to the end: its metrics, its promises, the hash of its trace.
    Run(run::RunArguments),
    /// Run what a link leads to, up to its instant, and compare the hash of the trace.
    Replay(run::ReplayArguments),
    /// Measure one of a pattern's experiments and hold it against theory.
    Experiment(measure::ExperimentArguments),
    /// Measure a metric while a knob, or two of them, take several values.
    Sweep(measure::SweepArguments),
    /// Join the parts of a sweep: bit for bit what one run of the whole gives.
    Merge(measure::MergeArguments),
    /// Search for a run that breaks a promise, and make it short.
    Find(find::FindArguments),
    /// Write what happens in a run, or what it measures, for another program.
    Export(export::ExportArguments),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::List(arguments) => list::list(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Replay(arguments) => run::replay(&arguments),
        Command::Experiment(arguments) => measure::experiment(&arguments),
        Command::Sweep(arguments) => measure::sweep(&arguments),
        Command::Merge(arguments) => measure::merge(&arguments),
        Command::Find(arguments) => find::find(&arguments),
        Command::Export(arguments) => export::export(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.exit_code()
        }
    }
}

type Outcome = Result<(), Failure>;
