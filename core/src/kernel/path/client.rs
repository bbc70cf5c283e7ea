//! Those who call, and what becomes of their calls.

use super::deadlines::Deadlines;
use super::ledger::Ledger;
use crate::kernel::random::{Duration, Random};
use crate::kernel::workload::{Keys, Workload};
use crate::time::{SimTime, Span};

/// The number of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u32);

/// One call.
///
/// What it asks of a server is drawn when it is made, so that two variants of a run meet the same
/// calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Call {
    /// Whose it is, or of what: a client, a record.
    pub key: u32,
    /// How long a plain server works on it.
    pub work: Span,
    /// When it was made.
    pub began: SimTime,
    /// Until when the caller waits; [`SimTime::MAX`] is for ever.
    pub until: SimTime,
}

/// A call that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The call.
    pub call: Call,
    /// How long it took.
    pub took: Span,
}

/// Clients: when they call, for what, how much work it is, and how long they wait.
///
/// ```
/// use orrery_core::kernel::path::Client;
/// use orrery_core::kernel::random::{Duration, Random};
/// use orrery_core::kernel::workload::{Keys, Shape, Workload};
/// use orrery_core::time::{SimTime, Span};
///
/// let work = Duration::Constant(Span::from_millis(20));
/// let mut client = Client::new(Workload::new(Shape::Constant, 10.0), Keys::new(100, 0.0), work);
/// client.patience = Some(Span::from_secs(1));
///
/// let now = client.next_at(&mut Random::new(1)).expect("they go on calling");
/// let (call, alarm) = client.begin(7, Span::from_millis(20), now);
/// assert_eq!(alarm, Some(now + Span::from_secs(1)));
/// let ended = client.end(call, now + Span::from_millis(25)).expect("somebody waits for it");
/// assert_eq!(ended.took, Span::from_millis(25));
/// assert_eq!(client.end(call, SimTime::MAX), None, "a second answer is for nobody");
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    /// When they call.
    pub workload: Workload,
    /// For what.
    pub keys: Keys,
    /// How long a plain server works on a call.
    pub work: Duration,
    /// How long they wait; for ever when absent. It holds for calls made from now on.
    pub patience: Option<Span>,
    open: Ledger<Call>,
    deadlines: Deadlines,
}

impl Client {
    /// Clients that wait for ever.
    pub fn new(workload: Workload, keys: Keys, work: Duration) -> Self {
        Self {
            workload,
            keys,
            work,
            patience: None,
            open: Ledger::default(),
            deadlines: Deadlines::default(),
        }
    }

    /// When the next call is made; none when there is no next one.
    pub fn next_at(&mut self, arrivals: &mut Random) -> Option<SimTime> {
        Some(self.workload.next(arrivals)?.at)
    }

    /// Makes a call. Gives its number and, when there is none yet, the instant of an alarm at which
    /// the model has to ask who is [`overdue`](Self::overdue).
    pub fn begin(&mut self, key: u32, work: Span, now: SimTime) -> (CallId, Option<SimTime>) {
        let until = self
            .patience
            .map_or(SimTime::MAX, |patience| now + patience);
        let id = self.open.open(Call {
            key,
            work,
            began: now,
            until,
        });
        let alarm = match self.patience {
            Some(_) => self.deadlines.set(until, id),
            None => None,
        };
        (CallId(id), alarm)
    }

    /// A call, if it has not ended.
    pub fn get(&self, id: CallId) -> Option<&Call> {
        self.open.get(id.0)
    }

    /// A call ends; none when it had ended already, and nobody waits for what comes.
    pub fn end(&mut self, id: CallId, now: SimTime) -> Option<Ended> {
        let call = self.open.close(id.0)?;
        Some(Ended {
            call,
            took: now - call.began,
        })
    }

    /// The next call whose deadline has come; it ends.
    pub fn overdue(&mut self, now: SimTime) -> Option<(CallId, Ended)> {
        while let Some(id) = self.deadlines.overdue(now) {
            if let Some(ended) = self.end(CallId(id), now) {
                return Some((CallId(id), ended));
            }
        }
        None
    }

    /// Everybody overdue was told: the instant of the next alarm, if one is needed.
    pub fn after_alarm(&mut self) -> Option<SimTime> {
        let open = &self.open;
        self.deadlines.after_alarm(|id| open.get(id).is_some())
    }

    /// The call that has been waited for longest.
    pub fn oldest(&self) -> Option<&Call> {
        self.open.oldest().map(|(_, call)| call)
    }

    /// How many calls have not ended.
    pub const fn open(&self) -> usize {
        self.open.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::workload::Shape;

    fn client(patience: Span) -> Client {
        let workload = Workload::new(Shape::Constant, 1.0);
        let mut client = Client::new(workload, Keys::new(1, 0.0), Duration::Constant(Span::ZERO));
        client.patience = Some(patience);
        client
    }

    #[test]
    fn everybody_gives_up_in_time_with_one_alarm_at_a_time() {
        let secs = SimTime::from_secs;
        let mut client = client(Span::from_secs(5));
        let (first, alarm) = client.begin(0, Span::ZERO, secs(0));
        assert_eq!(alarm, Some(secs(5)));
        let (second, alarm) = client.begin(0, Span::ZERO, secs(1));
        assert_eq!(alarm, None);
        let (third, _) = client.begin(0, Span::ZERO, secs(2));
        assert!(client.end(second, secs(3)).is_some());
        assert_eq!(client.overdue(secs(5)).map(|(id, _)| id), Some(first));
        assert_eq!(client.overdue(secs(5)), None);
        assert_eq!(
            client.after_alarm(),
            Some(secs(7)),
            "the second has its answer"
        );
        assert_eq!(client.overdue(secs(7)).map(|(id, _)| id), Some(third));
        assert_eq!(client.after_alarm(), None);
        let (_, alarm) = client.begin(0, Span::ZERO, secs(9));
        assert_eq!(alarm, Some(secs(14)), "and a new one is asked for");
    }
}
