//! The calls that a closed breaker looks back on, counted as they come and go.
//!
//! Both windows keep a running total: a call is added once when it enters and subtracted once when
//! it leaves, so that a rate costs the same however long the window is.

use crate::time::SimTime;

use super::settings::WindowSize;

/// One finished call, as far as the rates care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// It failed.
    pub failed: bool,
    /// It took longer than the slow-call threshold.
    pub slow: bool,
}

/// Calls, and how many of them failed or were slow. A slow failure counts in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All calls.
    pub calls: u32,
    /// Those that failed.
    pub failed: u32,
    /// Those that were slow.
    pub slow: u32,
}

impl Tally {
    /// Counts one more call.
    pub fn add(&mut self, call: Call) {
        self.calls += 1;
        self.failed += u32::from(call.failed);
        self.slow += u32::from(call.slow);
    }

    fn subtract(&mut self, gone: Self) {
        self.calls -= gone.calls;
        self.failed -= gone.failed;
        self.slow -= gone.slow;
    }
}

impl From<Call> for Tally {
    fn from(call: Call) -> Self {
        let mut tally = Self::default();
        tally.add(call);
        tally
    }
}

/// A sliding window over finished calls.
///
/// [`WindowSize::Calls`] keeps one slot per call. [`WindowSize::Seconds`] keeps one slot per whole
/// second of the clock: the window moves once a second, and up to one second short of its
/// length is seen at any instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    size: WindowSize,
    slots: Vec<Tally>,
    /// The slot written last.
    head: usize,
    /// The whole second that `head` stands for; unused in a window of calls.
    second: u64,
    total: Tally,
    /// Whether the total lets go of what has left the window.
    forgets: bool,
}

impl Window {
    /// An empty window of at least one slot, at `now`. If it does not forget, its
    /// [`tally`](Self::tally) holds on to what has left it; its [`slots`](Self::slots) never do.
    pub fn new(size: WindowSize, forgets: bool, now: SimTime) -> Self {
        let (WindowSize::Calls(slots) | WindowSize::Seconds(slots)) = size;
        Self {
            size,
            slots: vec![Tally::default(); slots.max(1) as usize],
            head: 0,
            second: whole_second(now),
            total: Tally::default(),
            forgets,
        }
    }

    /// Its size.
    pub const fn size(&self) -> WindowSize {
        self.size
    }

    /// Adds a call that finished at `now` and lets go of what has left the window. One step, and
    /// in a window of seconds one more for each second passed, at most its length.
    // region: window
    pub fn record(&mut self, now: SimTime, call: Call) {
        match self.size {
            WindowSize::Calls(_) => self.free_next_slot(),
            WindowSize::Seconds(_) => self.move_to(now),
        }
        self.slots[self.head].add(call);
        self.total.add(call);
    }

    fn free_next_slot(&mut self) {
        self.head = (self.head + 1) % self.slots.len();
        let gone = std::mem::take(&mut self.slots[self.head]);
        if self.forgets {
            self.total.subtract(gone);
        }
    }
    // endregion

    /// What the window holds at `now`.
    pub fn tally(&self, now: SimTime) -> Tally {
        let mut tally = self.total;
        if !self.forgets {
            return tally;
        }
        for stale in 0..self.stale_slots(now) {
            let oldest = (self.head + 1 + stale) % self.slots.len();
            tally.subtract(self.slots[oldest]);
        }
        tally
    }

    /// The slots at `now` from the oldest to the newest: one per call, or one per second. Slots
    /// that hold nothing yet, or nothing any more, are empty tallies.
    pub fn slots(&self, now: SimTime) -> impl Iterator<Item = Tally> + '_ {
        let stale = self.stale_slots(now);
        let kept = self.slots.len() - stale;
        let oldest = self.head + 1 + stale;
        let ring = self.slots.iter().cycle().skip(oldest).take(kept).copied();
        ring.chain(std::iter::repeat_n(Tally::default(), stale))
    }

    /// How many of the oldest slots have left the window by `now` without being let go yet.
    fn stale_slots(&self, now: SimTime) -> usize {
        match self.size {
            WindowSize::Calls(_) => 0,
            WindowSize::Seconds(_) => {
                let passed = whole_second(now).saturating_sub(self.second);
                usize::try_from(passed).map_or(self.slots.len(), |n| n.min(self.slots.len()))
            }
        }
    }

    fn move_to(&mut self, now: SimTime) {
        for _ in 0..self.stale_slots(now) {
            self.free_next_slot();
        }
        self.second = self.second.max(whole_second(now));
    }
}

const fn whole_second(now: SimTime) -> u64 {
    now.as_nanos() / 1_000_000_000
}
