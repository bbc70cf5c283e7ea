//! Runs and measurements as files for other programs: CSV, JSON, Mermaid, ShiViz, Chrome trace.
//!
//! Each of them says what it takes to make it again, as far as its format has room for that.
//! Labels are made by models from what people type; each format's own way of escaping keeps them
//! from being read as anything but text.

mod chrome;
mod measured;
mod mermaid;
mod shiviz;
mod trace;

pub use measured::{
    EnsembleDocument, SweepDocument, charts_csv, compare_csv, ensemble_bands_csv, ensemble_csv,
    ensemble_json, points_csv, read_sweep, readings_csv, sweep_json,
};
pub use mermaid::MERMAID_CHARS_MAX;
pub use shiviz::SHIVIZ_PATTERN;
pub use trace::{Kind, TRACE_EVENTS_MAX, Trace, TraceEvent, TraceNode};

/// The version of Orrery that makes the files.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A table as CSV (RFC 4180), its header first.
fn table(rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer
            .write_record(row)
            .expect("all rows have the length of the header, and memory takes what is written");
    }
    let bytes = writer.into_inner().expect("memory takes what is written");
    String::from_utf8(bytes).expect("text is written and nothing else")
}

/// A number as it reads back; nothing where there is none.
fn number(value: f64) -> String {
    if value.is_finite() {
        value.to_string()
    } else {
        String::new()
    }
}
