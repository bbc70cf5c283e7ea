//! By what is known of the servers.

use std::cmp::Ordering;
use std::hint::select_unpredictable;

use super::lots::draw;
use super::{Ask, Backend, Backends, Balance, Dice};
use crate::time::{SimTime, Span};

/// Whoever has the fewest requests out for what it is worth; of several the lot decides.
#[derive(Debug, Clone, Copy, Default)]
pub struct LeastConnections;

impl Balance for LeastConnections {
    fn pick(&mut self, _: Ask, backends: &Backends, dice: &mut dyn Dice) -> Option<usize> {
        // region: least
        let mut open = backends.iter_open().map(|(_, backend)| *backend);
        let first = (open.next()?, 1);
        // Who is less busy cannot be foreseen: a jump would mostly be taken in vain.
        let (best, equals) = open.fold(first, |(best, equals), other| {
            let order = other.against(best);
            let equals = equals + u64::from(order == Ordering::Equal);
            select_unpredictable(order == Ordering::Less, (other, 1), (best, equals))
        });
        let drawn = if equals > 1 { dice.below(equals) } else { 0 };
        let is_best = |(_, backend): &(usize, &Backend)| backend.against(best) == Ordering::Equal;
        let mut among = backends.iter_open().filter(is_best);
        among.nth(drawn as usize).map(|(number, _)| number)
        // endregion
    }
}

/// Least response time: of two that are drawn, the one whose recent answers took less, times the
/// requests it would then have out.
///
/// The mean of recent answers forgets exponentially, but jumps to a slower answer at once: a server
/// that becomes slow is noticed with its first answer, and trusted again only by and by.
#[derive(Debug, Clone)]
pub struct PeakEwma {
    /// After this time what was known counts for 1/e.
    pub forgets_in: Span,
    means: Vec<Mean>,
}

/// What is known of one backend.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    secs: f64,
    at: SimTime,
}

/// What an unknown backend that is busy counts for, in seconds: more than any known one.
const UNKNOWN: f64 = 1e6;

impl PeakEwma {
    /// Nothing is known yet.
    pub const fn new(forgets_in: Span) -> Self {
        Self {
            forgets_in,
            means: Vec::new(),
        }
    }

    /// How much of what was known at `then` counts at `now`.
    fn remains(&self, then: SimTime, now: SimTime) -> f64 {
        let whole = self.forgets_in.as_nanos().max(1) as f64;
        libm::exp(-((now - then).as_nanos() as f64) / whole)
    }

    /// What one more request would cost at a backend, in seconds.
    pub fn cost(&self, backend: usize, load: u32, now: SimTime) -> f64 {
        // region: peak-cost
        let mean = self.means.get(backend).copied().unwrap_or_default();
        let known = mean.secs * self.remains(mean.at, now);
        if mean.secs == 0.0 && load > 0 {
            return UNKNOWN + f64::from(load);
        }
        known * (f64::from(load) + 1.0)
        // endregion
    }
}

impl Balance for PeakEwma {
    fn pick(&mut self, ask: Ask, backends: &Backends, dice: &mut dyn Dice) -> Option<usize> {
        let first = draw(backends, None, dice)?;
        let second = draw(backends, Some(first), dice)?;
        let cost = |backend: usize| self.cost(backend, backends.all()[backend].load, ask.now);
        Some(if cost(second) < cost(first) {
            second
        } else {
            first
        })
    }

    fn changed(&mut self, backends: &Backends) {
        self.means.resize(backends.all().len(), Mean::default());
    }

    fn answered(&mut self, backend: usize, took: Span, now: SimTime) {
        let Some(mean) = self.means.get(backend).copied() else {
            return;
        };
        // region: peak-ewma
        let took = took.as_secs_f64();
        let remains = self.remains(mean.at, now);
        let known = mean.secs * remains;
        let secs = if took > known {
            took
        } else {
            known + took * (1.0 - remains)
        };
        // endregion
        self.means[backend] = Mean { secs, at: now };
    }
}
