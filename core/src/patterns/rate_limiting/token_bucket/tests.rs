//! The promises of the token bucket, edge by edge and by random search.

mod model;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, FakeRelativeClock};
use governor::{Quota, RateLimiter};
use proptest::prelude::*;

use super::algorithm::{Gcra, KeyedTokenBuckets, Limit, LimitError, Rate, TokenBucket};
use crate::patterns::rate_limiting::limiter::{Decision, Limiter, Obstacle, Verdict};
use crate::time::{SimTime, Span};

/// A request: nanoseconds since the one before, and its cost.
type Request = (u64, u64);

fn limit(capacity: u64, tokens: u64, per: Span) -> Limit {
    let rate = Rate::new(tokens, per).expect("the period is positive");
    Limit::new(capacity, rate).expect("small enough")
}

fn full(limit: Limit) -> TokenBucket {
    TokenBucket::full(limit, SimTime::ZERO)
}

fn at_millis(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

fn refused(wait: Span) -> Verdict {
    Verdict::Refused { retry_after: wait }
}

/// Rates with whole and with endless periods per token, from slow to faster than one per
/// nanosecond.
fn limits() -> impl Strategy<Value = Limit> {
    let periods = [1, 3, 1_000, 999_999_937, 1_000_000_000, 60_000_000_000];
    let per = proptest::sample::select(periods.to_vec()).prop_map(Span::from_nanos);
    (1..40_u64, 1..200_u64, per).prop_map(|(capacity, tokens, per)| limit(capacity, tokens, per))
}

/// Numbers of every size, and those at the ends.
fn up_to(most: u64) -> impl Strategy<Value = u64> {
    let of_size = (any::<u64>(), 0..64_u32).prop_map(|(number, shift)| number >> shift);
    let ends = proptest::sample::select(vec![0, 1, i64::MAX as u64, 1 << 63, u64::MAX]);
    prop_oneof![4 => of_size, 1 => ends].prop_map(move |number| number.min(most))
}

/// Requests whose gaps are on the scale of the limit's own time per token, with some bursts and
/// some long silences, and costs from nothing to a little over the capacity.
fn limit_and_requests() -> impl Strategy<Value = (Limit, Vec<Request>)> {
    limits().prop_flat_map(|limit| {
        let per_token = (limit.rate().per().as_nanos() / limit.rate().tokens()).max(1);
        let gap = prop_oneof![
            2 => Just(0),
            6 => 0..=3 * per_token,
            1 => 0..=50 * per_token,
        ];
        let cost = prop_oneof![4 => Just(1), 2 => 0..=limit.capacity() + 2];
        let requests = proptest::collection::vec((gap, cost), 1..120);
        (Just(limit), requests)
    })
}

/// The instants at which requests arrive, with their costs.
fn arrivals(requests: &[Request]) -> impl Iterator<Item = (SimTime, u64)> + '_ {
    requests.iter().scan(SimTime::ZERO, |now, &(gap, cost)| {
        *now += Span::from_nanos(gap);
        Some((*now, cost))
    })
}

#[test]
fn a_burst_of_the_capacity_passes_and_the_next_request_waits_for_one_token() {
    let mut bucket = full(limit(5, 2, Span::from_secs(1)));
    assert!((0..5).all(|_| bucket.try_take(SimTime::ZERO, 1)));
    let decision = bucket.decide(SimTime::ZERO, 1);
    let expected = Decision {
        verdict: refused(Span::from_millis(500)),
        limit: 5,
        remaining: 0,
        more_after: Some(Span::from_millis(500)),
        reset_after: Some(Span::from_millis(2_500)),
    };
    assert_eq!(decision, expected);
}

#[test]
fn the_answer_describes_the_bucket_after_the_request() {
    let mut bucket = full(limit(5, 2, Span::from_secs(1)));
    let first = bucket.decide(SimTime::ZERO, 2);
    assert_eq!((first.verdict, first.remaining), (Verdict::Admitted, 3));
    assert_eq!(first.more_after, Some(Span::from_millis(500)));
    assert_eq!(first.reset_after, Some(Span::from_secs(1)));

    let idle = bucket.decide(at_millis(1_000), 0);
    assert_eq!((idle.verdict, idle.remaining), (Verdict::Admitted, 5));
    assert_eq!(idle.more_after, None, "a full bucket gains nothing");
    assert_eq!(idle.reset_after, Some(Span::ZERO));
}

#[test]
fn a_refused_request_costs_nothing() {
    let mut bucket = full(limit(4, 1, Span::from_secs(1)));
    assert!(bucket.try_take(SimTime::ZERO, 3));
    let before = bucket.clone();
    assert!(!bucket.try_take(SimTime::ZERO, 2));
    assert_eq!(bucket, before);
    assert!(bucket.try_take(SimTime::ZERO, 1));
}

#[test]
fn a_cost_above_the_capacity_never_passes_and_is_not_told_to_wait() {
    for cost in [4, u64::MAX] {
        let limit = limit(3, 1, Span::from_secs(1));
        let never = Verdict::Never(Obstacle::CostAboveLimit { cost, limit: 3 });
        assert_eq!(full(limit).decide(SimTime::MAX, cost).verdict, never);
        assert_eq!(Gcra::new(limit).decide(SimTime::MAX, cost).verdict, never);
    }
}

#[test]
fn an_empty_capacity_admits_only_what_costs_nothing() {
    let mut bucket = full(limit(0, 1, Span::from_secs(1)));
    assert!(bucket.try_take(at_millis(9_000), 0));
    assert!(!bucket.try_take(at_millis(9_000), 1));
    assert_eq!(bucket.decide(at_millis(9_000), 0).more_after, None);
}

#[test]
fn the_longest_silence_fills_the_bucket_and_no_more() {
    let mut bucket = full(limit(7, u64::MAX, Span::from_secs(1)));
    assert!(bucket.try_take(SimTime::ZERO, 7));
    assert_eq!(bucket.tokens(SimTime::MAX).whole(), 7);
    assert!(bucket.try_take(SimTime::MAX, 7));
    assert!(!bucket.try_take(SimTime::MAX, 1));
}

#[test]
fn a_clock_that_steps_back_mints_no_tokens() {
    let mut bucket = full(limit(2, 1, Span::from_secs(1)));
    assert!(bucket.try_take(at_millis(10_000), 2));

    // Shown the same second again and again, the bucket has nothing to add.
    for _ in 0..5 {
        assert!(!bucket.try_take(at_millis(9_000), 1));
        assert!(!bucket.try_take(at_millis(10_000), 1));
    }

    // The wait counts from what the clock shows: a second to catch up, a second for the token.
    let back = at_millis(9_000);
    let wait = Span::from_secs(2);
    assert_eq!(bucket.decide(back, 1).verdict, refused(wait));
    assert!(!bucket.try_take(back + wait - Span::from_nanos(1), 1));
    assert!(bucket.try_take(back + wait, 1));
}

#[test]
fn a_stopped_refill_admits_what_is_left_and_then_never() {
    let running = limit(3, 1, Span::from_secs(1));
    let mut bucket = full(running);
    assert!(bucket.try_take(SimTime::ZERO, 2));
    bucket.set_limit(at_millis(500), running.frozen());
    assert_eq!(bucket.tokens(at_millis(60_000)).to_string(), "1.500");
    assert!(bucket.try_take(at_millis(60_000), 1));
    let decision = bucket.decide(at_millis(60_000), 1);
    assert_eq!(
        decision.verdict,
        Verdict::Never(Obstacle::RefillStopped),
        "no wait can be promised while the refill is stopped"
    );
    assert_eq!((decision.more_after, decision.reset_after), (None, None));

    // Thawed, it goes on from the half token that it had.
    bucket.set_limit(at_millis(60_000), running);
    let half = refused(Span::from_millis(500));
    assert_eq!(bucket.decide(at_millis(60_000), 1).verdict, half);
}

#[test]
fn a_change_of_rate_credits_the_past_at_the_old_rate() {
    let mut bucket = full(limit(10, 1, Span::from_secs(1)));
    assert!(bucket.try_take(SimTime::ZERO, 10));
    bucket.set_limit(at_millis(2_500), limit(10, 4, Span::from_secs(1)));
    assert_eq!(bucket.tokens(at_millis(2_500)).to_string(), "2.500");
    assert_eq!(bucket.tokens(at_millis(3_500)).to_string(), "6.500");
}

#[test]
fn a_change_of_capacity_takes_the_surplus_and_gives_nothing() {
    let per_second = Span::from_secs(1);
    let mut bucket = full(limit(10, 1, per_second));
    bucket.set_limit(SimTime::ZERO, limit(4, 1, per_second));
    assert_eq!(bucket.tokens(SimTime::ZERO).to_string(), "4.000");
    bucket.set_limit(SimTime::ZERO, limit(10, 1, per_second));
    assert_eq!(bucket.tokens(SimTime::ZERO).to_string(), "4.000");
    assert_eq!(bucket.tokens(at_millis(2_000)).to_string(), "6.000");
}

#[test]
fn limits_that_cannot_be_exact_are_refused_with_a_way_out() {
    let zero = Rate::new(3, Span::ZERO).expect_err("a zero period is no rate");
    assert!(zero.to_string().contains("at least 1 ns"), "{zero}");

    let day = Rate::new(1, Span::from_secs(86_400)).expect("a day is a period");
    let most = (1 << 62) / day.per().as_nanos();
    assert!(Limit::new(most, day).is_ok());
    let error = Limit::new(most + 1, day).expect_err("does not fit");
    assert!(matches!(error, LimitError::TooLarge { most: m, .. } if m == most));
    assert!(error.to_string().contains("use at most 53375"), "{error}");
}

#[test]
fn what_was_charged_beyond_the_level_is_paid_off_before_anything_passes() {
    let mut bucket = full(limit(3, 2, Span::from_secs(1)));
    bucket.charge(SimTime::ZERO, 4);
    let shown = |bucket: &TokenBucket, at| bucket.tokens(at).to_string();
    assert_eq!(shown(&bucket, SimTime::ZERO), "−1.000");
    assert_eq!(shown(&bucket, at_millis(250)), "−0.500");
    assert!(bucket.tokens(at_millis(250)).are_owed());
    let decision = bucket.decide(at_millis(250), 2);
    let wait = Span::from_millis(1_250);
    assert_eq!(decision.verdict, Verdict::Refused { retry_after: wait });
    assert_eq!(decision.remaining, 0);
    assert!(bucket.try_take(at_millis(250), 0), "what is free passes");
    // Another unit, rate and room leave the debt what it is.
    bucket.set_limit(at_millis(250), limit(9, 1, Span::from_secs(3)));
    assert_eq!(shown(&bucket, at_millis(250)), "−0.500");
    assert!(!bucket.try_take(at_millis(4_749), 1));
    assert!(bucket.try_take(at_millis(4_750), 1));
}

#[test]
fn a_vast_charge_is_bounded_and_forgives_nothing() {
    let mut bucket = full(limit(3, u64::MAX, Span::from_secs(1)));
    bucket.charge(SimTime::ZERO, u64::MAX);
    bucket.charge(SimTime::ZERO, u64::MAX);
    assert!(bucket.tokens(SimTime::ZERO).are_owed());
    bucket.set_limit(SimTime::ZERO, limit(3, 1, Span::from_nanos(1)));
    assert!(bucket.tokens(SimTime::ZERO).are_owed());
    assert!(bucket.tokens(SimTime::from_nanos(u64::MAX)).whole() <= 3);
}

#[test]
fn tokens_show_rounded_down_to_the_digits_asked_for() {
    let mut bucket = full(limit(2, 1, Span::from_secs(3)));
    assert!(bucket.try_take(SimTime::ZERO, 2));
    let tokens = bucket.tokens(at_millis(2_000));
    assert_eq!(tokens.to_string(), "0.666");
    assert_eq!(format!("{tokens:.0}"), "0");
    assert_eq!(format!("{tokens:.6}"), "0.666666");
}

/// Asks a never-full bucket `requests` times and compares its credit, to the last unit, with what
/// was put in less what was taken out.
fn check_no_drift(requests: u64) {
    // Seven tokens per 3 s: a period per token of 428,571,428.57... ns, which no integer holds.
    let (capacity, tokens, per) = (1_000_000, 7, 3_000_000_000_u64);
    let mut bucket = full(limit(capacity, tokens, Span::from_nanos(per)));
    assert!(bucket.try_take(SimTime::ZERO, capacity / 2));
    let (mut now, mut taken) = (0_u64, capacity / 2);
    for i in 0..requests {
        // Uneven gaps which on average bring one token each, so that the level stays in between.
        now += 278_571_428 + i * 7_919 % 300_000_001;
        taken += u64::from(bucket.try_take(SimTime::from_nanos(now), 1));
    }
    let there = u128::from(capacity) * u128::from(per) + u128::from(now) * u128::from(tokens)
        - u128::from(taken) * u128::from(per);
    // What is there in credit, shown to nine digits, must be what the bucket shows.
    let expected = format!(
        "{}.{:09}",
        there / u128::from(per),
        there % u128::from(per) * 1_000_000_000 / u128::from(per)
    );
    let shown = bucket.tokens(SimTime::from_nanos(now));
    assert_eq!(format!("{shown:.9}"), expected);
    assert!(shown.whole() < capacity, "the bucket must not have filled");
}

#[test]
fn no_drift_after_two_hundred_thousand_requests() {
    check_no_drift(200_000);
}

#[test]
#[ignore = "takes seconds in release and minutes in debug; the sum is the same at any length"]
fn no_drift_after_a_billion_requests() {
    check_no_drift(1_000_000_000);
}

/// Whether admitting `cost` at `now` would keep the promise of the pattern: in every interval
/// that ends now, admitted cost at most capacity plus rate times length. Judged from the history
/// of admissions alone, without any notion of a level.
fn keeps_the_promise(limit: &Limit, admitted: &[(SimTime, u64)], now: SimTime, cost: u64) -> bool {
    let nanos = |at: SimTime| i128::from(at.as_nanos());
    let per = i128::from(limit.rate().per().as_nanos());
    let fits = |spent: u64, since: SimTime| {
        let gained = (nanos(now) - nanos(since)) * i128::from(limit.rate().tokens());
        i128::from(spent) * per <= i128::from(limit.capacity()) * per + gained
    };
    let mut spent = cost;
    let since_each_admission = admitted.iter().rev().all(|&(then, cost)| {
        spent += cost;
        fits(spent, then)
    });
    fits(cost, now) && since_each_admission
}

fn governor_limiter(limit: &Limit, clock: &FakeRelativeClock) -> GovernorLimiter {
    let period = limit.rate().per().as_nanos() / limit.rate().tokens();
    let burst = u32::try_from(limit.capacity())
        .ok()
        .and_then(NonZeroU32::new);
    let quota = Quota::with_period(Duration::from_nanos(period))
        .expect("the period is positive")
        .allow_burst(burst.expect("capacities in these tests are small and positive"));
    RateLimiter::direct_with_clock(quota, clock.clone())
}

type GovernorLimiter = RateLimiter<
    governor::state::NotKeyed,
    governor::state::InMemoryState,
    FakeRelativeClock,
    governor::middleware::NoOpMiddleware<governor::nanos::Nanos>,
>;

/// Governor's answer in this family's terms: admitted, or refused with an exact wait.
fn governor_verdict(limiter: &GovernorLimiter, clock: &FakeRelativeClock, cost: u64) -> Verdict {
    let Some(cells) = u32::try_from(cost).ok().and_then(NonZeroU32::new) else {
        return Verdict::Admitted;
    };
    match limiter.check_n(cells) {
        Ok(Ok(())) => Verdict::Admitted,
        Ok(Err(not_until)) => {
            let wait = not_until.wait_time_from(clock.now()).as_nanos();
            refused(Span::from_nanos(u64::try_from(wait).expect("short")))
        }
        Err(too_large) => Verdict::Never(Obstacle::CostAboveLimit {
            cost,
            limit: u64::from(too_large.0),
        }),
    }
}

/// The same bucket per key, remembered for ever: what forgetting must not be distinguishable from.
struct Unforgetting {
    now: SimTime,
    /// A bucket that nobody uses: what a key starts from.
    idle: TokenBucket,
    buckets: BTreeMap<u8, TokenBucket>,
}

impl Unforgetting {
    fn new(limit: Limit) -> Self {
        Self {
            now: SimTime::ZERO,
            idle: full(limit),
            buckets: BTreeMap::new(),
        }
    }

    fn decide(&mut self, at: SimTime, key: u8, cost: u64) -> Decision {
        self.now = self.now.max(at);
        // The keyed limiter's keys share one latest instant.
        let latest = self.now;
        let bucket = self.bucket(key);
        bucket.decide(latest, 0);
        bucket.decide(at, cost)
    }

    fn charge(&mut self, at: SimTime, key: u8, cost: u64) {
        self.now = self.now.max(at);
        let latest = self.now;
        self.bucket(key).charge(latest, cost);
    }

    fn bucket(&mut self, key: u8) -> &mut TokenBucket {
        self.buckets.entry(key).or_insert_with(|| self.idle.clone())
    }

    fn set_limit(&mut self, at: SimTime, limit: Limit) {
        self.now = self.now.max(at);
        self.idle.set_limit(self.now, limit);
        for bucket in self.buckets.values_mut() {
            bucket.set_limit(self.now, limit);
        }
    }

    fn not_full(&self) -> usize {
        let idle = self.idle.tokens(self.now);
        let spent = |bucket: &&TokenBucket| bucket.tokens(self.now) != idle;
        self.buckets.values().filter(spent).count()
    }
}

/// What may happen to a keyed limiter.
#[derive(Debug, Clone)]
enum Step {
    Ask { gap: u64, key: u8, cost: u64 },
    Charge { key: u8, cost: u64 },
    ClockBack { by: u64 },
    Change { capacity: u64, tokens: u64 },
    Freeze,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ask = (0..700_000_000_u64, 0..12_u8, 0..6_u64).prop_map(|(gap, key, cost)| Step::Ask {
        gap,
        key,
        cost,
    });
    let charge = (0..12_u8, 0..9_u64).prop_map(|(key, cost)| Step::Charge { key, cost });
    let back = (0..2_000_000_000_u64).prop_map(|by| Step::ClockBack { by });
    let change =
        (0..9_u64, 1..9_u64).prop_map(|(capacity, tokens)| Step::Change { capacity, tokens });
    let step = prop_oneof![30 => ask, 3 => charge, 1 => back, 1 => change, 1 => Just(Step::Freeze)];
    proptest::collection::vec(step, 1..200)
}

proptest! {
    #[test]
    fn admits_exactly_what_the_promise_allows((limit, requests) in limit_and_requests()) {
        let mut bucket = full(limit);
        let mut admitted = Vec::new();
        for (now, cost) in arrivals(&requests) {
            let allowed = keeps_the_promise(&limit, &admitted, now, cost);
            prop_assert_eq!(bucket.try_take(now, cost), allowed, "cost {} at {}", cost, now);
            if allowed {
                admitted.push((now, cost));
            }
        }
    }

    #[test]
    fn refuses_only_when_tokens_are_short((limit, requests) in limit_and_requests()) {
        let mut bucket = full(limit);
        for (now, cost) in arrivals(&requests) {
            let before = bucket.tokens(now);
            let (credit, token) = before.as_ratio();
            prop_assert!((0..=(limit.capacity() * token) as i64).contains(&credit));
            let decision = bucket.decide(now, cost);
            prop_assert_eq!(decision.is_admitted(), cost <= before.whole());
            prop_assert_eq!(decision.remaining, bucket.tokens(now).whole());
        }
    }

    #[test]
    fn waits_are_exact_to_the_nanosecond((limit, requests) in limit_and_requests()) {
        let mut bucket = full(limit);
        let nanosecond = Span::from_nanos(1);
        for (now, cost) in arrivals(&requests) {
            let decision = bucket.decide(now, cost);
            if let Verdict::Refused { retry_after } = decision.verdict {
                prop_assert!(!bucket.clone().try_take(now + retry_after - nanosecond, cost));
                prop_assert!(bucket.clone().try_take(now + retry_after, cost));
            }
            let full_after = decision.reset_after.expect("the refill runs");
            prop_assert!(bucket.clone().try_take(now + full_after, limit.capacity()));
            if let Some(more_after) = decision.more_after {
                let more = decision.remaining + 1;
                prop_assert!(!bucket.clone().try_take(now + more_after - nanosecond, more));
                prop_assert!(bucket.clone().try_take(now + more_after, more));
            }
        }
    }

    #[test]
    fn gcra_gives_the_same_answers((limit, requests) in limit_and_requests()) {
        let (mut bucket, mut gcra) = (full(limit), Gcra::new(limit));
        for (now, cost) in arrivals(&requests) {
            prop_assert_eq!(gcra.decide(now, cost), bucket.decide(now, cost));
        }
    }

    /// Governor holds the time per token in whole nanoseconds, rounded down, and its burst counts
    /// the whole capacity (its tolerance is one token less). So it is compared at rates whose time
    /// per token is whole, and there every verdict and every wait must be the same.
    #[test]
    fn governor_gives_the_same_verdicts(
        period in 1..2_000_000_u64,
        capacity in 1..40_u64,
        requests in proptest::collection::vec((0..5_u64, 0..1_000_u64, 0..42_u64), 1..120),
    ) {
        let limit = limit(capacity, 1, Span::from_nanos(period));
        let clock = FakeRelativeClock::default();
        let governor = governor_limiter(&limit, &clock);
        let mut bucket = full(limit);
        let mut now = SimTime::ZERO;
        for (periods, thousandths, cost) in requests {
            let gap = periods * period + thousandths * period / 1_000;
            now += Span::from_nanos(gap);
            clock.advance(Duration::from_nanos(gap));
            let expected = governor_verdict(&governor, &clock, cost);
            prop_assert_eq!(bucket.decide(now, cost).verdict, expected);
        }
    }

    /// The bucket keeps its promise in time as the latest instant it was shown, GCRA in time as
    /// each request shows it.
    #[test]
    fn a_clock_in_disorder_mints_nothing(
        limit in limits(),
        readings in proptest::collection::vec((0..10_000_000_000_u64, 0..4_u64), 1..120),
    ) {
        let (mut bucket, mut gcra) = (full(limit), Gcra::new(limit));
        let mut latest = SimTime::ZERO;
        let (mut by_bucket, mut by_gcra) = (Vec::new(), Vec::new());
        for (nanos, cost) in readings {
            let now = SimTime::from_nanos(nanos);
            latest = latest.max(now);
            if bucket.try_take(now, cost) {
                prop_assert!(keeps_the_promise(&limit, &by_bucket, latest, cost));
                by_bucket.push((latest, cost));
            }
            if gcra.try_take(now, cost) {
                prop_assert!(keeps_the_promise(&limit, &by_gcra, now, cost));
                by_gcra.push((now, cost));
            }
        }
    }

    /// As the definition has it, counted in 128 bits: up to clocks that jump by centuries, there and
    /// back, rates that fill anything in a nanosecond, and debts as great as they can be.
    #[test]
    fn counts_exactly_to_the_ends_of_what_can_be_counted(
        (capacity, tokens, per) in (up_to(1 << 62), up_to(u64::MAX), 1..=u64::MAX >> 2),
        steps in proptest::collection::vec((up_to(u64::MAX), up_to(u64::MAX), any::<bool>()), 1..60),
    ) {
        let (most, per) = ((1_u64 << 62) - 1, Span::from_nanos(per));
        let limit = limit(capacity.min(most / per.as_nanos()), tokens, per);
        let mut bucket = full(limit);
        let price = |cost: u64| u128::from(cost) * u128::from(per.as_nanos());
        let (mut missing, mut latest) = (0_u128, SimTime::ZERO);
        for (nanos, cost, is_charge) in steps {
            let at = SimTime::from_nanos(nanos);
            let gained = u128::from(at.since(latest).as_nanos()) * u128::from(tokens);
            missing = missing.saturating_sub(gained);
            latest = latest.max(at);
            if is_charge {
                bucket.charge(at, cost);
                missing = (missing + price(cost)).min(i64::MAX as u128);
            } else {
                let cost = cost % (limit.capacity() + 2);
                let passes = cost == 0 || missing + price(cost) <= price(limit.capacity());
                prop_assert_eq!(bucket.try_take(at, cost), passes);
                missing += if passes { price(cost) } else { 0 };
            }
            let there = price(limit.capacity()) as i128 - missing as i128;
            prop_assert_eq!(i128::from(bucket.tokens(at).as_ratio().0), there);
        }
    }

    #[test]
    fn a_change_of_limit_mints_nothing(
        before in limits(),
        after in limits(),
        spent in 0..40_u64,
        wait in 0..10_000_000_000_u64,
    ) {
        let mut bucket = full(before);
        bucket.try_take(SimTime::ZERO, spent);
        let now = SimTime::from_nanos(wait);
        let had = bucket.tokens(now);
        bucket.set_limit(now, after);
        let (had, was) = had.as_ratio();
        let (has, is) = bucket.tokens(now).as_ratio();
        // Compared over the common denominator `was * is`.
        let kept = (u128::from(had.unsigned_abs()) * u128::from(is))
            .min(u128::from(after.capacity()) * u128::from(was) * u128::from(is));
        let now_there = u128::from(has.unsigned_abs()) * u128::from(was);
        prop_assert!(now_there <= kept, "{now_there} from {kept}");
        prop_assert!(kept - now_there < u128::from(was), "lost a whole unit of credit");
    }

    /// Clock steps, changes of the limit and stopped refills included.
    #[test]
    fn forgetting_full_buckets_changes_no_answer(steps in steps()) {
        let start = limit(4, 3, Span::from_secs(1));
        let mut bounded = KeyedTokenBuckets::full(start, SimTime::ZERO);
        let mut unbounded = Unforgetting::new(start);
        let mut now = SimTime::ZERO;
        for step in steps {
            match step {
                Step::Ask { gap, key, cost } => {
                    now += Span::from_nanos(gap);
                    let expected = unbounded.decide(now, key, cost);
                    prop_assert_eq!(Limiter::decide(&mut bounded, now, &key, cost), expected);
                    let spare = usize::from(expected.reset_after == Some(Span::ZERO));
                    prop_assert!(bounded.held() <= unbounded.not_full() + spare);
                }
                Step::Charge { key, cost } => {
                    bounded.charge(now, &key, cost);
                    unbounded.charge(now, key, cost);
                }
                Step::ClockBack { by } => now = now - Span::from_nanos(by),
                Step::Change { capacity, tokens } => {
                    let changed = limit(capacity, tokens, Span::from_secs(1));
                    bounded.set_limit(now, changed);
                    unbounded.set_limit(now, changed);
                }
                Step::Freeze => {
                    let frozen = bounded.limit().frozen();
                    bounded.set_limit(now, frozen);
                    unbounded.set_limit(now, frozen);
                }
            }
            for key in 0..12 {
                let remembered = unbounded.buckets.get(&key).unwrap_or(&unbounded.idle);
                prop_assert_eq!(bounded.tokens(now, &key), remembered.tokens(unbounded.now.max(now)));
            }
        }
    }
}

#[test]
fn a_hundred_thousand_keys_leave_behind_only_the_latest() {
    // A token comes back within a second; a thousand new keys ask in each.
    let mut buckets = KeyedTokenBuckets::full(limit(1, 1, Span::from_secs(1)), SimTime::ZERO);
    for key in 0..100_000_u32 {
        let at = at_millis(u64::from(key));
        assert!(buckets.decide(at, &key, 1).is_admitted());
        assert!(buckets.held() <= 1_000);
    }
}
