//! Many deadlines with one alarm.

use std::collections::VecDeque;

use crate::time::SimTime;

/// Deadlines that mostly fall due in the order in which they were set, as those of equal patience
/// do, so that one alarm at a time serves all of them.
///
/// A model schedules the instant that [`set`](Self::set) or [`after_alarm`](Self::after_alarm)
/// gives, and takes [`overdue`](Self::overdue) when it comes. A deadline shorter than one before it
/// is met with that one. What has ended is left in and passed over, which costs nothing until then.
///
/// ```
/// use orrery_core::kernel::path::Deadlines;
/// use orrery_core::time::SimTime;
///
/// let secs = SimTime::from_secs;
/// let mut deadlines = Deadlines::default();
/// assert_eq!(deadlines.set(secs(3), 7), Some(secs(3)), "an alarm is wanted");
/// assert_eq!(deadlines.set(secs(4), 8), None, "one is set already");
/// assert_eq!(deadlines.overdue(secs(3)), Some(7));
/// assert_eq!(deadlines.overdue(secs(3)), None);
/// assert_eq!(deadlines.after_alarm(|_| true), Some(secs(4)));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Deadlines {
    due: VecDeque<(SimTime, u32)>,
    alarm: bool,
}

impl Deadlines {
    /// Sets the deadline of number `of`. Gives the instant for an alarm when none is set.
    pub fn set(&mut self, at: SimTime, of: u32) -> Option<SimTime> {
        self.due.push_back((at, of));
        let wanted = !self.alarm;
        self.alarm = true;
        wanted.then_some(at)
    }

    /// The next number whose deadline has come by `now`.
    pub fn overdue(&mut self, now: SimTime) -> Option<u32> {
        let (_, of) = self.due.pop_front_if(|(at, _)| *at <= now)?;
        Some(of)
    }

    /// The alarm has gone off and everything overdue was taken: the instant of the next alarm, for
    /// the first number that `matters` still.
    pub fn after_alarm(&mut self, matters: impl Fn(u32) -> bool) -> Option<SimTime> {
        while self.due.pop_front_if(|(_, of)| !matters(*of)).is_some() {}
        let next = self.due.front().map(|(at, _)| *at);
        self.alarm = next.is_some();
        next
    }

    /// Forgets everything, the alarm too.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}
