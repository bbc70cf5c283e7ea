//! Where to look for broken promises, and how to take the ring away.

use super::model::{BOUNDED, DISTINCT, JOINING, LEAVING, ONE_OWNER};
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
        .variant(
            BrokenVariant::new(
                "two-lists",
                "Two member lists",
                "Clients that have not heard of a change go on asking the former owner.",
            )
            .knob("one_list", false)
            .knob("keys", 100)
            .breaks(&[ONE_OWNER])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "room-kept",
                "No room given back",
                "When a node joins, the fair share shrinks, and the others keep more than the \
                 bound allows.",
            )
            .knob("shrink_rooms", false)
            .knob("bound", 0.1)
            .knob("keys", 100)
            .breaks(&[BOUNDED])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "next-points",
                "Copies on the next points",
                "With one point per node that is right. With more, two copies are on one node.",
            )
            .knob("skip_met", false)
            .knob("vnodes", 1)
            .knob("replicas", 2)
            .knob("keys", 100)
            .breaks(&[DISTINCT])
            .lasts(10.0),
        )
}
