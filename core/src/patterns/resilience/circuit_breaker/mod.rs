//! The circuit-breaker pattern.

pub mod algorithm;

#[cfg(test)]
mod tests;
