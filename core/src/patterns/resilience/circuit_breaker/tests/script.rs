//! Runs a rule written as a line of words against a breaker.
//!
//! | word | what happens, or what must hold |
//! |---|---|
//! | `S` `F` `I` | a whole call that succeeds, fails, is ignored; `S@101ms` took that long |
//! | `(` | a call is let through and stays out |
//! | `)S` `)F` `)I` | the oldest call that is out comes back so |
//! | `refused` | a call is not let through |
//! | `+5s` `+1ms` `+1ns` | time passes |
//! | `poll` `trip` `probe` `force` `disable` `reset` | the method of that meaning |
//! | `OPEN` and so on | the state is this |
//! | `rate=2/0/4` `rate=none` | failed, slow and all calls of the window; too few calls |

use std::collections::VecDeque;

use crate::patterns::resilience::circuit_breaker::algorithm::{
    CircuitBreaker, Outcome, Settings, Tally,
};
use crate::time::{SimTime, Span};

/// Runs `script` and fails with `rule` and the word that does not hold.
pub(super) fn check(rule: &str, settings: Settings, script: &str) {
    let mut now = SimTime::ZERO;
    let mut breaker = CircuitBreaker::new(settings, now).expect("a rule has valid settings");
    let mut out = VecDeque::new();
    for (index, word) in script.split_whitespace().enumerate() {
        let place = format!("{rule}: word {index}, {word:?}");
        match word {
            "(" => out.push_back(breaker.try_acquire(now).expect(&place)),
            "refused" => assert!(breaker.try_acquire(now).is_err(), "{place}"),
            "poll" => breaker.poll(now),
            "trip" => breaker.trip(now),
            "probe" => breaker.begin_trial(now),
            "force" => breaker.force_open(now),
            "disable" => breaker.disable(now),
            "reset" => breaker.reset(now),
            _ => {
                if let Some(span) = word.strip_prefix('+') {
                    now += span_of(span);
                } else if let Some(tally) = word.strip_prefix("rate=") {
                    assert_eq!(breaker.rates(now), tally_of(tally), "{place}");
                } else if let Some(call) = word.strip_prefix(')') {
                    let permit = out.pop_front().expect(&place);
                    let (outcome, took) = call_of(call).expect(&place);
                    breaker.on_result(permit, now, took, outcome);
                } else if let Some((outcome, took)) = call_of(word) {
                    let permit = breaker.try_acquire(now).expect(&place);
                    breaker.on_result(permit, now, took, outcome);
                } else {
                    assert_eq!(breaker.state().to_string(), word, "{place}");
                }
            }
        }
    }
}

fn call_of(word: &str) -> Option<(Outcome, Span)> {
    let (kind, took) = word.split_once('@').unwrap_or((word, "1ms"));
    let outcome = match kind {
        "S" => Outcome::Success,
        "F" => Outcome::Failure,
        "I" => Outcome::Ignored,
        _ => return None,
    };
    Some((outcome, span_of(took)))
}

fn span_of(text: &str) -> Span {
    let digits = text.trim_end_matches(char::is_alphabetic);
    let count = digits.parse().expect("a span begins with a number");
    match &text[digits.len()..] {
        "ns" => Span::from_nanos(count),
        "ms" => Span::from_millis(count),
        "s" => Span::from_secs(count),
        unit => panic!("a span has no unit {unit:?}"),
    }
}

fn tally_of(text: &str) -> Option<Tally> {
    let numbers: Vec<u32> = text
        .split('/')
        .filter_map(|part| part.parse().ok())
        .collect();
    match numbers[..] {
        [failed, slow, calls] => Some(Tally {
            calls,
            failed,
            slow,
        }),
        _ => {
            assert_eq!(text, "none", "a rate is failed/slow/calls or none");
            None
        }
    }
}
