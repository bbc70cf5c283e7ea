//! Where to look for broken promises, and which safeguards can be taken away.

use super::model::audit::{APPEND_ONLY, COMPLETE, ELECTED, ELECTION, LINEAR, MACHINE, MATCHING};
use crate::lab::{Breaking, BrokenVariant};

/// A small and quick cluster: what breaks at all breaks there.
fn small(variant: BrokenVariant) -> BrokenVariant {
    variant
        .knob("servers", 3)
        .knob("election", 100.0)
        .knob("heartbeat", 30.0)
        .knob("latency", 5.0)
        .knob("disk", 1.0)
        .knob("pause", 60.0)
        .knob("patience", 150.0)
        .lasts(6.0)
}

/// A small cluster on a network so bad that leaders come and go, with clients that do not wait.
fn unstable(variant: BrokenVariant) -> BrokenVariant {
    variant
        .knob("election", 100.0)
        .knob("spread", 20)
        .knob("heartbeat", 90.0)
        .knob("latency", 5.0)
        .knob("jitter", 80)
        .knob("disk", 1.0)
        .knob("clients", 4)
        .knob("pause", 40.0)
        .knob("patience", 50.0)
        .knob("pre_vote", false)
        .knob("check_quorum", false)
        .knob("snapshot", 0)
        .lasts(6.0)
}

pub(super) fn breaking() -> Breaking {
    Breaking::new()
        // Long enough that a promised election is overdue at the end, if it does not come.
        .lasts(9.0)
        .knob("servers", 3)
        .knob("election", 100.0)
        .knob("spread", 50)
        .knob("heartbeat", 30.0)
        .knob("latency", 5.0)
        .knob("disk", 1.0)
        .knob("pause", 60.0)
        .knob("patience", 150.0)
        .knob("snapshot", 6)
        .variant(
            unstable(BrokenVariant::new(
                "half-quorum",
                "Half is enough",
                "Two halves need not have a server in common: both elect a leader, and both commit.",
            ))
            .knob("servers", 4)
            .knob("loss", 40.0)
            .knob("writes", 100)
            .knob("noop", false)
            .knob("batch", 1)
            .knob("quorum", "half")
            .breaks(&[ELECTION, APPEND_ONLY, MATCHING, MACHINE]),
        )
        .variant(
            small(BrokenVariant::new(
                "forgotten-vote",
                "The vote is not on disk",
                "A server that comes back votes a second time in the same term.",
            ))
            .knob("keep_vote", false)
            .knob("pre_vote", false)
            .knob("spread", 100)
            .knob("latency", 80.0)
            .knob("jitter", 100)
            .knob("busy", false)
            .lasts(0.35)
            .breaks(&[ELECTION]),
        )
        .variant(
            unstable(BrokenVariant::new(
                "old-terms",
                "Old entries are counted",
                "An entry of an earlier term is called committed and overwritten by the next leader.",
            ))
            .knob("servers", 3)
            .knob("loss", 60.0)
            .knob("writes", 100)
            .knob("noop", false)
            .knob("batch", 1)
            .knob("own_term", false)
            .breaks(&[COMPLETE]),
        )
        .variant(
            unstable(BrokenVariant::new(
                "no-sync",
                "Nobody waits for the disk",
                "A server that dies forgets what it has confirmed, and the others elect a leader that never had it.",
            ))
            .knob("servers", 3)
            .knob("loss", 40.0)
            .knob("clients", 2)
            .knob("sync", false)
            .breaks(&[COMPLETE]),
        )
        .variant(
            unstable(BrokenVariant::new(
                "unconfirmed-reads",
                "Reads rely on nothing",
                "A leader that has been replaced answers with what was true when it led.",
            ))
            .knob("servers", 3)
            .knob("loss", 20.0)
            .knob("reads", "nothing")
            .breaks(&[LINEAR]),
        )
        .variant(
            small(BrokenVariant::new(
                "skewed-lease",
                "A lease by any clock",
                "A leader whose clock is slow believes in its lease after the others have elected another one.",
            ))
            .knob("clients", 5)
            .knob("begin", "led")
            .knob("heartbeat", 5.0)
            .knob("writes", 30)
            .knob("drift", 90)
            .knob("reads", "lease")
            .lasts(2.0)
            .breaks(&[LINEAR]),
        )
        .variant(
            small(BrokenVariant::new(
                "no-sessions",
                "No client sessions",
                "A request that is asked again is carried out again, and undoes what came in between.",
            ))
            .knob("sessions", false)
            .knob("loss", 10.0)
            .breaks(&[LINEAR]),
        )
        .variant(
            small(BrokenVariant::new(
                "in-step",
                "Timeouts without chance",
                "All stand at the same instant, and nobody ever wins.",
            ))
            .knob("chance", false)
            .knob("jitter", 0)
            .knob("busy", false)
            .lasts(9.0)
            .breaks(&[ELECTED]),
        )
}
