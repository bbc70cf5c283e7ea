//! Histories of what clients asked of shared registers and were told, and whether they are
//! linearizable: whether each operation can have happened at one instant between its call and its
//! return (Herlihy and Wing 1990).
//!
//! [`Live`] follows a history as it happens and knows at every instant whether it still is;
//! [`check`] judges a whole one. Both are exact. A map of registers is linearizable if each register
//! is, so one checker per key is enough. Operations whose outcome never becomes known may have
//! happened at any time after their call, or not at all.

mod live;
mod whole;

#[cfg(test)]
mod tests;

pub use live::{Breach, Live};
pub use whole::{Record, check};

/// An operation of a client, by a number that the caller gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u64);

/// What a client asks of a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// Its value.
    Read,
    /// To take this value.
    Write(u64),
    /// To take the second value if it has the first.
    Swap(u64, u64),
}

/// What a client is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The value; none before the first write.
    Value(Option<u64>),
    /// It is written.
    Written,
    /// Whether the values were exchanged.
    Swapped(bool),
}

impl Op {
    /// What happens to a register, and what the client is told.
    pub fn apply(self, value: Option<u64>) -> (Option<u64>, Outcome) {
        match self {
            Self::Read => (value, Outcome::Value(value)),
            Self::Write(new) => (Some(new), Outcome::Written),
            Self::Swap(from, to) if value == Some(from) => (Some(to), Outcome::Swapped(true)),
            Self::Swap(..) => (value, Outcome::Swapped(false)),
        }
    }
}
