//! Orrery's token bucket beside governor: may one request pass now?
//!
//! The limit is 100 per second with bursts of 10. Requests come at random (exponential gaps, drawn
//! beforehand), as requests do: an evenly spaced trickle would be learnt by heart by the processor.
//! They come at half the limit, at one and a half times and at ten times the limit, so that nearly
//! all, most or few of them pass. Both sides answer yes or no and do not say when to come back.
//!
//! Each side is told the time its own way: ours as an argument, the instant itself; governor by its
//! fake clock, which is atomic and is moved on, or by a plain cell, which is the least a clock can cost.
//!
//! With a limit for each of a thousand clients ours forgets who is idle; governor keeps a hash map, of
//! which it is told to forget nobody. What it costs to say when to come back is shown too.

use std::cell::Cell;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Duration;

use governor::clock::{Clock, FakeRelativeClock};
use governor::nanos::Nanos;
use governor::{Quota, RateLimiter};
use orrery_bench::{Aim, Contender, Sample, compete};
use orrery_core::kernel::random::Random;
use orrery_core::patterns::rate_limiting::token_bucket::algorithm::{
    KeyedTokenBuckets, Limit, Rate, TokenBucket,
};
use orrery_core::time::{SimTime, Span};

const RATE: u32 = 100;
const BURST: u32 = 10;
const REQUESTS: usize = 1 << 17;
const PASSES: usize = 10;
const ROUNDS: usize = 15;
const CLIENTS: u64 = 1_000;

/// Times between requests, `load` times as many as the limit lets pass.
fn gaps(load: f64) -> Vec<u64> {
    let mut random = Random::new(13);
    let mean = 1e9 / (f64::from(RATE) * load);
    (0..REQUESTS)
        .map(|_| (random.exponential() * mean) as u64)
        .collect()
}

/// When requests come that have these times between them.
fn arrivals(gaps: &[u64]) -> Vec<SimTime> {
    let moved = |now: &mut SimTime, gap: &u64| {
        *now += Span::from_nanos(*gap);
        Some(*now)
    };
    gaps.iter().scan(SimTime::ZERO, moved).collect()
}

/// A clock in a cell.
#[derive(Debug, Clone, Default)]
struct CellClock(Rc<Cell<u64>>);

impl Clock for CellClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.0.get())
    }
}

fn limit() -> Limit {
    let rate = Rate::per_second(u64::from(RATE));
    black_box(Limit::new(u64::from(BURST), rate).expect("that small they are allowed"))
}

fn quota() -> Quota {
    let not_zero = |number| NonZeroU32::new(number).expect("not zero");
    black_box(Quota::per_second(not_zero(RATE)).allow_burst(not_zero(BURST)))
}

fn ours(arrivals: &[SimTime]) -> usize {
    let mut bucket = TokenBucket::full(limit(), SimTime::ZERO);
    let admits = |now: &&SimTime| bucket.try_take(**now, 1);
    arrivals.iter().filter(admits).count()
}

fn governed<C: Clock + Clone>(gaps: &[u64], clock: &C, mut advance: impl FnMut(&C, u64)) -> usize {
    let limiter = RateLimiter::direct_with_clock(quota(), clock.clone());
    let admits = |gap: &&u64| {
        advance(clock, **gap);
        limiter.check().is_ok()
    };
    gaps.iter().filter(admits).count()
}

fn with_fake_clock(gaps: &[u64]) -> usize {
    governed(gaps, &FakeRelativeClock::default(), |clock, gap| {
        clock.advance(Duration::from_nanos(gap));
    })
}

fn with_cell_clock(gaps: &[u64]) -> usize {
    governed(gaps, &CellClock::default(), |clock, gap| {
        clock.0.set(clock.0.get() + gap);
    })
}

fn ours_keyed(requests: &[(u64, u32)]) -> usize {
    let mut buckets = KeyedTokenBuckets::full(limit(), SimTime::ZERO);
    let mut now = SimTime::ZERO;
    let admits = |(gap, client): &&(u64, u32)| {
        now += Span::from_nanos(*gap);
        buckets.try_take(now, client, 1)
    };
    requests.iter().filter(admits).count()
}

fn ours_keyed_telling(requests: &[(u64, u32)]) -> usize {
    let mut buckets = KeyedTokenBuckets::full(limit(), SimTime::ZERO);
    let mut now = SimTime::ZERO;
    let admits = |(gap, client): &&(u64, u32)| {
        now += Span::from_nanos(*gap);
        black_box(buckets.decide(now, client, 1)).is_admitted()
    };
    requests.iter().filter(admits).count()
}

fn governed_keyed(requests: &[(u64, u32)]) -> usize {
    let clock = FakeRelativeClock::default();
    let limiter = RateLimiter::hashmap_with_clock(quota(), clock.clone());
    let admits = |(gap, client): &&(u64, u32)| {
        clock.advance(Duration::from_nanos(*gap));
        limiter.check_key(client).is_ok()
    };
    requests.iter().filter(admits).count()
}

fn main() {
    compare_single();
    compare_keyed();
}

fn compare_keyed() {
    let mut random = Random::new(14);
    let clients = std::iter::repeat_with(|| random.below(CLIENTS) as u32);
    let requests: Vec<(u64, u32)> = gaps(1.5 * CLIENTS as f64)
        .into_iter()
        .zip(clients)
        .collect();
    assert_eq!(ours_keyed(&requests), governed_keyed(&requests));
    let timed = |run: fn(&[(u64, u32)]) -> usize| {
        Sample::of_many(REQUESTS as u64, || {
            black_box(run(black_box(&requests)));
        })
    };
    let contenders = vec![
        Contender::new("orrery", Aim::Shown, || timed(ours_keyed)),
        Contender::new("governor 0.10.4, hash map, fake clock", Aim::Shown, || {
            timed(governed_keyed)
        }),
        Contender::new("orrery, saying when to come back", Aim::Shown, || {
            timed(ours_keyed_telling)
        }),
    ];
    let title = format!("Limiter: ns per request of {CLIENTS} clients at 1.5 times the limit each");
    compete(&title, ROUNDS, contenders);
}

/// Times decisions about every request, again and again.
fn timed<T>(run: fn(&[T]) -> usize, requests: &[T]) -> Sample {
    Sample::of_many((REQUESTS * PASSES) as u64, || {
        for _ in 0..PASSES {
            black_box(run(black_box(requests)));
        }
    })
}

fn compare_single() {
    for (load, words) in [(0.5, "half"), (1.5, "1.5 times"), (10.0, "10 times")] {
        let gaps = gaps(load);
        let arrivals = arrivals(&gaps);
        let admitted = ours(&arrivals);
        assert_eq!(admitted, with_fake_clock(&gaps), "both admit equally many");
        assert_eq!(admitted, with_cell_clock(&gaps), "both admit equally many");

        let contenders = vec![
            Contender::new("orrery", Aim::Shown, || timed(ours, &arrivals)),
            Contender::new("governor 0.10.4, fake clock", Aim::TimesFaster(5.0), || {
                timed(with_fake_clock, &gaps)
            }),
            Contender::new("governor 0.10.4, clock in a cell", Aim::Shown, || {
                timed(with_cell_clock, &gaps)
            }),
        ];
        let share = 100.0 * admitted as f64 / REQUESTS as f64;
        let title = format!("Limiter: ns per request, {words} the limit, {share:.0} % pass");
        compete(&title, ROUNDS, contenders);
    }
}
