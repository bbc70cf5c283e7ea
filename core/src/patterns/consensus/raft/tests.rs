//! The algorithm against the paper and against every run of small instances; the model.

mod doubt;
mod exhaustive;
mod paper;
