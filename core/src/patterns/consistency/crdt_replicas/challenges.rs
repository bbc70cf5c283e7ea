//! Tasks that tick themselves off.

use super::model::{EVERY_COUNT_ONCE, WRITE_REPLACES};
use crate::challenge::Challenge;
use crate::staging::fault;
use crate::value::Call;

pub(super) const CHALLENGES: &[fn() -> Challenge] =
    &[three_truths, late_news, thrift, lost_like, wrong_hour];

fn on(name: &str, node: u32) -> Call {
    Call::new(name).with("node", node)
}

fn three_truths() -> Challenge {
    Challenge::new(
        "three-truths",
        "Three truths at once",
        "Have the three copies read three different things at one moment.",
    )
    .done(|attempt| attempt.value("readings") >= 3.0)
    .solution(1.0, |how| {
        how.at(0.1, on("offline", 0))
            .at(0.2, on("offline", 1))
            .at(0.3, on("add", 0))
            .at(0.4, on("add", 1).with("element", "milk"))
    })
}

fn late_news() -> Challenge {
    Challenge::new(
        "late-news",
        "Late, but not lost",
        "Keep an edit from somebody for more than five seconds, and have it arrive all the same.",
    )
    .done(|attempt| {
        let slowest = attempt.outcome.histogram("convergence");
        let slowest = slowest.map_or(0.0, |times| times.quantile(1.0));
        slowest > 5.0 && attempt.value("lacking") == 0.0
    })
    .solution(15.0, |how| {
        how.at(0.1, on("offline", 1))
            .at(0.5, on("add", 0))
            .at(7.0, on("online", 1))
    })
}

fn thrift() -> Challenge {
    Challenge::new(
        "thrift",
        "Three words for five kilobytes",
        "Four copies of two hundred elements are sent whole. Make three edits, and have everyone \
         know them for less than 5,000 bytes.",
    )
    .from("heavy-states")
    .free("sync")
    .done(|attempt| {
        attempt.value("edits") >= 3.0
            && attempt.value("lacking") == 0.0
            && attempt.value("bytes") < 5_000.0
    })
    .solution(15.0, |how| {
        how.knob("sync", "deltas")
            .at(0.3, on("add", 0))
            .at(1.0, on("add", 1).with("element", "milk"))
            .at(2.0, on("add", 2).with("element", "bread"))
    })
}

fn lost_like() -> Challenge {
    Challenge::new(
        "lost-like",
        "Lose a like",
        "This counter is one number that everyone overwrites. Have an increment vanish.",
    )
    .knob("data", "g-counter")
    .knob("own_counts", false)
    .done(|attempt| attempt.violates(EVERY_COUNT_ONCE))
    .solution(5.0, |how| {
        how.at(0.3, on("count", 0)).at(0.3, on("count", 1))
    })
}

fn wrong_hour() -> Challenge {
    Challenge::new(
        "wrong-hour",
        "Agree on the wrong hour",
        "The last write wins, by the clock alone. Have a write disappear behind an older one.",
    )
    .knob("data", "lww-register")
    .knob("stamps_above_seen", false)
    .done(|attempt| attempt.violates(WRITE_REPLACES))
    .solution(10.0, |how| {
        how.at(0.1, fault("skew").with("node", 0).with("offset_ms", 60_000))
            .at(0.5, on("write", 0))
            .at(5.0, on("write", 1).with("value", "one"))
    })
}
