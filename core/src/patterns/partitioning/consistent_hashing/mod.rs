//! Consistent hashing: a ring of hash points that hands each key to one node and moves few keys
//! when nodes come and go.
//!
//! [`algorithm`] is the reusable ring. The model is a cluster of caches found by it, with `hash mod
//! n` beside it: who owns what, what is on its way, and which lookups miss.

pub mod algorithm;
mod breaking;
mod challenges;
mod layout;
mod model;
mod orbits;
mod population;
mod scenarios;
mod scene;
mod steps;

#[cfg(test)]
mod tests;

use crate::catalog::{Card, Family, Machine, Pattern, Reading, Source};

pub use model::{Action, Cluster, Event, Knobs, Landing, Rule};
pub use population::KeyName;
pub use steps::{Change, Outcome, Step, Why};

/// What the gallery says of it.
pub(crate) const CARD: Card = Card {
    slug: "consistent-hashing",
    name: "Consistent hashing",
    family: Family::Partitioning,
    summary: "Nodes and keys on one circle: a key belongs to the next node clockwise, so few keys move when nodes come and go.",
    problem: "We added one cache server and nearly every key was on another server: the database got all the traffic at once.",
    synonyms: &[
        "hash ring",
        "hash mod n",
        "ketama",
        "virtual nodes",
        "vnodes",
        "preference list",
        "bounded loads",
        "resharding",
        "rebalancing",
    ],
    challenges: challenges::CHALLENGES.len(),
};

/// What there is to read about it.
pub(crate) static READING: Reading = Reading {
    sources: &[
        Source {
            name: "ring.rs",
            text: include_str!("algorithm/ring.rs"),
        },
        Source {
            name: "points.rs",
            text: include_str!("algorithm/points.rs"),
        },
        Source {
            name: "placement.rs",
            text: include_str!("algorithm/placement.rs"),
        },
        Source {
            name: "bounded.rs",
            text: include_str!("algorithm/bounded.rs"),
        },
        Source {
            name: "theory.rs",
            text: include_str!("algorithm/theory.rs"),
        },
    ],
    lesson: include_str!("lesson.md"),
};

pub(crate) static PATTERN: Pattern = Pattern {
    card: CARD,
    first: scenarios::losing_a_node,
    scenarios: scenarios::scenarios,
    experiments: scenarios::experiments,
    breaking: breaking::breaking,
    challenges: challenges::CHALLENGES,
    machine: Machine::of::<Cluster>(),
};
