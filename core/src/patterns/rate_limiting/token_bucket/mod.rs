//! Token bucket: a quota that fills at a steady rate and may be spent in bursts.

pub mod algorithm;

#[cfg(test)]
mod tests;
