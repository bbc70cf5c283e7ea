//! The check of a history while it happens, by Lowe's just-in-time linearization (*Testing for
//! linearizability*, Concurrency and Computation 2017, section 3).
//!
//! Kept is every way in which the operations so far can have happened: the register's value, and
//! which of the pending operations have happened already. Nothing happens before it must, which is
//! when some operation returns; so what is kept depends on what is pending and not on the length of
//! the history.

use super::{Op, OpId, Outcome};

/// A history of one register that is not linearizable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breach {
    /// The operation whose return nothing explains.
    pub id: OpId,
    /// What was asked.
    pub op: Op,
    /// What was told.
    pub told: Outcome,
    /// What the register can have held at that time, of all values the greatest: a hint for people.
    pub expected: Option<u64>,
}

/// One register's history as it happens.
///
/// ```
/// use orrery_core::history::{Live, Op, OpId, Outcome};
///
/// let mut register = Live::default();
/// register.call(OpId(1), Op::Write(7));
/// register.call(OpId(2), Op::Read);
/// // Either value may be read while the write goes on …
/// register.returned(OpId(2), Outcome::Value(Some(7)))?;
/// register.call(OpId(3), Op::Read);
/// // … but once 7 has been read there is no way back.
/// assert!(register.returned(OpId(3), Outcome::Value(None)).is_err());
/// # Ok::<(), orrery_core::history::Breach>(())
/// ```
#[derive(Debug, Clone)]
pub struct Live {
    pending: Vec<Pending>,
    /// The ways in which it can have happened; none once it cannot.
    ways: Vec<Way>,
    /// Set once there was more pending than can be followed.
    gave_up: bool,
}

/// An operation that has been called and has not returned.
#[derive(Debug, Clone, Copy)]
struct Pending {
    id: OpId,
    op: Op,
    /// It will never return.
    is_lost: bool,
}

/// One way in which it can have happened: a bit for each pending operation that has.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Way {
    value: Option<u64>,
    happened: u64,
    /// What those of them have to tell whose outcome is not plain.
    told: Vec<(OpId, Outcome)>,
}

/// How many operations may be pending at once.
const MOST_PENDING: usize = 64;

/// How many ways are followed at most.
const MOST_WAYS: usize = 1_000;

impl Default for Live {
    fn default() -> Self {
        Self {
            pending: Vec::new(),
            ways: vec![Way {
                value: None,
                happened: 0,
                told: Vec::new(),
            }],
            gave_up: false,
        }
    }
}

impl Live {
    /// An operation is called.
    pub fn call(&mut self, id: OpId, op: Op) {
        if self.pending.len() == MOST_PENDING {
            self.gave_up = true;
        }
        if !self.gave_up {
            let is_lost = false;
            self.pending.push(Pending { id, op, is_lost });
        }
    }

    /// Nobody will ever learn what came of an operation: it may still happen, or never.
    pub fn lost(&mut self, id: OpId) {
        let Some(place) = self.place(id) else { return };
        self.pending[place].is_lost = true;
        for way in &mut self.ways {
            way.told.retain(|(of, _)| *of != id);
        }
        if self.pending[place].op == Op::Read {
            self.forget(place);
        }
        self.drop_covered();
    }

    /// An operation returns. One that was never called, or is lost, is passed over.
    ///
    /// # Errors
    /// What nothing explains: the history is not linearizable from here on.
    pub fn returned(&mut self, id: OpId, told: Outcome) -> Result<(), Breach> {
        let Some(place) = self.place(id).filter(|_| !self.gave_up) else {
            return Ok(());
        };
        if self.pending[place].is_lost || self.ways.is_empty() {
            return Ok(());
        }
        let op = self.pending[place].op;
        let expected = self.ways.iter().filter_map(|way| way.value).max();
        self.explain(place, told);
        self.forget(place);
        self.drop_covered();
        if self.ways.is_empty() && !self.gave_up {
            return Err(Breach {
                id,
                op,
                told,
                expected,
            });
        }
        Ok(())
    }

    /// Whether the history so far is linearizable.
    pub const fn holds(&self) -> bool {
        !self.ways.is_empty() || self.gave_up
    }

    /// Whether there was more pending at once than can be followed; nothing is said from then on.
    pub const fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// In how many ways the history so far can have happened.
    pub const fn ways(&self) -> usize {
        self.ways.len()
    }

    fn place(&self, id: OpId) -> Option<usize> {
        self.pending.iter().position(|pending| pending.id == id)
    }

    fn lost_bits(&self) -> u64 {
        let lost = self.pending.iter().enumerate();
        lost.filter(|(_, pending)| pending.is_lost)
            .fold(0, |bits, (place, _)| bits | 1 << place)
    }

    /// Keeps the ways in which the operation at `place` has happened by now with this outcome.
    fn explain(&mut self, place: usize, told: Outcome) {
        let lost = self.lost_bits();
        let bit = 1 << place;
        let id = self.pending[place].id;
        // Every way that is found, those that have been looked at first.
        let mut at = 0;
        while let Some(way) = self.ways.get(at) {
            at += 1;
            if way.happened & bit != 0 {
                continue;
            }
            for (other, pending) in self.pending.iter().enumerate() {
                let way = &self.ways[at - 1];
                if way.happened & (1 << other) != 0 {
                    continue;
                }
                let Some(next) = way.then(other, *pending, (other == place).then_some(told)) else {
                    continue;
                };
                if !self.ways.iter().any(|way| way.covers(&next, lost)) {
                    self.ways.push(next);
                }
            }
            if self.ways.len() > MOST_WAYS {
                self.gave_up = true;
                self.ways.clear();
                return;
            }
        }
        self.ways.retain(|way| {
            let said = way.told.iter().find(|(of, _)| *of == id);
            way.happened & bit != 0 && said.is_none_or(|(_, said)| *said == told)
        });
    }

    /// Keeps the ways that no other one covers.
    fn drop_covered(&mut self) {
        // Mostly there is one, whose memory stays in use.
        if self.ways.len() < 2 {
            return;
        }
        let lost = self.lost_bits();
        for way in std::mem::take(&mut self.ways) {
            if self.ways.iter().any(|other| other.covers(&way, lost)) {
                continue;
            }
            self.ways.retain(|other| !way.covers(other, lost));
            self.ways.push(way);
        }
    }

    /// Takes an operation out of the list and its bit out of the ways.
    fn forget(&mut self, place: usize) {
        let id = self.pending[place].id;
        self.pending.remove(place);
        let below = (1_u64 << place) - 1;
        for way in &mut self.ways {
            let above = (way.happened >> place) >> 1;
            way.happened = way.happened & below | above << place;
            way.told.retain(|(of, _)| *of != id);
        }
    }
}

impl Way {
    /// The way on which a pending operation happens next, if that makes sense: with the outcome
    /// that it must have, and not when it is lost and changes nothing.
    fn then(&self, place: usize, pending: Pending, must_tell: Option<Outcome>) -> Option<Self> {
        let (value, told) = pending.op.apply(self.value);
        if must_tell.is_some_and(|must| must != told) {
            return None;
        }
        if pending.is_lost && value == self.value {
            return None;
        }
        let mut next = Self {
            value,
            happened: self.happened | 1 << place,
            told: self.told.clone(),
        };
        let is_plain = matches!(pending.op, Op::Write(_));
        if must_tell.is_none() && !pending.is_lost && !is_plain {
            next.told.push((pending.id, told));
        }
        Some(next)
    }

    /// Whether all that may follow on the other way may follow on this one: it is the same but for
    /// lost operations that the other has used up.
    fn covers(&self, other: &Self, lost: u64) -> bool {
        self.value == other.value
            && self.happened & !lost == other.happened & !lost
            && self.happened & lost & !other.happened == 0
            && self.told.len() == other.told.len()
            && self.told.iter().all(|told| other.told.contains(told))
    }
}
