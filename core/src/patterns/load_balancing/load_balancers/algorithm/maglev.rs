//! Maglev: a lookup table that backends fill in turns.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{Ask, Backends, Balance, Dice};

/// A table of as many slots as a prime number; a request's hash modulo that number names its slot,
/// and the slot its backend (Eisenbud et al. 2016, section 3.4).
///
/// Every backend has its own order of all slots. In turns each takes the first slot of its order
/// that is free, until none is: so the numbers of slots differ by one at most, and when a backend
/// goes most slots of the others stay theirs. The order is an arithmetic progression modulo the
/// size, which visits every slot only if step and size have nothing in common: hence the prime.
/// Clones share the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maglev {
    /// The backend of each slot; none where a size that is not prime left a hole.
    slots: Arc<[Option<u32>]>,
}

impl Maglev {
    /// An empty table of `size` slots, which should be prime and about a hundred times the number of
    /// backends; at least one.
    pub fn new(size: u32) -> Self {
        Self {
            slots: vec![None; size.max(1) as usize].into(),
        }
    }

    /// The backend of each slot.
    pub fn slots(&self) -> &[Option<u32>] {
        &self.slots
    }

    /// How many slots each of `backends` backends has.
    pub fn shares(&self, backends: usize) -> Vec<u32> {
        let mut shares = vec![0; backends];
        for owner in self.slots.iter().flatten() {
            if let Some(share) = shares.get_mut(*owner as usize) {
                *share += 1;
            }
        }
        shares
    }

    fn fill(&mut self, open: &[u32]) {
        let size = self.slots.len() as u64;
        // region: maglev-order
        let mut orders: Vec<(u64, u64, u64)> = open
            .iter()
            .map(|backend| {
                let name = format!("server-{backend}");
                let offset = xxh3_64_with_seed(name.as_bytes(), 1) % size;
                let step = xxh3_64_with_seed(name.as_bytes(), 2) % (size - 1).max(1) + 1;
                (offset, step, 0)
            })
            .collect();
        // endregion
        let mut slots = vec![None; self.slots.len()];
        let mut free = slots.len();
        // region: maglev-fill
        let mut someone_took_one = true;
        while free > 0 && someone_took_one {
            someone_took_one = false;
            for ((slot, step, visited), backend) in orders.iter_mut().zip(open) {
                while *visited < size {
                    let here = *slot as usize;
                    (*slot, *visited) = ((*slot + *step) % size, *visited + 1);
                    if slots[here].is_none() {
                        slots[here] = Some(*backend);
                        (free, someone_took_one) = (free - 1, true);
                        break;
                    }
                }
                if free == 0 {
                    break;
                }
            }
        }
        // endregion
        self.slots = slots.into();
    }
}

impl Balance for Maglev {
    fn pick(&mut self, ask: Ask, _: &Backends, _: &mut dyn Dice) -> Option<usize> {
        // region: maglev
        let slot = ask.position % self.slots.len() as u64;
        self.slots[slot as usize].map(|backend| backend as usize)
        // endregion
    }

    fn changed(&mut self, backends: &Backends) {
        self.fill(backends.open());
    }
}

/// The first prime number from `from` on.
///
/// ```
/// use orrery_core::patterns::load_balancing::load_balancers::algorithm::next_prime;
///
/// assert_eq!([1, 2, 90, 1_000, 65_537].map(next_prime), [2, 2, 97, 1_009, 65_537]);
/// ```
pub fn next_prime(from: u32) -> u32 {
    let is_prime = |n: &u32| {
        let divisors = (2_u64..).take_while(|d| d * d <= u64::from(*n));
        divisors.map(|d| u64::from(*n) % d).all(|rest| rest != 0)
    };
    // There is one between any number and its double.
    (from.max(2)..=u32::MAX).find(is_prime).unwrap_or(2)
}
