//! A decision in HTTP's words: the response fields by which a server tells a client its quota.
//!
//! Owns the text of the fields, for any limiter of the family. It does not own status codes or
//! the sending of anything.
//!
//! Three generations are in use, and a server may send all of them:
//!
//! - `RateLimit-Policy` and `RateLimit`: draft-ietf-httpapi-ratelimit-headers, as of revision 11
//!   (May 2026; sections 3 and 4), written as structured fields (RFC 9651).
//! - `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset`: the same draft up to revision 6,
//!   deployed widely.
//! - `Retry-After` in seconds: RFC 9110, section 10.2.3.
//!
//! All of them count whole seconds. Every wait is rounded *up*, so that a client that obeys is
//! never early; the price is that it may come almost a second late.

use super::limiter::Decision;
use crate::time::Span;

/// The largest integer that a structured field can carry: fifteen digits (RFC 9651, 3.3.1).
const INTEGER_MAX: u64 = 999_999_999_999_999;

/// A quota as a server announces it: its name, its size and the time it is meant for.
///
/// For a bucket the window is the time that an empty one takes to fill, so that quota over window
/// is the sustained rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// A short name, unique within the response. Characters outside printable ASCII, which a
    /// structured string cannot carry, are written as `?`.
    pub name: String,
    /// Cost units allowed per window.
    pub quota: u64,
    /// The window; `None` for a quota that does not come back.
    pub window: Option<Span>,
}

/// The values of the response fields that describe one decision.
///
/// ```
/// use orrery_core::patterns::rate_limiting::headers::{Fields, Policy};
/// use orrery_core::patterns::rate_limiting::limiter::{Decision, Verdict};
/// use orrery_core::time::Span;
///
/// let policy = Policy { name: "burst".into(), quota: 10, window: Some(Span::from_secs(5)) };
/// let refused = Decision {
///     verdict: Verdict::Refused { retry_after: Span::from_millis(1_200) },
///     limit: 10,
///     remaining: 0,
///     more_after: Some(Span::from_millis(200)),
///     reset_after: Some(Span::from_millis(4_700)),
/// };
/// let fields = Fields::new(&policy, &refused);
/// assert_eq!(fields.rate_limit_policy, r#""burst";q=10;w=5"#);
/// assert_eq!(fields.rate_limit, r#""burst";r=0;t=1"#);
/// assert_eq!(fields.retry_after.as_deref(), Some("2"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// `RateLimit-Policy`: the quota (`q`) and its window in seconds (`w`).
    pub rate_limit_policy: String,
    /// `RateLimit`: what is available now (`r`), and for how many seconds no more than that will
    /// be (`t`); `t` is absent when nothing more is on its way.
    pub rate_limit: String,
    /// `RateLimit-Limit`: the quota.
    pub limit: String,
    /// `RateLimit-Remaining`: what is available now.
    pub remaining: String,
    /// `RateLimit-Reset`: seconds until the quota is as good as unused.
    pub reset: Option<String>,
    /// `Retry-After`: seconds until this request would pass. Absent when it passed, and when no
    /// wait would help. Never earlier than the end of `t` (the draft's section 6 asks for that).
    pub retry_after: Option<String>,
}

impl Fields {
    /// Describes `decision`, taken under `policy`.
    pub fn new(policy: &Policy, decision: &Decision) -> Self {
        let name = quoted(&policy.name);
        let quota = policy.quota.min(INTEGER_MAX);
        let remaining = decision.remaining.min(INTEGER_MAX);
        // A window of no seconds is not allowed (section 3.1.3), and says nothing anyway.
        let window = policy.window.filter(|window| !window.is_zero());
        Self {
            rate_limit_policy: with_seconds(format!("{name};q={quota}"), "w", window),
            rate_limit: with_seconds(format!("{name};r={remaining}"), "t", decision.more_after),
            limit: quota.to_string(),
            remaining: remaining.to_string(),
            reset: decision
                .reset_after
                .map(|wait| seconds_up(wait).to_string()),
            retry_after: decision
                .retry_after()
                .map(|wait| seconds_up(wait).to_string()),
        }
    }

    /// The fields present, by name, in the order in which a reader would look for them.
    pub fn named(&self) -> Vec<(&'static str, &str)> {
        let always = [
            ("RateLimit-Policy", self.rate_limit_policy.as_str()),
            ("RateLimit", &self.rate_limit),
            ("RateLimit-Limit", &self.limit),
            ("RateLimit-Remaining", &self.remaining),
        ];
        let sometimes = [
            ("RateLimit-Reset", &self.reset),
            ("Retry-After", &self.retry_after),
        ];
        let present = sometimes
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)));
        always.into_iter().chain(present).collect()
    }
}

/// Whole seconds, rounded up.
fn seconds_up(span: Span) -> u64 {
    span.as_nanos().div_ceil(1_000_000_000)
}

/// `item` with the parameter `key` in whole seconds, if there is a span to speak of.
fn with_seconds(item: String, key: &str, span: Option<Span>) -> String {
    match span {
        Some(span) => format!("{item};{key}={}", seconds_up(span)),
        None => item,
    }
}

/// A structured-field string (RFC 9651, 3.3.3): quoted, with quotes and backslashes escaped.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ => out.push('?'),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patterns::rate_limiting::limiter::{Obstacle, Verdict};

    fn decision(verdict: Verdict) -> Decision {
        Decision {
            verdict,
            limit: 5,
            remaining: 3,
            more_after: Some(Span::from_millis(250)),
            reset_after: Some(Span::from_millis(1_250)),
        }
    }

    fn policy(name: &str) -> Policy {
        Policy {
            name: name.to_owned(),
            quota: 5,
            window: Some(Span::from_millis(2_500)),
        }
    }

    #[test]
    fn an_admitted_request_is_told_its_quota_and_no_wait() {
        let fields = Fields::new(&policy("default"), &decision(Verdict::Admitted));
        assert_eq!(
            fields.named(),
            [
                ("RateLimit-Policy", r#""default";q=5;w=3"#),
                ("RateLimit", r#""default";r=3;t=1"#),
                ("RateLimit-Limit", "5"),
                ("RateLimit-Remaining", "3"),
                ("RateLimit-Reset", "2"),
            ]
        );
    }

    #[test]
    fn waits_round_up_to_whole_seconds() {
        for (nanos, seconds) in [
            (1, "1"),
            (999_999_999, "1"),
            (1_000_000_000, "1"),
            (1_000_000_001, "2"),
        ] {
            let retry_after = Span::from_nanos(nanos);
            let fields = Fields::new(&policy("p"), &decision(Verdict::Refused { retry_after }));
            assert_eq!(fields.retry_after.as_deref(), Some(seconds), "{nanos} ns");
        }
    }

    #[test]
    fn a_request_that_no_wait_helps_is_not_told_to_wait() {
        let never = decision(Verdict::Never(Obstacle::RefillStopped));
        let stopped = Decision {
            more_after: None,
            reset_after: None,
            ..never
        };
        let fields = Fields::new(&policy("p"), &stopped);
        assert_eq!(fields.retry_after, None);
        assert_eq!(fields.reset, None);
        assert_eq!(fields.rate_limit, r#""p";r=3"#);
    }

    #[test]
    fn names_are_escaped_and_integers_bounded_as_structured_fields_demand() {
        let vast = Policy {
            name: "say \"a\\b\" é\n".to_owned(),
            quota: u64::MAX,
            window: None,
        };
        let fields = Fields::new(&vast, &decision(Verdict::Admitted));
        assert_eq!(
            fields.rate_limit_policy,
            r#""say \"a\\b\" ??";q=999999999999999"#
        );
    }
}
