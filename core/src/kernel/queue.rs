//! Pending events, earliest first; first in, first out among those of one instant.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

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

/// A binary heap of 16-byte keys over a slab of events: O(log n) per operation.
///
/// The key packs due time, insertion number and slot, so that the heap moves no events and equal
/// times keep their order. The insertion number has 32 bits and restarts whenever the queue runs
/// empty; a queue that never does orders correctly for 4 billion insertions.
///
/// What takes an event mostly adds another one next. So the key of the event that was taken last
/// stays at the top until something else is asked for, and an addition puts its own key there:
/// the heap is put in order once for both.
///
/// ```
/// use orrery_core::kernel::queue::{EventQueue, HeapQueue};
/// use orrery_core::time::SimTime;
///
/// let mut queue = HeapQueue::default();
/// for name in ["first", "second"] {
///     queue.push(SimTime::from_secs(1), name);
/// }
/// queue.push(SimTime::ZERO, "earliest");
/// let order: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(_, name)| name).collect();
/// assert_eq!(order, ["earliest", "first", "second"]);
/// ```
#[derive(Debug, Clone)]
pub struct HeapQueue<T> {
    keys: Keys,
    slots: Vec<Option<T>>,
}

/// The order of the events, without the events: compiled once for all kinds of them.
#[derive(Debug, Clone, Default)]
struct Keys {
    heap: BinaryHeap<Reverse<u128>>,
    /// The slots that are free, of so many.
    free: Vec<u32>,
    slots: u32,
    inserted: u32,
    /// The event of the topmost key has been taken.
    top_is_gone: bool,
}

impl<T> Default for HeapQueue<T> {
    fn default() -> Self {
        Self {
            keys: Keys::default(),
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

impl Keys {
    /// Adds a key and gives the slot for its event.
    fn add(&mut self, at: SimTime) -> usize {
        if self.len() == 0 {
            self.inserted = 0;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots += 1;
            self.slots - 1
        });
        let order = u64::from(self.inserted) << 32 | u64::from(slot);
        self.inserted = self.inserted.wrapping_add(1);
        let key = Reverse(u128::from(at.as_nanos()) << 64 | u128::from(order));
        if std::mem::take(&mut self.top_is_gone)
            && let Some(mut top) = self.heap.peek_mut()
        {
            *top = key;
        } else {
            self.heap.push(key);
        }
        slot as usize
    }

    fn next_at(&self) -> Option<SimTime> {
        let next = if self.top_is_gone {
            // The next one is below the topmost.
            self.heap.as_slice().iter().skip(1).take(2).max()
        } else {
            self.heap.peek()
        };
        next.map(|Reverse(key)| time_of(*key))
    }

    /// Takes the first key; its slot is free now.
    fn take(&mut self) -> Option<u128> {
        self.settle();
        let Reverse(key) = *self.heap.peek()?;
        self.top_is_gone = true;
        self.free.push(key as u32);
        Some(key)
    }

    /// Removes the topmost key if its event has been taken.
    fn settle(&mut self) {
        if std::mem::take(&mut self.top_is_gone) {
            self.heap.pop();
        }
    }

    fn len(&self) -> usize {
        self.heap.len() - usize::from(self.top_is_gone)
    }
}

impl<T> HeapQueue<T> {
    /// Every pending event with its due time, in no meaningful order.
    pub fn iter(&self) -> impl Iterator<Item = (SimTime, &T)> {
        self.keys.heap.iter().filter_map(|Reverse(key)| {
            self.slots[slot_of(*key)]
                .as_ref()
                .map(|event| (time_of(*key), event))
        })
    }

    /// Removes every pending event for which `keep` is false and returns those, earliest first.
    pub fn extract(&mut self, mut keep: impl FnMut(&T) -> bool) -> Vec<(SimTime, T)> {
        self.keys.settle();
        let (mut kept, mut taken) = (Vec::with_capacity(self.len()), Vec::new());
        while let Some(Reverse(key)) = self.keys.heap.pop() {
            let place = &mut self.slots[slot_of(key)];
            match place.take() {
                Some(event) if keep(&event) => {
                    *place = Some(event);
                    kept.push(Reverse(key));
                }
                Some(event) => {
                    self.keys.free.push(key as u32);
                    taken.push((time_of(key), event));
                }
                None => self.keys.free.push(key as u32),
            }
        }
        self.keys.heap = kept.into();
        taken
    }
}

impl<T> EventQueue<T> for HeapQueue<T> {
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
        self.keys.next_at()
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
            let mut queue = HeapQueue::default();
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
            let mut queue = HeapQueue::default();
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
            let mut queue = HeapQueue::default();
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
