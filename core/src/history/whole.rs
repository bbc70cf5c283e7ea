//! The check of a whole history: Wing and Gong's search (*Testing and verifying concurrent objects*,
//! 1993) with Lowe's memory of what has been tried.

use std::collections::BTreeSet;

use super::{Op, Outcome};

/// An operation of a finished history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// When it was called, by any clock that gives every call and return a place of its own.
    pub called: u64,
    /// When it returned; none for an outcome that nobody knows.
    pub returned: Option<u64>,
    /// What was asked.
    pub op: Op,
    /// What was told; not looked at where it did not return.
    pub told: Outcome,
}

/// Whether the history of one register is linearizable.
///
/// Exact. The time grows with the ways in which concurrent operations can follow each other, not
/// with the length of the history; unknown outcomes are concurrent with all that comes later.
///
/// ```
/// use orrery_core::history::{Op, Outcome, Record, check};
///
/// let record = |called, returned, op, told| Record { called, returned: Some(returned), op, told };
/// let write = record(1, 2, Op::Write(3), Outcome::Written);
/// let stale = record(3, 4, Op::Read, Outcome::Value(None));
/// assert!(!check(&[write, stale]));
/// ```
pub fn check(history: &[Record]) -> bool {
    let end = |record: &Record| record.returned.unwrap_or(u64::MAX);
    let mut records: Vec<Record> = history.to_vec();
    // What was only read and never told says nothing.
    records.retain(|record| record.returned.is_some() || record.op != Op::Read);
    records.sort_by_key(|record| record.called);
    let mut search = Search {
        done: Done::none(records.len()),
        value: None,
        tried: BTreeSet::new(),
        path: Vec::new(),
    };
    let known = records.iter().filter(|record| record.returned.is_some());
    let mut left = known.count();
    let mut from = 0;
    loop {
        if left == 0 {
            return true;
        }
        // Whatever happens next was called before anything that has not happened yet returned.
        let done = search.done.clone();
        let open = || (0..records.len()).filter(|&at| !done.has(at));
        let horizon = open().map(|at| end(&records[at])).min().unwrap_or(u64::MAX);
        let next = open()
            .filter(|&at| at >= from && records[at].called <= horizon)
            .find_map(|at| {
                search
                    .can_be_next(at, &records[at])
                    .map(|value| (at, value))
            });
        if let Some((at, value)) = next {
            left -= usize::from(records[at].returned.is_some());
            search.take(at, value);
            from = 0;
        } else if let Some((at, before)) = search.path.pop() {
            left += usize::from(records[at].returned.is_some());
            search.done.flip(at);
            search.value = before;
            from = at + 1;
        } else {
            return false;
        }
    }
}

struct Search {
    done: Done,
    value: Option<u64>,
    /// What has happened and where that led: trying on from there again would end the same.
    tried: BTreeSet<(Done, Option<u64>)>,
    /// What happened, and the value before.
    path: Vec<(usize, Option<u64>)>,
}

impl Search {
    /// The value after this operation, if it can happen next and that has not been tried.
    fn can_be_next(&mut self, at: usize, record: &Record) -> Option<Option<u64>> {
        let (value, told) = record.op.apply(self.value);
        if record.returned.is_some() && told != record.told {
            return None;
        }
        if record.returned.is_none() && value == self.value {
            return None;
        }
        let mut done = self.done.clone();
        done.flip(at);
        self.tried.insert((done, value)).then_some(value)
    }

    fn take(&mut self, at: usize, value: Option<u64>) {
        self.path.push((at, self.value));
        self.done.flip(at);
        self.value = value;
    }
}

/// A bit for each operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Done(Vec<u64>);

impl Done {
    fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    fn has(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    fn flip(&mut self, at: usize) {
        self.0[at / 64] ^= 1 << (at % 64);
    }
}
