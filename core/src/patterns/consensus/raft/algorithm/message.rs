//! What servers say to each other.

use std::sync::Arc;

use super::log::{Entry, Snapshot};
use super::{Index, Machine, Term};

/// A message between two servers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Message<M: Machine> {
    /// The sender's term; of a question beforehand and of the yes to it, the term asked about.
    pub term: Term,
    /// What it says.
    pub body: Body<M>,
}

/// A question for a vote (`RequestVote`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ask {
    /// Only whether the vote would be granted.
    pub pre: bool,
    /// The candidate's last entry.
    pub last_index: Index,
    /// The term of that entry.
    pub last_term: Term,
    /// The leader wants it so.
    pub handed_over: bool,
}

/// Entries for a follower (`AppendEntries`); without any, a heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Append<C> {
    /// The entry before the first one.
    pub prev_index: Index,
    /// The term of that entry.
    pub prev_term: Term,
    /// The entries.
    pub entries: Vec<Entry<C>>,
    /// The leader knows that everything up to here is committed.
    pub commit: Index,
    /// The round of heartbeats.
    pub round: u64,
}

/// Where a follower's log leaves the leader's, as far as it can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Conflict {
    /// The term of its entry where the leader's should be; none where its log is too short.
    pub term: Option<Term>,
    /// Its first entry of that term, or the one after its last.
    pub index: Index,
    /// The entry that the leader asked about.
    pub asked: Index,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Body<M: Machine> {
    /// Asks for a vote.
    Ask(Ask),
    /// Answers such a question.
    Vote {
        /// It was only asked beforehand.
        pre: bool,
        /// Yes or no.
        granted: bool,
    },
    /// Brings entries, or only a sign of life.
    Append(Append<M::Command>),
    /// Answers an append or a snapshot.
    Appended {
        /// It has everything up to here, or its log does not continue.
        found: Result<Index, Conflict>,
        /// The round of what is answered.
        round: u64,
    },
    /// Brings a snapshot in the place of entries that the leader no longer has.
    Install {
        /// The snapshot.
        snapshot: Arc<Snapshot<M>>,
        /// The round of heartbeats.
        round: u64,
    },
    /// Stand for election at once: the leader hands over (`TimeoutNow`).
    StandNow,
}

impl<M: Machine> Message<M> {
    /// The same message as if it belonged to no round of heartbeats: for who compares states.
    #[cfg(test)]
    pub(crate) const fn forget_round(&mut self) {
        match &mut self.body {
            Body::Append(append) => append.round = 0,
            Body::Appended { round, .. } | Body::Install { round, .. } => *round = 0,
            Body::Ask(_) | Body::Vote { .. } | Body::StandNow => {}
        }
    }
}
