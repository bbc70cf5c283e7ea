//! Where to look for broken promises, and which safeguards can be taken away.

use super::model::{
    ADDED_IS_PRESENT, ALL_CONVERGE, EVERY_COUNT_ONCE, RUN_STAYS, SAME_EDITS_SAME_STATE,
    WRITE_REPLACES,
};
use crate::lab::{Breaking, BrokenVariant};

pub(super) fn breaking() -> Breaking {
    Breaking::new()
        .lasts(25.0)
        .knob("interval", 500.0)
        .knob("latency", 100.0)
        .spare("without", "it only changes what is shown")
        .spare(
            "set.size",
            "more elements make runs slower and nothing else different",
        )
        .variant(
            BrokenVariant::new(
                "one-number",
                "A counter that is one number",
                "Of two counts made at once the later write wins, and the other is lost.",
            )
            .knob("data", "g-counter")
            .knob("own_counts", false)
            .breaks(&[EVERY_COUNT_ONCE])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "union",
                "A set that is a union",
                "What one replica has removed any other brings back.",
            )
            .knob("causal_context", false)
            .knob("sync", "states")
            .breaks(&[ADDED_IS_PRESENT])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "clock-stamps",
                "Stamps from the clock alone",
                "A clock that runs ahead wins against later writes.",
            )
            .knob("data", "lww-register")
            .knob("stamps_above_seen", false)
            .breaks(&[WRITE_REPLACES])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "at-least-once",
                "Delivered at least once",
                "A count that the network delivers twice is counted twice, at one replica and not \
                 at another.",
            )
            .knob("data", "g-counter")
            .knob("sync", "operations")
            .knob("deliver_once", false)
            .knob("duplicate", 20.0)
            .breaks(&[SAME_EDITS_SAME_STATE, EVERY_COUNT_ONCE])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "by-fractions",
                "Places by fractions",
                "Two words typed at one spot end up letter by letter in each other.",
            )
            .knob("data", "text")
            .knob("runs_hang", false)
            .breaks(&[RUN_STAYS])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "sent-once",
                "Sent once and never again",
                "An edit whose message is lost never reaches who was to get it.",
            )
            .knob("replicas", 2)
            .knob("interval", 200.0)
            .knob("loss", 20.0)
            .knob("send_again", false)
            .breaks(&[ALL_CONVERGE])
            .lasts(15.0),
        )
}
