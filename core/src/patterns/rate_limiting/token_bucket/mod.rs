//! token_bucket.

pub mod algorithm;
