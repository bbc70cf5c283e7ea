//! Sweeps, and what theory says of them. Work takes a second on average and messages no time, so
//! that seconds are service times and requests per server the load.

use crate::kernel::path::theory;
use crate::lab::{Experiment, Outcome, Theory};
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

pub(super) fn experiments() -> Vec<Experiment> {
    vec![
        one_choice(),
        two_choices(),
        more_choices(),
        as_servers_grow(),
        balls_in_bins(),
        workers(),
        constant_work(),
        no_room(),
        stale(),
    ]
}

/// Values of a knob.
fn values<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Vec<Value> {
    values.into_iter().map(Into::into).collect()
}

/// Servers as the theory of queues has them, under a rule.
fn plain(
    rule: &'static str,
    servers: u32,
    more: &[(&'static str, Value)],
) -> Vec<(&'static str, Value)> {
    let mut knobs: Vec<(&'static str, Value)> = vec![
        ("rule", rule.into()),
        ("servers", servers.into()),
        ("work", 1_000.0.into()),
        ("latency", 0.0.into()),
        ("timeout", 0.0.into()),
        ("retries", 0.into()),
        ("room", 10_000.into()),
        ("patience", 600_000.0.into()),
    ];
    knobs.retain(|(key, _)| more.iter().all(|(other, _)| other != key));
    knobs.extend_from_slice(more);
    knobs
}

/// Mean time from call to answer, in service times.
fn mean_time(run: &Outcome) -> f64 {
    run.mean("latency")
}

/// What an experiment about mean times has in common with the others.
fn times(slug: &'static str, name: &'static str, question: &'static str) -> Experiment {
    Experiment {
        slug,
        name,
        question,
        x: "rate",
        values: Vec::new(),
        lines: None,
        knobs: Vec::new(),
        script: Vec::new(),
        y: "service times",
        measure: mean_time,
        lasts: Span::from_secs(1_200),
        seeds: 5,
        theory: Theory::None("it is set below"),
    }
}

fn one_choice() -> Experiment {
    Experiment {
        values: values([0.5, 0.7, 0.8, 0.9]),
        knobs: plain("random", 64, &[]),
        lasts: Span::from_secs(2_000),
        theory: Theory::Curve {
            source: "Split by chance, each server is an M/M/1 queue: 1 / (1 − load). At 0.9 that is 10.",
            at: theory::mm1_time,
            tolerance: 0.02,
        },
        ..times(
            "one-choice",
            "Chance alone",
            "How long does a call take when servers are drawn by lot?",
        )
    }
}

fn two_choices() -> Experiment {
    Experiment {
        values: values([0.5, 0.7, 0.8, 0.9, 0.95]),
        knobs: plain("choices", 64, &[]),
        lasts: Span::from_secs(400),
        theory: Theory::Curve {
            source: "The sum of load^(2^i − 2), i from 1, in the limit of many servers (Mitzenmacher 2001). At 0.9 that is 2.61.",
            at: |load| theory::choices_time(2, load),
            tolerance: 0.03,
        },
        ..times(
            "two-choices",
            "The better of two",
            "How long does it take when the less busy one of two gets the request?",
        )
    }
}

fn more_choices() -> Experiment {
    Experiment {
        x: "choices",
        values: values(2..=5_u32),
        knobs: plain("choices", 64, &[("rate", 0.9.into())]),
        lasts: Span::from_secs(400),
        theory: Theory::Curve {
            source: "The sum of 0.9^((d^i − d) / (d − 1)), i from 1, in the limit of many servers",
            at: |choices| theory::choices_time(choices as u32, 0.9),
            tolerance: 0.03,
        },
        ..times(
            "more-choices",
            "The best of d",
            "What does a third choice bring, after the second?",
        )
    }
}

fn as_servers_grow() -> Experiment {
    Experiment {
        x: "servers",
        values: values([2_u32, 4, 8, 16, 32, 64]),
        knobs: plain("choices", 2, &[("rate", 0.9.into())]),
        lasts: Span::from_secs(500),
        theory: Theory::None(
            "a closed form is known for very many servers only: 2.61 at this load",
        ),
        ..times(
            "as-servers-grow",
            "The better of two, as servers grow",
            "How soon do many servers behave like very many?",
        )
    }
}

fn balls_in_bins() -> Experiment {
    Experiment {
        x: "choices",
        values: values(1..=4_u32),
        lines: None,
        knobs: plain(
            "choices",
            64,
            &[("rate", 0.0.into()), ("law", "constant".into())],
        ),
        script: vec![(
            SimTime::from_millis(10),
            Call::new("send").with("requests", 64),
        )],
        y: "requests at the fullest server",
        measure: |run| run.value("highest"),
        lasts: Span::from_millis(100),
        seeds: 200,
        theory: Theory::Curve {
            source: "Balls in bins: exact for one choice, the limit of many bins for more (Mitzenmacher 2001)",
            at: |choices| theory::fullest_bin(64, choices as u32),
            tolerance: 0.03,
        },
        ..times(
            "balls-in-bins",
            "As many requests as servers, at once",
            "How many does the fullest server get?",
        )
    }
}

fn workers() -> Experiment {
    Experiment {
        values: values([2.0, 2.8, 3.2]),
        knobs: plain("random", 8, &[("workers", 4.into())]),
        theory: Theory::Curve {
            source: "M/M/4: 1 + C / (4 − load), with Erlang’s C",
            at: |load| theory::mmc_time(4, load),
            tolerance: 0.02,
        },
        ..times(
            "workers",
            "Four workers behind one queue",
            "How long does a call take at servers with four workers?",
        )
    }
}

fn constant_work() -> Experiment {
    Experiment {
        values: values([0.5, 0.7, 0.8]),
        knobs: plain("random", 32, &[("law", "constant".into())]),
        theory: Theory::Curve {
            source: "M/D/1: 1 + load / (2 (1 − load)) (Pollaczek and Khinchine)",
            at: |load| theory::mg1_time(load, 0.0),
            tolerance: 0.02,
        },
        ..times(
            "constant-work",
            "Work that does not vary",
            "How much of the waiting comes from work that varies?",
        )
    }
}

fn no_room() -> Experiment {
    Experiment {
        values: values([0.5, 0.8, 1.0, 1.2, 1.5]),
        knobs: plain("random", 16, &[("room", 4.into())]),
        y: "share of calls turned away",
        measure: |run| run.ratio("failed", "calls"),
        theory: Theory::Curve {
            source: "M/M/1/5: the share of calls that find four waiting and one at work",
            at: |load| theory::mm1k_refused(load, 5),
            tolerance: 0.02,
        },
        ..times(
            "no-room",
            "Room for four",
            "How many calls are turned away where only four can wait?",
        )
    }
}

fn stale() -> Experiment {
    Experiment {
        x: "posted",
        values: values([100.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0]),
        knobs: plain("least", 16, &[("rate", 0.8.into())]),
        lasts: Span::from_secs(600),
        theory: Theory::None("it depends on the whole history of each board; chance alone takes 5"),
        ..times(
            "stale",
            "Least connections by an old board",
            "From which age on is the shortest queue on the board worse than chance?",
        )
    }
}
