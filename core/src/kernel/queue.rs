//! Pending events, earliest first; first in, first out among those of one instant.

use crate::time::SimTime;

/// What a kernel asks of its set of pending events.
pub trait EventQueue<T> {
    /// Adds an event due at `at`.
    fn push(&mut self, at: SimTime, event: T);
    /// When the next event is due.
    fn next_at(&self) -> Option<SimTime>;
    /// Removes the next event.
    fn pop(&mut self) -> Option<(SimTime, T)>;
    /// How many events are pending.
    fn len(&self) -> usize;
    /// Whether nothing is pending.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A tournament of 16-byte keys over a slab of events (Knuth, *The Art of Computer Programming*,
/// volume 3, section 5.2.3): O(log n) per operation.
///
/// A key packs due time, insertion number and slot, so that the tree moves no events and equal times
/// keep their order. The insertion number has 32 bits and restarts whenever the queue runs empty; a
/// queue that never does orders correctly for 4 billion insertions.
///
/// Eight keys are held against each other at a time, and the lowest one goes on to the next level.
/// So a key that comes or goes takes one path of known length without a branch on the keys; the
/// branches of a heap depend on them, and each that a processor guesses wrong costs as much as the
/// whole path.
///
/// ```
/// use orrery_core::kernel::queue::{EventQueue, TournamentQueue};
/// use orrery_core::time::SimTime;
///
/// let mut queue = TournamentQueue::default();
/// for name in ["first", "second"] {
///     queue.push(SimTime::from_secs(1), name);
/// }
/// queue.push(SimTime::ZERO, "earliest");
/// let order: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(_, name)| name).collect();
/// assert_eq!(order, ["earliest", "first", "second"]);
/// ```
#[derive(Debug, Clone)]
pub struct TournamentQueue<T> {
    keys: Keys,
    slots: Vec<Option<T>>,
}

/// The order of the events, without the events: compiled once for all kinds of them.
#[derive(Debug, Clone)]
struct Keys {
    /// Keys that are held against each other; the lowest one of the group at `n` is also in the group
    /// at `(n - 1) / 8`. Those of the last level have a key for each slot.
    groups: Vec<[u128; WIDTH]>,
    /// Where the last level begins.
    last_level: usize,
    /// The lowest key of all.
    first: u128,
    /// The slots that are free.
    free: Vec<u32>,
    inserted: u32,
}

/// How many keys are held against each other at once.
const WIDTH: usize = 8;

/// The key of a slot that is free.
const FREE: u128 = u128::MAX;

impl<T> Default for TournamentQueue<T> {
    fn default() -> Self {
        Self {
            keys: Keys::with_slots(0),
            slots: Vec::new(),
        }
    }
}

const fn time_of(key: u128) -> SimTime {
    SimTime::from_nanos((key >> 64) as u64)
}

const fn slot_of(key: u128) -> usize {
    key as u32 as usize
}

/// Keys, each with a slot of its own, the lowest first: by a tournament of their own, since sorting
/// would bring more code over the wire.
pub(crate) fn in_order(keys: &[u128]) -> Vec<u128> {
    let slots = keys.iter().map(|key| slot_of(*key) + 1).max();
    let mut left = Keys::with_slots(slots.unwrap_or(0));
    for key in keys {
        left.enter(slot_of(*key), *key);
    }
    let mut ordered = Vec::with_capacity(keys.len());
    while let Some(key) = left.take() {
        ordered.push(key);
    }
    ordered
}

/// The lowest key of a group.
// In a function of its own, each choice is a conditional move; in a loop they would be branches.
#[inline(never)]
fn lowest(group: &[u128; WIDTH]) -> u128 {
    group.iter().copied().fold(FREE, u128::min)
}

/// Where the lowest key of a group stands a second time.
const fn above(group: usize) -> (usize, usize) {
    ((group - 1) / WIDTH, (group - 1) % WIDTH)
}

impl Keys {
    /// At least so many slots, and no key in any of them.
    fn with_slots(slots: usize) -> Self {
        let wanted = slots.div_ceil(WIDTH);
        let (mut last_level, mut room) = (0, 1);
        while room < wanted {
            last_level += room;
            room *= WIDTH;
        }
        Self {
            groups: vec![[FREE; WIDTH]; last_level + wanted],
            last_level,
            first: FREE,
            free: Vec::new(),
            inserted: 0,
        }
    }

    /// How many slots there are.
    fn slots(&self) -> usize {
        (self.groups.len() - self.last_level) * WIDTH
    }

    /// How many of them are taken.
    fn len(&self) -> usize {
        self.slots() - self.free.len()
    }

    /// Adds a key and gives the slot for its event.
    fn add(&mut self, at: SimTime) -> usize {
        if self.len() == 0 {
            self.inserted = 0;
        }
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => self.widen(),
        };
        let order = u64::from(self.inserted) << 32 | u64::from(slot);
        self.inserted = self.inserted.wrapping_add(1);
        let key = u128::from(at.as_nanos()) << 64 | u128::from(order);
        self.enter(slot as usize, key);
        slot as usize
    }

    /// Gives a free slot its key, which then is the lowest one wherever no lower one is.
    fn enter(&mut self, slot: usize, key: u128) {
        let (mut group, mut place) = (self.last_level + slot / WIDTH, slot % WIDTH);
        loop {
            let there = &mut self.groups[group][place];
            *there = key.min(*there);
            if group == 0 {
                break;
            }
            (group, place) = above(group);
        }
        self.first = key.min(self.first);
    }

    /// Frees the slot of a key; wherever that was the lowest one, another one comes up.
    fn release(&mut self, key: u128) {
        let slot = slot_of(key);
        let (mut group, mut place) = (self.last_level + slot / WIDTH, slot % WIDTH);
        let mut next = FREE;
        loop {
            let keys = &mut self.groups[group];
            keys[place] = next;
            next = lowest(keys);
            if group == 0 {
                break;
            }
            (group, place) = above(group);
        }
        self.first = next;
        self.free.push(slot as u32);
    }

    /// Makes twice as many slots and gives one of them.
    #[cold]
    fn widen(&mut self) -> u32 {
        let before = self.slots() as u32;
        let mut wider = Self::with_slots((2 * self.slots()).max(WIDTH));
        for key in self.iter() {
            wider.enter(slot_of(key), key);
        }
        // The lowest one is given away first.
        wider.free.extend((before + 1..wider.slots() as u32).rev());
        wider.inserted = self.inserted;
        *self = wider;
        before
    }

    fn first(&self) -> Option<u128> {
        (self.first != FREE).then_some(self.first)
    }

    /// Takes the first key; its slot is free now.
    fn take(&mut self) -> Option<u128> {
        let key = self.first()?;
        self.release(key);
        Some(key)
    }

    /// Frees the slots of some keys and gives those in order.
    fn withdraw(&mut self, keys: &[u128]) -> Vec<u128> {
        for key in keys {
            self.release(*key);
        }
        in_order(keys)
    }

    /// Every key, by slot.
    fn iter(&self) -> impl Iterator<Item = u128> {
        let keys = self.groups[self.last_level..].as_flattened();
        let keys = keys.iter().copied();
        keys.filter(|key| *key != FREE)
    }
}

impl<T> TournamentQueue<T> {
    /// Every pending event with its due time, in no meaningful order.
    pub fn iter(&self) -> impl Iterator<Item = (SimTime, &T)> {
        self.keys.iter().filter_map(|key| {
            let event = self.slots[slot_of(key)].as_ref()?;
            Some((time_of(key), event))
        })
    }

    /// Removes every pending event for which `keep` is false and returns those, earliest first.
    pub fn extract(&mut self, mut keep: impl FnMut(&T) -> bool) -> Vec<(SimTime, T)> {
        let goes = |key: &u128| {
            let event = self.slots[slot_of(*key)].as_ref();
            event.is_some_and(|event| !keep(event))
        };
        let going: Vec<u128> = self.keys.iter().filter(goes).collect();
        let going = self.keys.withdraw(&going).into_iter();
        let taken = going.filter_map(|key| Some((time_of(key), self.slots[slot_of(key)].take()?)));
        taken.collect()
    }
}

impl<T> EventQueue<T> for TournamentQueue<T> {
    // Small enough to be compiled into whoever makes the event, who then makes it where it stays.
    #[inline]
    fn push(&mut self, at: SimTime, event: T) {
        let slot = self.keys.add(at);
        match self.slots.get_mut(slot) {
            Some(place) => *place = Some(event),
            None => self.slots.push(Some(event)),
        }
    }

    fn next_at(&self) -> Option<SimTime> {
        self.keys.first().map(time_of)
    }

    fn pop(&mut self) -> Option<(SimTime, T)> {
        let key = self.keys.take()?;
        let event = self.slots[slot_of(key)].take()?;
        Some((time_of(key), event))
    }

    fn len(&self) -> usize {
        self.keys.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn events_leave_by_time_then_by_order_of_arrival(times in prop::collection::vec(0_u64..5, 0..200)) {
            let mut queue = TournamentQueue::default();
            for (index, &time) in times.iter().enumerate() {
                queue.push(SimTime::from_nanos(time), index);
            }
            let mut expected: Vec<usize> = (0..times.len()).collect();
            expected.sort_by_key(|&index| times[index]);
            let left: Vec<usize> = std::iter::from_fn(|| queue.pop()).map(|(_, index)| index).collect();
            prop_assert_eq!(left, expected);
        }

        #[test]
        fn it_agrees_with_a_sorted_list_whatever_is_added_taken_and_looked_at(
            deeds in prop::collection::vec((0_u8..4, 0_u64..6), 0..200),
        ) {
            let mut queue = TournamentQueue::default();
            let mut list: Vec<(u64, usize)> = Vec::new();
            for (number, (deed, time)) in deeds.into_iter().enumerate() {
                if deed < 2 {
                    queue.push(SimTime::from_nanos(time), number);
                    list.push((time, number));
                    list.sort_unstable();
                } else if deed == 2 {
                    let first = (!list.is_empty()).then(|| list.remove(0));
                    let first = first.map(|(time, number)| (SimTime::from_nanos(time), number));
                    prop_assert_eq!(queue.pop(), first);
                } else {
                    let taken = queue.extract(|number| number % 3 != 0);
                    prop_assert_eq!(taken.len(), list.len() - queue.len());
                    list.retain(|(_, number)| number % 3 != 0);
                }
                let next = list.first().map(|(time, _)| SimTime::from_nanos(*time));
                prop_assert_eq!(queue.next_at(), next);
                prop_assert_eq!(queue.len(), list.len());
                prop_assert_eq!(queue.is_empty(), list.is_empty());
                let mut pending: Vec<usize> = queue.iter().map(|(_, number)| *number).collect();
                pending.sort_unstable();
                let mut expected: Vec<usize> = list.iter().map(|(_, number)| *number).collect();
                expected.sort_unstable();
                prop_assert_eq!(pending, expected);
            }
        }

        #[test]
        fn extracting_some_leaves_the_others_in_order(times in prop::collection::vec(0_u64..5, 0..60)) {
            let mut queue = TournamentQueue::default();
            for (index, &time) in times.iter().enumerate() {
                queue.push(SimTime::from_nanos(time), index);
            }
            let taken = queue.extract(|index| index % 3 != 0);
            prop_assert!(taken.iter().all(|(_, index)| index % 3 == 0));
            queue.push(SimTime::from_nanos(2), usize::MAX);
            let left: Vec<(SimTime, usize)> = std::iter::from_fn(|| queue.pop()).collect();
            prop_assert_eq!(taken.len() + left.len(), times.len() + 1);
            prop_assert!(left.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
