//! What theory says of the bucket, and the sweeps that hold the model to it.

use crate::lab::{Experiment, Theory};
use crate::time::Span;
use crate::value::Value;

const RATE: f64 = 5.0;
const OFFERED: f64 = 4.0;

/// The pattern's experiments.
pub(super) fn experiments() -> Vec<Experiment> {
    vec![admitted_rate(), refusal_probability()]
}

fn admitted_rate() -> Experiment {
    Experiment {
        slug: "admitted-rate",
        name: "What passes in the long run",
        question: "How much passes as more is offered?",
        x: "offered",
        values: [1.0, 2.5, 8.0, 12.0, 20.0, 40.0].map(Value::from).to_vec(),
        knobs: vec![
            ("rate", RATE.into()),
            ("capacity", 20.into()),
            ("latency", 0.0.into()),
        ],
        script: Vec::new(),
        y: "admitted requests per second",
        measure: |run| run.mean("admitted"),
        lasts: Span::from_secs(600),
        seeds: 8,
        theory: Theory::Curve {
            source: "The smaller of offered load and refill; the first bucketful adds capacity over time.",
            at: |offered| offered.min(RATE),
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
        knobs: vec![
            ("rate", RATE.into()),
            ("offered", OFFERED.into()),
            ("latency", 0.0.into()),
        ],
        script: Vec::new(),
        y: "share of requests refused",
        measure: |run| run.ratio("refused", "offered"),
        lasts: Span::from_secs(4_000),
        seeds: 8,
        theory: Theory::Curve {
            source: "Virtual waiting time of the M/D/1 queue with a finite buffer: a full token \
                     bucket of b tokens refuses exactly when unfinished work exceeds b − 1 services.",
            at: |capacity| refused_share(capacity as usize, OFFERED / RATE),
            tolerance: 0.02,
        },
    }
}

/// The share of Poisson arrivals that a bucket of `capacity` tokens refuses at an offered load
/// `load` (arrivals per refill of one token).
///
/// The deficit of the bucket, in tokens, is the unfinished work of an M/D/1 queue that turns away
/// what would lift it above `capacity`. Its stationary distribution is found on a grid by moving
/// probability along the process: service lowers the work at unit rate, an arrival that fits lifts
/// it by one.
fn refused_share(capacity: usize, load: f64) -> f64 {
    const STEPS_PER_TOKEN: usize = 100;
    let size = capacity * STEPS_PER_TOKEN + 1;
    let dt = 1.0 / STEPS_PER_TOKEN as f64;
    let arrives = -libm::expm1(-load * dt);
    let mut state = vec![0.0; size];
    state[0] = 1.0;
    let mut refused = 0.0;
    for _ in 0..STEPS_PER_TOKEN * 150 {
        let mut next = vec![0.0; size];
        refused = 0.0;
        for (work, probability) in state.iter().enumerate() {
            if *probability == 0.0 {
                continue;
            }
            let served = work.saturating_sub(1);
            let lifted = work + STEPS_PER_TOKEN;
            if lifted < size {
                next[lifted.saturating_sub(1)] += probability * arrives;
            } else {
                refused += probability;
                next[served] += probability * arrives;
            }
            next[served] += probability * (1.0 - arrives);
        }
        state = next;
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_of_one_token_refuses_as_erlangs_loss_formula_says() {
        let load = OFFERED / RATE;
        let erlang = load / (1.0 + load);
        assert!((refused_share(1, load) - erlang).abs() < 0.005);
        assert!(refused_share(4, load) < refused_share(3, load));
    }
}
