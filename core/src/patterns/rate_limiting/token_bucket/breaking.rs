//! Where to look for broken promises, and which safeguards can be taken away.

use super::scenarios::NEVER_MORE;
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
        .unbroken(
            "tokens stay between 0 and the capacity",
            "the bucket’s arithmetic keeps it, and no setting changes that arithmetic",
        )
        .unbroken(
            "refused only when tokens are short",
            "a refusal is that comparison, and no setting adds another cause",
        )
        .unbroken(
            "the wait told is exact",
            "it is computed in whole numbers; no setting rounds it",
        )
}
