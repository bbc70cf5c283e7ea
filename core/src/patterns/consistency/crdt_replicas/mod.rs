//! crdt_replicas.

pub mod algorithm;
