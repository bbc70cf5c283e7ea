//! Where to look for broken promises, and which safeguards can be taken away.

use super::model::audit::{ENDS, MONEY, NOT_IN_VAIN, ONCE, ORDER, STOCK};
use crate::lab::{Breaking, BrokenVariant};

pub(super) fn breaking() -> Breaking {
    Breaking::new()
        .lasts(40.0)
        .knob("orders", 2)
        .knob("stock", 1)
        .knob("spacing", 200.0)
        .knob("latency", 20.0)
        .knob("work", 10.0)
        .knob("write", 10.0)
        .knob("timeout", 200.0)
        .knob("backoff", 50.0)
        .knob("attempts", 2)
        .variant(
            BrokenVariant::new(
                "no-keys",
                "No idempotency keys",
                "A request that is asked again is carried out again: the customer pays twice.",
            )
            .knob("keys", false)
            .breaks(&[ONCE, MONEY]),
        )
        .variant(
            BrokenVariant::new(
                "no-keys-undone-first",
                "No keys, and nobody answers",
                "A compensation is carried out although its action never was.",
            )
            .knob("keys", false)
            .knob("attempts", 2)
            .breaks(&[ORDER]),
        )
        .variant(
            BrokenVariant::new(
                "log-after-call",
                "Written down after the call",
                "A coordinator that dies in between does not know that it asked.",
            )
            .knob("log", "after")
            .breaks(&[STOCK]),
        )
        .variant(
            BrokenVariant::new(
                "told-before-committed",
                "Told before committed",
                "A service that dies between its event and its commit has told what is not so.",
            )
            .knob("style", "choreography")
            .knob("log", "after")
            .breaks(&[STOCK]),
        )
        .variant(
            BrokenVariant::new(
                "no-log",
                "No log",
                "After a crash nobody knows of the order, and nobody will ever end it.",
            )
            .knob("log", "off")
            .knob("attempts", 1)
            .breaks(&[ENDS])
            .lasts(60.0),
        )
        .variant(
            BrokenVariant::new(
                "no-lock",
                "No semantic lock",
                "An order is turned away by stock that another order gives back.",
            )
            .knob("lock", false)
            .knob("orders", 2)
            .knob("stock", 1)
            .knob("spacing", 200.0)
            .breaks(&[NOT_IN_VAIN]),
        )
}
