//! The same random histories through the `crdts` crate, which must read the same.
//!
//! The crate's types are driven through their state-based face (`CvRDT::merge`) like ours, with
//! operations applied where they are made.

use std::collections::BTreeSet;

use crdts::{CmRDT, CvRDT};
use proptest::prelude::*;

use super::super::algorithm::*;
use super::{Happening, REPLICAS, element, history};

/// Runs `history` on pairs of our copy and the crate's; `same` reads both after every step.
fn compare<Ours: Lattice, Theirs: Clone + Default + CvRDT>(
    history: &[Happening],
    mut edit: impl FnMut(&mut Ours, &mut Theirs, u16, u32, u64),
    mut same: impl FnMut(&Ours, &Theirs),
) {
    let mut pairs = vec![(Ours::default(), Theirs::default()); usize::from(REPLICAS)];
    for (step, &happening) in history.iter().enumerate() {
        let touched = match happening {
            Happening::Edit { replica, choice } => {
                let (ours, theirs) = &mut pairs[usize::from(replica)];
                edit(ours, theirs, replica, choice, step as u64 + 1);
                replica
            }
            Happening::Merge { from, into } => {
                let (ours, theirs) = pairs[usize::from(from)].clone();
                let pair = &mut pairs[usize::from(into)];
                pair.0.merge(&ours);
                pair.1.merge(theirs);
                into
            }
        };
        let (ours, theirs) = &pairs[usize::from(touched)];
        same(ours, theirs);
    }
}

proptest! {
    #[test]
    fn grow_only_counter(history in history(60)) {
        compare::<GCounter, crdts::GCounter<u16>>(
            &history,
            |ours, theirs, me, choice, _| {
                ours.increment(ReplicaId(me), u64::from(choice % 4));
                theirs.apply(theirs.inc_many(me, u64::from(choice % 4)));
            },
            |ours, theirs| assert_eq!(ours.value().to_string(), theirs.read().to_string()),
        );
    }

    #[test]
    fn counter(history in history(60)) {
        compare::<PnCounter, crdts::PNCounter<u16>>(
            &history,
            |ours, theirs, me, choice, _| {
                let by = i64::from(choice % 7) - 3;
                ours.add(ReplicaId(me), by);
                theirs.apply(if by < 0 {
                    theirs.dec_many(me, by.unsigned_abs())
                } else {
                    theirs.inc_many(me, by.unsigned_abs())
                });
            },
            |ours, theirs| assert_eq!(ours.value().to_string(), theirs.read().to_string()),
        );
    }

    #[test]
    fn last_writer_wins_register(history in history(60)) {
        use crate::time::SimTime;
        compare::<LwwRegister<u8>, crdts::LWWReg<u8, u64>>(
            &history,
            |ours, theirs, me, choice, step| {
                // Markers must be unique for the crate: the step of the history is.
                ours.write_wall(ReplicaId(me), SimTime::from_nanos(step), element(choice));
                theirs.update(element(choice), step);
            },
            |ours, theirs| assert_eq!(ours.value().copied().unwrap_or(0), theirs.val),
        );
    }

    #[test]
    fn multi_value_register(history in history(60)) {
        compare::<MvRegister<u8>, crdts::MVReg<u8, u16>>(
            &history,
            |ours, theirs, me, choice, _| {
                ours.write(ReplicaId(me), element(choice));
                let seen = theirs.read_ctx();
                theirs.apply(theirs.write(element(choice), seen.derive_add_ctx(me)));
            },
            |ours, theirs| {
                let mut mine: Vec<u8> = ours.values().copied().collect();
                let mut peers = theirs.read().val;
                mine.sort_unstable();
                peers.sort_unstable();
                assert_eq!(mine, peers);
            },
        );
    }

    #[test]
    fn grow_only_set(history in history(60)) {
        compare::<GSet<u8>, crdts::GSet<u8>>(
            &history,
            |ours, theirs, _, choice, _| {
                ours.add(element(choice));
                theirs.insert(element(choice));
            },
            |ours, theirs| assert_eq!(ours.iter().copied().collect::<BTreeSet<_>>(), theirs.read()),
        );
    }

    #[test]
    fn observed_remove_set(history in history(60)) {
        compare::<OrSet<u8>, crdts::Orswot<u8, u16>>(
            &history,
            |ours, theirs, me, choice, _| {
                if choice.is_multiple_of(3) {
                    ours.remove(&element(choice));
                    let seen = theirs.contains(&element(choice));
                    theirs.apply(theirs.rm(element(choice), seen.derive_rm_ctx()));
                } else {
                    ours.add(ReplicaId(me), element(choice));
                    let seen = theirs.read_ctx();
                    theirs.apply(theirs.add(element(choice), seen.derive_add_ctx(me)));
                }
            },
            |ours, theirs| {
                let mine: BTreeSet<u8> = ours.iter().copied().collect();
                let peers: BTreeSet<u8> = theirs.read().val.into_iter().collect();
                assert_eq!(mine, peers);
            },
        );
    }

    #[test]
    fn map_of_registers(history in history(60)) {
        type Peer = crdts::Map<u8, crdts::MVReg<u8, u16>, u16>;
        compare::<OrMap<u8, DotFun<u8>>, Peer>(
            &history,
            |ours, theirs, me, choice, _| {
                let (key, value) = (element(choice), (choice >> 16) as u8);
                if choice.is_multiple_of(3) {
                    ours.remove_key(&key);
                    let seen = theirs.get(&key);
                    theirs.apply(theirs.rm(key, seen.derive_rm_ctx()));
                } else {
                    ours.update(ReplicaId(me), key, |seen, dot| seen.write(dot, value));
                    let seen = theirs.read_ctx().derive_add_ctx(me);
                    theirs.apply(theirs.update(key, seen, |register, cx| {
                        register.write(value, cx)
                    }));
                }
            },
            |ours, theirs| {
                let mine: BTreeSet<u8> = ours.keys().copied().collect();
                let peers: BTreeSet<u8> = theirs.keys().map(|key| *key.val).collect();
                assert_eq!(mine, peers);
            },
        );
    }
}
