//! The sketches family.

pub mod bloom_filter;
