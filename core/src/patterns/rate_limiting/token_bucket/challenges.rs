//! Tasks that tick themselves off.

use super::promises::NEVER_MORE;
use crate::challenge::Challenge;
use crate::staging::fault;
use crate::value::Call;

pub(super) const CHALLENGES: &[fn() -> Challenge] = &[dry, small_bucket, polite, spent_twice];

fn dry() -> Challenge {
    Challenge::new(
        "dry",
        "Run it dry",
        "The bucket is full and nobody asks. Get five requests refused.",
    )
    .knob("offered", 0.0)
    .done(|attempt| attempt.value("refused") >= 5.0)
    .solution(2.0, |how| how.at(0.5, Call::new("burst").with("size", 15)))
}

fn small_bucket() -> Challenge {
    Challenge::new(
        "small-bucket",
        "As small as will do",
        "Keep refusals below 1 % for thirty seconds with a bucket of at most 25 tokens.",
    )
    .knob("capacity", 2)
    .free("capacity")
    .done(|attempt| {
        attempt.lasted(30.0)
            && attempt.ratio("refused", "tries") < 0.01
            && attempt.knob("capacity") <= 25.0
    })
    .solution(30.0, |how| how.knob("capacity", 20))
}

fn polite() -> Challenge {
    Challenge::new(
        "polite",
        "Better manners",
        "The clients hammer. Leave the limit as it is, and get fewer than one try in five refused \
         over 25 seconds.",
    )
    .from("hammer")
    .free("retry")
    .done(|attempt| attempt.lasted(25.0) && attempt.ratio("refused", "tries") < 0.2)
    .solution(25.0, |how| how.knob("retry", "obey"))
}

fn spent_twice() -> Challenge {
    Challenge::new(
        "spent-twice",
        "The same credit twice",
        "This limiter restarts with full buckets. Make it let more through than burst and rate \
         allow.",
    )
    .knob("restart_empty", false)
    .done(|attempt| attempt.violates(NEVER_MORE))
    .solution(4.0, |how| {
        how.at(0.5, Call::new("burst").with("size", 15))
            .at(1.5, fault("crash").with("node", 5))
            .at(1.6, fault("restart").with("node", 5))
            .at(2.0, Call::new("burst").with("size", 15))
    })
}
