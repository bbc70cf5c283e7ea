//! System-design patterns as deterministic, steppable machines.
//!
//! Every pattern is a [`simulation::Simulation`]; a run of it is a value: pattern, seed, knobs and
//! a script of user actions determine every event, bit for bit, natively and in wasm. The crate
//! knows no screen, no wall clock and no unseeded randomness. Read [`simulation`] first.

#[cfg(test)]
mod any;
pub mod catalog;
pub mod challenge;
pub mod clusters;
pub mod condition;
pub mod embed;
pub mod export;
pub mod history;
pub mod kernel;
pub mod lab;
pub mod lesson;
pub mod link;
pub mod patterns;
pub mod progress;
pub mod real;
pub mod scene;
pub mod simulation;
pub mod sorted;
pub mod spec;
pub mod staging;
mod swimlanes;
pub mod time;
pub mod value;
pub mod words;

/// What a pattern's model needs, in one line.
pub mod prelude {
    pub use crate::kernel::metrics::{Metric, MetricSpec};
    pub use crate::kernel::network::{Fault, LinkProfile, NodeId};
    pub use crate::kernel::random::{Chance, Duration, Stream};
    pub use crate::scene::{SceneBuilder, Tone};
    pub use crate::simulation::{
        Context, Doubt, Event, Narration, Property, Refusal, Simulation, Step, World, holds,
    };
    pub use crate::time::{SimTime, Span};
    pub use crate::value::{Call, Value};
}
