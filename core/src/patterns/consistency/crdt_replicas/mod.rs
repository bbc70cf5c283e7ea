//! Replicas that are edited apart and merge without asking anyone.

pub mod algorithm;

#[cfg(test)]
mod tests;
