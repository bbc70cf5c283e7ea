//! What every replicated type promises, and how its size is measured.

use std::fmt::Debug;

use serde::Serialize;

/// What can be sent: a value that serde can encode.
pub trait Wire: Clone + Debug + PartialEq + Serialize {}

impl<T: Clone + Debug + PartialEq + Serialize> Wire for T {}

/// A set of states in which any two have a least state containing both: a join-semilattice.
///
/// [`merge`](Self::merge) must be commutative, associative and idempotent; `Default` is the
/// bottom, the state that adds nothing.
pub trait Lattice: Wire + Default {
    /// Grows `self` to the least state that contains `self` and `other`.
    ///
    /// Tells whether `self` changed, that is, whether `other` held anything new.
    fn merge(&mut self, other: &Self) -> bool;
}

/// A replicated data type that can be sent as state, as delta, or as operation.
///
/// A type's own editing methods change the local copy at once and return the [`Op`](Self::Op)
/// that describes the edit. For a state `s` that becomes `t` by an edit `op`:
///
/// - `s` merged with `t.delta_of(&op)` equals `t` (a delta loses nothing);
/// - `s` with `op` applied equals `t`;
/// - the bottom merged with `t.whole()` equals `t`.
pub trait Crdt: Lattice {
    /// A part of a state, in a lattice of its own so that several can be sent as one.
    type Delta: Lattice;
    /// One edit, as the replicas that did not make it hear of it.
    type Op: Wire;

    /// Joins a delta into the state. Tells whether the state changed.
    ///
    /// Deltas may come in any order and any number of times.
    fn merge_delta(&mut self, delta: &Self::Delta) -> bool;

    /// The smallest part of this state that contains the effect of `op`, which it has just made.
    fn delta_of(&self, op: &Self::Op) -> Self::Delta;

    /// The whole state, as a delta.
    fn whole(&self) -> Self::Delta;

    /// The part of `delta` that this state lacks; merging it is as good as merging `delta`. The
    /// bottom if there is no news in it.
    ///
    /// Whoever passes deltas on passes on only this: what is known already would go round and round
    /// (Enes, Almeida, Baquero and Leitão, ICDE 2019).
    fn news_in(&self, delta: &Self::Delta) -> Self::Delta;

    /// Carries out an operation made elsewhere.
    ///
    /// Each operation must be applied once, after every operation that its author knew of:
    /// [`CausalBroadcast`](super::CausalBroadcast) sees to that.
    fn apply(&mut self, op: &Self::Op);
}

/// Bytes that `value` takes when sent, found by encoding it.
///
/// The encoding is postcard's (<https://postcard.jamesmunns.com/wire-format>): integers of more
/// than a byte as LEB128 varints, lengths in front of texts and lists, no field names. It is what
/// a careful system would send, before compression and without transport headers.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{
///     GCounter, ReplicaId, encoded_len,
/// };
///
/// let mut likes = GCounter::default();
/// assert_eq!(encoded_len(&likes), 1, "no replica has counted: a length of zero");
/// likes.increment(ReplicaId(7), 300);
/// assert_eq!(encoded_len(&likes), 4, "one entry: length 1, replica 7, 300 in two bytes");
/// ```
pub fn encoded_len<T: Serialize + ?Sized>(value: &T) -> usize {
    postcard::serialize_with_flavor(value, postcard::ser_flavors::Size::default())
        .expect("counting bytes fails only for lengths unknown in advance, which no type here has")
}
