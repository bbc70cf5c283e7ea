//! Tasks that tick themselves off.

use crate::challenge::Challenge;
use crate::staging::fault;
use crate::value::Call;

pub(super) const CHALLENGES: &[fn() -> Challenge] =
    &[around_the_slow, tower, cold_hands, silent_loss];

fn around_the_slow() -> Challenge {
    Challenge::new(
        "around-the-slow",
        "Around the slow one",
        "Make server 3 five times slower, and still have 300 calls answered in 0.7 seconds on average.",
    )
    .knob("timeout", 0.0)
    .free("rule")
    .done(|attempt| {
        attempt.value("answered") >= 300.0
            && attempt.value("slowed") > 0.0
            && attempt.mean("latency") < 0.7
    })
    .solution(20.0, |how| {
        how.knob("rule", "least")
            .at(0.5, Call::new("pace").with("server", 3))
    })
}

fn tower() -> Challenge {
    Challenge::new(
        "tower",
        "The flattest sixty-four",
        "Send as many requests as there are servers, 64 at once, and let no server get more than three.",
    )
    .knob("rule", "random")
    .knob("servers", 64)
    .knob("rate", 0.0)
    .knob("latency", 0.0)
    .knob("work", 2_000.0)
    .free("rule")
    .done(|attempt| {
        attempt.value("calls") == 64.0
            && attempt.value("at_servers") == 64.0
            && attempt.value("highest") <= 3.0
    })
    .solution(2.0, |how| {
        how.knob("rule", "choices")
            .at(1.0, Call::new("send").with("requests", 64))
    })
}

fn cold_hands() -> Challenge {
    Challenge::new(
        "cold-hands",
        "A gentle beginning",
        "Add a cold server, and 20 seconds after the start have never had more than eight requests at one.",
    )
    .from("cold")
    .free("slow_start")
    .done(|attempt| {
        attempt.lasted(20.0) && attempt.value("servers") >= 7.0 && attempt.value("highest") <= 8.0
    })
    .solution(21.0, |how| {
        how.knob("slow_start", 30_000.0).at(2.0, Call::new("add"))
    })
}

fn silent_loss() -> Challenge {
    Challenge::new(
        "silent-loss",
        "A loss that nobody sees",
        "Take a server away for good, by a crash or otherwise, and have 200 calls answered with none failed, given up or sent twice.",
    )
    .knob("servers", 4)
    .knob("rate", 3.0)
    .done(|attempt| {
        attempt.crashed() > 0
            && attempt.value("answered") >= 200.0
            && attempt.value("failed") + attempt.value("given_up") + attempt.value("retried") == 0.0
    })
    .solution(30.0, |how| {
        how.at(1.0, Call::new("drain").with("server", 2))
            .at(8.0, fault("crash").with("node", 3))
    })
}
