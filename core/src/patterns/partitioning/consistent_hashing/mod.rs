//! Consistent hashing: a ring of hash points that hands each key to one node and moves few keys
//! when nodes come and go.

pub mod algorithm;
mod layout;
mod model;
mod population;
mod scene;
mod steps;

#[cfg(test)]
mod tests;

pub use model::{Action, Cluster, Event, Knobs, Landing, Rule};
pub use population::KeyName;
pub use steps::{Change, Outcome, Step, Why};
