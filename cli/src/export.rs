//! A run as a file for another program.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use orrery_core::export::{TRACE_EVENTS_MAX, Trace, charts_csv};

use crate::Outcome;
use crate::error::Failure;
use crate::output::write;
use crate::setting::Setting;

/// What to export, and as what.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    setting: Setting,
    /// The form of the file.
    #[arg(long)]
    format: Format,
    /// Write what is measured over time instead of what happens; as CSV only.
    #[arg(long)]
    charts: bool,
    /// Write into this file; print it if there is none or it is `-`.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The forms of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table, one event in a row.
    Csv,
    /// Everything, to be read again.
    Json,
    /// A sequence diagram for a README, of the end of the run.
    Mermaid,
    /// A log with vector clocks for ShiViz.
    Shiviz,
    /// A timeline for Perfetto or chrome://tracing.
    Chrome,
}

/// Plays the run and writes it.
pub(crate) fn export(arguments: &ExportArguments) -> Outcome {
    if arguments.charts && arguments.format != Format::Csv {
        return Err(Failure::Usage(
            "--charts come as --format csv only".to_owned(),
        ));
    }
    let meant = arguments.setting.resolve()?;
    let text = if arguments.charts {
        let mut session = (meant.pattern.machine.open)(meant.state())?;
        session.seek(meant.until);
        charts_csv(meant.pattern, session.as_ref())
    } else {
        let trace = Trace::record(meant.pattern, meant.state(), meant.until)?;
        if trace.left_out > 0 {
            eprintln!(
                "note: only the last {TRACE_EVENTS_MAX} events are written; {} before them are left out",
                trace.left_out
            );
        }
        match arguments.format {
            Format::Csv => trace.to_csv(),
            Format::Json => trace.to_json(),
            Format::Mermaid => trace.to_mermaid(),
            Format::Shiviz => trace.to_shiviz(),
            Format::Chrome => trace.to_chrome(),
        }
    };
    write(arguments.output.as_deref(), &text)
}
