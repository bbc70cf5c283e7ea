//! What the replicated types promise, over generated histories.
//!
//! [`Editable`] says how a history edits each type; the modules check laws over all of them.

mod delivery;
mod laws;
mod model;
mod peers;
mod text;

use proptest::prelude::*;

use super::algorithm::{
    Crdt, DotFun, DotSet, GCounter, GSet, Lattice, LwwRegister, MvRegister, NaiveCounter, NaiveSet,
    OrMap, OrSet, PnCounter, ReplicaId, Splice, Text, TwoPhaseSet,
};
use crate::time::SimTime;

/// Replicas in a generated history.
const REPLICAS: u16 = 3;

/// A number that an edit reads its details from.
type Choice = u32;

/// A type that a generated history can edit.
trait Editable: Crdt {
    /// Edits the copy of `me` as `choice` says; `None` if that edit is not possible now.
    fn edit(&mut self, me: ReplicaId, now: SimTime, choice: Choice) -> Option<Self::Op>;
}

/// One event of a generated history.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Edit { replica: u16, choice: Choice },
    Merge { from: u16, into: u16 },
}

fn happening() -> impl Strategy<Value = Happening> {
    let replica = 0..REPLICAS;
    prop_oneof![
        2 => (replica.clone(), any::<Choice>())
            .prop_map(|(replica, choice)| Happening::Edit { replica, choice }),
        1 => (replica.clone(), replica).prop_map(|(from, into)| Happening::Merge { from, into }),
    ]
}

fn history(up_to: usize) -> impl Strategy<Value = Vec<Happening>> {
    prop::collection::vec(happening(), 0..up_to)
}

/// What a history leaves behind.
struct Outcome<C: Crdt> {
    /// The state of each replica.
    copies: Vec<C>,
    /// Every edit in the order made: its author, its operation, and its delta.
    edits: Vec<(ReplicaId, C::Op, C::Delta)>,
}

/// Runs a history from nothing, calling `check` with the state before and after each edit.
fn live<C: Editable>(history: &[Happening], mut check: impl FnMut(&C, &C, &C::Op)) -> Outcome<C> {
    let mut copies = vec![C::default(); usize::from(REPLICAS)];
    let mut edits = Vec::new();
    for (step, &happening) in history.iter().enumerate() {
        match happening {
            Happening::Edit { replica, choice } => {
                let me = ReplicaId(replica);
                let copy = &mut copies[usize::from(replica)];
                let before = copy.clone();
                // Clocks of different replicas disagree, and repeat themselves.
                let now = SimTime::from_nanos((step / 2) as u64 + u64::from(choice % 7));
                if let Some(op) = copy.edit(me, now, choice) {
                    check(&before, copy, &op);
                    edits.push((me, op.clone(), copy.delta_of(&op)));
                }
            }
            Happening::Merge { from, into } => {
                let other = copies[usize::from(from)].clone();
                copies[usize::from(into)].merge(&other);
            }
        }
    }
    Outcome { copies, edits }
}

/// The join of all `states`.
fn join_all<'a, L: Lattice + 'a>(states: impl IntoIterator<Item = &'a L>) -> L {
    let mut all = L::default();
    for state in states {
        all.merge(state);
    }
    all
}

/// Few different elements, so that histories meet on them.
fn element(choice: Choice) -> u8 {
    (choice >> 8) as u8 % 5
}

impl Editable for GCounter {
    fn edit(&mut self, me: ReplicaId, _: SimTime, choice: Choice) -> Option<Self::Op> {
        Some(self.increment(me, u64::from(choice % 4)))
    }
}

impl Editable for PnCounter {
    fn edit(&mut self, me: ReplicaId, _: SimTime, choice: Choice) -> Option<Self::Op> {
        Some(self.add(me, i64::from(choice % 7) - 3))
    }
}

impl Editable for LwwRegister<u8> {
    fn edit(&mut self, me: ReplicaId, now: SimTime, choice: Choice) -> Option<Self::Op> {
        Some(if choice.is_multiple_of(2) {
            self.write(me, now, element(choice))
        } else {
            self.write_wall(me, now, element(choice))
        })
    }
}

impl Editable for MvRegister<u8> {
    fn edit(&mut self, me: ReplicaId, _: SimTime, choice: Choice) -> Option<Self::Op> {
        Some(self.write(me, element(choice)))
    }
}

impl Editable for GSet<u8> {
    fn edit(&mut self, _: ReplicaId, _: SimTime, choice: Choice) -> Option<Self::Op> {
        Some(self.add(element(choice)))
    }
}

impl Editable for TwoPhaseSet<u8> {
    fn edit(&mut self, _: ReplicaId, _: SimTime, choice: Choice) -> Option<Self::Op> {
        if choice.is_multiple_of(3) {
            self.remove(&element(choice))
        } else {
            Some(self.add(element(choice)))
        }
    }
}

impl Editable for OrSet<u8> {
    fn edit(&mut self, me: ReplicaId, _: SimTime, choice: Choice) -> Option<Self::Op> {
        if choice.is_multiple_of(3) {
            self.remove(&element(choice))
        } else {
            Some(self.add(me, element(choice)))
        }
    }
}

impl Editable for OrMap<u8, DotFun<u8>> {
    fn edit(&mut self, me: ReplicaId, _: SimTime, choice: Choice) -> Option<Self::Op> {
        let (key, value) = (element(choice), (choice >> 16) as u8);
        if choice.is_multiple_of(3) {
            self.remove_key(&key)
        } else {
            Some(self.update(me, key, |seen, dot| seen.write(dot, value)))
        }
    }
}

/// A set within a map.
impl Editable for OrMap<u8, super::algorithm::DotMap<u8, DotSet>> {
    fn edit(&mut self, me: ReplicaId, _: SimTime, choice: Choice) -> Option<Self::Op> {
        let (key, member) = (element(choice), (choice >> 16) as u8 % 3);
        if choice.is_multiple_of(4) {
            self.remove_key(&key)
        } else {
            Some(self.update(me, key, |set, dot| {
                set.update(member, |seen| seen.assert(dot))
            }))
        }
    }
}

/// What typists and their keyboards produce.
const TYPED: [&str; 6] = ["a", "bcd", "é", "👩‍👩‍👧", "שלום", "x\u{301}"];

impl Editable for Text {
    fn edit(&mut self, me: ReplicaId, _: SimTime, choice: Choice) -> Option<Self::Op> {
        let place = (choice >> 8) as usize % (self.len() + 1);
        let count = (choice >> 20) as usize % 4;
        let insert = if choice.is_multiple_of(3) {
            String::new()
        } else {
            TYPED[choice as usize % TYPED.len()].to_owned()
        };
        let remove = place..(place + count).min(self.len());
        Some(self.splice(me, &Splice { remove, insert }))
    }
}

impl Editable for NaiveCounter {
    fn edit(&mut self, me: ReplicaId, now: SimTime, choice: Choice) -> Option<Self::Op> {
        Some(self.add(me, now, i64::from(choice % 7) - 3))
    }
}

impl Editable for NaiveSet<u8> {
    fn edit(&mut self, _: ReplicaId, _: SimTime, choice: Choice) -> Option<Self::Op> {
        Some(if choice.is_multiple_of(3) {
            self.remove(&element(choice))
        } else {
            self.add(element(choice))
        })
    }
}
