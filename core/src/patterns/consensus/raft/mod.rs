//! Raft: servers that agree on one log by electing a leader, and keep agreeing when some fail.
//!
//! [`algorithm`] is the reusable part: a pure state machine. The model puts it on the network with
//! disks, clocks, crashes and clients, and an auditor who sees every step.

pub mod algorithm;
mod breaking;
mod challenges;
mod experiments;
mod knobs;
mod model;
mod scenarios;
mod scene;
mod steps;

#[cfg(test)]
mod tests;

use crate::catalog::{Card, Family, Machine, Pattern, Reading, Source};

pub use knobs::{Action, Begin, Enough, Knobs, ReadBy};
pub use model::{Cluster, Event, Reply};
pub use steps::Step;

/// What the gallery says of it.
pub(crate) const CARD: Card = Card {
    slug: "raft",
    name: "Raft",
    family: Family::Consensus,
    summary: "Servers elect a leader and copy its log, so that a majority of them can go on as one when some crash or are cut off.",
    problem: "One server is one failure away from losing everything, and several that answer by themselves soon disagree about what happened.",
    synonyms: &[
        "consensus",
        "replicated log",
        "replicated state machine",
        "leader election",
        "quorum",
        "etcd",
        "linearizable",
        "split brain",
        "term",
        "log replication",
        "membership change",
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
            name: "election.rs",
            text: include_str!("algorithm/election.rs"),
        },
        Source {
            name: "replication.rs",
            text: include_str!("algorithm/replication.rs"),
        },
        Source {
            name: "log.rs",
            text: include_str!("algorithm/log.rs"),
        },
        Source {
            name: "reads.rs",
            text: include_str!("algorithm/reads.rs"),
        },
        Source {
            name: "membership.rs",
            text: include_str!("algorithm/membership.rs"),
        },
        Source {
            name: "store.rs",
            text: include_str!("algorithm/store.rs"),
        },
        Source {
            name: "message.rs",
            text: include_str!("algorithm/message.rs"),
        },
    ],
    lesson: include_str!("lesson.md"),
};

pub(crate) static PATTERN: Pattern = Pattern {
    card: CARD,
    first: scenarios::first_election,
    scenarios: scenarios::scenarios,
    experiments: experiments::experiments,
    breaking: breaking::breaking,
    challenges: challenges::CHALLENGES,
    machine: Machine::of::<Cluster>(),
};
