//! Tasks that tick themselves off.

use crate::challenge::Challenge;
use crate::value::Call;

pub(super) const CHALLENGES: &[fn() -> Challenge] = &[bystander, rescue, there_and_back, noise];

fn bystander() -> Challenge {
    Challenge::new(
        "bystander",
        "Hurt a bystander",
        "There is no breaker. Have a request turned away that did not even need the dependency.",
    )
    .knob("breaker", false)
    .knob("curve", "steady")
    .done(|attempt| attempt.value("bystanders") > 0.0)
    .solution(8.0, |how| how.at(1.0, Call::new("hang")))
}

fn rescue() -> Challenge {
    Challenge::new(
        "rescue",
        "Save the others",
        "The dependency slows down for twelve seconds. Have fewer than one request in twenty \
         turned away over 24 seconds.",
    )
    .from("cascade")
    .free("breaker")
    .free("timeout")
    .done(|attempt| attempt.lasted(24.0) && attempt.ratio("turned-away", "arrived") < 0.05)
    .solution(24.0, |how| how.knob("breaker", true))
}

fn there_and_back() -> Challenge {
    Challenge::new(
        "there-and-back",
        "There and back",
        "All is well. Open the breaker without forcing it, and have it closed again.",
    )
    .knob("curve", "steady")
    .done(|attempt| attempt.value("openings") > 0.0 && attempt.value("openness") == 0.0)
    .solution(12.0, |how| {
        how.at(1.0, Call::new("break")).at(3.0, Call::new("heal"))
    })
}

fn noise() -> Challenge {
    Challenge::new(
        "noise",
        "A false alarm",
        "The dependency is well and fails one call in twenty. Set the breaker so that it opens on \
         that.",
    )
    .seed(25)
    .knob("curve", "steady")
    .knob("errors", 5.0)
    .free("rule")
    .free("window")
    .free("minimum")
    .free("failure_rate")
    .free("row")
    .done(|attempt| attempt.value("false-alarms") > 0.0)
    .solution(20.0, |how| {
        how.knob("window", 5)
            .knob("minimum", 5)
            .knob("failure_rate", 20)
    })
}
