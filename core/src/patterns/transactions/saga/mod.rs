//! saga.

pub mod algorithm;
