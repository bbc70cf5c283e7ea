//! Things that wait.

use std::collections::VecDeque;

crate::choices! {
    /// Who is next.
    pub enum Order {
        /// Who has waited longest.
        Fifo = "fifo", "First come, first served";
        /// Who came last: under overload the last to come are served in time, and the others not
        /// at all.
        Lifo = "lifo", "Last come, first served";
    }
}

crate::choices! {
    /// What happens to somebody who finds the queue full.
    pub enum Full {
        /// They are turned away.
        Refuse = "refuse", "Turn the newcomer away";
        /// They take the place of whoever has waited longest.
        DropOldest = "drop-oldest", "Drop the oldest";
    }
}

/// What became of somebody who came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<T> {
    /// They wait.
    Waits,
    /// They are turned away: the queue is full.
    Refused(T),
    /// They wait, and somebody else does no longer.
    InsteadOf(T),
}

/// A queue with an order and a limit.
///
/// ```
/// use orrery_core::kernel::path::{Entry, Full, Order, Queue};
///
/// let mut queue = Queue::new(Some(2)).order(Order::Lifo).full(Full::DropOldest);
/// assert_eq!(queue.push('a'), Entry::Waits);
/// assert_eq!(queue.push('b'), Entry::Waits);
/// assert_eq!(queue.push('c'), Entry::InsteadOf('a'));
/// assert_eq!(queue.pop(), Some('c'));
/// ```
#[derive(Debug, Clone)]
pub struct Queue<T> {
    waiting: VecDeque<T>,
    room: Option<u32>,
    order: Order,
    full: Full,
}

impl<T> Queue<T> {
    /// A first-come-first-served queue with this much room, or with no limit, that turns away who
    /// finds it full.
    pub const fn new(room: Option<u32>) -> Self {
        Self {
            waiting: VecDeque::new(),
            room,
            order: Order::Fifo,
            full: Full::Refuse,
        }
    }

    /// Sets who is next.
    #[must_use]
    pub const fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Sets what happens to somebody who finds it full.
    #[must_use]
    pub const fn full(mut self, full: Full) -> Self {
        self.full = full;
        self
    }

    /// Changes how many have room; those who wait already stay.
    pub const fn set_room(&mut self, room: Option<u32>) {
        self.room = room;
    }

    /// Somebody comes.
    pub fn push(&mut self, newcomer: T) -> Entry<T> {
        if self
            .room
            .is_none_or(|room| self.waiting.len() < room as usize)
        {
            self.waiting.push_back(newcomer);
            return Entry::Waits;
        }
        let oldest = match self.full {
            Full::Refuse => None,
            Full::DropOldest => self.waiting.pop_front(),
        };
        match oldest {
            Some(oldest) => {
                self.waiting.push_back(newcomer);
                Entry::InsteadOf(oldest)
            }
            // Without any room there is nobody to take the place of.
            None => Entry::Refused(newcomer),
        }
    }

    /// The next one leaves.
    pub fn pop(&mut self) -> Option<T> {
        match self.order {
            Order::Fifo => self.waiting.pop_front(),
            Order::Lifo => self.waiting.pop_back(),
        }
    }

    /// Those who wait, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.waiting.iter()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Everybody leaves at once, the oldest first.
    pub fn drain(&mut self) -> impl Iterator<Item = T> {
        self.waiting.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_without_room_turns_everybody_away_whatever_it_does_when_full() {
        for full in [Full::Refuse, Full::DropOldest] {
            let mut queue = Queue::new(Some(0)).full(full);
            assert_eq!(queue.push(1), Entry::Refused(1));
            assert!(queue.is_empty());
        }
    }

    #[test]
    fn less_room_sends_nobody_away_who_waits_already() {
        let mut queue = Queue::new(None);
        (0..3).for_each(|n| assert_eq!(queue.push(n), Entry::Waits));
        queue.set_room(Some(1));
        assert_eq!(queue.push(3), Entry::Refused(3));
        assert_eq!(queue.drain().collect::<Vec<_>>(), [0, 1, 2]);
    }
}
