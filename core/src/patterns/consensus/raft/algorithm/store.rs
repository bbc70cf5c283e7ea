//! A small map of registers as a machine, with a session for each client so that a command that
//! comes twice is carried out once (section 6.3 of the dissertation).

use super::Machine;
use crate::sorted::SortedMap;

/// What a client wants of one register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Its value.
    Read,
    /// A new value.
    Write(u32),
    /// A new value if it has this one.
    Swap {
        /// The value that it must have.
        from: u32,
        /// The new one.
        to: u32,
    },
}

/// A command: who wants what, by the client's own count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Command {
    /// The client.
    pub client: u16,
    /// The client's count of its commands.
    pub serial: u32,
    /// Which register.
    pub key: u8,
    /// What is wanted.
    pub deed: Deed,
}

/// What comes of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The value read; none if nothing was ever written.
    Value(Option<u32>),
    /// It is written.
    Written,
    /// Whether it had the value and has the new one now.
    Swapped(bool),
    /// The client has moved on since: nothing was done.
    Outdated,
}

/// Registers and sessions.
///
/// ```
/// use orrery_core::patterns::consensus::raft::algorithm::{Answer, Command, Deed, Machine, Store};
///
/// let mut store = Store::default();
/// let swap = Command { client: 7, serial: 1, key: 0, deed: Deed::Swap { from: 3, to: 4 } };
/// let write = Command { client: 8, serial: 1, key: 0, deed: Deed::Write(3) };
/// assert_eq!(store.apply(&write), Answer::Written);
/// assert_eq!(store.apply(&swap), Answer::Swapped(true));
/// assert_eq!(store.apply(&swap), Answer::Swapped(true), "the same command, the same answer");
/// assert_eq!(store.value(0), Some(4));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Store {
    registers: SortedMap<u8, u32>,
    sessions: SortedMap<u16, (u32, Answer)>,
    keeps_sessions: bool,
}

impl Default for Store {
    fn default() -> Self {
        Self::new(true)
    }
}

impl Store {
    /// Empty registers, with sessions or without.
    pub const fn new(keeps_sessions: bool) -> Self {
        Self {
            registers: SortedMap::new(),
            sessions: SortedMap::new(),
            keeps_sessions,
        }
    }

    /// The value of a register.
    pub fn value(&self, key: u8) -> Option<u32> {
        self.registers.get(&key).copied()
    }

    /// Every register that was written, with its value.
    pub fn registers(&self) -> impl Iterator<Item = (u8, u32)> + '_ {
        self.registers.iter().map(|(&key, &value)| (key, value))
    }

    fn carry_out(&mut self, command: &Command) -> Answer {
        match command.deed {
            Deed::Read => Answer::Value(self.value(command.key)),
            Deed::Write(value) => {
                self.registers.insert(command.key, value);
                Answer::Written
            }
            Deed::Swap { from, to } => {
                let fits = self.value(command.key) == Some(from);
                if fits {
                    self.registers.insert(command.key, to);
                }
                Answer::Swapped(fits)
            }
        }
    }
}

impl Machine for Store {
    type Command = Command;
    type Answer = Answer;

    fn apply(&mut self, command: &Command) -> Answer {
        if !self.keeps_sessions {
            return self.carry_out(command);
        }
        // region: session
        match self.sessions.get(&command.client) {
            Some((serial, answer)) if *serial == command.serial => return *answer,
            Some((serial, _)) if *serial > command.serial => return Answer::Outdated,
            Some(_) | None => {}
        }
        let answer = self.carry_out(command);
        self.sessions
            .insert(command.client, (command.serial, answer));
        answer
        // endregion
    }
}
