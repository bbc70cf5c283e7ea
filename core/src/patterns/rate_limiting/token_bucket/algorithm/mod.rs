//! The token bucket, in exact integers.
//!
//! A bucket holds at most *b* tokens and gains *r* per second; a request of cost *c* passes if
//! *c* tokens are there, and takes them. So in every interval of length *t* the admitted cost is
//! at most *b + r t*. RFC 2215 describes traffic that way (its TOKEN_BUCKET_TSPEC); the idea goes
//! back to J. Turner, "New Directions in Communications", IEEE Communications Magazine 24(10), 1986.
//!
//! - [`bucket`]: one bucket, refilled lazily: no timer runs, a request brings the level up to date.
//! - [`keyed`]: a bucket for every key, in memory bounded by the keys that are not full.
//! - [`gcra`]: the same decisions from a single number, the theoretical arrival time.
//! - [`limit`]: capacity, rate, and the unit in which both are whole numbers.
//!
//! Nothing here knows a clock, a thread or a picture: the caller says what time it is.

pub mod bucket;
pub mod gcra;
pub mod keyed;
pub mod limit;

pub use bucket::{Level, TokenBucket, Tokens};
pub use gcra::Gcra;
pub use keyed::KeyedTokenBuckets;
pub use limit::{Limit, LimitError, Rate};
