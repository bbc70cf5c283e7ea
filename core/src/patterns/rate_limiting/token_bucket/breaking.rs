//! Where to look for broken promises, and which safeguards can be taken away.

use super::promises::{EXACT_WAIT, IN_RANGE, NEVER_MORE, ONLY_WHEN_SHORT};
use crate::lab::{Breaking, BrokenVariant};

pub(super) fn breaking() -> Breaking {
    Breaking::new()
        .lasts(10.0)
        .knob("clients", 2)
        .variant(
            BrokenVariant::new(
                "no-clock-guard",
                "No guard against clock steps",
                "Elapsed time is an unsigned difference: each step back of the clock fills the \
                 bucket.",
            )
            .knob("guard_clock", false)
            .breaks(&[NEVER_MORE])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "restart-full",
                "Restart with full buckets",
                "After a crash the same credit is spent a second time.",
            )
            .knob("restart_empty", false)
            .breaks(&[NEVER_MORE])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "check-then-take",
                "Check, then take",
                "Requests that come within one round trip all find the same tokens: the bucket \
                 falls below zero.",
            )
            .knob("atomic", false)
            .breaks(&[IN_RANGE, NEVER_MORE])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "poured",
                "Refill by a timer",
                "Between two ticks requests are refused although the tokens are due.",
            )
            .knob("lazy", false)
            .breaks(&[ONLY_WHEN_SHORT, EXACT_WAIT, NEVER_MORE])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "whole-seconds",
                "Waits rounded down",
                "A client that waits exactly as long as it was told is refused again.",
            )
            .knob("exact_wait", false)
            .breaks(&[EXACT_WAIT])
            .lasts(10.0),
        )
}
