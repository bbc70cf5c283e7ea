//! The transactions family.

pub mod saga;
