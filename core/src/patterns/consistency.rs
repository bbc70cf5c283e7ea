//! The consistency family.

pub mod crdt_replicas;
