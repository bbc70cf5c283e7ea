//! One bucket, refilled lazily.
//!
//! Owns the level and the decision. Keys are [`keyed`](super::keyed)'s business.

use std::fmt;
use std::hint::select_unpredictable;

use super::limit::{Limit, MISSING_MAX};
use crate::patterns::rate_limiting::limiter::{Decision, Limiter, Obstacle, Verdict};
use crate::time::{SimTime, Span};

/// A token bucket: a [`Limit`] and the [`Level`] it is at.
///
/// As a [`Limiter`] it is one quota shared by all keys.
///
/// ```
/// use orrery_core::patterns::rate_limiting::limiter::Verdict;
/// use orrery_core::patterns::rate_limiting::token_bucket::algorithm::{Limit, Rate, TokenBucket};
/// use orrery_core::time::{SimTime, Span};
///
/// let mut bucket = TokenBucket::full(Limit::new(3, Rate::per_second(2))?, SimTime::ZERO);
///
/// // The burst passes, the fourth does not: the next token is half a second away.
/// let now = SimTime::from_secs(7);
/// assert!((0..3).all(|_| bucket.try_take(now, 1)));
/// let half = Span::from_millis(500);
/// assert_eq!(bucket.decide(now, 1).verdict, Verdict::Refused { retry_after: half });
///
/// // Exact to the nanosecond.
/// assert!(!bucket.try_take(now + half - Span::from_nanos(1), 1));
/// assert!(bucket.try_take(now + half, 1));
/// # Ok::<(), orrery_core::patterns::rate_limiting::token_bucket::algorithm::LimitError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenBucket {
    pub(super) limit: Limit,
    pub(super) level: Level,
}

/// How full a bucket is, as of the latest instant it has seen. Sixteen bytes; means something only
/// together with its [`Limit`].
///
/// It counts what is missing, not what is there: what is gained is taken off down to zero, whatever
/// the capacity, which takes fewer steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Credit missing in a full bucket, at most [`MISSING_MAX`]; above `limit.full` only after a charge
    /// of more than was there.
    missing: u64,
    /// The latest instant seen: credit has been given up to here, and never twice.
    at: SimTime,
}

/// An exact number of tokens, with its fraction; below zero when more were charged than there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    credit: i64,
    token: u64,
}

impl TokenBucket {
    /// A full bucket, at `at`.
    pub const fn full(limit: Limit, at: SimTime) -> Self {
        let level = Level::full(at);
        Self { limit, level }
    }

    /// An empty bucket, at `at`: for a limiter that has forgotten what was spent before.
    pub const fn empty(limit: Limit, at: SimTime) -> Self {
        let level = Level::empty(&limit, at);
        Self { limit, level }
    }

    /// Takes `cost` tokens if they are there, and says whether. A few nanoseconds, no division.
    #[inline]
    pub fn try_take(&mut self, at: SimTime, cost: u64) -> bool {
        self.level.try_take(&self.limit, at, cost)
    }

    /// Like [`try_take`](Self::try_take), with everything a client may want to be told.
    #[inline]
    pub fn decide(&mut self, at: SimTime, cost: u64) -> Decision {
        self.level.decide(&self.limit, at, cost)
    }

    /// Takes `cost` tokens whether they are there or not, as [`Level::charge`] does.
    pub fn charge(&mut self, at: SimTime, cost: u64) {
        self.level.charge(&self.limit, at, cost);
    }

    /// The tokens there at `at`, without touching the bucket.
    pub fn tokens(&self, at: SimTime) -> Tokens {
        self.level.tokens(&self.limit, at)
    }

    /// The limit in force.
    pub const fn limit(&self) -> &Limit {
        &self.limit
    }

    /// Puts another limit in force from `at` on.
    ///
    /// Time up to `at` is credited at the old rate. The tokens there stay, but for what exceeds
    /// the new capacity; room that a larger capacity adds starts empty. If the rates are stated
    /// per different periods, what does not divide evenly (less than one unit of the new credit)
    /// is lost, never gained.
    pub fn set_limit(&mut self, at: SimTime, limit: Limit) {
        self.level.change_limit(&self.limit, &limit, at);
        self.limit = limit;
    }
}

impl<K: ?Sized> Limiter<K> for TokenBucket {
    fn decide(&mut self, at: SimTime, _key: &K, cost: u64) -> Decision {
        self.decide(at, cost)
    }
}

impl Level {
    /// The level of a full bucket.
    pub const fn full(at: SimTime) -> Self {
        Self { missing: 0, at }
    }

    /// The level of an empty bucket.
    pub const fn empty(limit: &Limit, at: SimTime) -> Self {
        let missing = limit.full;
        Self { missing, at }
    }

    /// The credit that is there; below zero after a charge of more than was there.
    const fn credit(&self, limit: &Limit) -> i64 {
        limit.full.wrapping_sub(self.missing) as i64
    }

    /// Takes `cost` tokens if they are there at `at`, and says whether.
    #[inline]
    pub fn try_take(&mut self, limit: &Limit, at: SimTime, cost: u64) -> bool {
        // Checked against the capacity first: any cost within it can be counted in credit.
        if cost > limit.capacity {
            self.refill(limit, at);
            return false;
        }
        let gained = self.gain(limit, at);
        // region: decide
        let price = cost * limit.token();
        let owed = self.missing.saturating_sub(gained);
        // What is free passes even while a charge is being paid off.
        let may_be_missing = if price == 0 {
            MISSING_MAX
        } else {
            limit.full - price
        };
        // As `owed > may_be_missing`, but does not wait for the subtraction.
        let is_short = may_be_missing + gained < self.missing;
        // No processor guesses well how full a bucket is, so nothing is to branch on it.
        self.missing = owed + select_unpredictable(is_short, 0, price);
        !is_short
        // endregion
    }

    /// Takes `cost` tokens at `at` whether they are there or not: for a cost that shows only
    /// afterwards. The level may fall below zero, and nothing passes until it is back.
    ///
    /// A check made beforehand does not keep it from falling: others may come in between. Who wants
    /// that [tries to take](Self::try_take), in one step.
    ///
    /// ```
    /// use orrery_core::patterns::rate_limiting::token_bucket::algorithm::{Limit, Rate, TokenBucket};
    /// use orrery_core::time::{SimTime, Span};
    ///
    /// let mut bucket = TokenBucket::full(Limit::new(3, Rate::per_second(2))?, SimTime::ZERO);
    /// bucket.charge(SimTime::ZERO, 5);
    /// assert_eq!(bucket.tokens(SimTime::ZERO).to_string(), "−2.000");
    /// // A second pays that off, another half brings a token.
    /// let retry_after = bucket.decide(SimTime::ZERO, 1).retry_after();
    /// assert_eq!(retry_after, Some(Span::from_millis(1_500)));
    /// # Ok::<(), orrery_core::patterns::rate_limiting::token_bucket::algorithm::LimitError>(())
    /// ```
    pub fn charge(&mut self, limit: &Limit, at: SimTime, cost: u64) {
        self.refill(limit, at);
        // region: charge
        let price = cost.saturating_mul(limit.token());
        self.missing = self.missing.saturating_add(price).min(MISSING_MAX);
        // endregion
    }

    /// Like [`try_take`](Self::try_take), and describes where that leaves the bucket.
    #[inline]
    pub fn decide(&mut self, limit: &Limit, at: SimTime, cost: u64) -> Decision {
        let verdict = if self.try_take(limit, at, cost) {
            Verdict::Admitted
        } else {
            self.refusal(limit, at, cost)
        };
        let remaining = self.credit(limit).max(0) as u64 / limit.token();
        let more_after = if remaining < limit.capacity {
            self.wait_for(limit, at, (remaining + 1) * limit.token())
        } else {
            None
        };
        Decision {
            verdict,
            limit: limit.capacity,
            remaining,
            more_after,
            reset_after: self.wait_for(limit, at, limit.full),
        }
    }

    /// Brings the level up to `at`.
    #[inline]
    pub(super) fn refill(&mut self, limit: &Limit, at: SimTime) {
        let gained = self.gain(limit, at);
        self.missing = self.missing.saturating_sub(gained);
    }

    /// The credit gained since the latest instant seen, which is `at` from now on. At most
    /// [`MISSING_MAX`]: more is never missing.
    #[inline]
    fn gain(&mut self, limit: &Limit, at: SimTime) -> u64 {
        // region: refill
        if let Some(gained) = gained_quickly(limit, self.at, at) {
            self.at = at;
            return gained;
        }
        let gained = gained(limit, self.at, at);
        // A clock that has stepped back leaves `self.at` where it was: the nanoseconds it is about to
        // show again have been paid for already.
        self.at = self.at.max(at);
        gained
        // endregion
    }

    /// Why `cost` does not pass at `at`; the level is up to date and too low.
    fn refusal(&self, limit: &Limit, at: SimTime, cost: u64) -> Verdict {
        // region: retry-after
        if cost > limit.capacity {
            let limit = limit.capacity;
            return Verdict::Never(Obstacle::CostAboveLimit { cost, limit });
        }
        match self.wait_for(limit, at, cost * limit.token()) {
            Some(retry_after) => Verdict::Refused { retry_after },
            None => Verdict::Never(Obstacle::RefillStopped),
        }
        // endregion
    }

    /// How long after `at` the level reaches `credit`, which a full bucket has, to the nanosecond;
    /// `None` if never.
    #[inline]
    fn wait_for(&self, limit: &Limit, at: SimTime, credit: u64) -> Option<Span> {
        let may_be_missing = limit.full - credit;
        if self.missing <= may_be_missing {
            return Some(Span::ZERO);
        }
        // Nothing is gained until a clock that stepped back has caught up.
        let lag = self.at.since(at);
        Some(lag + limit.time_to_gain(self.missing - may_be_missing)?)
    }

    /// The tokens there at `at`.
    pub(super) fn tokens(mut self, limit: &Limit, at: SimTime) -> Tokens {
        self.refill(limit, at);
        Tokens {
            credit: self.credit(limit),
            token: limit.token(),
        }
    }

    /// When the bucket will be full if nothing more is taken; `None` if never.
    pub(super) fn full_at(&self, limit: &Limit) -> Option<SimTime> {
        Some(self.at + self.wait_for(limit, self.at, limit.full)?)
    }

    /// Credits time up to `at` under `old`, then counts in the units of `new`.
    pub(super) fn change_limit(&mut self, old: &Limit, new: &Limit, at: SimTime) {
        self.refill(old, at);
        // region: change-limit
        let credit = self.credit(old);
        let size = u128::from(credit.unsigned_abs()) * u128::from(new.token());
        let unit = u128::from(old.token());
        let full = u128::from(new.full);
        let missing = if credit < 0 {
            full + size.div_ceil(unit)
        } else {
            full.saturating_sub(size / unit)
        };
        self.missing = missing.min(u128::from(MISSING_MAX)) as u64;
        // endregion
    }
}

/// The credit gained from one instant to another: none where the clock has stepped back.
#[cold]
#[inline(never)]
fn gained(limit: &Limit, from: SimTime, to: SimTime) -> u64 {
    let elapsed = to.since(from).as_nanos();
    elapsed.saturating_mul(limit.gain()).min(MISSING_MAX)
}

/// The same, while clocks go on and what they bring fits: for those a processor can guess, which it
/// cannot do for a maximum.
#[inline]
fn gained_quickly(limit: &Limit, from: SimTime, to: SimTime) -> Option<u64> {
    let elapsed = to.as_nanos().checked_sub(from.as_nanos())?;
    let elapsed = i64::try_from(elapsed).ok()?;
    let gained = elapsed.checked_mul(limit.gain().cast_signed())?;
    Some(gained.cast_unsigned())
}

impl Tokens {
    /// Whole tokens: what could be spent now.
    pub fn whole(self) -> u64 {
        self.credit.max(0) as u64 / self.token
    }

    /// Whether more was charged than there was.
    pub const fn are_owed(self) -> bool {
        self.credit < 0
    }

    /// Tokens as numerator and denominator, not reduced.
    pub const fn as_ratio(self) -> (i64, u64) {
        (self.credit, self.token)
    }

    /// Tokens with their fraction, for drawing.
    pub fn as_f64(self) -> f64 {
        self.credit as f64 / self.token as f64
    }
}

/// Rounds towards zero, to the precision asked for or else three digits, so that no token shows
/// before it can be spent.
impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.are_owed() {
            f.write_str("−")?;
        }
        let size = self.credit.unsigned_abs();
        write!(f, "{}", size / self.token)?;
        let digits = f.precision().unwrap_or(3);
        let mut rest = u128::from(size % self.token);
        if digits > 0 {
            f.write_str(".")?;
        }
        for _ in 0..digits {
            rest *= 10;
            let digit = (rest / u128::from(self.token)) as u64;
            write!(f, "{digit}")?;
            rest %= u128::from(self.token);
        }
        Ok(())
    }
}
