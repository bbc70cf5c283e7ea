//! The rate-limiting family.

pub mod token_bucket;
