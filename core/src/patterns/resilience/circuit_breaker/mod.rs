//! Circuit breaker: a guard before a dependency that refuses calls which would only fail or hang,
//! and finds out by trial when to stop refusing.
//!
//! [`algorithm`] is the reusable breaker. The model is a service with few threads between its users
//! and a dependency in trouble, with and without the breaker.

pub mod algorithm;
mod breaking;
mod challenges;
mod dependency;
mod knobs;
mod model;
mod promises;
mod scenarios;
mod scene;
mod steps;
mod theory;

#[cfg(test)]
mod tests;

use crate::catalog::{Card, Family, Machine, Pattern, Reading, Source};

/// What the gallery says of it.
pub(crate) const CARD: Card = Card {
    slug: "circuit-breaker",
    name: "Circuit breaker",
    family: Family::Resilience,
    summary: "Stops calling a dependency that fails or hangs, so that it cannot take its callers down with it, and tries again after a wait.",
    problem: "One slow dependency, and our whole service stopped answering: every thread was waiting for it.",
    synonyms: &[
        "breaker",
        "resilience4j",
        "hystrix",
        "half-open",
        "fail fast",
        "timeouts",
        "cascading failure",
        "fallback",
        "open circuit",
    ],
    challenges: challenges::CHALLENGES.len(),
};

/// What there is to read about it.
pub(crate) static READING: Reading = Reading {
    sources: &[
        Source {
            name: "algorithm.rs",
            text: include_str!("algorithm.rs"),
        },
        Source {
            name: "settings.rs",
            text: include_str!("algorithm/settings.rs"),
        },
        Source {
            name: "window.rs",
            text: include_str!("algorithm/window.rs"),
        },
        Source {
            name: "exchange.rs",
            text: include_str!("algorithm/exchange.rs"),
        },
    ],
    lesson: include_str!("lesson.md"),
};

pub(crate) static PATTERN: Pattern = Pattern {
    card: CARD,
    first: scenarios::protected,
    scenarios: scenarios::scenarios,
    experiments: scenarios::experiments,
    breaking: breaking::breaking,
    challenges: challenges::CHALLENGES,
    machine: Machine::of::<model::Model>(),
};
