//! The algorithm against the paper and against every run of small instances; the model; the picture.

mod doubt;
mod exhaustive;
mod paper;
mod picture;
