//! circuit_breaker.

pub mod algorithm;
