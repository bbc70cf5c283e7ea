//! Token bucket: a quota that fills at a steady rate and may be spent in bursts.

pub mod algorithm;
mod breaking;
mod buckets;
mod challenges;
mod model;
mod promises;
mod scenarios;
mod scene;
mod steps;
mod theory;
mod watch;

#[cfg(test)]
mod tests;

use crate::catalog::{Card, Family, Machine, Pattern, Reading, Source};

/// What the gallery says of it.
pub(crate) const CARD: Card = Card {
    slug: "token-bucket",
    name: "Token bucket",
    family: Family::RateLimiting,
    summary: "Lets bursts through up to a saved-up credit, and no more than a steady rate in the long run.",
    problem: "Some clients send in bursts; I want to allow that, but no client may exceed its rate for long.",
    synonyms: &[
        "rate limiter",
        "throttling",
        "GCRA",
        "generic cell rate algorithm",
        "leaky bucket as a meter",
        "API quota",
        "429 Too Many Requests",
        "Retry-After",
    ],
    challenges: challenges::CHALLENGES.len(),
};

/// What there is to read about it.
pub(crate) static READING: Reading = Reading {
    sources: &[
        Source {
            name: "bucket.rs",
            text: include_str!("algorithm/bucket.rs"),
        },
        Source {
            name: "keyed.rs",
            text: include_str!("algorithm/keyed.rs"),
        },
        Source {
            name: "gcra.rs",
            text: include_str!("algorithm/gcra.rs"),
        },
        Source {
            name: "limit.rs",
            text: include_str!("algorithm/limit.rs"),
        },
        Source {
            name: "limiter.rs",
            text: include_str!("../limiter.rs"),
        },
        Source {
            name: "headers.rs",
            text: include_str!("../headers.rs"),
        },
    ],
    lesson: include_str!("lesson.md"),
};

/// The pattern's entry in the catalogue.
pub(crate) static PATTERN: Pattern = Pattern {
    card: CARD,
    first: scenarios::burst,
    scenarios: scenarios::scenarios,
    experiments: theory::experiments,
    breaking: breaking::breaking,
    challenges: challenges::CHALLENGES,
    machine: Machine::of::<model::Limited>(),
};
