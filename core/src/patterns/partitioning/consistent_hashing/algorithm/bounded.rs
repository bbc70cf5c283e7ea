//! Consistent hashing with bounded loads: no node above a chosen factor of the average.
//!
//! Mirrokni, Thorup and Zadimoghaddam, SODA 2018 (arXiv:1608.01350): with m units of load on n
//! nodes every node has room for ceil((1 + e) m / n); a unit that finds its owner full goes on
//! clockwise to the first node with room.

use super::HashRing;

/// How far above the average load a node may go: the e of (1 + e), in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    thousandths: u16,
}

impl Bound {
    /// A bound of `thousandths` above the average: 250 allows 1.25 times the average.
    pub const fn from_thousandths(thousandths: u16) -> Self {
        Self { thousandths }
    }

    /// The most that a node with `weight` of `total_weight` may hold when the whole load is
    /// `load`: ceil((1 + e) load weight / total_weight), exactly. Zero when there is no weight.
    ///
    /// ```
    /// use orrery_core::patterns::partitioning::consistent_hashing::algorithm::Bound;
    ///
    /// // 100 keys on 3 equal nodes at 1.25 times the average: 41.67, rounded up.
    /// assert_eq!(Bound::from_thousandths(250).capacity(100, 1, 3), 42);
    /// ```
    pub fn capacity(self, load: u64, weight: u32, total_weight: u64) -> u64 {
        if total_weight == 0 {
            return 0;
        }
        // region: capacity
        let factor = 1_000 + u128::from(self.thousandths);
        let above = factor * u128::from(load) * u128::from(weight);
        let capacity = above.div_ceil(1_000 * u128::from(total_weight));
        // endregion
        u64::try_from(capacity).unwrap_or(u64::MAX)
    }
}

/// Who serves what: the outcome of [`assign`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// In key order; a key has several portions, in walking order, only where its load was more
    /// than a node had room for.
    pub portions: Vec<Portion>,
    /// The units on each member, in member order.
    pub loads: Vec<u64>,
    /// The most units each member may have, in member order; without a bound the whole load.
    pub capacities: Vec<u64>,
}

/// Some units of a key's load on one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portion {
    /// The key's place in the order given to [`assign`].
    pub key: u32,
    /// The member's place in member order.
    pub member: u32,
    /// The units of load; never 0.
    pub units: u64,
}

/// Places `keys`, each a position and its units of load, on `ring`, in the order given.
///
/// Without a bound every key goes to its owner. With one, each unit goes to the first member
/// clockwise with room, so that a key hotter than a member's capacity is spread over several. The
/// outcome depends on the member list and the keys alone, not on how the ring came about. Members
/// without points neither hold load nor count in the average. On a ring without points nothing is
/// placed.
///
/// O(keys + points) up to the inverse of Ackermann's function: full members are skipped in
/// compressed jumps.
///
/// # Panics
/// With 2^32 keys or more, or when their units sum to 2^64 or more.
///
/// ```
/// use orrery_core::patterns::partitioning::consistent_hashing::algorithm::{
///     Bound, HashRing, Placement, assign,
/// };
///
/// let ring = HashRing::from_nodes(
///     Placement::Modern { points_per_weight: 1 },
///     [("amber", 1), ("birch", 1), ("cedar", 1)],
/// )?;
/// // Ninety keys on one spot: unbounded they share an owner, bounded at 1.2 nobody has over 36.
/// let keys = [(7, 1); 90];
/// assert_eq!(assign(&ring, None, keys).loads.iter().max(), Some(&90));
/// let bounded = assign(&ring, Some(Bound::from_thousandths(200)), keys);
/// assert_eq!(bounded.loads.iter().max(), Some(&36));
/// # Ok::<(), orrery_core::patterns::partitioning::consistent_hashing::algorithm::RingError>(())
/// ```
pub fn assign<N, I>(ring: &HashRing<N>, bound: Option<Bound>, keys: I) -> Assignment
where
    N: Ord + Clone + AsRef<[u8]>,
    I: IntoIterator<Item = (u64, u64)>,
    I::IntoIter: Clone,
{
    let keys = keys.into_iter();
    let load = keys.clone().map(|(_, units)| units).sum();
    assign_within(ring, capacities(ring, bound, load), keys)
}

/// Places `keys` as [`assign`] does, with given capacities in member order: those of a bound, or
/// larger ones. The members that have points must have room for all there is to place.
///
/// # Panics
/// With 2^32 keys or more.
pub fn assign_within<N>(
    ring: &HashRing<N>,
    capacities: Vec<u64>,
    keys: impl Iterator<Item = (u64, u64)>,
) -> Assignment
where
    N: Ord + Clone + AsRef<[u8]>,
{
    let mut loads = vec![0; capacities.len()];
    let mut portions = Vec::with_capacity(keys.size_hint().0);
    let mut open = OpenPoints::new(ring.point_count());
    for (index, (position, mut units)) in keys.enumerate() {
        if ring.point_count() == 0 {
            break;
        }
        let key = u32::try_from(index).expect("fewer than 2^32 keys, as documented");
        let mut point = ring.point_from(position);
        while units > 0 {
            // region: overflow
            point = open.first_from(point, |point| {
                let member = ring.owner_slot(point);
                loads[member] < capacities[member]
            });
            let member = ring.owner_slot(point);
            let taken = units.min(capacities[member] - loads[member]);
            loads[member] += taken;
            units -= taken;
            // endregion
            portions.push(Portion {
                key,
                member: member as u32,
                units: taken,
            });
        }
    }
    Assignment {
        portions,
        loads,
        capacities,
    }
}

/// The most units each member may have under `bound`, in member order, when there are `load` in
/// all; without a bound that is the whole load.
pub fn capacities<N>(ring: &HashRing<N>, bound: Option<Bound>, load: u64) -> Vec<u64>
where
    N: Ord + Clone + AsRef<[u8]>,
{
    let weights = || {
        ring.members()
            .map(|member| if member.points > 0 { member.weight } else { 0 })
    };
    let total: u64 = weights().map(u64::from).sum();
    let capacity = |weight| match bound {
        Some(bound) => bound.capacity(load, weight, total),
        None => load,
    };
    weights().map(capacity).collect()
}

/// Finds the next point whose member still has room, never looking twice at a full one.
struct OpenPoints {
    /// From each point one to go on at when its member is full.
    next: Vec<u32>,
}

impl OpenPoints {
    fn new(points: usize) -> Self {
        Self {
            next: (1..points as u32).chain([0]).collect(),
        }
    }

    /// The first open point from `point` on, which must exist; the jumps taken are shortened for
    /// the next one who comes by. A member that filled up stays full.
    fn first_from(&mut self, point: usize, is_open: impl Fn(usize) -> bool) -> usize {
        let mut found = point;
        while !is_open(found) {
            found = self.next[found] as usize;
        }
        let mut passed = point;
        while passed != found {
            passed = std::mem::replace(&mut self.next[passed], found as u32) as usize;
        }
        found
    }
}
