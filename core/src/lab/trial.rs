//! One bare run at a time, driven from outside: the object-safe face of an engine without a record.
//!
//! What is compiled once per pattern is kept to a few short calls; whoever decides what to do next
//! is written once for all patterns.

use crate::kernel::engine::{ActError, Engine, PropertyState, Violation};
use crate::kernel::metrics::Metrics;
use crate::kernel::network::Network;
use crate::kernel::session::{RunState, SessionError};
use crate::kernel::timeline::{Cursor, Entry};
use crate::kernel::trace::EventId;
use crate::simulation::{Property, PropertyKind, Simulation};
use crate::spec::Knobs;
use crate::time::{SimTime, Span};
use crate::value::Call;

/// Which promises are watched, by index; `None` watches all of them.
pub type Watched = Option<usize>;

/// How an advance of a [`Trial`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// It reached the instant asked for.
    Reached,
    /// It took as many events as it may.
    Spent,
    /// A watched promise, by index, is broken.
    Broken(usize),
}

/// A promise of a pattern without its check.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Promise {
    /// A few words, unique within the pattern.
    pub name: &'static str,
    /// The promise as one sentence.
    pub promise: &'static str,
    /// When it must hold.
    pub kind: PropertyKind,
}

/// A run without a record.
pub trait Trial {
    /// Where it is.
    fn cursor(&self) -> Cursor;
    /// When the next event is due.
    fn next_at(&self) -> Option<SimTime>;
    /// Takes every event due by `until`, at most `events`, and lets time pass until then; stops
    /// after the first event that breaks what is watched.
    fn advance(&mut self, until: SimTime, events: u64, watched: Watched) -> Pause;
    /// Lets time pass until an instant, unless something is due before it.
    fn pass(&mut self, until: SimTime);
    /// Does what a person asks.
    ///
    /// # Errors
    /// Why it cannot be done; nothing has changed then.
    fn act(&mut self, call: &Call) -> Result<(), ActError>;
    /// Nodes and links.
    fn network(&self) -> &Network;
    /// Messages on their way, in the order of sending.
    fn in_flight(&self) -> Vec<EventId>;
    /// What was measured.
    fn metrics(&self) -> &Metrics;
    /// How a promise stands.
    fn standing(&self, property: usize) -> PropertyState;
    /// How long a promise lets something go on before it is broken, with the present settings.
    fn patience(&self, property: usize) -> Span;
    /// The first broken promise among those watched.
    fn broken(&self, watched: Watched) -> Option<(usize, Violation)>;
    /// A hash of everything that happened.
    fn trace_hash(&self) -> u64;
}

/// Starts a run at time zero; script, branches and cursor of `state` are left aside.
///
/// # Errors
/// A knob that the pattern does not take.
pub(crate) fn start<M: Simulation>(state: &RunState) -> Result<Box<dyn Trial>, SessionError> {
    let mut knobs = M::Knobs::default();
    for (key, value) in &state.knobs {
        knobs.set(key, value)?;
    }
    Ok(Box::new(Engine::<M>::start(state.seed, knobs)))
}

/// What a pattern promises.
pub(crate) fn promises<M: Simulation>() -> Vec<Promise> {
    let promise = |property: &Property<M>| Promise {
        name: property.name,
        promise: property.promise,
        kind: property.kind,
    };
    M::properties().iter().map(promise).collect()
}

impl<M: Simulation> Trial for Engine<M> {
    fn cursor(&self) -> Cursor {
        Cursor {
            at: self.world().now(),
            ordinal: self.world().happened(),
        }
    }

    fn next_at(&self) -> Option<SimTime> {
        Self::next_at(self)
    }

    fn advance(&mut self, until: SimTime, events: u64, watched: Watched) -> Pause {
        let mut left = events;
        loop {
            let next = Self::next_at(self).filter(|at| *at <= until);
            if let Some((property, overdue)) = self.overdue_by(next.unwrap_or(until), watched) {
                self.advance_to_next(overdue);
                return Pause::Broken(property);
            }
            if next.is_none() {
                self.advance_to_next(until);
                return Pause::Reached;
            }
            if left == 0 {
                return Pause::Spent;
            }
            left -= 1;
            self.step(None);
            if let Some(property) = self.first_violated(watched) {
                return Pause::Broken(property);
            }
        }
    }

    fn pass(&mut self, until: SimTime) {
        if Self::next_at(self).is_none_or(|next| next >= until) {
            self.advance_to_next(until);
        }
    }

    fn act(&mut self, call: &Call) -> Result<(), ActError> {
        self.try_act(call, None)
    }

    fn network(&self) -> &Network {
        self.world().network()
    }

    fn in_flight(&self) -> Vec<EventId> {
        let flights = self.world().flights().into_iter();
        let arriving = flights.filter(|flight| !flight.lost);
        arriving.map(|flight| flight.id).collect()
    }

    fn metrics(&self) -> &Metrics {
        self.world().metrics()
    }

    fn standing(&self, property: usize) -> PropertyState {
        Self::standing(self, property)
    }

    fn patience(&self, property: usize) -> Span {
        let Some(property) = M::properties().get(property) else {
            return Span::ZERO;
        };
        let within = match property.kind {
            PropertyKind::Eventually(within) => within,
            PropertyKind::Always | PropertyKind::Sometimes => Span::ZERO,
        };
        within + (property.patience)(self.knobs())
    }

    fn broken(&self, watched: Watched) -> Option<(usize, Violation)> {
        let indices = match watched {
            Some(property) => property..property + 1,
            None => 0..self.verdicts().len(),
        };
        let found = |property| Some((property, self.violation(property)?));
        indices.filter_map(found).next()
    }

    fn trace_hash(&self) -> u64 {
        Self::trace_hash(self)
    }
}

impl<M: Simulation> Engine<M> {
    fn first_violated(&self, watched: Watched) -> Option<usize> {
        let is_violated = |property: &usize| self.verdicts()[*property].violated.is_some();
        match watched {
            Some(property) => Some(property).filter(is_violated),
            None => (0..self.verdicts().len()).find(is_violated),
        }
    }

    /// What was to come true by now, and will not have by `instant`: which, and just after when.
    fn overdue_by(&self, instant: SimTime, watched: Watched) -> Option<(usize, SimTime)> {
        let overdue = |(property, of): (usize, &Property<M>)| {
            let PropertyKind::Eventually(within) = of.kind else {
                return None;
            };
            let deadline = self.verdicts()[property].unsatisfied_since? + within;
            let is_watched = watched.is_none_or(|only| only == property);
            (is_watched && deadline < instant).then(|| {
                (
                    property,
                    self.world().now().max(deadline + Span::from_nanos(1)),
                )
            })
        };
        let found = M::properties().iter().enumerate().filter_map(overdue);
        found.min_by_key(|(_, at)| *at)
    }
}

/// Where and how a run broke a promise.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Break {
    pub(crate) property: usize,
    pub(crate) reason: String,
    pub(crate) cursor: Cursor,
}

/// What came of a run that was played to its end or to the first break.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) broke: Option<Break>,
    /// What was done and not refused, each with its place among the events.
    pub(crate) script: Vec<Entry>,
}

/// Does something now and gives the entry of a script that repeats it; `None` when it is refused.
pub(crate) fn act_now(trial: &mut dyn Trial, call: &Call) -> Option<Entry> {
    let Cursor { at, ordinal } = trial.cursor();
    let more_due = trial.next_at() == Some(at);
    trial.act(call).ok()?;
    Some(Entry {
        at,
        after: more_due.then_some(ordinal),
        call: call.clone(),
    })
}

/// Plays to where an entry of a script has its turn.
pub(crate) fn play_to(
    trial: &mut dyn Trial,
    entry: &Entry,
    events_max: u64,
    watched: Watched,
) -> Pause {
    let left = |trial: &dyn Trial| events_max.saturating_sub(trial.cursor().ordinal);
    let Some(after) = entry.after else {
        return trial.advance(entry.at, left(trial).max(1), watched);
    };
    let just_before = SimTime::ZERO + (entry.at - SimTime::from_nanos(1));
    if entry.at > SimTime::ZERO && just_before >= trial.cursor().at {
        let pause = trial.advance(just_before, left(trial).max(1), watched);
        if pause != Pause::Reached {
            return pause;
        }
    }
    let in_place = after.saturating_sub(trial.cursor().ordinal);
    match trial.advance(entry.at, in_place, watched) {
        Pause::Spent => {
            trial.pass(entry.at);
            Pause::Reached
        }
        pause @ (Pause::Reached | Pause::Broken(_)) => pause,
    }
}

/// Plays a script from the start of a run until `until`, until a watched promise is broken, or
/// until `events_max` events and actions have happened.
pub(crate) fn play(
    trial: &mut dyn Trial,
    script: &[Entry],
    until: SimTime,
    events_max: u64,
    watched: Watched,
) -> Played {
    let mut done = Vec::new();
    let mut pause = broken_now(trial, watched);
    for entry in script.iter().take_while(|entry| entry.at <= until) {
        if pause != Pause::Reached {
            break;
        }
        pause = play_to(trial, entry, events_max, watched);
        if pause == Pause::Reached
            && let Some(entry) = act_now(trial, &entry.call)
        {
            done.push(entry);
            pause = broken_now(trial, watched);
        }
    }
    if pause == Pause::Reached {
        let left = events_max.saturating_sub(trial.cursor().ordinal);
        trial.advance(until, left, watched);
    }
    Played {
        broke: break_of(trial, watched),
        script: done,
    }
}

fn broken_now(trial: &dyn Trial, watched: Watched) -> Pause {
    trial
        .broken(watched)
        .map_or(Pause::Reached, |(property, _)| Pause::Broken(property))
}

/// The break that a run stopped at.
pub(crate) fn break_of(trial: &dyn Trial, watched: Watched) -> Option<Break> {
    let (property, violation) = trial.broken(watched)?;
    Some(Break {
        property,
        reason: violation.reason,
        cursor: trial.cursor(),
    })
}
