//! What the bucket promises, and the account that the first promise is held against.

use super::algorithm::Limit;
use super::model::{Answer, Limited};
use crate::patterns::rate_limiting::limiter::Verdict;
use crate::prelude::*;
use crate::real::fixed;
use crate::words::counted;

/// The name of a promise that clock steps, crashes and races can break.
pub(super) const NEVER_MORE: &str = "never more than burst plus rate";
/// The name of a promise that a race between check and take breaks.
pub(super) const IN_RANGE: &str = "tokens stay between 0 and the capacity";
/// The name of a promise that a refill by timer breaks.
pub(super) const ONLY_WHEN_SHORT: &str = "refused only when tokens are short";
/// The name of a promise that waits in whole seconds break.
pub(super) const EXACT_WAIT: &str = "the wait told is exact";

/// What the promise leaves of a bucket's credit, from the admissions alone: the largest excess of
/// admitted cost over refill, over all intervals that end now.
///
/// Counted in parts of a token as small as the refill of a nanosecond, so that it is exact.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ledger {
    excess: u128,
    /// Up to when the refill is counted.
    pub(super) at: SimTime,
}

impl Ledger {
    /// Time passes up to `now`.
    pub(super) fn pass(&mut self, limit: &Limit, now: SimTime) {
        let gain = u128::from(limit.rate().tokens()) * u128::from((now - self.at).as_nanos());
        self.excess = self.excess.saturating_sub(gain);
        self.at = self.at.max(now);
    }

    /// A cost is admitted.
    pub(super) fn admit(&mut self, limit: &Limit, cost: u32) {
        self.excess += u128::from(cost) * u128::from(limit.rate().per().as_nanos());
    }

    /// A change of capacity starts a new promise from the tokens that are there. Rates are stated
    /// per the same period always, so the unit stays.
    pub(super) fn change(&mut self, old: &Limit, new: &Limit) {
        let full = |limit: &Limit| {
            u128::from(limit.capacity()) * u128::from(limit.rate().per().as_nanos())
        };
        self.excess = (self.excess + full(new)).saturating_sub(full(old));
    }

    /// Tokens admitted beyond the promise.
    fn overspent(&self, limit: &Limit) -> f64 {
        let token = limit.rate().per().as_nanos() as f64;
        self.excess as f64 / token - limit.capacity() as f64
    }

    fn is_broken(&self, limit: &Limit) -> bool {
        self.excess > u128::from(limit.capacity()) * u128::from(limit.rate().per().as_nanos())
    }
}

/// What the bucket promises.
pub(super) static PROPERTIES: &[Property<Limited>] = &[
    Property::always(
        NEVER_MORE,
        "In every interval of length t, by the limiter's clock, the admitted cost is at most \
         capacity + refill × t.",
        |model, _| {
            let limit = model.limit();
            let broken = model
                .ledgers
                .iter()
                .find(|(_, ledger)| ledger.is_broken(&limit));
            holds(broken.is_none(), || {
                let (key, ledger) = broken.expect("a broken ledger was found");
                let whose = model.bucket_name(*key);
                format!(
                    "{whose} admitted {} tokens too many",
                    fixed(ledger.overspent(&limit), 3)
                )
            })
        },
    ),
    Property::always(
        IN_RANGE,
        "No bucket holds more tokens than its capacity, or fewer than none.",
        |model, _| {
            let Some(answer) = &model.answer else {
                return Ok(());
            };
            let left = answer.after.tokens(answer.at);
            let capacity = answer.decision.limit;
            let (credit, token) = left.as_ratio();
            let is_within = !left.are_owed() && credit.unsigned_abs() <= capacity * token;
            holds(is_within, || {
                format!("{left} of {}", counted(capacity, ["token", "tokens"]))
            })
        },
    ),
    Property::always(
        ONLY_WHEN_SHORT,
        "A request is refused only if fewer tokens are due than it costs.",
        |model, _| {
            let Some(answer) = &model.answer else {
                return Ok(());
            };
            let short = u64::from(answer.request.cost) > answer.due.whole();
            holds(answer.decision.is_admitted() || short, || {
                format!(
                    "a cost of {} was refused with {} tokens due",
                    answer.request.cost, answer.due
                )
            })
        },
    ),
    Property::always(
        EXACT_WAIT,
        "Were nothing else to come, the refused request would pass at the instant it was told, and \
         not a nanosecond earlier.",
        |model, _| {
            let Some(answer) = &model.answer else {
                return Ok(());
            };
            let Verdict::Refused { retry_after } = answer.decision.verdict else {
                return Ok(());
            };
            holds(passes_first_after(model, answer, retry_after), || {
                format!("the wait of {retry_after} is not exact")
            })
        },
    ),
];

/// Whether what was refused would pass after `wait`, and not a nanosecond earlier, if nothing else
/// came.
fn passes_first_after(model: &Limited, answer: &Answer, wait: Span) -> bool {
    let passes = |wait: Span| {
        let at = model.poured(answer.now + wait);
        let mut bucket = answer.after.clone();
        bucket.try_take(at, answer.request.cost.into())
    };
    passes(wait) && !passes(wait.saturating_sub(Span::from_nanos(1)))
}
