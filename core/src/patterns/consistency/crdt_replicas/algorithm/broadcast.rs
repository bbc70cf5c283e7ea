//! Causal broadcast: each operation delivered once, and never before one it depends on.
//!
//! Owns the numbering of operations, the waiting room for those that came early, and the log from
//! which the lost are sent again. Birman, Schiper and Stephenson, *Lightweight Causal and Atomic
//! Group Multicast*, TOCS 9(3) (1991), section 5.1. It does not send: the caller moves envelopes.

use std::collections::VecDeque;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::sorted::SortedMap;

use super::{Dot, ReplicaId, VersionVector};

/// An operation on its way: which it is, and what its author had seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Envelope<O> {
    /// Its author and number; two envelopes with one dot are the same.
    pub dot: Dot,
    /// What must be delivered first.
    pub after: VersionVector,
    /// The operation.
    pub op: O,
}

/// One replica's end of the broadcast. Cloning it shares the envelopes.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{CausalBroadcast, ReplicaId};
///
/// let mut asker = CausalBroadcast::new(ReplicaId(0));
/// let question = asker.send("lunch?");
/// let mut replier = CausalBroadcast::new(ReplicaId(1));
/// assert_eq!(replier.receive(question.clone()).len(), 1);
/// let answer = replier.send("at noon");
///
/// let mut third = CausalBroadcast::new(ReplicaId(2));
/// assert!(third.receive(answer).is_empty(), "the answer came before its question, and waits");
/// let delivered = third.receive(question);
/// assert_eq!(delivered.iter().map(|e| e.op).collect::<Vec<_>>(), ["lunch?", "at noon"]);
/// ```
#[derive(Debug, Clone)]
pub struct CausalBroadcast<O> {
    me: ReplicaId,
    once: bool,
    delivered: VersionVector,
    waiting: SortedMap<Dot, Arc<Envelope<O>>>,
    log: SortedMap<ReplicaId, VecDeque<Arc<Envelope<O>>>>,
}

impl<O> CausalBroadcast<O> {
    /// The end at replica `me`, which has sent and heard nothing.
    pub fn new(me: ReplicaId) -> Self {
        Self {
            me,
            once: true,
            delivered: VersionVector::default(),
            waiting: SortedMap::new(),
            log: SortedMap::new(),
        }
    }

    /// The same without looking for duplicates: an operation that comes again is delivered again,
    /// which is what a queue does that delivers *at least once*.
    pub fn at_least_once(me: ReplicaId) -> Self {
        Self {
            once: false,
            ..Self::new(me)
        }
    }

    /// Numbers an operation that was just made here. The envelope may go out in any way and order.
    pub fn send(&mut self, op: O) -> Arc<Envelope<O>> {
        let envelope = Arc::new(Envelope {
            dot: self.delivered.next_dot(self.me),
            after: self.delivered.clone(),
            op,
        });
        self.record(&envelope);
        envelope
    }

    // region: deliver
    /// Takes in an envelope; returns the operations that can be applied now, in an order that
    /// puts causes first. Empty if it came before something it depends on, or again.
    pub fn receive(&mut self, envelope: Arc<Envelope<O>>) -> Vec<Arc<Envelope<O>>> {
        if self.delivered.contains(envelope.dot) {
            // A duplicate.
            return if self.once {
                Vec::new()
            } else {
                vec![envelope]
            };
        }
        self.waiting.insert(envelope.dot, envelope);
        let mut ready = Vec::new();
        while let Some(next) = self.next_deliverable() {
            self.record(&next);
            ready.push(next);
        }
        ready
    }

    fn next_deliverable(&mut self) -> Option<Arc<Envelope<O>>> {
        let dot = self.waiting.values().find_map(|envelope| {
            let in_turn = envelope.dot == self.delivered.next_dot(envelope.dot.replica);
            (in_turn && self.delivered.covers(&envelope.after)).then_some(envelope.dot)
        })?;
        self.waiting.remove(&dot)
    }
    // endregion

    fn record(&mut self, envelope: &Arc<Envelope<O>>) {
        let Dot { replica, counter } = envelope.dot;
        self.delivered.raise(replica, counter);
        self.log
            .entry(replica)
            .or_default()
            .push_back(Arc::clone(envelope));
    }

    /// What has been delivered here, own operations included.
    pub fn delivered(&self) -> &VersionVector {
        &self.delivered
    }

    /// The envelopes that came early and wait for another.
    pub fn waiting(&self) -> impl Iterator<Item = &Arc<Envelope<O>>> {
        self.waiting.values()
    }

    /// The delivered operations that a replica which has delivered `theirs` lacks, causes first
    /// for each author. Operations already [forgotten](Self::forget) are left out.
    pub fn since(&self, theirs: &VersionVector) -> impl Iterator<Item = &Arc<Envelope<O>>> {
        self.log.iter().flat_map(move |(&author, log)| {
            let known = theirs.get(author);
            let from = log.partition_point(|envelope| envelope.dot.counter <= known);
            log.range(from..)
        })
    }

    // region: broadcast-forget
    /// Drops from the log what `everyone` has delivered: nobody will ask for it again.
    pub fn forget(&mut self, everyone: &VersionVector) {
        let stable = self.delivered.meet(everyone);
        for (author, number) in stable.iter() {
            let Some(log) = self.log.get_mut(&author) else {
                continue;
            };
            let keep_from = log.partition_point(|envelope| envelope.dot.counter <= number);
            log.drain(..keep_from);
        }
    }
    // endregion

    /// How many operations are kept for those who may lack them.
    pub fn log_len(&self) -> usize {
        self.log.values().map(VecDeque::len).sum()
    }
}
