//! The limiter's notion of time: what it makes of its node's clock.

use crate::time::{SimTime, Span};

/// Time as the limiter takes it from its node's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watch {
    guarded: bool,
    /// What the clock showed last.
    shown: SimTime,
    /// The time made of it when it is not guarded.
    running: SimTime,
}

/// Longer than any bucket here takes to fill: a longer silence makes no difference.
const A_DAY: Span = Span::from_secs(24 * 3_600);

impl Watch {
    pub(super) const fn start(guarded: bool, reading: SimTime) -> Self {
        Self {
            guarded,
            shown: reading,
            running: reading,
        }
    }

    /// The limiter's time when its clock shows `reading`. The buckets themselves withstand a clock
    /// that steps back; without the guard they are fed a stopwatch made of unsigned differences.
    pub(super) fn read(self, reading: SimTime) -> SimTime {
        if self.guarded {
            return reading;
        }
        let elapsed = reading.as_nanos().wrapping_sub(self.shown.as_nanos());
        self.running + Span::from_nanos(elapsed).min(A_DAY)
    }

    pub(super) fn advance(&mut self, reading: SimTime) -> SimTime {
        self.running = self.read(reading);
        self.shown = reading;
        self.running
    }
}
