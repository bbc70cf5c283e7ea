//! The partitioning family.

pub mod consistent_hashing;
