//! Tasks that tick themselves off.

use crate::challenge::Challenge;
use crate::staging::fault;
use crate::value::Call;

pub(super) const CHALLENGES: &[fn() -> Challenge] = &[even, free_loss, skewed, upheaval];

fn even() -> Challenge {
    Challenge::new(
        "even",
        "Four equal shares",
        "Give every node less than 1.2 times its share of the keys, with at most 300 points each.",
    )
    .from("unlucky")
    .free("vnodes")
    .done(|attempt| attempt.value("hottest") < 1.2 && attempt.knob("vnodes") <= 300.0)
    .solution(1.0, |how| how.knob("vnodes", 200))
}

fn free_loss() -> Challenge {
    Challenge::new(
        "free-loss",
        "A loss that costs nothing",
        "Crash a node, and have every key on a node that is asked for it once the others notice.",
    )
    .free("replicas")
    .done(|attempt| {
        attempt.crashed() > 0 && attempt.value("last_moved") > 0.0 && attempt.value("cold") == 0.0
    })
    .solution(4.0, |how| {
        how.knob("replicas", 2)
            .at(1.0, fault("crash").with("node", 3))
    })
}

fn skewed() -> Challenge {
    Challenge::new(
        "skewed",
        "Popular keys, even load",
        "A few keys are asked for most. Keep the busiest node within 1.3 times its fair share.",
    )
    .knob("nodes", 6)
    .knob("vnodes", 200)
    .knob("keys", 1_000)
    .knob("zipf", 1.2)
    .free("bound")
    .done(|attempt| attempt.value("hottest") <= 1.3)
    .solution(2.0, |how| how.at(1.0, Call::new("set").with("bound", 0.25)))
}

fn upheaval() -> Challenge {
    Challenge::new(
        "upheaval",
        "Everything moves",
        "Find a placement under which one more node moves more than four in five keys.",
    )
    .knob("nodes", 6)
    .free("rule")
    .done(|attempt| attempt.value("last_moved") > 0.8)
    .solution(2.0, |how| {
        how.knob("rule", "modulo").at(1.0, Call::new("add_node"))
    })
}
