//! Tasks that tick themselves off.

use super::model::audit::{COMPLETE, LINEAR};
use crate::challenge::Challenge;
use crate::staging::fault;
use crate::value::Call;

pub(super) const CHALLENGES: &[fn() -> Challenge] =
    &[two_leaders, halted, in_vain, stale, broken_word];

fn on(name: &str, node: i64) -> Call {
    Call::new(name).with("node", node)
}

fn two_leaders() -> Challenge {
    Challenge::new(
        "two-leaders",
        "Two that lead",
        "Have two servers believe at the same time that they lead, with every safeguard on.",
    )
    .knob("check_quorum", false)
    .done(|attempt| attempt.value("leading") >= 2.0)
    .solution(4.0, |how| {
        how.at(0.1, on("timeout", 0))
            .at(1.0, fault("partition").with("nodes", "0"))
    })
}

fn halted() -> Challenge {
    Challenge::new(
        "halted",
        "Brought to a halt",
        "Once there is a leader, bring five servers to where nobody leads, by crashing as few as it takes.",
    )
    .done(|attempt| attempt.value("leaders") >= 1.0 && attempt.value("led") == 0.0 && attempt.crashed() == 3)
    .solution(3.0, |how| {
        let crash = |node: i64| fault("crash").with("node", node);
        how.at(0.1, on("timeout", 0))
            .at(1.0, crash(0))
            .at(1.0, crash(1))
            .at(1.0, crash(2))
    })
}

fn in_vain() -> Challenge {
    Challenge::new(
        "in-vain",
        "Written in vain",
        "Have a leader take a client’s entry into its log that another leader overrules.",
    )
    .knob("check_quorum", false)
    .knob("busy", false)
    .done(|attempt| attempt.value("overruled") >= 1.0)
    .solution(6.0, |how| {
        how.at(0.1, on("timeout", 0))
            .at(1.0, fault("partition").with("nodes", "0 5"))
            .at(1.5, Call::new("write").with("client", 1))
            .at(4.0, fault("repair"))
    })
}

fn stale() -> Challenge {
    Challenge::new(
        "stale",
        "A look at the past",
        "This leader answers reads without asking anybody. Have a client read what another has overwritten.",
    )
    .knob("reads", "nothing")
    .knob("check_quorum", false)
    .knob("busy", false)
    .done(|attempt| attempt.violates(LINEAR))
    .solution(6.0, |how| {
        let client = |name: &str, number: u32| Call::new(name).with("client", number);
        how.at(0.1, on("timeout", 0))
            .at(0.5, client("write", 1))
            .at(1.0, fault("partition").with("nodes", "0 5"))
            .at(2.4, client("write", 2))
            .at(4.0, client("read", 1))
    })
}

fn broken_word() -> Challenge {
    Challenge::new(
        "broken-word",
        "A broken word",
        "These servers answer before anything is on disk. Have a leader elected that lacks what was committed.",
    )
    .knob("servers", 3)
    .knob("sync", false)
    .done(|attempt| attempt.violates(COMPLETE))
    .solution(6.0, |how| {
        let crash = |node: i64| fault("crash").with("node", node);
        how.at(0.1, on("timeout", 0))
            .at(1.0, fault("partition").with("nodes", "2"))
            .at(2.0, crash(0))
            .at(2.0, crash(1))
            .at(2.2, fault("restart").with("node", 1))
            .at(2.3, fault("repair"))
    })
}
