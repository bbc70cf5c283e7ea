//! The consensus family.

pub mod raft;
