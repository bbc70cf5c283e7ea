//! What stands around a call: layers that let it pass, try it again, or wait no longer.
//!
//! A [`Policy`] is one layer: a retry, a timeout, a breaker. [`Layers`] puts some around a call, the
//! outermost first. What a layer sees is what its place makes of it: a timeout outside a retry
//! bounds all attempts together, inside it bounds each.

use crate::time::{SimTime, Span};

/// Whether a call may pass a layer on its way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Go,
    /// It may not; the layers outside hear [`Ending::Refused`].
    Refuse,
}

/// How what is inside a layer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// With an answer.
    Answered,
    /// Somebody said no.
    Refused,
    /// Nothing came in time.
    TimedOut,
    /// A layer outside did not wait for it.
    Cancelled,
}

/// What a layer makes of an ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The layer outside hears it.
    Return,
    /// What is inside is done again after a while.
    Again(Span),
}

/// One layer around calls. Every call that entered it leaves it once for each round.
///
/// ```
/// use orrery_core::kernel::path::{Admission, Ending, Layers, Next, Policy, Step};
/// use orrery_core::time::{SimTime, Span};
///
/// /// Lets one call through at a time.
/// #[derive(Default)]
/// struct OneAtATime(bool);
///
/// impl Policy for OneAtATime {
///     fn enter(&mut self, _: SimTime) -> Admission {
///         match std::mem::replace(&mut self.0, true) {
///             false => Admission::Go,
///             true => Admission::Refuse,
///         }
///     }
///     fn leave(&mut self, _: u32, _: Ending, _: SimTime) -> Next {
///         self.0 = false;
///         Next::Return
///     }
/// }
///
/// let mut layers = Layers::new(vec![OneAtATime::default()]);
/// let (mut first, step) = layers.begin(SimTime::ZERO);
/// assert_eq!(step, Step::Send);
/// let (_, step) = layers.begin(SimTime::ZERO);
/// assert_eq!(step, Step::Return(Ending::Refused));
/// let step = layers.ended(&mut first, Ending::Answered, SimTime::from_secs(1));
/// assert_eq!(step, Step::Return(Ending::Answered));
/// ```
pub trait Policy {
    /// A call comes from outside.
    fn enter(&mut self, now: SimTime) -> Admission {
        let _ = now;
        Admission::Go
    }

    /// How long a call may stay inside; for ever when absent.
    fn patience(&self) -> Option<Span> {
        None
    }

    /// What is inside has ended for the `round`-th time, counted from one.
    fn leave(&mut self, round: u32, ending: Ending, now: SimTime) -> Next {
        let _ = (round, ending, now);
        Next::Return
    }
}

/// Tries again at once what failed, up to so many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// How often at most, beside the first time.
    pub most: u32,
}

impl Policy for Retries {
    fn leave(&mut self, round: u32, ending: Ending, _: SimTime) -> Next {
        match ending {
            Ending::Refused | Ending::TimedOut if round <= self.most => Next::Again(Span::ZERO),
            Ending::Answered | Ending::Refused | Ending::TimedOut | Ending::Cancelled => {
                Next::Return
            }
        }
    }
}

/// Waits no longer than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience(pub Span);

impl Policy for Patience {
    fn patience(&self) -> Option<Span> {
        Some(self.0)
    }
}

/// What to do with a call now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Send it.
    Send,
    /// Call [`Layers::resume`] after this time.
    Wait(Span),
    /// It has ended.
    Return(Ending),
}

/// The most layers that can stand around a call.
pub const LAYERS_MAX: usize = 4;

/// Where a call is among its layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// How many layers it has entered.
    depth: u8,
    rounds: [u8; LAYERS_MAX],
    since: [SimTime; LAYERS_MAX],
}

impl Progress {
    /// How often the layer at this place has been left, the outermost being 0.
    pub fn rounds(&self, layer: usize) -> u32 {
        self.rounds.get(layer).copied().map_or(0, u32::from)
    }
}

/// Layers around calls, the outermost first.
///
/// ```
/// use orrery_core::kernel::path::{Ending, Layers, Policy, Retries, Step};
/// use orrery_core::time::SimTime;
///
/// let mut layers = Layers::new(vec![Retries { most: 1 }]);
/// let (mut call, step) = layers.begin(SimTime::ZERO);
/// assert_eq!(step, Step::Send);
/// assert_eq!(layers.ended(&mut call, Ending::TimedOut, SimTime::from_secs(1)), Step::Send);
/// let last = layers.ended(&mut call, Ending::TimedOut, SimTime::from_secs(2));
/// assert_eq!(last, Step::Return(Ending::TimedOut));
/// ```
#[derive(Debug, Clone)]
pub struct Layers<P> {
    layers: Vec<P>,
}

impl<P: Policy> Layers<P> {
    /// These layers; what is beyond [`LAYERS_MAX`] is left out.
    pub fn new(mut layers: Vec<P>) -> Self {
        layers.truncate(LAYERS_MAX);
        Self { layers }
    }

    /// The layers, the outermost first.
    pub fn layers(&self) -> &[P] {
        &self.layers
    }

    /// A call is made.
    pub fn begin(&mut self, now: SimTime) -> (Progress, Step) {
        let mut call = Progress::default();
        let step = self.inward(&mut call, now);
        (call, step)
    }

    /// A wait is over.
    pub fn resume(&mut self, call: &mut Progress, now: SimTime) -> Step {
        self.inward(call, now)
    }

    /// What was sent has ended.
    pub fn ended(&mut self, call: &mut Progress, ending: Ending, now: SimTime) -> Step {
        self.outward(call, ending, now)
    }

    /// Until when the layers wait for what was sent; for ever when absent.
    pub fn deadline(&self, call: &Progress) -> Option<SimTime> {
        let open = self.layers.iter().zip(call.since).take(call.depth.into());
        open.filter_map(|(layer, since)| Some(since + layer.patience()?))
            .min()
    }

    /// The deadline has come: the outermost layer whose patience is over gives up what is inside.
    pub fn timed_out(&mut self, call: &mut Progress, now: SimTime) -> Step {
        let depth = usize::from(call.depth);
        let is_over = |layer: &usize| {
            let patience = self.layers[*layer].patience();
            patience.is_some_and(|patience| call.since[*layer] + patience <= now)
        };
        let Some(gives_up) = (0..depth).find(is_over) else {
            return Step::Wait(Span::ZERO);
        };
        for inside in (gives_up + 1..depth).rev() {
            let round = call.next_round(inside);
            self.layers[inside].leave(round, Ending::Cancelled, now);
        }
        call.depth = gives_up as u8 + 1;
        self.outward(call, Ending::TimedOut, now)
    }

    fn inward(&mut self, call: &mut Progress, now: SimTime) -> Step {
        while let Some(layer) = self.layers.get_mut(usize::from(call.depth)) {
            let place = usize::from(call.depth);
            (call.rounds[place], call.since[place]) = (0, now);
            match layer.enter(now) {
                Admission::Go => call.depth += 1,
                Admission::Refuse => return self.outward(call, Ending::Refused, now),
            }
        }
        Step::Send
    }

    fn outward(&mut self, call: &mut Progress, ending: Ending, now: SimTime) -> Step {
        while let Some(layer) = usize::from(call.depth).checked_sub(1) {
            let round = call.next_round(layer);
            match self.layers[layer].leave(round, ending, now) {
                Next::Return => call.depth -= 1,
                Next::Again(Span::ZERO) => return self.inward(call, now),
                Next::Again(after) => return Step::Wait(after),
            }
        }
        Step::Return(ending)
    }
}

impl Progress {
    fn next_round(&mut self, layer: usize) -> u32 {
        self.rounds[layer] = self.rounds[layer].saturating_add(1);
        u32::from(self.rounds[layer])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone)]
    enum Layer {
        Retry(Retries),
        Timeout(Patience),
    }

    impl Policy for Layer {
        fn patience(&self) -> Option<Span> {
            match self {
                Self::Retry(retries) => retries.patience(),
                Self::Timeout(patience) => patience.patience(),
            }
        }
        fn leave(&mut self, round: u32, ending: Ending, now: SimTime) -> Next {
            match self {
                Self::Retry(retries) => retries.leave(round, ending, now),
                Self::Timeout(patience) => patience.leave(round, ending, now),
            }
        }
    }

    /// When each attempt is sent, and when it ends, if nobody ever answers.
    fn unanswered(layers: Vec<Layer>) -> (Vec<SimTime>, SimTime) {
        let mut layers = Layers::new(layers);
        let (mut call, mut step) = layers.begin(SimTime::ZERO);
        let (mut sent, mut now) = (Vec::new(), SimTime::ZERO);
        loop {
            match step {
                Step::Send => sent.push(now),
                Step::Wait(after) => now += after,
                Step::Return(_) => return (sent, now),
            }
            now = layers.deadline(&call).expect("somebody waits");
            step = layers.timed_out(&mut call, now);
        }
    }

    #[test]
    fn a_timeout_inside_a_retry_bounds_each_attempt_and_outside_all_together() {
        let secs = SimTime::from_secs;
        let retry = Layer::Retry(Retries { most: 2 });
        let timeout = Layer::Timeout(Patience(Span::from_secs(3)));
        let inside = unanswered(vec![retry.clone(), timeout.clone()]);
        assert_eq!(inside, (vec![secs(0), secs(3), secs(6)], secs(9)));
        let outside = unanswered(vec![timeout, retry]);
        assert_eq!(outside, (vec![secs(0)], secs(3)));
    }

    #[test]
    fn an_answer_is_not_asked_for_again() {
        let mut layers = Layers::new(vec![Retries { most: 9 }]);
        let (mut call, _) = layers.begin(SimTime::ZERO);
        let step = layers.ended(&mut call, Ending::Answered, SimTime::ZERO);
        assert_eq!(step, Step::Return(Ending::Answered));
    }
}
