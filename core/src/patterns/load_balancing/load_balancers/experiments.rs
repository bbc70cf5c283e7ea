//! Sweeps, and what theory says of them. Work takes a second on average and messages no time, so
//! that seconds are service times and requests per server the load.

use crate::kernel::path::{Law, theory};
use crate::lab::{Experiment, Outcome, Theory};
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

pub(super) fn experiments() -> Vec<Experiment> {
    vec![
        one_choice(),
        two_choices(),
        more_choices(),
        one_as_servers_grow(),
        as_servers_grow(),
        balls_in_bins(),
        fullest_by_lot(),
        fullest_of_two(),
        workers(),
        constant_work(),
        log_normal_work(),
        short_and_long_work(),
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

fn one_as_servers_grow() -> Experiment {
    Experiment {
        x: "servers",
        values: values([8_u32, 16, 32, 64]),
        knobs: plain("random", 64, &[("rate", 0.9.into())]),
        lasts: Span::from_secs(3_000),
        theory: Theory::Curve {
            source: "1 / (1 − 0.9), whatever their number: split by chance, each is an M/M/1 queue of its own",
            at: |_| theory::mm1_time(0.9),
            tolerance: 0.02,
        },
        ..times(
            "one-as-servers-grow",
            "Chance alone, as servers grow",
            "Do more servers help, if each has its part of the calls by lot?",
        )
    }
}

fn as_servers_grow() -> Experiment {
    Experiment {
        x: "servers",
        values: values([8_u32, 16, 32, 64]),
        knobs: plain("choices", 64, &[("rate", 0.9.into())]),
        lasts: Span::from_secs(3_000),
        theory: Theory::Curve {
            source: "2.61 in the limit of many servers (Mitzenmacher 2001), and what falls as one over their number (Gast and Van Houdt 2017)",
            at: |servers| theory::two_choices_time(servers as u32, 0.9),
            tolerance: 0.03,
        },
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

/// As many requests as there are servers within an instant, and none is done by then.
fn one_each(
    rule: &'static str,
    slug: &'static str,
    name: &'static str,
    question: &'static str,
) -> Experiment {
    Experiment {
        x: "servers",
        values: values([4_u32, 8, 16, 32, 64]),
        knobs: plain(
            rule,
            64,
            &[
                ("shape", "constant".into()),
                ("rate", 100.0.into()),
                ("law", "constant".into()),
            ],
        ),
        y: "requests at the fullest server",
        measure: |run| run.value("highest"),
        lasts: Span::from_millis(10),
        seeds: 400,
        ..times(slug, name, question)
    }
}

fn fullest_by_lot() -> Experiment {
    Experiment {
        theory: Theory::Curve {
            source: "Balls in bins, exactly; for very many it grows as log n / log log n (Mitzenmacher 2001)",
            at: |servers| theory::fullest_bin(servers as u32, 1),
            tolerance: 0.01,
        },
        ..one_each(
            "random",
            "fullest-by-lot",
            "The fullest of n, by lot",
            "A request for each server, each to one drawn by lot: how does the fullest grow with their number?",
        )
    }
}

fn fullest_of_two() -> Experiment {
    Experiment {
        theory: Theory::Curve {
            source: "Balls in bins in the limit of many, which grows as log log n / log 2 (Mitzenmacher 2001)",
            at: |servers| theory::fullest_bin(servers as u32, 2),
            tolerance: 0.04,
        },
        ..one_each(
            "choices",
            "fullest-of-two",
            "The fullest of n, by two choices",
            "The same with the less busy of two: how much slower does the fullest grow?",
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

fn log_normal_work() -> Experiment {
    Experiment {
        values: values([0.3, 0.5, 0.7, 0.8]),
        knobs: plain("random", 32, &[("law", "log-normal".into())]),
        lasts: Span::from_secs(4_000),
        theory: Theory::Curve {
            source: "M/G/1: 1 + load (1 + 3.2) / (2 (1 − load)), the square of deviation over mean being 3.2 (Pollaczek and Khinchine)",
            at: |load| theory::mg1_time(load, Law::LogNormal.variability()),
            tolerance: 0.02,
        },
        ..times(
            "log-normal-work",
            "Work that is log-normal",
            "How much longer do calls wait where some take many times as long as most?",
        )
    }
}

fn short_and_long_work() -> Experiment {
    Experiment {
        values: values([0.3, 0.5, 0.7, 0.8]),
        knobs: plain("random", 32, &[("law", "bimodal".into())]),
        lasts: Span::from_secs(4_000),
        theory: Theory::Curve {
            source: "M/G/1: 1 + load (1 + 3.9) / (2 (1 − load)), the square of deviation over mean being 3.9 (Pollaczek and Khinchine)",
            at: |load| theory::mg1_time(load, Law::Bimodal.variability()),
            tolerance: 0.02,
        },
        ..times(
            "short-and-long-work",
            "Work that is short or long",
            "How long do calls wait where one in ten takes twenty times as long?",
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
