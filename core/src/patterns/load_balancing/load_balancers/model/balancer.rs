//! One balancer: its rule, what it knows of the servers, and what it waits for.

use super::super::algorithm::{
    Ask, Backends, Balance, BoundedHash, Choices, InARow, LeastConnections, Maglev, PeakEwma,
    Remainder, RoundRobin, SmoothWeighted, another, hash, next_prime,
};
use super::super::knobs::{Knobs, Rule};
use crate::kernel::path::{
    CallId, Deadlines, Ending, Layers, Ledger, Next, Patience, Policy, Progress, Retries,
};
use crate::kernel::random::Random;
use crate::kernel::trace::EventId;
use crate::patterns::partitioning::consistent_hashing::algorithm::Bound;
use crate::prelude::*;

/// After this time what is known of answers counts for 1/e, as in Finagle.
const FORGETS_IN: Span = Span::from_secs(10);
/// In so many steps does a weight rise during a slow start.
const STEPS: u64 = 8;

/// The rule at work.
#[derive(Debug, Clone)]
pub(in super::super) enum Chosen {
    Turns(RoundRobin),
    Smooth(SmoothWeighted),
    Row(InARow),
    Lots(Choices),
    Least(LeastConnections),
    Fastest(PeakEwma),
    Hash(Remainder),
    Bounded(Box<BoundedHash>),
    Maglev(Maglev),
}

impl Chosen {
    fn of(knobs: &Knobs) -> Self {
        match knobs.rule {
            Rule::RoundRobin => Self::Turns(RoundRobin::default()),
            Rule::Weighted if knobs.smooth => Self::Smooth(SmoothWeighted::default()),
            Rule::Weighted => Self::Row(InARow::default()),
            Rule::Random => Self::Lots(Choices { draws: 1 }),
            Rule::Choices => Self::Lots(Choices {
                draws: knobs.choices,
            }),
            Rule::Least => Self::Least(LeastConnections),
            Rule::Fastest => Self::Fastest(PeakEwma::new(FORGETS_IN)),
            Rule::Hash => Self::Hash(Remainder),
            Rule::Bounded => {
                let bound = Bound::from_thousandths(knobs.bound_thousandths());
                let mut bounded = BoundedHash::new(bound);
                bounded.walk_on = knobs.walk_on;
                Self::Bounded(Box::new(bounded))
            }
            Rule::Maglev => Self::Maglev(Maglev::new(if knobs.prime {
                next_prime(knobs.table)
            } else {
                knobs.table.next_power_of_two()
            })),
        }
    }

    fn rule(&mut self) -> &mut dyn Balance {
        match self {
            Self::Turns(rule) => rule,
            Self::Smooth(rule) => rule,
            Self::Row(rule) => rule,
            Self::Lots(rule) => rule,
            Self::Least(rule) => rule,
            Self::Fastest(rule) => rule,
            Self::Hash(rule) => rule,
            Self::Bounded(rule) => &mut **rule,
            Self::Maglev(rule) => rule,
        }
    }
}

/// What stands around a request.
#[derive(Debug, Clone)]
enum Around {
    Retries(Retries),
    Patience(Patience),
}

impl Policy for Around {
    fn patience(&self) -> Option<Span> {
        match self {
            Self::Retries(retries) => retries.patience(),
            Self::Patience(patience) => patience.patience(),
        }
    }

    fn leave(&mut self, round: u32, ending: Ending, now: SimTime) -> Next {
        match self {
            Self::Retries(retries) => retries.leave(round, ending, now),
            Self::Patience(patience) => patience.leave(round, ending, now),
        }
    }
}

fn layers(knobs: &Knobs) -> Layers<Around> {
    let retries = (knobs.retries > 0).then_some(Around::Retries(Retries {
        most: knobs.retries,
    }));
    let patience = (!knobs.timeout.is_zero()).then_some(Around::Patience(Patience(knobs.timeout)));
    Layers::new(retries.into_iter().chain(patience).collect())
}

/// A request that is out at a server.
#[derive(Debug, Clone)]
pub(in super::super) struct Attempt {
    pub(super) call: CallId,
    pub(super) key: u32,
    pub(super) work: Span,
    pub(super) server: u16,
    pub(super) sent: SimTime,
    /// How far it is through the layers; a plain one has none to pass.
    pub(super) progress: Option<Box<Progress>>,
}

/// What a balancer has made out about a server.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Known {
    /// Timeouts in a row.
    pub(super) fails: u32,
    /// Whether it takes it to be down.
    pub(in super::super) down: bool,
    /// The event that made it do so.
    pub(in super::super) because: EventId,
    /// Since when its weight rises.
    rises_since: Option<SimTime>,
    /// Its whole weight, in parts.
    weight: u32,
    /// Requests out there.
    pub(in super::super) out: u32,
    /// It is to be drained.
    draining: bool,
}

/// A balancer.
#[derive(Debug, Clone)]
pub(in super::super) struct Balancer {
    pub(in super::super) node: NodeId,
    chosen: Chosen,
    backends: Backends,
    known: Vec<Known>,
    rising: u32,
    /// Requests out at all servers.
    out: u32,
    attempts: Ledger<Attempt>,
    pub(super) deadlines: Deadlines,
    layers: Layers<Around>,
}

impl Balancer {
    pub(super) fn new(node: NodeId, knobs: &Knobs) -> Self {
        Self {
            node,
            chosen: Chosen::of(knobs),
            backends: Backends::default(),
            known: Vec::new(),
            rising: 0,
            out: 0,
            attempts: Ledger::default(),
            deadlines: Deadlines::default(),
            layers: layers(knobs),
        }
    }

    /// A server comes, of this weight in parts.
    pub(super) fn add(&mut self, weight: u32) {
        self.backends.add(weight);
        self.known.push(Known {
            weight,
            ..Known::default()
        });
    }

    /// The rule at work.
    pub(in super::super) const fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// Takes another rule, which knows nothing yet.
    pub(super) fn choose(&mut self, knobs: &Knobs) {
        self.chosen = Chosen::of(knobs);
    }

    /// Tells the rule that something changed.
    pub(super) fn tell(&mut self) {
        self.chosen.rule().changed(&self.backends);
    }

    /// What it chooses from.
    pub(in super::super) const fn backends(&self) -> &Backends {
        &self.backends
    }

    /// What it has made out about a server.
    pub(in super::super) fn known(&self, server: usize) -> &Known {
        &self.known[server]
    }

    pub(super) fn known_mut(&mut self, server: usize) -> &mut Known {
        &mut self.known[server]
    }

    /// The table of Maglev’s rule.
    pub(in super::super) const fn table(&self) -> Option<&Maglev> {
        match &self.chosen {
            Chosen::Maglev(table) => Some(table),
            Chosen::Turns(_)
            | Chosen::Smooth(_)
            | Chosen::Row(_)
            | Chosen::Lots(_)
            | Chosen::Least(_)
            | Chosen::Fastest(_)
            | Chosen::Hash(_)
            | Chosen::Bounded(_) => None,
        }
    }

    /// Gives a server another whole weight.
    pub(super) fn weigh(&mut self, server: usize, weight: u32, knobs: &Knobs) {
        self.known[server].weight = weight;
        self.sync(server, knobs);
    }

    /// Lets the weight of a server rise from now on.
    pub(super) fn begin_slow_start(&mut self, server: usize, now: SimTime, knobs: &Knobs) {
        let known = &mut self.known[server];
        if !knobs.slow_start.is_zero() {
            self.rising += u32::from(known.rises_since.is_none());
            known.rises_since = Some(now);
            self.rise(now, knobs);
        }
    }

    /// Raises the weights that rise; whether any did.
    pub(super) fn rise(&mut self, now: SimTime, knobs: &Knobs) -> bool {
        if self.rising == 0 {
            return false;
        }
        let mut changed = false;
        for server in 0..self.known.len() {
            changed |= self.sync_weight(server, now, knobs);
        }
        changed
    }

    fn sync_weight(&mut self, server: usize, now: SimTime, knobs: &Knobs) -> bool {
        let known = &mut self.known[server];
        let mut weight = known.weight;
        if let Some(since) = known.rises_since {
            let whole = knobs.slow_start.as_nanos().max(1);
            let step = ((now - since).as_nanos().saturating_mul(STEPS) / whole).min(STEPS);
            weight = (u64::from(weight) * (step + 1) / (STEPS + 1)).max(1) as u32;
            if step == STEPS {
                known.rises_since = None;
                self.rising -= 1;
            }
        }
        if known.draining && !knobs.take_off {
            weight = 0;
        }
        self.backends.set_weight(server, weight)
    }

    /// Brings what the rule sees of a server in line with what is known; whether that changed
    /// anything.
    fn sync(&mut self, server: usize, knobs: &Knobs) -> bool {
        let known = &self.known[server];
        let left_out = known.down && knobs.heed_health || known.draining && knobs.take_off;
        let rises = known.rises_since.is_some();
        let opened = self.backends.set_open(server, !left_out);
        // What rises takes its next step with the next request.
        opened | (!rises && self.sync_weight(server, SimTime::ZERO, knobs))
    }

    /// It takes a server to be down, or no longer.
    pub(super) fn set_down(&mut self, server: usize, down: bool, knobs: &Knobs) {
        self.known[server].down = down;
        self.sync(server, knobs);
    }

    /// A server is to be drained, or no longer.
    pub(super) fn set_draining(&mut self, server: usize, draining: bool, knobs: &Knobs) {
        self.known[server].draining = draining;
        self.sync(server, knobs);
    }

    /// Takes over the loads that were posted.
    pub(super) fn read(&mut self, loads: &[u32]) {
        for (server, load) in loads.iter().enumerate() {
            self.backends.set_load(server, *load);
        }
    }

    /// The server for a request of this client.
    pub(super) fn pick(&mut self, key: u32, now: SimTime, random: &mut Random) -> Option<usize> {
        // The other rules do not ask whose request it is.
        let position = match &self.chosen {
            Chosen::Hash(_) | Chosen::Bounded(_) | Chosen::Maglev(_) => hash(&key.to_le_bytes()),
            Chosen::Turns(_)
            | Chosen::Smooth(_)
            | Chosen::Row(_)
            | Chosen::Lots(_)
            | Chosen::Least(_)
            | Chosen::Fastest(_) => 0,
        };
        let mut draw = |bound| random.below(bound);
        let ask = Ask { position, now };
        self.chosen.rule().pick(ask, &self.backends, &mut draw)
    }

    /// Another server for a request that one has not answered.
    pub(super) fn pick_another(&self, tried: usize, random: &mut Random) -> Option<usize> {
        another(&self.backends, tried, &mut |bound| random.below(bound))
    }

    /// The layers’ word on a new request.
    pub(super) fn begin(&mut self, now: SimTime) -> Option<Box<Progress>> {
        let has_layers = !self.layers.layers().is_empty();
        // None of them refuses.
        has_layers.then(|| Box::new(self.layers.begin(now).0))
    }

    /// The layers, and how far a request is through them.
    pub(super) fn ended(
        &mut self,
        attempt: &mut Attempt,
        ending: Ending,
        now: SimTime,
    ) -> crate::kernel::path::Step {
        match &mut attempt.progress {
            None => crate::kernel::path::Step::Return(ending),
            Some(progress) if ending == Ending::TimedOut => self.layers.timed_out(progress, now),
            Some(progress) => self.layers.ended(progress, ending, now),
        }
    }

    /// Sends a request out: its number, and the instant of an alarm if one is to be set.
    pub(super) fn send(&mut self, attempt: Attempt, knobs: &Knobs) -> (u32, Option<SimTime>) {
        let server = usize::from(attempt.server);
        self.known[server].out += 1;
        self.out += 1;
        if knobs.posted.is_zero() {
            self.backends.count(server, 1);
        }
        let due = attempt.progress.as_deref();
        let due = due.and_then(|progress| self.layers.deadline(progress));
        let number = self.attempts.open(attempt);
        let alarm = due.and_then(|due| self.deadlines.set(due, number));
        (number, alarm)
    }

    /// A request is waited for no longer; none when it was not before.
    pub(super) fn close(
        &mut self,
        number: u32,
        ending: Ending,
        now: SimTime,
        knobs: &Knobs,
    ) -> Option<Attempt> {
        let attempt = self.attempts.close(number)?;
        let server = usize::from(attempt.server);
        if ending == Ending::Answered {
            self.known[server].fails = 0;
        }
        if matches!(ending, Ending::Answered | Ending::TimedOut) {
            let took = now - attempt.sent;
            self.chosen.rule().answered(server, took, now);
        }
        if ending == Ending::Answered || knobs.count_failures {
            let known = &mut self.known[server];
            known.out = known.out.saturating_sub(1);
            self.out = self.out.saturating_sub(1);
            if knobs.posted.is_zero() {
                self.backends.count(server, -1);
            }
        }
        Some(attempt)
    }

    /// The instant of the next alarm, once everything overdue was taken.
    pub(super) fn after_alarm(&mut self) -> Option<SimTime> {
        let attempts = &self.attempts;
        self.deadlines
            .after_alarm(|number| attempts.get(number).is_some())
    }

    /// How many requests it counts as out.
    pub(in super::super) const fn counted_out(&self) -> usize {
        self.out as usize
    }

    /// How many requests it waits for.
    pub(in super::super) const fn waits_for(&self) -> usize {
        self.attempts.len()
    }

    /// A crash: it forgets everything but its configuration. Gives how much it had in hand.
    pub(super) fn forget(&mut self, knobs: &Knobs) -> usize {
        let lost = self.attempts.len();
        self.attempts.forget();
        self.deadlines.forget();
        self.choose(knobs);
        (self.rising, self.out) = (0, 0);
        for server in 0..self.known.len() {
            let known = &mut self.known[server];
            *known = Known {
                weight: known.weight,
                draining: known.draining,
                ..Known::default()
            };
            self.backends.set_load(server, 0);
            self.sync(server, knobs);
        }
        lost
    }
}
