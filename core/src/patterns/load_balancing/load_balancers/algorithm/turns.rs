//! In turns: one after the other, and by weight.

use super::{Ask, Backends, Balance, Dice};

/// Each in turn, whatever it is worth and however busy it is.
#[derive(Debug, Clone, Default)]
pub struct RoundRobin {
    next: usize,
}

impl Balance for RoundRobin {
    fn pick(&mut self, _: Ask, backends: &Backends, _: &mut dyn Dice) -> Option<usize> {
        // region: round-robin
        let open = backends.open();
        let after = open.partition_point(|number| (*number as usize) < self.next);
        let picked = *open.get(after).or_else(|| open.first())? as usize;
        self.next = picked + 1;
        Some(picked)
        // endregion
    }
}

/// In turns by weight, spread out evenly, as nginx does it: every backend gains its weight in each
/// round, the richest is picked and pays what all gained.
///
/// After as many picks as all weights sum to, divided by what they have in common, everyone has had
/// exactly its weight; and at no time is anyone ahead of its share by a whole request, since nobody
/// pays who has nothing.
#[derive(Debug, Clone, Default)]
pub struct SmoothWeighted {
    gained: Vec<i64>,
}

impl SmoothWeighted {
    /// What each backend has gained and not yet paid.
    pub fn gained(&self) -> &[i64] {
        &self.gained
    }
}

impl Balance for SmoothWeighted {
    fn pick(&mut self, _: Ask, backends: &Backends, _: &mut dyn Dice) -> Option<usize> {
        self.gained.resize(backends.all().len(), 0);
        // region: smooth
        let (mut total, mut richest) = (0, None);
        for (number, backend) in backends.iter_open().filter(|(_, b)| b.weight > 0) {
            let weight = i64::from(backend.weight);
            total += weight;
            self.gained[number] += weight;
            if richest.is_none_or(|other: usize| self.gained[number] > self.gained[other]) {
                richest = Some(number);
            }
        }
        self.gained[richest?] -= total;
        richest
        // endregion
    }

    fn changed(&mut self, backends: &Backends) {
        self.gained.clear();
        self.gained.resize(backends.all().len(), 0);
    }
}

/// In turns by weight, each backend getting all of its share in a row.
///
/// It is as exact over a cycle as [`SmoothWeighted`], and sends a strong server all it can take at
/// once.
#[derive(Debug, Clone, Default)]
pub struct InARow {
    turn: RoundRobin,
    at: usize,
    left: u32,
    /// What all weights can be divided by.
    common: u32,
}

impl Balance for InARow {
    fn pick(&mut self, ask: Ask, backends: &Backends, dice: &mut dyn Dice) -> Option<usize> {
        // region: in-a-row
        for _ in 0..=backends.open().len() {
            if self.left > 0 {
                self.left -= 1;
                return Some(self.at);
            }
            self.at = self.turn.pick(ask, backends, dice)?;
            self.left = backends.all()[self.at].weight / self.common.max(1);
        }
        None
        // endregion
    }

    fn changed(&mut self, backends: &Backends) {
        let weights = backends.iter_open().map(|(_, backend)| backend.weight);
        *self = Self {
            common: weights.fold(0, gcd).max(1),
            ..Self::default()
        };
    }
}

/// The greatest common divisor (Euclid); of 0 and a number it is that number.
pub fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
