//! System-design patterns as deterministic, steppable machines.

pub mod patterns;
pub mod scene;
pub mod time;
pub mod value;
