//! System-design patterns as deterministic, steppable machines.

pub mod patterns;
pub mod time;
pub mod value;
