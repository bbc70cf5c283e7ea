//! Where to look for broken promises, and how to take the ring away.

use super::model::{JOINING, LEAVING};
use crate::lab::{Breaking, BrokenVariant};

pub(super) fn breaking() -> Breaking {
    Breaking::new()
        .lasts(10.0)
        .knob("nodes", 4)
        .knob("vnodes", 8)
        .knob("keys", 100)
        .knob("rate", 4.0)
        .knob("replicas", 2)
        .spare(
            "set.keys",
            "more keys make runs slower and nothing else different",
        )
        .variant(
            BrokenVariant::new(
                "mod-n",
                "No ring: hash mod n",
                "When the number of nodes changes, keys move between nodes that stay.",
            )
            .knob("rule", "modulo")
            .knob("keys", 100)
            .breaks(&[LEAVING, JOINING])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "ketama",
                "Ketama’s shares",
                "A newcomer of another weight takes points from the others, and keys move between \
                 them.",
            )
            .knob("rule", "ketama")
            .knob("keys", 100)
            .breaks(&[JOINING])
            .lasts(10.0),
        )
        .unbroken(
            "one owner per key",
            "a lookup returns one node by its type; no setting takes that away",
        )
        .unbroken(
            "no node above the bound",
            "the bound is a feature to switch on, and off it promises nothing",
        )
        .unbroken(
            "preference lists name distinct nodes",
            "the walk skips nodes it has met; it has no setting that would not",
        )
}
