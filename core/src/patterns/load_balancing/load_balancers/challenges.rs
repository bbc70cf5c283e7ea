//! Tasks that tick themselves off.

use crate::challenge::Challenge;

pub(super) const CHALLENGES: &[fn() -> Challenge] = &[];
