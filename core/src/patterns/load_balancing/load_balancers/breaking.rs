//! Where to look for broken promises, and which safeguards can be taken away.

use super::promises::{BOUNDED, COUNTS, DRAINED, ENDS, FULL_TABLE, LEFT_OUT, ONCE, SMOOTH};
use crate::lab::{Breaking, BrokenVariant};

pub(super) fn breaking() -> Breaking {
    Breaking::new()
        .lasts(12.0)
        .knob("servers", 3)
        .knob("rate", 4.0)
        .knob("timeout", 500.0)
        .knob("patience", 3_000.0)
        .knob("away", 2_000.0)
        .knob("room", 10)
        .variant(
            BrokenVariant::new(
                "in-a-row",
                "Turns in a row",
                "A strong server gets its whole share at once, and is ahead of it by several requests.",
            )
            .knob("smooth", false)
            .knob("rule", "weighted")
            .knob("servers", 3)
            .knob("strong", 1)
            .breaks(&[SMOOTH])
            .lasts(8.0),
        )
        .variant(
            BrokenVariant::new(
                "drain-by-weight",
                "Draining by weight",
                "The weight of a draining server becomes 0, and a rule that does not go by weights goes on using it.",
            )
            .knob("take_off", false)
            .knob("servers", 3)
            .breaks(&[DRAINED])
            .lasts(12.0),
        )
        .variant(
            BrokenVariant::new(
                "no-health",
                "Health that nobody heeds",
                "A balancer finds out that a server is down, and goes on sending to it.",
            )
            .knob("heed_health", false)
            .knob("servers", 3)
            .breaks(&[LEFT_OUT])
            .lasts(15.0),
        )
        .variant(
            BrokenVariant::new(
                "one-step-aside",
                "One step aside",
                "Who finds its server full goes to the next one, full or not: loads pile up behind a popular server.",
            )
            .knob("walk_on", false)
            .knob("rule", "bounded")
            .knob("bound", 0.1)
            .knob("servers", 4)
            .breaks(&[BOUNDED])
            .lasts(12.0),
        )
        .variant(
            BrokenVariant::new(
                "power-of-two",
                "A table of 2^k slots",
                "Steps that share a factor with the size never reach half of the slots.",
            )
            .knob("prime", false)
            .knob("rule", "maglev")
            .knob("table", 64)
            .knob("servers", 3)
            .breaks(&[FULL_TABLE])
            .lasts(8.0),
        )
        .variant(
            BrokenVariant::new(
                "for-ever",
                "Clients that wait for ever",
                "What a crash loses is waited for, and nobody will ever answer it.",
            )
            .knob("gives_up", false)
            .knob("servers", 3)
            .breaks(&[ENDS])
            .lasts(15.0),
        )
        .variant(
            BrokenVariant::new(
                "late-answers-count",
                "Late answers count",
                "A call is given up and answered: two calls, if one looks at the figures.",
            )
            .knob("count_once", false)
            .knob("servers", 3)
            .knob("timeout", 0.0)
            .breaks(&[ONCE])
            .lasts(30.0),
        )
        .variant(
            BrokenVariant::new(
                "leaked-counts",
                "Counts that leak",
                "Requests that fail stay counted as out, and a server that has recovered still looks busy.",
            )
            .knob("count_failures", false)
            .knob("rule", "least")
            .knob("servers", 3)
            .breaks(&[COUNTS])
            .lasts(12.0),
        )
}
