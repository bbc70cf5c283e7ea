//! The ring: members, their points in order, lookups, and what changes hands between two rings.

use std::iter;
use std::ops::Range;
use std::sync::Arc;

use thiserror::Error;

use super::{Placement, PointIndex};

/// The most points a ring may have. At twelve bytes each that is 200 MB: more is a mistyped
/// weight.
pub const MAX_POINTS: u64 = 1 << 24;

/// A ring of hash points on which every key has exactly one owner.
///
/// `N` is a node; its bytes place it on the ring and its order decides between nodes whose points
/// fall on the same position (the smaller one owns the arc), so that the ring is a function of its
/// member list and not of the order in which members came. Two rings with the same members are
/// equal.
///
/// Cloning costs one reference count. Changing a ring rebuilds its table in O(points), rehashing
/// only the members whose number of points changed; clones keep the table they had.
///
/// ```
/// use orrery_core::patterns::partitioning::consistent_hashing::algorithm::{HashRing, Placement, Server};
///
/// let mut ring = HashRing::new(Placement::Ketama);
/// ring.add(Server::new("10.0.0.1", 11211), 1)?;
/// ring.add(Server::new("10.0.0.2", 11211), 1)?;
/// let before = ring.clone();
/// ring.add(Server::new("10.0.0.3", 11211), 1)?;
///
/// // Every arc that changed hands went to the new server.
/// let newcomer = Server::new("10.0.0.3", 11211);
/// assert!(before.handovers(&ring).iter().all(|arc| arc.to == Some(&newcomer)));
/// # Ok::<(), orrery_core::patterns::partitioning::consistent_hashing::algorithm::RingError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashRing<N> {
    placement: Placement,
    table: Arc<Table<N>>,
}

/// One node of a ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<N> {
    /// The node.
    pub node: N,
    /// Its weight; 0 keeps it in the ring without a point, so that it owns nothing.
    pub weight: u32,
    /// How many points the placement gives it.
    pub points: u32,
}

/// A stretch of the circle with one owner: the positions after `after` up to and including
/// `through`, past the top when `through` is not greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnedArc<'a, N> {
    /// The position before the first one of the arc: the previous point.
    pub after: u64,
    /// The last position of the arc: the point that owns it.
    pub through: u64,
    /// How many positions the arc has. Zero where a smaller node has a point on the same position.
    pub length: u128,
    /// The owner.
    pub node: &'a N,
}

/// A stretch of the circle whose owner differs between two rings, with the same bounds as an
/// [`OwnedArc`]. When `after` equals `through` it is the whole circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover<'a, N> {
    /// The position before the first one of the stretch.
    pub after: u64,
    /// The last position of the stretch.
    pub through: u64,
    /// The owner in the older ring; `None` when that one was empty.
    pub from: Option<&'a N>,
    /// The owner in the newer ring; `None` when that one is empty.
    pub to: Option<&'a N>,
}

/// Why a ring refused a change; the ring is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RingError {
    /// The node is a member already.
    #[error("{0} is already on the ring; set its weight instead of adding it again")]
    AlreadyMember(String),
    /// The node is not a member.
    #[error("{0} is not on the ring; add it first")]
    NotAMember(String),
    /// The change would give the ring more points than [`MAX_POINTS`].
    #[error("{points} points are more than the {MAX_POINTS} a ring may have; use smaller weights")]
    TooManyPoints {
        /// The number of points asked for.
        points: u64,
    },
}

/// Everything derived from the member list.
#[derive(Debug, PartialEq, Eq)]
struct Table<N> {
    /// Ordered by node.
    members: Vec<Member<N>>,
    index: PointIndex,
    /// The member each point belongs to, and at the end the first point's once more: a key beyond
    /// the last point belongs to the first.
    owners: Vec<u32>,
}

impl<N: Ord + Clone + AsRef<[u8]>> HashRing<N> {
    /// A ring without nodes.
    pub fn new(placement: Placement) -> Self {
        Self {
            placement,
            table: Arc::new(Table::default()),
        }
    }

    /// A ring of `nodes`, each with its weight.
    ///
    /// # Errors
    /// When a node is there twice or the ring would exceed [`MAX_POINTS`].
    pub fn from_nodes(
        placement: Placement,
        nodes: impl IntoIterator<Item = (N, u32)>,
    ) -> Result<Self, RingError> {
        let mut members: Vec<_> = nodes
            .into_iter()
            .map(|(node, weight)| Member::new(node, weight))
            .collect();
        members.sort_unstable_by(|a, b| a.node.cmp(&b.node));
        if let Some(pair) = members.windows(2).find(|pair| pair[0].node == pair[1].node) {
            return Err(RingError::AlreadyMember(shown(&pair[0].node)));
        }
        let mut ring = Self::new(placement);
        ring.replace_members(members)?;
        Ok(ring)
    }

    /// Adds `node` with `weight`.
    ///
    /// # Errors
    /// When it is a member already or the ring would exceed [`MAX_POINTS`].
    pub fn add(&mut self, node: N, weight: u32) -> Result<(), RingError> {
        match self.table.find(&node) {
            Ok(_) => Err(RingError::AlreadyMember(shown(&node))),
            Err(slot) => {
                let mut members = self.table.members.clone();
                members.insert(slot, Member::new(node, weight));
                self.replace_members(members)
            }
        }
    }

    /// Removes `node`.
    ///
    /// # Errors
    /// When it is not a member.
    pub fn remove(&mut self, node: &N) -> Result<(), RingError> {
        let slot = self.member_slot(node)?;
        let mut members = self.table.members.clone();
        members.remove(slot);
        self.replace_members(members)
    }

    /// Gives `node` another weight.
    ///
    /// # Errors
    /// When it is not a member or the ring would exceed [`MAX_POINTS`].
    pub fn set_weight(&mut self, node: &N, weight: u32) -> Result<(), RingError> {
        let slot = self.member_slot(node)?;
        let mut members = self.table.members.clone();
        members[slot].weight = weight;
        self.replace_members(members)
    }

    /// The owner of `key`, or `None` when the ring has no point. O(1) expected, O(log points)
    /// however the points lie.
    pub fn owner(&self, key: &[u8]) -> Option<&N> {
        self.owner_at(self.placement.position(key))
    }

    /// The owner of a key at `position`.
    pub fn owner_at(&self, position: u64) -> Option<&N> {
        // region: owner
        let point = self.table.index.first_from(position);
        let member = *self.table.owners.get(point)?;
        Some(&self.table.members[member as usize].node)
        // endregion
    }

    /// The first `replicas` distinct nodes clockwise from `key`, its owner first; all nodes that
    /// have points when there are fewer. O(points passed).
    pub fn preference_list(&self, key: &[u8], replicas: usize) -> Vec<&N> {
        self.preference_list_at(self.placement.position(key), replicas)
    }

    /// The preference list of a key at `position`.
    pub fn preference_list_at(&self, position: u64, replicas: usize) -> Vec<&N> {
        let with_points = self.members().filter(|member| member.points > 0).count();
        let wanted = replicas.min(with_points);
        // region: preference-list
        let mut seen = vec![false; self.table.members.len()];
        self.points_from(position)
            .filter(|point| !std::mem::replace(&mut seen[self.table.owner_of(*point)], true))
            .map(|point| &self.table.members[self.table.owner_of(point)].node)
            .take(wanted)
            .collect()
        // endregion
    }

    /// The nodes of the first `count` points clockwise from `position`, however often each comes:
    /// all points when there are fewer. Not a [preference list](Self::preference_list_at) unless
    /// every node has one point.
    pub fn next_points_at(&self, position: u64, count: usize) -> Vec<&N> {
        // region: next-points
        let next = self.points_from(position).take(count);
        next.map(|point| &self.table.members[self.table.owner_of(point)].node)
            .collect()
        // endregion
    }

    /// The points passed going clockwise from `position`, once around: each with its node.
    pub fn walk(&self, position: u64) -> impl Iterator<Item = (u64, &N)> {
        self.points_from(position).map(|point| {
            let member = &self.table.members[self.table.owner_of(point)];
            (self.table.index.positions()[point], &member.node)
        })
    }

    /// The arcs of the circle, one for each point, by position. Their lengths sum to 2^64 unless
    /// the ring is empty.
    pub fn arcs(&self) -> impl Iterator<Item = OwnedArc<'_, N>> {
        let positions = self.table.index.positions();
        let before = positions.last().copied().unwrap_or_default();
        let starts = iter::once(before).chain(positions.iter().copied());
        starts
            .zip(positions)
            .enumerate()
            .map(move |(point, (after, through))| {
                // The point before the first is the last, across the top of the circle. Only
                // there does an equal position mean the whole circle and not an empty arc.
                let whole = point == 0 && after == *through;
                OwnedArc {
                    after,
                    through: *through,
                    length: length_of(after, *through, whole),
                    node: &self.table.members[self.table.owner_of(point)].node,
                }
            })
    }

    /// The number of positions each member owns, in member order. They sum to 2^64 unless the ring
    /// is empty; divide by 2^64 for the fraction of all keys.
    pub fn owned(&self) -> Vec<u128> {
        let mut owned = vec![0; self.table.members.len()];
        for (point, arc) in self.arcs().enumerate() {
            owned[self.table.owner_of(point)] += arc.length;
        }
        owned
    }

    /// The stretches whose owner is another in `newer`, by position; neighbours with the same
    /// owners are joined. O(points of both rings), so the keys that moved between two rings are
    /// found without looking at those that stayed.
    pub fn handovers<'a>(&'a self, newer: &'a Self) -> Vec<Handover<'a, N>> {
        let [old, new] = [self, newer].map(|ring| ring.table.index.positions());
        let mut bounds = merged(old, new);
        bounds.dedup();

        // region: handovers
        let mut moved: Vec<Handover<'a, N>> = Vec::new();
        let mut after = bounds.last().copied().unwrap_or_default();
        for through in bounds {
            let (from, to) = (self.owner_at(through), newer.owner_at(through));
            if from != to {
                match moved.last_mut() {
                    Some(last) if (last.through, last.from, last.to) == (after, from, to) => {
                        last.through = through;
                    }
                    Some(_) | None => moved.push(Handover {
                        after,
                        through,
                        from,
                        to,
                    }),
                }
            }
            after = through;
        }
        // endregion
        moved
    }

    /// The members, ordered by node.
    pub fn members(&self) -> impl ExactSizeIterator<Item = &Member<N>> {
        self.table.members.iter()
    }

    /// The member that is `node`, if it is one.
    pub fn member(&self, node: &N) -> Option<&Member<N>> {
        let slot = self.table.find(node).ok()?;
        Some(&self.table.members[slot])
    }

    /// The rule that places points and keys.
    pub fn placement(&self) -> Placement {
        self.placement
    }

    /// The position of `key` on the circle.
    pub fn position(&self, key: &[u8]) -> u64 {
        self.placement.position(key)
    }

    /// The number of points on the ring.
    pub fn point_count(&self) -> usize {
        self.table.index.positions().len()
    }

    /// The index of the first point at or after `position`, wrapping; meaningless on a ring
    /// without points.
    pub(super) fn point_from(&self, position: u64) -> usize {
        let point = self.table.index.first_from(position);
        if point == self.point_count() {
            0
        } else {
            point
        }
    }

    /// The slot in member order of the owner of point number `point`.
    pub(super) fn owner_slot(&self, point: usize) -> usize {
        self.table.owner_of(point)
    }

    fn points_from(&self, position: u64) -> impl Iterator<Item = usize> {
        let first = self.point_from(position);
        (first..self.point_count()).chain(0..first)
    }

    fn member_slot(&self, node: &N) -> Result<usize, RingError> {
        self.table
            .find(node)
            .map_err(|_| RingError::NotAMember(shown(node)))
    }

    /// Takes over `members`, ordered by node, and the points they call for.
    fn replace_members(&mut self, mut members: Vec<Member<N>>) -> Result<(), RingError> {
        let weights: Vec<u32> = members.iter().map(|member| member.weight).collect();
        let counts = self.placement.point_counts(&weights);
        let points = counts.iter().sum();
        if points > MAX_POINTS {
            return Err(RingError::TooManyPoints { points });
        }
        for (member, count) in members.iter_mut().zip(counts) {
            member.points = u32::try_from(count).expect("below MAX_POINTS");
        }
        self.table = Arc::new(self.table.with_members(self.placement, members));
        Ok(())
    }
}

impl<N> Handover<'_, N> {
    /// Which of `sorted` key positions lie in the stretch: two ranges of indices, the second for
    /// the part past the top of the circle, either possibly empty.
    ///
    /// ```
    /// use orrery_core::patterns::partitioning::consistent_hashing::algorithm::Handover;
    ///
    /// let keys = [5, 10, 20, 30];
    /// let inside = Handover { after: 10, through: 30, from: Some(&"a"), to: Some(&"b") };
    /// assert_eq!(inside.keys_within(&keys), [2..4, 0..0]);
    /// let across_the_top = Handover { after: 20, through: 9, from: Some(&"a"), to: Some(&"b") };
    /// assert_eq!(across_the_top.keys_within(&keys), [3..4, 0..1]);
    /// ```
    pub fn keys_within(&self, sorted: &[u64]) -> [Range<usize>; 2] {
        let start = sorted.partition_point(|key| *key <= self.after);
        let end = sorted.partition_point(|key| *key <= self.through);
        if self.after < self.through {
            [start..end, 0..0]
        } else {
            [start..sorted.len(), 0..end]
        }
    }

    /// How many positions the stretch has.
    pub fn length(&self) -> u128 {
        length_of(self.after, self.through, self.after == self.through)
    }
}

impl<N> OwnedArc<'_, N> {
    /// The part of all keys that is expected in the arc, from 0 to 1.
    pub fn fraction(&self) -> f64 {
        self.length as f64 / CIRCLE as f64
    }
}

impl<N> Member<N> {
    fn new(node: N, weight: u32) -> Self {
        Self {
            node,
            weight,
            points: 0,
        }
    }
}

impl<N> Default for Table<N> {
    fn default() -> Self {
        Self {
            members: Vec::new(),
            index: PointIndex::new(Vec::new()),
            owners: Vec::new(),
        }
    }
}

impl<N: Ord + AsRef<[u8]>> Table<N> {
    fn find(&self, node: &N) -> Result<usize, usize> {
        self.members
            .binary_search_by(|member| member.node.cmp(node))
    }

    fn owner_of(&self, point: usize) -> usize {
        self.owners[point] as usize
    }

    /// The table of `members`, with the points of those who have as many as before taken over.
    fn with_members(&self, placement: Placement, members: Vec<Member<N>>) -> Self {
        // region: rebuild
        let mut new_slots = vec![None; self.members.len()];
        let mut fresh = Vec::new();
        let mut positions = Vec::new();
        for (slot, member) in (0_u32..).zip(&members) {
            match self.find(&member.node) {
                Ok(old) if self.members[old].points == member.points => new_slots[old] = Some(slot),
                Ok(_) | Err(_) => {
                    placement.place(member.node.as_ref(), member.points, &mut positions);
                    fresh.extend(positions.drain(..).map(|position| (position, slot)));
                }
            }
        }
        let kept = self.points().filter_map(|(position, old)| {
            let slot = new_slots[old as usize]?;
            Some((position, slot))
        });
        // Members are in node order, so equal positions come out in node order whatever came first.
        let kept: Vec<(u64, u32)> = kept.collect();
        fresh.sort_unstable();
        let points = merged(&kept, &fresh);
        // endregion
        let (positions, mut owners): (Vec<u64>, Vec<u32>) = points.into_iter().unzip();
        owners.extend(owners.first().copied());
        Self {
            members,
            index: PointIndex::new(positions),
            owners,
        }
    }

    fn points(&self) -> impl Iterator<Item = (u64, u32)> {
        let positions = self.index.positions().iter().copied();
        positions.zip(self.owners.iter().copied())
    }
}

/// The number of positions on the circle.
const CIRCLE: u128 = 1 << 64;

/// The number of positions after `after` up to and including `through`.
fn length_of(after: u64, through: u64, whole: bool) -> u128 {
    if whole {
        CIRCLE
    } else {
        u128::from(through.wrapping_sub(after))
    }
}

fn shown(node: &impl AsRef<[u8]>) -> String {
    let name = node.as_ref();
    str::from_utf8(name).map_or_else(|_| name.escape_ascii().to_string(), str::to_owned)
}

/// All of two sorted lists, in order.
fn merged<T: Ord + Copy>(one: &[T], other: &[T]) -> Vec<T> {
    let mut all = Vec::with_capacity(one.len() + other.len());
    let mut rest = other.iter().copied().peekable();
    for &next in one {
        while let Some(earlier) = rest.next_if(|&other| other < next) {
            all.push(earlier);
        }
        all.push(next);
    }
    all.extend(rest);
    all
}
