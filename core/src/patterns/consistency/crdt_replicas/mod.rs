//! Replicas that are edited apart and merge without asking anyone.
//!
//! The algorithm is the family of conflict-free replicated data types (Shapiro, Preguiça, Baquero
//! and Zawirski, SSS 2011) with delta-state synchronisation (Almeida, Shoker and Baquero 2018) and
//! the Fugue text (Weidner and Kleppmann 2023); each file under [`algorithm`] names its source.

pub mod algorithm;
mod breaking;
mod challenges;
mod experiments;
pub mod model;
mod scenarios;
mod scene;

#[cfg(test)]
mod tests;

use crate::catalog::{Card, Family, Machine, Pattern, Reading, Source};

macro_rules! sources {
    ($($file:literal),+ $(,)?) => {
        &[$(Source {
            name: $file,
            text: include_str!(concat!("algorithm/", $file)),
        }),+]
    };
}

/// What the gallery says of it.
pub(crate) const CARD: Card = Card {
    slug: "crdt-replicas",
    name: "CRDT replicas",
    family: Family::Consistency,
    summary: "Copies edited apart, offline too, that merge by themselves and always agree in the end.",
    problem: "Two devices edit the same data without a connection. When they meet again nothing may \
              be lost, nothing counted twice, and nobody wants to be asked.",
    synonyms: &[
        "conflict-free replicated data type",
        "CRDT",
        "eventual consistency",
        "offline first",
        "local first",
        "collaborative editing",
        "two people edit the same text",
        "G-Counter",
        "PN-Counter",
        "OR-Set",
        "last write wins",
        "Fugue",
        "delta state",
    ],
    challenges: challenges::CHALLENGES.len(),
};

/// What there is to read about it.
pub(crate) static READING: Reading = Reading {
    sources: sources![
        "or_set.rs",
        "dots.rs",
        "causality.rs",
        "text.rs",
        "splice.rs",
        "g_counter.rs",
        "pn_counter.rs",
        "lww_register.rs",
        "mv_register.rs",
        "or_map.rs",
        "g_set.rs",
        "two_phase_set.rs",
        "crdt.rs",
        "delta.rs",
        "broadcast.rs",
        "naive.rs",
    ],
    lesson: include_str!("lesson.md"),
};

/// The pattern.
pub(crate) static PATTERN: Pattern = Pattern {
    card: CARD,
    first: scenarios::shopping_cart,
    scenarios: scenarios::all,
    experiments: experiments::all,
    breaking: breaking::breaking,
    challenges: challenges::CHALLENGES,
    machine: Machine::of::<model::Replicas>(),
};
