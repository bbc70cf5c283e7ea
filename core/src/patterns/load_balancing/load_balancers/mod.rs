//! Load balancers: who gets the next request, by nine rules, and what becomes of the servers.
//!
//! [`algorithm`] holds the rules, usable by anyone. The model puts clients before one or several
//! balancers, and servers with queues behind them: unequal, slow, cold, draining or down. Beside the
//! sources that the algorithm names: M. Harchol-Balter, *Performance Modeling and Design of Computer
//! Systems*, Cambridge 2013, for the queues.

pub mod algorithm;
mod breaking;
mod challenges;
mod experiments;
mod knobs;
mod model;
mod promises;
mod scenarios;
mod scene;
mod steps;

#[cfg(test)]
mod tests;

use crate::catalog::{Card, Family, Machine, Pattern, Reading, Source};

/// What the gallery says of it.
pub(crate) const CARD: Card = Card {
    slug: "load-balancers",
    name: "Load balancers",
    family: Family::LoadBalancing,
    summary: "Nine rules for who gets the next request, on servers that are slow, cold, unequal, draining or down.",
    problem: "One of our servers is slow today, the others are idle, and a third of all requests still wait in its queue.",
    synonyms: &[
        "round robin",
        "weighted round robin",
        "power of two choices",
        "least connections",
        "peak EWMA",
        "least response time",
        "IP hash",
        "Maglev",
        "slow start",
        "thundering herd",
        "connection draining",
        "nginx upstream",
        "HAProxy",
        "reverse proxy",
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
            name: "turns.rs",
            text: include_str!("algorithm/turns.rs"),
        },
        Source {
            name: "lots.rs",
            text: include_str!("algorithm/lots.rs"),
        },
        Source {
            name: "least.rs",
            text: include_str!("algorithm/least.rs"),
        },
        Source {
            name: "hashed.rs",
            text: include_str!("algorithm/hashed.rs"),
        },
        Source {
            name: "maglev.rs",
            text: include_str!("algorithm/maglev.rs"),
        },
    ],
    lesson: include_str!("lesson.md"),
};

/// What the catalogue shows of it.
pub(crate) static PATTERN: Pattern = Pattern {
    card: CARD,
    first: scenarios::tour,
    scenarios: scenarios::scenarios,
    experiments: experiments::experiments,
    breaking: breaking::breaking,
    challenges: challenges::CHALLENGES,
    machine: Machine::of::<model::Model>(),
};
