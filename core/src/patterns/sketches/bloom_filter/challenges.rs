//! Tasks that tick themselves off.

use super::promises::NEVER_DENIES;
use crate::challenge::Challenge;
use crate::value::Call;

pub(super) const CHALLENGES: &[fn() -> Challenge] = &[
    one_in_a_hundred,
    false_positive,
    useless,
    somebody_elses_bit,
];

/// Where the tour ends.
fn one_in_a_hundred() -> Challenge {
    Challenge::new(
        "one-in-a-hundred",
        "One in a hundred",
        "Put 20 names into at most 256 bits so that of 1,000 strangers no more than one in a hundred passes.",
    )
    .from("first-look")
    .free("m")
    .free("k")
    .done(|attempt| {
        attempt.value("members") >= 20.0
            && attempt.value("strangers") >= 1_000.0
            && attempt.ratio("passed", "strangers") <= 0.01
            && attempt.knob("m") <= 256.0
    })
    .solution(2.0, |how| {
        how.knob("m", 256)
            .knob("k", 0)
            .at(0.5, Call::new("add_many").with("count", 20))
            .at(1.0, Call::new("ask_many"))
    })
}

fn false_positive() -> Challenge {
    Challenge::new(
        "false-positive",
        "Taken for a member",
        "Type a name that nobody added and that the filter takes for a member.",
    )
    .from("first-look")
    .done(|attempt| attempt.value("wasted") >= 1.0 && attempt.value("strangers") == 0.0)
    .solution(8.0, |how| {
        how.at(0.5, Call::new("fill").with("percent", 400))
            .at(1.0, Call::new("ask").with("key", "linus"))
            .at(5.0, Call::new("ask").with("key", "bjarne"))
    })
}

fn useless() -> Challenge {
    Challenge::new(
        "useless",
        "Maybe, maybe, maybe",
        "Make a filter for 1,000 keys so full that it takes nine in ten strangers for members.",
    )
    .knob("source", "typed")
    .done(|attempt| {
        attempt.value("strangers") >= 100.0 && attempt.ratio("passed", "strangers") > 0.9
    })
    .solution(2.0, |how| {
        how.at(0.5, Call::new("fill").with("percent", 1_000))
            .at(1.0, Call::new("ask_many"))
    })
}

fn somebody_elses_bit() -> Challenge {
    Challenge::new(
        "somebody-elses-bit",
        "Somebody else’s bit",
        "This filter clears the bits of what is removed. Have it deny a key that is still there.",
    )
    .from("cleared-bits")
    .done(|attempt| attempt.violates(NEVER_DENIES))
    .solution(6.0, |how| {
        how.at(
            0.3,
            Call::new("paste_keys").with("keys", "ada grace barbara edsger"),
        )
        .at(1.0, Call::new("remove").with("key", "ada"))
    })
}
