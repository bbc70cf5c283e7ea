//! From two versions of a text to the edit between them.
//!
//! A text box hands over its whole new contents; this finds the one stretch that changed. The cut
//! never goes through a grapheme cluster (Unicode Standard Annex 29), so that what a reader takes
//! for one character (a family emoji, a letter with its accent, a flag) is removed and inserted
//! whole.

use std::ops::Range;

use crate::clusters::clusters;

/// Replace the characters in `remove` by `insert`. Positions count Unicode scalar values.
///
/// ```
/// use orrery_core::patterns::consistency::crdt_replicas::algorithm::Splice;
///
/// let edit = Splice::between("one two", "one and two");
/// assert_eq!(edit, Splice { remove: 4..4, insert: "and ".into() });
///
/// let darker = Splice::between("👍!", "👍🏿!");
/// assert_eq!(darker, Splice { remove: 0..1, insert: "👍🏿".into() }, "not only the skin tone");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Splice {
    /// Which characters go; empty for a plain insertion before that place.
    pub remove: Range<usize>,
    /// What comes in their place.
    pub insert: String,
}

impl Splice {
    // region: diff
    /// The shortest single splice on cluster boundaries that turns `old` into `new`: all but
    /// their longest common start and then their longest common end. O(length).
    pub fn between(old: &str, new: &str) -> Self {
        let (old, new) = (clusters(old), clusters(new));
        let start = common(old.iter(), new.iter());
        let end = common(old[start..].iter().rev(), new[start..].iter().rev());
        let scalars = |clusters: &[&str]| clusters.iter().map(|c| c.chars().count()).sum::<usize>();
        let from = scalars(&old[..start]);
        Self {
            remove: from..from + scalars(&old[start..old.len() - end]),
            insert: new[start..new.len() - end].concat(),
        }
    }
    // endregion

    /// The same edit, made to a text that `other` has changed meanwhile: both were made to one
    /// version, and this one comes second.
    ///
    /// ```
    /// use orrery_core::patterns::consistency::crdt_replicas::algorithm::Splice;
    ///
    /// let typed = Splice::between("tea", "tea!");
    /// let arrived = Splice::between("tea", "green tea");
    /// assert_eq!(typed.after(&arrived), Splice::between("green tea", "green tea!"));
    /// ```
    #[must_use]
    pub fn after(&self, other: &Self) -> Self {
        let inserted = other.insert.chars().count();
        let moved = |place: usize, within: usize| {
            if place <= other.remove.start {
                place
            } else if place >= other.remove.end {
                place - other.remove.len() + inserted
            } else {
                other.remove.start + within
            }
        };
        // What the other removed is gone already, what it inserted stays.
        let start = moved(self.remove.start, inserted);
        let end = moved(self.remove.end, 0).max(start);
        Self {
            remove: start..end,
            insert: self.insert.clone(),
        }
    }

    /// Whether the splice changes nothing.
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.insert.is_empty()
    }
}

fn common<'a>(
    one: impl Iterator<Item = &'a &'a str>,
    other: impl Iterator<Item = &'a &'a str>,
) -> usize {
    one.zip(other).take_while(|(a, b)| a == b).count()
}
