//! The rate-limiting family.
//!
//! Every limiter of the family answers through [`limiter::Limiter`], and what it answers is put
//! into HTTP's words by [`headers`]. How a limiter decides is its own pattern's business.

pub mod headers;
pub mod limiter;
pub mod token_bucket;
