//! Delta anti-entropy: send each neighbour what it has not confirmed, and no more.
//!
//! Almeida, Shoker and Baquero (2018), algorithm 2 (delta-interval based anti-entropy), with the two
//! savings of Enes et al., *Efficient Synchronization of State-based CRDTs*, ICDE 2019: a delta is
//! not sent back to the neighbour it came from, and of what comes only the news is passed on
//! ([`Crdt::news_in`](super::Crdt::news_in)). The buffer neither sends nor merges into a state; the
//! caller does both.

use std::collections::VecDeque;

use std::sync::Arc;

use crate::sorted::SortedMap;

use super::{Lattice, ReplicaId};

/// The deltas of one replica that some neighbour may still lack. Cloning it shares the deltas.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{
///     Crdt, DeltaBuffer, GCounter, ReplicaId, Shipment,
/// };
///
/// let (me, peer) = (ReplicaId(0), ReplicaId(1));
/// let mut count = GCounter::default();
/// let mut buffer = DeltaBuffer::with_capacity(100);
/// for _ in 0..3 {
///     let op = count.increment(me, 1);
///     buffer.push(me, count.delta_of(&op));
/// }
/// let Shipment::Delta { delta, up_to } = buffer.shipment(peer) else { panic!() };
/// assert_eq!(delta.value(), 3, "three deltas in one");
/// buffer.confirm(peer, up_to);
/// assert_eq!(buffer.shipment(peer), Shipment::Nothing);
/// ```
#[derive(Debug, Clone)]
pub struct DeltaBuffer<D> {
    capacity: usize,
    /// The number of the first delta in `deltas`.
    first: u64,
    deltas: VecDeque<(ReplicaId, Arc<D>)>,
    confirmed: SortedMap<ReplicaId, u64>,
}

/// What a neighbour should be sent now.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Shipment<D> {
    /// It has confirmed everything.
    Nothing,
    /// All it may lack, in one. To be [confirmed](DeltaBuffer::confirm) with `up_to`.
    Delta {
        /// The join of the deltas.
        delta: D,
        /// What a confirmation of it confirms.
        up_to: u64,
    },
    /// What it lacks is no longer in the buffer: the whole state must go
    /// ([`Crdt::whole`](super::Crdt::whole)).
    WholeState {
        /// What a confirmation of it confirms.
        up_to: u64,
    },
}

impl<D: Lattice> DeltaBuffer<D> {
    /// An empty buffer that keeps the last `capacity` deltas. A neighbour that falls further
    /// behind is sent the whole state.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            first: 0,
            deltas: VecDeque::new(),
            confirmed: SortedMap::new(),
        }
    }

    /// Notes a delta that has changed the state here: an edit made here, with `from` this
    /// replica, or the news from the neighbour `from`, to be passed on. Every change of the state
    /// has to be noted, or a neighbour could be sent an effect without its cause.
    pub fn push(&mut self, from: ReplicaId, delta: D) {
        self.deltas.push_back((from, Arc::new(delta)));
        while self.deltas.len() > self.capacity {
            self.deltas.pop_front();
            self.first += 1;
        }
    }

    // region: shipment
    /// What `peer` should be sent now.
    pub fn shipment(&self, peer: ReplicaId) -> Shipment<D> {
        let up_to = self.next();
        let from = self.confirmed_by(peer);
        if from < self.first {
            return Shipment::WholeState { up_to };
        }
        let mut delta = D::default();
        let mut any = false;
        for (origin, part) in self.deltas.iter().skip((from - self.first) as usize) {
            if *origin != peer {
                delta.merge(part);
                any = true;
            }
        }
        if any {
            Shipment::Delta { delta, up_to }
        } else {
            Shipment::Nothing
        }
    }
    // endregion

    /// Notes that `peer` has everything before `up_to`, the number that came with a shipment.
    /// Whoever notes that on sending, and not when the peer says so, never sends again what is lost.
    pub fn confirm(&mut self, peer: ReplicaId, up_to: u64) {
        let end = self.next();
        let known = self.confirmed.entry(peer).or_insert(0);
        *known = up_to.min(end).max(*known);
    }

    /// Drops the deltas that all of `peers` have.
    pub fn forget_confirmed(&mut self, peers: impl IntoIterator<Item = ReplicaId>) {
        let mut all = self.next();
        for peer in peers {
            let has = self.confirmed_by(peer);
            self.confirmed.insert(peer, has);
            all = all.min(has);
        }
        while self.first < all && self.deltas.pop_front().is_some() {
            self.first += 1;
        }
    }

    /// How many deltas are kept.
    pub fn len(&self) -> usize {
        self.deltas.len()
    }

    /// Whether no delta is kept.
    pub fn is_empty(&self) -> bool {
        self.deltas.is_empty()
    }

    /// The number of the first delta that `peer` may lack: behind what it has confirmed, and
    /// behind what follows of its own.
    fn confirmed_by(&self, peer: ReplicaId) -> u64 {
        let confirmed = self.confirmed.get(&peer).copied().unwrap_or(0);
        if confirmed < self.first {
            return confirmed;
        }
        let rest = self.deltas.iter().skip((confirmed - self.first) as usize);
        confirmed + rest.take_while(|(origin, _)| *origin == peer).count() as u64
    }

    fn next(&self) -> u64 {
        self.first + self.deltas.len() as u64
    }
}
