//! The resilience family.

pub mod circuit_breaker;
