//! consistent_hashing.

pub mod algorithm;
