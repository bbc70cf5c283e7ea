//! The reusable algorithm.
