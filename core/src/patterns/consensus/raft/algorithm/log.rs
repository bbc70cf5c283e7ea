//! The log: entries behind a snapshot that stands for the ones before, and its copy on disk.

use std::sync::Arc;

use super::{Index, Machine, Members, ServerId, Term};

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Payload<C> {
    /// Nothing: a leader's first entry, so that it has one of its own term to commit.
    Blank,
    /// A command for the machine.
    Command(C),
    /// The members from this entry on.
    Members(Members),
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry<C> {
    /// The term in which a leader made it.
    pub term: Term,
    /// What it says.
    pub payload: Payload<C>,
}

impl<C> Entry<C> {
    /// Whether it changes who has a vote.
    pub const fn is_members(&self) -> bool {
        matches!(self.payload, Payload::Members(_))
    }
}

/// The machine after all entries up to one, in their place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Snapshot<M> {
    /// The last entry that it stands for.
    pub index: Index,
    /// The term of that entry.
    pub term: Term,
    /// The members by then.
    pub members: Members,
    /// The machine.
    pub machine: M,
}

/// A log. Indices count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Log<M: Machine> {
    snapshot: Option<Arc<Snapshot<M>>>,
    entries: Vec<Entry<M::Command>>,
}

impl<M: Machine> Default for Log<M> {
    fn default() -> Self {
        Self {
            snapshot: None,
            entries: Vec::new(),
        }
    }
}

impl<M: Machine> Log<M> {
    /// A log without a snapshot.
    pub const fn of(entries: Vec<Entry<M::Command>>) -> Self {
        Self {
            snapshot: None,
            entries,
        }
    }

    /// What stands for the entries before the first.
    pub const fn snapshot(&self) -> Option<&Arc<Snapshot<M>>> {
        self.snapshot.as_ref()
    }

    /// The last entry that the snapshot stands for; 0 without one.
    pub fn snapshot_index(&self) -> Index {
        self.snapshot.as_ref().map_or(0, |snapshot| snapshot.index)
    }

    /// The last entry; 0 in an empty log.
    pub fn last_index(&self) -> Index {
        self.snapshot_index() + self.entries.len() as Index
    }

    /// The term of the last entry.
    pub fn last_term(&self) -> Term {
        self.entries.last().map_or_else(
            || self.term_at(self.snapshot_index()).unwrap_or_default(),
            |entry| entry.term,
        )
    }

    /// The entry at an index, unless the snapshot stands for it or there is none.
    pub fn get(&self, index: Index) -> Option<&Entry<M::Command>> {
        let offset = index.checked_sub(self.snapshot_index() + 1)?;
        self.entries.get(usize::try_from(offset).ok()?)
    }

    /// The term of the entry at an index, as far as it is known here. Index 0 has term 0.
    pub fn term_at(&self, index: Index) -> Option<Term> {
        if index == self.snapshot_index() {
            return Some(self.snapshot.as_ref().map_or(Term(0), |last| last.term));
        }
        self.get(index).map(|entry| entry.term)
    }

    /// Up to `most` entries from an index on.
    pub fn entries_from(&self, index: Index, most: usize) -> &[Entry<M::Command>] {
        let offset = index.saturating_sub(self.snapshot_index() + 1);
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.entries.get(offset..).unwrap_or_default();
        &rest[..rest.len().min(most)]
    }

    /// Every entry behind the snapshot with its index.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Index, &Entry<M::Command>)> {
        let first = self.snapshot_index() + 1;
        let entries = self.entries.iter().enumerate();
        entries.map(move |(offset, entry)| (first + offset as Index, entry))
    }

    /// Whether a log that ends with this entry is at least as up to date (section 5.4.1).
    pub fn is_no_newer_than(&self, last_term: Term, last_index: Index) -> bool {
        // region: up-to-date
        (last_term, last_index) >= (self.last_term(), self.last_index())
        // endregion
    }

    /// The first index of the stretch of entries with one term that ends at `index`.
    pub(super) fn first_of_term(&self, index: Index, term: Term) -> Index {
        let mut first = index;
        while first > self.snapshot_index() + 1 && self.term_at(first - 1) == Some(term) {
            first -= 1;
        }
        first
    }

    /// The last entry of a term, if there is one behind the snapshot.
    pub(super) fn last_of_term(&self, term: Term) -> Option<Index> {
        let found = self.entries.iter().rposition(|entry| entry.term == term)?;
        Some(self.snapshot_index() + 1 + found as Index)
    }

    pub(super) fn push(&mut self, entry: Entry<M::Command>) -> Index {
        self.entries.push(entry);
        self.last_index()
    }

    /// Removes every entry from an index on.
    pub(super) fn truncate(&mut self, from: Index) {
        let keep = from.saturating_sub(self.snapshot_index() + 1);
        self.entries
            .truncate(usize::try_from(keep).unwrap_or(usize::MAX));
    }

    /// Puts a snapshot in the place of the entries that it stands for. What follows them stays if
    /// it continues the snapshot.
    pub(super) fn compact(&mut self, snapshot: Arc<Snapshot<M>>) {
        let follows = self.term_at(snapshot.index) == Some(snapshot.term);
        let gone = snapshot.index.saturating_sub(self.snapshot_index());
        let gone = usize::try_from(gone).unwrap_or(usize::MAX);
        if follows {
            self.entries.drain(..gone.min(self.entries.len()));
        } else {
            self.entries.clear();
        }
        self.snapshot = Some(snapshot);
    }
}

/// What goes to disk in one write.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Write<M: Machine> {
    /// The present term.
    pub term: Term,
    /// The vote in it.
    pub vote: Option<ServerId>,
    /// A new snapshot.
    pub snapshot: Option<Arc<Snapshot<M>>>,
    /// Where the log has changed: what stood from here on is replaced.
    pub from: Index,
    /// The entries from there on.
    pub entries: Vec<Entry<M::Command>>,
}

/// What a server has on disk.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Durable<M: Machine> {
    /// The latest term that it has seen.
    pub term: Term,
    /// Whom it voted for in that term.
    pub vote: Option<ServerId>,
    /// Its log.
    pub log: Log<M>,
}

impl<M: Machine> Default for Durable<M> {
    fn default() -> Self {
        Self {
            term: Term(0),
            vote: None,
            log: Log::default(),
        }
    }
}

impl<M: Machine> Durable<M> {
    /// Carries out a write.
    pub fn write(&mut self, write: Write<M>) {
        self.term = write.term;
        self.vote = write.vote;
        if let Some(snapshot) = write.snapshot {
            self.log.compact(snapshot);
        }
        self.log.truncate(write.from);
        self.log.entries.extend(write.entries);
    }
}
