//! Sweeps, and what theory says of them.

use crate::lab::Experiment;

pub(super) fn experiments() -> Vec<Experiment> {
    Vec::new()
}
