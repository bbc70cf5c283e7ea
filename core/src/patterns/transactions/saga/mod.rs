//! Saga: one order through five services, by a coordinator with a log or by events, with a way back
//! from every step that needs one.
//!
//! [`algorithm`] is the reusable part: pure machines for both styles. The model puts them on the
//! network with customers, disks, crashes and a person beside the dead letters.

pub mod algorithm;
mod breaking;
mod challenges;
mod knobs;
mod model;
mod scenarios;
mod scene;
mod steps;

#[cfg(test)]
mod tests;

use crate::catalog::{Card, Family, Machine, Pattern, Reading, Source};

pub use knobs::{Action, Deed, Knobs, Log, Restarted, Style};
pub use model::{Event, Job, Shop};
pub use steps::{Served, Step, Written};

/// What the gallery says of it.
pub(crate) const CARD: Card = Card {
    slug: "saga",
    name: "Saga",
    family: Family::Transactions,
    summary: "A transaction across services as a row of local ones, each with a compensation that undoes it when a later one fails.",
    problem: "The payment went through, shipping said no, and nobody gave the money back: five services, five databases, no transaction around them.",
    synonyms: &[
        "compensating transaction",
        "compensation",
        "orchestration",
        "choreography",
        "process manager",
        "long-lived transaction",
        "distributed transaction",
        "idempotency key",
        "outbox",
        "dead letter",
        "semantic lock",
    ],
    challenges: challenges::CHALLENGES.len(),
};

/// What there is to read about it.
pub(crate) static READING: Reading = Reading {
    sources: &[
        Source {
            name: "coordinator.rs",
            text: include_str!("algorithm/coordinator.rs"),
        },
        Source {
            name: "choreography.rs",
            text: include_str!("algorithm/choreography.rs"),
        },
        Source {
            name: "order.rs",
            text: include_str!("algorithm/order.rs"),
        },
        Source {
            name: "keys.rs",
            text: include_str!("algorithm/keys.rs"),
        },
        Source {
            name: "promises.rs",
            text: include_str!("algorithm/promises.rs"),
        },
    ],
    lesson: include_str!("lesson.md"),
};

pub(crate) static PATTERN: Pattern = Pattern {
    card: CARD,
    first: scenarios::shipping_refused,
    scenarios: scenarios::scenarios,
    experiments: scenarios::experiments,
    breaking: breaking::breaking,
    challenges: challenges::CHALLENGES,
    machine: Machine::of::<Shop>(),
};
