//! What can be measured, and what theory says of it.

use crate::lab::{Experiment, Lines, Outcome, Theory};
use crate::time::Span;
use crate::value::Value;

/// Every experiment.
pub(super) fn all() -> Vec<Experiment> {
    vec![
        bytes_per_sync(),
        convergence_by_interval(),
        convergence_by_loss(),
    ]
}

fn message_size(outcome: &Outcome) -> f64 {
    outcome.mean("message_size")
}

fn convergence(outcome: &Outcome) -> f64 {
    outcome.mean("convergence")
}

/// One size of text after the other, sent in each way.
fn bytes_per_sync() -> Experiment {
    Experiment {
        slug: "bytes",
        name: "Bytes per sync: states, deltas, operations",
        question: "How many bytes does a message take as the data grows?",
        x: "size",
        values: [250, 500, 1_000, 2_000].map(Value::from).to_vec(),
        lines: Some(Lines {
            knob: "sync",
            values: ["states", "deltas", "operations"].map(Value::from).to_vec(),
        }),
        knobs: vec![
            ("data", "text".into()),
            ("replicas", 2.into()),
            ("rate", 0.2.into()),
        ],
        script: Vec::new(),
        y: "mean size of a message, bytes",
        measure: message_size,
        lasts: Span::from_secs(20),
        seeds: 6,
        theory: Theory::Lines {
            source: "a whole state takes one byte for each character of the start, with what is typed beside it; deltas and operations hold what was edited since the last one, whatever the size of the rest, and have no curve",
            at: |sync, size| (*sync == Value::from("states")).then_some(size + 20.0),
            tolerance: 0.08,
        },
    }
}

const LATENCY_MS: f64 = 40.0;
const INTERVAL_MS: f64 = 500.0;

/// Two replicas of a counter that send each other their state.
fn between_two() -> Experiment {
    Experiment {
        slug: "",
        name: "",
        question: "How long until both replicas have an edit?",
        x: "interval",
        values: Vec::new(),
        lines: None,
        knobs: vec![
            ("data", "g-counter".into()),
            ("replicas", 2.into()),
            ("sync", "states".into()),
            ("latency", LATENCY_MS.into()),
            ("rate", 2.into()),
        ],
        script: Vec::new(),
        y: "mean time until an edit is everywhere, s",
        measure: convergence,
        lasts: Span::from_secs(60),
        seeds: 8,
        theory: Theory::None(""),
    }
}

fn convergence_by_interval() -> Experiment {
    Experiment {
        slug: "convergence-interval",
        name: "Convergence against the gossip interval",
        values: [200, 500, 1_000, 2_000].map(Value::from).to_vec(),
        theory: Theory::Curve {
            source: "an edit waits half an interval for the next message, then one delay",
            at: |interval_ms| (interval_ms / 2.0 + LATENCY_MS) / 1_000.0,
            tolerance: 0.03,
        },
        ..between_two()
    }
}

fn convergence_by_loss() -> Experiment {
    let mut knobs = between_two().knobs;
    knobs.push(("interval", INTERVAL_MS.into()));
    Experiment {
        slug: "convergence-loss",
        name: "Convergence against loss",
        x: "loss",
        values: [0, 10, 20, 40, 60].map(Value::from).to_vec(),
        knobs,
        theory: Theory::Curve {
            source: "each lost message costs one more interval: p / (1 − p) of them on average",
            at: |loss| {
                let p = loss / 100.0;
                (INTERVAL_MS * (0.5 + p / (1.0 - p)) + LATENCY_MS) / 1_000.0
            },
            tolerance: 0.05,
        },
        ..between_two()
    }
}
