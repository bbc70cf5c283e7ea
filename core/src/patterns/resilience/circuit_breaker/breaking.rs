//! Where to look for broken promises, and which safeguards can be taken away.

use super::promises::{
    CLOSES_AGAIN, NO_FALSE_ALARM, OPEN_IS_OPEN, OPENS_AT_THRESHOLD, THREADS_COME_BACK,
    TRIALS_ARE_LIMITED,
};
use crate::lab::{Breaking, BrokenVariant};

/// Why some thresholds and rates are left as they are.
const NOISE: &str = "a threshold below the noise opens on noise, as a scenario shows";

pub(super) fn breaking() -> Breaking {
    Breaking::new()
        .lasts(12.0)
        .knob("rate", 15.0)
        .knob("threads", 8)
        .knob("workers", 4)
        .knob("timeout", 500.0)
        .knob("slow_after", 300.0)
        .knob("wait", 1_000.0)
        .knob("trouble_from", 1_000.0)
        .knob("trouble_lasts", 4_000.0)
        .spare("set.window", NOISE)
        .spare("set.failure_rate", NOISE)
        .spare("set.slow_rate", NOISE)
        .spare("set.row", NOISE)
        .spare("set.errors", NOISE)
        .spare("set.misuse", NOISE)
        .variant(
            BrokenVariant::new(
                "no-breaker",
                "No breaker",
                "Every thread ends up waiting for a dependency that does not answer.",
            )
            .knob("breaker", false)
            .breaks(&[THREADS_COME_BACK])
            .lasts(20.0),
        )
        .variant(
            BrokenVariant::new(
                "failures-only",
                "Only failures count",
                "A dependency that answers every call, and each too late, holds every thread behind \
                 a breaker that stays closed.",
            )
            .knob("slow_counts", false)
            .knob("slow_factor", 10)
            .knob("slow_after", 500.0)
            .breaks(&[THREADS_COME_BACK])
            .lasts(20.0),
        )
        .variant(
            BrokenVariant::new(
                "no-minimum",
                "No minimum of calls",
                "One failure out of one call is a rate of 100 %, and opens the breaker.",
            )
            .knob("minimum", 1)
            .knob("curve", "steady")
            .breaks(&[NO_FALSE_ALARM])
            .lasts(20.0),
        )
        .variant(
            BrokenVariant::new(
                "no-trial-limit",
                "No limit on the trial",
                "After the wait everyone is let through at once.",
            )
            .knob("trial_limit", false)
            .knob("trouble_from", 1_000.0)
            .knob("wait", 1_000.0)
            .breaks(&[TRIALS_ARE_LIMITED])
            .lasts(20.0),
        )
        .variant(
            BrokenVariant::new(
                "asked-on-arrival",
                "Asked on arrival",
                "What was let through and then waited for a thread goes out although the breaker \
                 has opened since.",
            )
            .knob("ask_last", false)
            .breaks(&[OPEN_IS_OPEN])
            .lasts(12.0),
        )
        .variant(
            BrokenVariant::new(
                "no-forgetting",
                "A window that never forgets",
                "After a long calm half of the last calls fail and the breaker stays closed.",
            )
            .knob("forgets", false)
            .breaks(&[OPENS_AT_THRESHOLD])
            .lasts(12.0),
        )
        .variant(
            BrokenVariant::new(
                "silent-timeouts",
                "Timeouts are not reported",
                "A trial call that nobody answers keeps its place, and the breaker tries for ever.",
            )
            .knob("report_timeouts", false)
            .knob("trouble", "errors")
            .knob("trouble_from", 1_000.0)
            .knob("trouble_lasts", 2_000.0)
            .knob("wait", 1_000.0)
            .knob("timeout", 500.0)
            .knob("trials", 1)
            .breaks(&[CLOSES_AGAIN])
            .lasts(15.0),
        )
}
