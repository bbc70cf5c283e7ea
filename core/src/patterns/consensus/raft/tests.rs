//! The algorithm against the paper and against every run of small instances; the model.

mod exhaustive;
mod paper;
