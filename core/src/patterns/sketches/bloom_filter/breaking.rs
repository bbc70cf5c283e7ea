//! Where to look for broken promises, and which safeguards can be taken away.

use super::promises::{AS_CHANCE_ALLOWS, NEVER_DENIES, UNION};
use crate::lab::{Breaking, BrokenVariant};

pub(super) fn breaking() -> Breaking {
    small(Breaking::new().lasts(10.0))
        .spare(
            "set.load",
            "a filter that is full from the start has no story, and full runs are slow",
        )
        .variant(
            BrokenVariant::new(
                "cleared-bits",
                "Removal clears bits",
                "A key that leaves takes bits along that others need: members are denied.",
            )
            .knob("removal", "clears")
            .knob("size_by", "bits")
            .knob("m", 128)
            .knob("n", 12)
            .knob("load", 12)
            .breaks(&[NEVER_DENIES])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "never-added",
                "Removed without a look",
                "A stranger that passes for a member is taken out, and with it a member’s last count.",
            )
            .knob("look_first", false)
            .knob("mode", "counting")
            .knob("size_by", "bits")
            .knob("m", 64)
            .knob("n", 12)
            .knob("load", 12)
            .breaks(&[NEVER_DENIES])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "one-bit",
                "A second hash that is none",
                "All bits of a key are one bit, and strangers pass many times as often as they should.",
            )
            .knob("step_from", "zero")
            .knob("size_by", "bits")
            .knob("m", 1_024)
            .knob("n", 100)
            .knob("load", 100)
            .breaks(&[AS_CHANCE_ALLOWS])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "shared-factor",
                "Steps that share a factor",
                "The bits of a key stay in one column, and full columns let strangers pass.",
            )
            .knob("step_from", "multiple-of-64")
            .knob("size_by", "bits")
            .knob("m", 1_024)
            .knob("n", 100)
            .knob("load", 100)
            .breaks(&[AS_CHANCE_ALLOWS])
            .lasts(10.0),
        )
        .variant(
            BrokenVariant::new(
                "unlike-filters",
                "Unlike filters joined",
                "Bits that stand for other keys are taken over: the keys of the other filter are denied.",
            )
            .knob("same_shape", false)
            .knob("size_by", "bits")
            .knob("m", 512)
            .knob("n", 50)
            .knob("load", 10)
            .breaks(&[UNION, NEVER_DENIES])
            .lasts(10.0),
        )
}

/// Small filters, and steps that take no time: what breaks at all breaks on a few hundred bits.
fn small(breaking: Breaking) -> Breaking {
    breaking
        .knob("size_by", "bits")
        .knob("m", 256)
        .knob("n", 30)
        .knob("load", 20)
        .knob("step", 20.0)
        .knob("source", "random")
}
