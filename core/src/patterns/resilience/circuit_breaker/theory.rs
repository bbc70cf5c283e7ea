//! What can be known of a breaker without running it.
//!
//! Callers ask at the instants of a Poisson process of rate λ, an ill dependency fails every call
//! at once, the breaker opens after n failures in a row, waits w, and tries one call at a time. The
//! i-th failure then comes at Γ(i) for i ≤ n, and the k-th failed trial at Γ(n + k) + k·w, where
//! Γ(i) is the time of the i-th point of the process: an Erlang variable, whose distribution is a
//! Poisson sum (Feller, *An Introduction to Probability Theory and Its Applications*, vol. 2, I.3).

/// P(Γ(stages) ≤ t): at least so many points of a Poisson process of rate `rate` until `t`.
pub(super) fn erlang_cdf(stages: u32, rate: f64, t: f64) -> f64 {
    if t <= 0.0 {
        return 0.0;
    }
    let mean = rate * t;
    let mut term = libm::exp(-mean);
    let mut below = term;
    for point in 1..stages {
        term *= mean / f64::from(point);
        below += term;
    }
    (1.0 - below).max(0.0)
}

/// Failed trials expected in the first `t` of an outage, after `failures` that opened the breaker.
fn failed_trials(failures: u32, rate: f64, wait: f64, t: f64) -> f64 {
    (1_u32..)
        .take_while(|trial| f64::from(*trial) * wait < t)
        .map(|trial| erlang_cdf(failures + trial, rate, t - f64::from(trial) * wait))
        .sum()
}

/// Calls that an outage of length `t` is expected to waste with a breaker: those that open it and
/// the trials.
pub(super) fn wasted_calls(failures: u32, rate: f64, wait: f64, t: f64) -> f64 {
    let opening: f64 = (1..=failures).map(|i| erlang_cdf(i, rate, t)).sum();
    opening + failed_trials(failures, rate, wait, t)
}

/// Seconds expected from the healing of a dependency that was ill for `t` to the `successes`-th
/// successful trial, each of which takes `round_trip`.
///
/// The first trial after the healing is number M, the first with Γ(n + M) + M·w > t. M is a
/// stopping time, so by Wald's identity its trial comes at (n + E M)/λ + w·E M, and E M = Σ P(the
/// m-th failed trial is over by t), m from 0.
pub(super) fn closing_time(
    failures: u32,
    successes: u32,
    rate: f64,
    wait: f64,
    t: f64,
    round_trip: f64,
) -> f64 {
    let trials = erlang_cdf(failures, rate, t) + failed_trials(failures, rate, wait, t);
    let first = (f64::from(failures) + trials) / rate + wait * trials - t;
    first + f64::from(successes - 1) / rate + f64::from(successes) * round_trip
}

/// Results expected until `failures` in a row turn up when each fails with probability `p` on its
/// own (Feller, vol. 1, XIII.7).
pub(super) fn results_until_row(failures: f64, p: f64) -> f64 {
    let all = libm::pow(p, failures);
    (1.0 - all) / (all * (1.0 - p))
}

/// The share of requests that find all of `threads` taken when they come at `load` times the rate
/// at which one thread works (Erlang's loss formula; it holds for any distribution of work).
pub(super) fn erlang_b(threads: u32, load: f64) -> f64 {
    (1..=threads).fold(1.0, |blocked, n| {
        load * blocked / (f64::from(n) + load * blocked)
    })
}
