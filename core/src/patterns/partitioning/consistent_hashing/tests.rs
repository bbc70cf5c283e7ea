//! Tests of the ring on its own, and of the cluster around it.

mod algorithm;
mod cluster;
