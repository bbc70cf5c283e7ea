//! By whose request it is: the same client comes to the same server, as long as that is possible.

use std::rc::Rc;

use xxhash_rust::xxh3::xxh3_64;

use super::{Ask, Backends, Balance, Dice};
use crate::patterns::partitioning::consistent_hashing::algorithm::{Bound, HashRing, Placement};

/// Where the bytes of an address or a key fall among 2^64 positions: XXH3.
pub fn hash(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// The hash of the client's address modulo the number of open backends: every change of that number
/// moves almost everybody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Remainder;

impl Balance for Remainder {
    fn pick(&mut self, ask: Ask, backends: &Backends, _: &mut dyn Dice) -> Option<usize> {
        // region: remainder
        let open = backends.open();
        let place = ask.position.checked_rem(open.len() as u64)?;
        Some(open[place as usize] as usize)
        // endregion
    }
}

/// Consistent hashing with bounded loads: clockwise from the client's position on a ring to the
/// first backend that has room.
///
/// Nobody gets a request that would bring it above (1 + e) times its share of all requests that are
/// out, rounded up.
#[derive(Debug, Clone)]
pub struct BoundedHash {
    bound: Bound,
    /// Go on until there is room. Otherwise the first step aside is the last.
    pub walk_on: bool,
    ring: HashRing<Point>,
}

/// A backend as the ring hashes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    name: Rc<str>,
    backend: usize,
}

impl AsRef<[u8]> for Point {
    fn as_ref(&self) -> &[u8] {
        self.name.as_bytes()
    }
}

/// Points of a backend on the ring.
const POINTS: u32 = 100;

impl BoundedHash {
    /// A rule under this bound.
    pub fn new(bound: Bound) -> Self {
        Self {
            bound,
            walk_on: true,
            ring: HashRing::new(Placement::Modern {
                points_per_weight: POINTS,
            }),
        }
    }

    /// The most requests that a backend of this weight may have out after one more was sent.
    pub fn room(&self, weight: u32, backends: &Backends) -> u64 {
        let (mut out, mut weights) = (1, 0);
        for (_, backend) in backends.iter_open() {
            out += u64::from(backend.load);
            weights += u64::from(backend.weight);
        }
        self.bound.capacity(out, weight, weights)
    }
}

impl Balance for BoundedHash {
    fn pick(&mut self, ask: Ask, backends: &Backends, _: &mut dyn Dice) -> Option<usize> {
        // region: bounded
        let has_room = |backend: usize| {
            let known = backends.all()[backend];
            u64::from(known.load) < self.room(known.weight, backends)
        };
        let clockwise = self.ring.walk(ask.position).map(|(_, point)| point.backend);
        let mut open = clockwise.filter(|backend| backends.all()[*backend].open);
        let owner = open.next()?;
        if has_room(owner) {
            return Some(owner);
        }
        let mut others = open.filter(|backend| *backend != owner);
        let found = match self.walk_on {
            true => others.find(|backend| has_room(*backend)),
            false => others.next(),
        };
        // endregion
        // Without weights there is no room anywhere.
        found.or(Some(owner))
    }

    fn changed(&mut self, backends: &Backends) {
        if self.ring.members().len() == backends.all().len() {
            return;
        }
        let points = (0..backends.all().len()).map(|backend| {
            let name = format!("server-{backend}").into();
            (Point { name, backend }, 1)
        });
        if let Ok(ring) = HashRing::from_nodes(self.ring.placement(), points) {
            self.ring = ring;
        }
    }
}
