//! Sweeps, and what theory says of them.

use crate::lab::{Experiment, Theory};
use crate::prelude::*;

pub(super) fn experiments() -> Vec<Experiment> {
    vec![
        split_votes(),
        time_to_elect(),
        time_to_commit(),
        after_a_crash(),
        availability(),
        reads(),
    ]
}

/// Values of a knob.
fn values<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Vec<Value> {
    values.into_iter().map(Into::into).collect()
}

/// One election and nothing else: no clients, no disk, every message as long on its way.
fn one_election() -> Vec<(&'static str, Value)> {
    vec![
        ("busy", false.into()),
        ("pre_vote", false.into()),
        ("disk", 0.0.into()),
        ("jitter", 0.into()),
        ("election", ELECTION_MS.into()),
        ("latency", LATENCY_MS.into()),
    ]
}

const ELECTION_MS: f64 = 1_000.0;
const LATENCY_MS: f64 = 20.0;

fn split_votes() -> Experiment {
    Experiment {
        slug: "split-votes",
        name: "Split votes against the random part",
        question: "How much chance does it take so that the first election of five servers seldom fails?",
        x: "spread",
        values: values([4, 6, 8, 10, 15, 20, 30]),
        lines: None,
        knobs: one_election(),
        script: Vec::new(),
        y: "share of first elections without a winner",
        measure: |run| {
            if run.value("leaders") == 0.0 {
                1.0
            } else {
                0.0
            }
        },
        lasts: Span::from_millis(1_500),
        seeds: 400,
        theory: Theory::Curve {
            source: "Four of five stand within one way through the network of the first, who gets the votes of all others: with the share r that this way is of the random part, r³ (10 − 15 r + 6 r²), the law of the gap between first and fourth of five uniform times",
            at: |percent| {
                let r = (LATENCY_MS / (ELECTION_MS * percent / 100.0)).min(1.0);
                r * r * r * (10.0 - 15.0 * r + 6.0 * r * r)
            },
            tolerance: 0.02,
        },
    }
}

fn time_to_elect() -> Experiment {
    Experiment {
        slug: "time-to-elect",
        name: "Time to elect",
        question: "How long do servers go without a leader?",
        x: "servers",
        values: values([3, 4, 5, 6, 7, 8, 9]),
        lines: None,
        knobs: one_election(),
        script: Vec::new(),
        y: "milliseconds",
        measure: |run| run.mean("election_time"),
        lasts: Span::from_secs(4),
        seeds: 150,
        theory: Theory::Curve {
            source: "The timeout, the least of n random parts, which is their range over n + 1, the way there and back, and one more until the majority follows",
            at: |servers| ELECTION_MS + ELECTION_MS / (servers + 1.0) + 3.0 * LATENCY_MS,
            tolerance: 0.01,
        },
    }
}

fn time_to_commit() -> Experiment {
    Experiment {
        slug: "time-to-commit",
        name: "Time to commit",
        question: "What does a wider spread of latencies cost, when a majority of five is waited for?",
        x: "jitter",
        values: values([0, 25, 50, 75, 100]),
        lines: None,
        knobs: vec![
            ("disk", 0.0.into()),
            ("latency", LATENCY_MS.into()),
            ("writes", 100.into()),
            ("pause", 200.0.into()),
            ("clients", 1.into()),
            // Hardly any heartbeats: the answer to one would sometimes be the first to tell.
            ("election", 20_000.0.into()),
            ("heartbeat", 5_000.0.into()),
        ],
        script: vec![(
            SimTime::from_millis(50),
            Call::new("timeout").with("node", 0),
        )],
        y: "milliseconds",
        measure: |run| run.mean("commit_time"),
        lasts: Span::from_secs(40),
        seeds: 20,
        theory: Theory::Curve {
            source: "The second fastest of four round trips, each the sum of two uniform ways: the integral of the chance that fewer than two are back",
            at: |percent| second_of_four_ms(LATENCY_MS, LATENCY_MS * percent / 100.0),
            tolerance: 0.01,
        },
    }
}

/// The mean of the second smallest of four sums of two uniform times around `mean` of half width
/// `half`.
fn second_of_four_ms(mean: f64, half: f64) -> f64 {
    const STEPS: u32 = 2_000;
    let least = 2.0 * (mean - half);
    let range = 4.0 * half;
    // The sum of two uniform times has a triangle for a density.
    let below = |u: f64| {
        if u < 0.5 {
            2.0 * u * u
        } else {
            1.0 - 2.0 * (1.0 - u) * (1.0 - u)
        }
    };
    let missing = |u: f64| {
        let (f, g) = (below(u), 1.0 - below(u));
        g * g * g * g + 4.0 * f * g * g * g
    };
    let step = 1.0 / f64::from(STEPS);
    let middles = (0..STEPS).map(|at| (f64::from(at) + 0.5) * step);
    least + range * middles.map(missing).sum::<f64>() * step
}

fn after_a_crash() -> Experiment {
    Experiment {
        slug: "after-a-crash",
        name: "Time without a leader after a crash",
        question: "What does a longer timeout cost when a leader dies?",
        x: "election",
        values: values([200.0, 400.0, 800.0, 1_600.0]),
        lines: None,
        knobs: vec![
            ("servers", 3.into()),
            ("busy", false.into()),
            ("pre_vote", false.into()),
            ("disk", 0.0.into()),
            ("jitter", 0.into()),
            ("heartbeat", 50.0.into()),
            ("latency", 5.0.into()),
        ],
        script: vec![
            (
                SimTime::from_millis(100),
                Call::new("timeout").with("node", 0),
            ),
            (
                SimTime::from_millis(3_000),
                crate::staging::fault("crash").with("node", 0),
            ),
        ],
        y: "milliseconds",
        // The first election of a run takes 115 ms: it is asked for.
        measure: |run| run.mean("election_time") * run.value("leaders") - 115.0,
        lasts: Span::from_secs(12),
        seeds: 150,
        theory: Theory::Curve {
            source: "The timeout less the age of the last heartbeat, which is half its interval on average, the way that it took, the lesser of two random parts, which is a third of their range, and three ways",
            at: |election| {
                let (heartbeat, way) = (50.0, 5.0);
                election - heartbeat / 2.0 + way + election / 3.0 + 3.0 * way
            },
            tolerance: 0.04,
        },
    }
}

/// How long a server runs and waits, for the availability of five.
const UPTIME_SECS: f64 = 20.0;
const PATIENCE_SECS: f64 = 0.2;

fn availability() -> Experiment {
    Experiment {
        slug: "availability",
        name: "Availability against failures",
        question: "Servers fail and come back, each on its own. How much of the time can five of them decide anything?",
        x: "downtime",
        values: values([2_000.0, 5_000.0, 10_000.0, 20_000.0, 40_000.0]),
        lines: None,
        knobs: vec![
            ("busy", false.into()),
            ("election", (PATIENCE_SECS * 1e3).into()),
            ("heartbeat", 100.0.into()),
            ("latency", 5.0.into()),
            ("disk", 1.0.into()),
            ("uptime", (UPTIME_SECS * 1e3).into()),
        ],
        script: Vec::new(),
        y: "share of the time with a leader that a majority follows",
        measure: |run| run.mean("led"),
        lasts: Span::from_secs(2_400),
        seeds: 24,
        theory: Theory::Curve {
            source: "A server is up for the share a = up / (up + down) of the time; at least three of five are, by the binomial law; less the time to elect: about 1.2 timeouts when the leader has failed, half of one when a majority is back, whose servers stand again and again",
            at: |downtime_ms| {
                let down = downtime_ms / 1e3;
                let up = UPTIME_SECS / (UPTIME_SECS + down);
                // So many of five are up, in one of as many ways.
                let are_up = |count: f64, ways: f64| {
                    ways * libm::pow(up, count) * libm::pow(1.0 - up, 5.0 - count)
                };
                let majority = are_up(3.0, 10.0) + are_up(4.0, 5.0) + are_up(5.0, 1.0);
                // With two up a return begins it anew; with three up any failure ends it.
                let begins = are_up(2.0, 10.0) * 3.0 / down;
                let leader_fails = (majority - are_up(3.0, 10.0)) / UPTIME_SECS;
                majority - (0.5 * begins + 1.2 * leader_fails) * PATIENCE_SECS
            },
            tolerance: 0.01,
        },
    }
}

fn reads() -> Experiment {
    Experiment {
        slug: "reads-under-loss",
        name: "Reads on a lossy network",
        question: "How long does a client wait for a read as more messages are lost?",
        x: "loss",
        values: values([0.0, 2.0, 5.0, 10.0, 20.0]),
        lines: None,
        knobs: vec![("writes", 0.into()), ("pause", 100.0.into())],
        script: Vec::new(),
        y: "milliseconds",
        measure: |run| run.mean("answer_time"),
        lasts: Span::from_secs(20),
        seeds: 10,
        theory: Theory::None(
            "It depends on which message is lost: a heartbeat costs one interval, an answer a whole wait of the client, and enough of them a leader.",
        ),
    }
}
