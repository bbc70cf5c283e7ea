//! Tasks that tick themselves off.

use super::model::COORDINATOR;
use super::model::audit::ENDS;
use crate::challenge::Challenge;
use crate::staging::fault;
use crate::value::Call;

pub(super) const CHALLENGES: &[fn() -> Challenge] =
    &[undone, dead_letter, charged_twice, forgotten];

fn step(action: &str, step: &str) -> Call {
    Call::new(action).with("step", step)
}

fn undone() -> Challenge {
    Challenge::new(
        "undone",
        "All the way back",
        "Have an order undone in full.",
    )
    .knob("orders", 1)
    .done(|attempt| attempt.value("compensated") > 0.0 && attempt.value("taken") == 0.0)
    .solution(3.0, |how| how.at(0.1, step("fail", "ship")))
}

fn dead_letter() -> Challenge {
    Challenge::new(
        "dead-letter",
        "A matter for a person",
        "Bring an order to where the machine gives up: a dead letter that waits for a person.",
    )
    .knob("orders", 1)
    .done(|attempt| attempt.value("waiting") > 0.0)
    .solution(6.0, |how| {
        how.at(0.1, step("fail", "ship"))
            .at(0.1, step("fail", "refund").with("times", 1_000))
    })
}

fn charged_twice() -> Challenge {
    Challenge::new(
        "charged-twice",
        "Charged twice",
        "The services keep no idempotency keys. Make one of them do something twice.",
    )
    .knob("orders", 1)
    .knob("keys", false)
    .done(|attempt| attempt.value("repeated") > 0.0)
    .solution(4.0, |how| how.at(0.1, step("lose_reply", "charge")))
}

fn forgotten() -> Challenge {
    Challenge::new(
        "forgotten",
        "Forgotten",
        "The coordinator keeps no log. Have an order that nobody will ever end.",
    )
    .knob("orders", 1)
    .knob("log", "off")
    .knob("attempts", 1)
    .done(|attempt| attempt.violates(ENDS))
    .solution(24.0, |how| {
        let node = i64::from(COORDINATOR.0);
        how.at(0.85, fault("crash").with("node", node))
            .at(1.6, fault("restart").with("node", node))
    })
}
