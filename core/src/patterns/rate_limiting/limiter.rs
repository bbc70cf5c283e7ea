//! What all rate limiters have in common: one question and one answer.
//!
//! Owns the question ([`Limiter::decide`]: may this key spend this cost at this instant?) and the
//! shape of the answer ([`Decision`]). It does not own any algorithm, clock, traffic or picture.
//! With one question and one answer, any two limiters can be put on the same arrivals and
//! compared decision by decision.
//!
//! The contract of every implementation:
//!
//! - Time is the caller's. A limiter never asks what time it is, and an `at` earlier than one it
//!   has seen never yields more than standing still would have.
//! - A refused request costs nothing: state after a refusal admits what it admitted before.
//! - [`Verdict::Refused`] is exact: if nothing else is asked of the key meanwhile, the same cost
//!   passes at `at + retry_after` and does not pass one nanosecond earlier.
//! - A cost that no wait can help is [`Verdict::Never`], not a very long wait.

use std::fmt;

use crate::time::{SimTime, Span};

/// Something that admits or refuses requests by key, cost and time.
///
/// `K` is the key a quota belongs to (a client, an address, an API token). A limiter with one
/// quota for everybody ignores it.
///
/// ```
/// use orrery_core::patterns::rate_limiting::limiter::{Limiter, Verdict};
/// use orrery_core::patterns::rate_limiting::token_bucket::algorithm::{Limit, Rate, TokenBucket};
/// use orrery_core::time::{SimTime, Span};
///
/// fn admitted<K>(limiter: &mut impl Limiter<K>, arrivals: &[(SimTime, K)]) -> usize {
///     arrivals
///         .iter()
///         .filter(|(at, key)| limiter.decide(*at, key, 1).is_admitted())
///         .count()
/// }
///
/// let limit = Limit::new(2, Rate::per_second(1))?;
/// let mut bucket = TokenBucket::full(limit, SimTime::ZERO);
/// let three_at_once = [(SimTime::ZERO, "ann"), (SimTime::ZERO, "ben"), (SimTime::ZERO, "cy")];
/// assert_eq!(admitted(&mut bucket, &three_at_once), 2);
/// # Ok::<(), orrery_core::patterns::rate_limiting::token_bucket::algorithm::LimitError>(())
/// ```
pub trait Limiter<K: ?Sized> {
    /// Decides whether `key` may spend `cost` at `at`, and takes the cost from its quota if so.
    ///
    /// A cost of zero is always admitted.
    fn decide(&mut self, at: SimTime, key: &K, cost: u64) -> Decision;
}

/// A limiter's answer to one request, together with where it leaves the key.
///
/// The three figures after the verdict describe the key's quota right after the decision, under
/// the assumption that nothing else is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request passes, and if not, for how long.
    pub verdict: Verdict,
    /// The most cost that could ever pass at one instant.
    pub limit: u64,
    /// The cost that would still pass at this instant.
    pub remaining: u64,
    /// How long until `remaining` grows; `None` when it will not (it is full, or stopped).
    pub more_after: Option<Span>,
    /// How long until the quota is as good as unused; `None` when that never comes.
    pub reset_after: Option<Span>,
}

/// Whether a request passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It passes, and its cost has been taken.
    Admitted,
    /// It does not pass now; nothing has been taken.
    Refused {
        /// The shortest wait after which it would pass; at least one nanosecond.
        retry_after: Span,
    },
    /// It does not pass, and under the present limit waiting will not change that.
    Never(Obstacle),
}

/// Why no wait can help a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// It costs more than could ever pass at one instant.
    CostAboveLimit {
        /// The cost asked for.
        cost: u64,
        /// The most that could pass.
        limit: u64,
    },
    /// The quota does not grow: the refill is stopped.
    RefillStopped,
}

impl Decision {
    /// Whether the request passes.
    pub const fn is_admitted(&self) -> bool {
        matches!(self.verdict, Verdict::Admitted)
    }

    /// The same decision with the wait in whole seconds, rounded down: what an integer division
    /// makes of it on its way into a `Retry-After`. A client that obeys comes too early;
    /// [`headers`](super::headers) round up.
    #[must_use]
    pub fn in_whole_seconds(mut self) -> Self {
        // region: whole-seconds
        if let Verdict::Refused { retry_after } = &mut self.verdict {
            *retry_after = Span::from_secs(retry_after.as_nanos() / 1_000_000_000);
        }
        // endregion
        self
    }

    /// How long to wait before asking again: `None` when it passed, or when no wait helps.
    pub const fn retry_after(&self) -> Option<Span> {
        match self.verdict {
            Verdict::Refused { retry_after } => Some(retry_after),
            Verdict::Admitted | Verdict::Never(_) => None,
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CostAboveLimit { cost, limit } => write!(
                f,
                "a cost of {cost} never fits a limit of {limit}; split the request or raise the limit"
            ),
            Self::RefillStopped => f.write_str("the refill is stopped; waiting brings no tokens"),
        }
    }
}
