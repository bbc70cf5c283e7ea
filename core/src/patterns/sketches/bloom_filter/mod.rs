//! Bloom filter: a set in ten bits per key that never denies a member and takes one stranger in a
//! hundred for one.
//!
//! [`algorithm`] is the reusable part: the plain filter of Bloom 1970 with the double hashing of
//! Kirsch and Mitzenmacher 2006, bit for bit that of Guava; the counting one of Fan et al. 2000; the
//! blocked one of Putze, Sanders and Singler 2007. The model puts a filter before a store.

pub mod algorithm;
mod breaking;
mod challenges;
mod experiments;
mod filter;
mod keys;
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
    slug: "bloom-filter",
    name: "Bloom filter",
    family: Family::Sketches,
    summary: "A few bits per key say whether it may be in the set: a no is certain, a maybe is wrong as seldom as you pay for.",
    problem: "Most lookups are for keys that do not exist, and each of them reads the disk to find that out.",
    synonyms: &[
        "membership test",
        "approximate set",
        "false positive",
        "counting Bloom filter",
        "blocked Bloom filter",
        "Guava BloomFilter",
        "double hashing",
        "negative cache",
        "probabilistic data structure",
        "sketch",
    ],
    challenges: challenges::CHALLENGES.len(),
};

/// What there is to read about it.
pub(crate) static READING: Reading = Reading {
    sources: &[
        Source {
            name: "plain.rs",
            text: include_str!("algorithm/plain.rs"),
        },
        Source {
            name: "digest.rs",
            text: include_str!("algorithm/digest.rs"),
        },
        Source {
            name: "counting.rs",
            text: include_str!("algorithm/counting.rs"),
        },
        Source {
            name: "blocked.rs",
            text: include_str!("algorithm/blocked.rs"),
        },
        Source {
            name: "sizing.rs",
            text: include_str!("algorithm/sizing.rs"),
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
    first: scenarios::first_look,
    scenarios: scenarios::scenarios,
    experiments: experiments::experiments,
    breaking: breaking::breaking,
    challenges: challenges::CHALLENGES,
    machine: Machine::of::<model::Sieve>(),
};
