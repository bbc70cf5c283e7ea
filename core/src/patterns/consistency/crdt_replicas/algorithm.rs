//! Replicated data types whose copies merge without asking anyone.
//!
//! Each copy is edited on its own and later combined with the others. The combination is a
//! *join*: the least state that contains both, so that order, repetition and grouping of merges
//! cannot matter (Shapiro, Preguiça, Baquero and Zawirski, *Conflict-free Replicated Data Types*,
//! SSS 2011). That one property, and not the network, is what makes all copies agree.
//!
//! Every type can be sent in three ways, and the choice is the caller's:
//!
//! | sent | needs of the network | what |
//! |---|---|---|
//! | the whole state | nothing | [`Lattice::merge`] |
//! | the part that changed | nothing; [`DeltaBuffer`] keeps it small | [`Crdt::merge_delta`] |
//! | the operation | each one once, causes before effects: [`CausalBroadcast`] | [`Crdt::apply`] |
//!
//! | type | is |
//! |---|---|
//! | [`GCounter`], [`PnCounter`] | counts that grow, and that also shrink |
//! | [`LwwRegister`], [`MvRegister`] | one value: the latest wins, or all concurrent ones are kept |
//! | [`GSet`], [`TwoPhaseSet`], [`OrSet`] | sets: grow only, removal for ever, removal of what was seen |
//! | [`OrMap`] | keys to any of the types with dots |
//! | [`Text`] | a sequence of characters |
//! | [`NaiveCounter`], [`NaiveSet`] | what goes wrong without the care above |
//!
//! These files know no clock, no network and no screen: time and the name of the acting replica
//! are parameters. Everything is ordered, so that equal histories give equal states, byte for
//! byte.
//!
//! ```
//! use orrery_core::patterns::consistency::crdt_replicas::algorithm::{Lattice, OrSet, ReplicaId};
//!
//! let (phone, tablet) = (ReplicaId(0), ReplicaId(1));
//! let mut on_phone = OrSet::default();
//! on_phone.add(phone, "tea");
//! let mut on_tablet = on_phone.clone();
//!
//! on_phone.remove(&"tea");        // the phone removes what it sees
//! on_tablet.add(tablet, "tea");   // meanwhile the tablet adds it once more
//! on_phone.merge(&on_tablet);
//! assert!(on_phone.contains(&"tea"), "the addition that was not seen survives");
//! ```

mod broadcast;
mod causality;
mod crdt;
mod delta;
mod dots;
mod g_counter;
mod g_set;
mod lww_register;
mod mv_register;
mod naive;
mod or_map;
mod or_set;
mod pn_counter;
mod splice;
mod text;
mod two_phase_set;

pub use broadcast::{CausalBroadcast, Envelope};
pub use causality::{CausalContext, Dot, PerReplica, ReplicaId, VersionVector};
pub use crdt::{Crdt, Lattice, Wire, encoded_len};
pub use delta::{DeltaBuffer, Shipment};
pub use dots::{Causal, DotFun, DotMap, DotSet, DotStore, Edit};
pub use g_counter::{GCounter, Increment};
pub use g_set::GSet;
pub use lww_register::{LwwRegister, Stamp};
pub use mv_register::MvRegister;
pub use naive::{NaiveCounter, NaiveSet, NaiveSetOp};
pub use or_map::OrMap;
pub use or_set::OrSet;
pub use pn_counter::{PnCounter, Step};
pub use splice::Splice;
pub use text::{Element, Elements, Side, Text};
pub use two_phase_set::TwoPhaseSet;
