//! Idempotency keys: what a service remembers about each request it has ever settled.
//!
//! A key names one step of one saga, and is the same for every repetition of the request and for
//! its compensation. Remembering the compensation too closes two gaps that plain deduplication
//! leaves open: a compensation whose action never arrived has nothing to undo (*null
//! compensation*), and an action that arrives after its compensation must not run, for nobody
//! would ever undo it (*hanging*).
//!
//! Keys are kept for ever here. A real service forgets them after longer than any message can be
//! late.

use crate::sorted::SortedMap;

use super::{Answer, Reason, Verb};

/// The settled requests of one service.
///
/// ```
/// use orrery_core::patterns::transactions::saga::algorithm::{
///     Admission, Answer, Fact, Keys, Reason, Verb,
/// };
///
/// let mut keys = Keys::default();
/// // A refund overtakes its charge: there is nothing to undo, and that is remembered.
/// assert_eq!(keys.admit(&"charge 7", Verb::Undo), Admission::Bar);
/// keys.settle("charge 7", Fact::Barred);
/// // So the charge, when it comes, is refused.
/// let late = keys.admit(&"charge 7", Verb::Act);
/// assert_eq!(late, Admission::Known(Answer::Refused(Reason::Withdrawn)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Keys<K> {
    facts: SortedMap<K, Fact>,
}

/// How a request was settled, once and for all under its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// The action took effect.
    Done,
    /// The action was refused and had no effect.
    Refused(Reason),
    /// The action took effect and was undone.
    Undone,
    /// Undone before it arrived: a tombstone.
    Barred,
}

/// What to do with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Admission {
    /// New: carry it out, then settle it.
    Run,
    /// Settled before: give this answer and change nothing.
    Known(Answer),
    /// A compensation without an action: settle it as [`Fact::Barred`] and answer that it is done.
    Bar,
}

impl<K> Default for Keys<K> {
    fn default() -> Self {
        Self {
            facts: SortedMap::new(),
        }
    }
}

impl<K: Ord> Keys<K> {
    /// What to do with a request under `key`. O(log keys).
    pub fn admit(&self, key: &K, verb: Verb) -> Admission {
        match (verb, self.facts.get(key)) {
            // region: replay
            (Verb::Act, Some(Fact::Done)) => Admission::Known(Answer::Done),
            (Verb::Act, Some(Fact::Refused(reason))) => Admission::Known(Answer::Refused(*reason)),
            (Verb::Undo, Some(Fact::Undone | Fact::Barred | Fact::Refused(_))) => {
                Admission::Known(Answer::Done)
            }
            // endregion
            // region: too-late
            (Verb::Act, Some(Fact::Undone | Fact::Barred)) => {
                Admission::Known(Answer::Refused(Reason::Withdrawn))
            }
            // endregion
            // region: tombstone
            (Verb::Undo, None) => Admission::Bar,
            // endregion
            (Verb::Act, None) | (Verb::Undo, Some(Fact::Done)) => Admission::Run,
        }
    }

    /// Remembers how the request under `key` was settled. Belongs in the same local transaction as
    /// the effect itself.
    pub fn settle(&mut self, key: K, fact: Fact) {
        self.facts.insert(key, fact);
    }

    /// How the request under `key` was settled, if it was.
    pub fn fact(&self, key: &K) -> Option<Fact> {
        self.facts.get(key).copied()
    }
}
