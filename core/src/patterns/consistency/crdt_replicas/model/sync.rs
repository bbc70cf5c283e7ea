//! The three ways to keep copies in step, and what they put on the wire.
//!
//! Owns the choice between whole states, deltas and operations, and the size of each message. The
//! algorithm's [`DeltaBuffer`] and [`CausalBroadcast`] do the work.

use std::sync::Arc;

use serde::Serialize;

use super::super::algorithm::{
    CausalBroadcast, CausalContext, Crdt as _, DeltaBuffer, Dot, Envelope, Lattice, ReplicaId,
    Shipment, VersionVector, encoded_len,
};
use super::replicated::{Delta, Op, State};

crate::choices! {
    /// What is sent.
    pub enum Sync {
        /// What changed and is not confirmed yet.
        Deltas = "deltas", "Deltas";
        /// Everything, every time.
        States = "states", "Whole states";
        /// Each edit, once, causes first.
        Operations = "operations", "Operations";
    }
}

/// A delta with the edits in it, of which the witness is to hear and the wire is not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Carried {
    /// What is sent.
    pub delta: Delta,
    /// The edits in it.
    #[serde(skip)]
    pub edits: CausalContext,
}

impl Lattice for Carried {
    fn merge(&mut self, other: &Self) -> bool {
        let news = self.edits.merge(&other.edits);
        self.delta.merge(&other.delta) || news
    }
}

/// An operation with the edit that it is, for the witness.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Noted {
    /// What is sent.
    pub op: Op,
    /// The edit.
    #[serde(skip)]
    pub edit: Dot,
}

/// What one replica sends another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Message {
    /// Everything.
    State {
        /// The copy.
        state: State,
        /// The edits in it.
        edits: CausalContext,
    },
    /// What may be lacking.
    Delta {
        /// The change.
        delta: Carried,
        /// What to confirm.
        up_to: u64,
    },
    /// A delta has come.
    Confirm {
        /// Which.
        up_to: u64,
    },
    /// Edits.
    Operations(Vec<Arc<Envelope<Noted>>>),
    /// Edits have come: all of these.
    Delivered(VersionVector),
}

impl Message {
    /// Its size in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::State { state, .. } => encoded_len(state),
            Self::Delta { delta, up_to } => encoded_len(delta) + encoded_len(up_to),
            Self::Confirm { up_to } => encoded_len(up_to),
            Self::Operations(envelopes) => envelopes.iter().map(|e| encoded_len(&**e)).sum(),
            Self::Delivered(vector) => encoded_len(vector),
        }
    }

    /// Whether it carries data, and does not only confirm.
    pub const fn carries_data(&self) -> bool {
        match self {
            Self::State { .. } | Self::Delta { .. } | Self::Operations(_) => true,
            Self::Confirm { .. } | Self::Delivered(_) => false,
        }
    }

    /// What it is, in a word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::State { .. } => "state",
            Self::Delta { .. } => "delta",
            Self::Confirm { .. } | Self::Delivered(_) => "ack",
            Self::Operations(_) => "op",
        }
    }
}

/// What a replica keeps for those who lack something.
#[derive(Debug, Clone)]
pub enum Outbox {
    /// Nothing: the copy itself goes.
    States,
    /// The deltas that someone has not confirmed.
    Deltas(DeltaBuffer<Carried>),
    /// The operations that someone has not confirmed.
    Operations {
        /// This replica's end of the broadcast.
        broadcast: CausalBroadcast<Noted>,
        /// By replica, how things stand with it.
        peers: Vec<Peer>,
    },
}

/// How things stand with another replica, as far as operations go.
#[derive(Debug, Clone, Default)]
pub struct Peer {
    /// What it is known to have.
    has: VersionVector,
    /// What was here when it was last its turn: it has had time to say that it has that too.
    offered: VersionVector,
    /// What it was last told is here.
    told: VersionVector,
}

/// Deltas kept apart; a neighbour further behind is sent the whole state.
const DELTAS_MAX: usize = 64;

impl Outbox {
    /// An empty outbox of replica `me` among `replicas`.
    pub fn new(sync: Sync, me: ReplicaId, replicas: usize, once: bool) -> Self {
        match sync {
            Sync::States => Self::States,
            Sync::Deltas => Self::Deltas(DeltaBuffer::with_capacity(DELTAS_MAX)),
            Sync::Operations => Self::Operations {
                broadcast: if once {
                    CausalBroadcast::new(me)
                } else {
                    CausalBroadcast::at_least_once(me)
                },
                peers: vec![Peer::default(); replicas],
            },
        }
    }

    /// Keeps an edit just made here. Returns what goes to all others at once.
    pub fn keep(&mut self, me: ReplicaId, op: Op, delta: Delta, edit: Dot) -> Option<Message> {
        match self {
            Self::States => None,
            Self::Deltas(buffer) => {
                let edits = [edit].into_iter().collect();
                buffer.push(me, Carried { delta, edits });
                None
            }
            Self::Operations { broadcast, .. } => {
                let envelope = broadcast.send(Noted { op, edit });
                Some(Message::Operations(vec![envelope]))
            }
        }
    }

    /// What a replica sends `to` when it is its turn; nothing if nothing seems to be lacking. What
    /// was sent once counts as arrived unless it is sent `again` until confirmed.
    pub fn gossip(
        &mut self,
        to: ReplicaId,
        (state, edits): (&State, &CausalContext),
        again: bool,
    ) -> Vec<Message> {
        match self {
            Self::States => vec![Message::State {
                state: state.clone(),
                edits: edits.clone(),
            }],
            Self::Deltas(buffer) => {
                let (delta, up_to) = match buffer.shipment(to) {
                    Shipment::Nothing => return Vec::new(),
                    Shipment::Delta { delta, up_to } => (delta, up_to),
                    Shipment::WholeState { up_to } => {
                        let (delta, edits) = (state.whole(), edits.clone());
                        (Carried { delta, edits }, up_to)
                    }
                };
                if !again {
                    buffer.confirm(to, up_to);
                }
                vec![Message::Delta { delta, up_to }]
            }
            Self::Operations { broadcast, peers } => {
                peers[usize::from(to.0)].turn(broadcast, again)
            }
        }
    }
}

impl Peer {
    // region: retransmit
    /// What goes to this peer in its turn: what it was offered a turn ago and has not confirmed,
    /// if that is sent `again`, and word of what is here if that is new.
    fn turn(&mut self, broadcast: &CausalBroadcast<Noted>, again: bool) -> Vec<Message> {
        let here = broadcast.delivered();
        let overdue: Vec<_> = broadcast
            .since(&self.has)
            .filter(|envelope| again && self.offered.contains(envelope.dot))
            .cloned()
            .collect();
        self.offered = here.clone();
        let mut messages = Vec::new();
        if !overdue.is_empty() {
            messages.push(Message::Operations(overdue));
        }
        if self.told != *here {
            self.told = here.clone();
            messages.push(Message::Delivered(here.clone()));
        }
        messages
    }
    // endregion
}

/// What came of taking in a message.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    /// Whether the copy changed.
    pub changed: bool,
    /// The edits that it brought.
    pub edits: CausalContext,
    /// What goes back.
    pub reply: Option<Message>,
    /// Operations that came before something they depend on.
    pub held_back: usize,
}

// region: take-in
/// Takes a message from `from` into the copy `state` and the outbox beside it.
pub fn take_in(
    state: &mut State,
    outbox: &mut Outbox,
    from: ReplicaId,
    message: &Message,
) -> Taken {
    match (message, outbox) {
        (
            Message::State {
                state: theirs,
                edits,
            },
            _,
        ) => Taken {
            changed: state.merge(theirs),
            edits: edits.clone(),
            ..Taken::default()
        },
        (Message::Delta { delta, up_to }, Outbox::Deltas(buffer)) => Taken {
            changed: take_delta(state, buffer, from, delta),
            edits: delta.edits.clone(),
            reply: Some(Message::Confirm { up_to: *up_to }),
            held_back: 0,
        },
        (Message::Confirm { up_to }, Outbox::Deltas(buffer)) => {
            buffer.confirm(from, *up_to);
            Taken::default()
        }
        (Message::Operations(envelopes), Outbox::Operations { broadcast, peers }) => {
            let Delivered { edits, any } = deliver(state, broadcast, envelopes);
            if edits == CausalContext::default() {
                // It does not know what is here: tell it again.
                peers[usize::from(from.0)].told = VersionVector::default();
            }
            Taken {
                changed: any,
                edits,
                reply: None,
                held_back: broadcast.waiting().count(),
            }
        }
        (Message::Delivered(vector), Outbox::Operations { peers, .. }) => {
            peers[usize::from(from.0)].has.merge(vector);
            Taken::default()
        }
        // A run has one way to sync, so nothing else can come.
        (_, Outbox::States | Outbox::Deltas(_) | Outbox::Operations { .. }) => Taken::default(),
    }
}
// endregion

fn take_delta(
    state: &mut State,
    buffer: &mut DeltaBuffer<Carried>,
    from: ReplicaId,
    carried: &Carried,
) -> bool {
    let news = state.news_in(&carried.delta);
    let changed = state.merge_delta(&news);
    if changed {
        let edits = carried.edits.clone();
        buffer.push(from, Carried { delta: news, edits }); // others may lack it too
    }
    changed
}

/// Lets a replica take over directly all that `from` has, as if they had met. Returns the edits
/// that this brought.
pub fn meet(
    state: &mut State,
    outbox: &mut Outbox,
    from: ReplicaId,
    (theirs, their_outbox, edits): (&State, &Outbox, &CausalContext),
) -> CausalContext {
    match (outbox, their_outbox) {
        (Outbox::Deltas(buffer), _) => {
            let (delta, edits) = (theirs.whole(), edits.clone());
            take_delta(state, buffer, from, &Carried { delta, edits });
        }
        (
            Outbox::Operations { broadcast, .. },
            Outbox::Operations {
                broadcast: other, ..
            },
        ) => {
            let lacking: Vec<_> = other.since(broadcast.delivered()).cloned().collect();
            // What had come early may be delivered with it.
            return deliver(state, broadcast, &lacking).edits;
        }
        (Outbox::States | Outbox::Operations { .. }, _) => {
            state.merge(theirs);
        }
    }
    edits.clone()
}

/// What was delivered.
#[derive(Default)]
struct Delivered {
    /// The edits that were new.
    edits: CausalContext,
    /// Whether there was anything, new or not.
    any: bool,
}

/// Applies what can be delivered now.
fn deliver(
    state: &mut State,
    broadcast: &mut CausalBroadcast<Noted>,
    envelopes: &[Arc<Envelope<Noted>>],
) -> Delivered {
    let mut delivered = Delivered::default();
    for envelope in envelopes {
        let is_new = !broadcast.delivered().contains(envelope.dot);
        for ready in broadcast.receive(Arc::clone(envelope)) {
            state.apply(&ready.op.op);
            delivered.any = true;
            if is_new {
                delivered.edits.insert(ready.op.edit);
            }
        }
    }
    delivered
}

/// Drops from `outbox` of `me` what all others have confirmed.
pub fn tidy(outbox: &mut Outbox, me: ReplicaId, replicas: usize) {
    let others = || {
        (0..replicas as u16)
            .map(ReplicaId)
            .filter(move |&other| other != me)
    };
    match outbox {
        Outbox::States => {}
        Outbox::Deltas(buffer) => buffer.forget_confirmed(others()),
        Outbox::Operations { broadcast, peers } => {
            let everyone = others()
                .map(|other| peers[usize::from(other.0)].has.clone())
                .reduce(|known, theirs| known.meet(&theirs));
            broadcast.forget(&everyone.unwrap_or_default());
        }
    }
}
