//! The three ways to keep copies in step, and what they put on the wire.
//!
//! Owns the choice between whole states, deltas and operations, and the size of each message. The
//! algorithm's [`DeltaBuffer`] and [`CausalBroadcast`] do the work.

use std::rc::Rc;
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
    /// Everything, since what may be lacking is no longer kept apart.
    CatchUp {
        /// The copy.
        state: State,
        /// The edits in it.
        edits: CausalContext,
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
            Self::CatchUp { state, up_to, .. } => encoded_len(state) + encoded_len(up_to),
            Self::Confirm { up_to } => encoded_len(up_to),
            Self::Operations(envelopes) => envelopes.iter().map(|e| encoded_len(&**e)).sum(),
            Self::Delivered(vector) => encoded_len(vector),
        }
    }

    /// Whether it carries data, and does not only confirm.
    pub const fn carries_data(&self) -> bool {
        match self {
            Self::State { .. }
            | Self::Delta { .. }
            | Self::CatchUp { .. }
            | Self::Operations(_) => true,
            Self::Confirm { .. } | Self::Delivered(_) => false,
        }
    }

    /// What it is, in a word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::State { .. } | Self::CatchUp { .. } => "state",
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
    /// The operations that someone has not confirmed, and what each other has delivered.
    Operations {
        /// This replica's end of the broadcast.
        broadcast: CausalBroadcast<Noted>,
        /// By replica, what it is known to have.
        delivered: Rc<Vec<VersionVector>>,
    },
}

/// Deltas kept apart; a neighbour further behind is sent the whole state.
const DELTAS_MAX: usize = 64;

impl Outbox {
    /// An empty outbox of replica `me` among `replicas`.
    pub fn new(sync: Sync, me: ReplicaId, replicas: usize) -> Self {
        match sync {
            Sync::States => Self::States,
            Sync::Deltas => Self::Deltas(DeltaBuffer::with_capacity(DELTAS_MAX)),
            Sync::Operations => Self::Operations {
                broadcast: CausalBroadcast::new(me),
                delivered: Rc::new(vec![VersionVector::default(); replicas]),
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

    /// What a replica sends `peer` when it gossips; none if nothing seems to be lacking.
    pub fn gossip(&self, peer: ReplicaId, state: &State, edits: &CausalContext) -> Option<Message> {
        let (state, edits) = (state.clone(), edits.clone());
        match self {
            Self::States => Some(Message::State { state, edits }),
            Self::Deltas(buffer) => match buffer.shipment(peer) {
                Shipment::Nothing => None,
                Shipment::Delta { delta, up_to } => Some(Message::Delta { delta, up_to }),
                Shipment::WholeState { up_to } => Some(Message::CatchUp {
                    state,
                    edits,
                    up_to,
                }),
            },
            Self::Operations {
                broadcast,
                delivered,
            } => {
                let theirs = &delivered[usize::from(peer.0)];
                let lacking: Vec<_> = broadcast.since(theirs).cloned().collect();
                (!lacking.is_empty()).then_some(Message::Operations(lacking))
            }
        }
    }
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
        (Message::Delta { delta, up_to }, Outbox::Deltas(buffer)) => {
            let changed = state.merge_delta(&delta.delta);
            if changed {
                buffer.push(from, delta.clone()); // others may lack it too
            }
            Taken {
                changed,
                edits: delta.edits.clone(),
                reply: Some(Message::Confirm { up_to: *up_to }),
                held_back: 0,
            }
        }
        (
            Message::CatchUp {
                state: theirs,
                edits,
                up_to,
            },
            Outbox::Deltas(buffer),
        ) => {
            let changed = state.merge(theirs);
            if changed {
                buffer.restart();
            }
            Taken {
                changed,
                edits: edits.clone(),
                reply: Some(Message::Confirm { up_to: *up_to }),
                held_back: 0,
            }
        }
        (Message::Confirm { up_to }, Outbox::Deltas(buffer)) => {
            buffer.confirm(from, *up_to);
            Taken::default()
        }
        (Message::Operations(envelopes), Outbox::Operations { broadcast, .. }) => {
            let mut taken = Taken::default();
            for envelope in envelopes {
                for ready in broadcast.receive(Arc::clone(envelope)) {
                    state.apply(&ready.op.op);
                    taken.edits.insert(ready.op.edit);
                    taken.changed = true;
                }
            }
            taken.held_back = broadcast.waiting().count();
            taken.reply = Some(Message::Delivered(broadcast.delivered().clone()));
            taken
        }
        (Message::Delivered(vector), Outbox::Operations { delivered, .. }) => {
            Rc::make_mut(delivered)[usize::from(from.0)].merge(vector);
            Taken::default()
        }
        // A run has one way to sync, so nothing else can come.
        (_, Outbox::States | Outbox::Deltas(_) | Outbox::Operations { .. }) => Taken::default(),
    }
}
// endregion

/// Lets `into` take over directly all that `from` has, as if they had met.
pub fn meet(into: (&mut State, &mut Outbox), from: (&State, &Outbox)) -> bool {
    let (state, outbox) = into;
    if let (
        Outbox::Operations { broadcast, .. },
        Outbox::Operations {
            broadcast: theirs, ..
        },
    ) = (&mut *outbox, from.1)
    {
        let mut changed = false;
        let lacking: Vec<_> = theirs.since(broadcast.delivered()).cloned().collect();
        for envelope in lacking {
            for ready in broadcast.receive(envelope) {
                state.apply(&ready.op.op);
                changed = true;
            }
        }
        return changed;
    }
    let changed = state.merge(from.0);
    if let (true, Outbox::Deltas(buffer)) = (changed, outbox) {
        buffer.restart();
    }
    changed
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
        Outbox::Operations {
            broadcast,
            delivered,
        } => {
            let everyone = others()
                .map(|other| delivered[usize::from(other.0)].clone())
                .reduce(|known, theirs| known.meet(&theirs));
            broadcast.forget(&everyone.unwrap_or_default());
        }
    }
}
