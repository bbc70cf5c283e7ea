//! The filters beside Guava, beside fastbloom, beside theory and beside exhaustive search; the model
//! around them.

mod filters;
mod guava;
mod sieve;
