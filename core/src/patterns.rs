//! One folder per pattern, grouped by family.

pub mod consensus;
pub mod consistency;
pub mod load_balancing;
pub mod partitioning;
pub mod rate_limiting;
pub mod resilience;
pub mod sketches;
pub mod transactions;
