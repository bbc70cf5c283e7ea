//! What theory says of the bucket, and the sweeps that hold the model to it.

use crate::lab::{Experiment, Theory};
use crate::time::Span;
use crate::value::Value;

const RATE: f64 = 5.0;
const OFFERED: f64 = 4.0;
const CAPACITY: u32 = 20;
const RUN_SECS: u64 = 600;

/// A bucket per client, in the sweep of the buckets held.
const CLIENTS: u32 = 50;
const CLIENT_RATE: f64 = 2.0;

/// The pattern's experiments.
pub(super) fn experiments() -> Vec<Experiment> {
    vec![
        admitted_rate(),
        refusal_probability(),
        buckets_held(),
        herd(),
    ]
}

fn admitted_rate() -> Experiment {
    Experiment {
        slug: "admitted-rate",
        name: "What passes in the long run",
        question: "How much passes as more is offered?",
        x: "offered",
        values: [1.0, 2.5, 8.0, 12.0, 20.0, 40.0].map(Value::from).to_vec(),
        lines: None,
        knobs: vec![
            ("rate", RATE.into()),
            ("capacity", CAPACITY.into()),
            ("latency", 0.0.into()),
        ],
        script: Vec::new(),
        y: "admitted requests per second",
        measure: |run| run.mean("admitted"),
        lasts: Span::from_secs(RUN_SECS),
        seeds: 6,
        theory: Theory::Curve {
            source: "The smaller of what is offered and what flows in, to which a run adds the \
                     tokens that the bucket began with.",
            at: |offered| offered.min(RATE + f64::from(CAPACITY) / RUN_SECS as f64),
            tolerance: 0.01,
        },
    }
}

fn refusal_probability() -> Experiment {
    Experiment {
        slug: "refusal-probability",
        name: "Refusals of a small bucket",
        question: "How often is a request of Poisson traffic refused, by the capacity?",
        x: "capacity",
        values: (1..=8_u32).map(Value::from).collect(),
        lines: None,
        knobs: vec![
            ("rate", RATE.into()),
            ("offered", OFFERED.into()),
            ("latency", 0.0.into()),
        ],
        script: Vec::new(),
        y: "share of requests refused",
        measure: |run| run.ratio("refused", "offered"),
        lasts: Span::from_secs(2_000),
        seeds: 8,
        theory: Theory::Curve {
            source: "A bucket of b tokens refuses exactly what an M/D/1 queue with b places turns \
                     away, by the chain embedded at its departures.",
            at: |capacity| refused_share(capacity as usize, OFFERED / RATE),
            tolerance: 0.01,
        },
    }
}

fn buckets_held() -> Experiment {
    Experiment {
        slug: "buckets-held",
        name: "Buckets in memory",
        question: "How many of fifty clients' buckets must be remembered?",
        x: "offered",
        values: [5.0, 10.0, 20.0, 40.0, 60.0].map(Value::from).to_vec(),
        lines: None,
        knobs: vec![
            ("scope", "per-client".into()),
            ("clients", CLIENTS.into()),
            ("rate", CLIENT_RATE.into()),
            ("capacity", CAPACITY.into()),
            ("latency", 0.0.into()),
        ],
        script: Vec::new(),
        y: "buckets held, on average",
        measure: |run| run.mean("held"),
        lasts: Span::from_secs(200),
        seeds: 6,
        theory: Theory::Curve {
            source: "A client's bucket is not full for as long as its requests take to be paid \
                     back, which is offered/refill in all. One that fills is forgotten at the \
                     next request: the share of full buckets more.",
            at: |offered| {
                let busy = offered / CLIENT_RATE;
                busy + 1.0 - busy / f64::from(CLIENTS)
            },
            tolerance: 0.01,
        },
    }
}

fn herd() -> Experiment {
    Experiment {
        slug: "herd",
        name: "Sharing a bucket, obediently",
        question: "How many tries does an admission take as more clients share one bucket?",
        x: "clients",
        values: [1_u32, 2, 4, 8, 16, 32].map(Value::from).to_vec(),
        lines: None,
        knobs: vec![
            ("offered", 10.0.into()),
            ("rate", RATE.into()),
            ("retry", "obey".into()),
            ("patience", 4_000.0.into()),
        ],
        script: Vec::new(),
        y: "tries per admission",
        measure: |run| run.ratio("tries", "admitted"),
        lasts: Span::from_secs(60),
        seeds: 4,
        theory: Theory::None(
            "who comes back when depends on every earlier answer; no closed form is known to us",
        ),
    }
}

/// The share of Poisson arrivals that a bucket of `capacity` tokens refuses at an offered `load`
/// (arrivals per refill of one token).
///
/// What a bucket lacks, in tokens, is the work before an M/D/1 server whose service is the refill
/// of one token. An arrival that finds more than `capacity - 1` of it finds `capacity` customers,
/// and is turned away. So the share is the blocking probability of M/D/1/K with K = `capacity`:
/// 1 − 1 / (π₀ + load), where π is the stationary distribution of the number left behind by a
/// departure (Gross and Harris, Fundamentals of Queueing Theory, on M/G/1/K). Balancing the flow
/// across each number gives π without a subtraction.
fn refused_share(capacity: usize, load: f64) -> f64 {
    let none = libm::exp(-load);
    // The probability that more than k arrive during one service.
    let mut more_than = Vec::with_capacity(capacity);
    let (mut term, mut rest) = (none, 1.0);
    for k in 0..capacity {
        rest -= term;
        more_than.push(rest);
        term *= load / (k + 1) as f64;
    }
    let mut left_behind = vec![1.0];
    for number in 1..capacity {
        let up: f64 = (1..number)
            .map(|i| left_behind[i] * more_than[number - i])
            .sum();
        left_behind.push((more_than[number - 1] + up) / none);
    }
    let empty = 1.0 / left_behind.iter().sum::<f64>();
    1.0 - 1.0 / (empty + load)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_buckets_refuse_as_the_closed_forms_say() {
        for load in [0.1, 0.8, 1.0, 3.0] {
            let one = load / (1.0 + load);
            let two = 1.0 - 1.0 / (libm::exp(-load) + load);
            assert!(
                (refused_share(1, load) - one).abs() < 1e-12,
                "one token at {load}"
            );
            assert!(
                (refused_share(2, load) - two).abs() < 1e-12,
                "two tokens at {load}"
            );
        }
    }

    #[test]
    fn a_large_bucket_refuses_only_what_exceeds_the_rate() {
        assert!(refused_share(40, 0.8) < 1e-6);
        assert!((refused_share(40, 2.0) - 0.5).abs() < 1e-6);
    }
}
