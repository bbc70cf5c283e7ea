//! What every machine runs on: time, events, chance, the network, measurement and memory.
//!
//! Nothing here knows a pattern or a screen.

pub mod engine;
pub mod metrics;
pub mod network;
pub mod path;
pub mod queue;
pub mod random;

pub mod session;
pub mod timeline;
pub mod trace;
pub mod workload;
