//! Things under way, numbered in the order in which they began.

use std::collections::VecDeque;

/// What is open, under numbers that are given once and never again.
///
/// Opening, closing and looking up take constant time however many are open and in whatever order
/// they end; memory follows the distance from the oldest open number to the newest.
///
/// ```
/// use orrery_core::kernel::path::Ledger;
///
/// let mut calls = Ledger::default();
/// let (first, second) = (calls.open("first"), calls.open("second"));
/// assert_eq!(calls.close(second), Some("second"));
/// assert_eq!(calls.close(second), None, "it has ended already");
/// assert_eq!(calls.oldest(), Some((first, &"first")));
/// ```
#[derive(Debug, Clone)]
pub struct Ledger<T> {
    /// The number of what stands first.
    first: u32,
    // Never begins with a gap.
    entries: VecDeque<Option<T>>,
    open: u32,
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        Self {
            first: 0,
            entries: VecDeque::new(),
            open: 0,
        }
    }
}

impl<T> Ledger<T> {
    /// Opens an entry and gives its number.
    pub fn open(&mut self, entry: T) -> u32 {
        let number = self.next_number();
        self.entries.push_back(Some(entry));
        self.open += 1;
        number
    }

    /// The number that the next entry gets.
    pub fn next_number(&self) -> u32 {
        self.first.wrapping_add(self.entries.len() as u32)
    }

    fn place(&self, number: u32) -> usize {
        number.wrapping_sub(self.first) as usize
    }

    /// The entry with this number, if it is open.
    pub fn get(&self, number: u32) -> Option<&T> {
        self.entries.get(self.place(number))?.as_ref()
    }

    /// The entry with this number, to be changed, if it is open.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let place = self.place(number);
        self.entries.get_mut(place)?.as_mut()
    }

    /// Closes an entry; none when it is not open.
    pub fn close(&mut self, number: u32) -> Option<T> {
        let place = self.place(number);
        let entry = self.entries.get_mut(place)?.take()?;
        self.open -= 1;
        while let Some(None) = self.entries.front() {
            self.entries.pop_front();
            self.first = self.first.wrapping_add(1);
        }
        Some(entry)
    }

    /// The entry that has been open for longest.
    pub fn oldest(&self) -> Option<(u32, &T)> {
        Some((self.first, self.entries.front()?.as_ref()?))
    }

    /// What is open, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let numbers = (0_u32..).map(|place| self.first.wrapping_add(place));
        let entries = numbers.zip(&self.entries);
        entries.filter_map(|(number, entry)| Some((number, entry.as_ref()?)))
    }

    /// How many entries are open.
    pub const fn len(&self) -> usize {
        self.open as usize
    }

    /// Whether nothing is open.
    pub const fn is_empty(&self) -> bool {
        self.open == 0
    }

    /// Forgets what is open, as a crash does; numbers go on.
    pub fn forget(&mut self) {
        self.first = self.next_number();
        self.entries.clear();
        self.open = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_agrees_with_a_map_whatever_is_opened_and_closed(
            deeds in prop::collection::vec((any::<bool>(), 0_u32..40), 0..200),
        ) {
            let mut ledger = Ledger::default();
            let mut map = std::collections::BTreeMap::new();
            for (opens, number) in deeds {
                if opens {
                    let given = ledger.open(number);
                    map.insert(given, number);
                } else {
                    prop_assert_eq!(ledger.close(number), map.remove(&number));
                }
                prop_assert_eq!(ledger.len(), map.len());
                let oldest = ledger.oldest().map(|(number, entry)| (number, *entry));
                prop_assert_eq!(oldest, map.iter().next().map(|(n, e)| (*n, *e)));
                prop_assert!(ledger.iter().map(|(n, e)| (n, *e)).eq(map.iter().map(|(n, e)| (*n, *e))));
            }
        }
    }

    #[test]
    fn what_a_crash_forgot_is_not_there_under_its_old_number() {
        let mut ledger = Ledger::default();
        let old = ledger.open(1);
        ledger.forget();
        let new = ledger.open(2);
        assert_eq!((ledger.get(old), ledger.get(new)), (None, Some(&2)));
    }
}
