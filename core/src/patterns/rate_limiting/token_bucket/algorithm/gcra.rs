//! The same decisions from one number: the generic cell rate algorithm.
//!
//! ATM networks policed cells with it (ATM Forum, Traffic Management Specification 4.0, 1996;
//! ITU-T Recommendation I.371), in a form called virtual scheduling. Instead of a level it keeps
//! the *theoretical arrival time* (TAT): when the next request would arrive if all came evenly
//! spaced. A request may be early by no more than a tolerance.
//!
//! TAT is also the instant at which the equivalent bucket would be full, so with a tolerance worth
//! a bucket's capacity the two decide alike, request for request. One difference remains: when a
//! clock steps back, a bucket's level stands still, while to GCRA all arrivals look earlier than
//! they did, and most are refused until it has caught up. The bucket keeps its promise over the
//! latest time it was shown, GCRA over the time that each request shows; neither lets the same
//! stretch of time be credited twice.

use super::limit::Limit;
use crate::patterns::rate_limiting::limiter::{Decision, Limiter, Obstacle, Verdict};
use crate::time::{SimTime, Span};

/// A limiter that keeps one theoretical arrival time.
///
/// As a [`Limiter`] it is one quota shared by all keys.
///
/// ```
/// use orrery_core::patterns::rate_limiting::token_bucket::algorithm::{Gcra, Limit, Rate};
/// use orrery_core::time::{SimTime, Span};
///
/// // One per 100 ms, and two may come at once.
/// let mut gcra = Gcra::new(Limit::new(2, Rate::per_second(10))?);
/// let now = SimTime::from_secs(1);
/// assert!(gcra.try_take(now, 1));
/// assert!(gcra.try_take(now, 1));
/// assert!(!gcra.try_take(now, 1));
/// assert!(gcra.try_take(now + Span::from_millis(100), 1));
/// # Ok::<(), orrery_core::patterns::rate_limiting::token_bucket::algorithm::LimitError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gcra {
    limit: Limit,
    /// The theoretical arrival time, as the credit that a never-filled bucket would have gained by
    /// then since time zero. Counting time in credit keeps fractions of a nanosecond exact.
    tat: u128,
}

impl Gcra {
    /// A limiter that admits a burst of the limit's capacity at once.
    pub const fn new(limit: Limit) -> Self {
        Self { limit, tat: 0 }
    }

    /// Takes `cost` if it is not too early for it, and says whether.
    #[inline]
    pub fn try_take(&mut self, at: SimTime, cost: u64) -> bool {
        if cost > self.limit.capacity {
            return false;
        }
        // region: theoretical-arrival
        let now = self.credit_time(at);
        let next = self.tat.max(now) + u128::from(cost * self.limit.token());
        if next > now + u128::from(self.limit.full) {
            return false;
        }
        self.tat = next;
        true
        // endregion
    }

    /// Like [`try_take`](Self::try_take), with everything a client may want to be told.
    pub fn decide(&mut self, at: SimTime, cost: u64) -> Decision {
        let verdict = if self.try_take(at, cost) {
            Verdict::Admitted
        } else {
            self.refusal(at, cost)
        };
        let token = self.limit.token();
        let now = self.credit_time(at);
        let bound = now + u128::from(self.limit.full);
        let spare = bound.saturating_sub(self.tat.max(now));
        let remaining = (spare / u128::from(token)) as u64;
        let more_after = if remaining < self.limit.capacity {
            self.wait_for(at, (remaining + 1) * token)
        } else {
            None
        };
        Decision {
            verdict,
            limit: self.limit.capacity,
            remaining,
            more_after,
            reset_after: self.wait_for(at, self.limit.full),
        }
    }

    /// Time zero to `at`, as credit.
    #[inline]
    fn credit_time(&self, at: SimTime) -> u128 {
        u128::from(at.as_nanos()) * u128::from(self.limit.gain())
    }

    /// Why `cost` does not pass at `at`.
    fn refusal(&self, at: SimTime, cost: u64) -> Verdict {
        if cost > self.limit.capacity {
            let limit = self.limit.capacity;
            return Verdict::Never(Obstacle::CostAboveLimit { cost, limit });
        }
        match self.wait_for(at, cost * self.limit.token()) {
            Some(retry_after) => Verdict::Refused { retry_after },
            None => Verdict::Never(Obstacle::RefillStopped),
        }
    }

    /// How long after `at` a cost of `credit` stops being too early; `None` if it never does.
    fn wait_for(&self, at: SimTime, credit: u64) -> Option<Span> {
        let from = self.tat + u128::from(credit);
        let early = from.saturating_sub(self.credit_time(at) + u128::from(self.limit.full));
        match (early, self.limit.gain()) {
            (0, _) => Some(Span::ZERO),
            (_, 0) => None,
            (early, gain) => {
                let nanos = early.div_ceil(u128::from(gain));
                Some(Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
            }
        }
    }
}

impl<K: ?Sized> Limiter<K> for Gcra {
    fn decide(&mut self, at: SimTime, _key: &K, cost: u64) -> Decision {
        self.decide(at, cost)
    }
}
