//! One value, or all that were written at the same time.
//!
//! A write takes the place of the values its author saw. Writes that did not see each other stay
//! side by side, for a person or a rule to choose from, as in Dynamo (DeCandia et al., SOSP 2007,
//! section 4.4).

use super::{Causal, DotFun, ReplicaId, Wire};

/// A value of which concurrent writes are all kept.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::{
///     Lattice, MvRegister, ReplicaId,
/// };
///
/// let (mut here, mut there) = (MvRegister::default(), MvRegister::default());
/// here.write(ReplicaId(0), "blue");
/// there.write(ReplicaId(1), "green");
/// here.merge(&there);
/// assert_eq!(here.values().collect::<Vec<_>>(), [&"blue", &"green"]);
///
/// here.write(ReplicaId(0), "teal"); // having seen both
/// there.merge(&here);
/// assert_eq!(there.values().collect::<Vec<_>>(), [&"teal"]);
/// ```
pub type MvRegister<V> = Causal<DotFun<V>>;

impl<V: Wire> MvRegister<V> {
    // region: mv-write
    /// Writes `value` at `replica` in place of every value seen here.
    pub fn write(&mut self, replica: ReplicaId, value: V) -> Self {
        self.edit(replica, |seen, dot| seen.write(dot, value))
    }
    // endregion

    /// The values that no known write has replaced, in order of writer.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.store.iter().map(|(_, value)| value)
    }
}
