//! Consistent hashing: a ring of hash points that hands each key to one node and moves few keys
//! when nodes come and go.

pub mod algorithm;

#[cfg(test)]
mod tests;
