//! Orrery's token bucket beside governor: may one request pass now?
//!
//! Requests come every 7 ms, the limit is 100 per second with bursts of 10, so that some pass and
//! some do not. Each side is told the time its own way: ours as an argument; governor by its fake
//! clock, which is atomic, or by a plain cell, which is the least a clock can cost.

use std::cell::Cell;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Duration;

use governor::clock::{Clock, FakeRelativeClock};
use governor::nanos::Nanos;
use governor::{Quota, RateLimiter};
use orrery_bench::{Aim, Contender, Sample, compete};
use orrery_core::patterns::rate_limiting::token_bucket::algorithm::{Limit, Rate, TokenBucket};
use orrery_core::time::{SimTime, Span};

const RATE: u32 = 100;
const BURST: u32 = 10;
const EVERY: Span = Span::from_millis(7);
const REQUESTS: u64 = 2_000_000;
const ROUNDS: usize = 11;

/// A clock in a cell.
#[derive(Debug, Clone, Default)]
struct CellClock(Rc<Cell<u64>>);

impl Clock for CellClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.0.get())
    }
}

fn ours() -> u64 {
    let limit = Limit::new(u64::from(BURST), Rate::per_second(u64::from(RATE)))
        .expect("a rate and a capacity this small are allowed");
    let mut bucket = TokenBucket::full(limit, SimTime::ZERO);
    let mut now = SimTime::ZERO;
    (0..REQUESTS)
        .filter(|_| {
            now += EVERY;
            black_box(bucket.try_take(black_box(now), 1))
        })
        .count() as u64
}

fn governed<C: Clock + Clone>(clock: &C, mut advance: impl FnMut(&C)) -> u64 {
    let burst = NonZeroU32::new(BURST).expect("not zero");
    let quota = Quota::per_second(NonZeroU32::new(RATE).expect("not zero")).allow_burst(burst);
    let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
    (0..REQUESTS)
        .filter(|_| {
            advance(clock);
            black_box(limiter.check()).is_ok()
        })
        .count() as u64
}

fn with_fake_clock() -> u64 {
    let every = Duration::from_nanos(EVERY.as_nanos());
    governed(&FakeRelativeClock::default(), |clock| {
        clock.advance(black_box(every));
    })
}

fn with_cell_clock() -> u64 {
    governed(&CellClock::default(), |clock| {
        clock.0.set(black_box(clock.0.get() + EVERY.as_nanos()));
    })
}

fn main() {
    assert_eq!(ours(), with_fake_clock(), "both admit equally many");
    assert_eq!(ours(), with_cell_clock(), "both admit equally many");

    let timed = |run: fn() -> u64| {
        Sample::of_many(REQUESTS, || {
            black_box(run());
        })
    };
    let contenders = vec![
        Contender::new("orrery", Aim::Shown, || timed(ours)),
        Contender::new("governor 0.10.4, fake clock", Aim::TimesFaster(5.0), || {
            timed(with_fake_clock)
        }),
        Contender::new("governor 0.10.4, clock in a cell", Aim::Shown, || {
            timed(with_cell_clock)
        }),
    ];
    compete("Limiter: ns per request", ROUNDS, contenders);
}
