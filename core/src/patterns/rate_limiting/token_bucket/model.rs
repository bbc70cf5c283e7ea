//! Clients, one limiter and the service behind it.
//!
//! The limiter decides with the buckets of [`algorithm`](super::algorithm); this file owns what is
//! around them: who asks when, what a refused client does, and whether the promises were kept.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::rc::Rc;

use super::algorithm::{Limit, Rate, TokenBucket, Tokens};
use super::buckets::Buckets;
use super::promises::{Ledger, PROPERTIES};
use super::steps::{Answered, Happening};
use super::watch::Watch;
use crate::kernel::trace::EventId;
use crate::kernel::workload::{Arrival, Keys, Shape, Trace, Workload};
use crate::patterns::rate_limiting::limiter::{Decision, Obstacle, Verdict};
use crate::prelude::*;
use crate::sorted::SortedMap;

/// The most clients that are told apart.
pub(super) const CLIENTS_MAX: u32 = 50;

/// A client that is refused without being told when to come back waits this long.
const UNTOLD_WAIT: Span = Span::from_secs(1);

/// To the store that keeps the buckets and back, where check and take are two steps.
const ROUND_TRIP: Span = Span::from_millis(200);

/// How often a timer pours, where requests do not.
const POUR_EVERY: Span = Span::from_secs(1);

crate::choices! {
    /// Whose bucket a request is taken from.
    pub(super) enum Scope {
        /// One bucket for all clients together.
        Shared = "shared", "One for all";
        /// A bucket for every client.
        PerClient = "per-client", "One per client";
    }
}

crate::choices! {
    /// How many tokens a request costs.
    pub(super) enum Costs {
        /// Every request costs one.
        One = "one", "Always one";
        /// Any number up to the largest cost is as likely.
        Uniform = "uniform", "One to the largest";
        /// Nine in ten cost one, the tenth costs the largest.
        Mixed = "mixed", "Mostly one, sometimes the largest";
    }
}

crate::choices! {
    /// What a client does when it is refused.
    pub(super) enum Retry {
        /// It drops the request.
        GiveUp = "give-up", "Give up";
        /// It sends nothing until the time it was told, then goes on at the announced rate.
        Obey = "obey", "Obey Retry-After";
        /// It tries again and again.
        Hammer = "hammer", "Hammer";
    }
}

crate::knobs! {
    /// What can be set.
    pub(super) struct Knobs {
        /// The most tokens a bucket holds: the largest burst that passes at once.
        capacity: u32 = 10, "Capacity", range(1, 1_000), unit("tokens"), live(), log(), group("Bucket");
        /// Tokens that flow in every second: the rate that passes for ever.
        rate: f64 = 5.0, "Refill", range(0.1, 1_000), unit("tokens/s"), live(), log(), group("Bucket");
        /// One bucket for all clients together, or one for each.
        scope: Scope = Scope::Shared, "Buckets", group("Bucket");
        /// Ignore a clock that steps back until it has caught up. Without it, elapsed time is an
        /// unsigned difference, and a step back looks like centuries.
        guard_clock: bool = true, "Guard against clock steps", safeguard(), group("Bucket");
        /// Start with empty buckets after a crash, since nobody knows what was spent before it.
        restart_empty: bool = true, "Restart with empty buckets", safeguard(), group("Bucket");
        /// Check the tokens and take them in one step. Without it the limiter reads the level from
        /// a store, decides, and takes the tokens a round trip later, whatever is there by then.
        atomic: bool = true, "Check and take in one step", safeguard(), group("Bucket");
        /// Count the refill up to the instant of each request. Without it a timer pours once a
        /// second what the second brought.
        lazy: bool = true, "Refill at each request", safeguard(), group("Bucket");
        /// Tell a refused client the wait to the nanosecond. Without it the wait is told in whole
        /// seconds, and an integer division rounds it down.
        exact_wait: bool = true, "Tell exact waits", safeguard(), group("Bucket");

        /// The shape of the traffic over time.
        shape: Shape = Shape::Poisson, "Traffic", group("Traffic");
        /// New requests per second, of all clients together.
        offered: f64 = 4.0, "Offered", range(0.0, 500), unit("requests/s"), live(), group("Traffic");
        /// How many clients send them.
        clients: u32 = 5, "Clients", range(1, 50), group("Traffic");
        /// How unequal the clients are: Zipf's exponent. At 0 all send alike.
        skew: f64 = 0.0, "Skew", range(0.0, 3.0), group("Traffic");
        /// How many tokens a request costs.
        cost: Costs = Costs::One, "Cost", live(), group("Traffic");
        /// The largest cost.
        cost_max: u32 = 5, "Largest cost", range(1, 100), unit("tokens"), live(), group("Traffic");
        /// Arrivals to play when the traffic is a pasted trace: time in seconds, client, cost.
        trace: Trace = Trace::default(), "Trace", group("Traffic");

        /// What a client does when it is refused.
        retry: Retry = Retry::GiveUp, "When refused", live(), group("Clients");
        /// How long a hammering client waits before it tries again.
        hammer: Span = Span::from_millis(250), "Hammer every", range(10, 10_000), unit("ms"), live(), group("Clients");
        /// How long after its first try a client gives a request up.
        patience: Span = Span::from_secs(10), "Patience", range(0, 600_000), unit("ms"), live(), group("Clients");
        /// How long a message travels one way.
        latency: Span = Span::from_millis(300), "Latency", range(0, 5_000), unit("ms"), group("Clients");
    }
}

crate::actions! {
    /// What a person can do.
    pub(super) enum Action {
        /// Lets a client send one request.
        Send {
            /// Which client, counting from 1.
            client: u32 = 1, "Client", range(1, 50);
            /// How many tokens it costs.
            cost: u32 = 1, "Cost", range(1, 1_000), unit("tokens");
        } = "send", "Send one";
        /// Lets a client send many requests at once.
        Burst {
            /// Which client, counting from 1.
            client: u32 = 1, "Client", range(1, 50);
            /// How many requests.
            size: u32 = 15, "Requests", range(1, 500);
        } = "burst", "Send a burst";
        /// Stops the refill: what is in the buckets is all there is.
        Freeze {} = "freeze", "Stop the refill";
        /// Lets the refill go on.
        Thaw {} = "thaw", "Resume the refill";
        /// Sets the limiter's clock back.
        StepBack {
            /// By how much.
            by: Span = Span::from_secs(5), "By", range(1, 3_600_000), unit("ms");
        } = "step-back", "Set the clock back";
    }
}

crate::metrics! {
    /// Requests let through per second.
    ADMITTED: Counter, "admitted", "Admitted", "requests";
    /// Tries refused per second, retries included.
    REFUSED: Counter, "refused", "Refused", "requests";
    /// Tries that reached the limiter, retries included.
    TRIES: Counter, "tries", "Tries", "requests";
    /// New requests, before any retry.
    OFFERED: Counter, "offered", "Offered", "requests";
    /// Tokens taken.
    SPENT: Counter, "spent", "Spent", "tokens";
    /// Requests that clients gave up.
    GIVEN_UP: Counter, "given-up", "Given up", "requests";
    /// Tokens in the bucket; with a bucket per client, on average over the clients.
    TOKENS: Gauge, "tokens", "Tokens", "tokens";
    /// Buckets that the limiter holds in memory.
    HELD: Gauge, "held", "Buckets held", "buckets";
    /// Time from a client's first try until the request is let through.
    DELAY: Histogram, "delay", "Delay until admitted", "s";
    /// The wait that a refused client is told.
    WAIT: Histogram, "wait", "Told to wait", "s";
}

/// A request, from its first try to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Request {
    /// Its number.
    pub(super) id: u64,
    /// Who sends it, counting from 0.
    pub(super) client: u16,
    /// How many tokens it costs.
    pub(super) cost: u32,
    /// When the client had it to send.
    pub(super) born: SimTime,
}

/// What happens in the model.
#[derive(Debug, Clone, Hash)]
pub(super) enum Occurrence {
    /// The traffic brings a new request. One scheduled before the traffic changed is void.
    Arrive {
        /// The request's time, key and cost.
        arrival: Arrival,
        /// How often the traffic had changed when this was scheduled.
        tuning: u32,
    },
    /// A try reaches the limiter.
    Try(Request),
    /// A request that was let through reaches the service.
    Serve(Request),
    /// A refusal reaches the client.
    Refuse {
        /// What was refused.
        request: Request,
        /// For how long, or why for ever.
        verdict: Verdict,
    },
    /// A client that waited sends the first of what it holds back.
    Wake {
        /// Which client.
        client: u16,
        /// Which of its waits is over: one that was prolonged since is void.
        wait: u32,
    },
    /// A hammering client tries once more.
    Again(Request),
    /// The tokens for a request that passed its check are taken.
    Take(Request),
}

impl Event for Occurrence {
    fn label(&self) -> Cow<'static, str> {
        let cost = |request: &Request| match request.cost {
            1 => Cow::Borrowed(""),
            cost => Cow::Owned(cost.to_string()),
        };
        match self {
            Self::Arrive { .. } => "new request".into(),
            Self::Try(request) | Self::Serve(request) => cost(request),
            // The wait stands in the answer: five of them side by side could not be read.
            Self::Refuse { .. } => "".into(),
            Self::Wake { .. } => "wait over".into(),
            Self::Again(_) => "again".into(),
            Self::Take(_) => "take".into(),
        }
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Arrive { .. }
            | Self::Try(_)
            | Self::Wake { .. }
            | Self::Again(_)
            | Self::Take(_) => Tone::Active,
            Self::Serve(_) => Tone::Good,
            Self::Refuse { .. } => Tone::Refused,
        }
    }
}

/// A client and what it holds back.
#[derive(Debug, Clone)]
pub(super) struct Client {
    /// Its name.
    pub(super) name: Rc<str>,
    /// Its place in the network.
    pub(super) node: NodeId,
    /// Requests held back, oldest first.
    pub(super) waiting: VecDeque<Request>,
    /// From when until about when it holds requests back, while it does.
    pub(super) silence: Option<(SimTime, SimTime)>,
    /// How many waits it has begun.
    waits: u32,
    /// Tries that were refused.
    pub(super) refused: u64,
    /// Requests that were let through.
    pub(super) admitted: u64,
}

/// The latest answer of the limiter, kept for the promises and for the picture.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// What was asked.
    pub(super) request: Request,
    /// When, by the limiter's time.
    pub(super) now: SimTime,
    /// Up to when its bucket was filled.
    pub(super) at: SimTime,
    /// The tokens that were due, poured or not.
    pub(super) due: Tokens,
    /// The bucket afterwards.
    pub(super) after: TokenBucket,
    /// What was decided.
    pub(super) decision: Decision,
    /// The event that asked.
    pub(super) event: EventId,
}

/// Clients, limiter and service.
#[derive(Debug, Clone)]
pub(super) struct Limited {
    /// The settings in force.
    pub(super) knobs: Knobs,
    /// The limiter's place in the network.
    pub(super) limiter: NodeId,
    /// The service's place in the network.
    pub(super) service: NodeId,
    /// Who sends requests.
    pub(super) clients: Vec<Client>,
    /// The limiter's buckets.
    pub(super) buckets: Buckets,
    /// Where a timer pours: the same buckets, had they been refilled at each request.
    due: Option<Buckets>,
    /// Whether the refill is stopped.
    pub(super) frozen: bool,
    /// Whether the limiter is down.
    pub(super) down: bool,
    /// The latest answer.
    pub(super) answer: Option<Answer>,
    /// The latest answers, oldest first: whether each was an admission.
    pub(super) answers: VecDeque<bool>,
    /// Requests the service has got.
    pub(super) served: u64,
    /// Requests that passed the check and for which nothing has been taken yet.
    pub(super) untaken: u64,
    watch: Watch,
    /// The latest time that the limiter's clock has shown since it started.
    latest: SimTime,
    pub(super) ledgers: SortedMap<u16, Ledger>,
    traffic: Workload,
    tuning: u32,
    keys: Keys,
    /// Clients of a trace by the names it gives them.
    by_name: Rc<SortedMap<Rc<str>, u16>>,
    requests: u64,
}

/// How many of the latest answers are kept for the picture.
pub(super) const ANSWERS_KEPT: usize = 48;

impl Simulation for Limited {
    type Event = Occurrence;
    type Knobs = Knobs;
    type Action = Action;
    type Step = Happening;

    fn start(knobs: &Knobs, cx: &mut Context<'_, Self>) -> Self {
        let names = client_names(knobs);
        let clients: Vec<Client> = names.iter().map(|name| Client::new(name, cx)).collect();
        let limiter = cx.add_node("Limiter");
        let service = cx.add_node("Service");
        cx.network().set_default_profile(LinkProfile {
            latency: Duration::Constant(knobs.latency),
            ..LinkProfile::default()
        });
        let mut by_name = SortedMap::new();
        for (index, name) in (0..).zip(&names) {
            by_name.insert(name.clone(), index);
        }
        let mut model = Self {
            limiter,
            service,
            keys: Keys::new(clients.len() as u32, knobs.skew),
            clients,
            buckets: Buckets::full(knobs.scope, limit_of(knobs), SimTime::ZERO),
            due: (!knobs.lazy).then(|| Buckets::full(knobs.scope, limit_of(knobs), SimTime::ZERO)),
            frozen: false,
            down: false,
            answer: None,
            answers: VecDeque::new(),
            served: 0,
            untaken: 0,
            watch: Watch::start(knobs.guard_clock, SimTime::ZERO),
            latest: SimTime::ZERO,
            ledgers: SortedMap::new(),
            traffic: Workload::new(knobs.shape, knobs.offered).with_trace(knobs.trace.clone()),
            tuning: 0,
            by_name: Rc::new(by_name),
            requests: 0,
            knobs: knobs.clone(),
        };
        model.measure(cx);
        model.expect_next(cx);
        model
    }

    fn on_event(&mut self, event: Occurrence, cx: &mut Context<'_, Self>) {
        match event {
            Occurrence::Arrive { arrival, tuning } => {
                if tuning == self.tuning {
                    self.arrive(&arrival, cx);
                    self.expect_next(cx);
                }
            }
            Occurrence::Try(request) => self.decide(request, cx),
            Occurrence::Serve(_) => self.served += 1,
            Occurrence::Refuse { request, verdict } => self.be_refused(request, verdict, cx),
            Occurrence::Wake { client, wait } => {
                if wait == self.clients[usize::from(client)].waits {
                    self.wake(client, cx);
                }
            }
            Occurrence::Again(request) => self.send(request, cx),
            Occurrence::Take(request) => self.take(request, cx),
        }
        self.measure(cx);
    }

    fn on_action(&mut self, action: Action, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        match action {
            Action::Send { client, cost } => self.submit_by_hand(client, 1, cost, cx)?,
            Action::Burst { client, size } => self.submit_by_hand(client, size, 1, cx)?,
            Action::Freeze {} => self.set_frozen(true, cx)?,
            Action::Thaw {} => self.set_frozen(false, cx)?,
            Action::StepBack { by } => {
                let (limiter, now) = (self.limiter, cx.now());
                let millis = (by.as_nanos() / 1_000_000) as i64;
                cx.network().skew(limiter, now, -millis, 100);
                self.tell_clock_set(-millis, cx);
            }
        }
        Ok(())
    }

    fn on_knobs(&mut self, knobs: &Knobs, cx: &mut Context<'_, Self>) {
        let retuned = knobs.offered != self.knobs.offered;
        let old = limit_of(&self.knobs);
        self.knobs = knobs.clone();
        if limit_of(knobs) != old {
            self.put_in_force(cx);
            let Knobs { capacity, rate, .. } = *knobs;
            cx.say(Happening::LimitSet { capacity, rate });
        }
        if retuned {
            self.tuning += 1;
            self.traffic.retune(knobs.shape, knobs.offered, cx.now());
            self.expect_next(cx);
        }
    }

    fn on_fault(&mut self, fault: &Fault, cx: &mut Context<'_, Self>) {
        if let Fault::Skew {
            node, offset_ms, ..
        } = *fault
            && node == self.limiter
            && offset_ms < 0
        {
            self.tell_clock_set(offset_ms, cx);
        }
    }

    fn on_crash(&mut self, node: NodeId, _: &mut Context<'_, Self>) {
        if node == self.limiter {
            self.down = true;
        } else if let Some(client) = self.clients.get_mut(usize::from(node.0)) {
            // The clients are the first nodes.
            client.waiting.clear();
            client.silence = None;
        }
    }

    fn on_restart(&mut self, node: NodeId, cx: &mut Context<'_, Self>) {
        if node == self.limiter {
            self.restart(cx);
        }
    }

    fn metrics() -> &'static [MetricSpec] {
        METRICS
    }

    fn properties() -> &'static [Property<Self>] {
        PROPERTIES
    }

    fn scene(&self, world: &World<Occurrence>, scene: &mut SceneBuilder) {
        super::scene::draw(self, world, scene);
    }
}

impl Limited {
    /// The limit in force.
    pub(super) fn limit(&self) -> Limit {
        self.buckets.limit()
    }

    /// The limiter's time now.
    pub(super) fn limiter_time(&self, world: &World<Occurrence>) -> SimTime {
        self.watch
            .read(world.network().clock(self.limiter, world.now()))
    }

    /// Up to when the buckets are filled at an instant of the limiter's time. A timer that pours
    /// for every second at its end is a clock that shows whole seconds only.
    pub(super) fn poured(&self, time: SimTime) -> SimTime {
        let since = match self.knobs.lazy {
            true => 0,
            false => time.as_nanos() % POUR_EVERY.as_nanos(),
        };
        time - Span::from_nanos(since)
    }

    /// The tokens of a client's bucket when it is filled up to an instant.
    pub(super) fn tokens(&self, client: u16, at: SimTime) -> Tokens {
        self.buckets.tokens(at, client)
    }

    /// How far the limiter's clock is behind the latest time it has shown.
    pub(super) fn clock_lag(&self, world: &World<Occurrence>) -> Span {
        self.latest - world.network().clock(self.limiter, world.now())
    }

    /// How a bucket is spoken of.
    pub(super) fn bucket_name(&self, client: u16) -> String {
        match &self.buckets {
            Buckets::Shared(_) => "The bucket".to_owned(),
            Buckets::PerClient(_) => format!("The bucket of {}", self.name(client)),
        }
    }

    /// A client's name.
    pub(super) fn name(&self, client: u16) -> Rc<str> {
        self.clients[usize::from(client)].name.clone()
    }

    /// Schedules the next arrival of the traffic.
    fn expect_next(&mut self, cx: &mut Context<'_, Self>) {
        if let Some(arrival) = self.traffic.next(cx.rng(Stream::ARRIVALS)) {
            let tuning = self.tuning;
            cx.schedule_at(arrival.at, Occurrence::Arrive { arrival, tuning });
        }
    }

    fn arrive(&mut self, arrival: &Arrival, cx: &mut Context<'_, Self>) {
        let client = match &arrival.key {
            Some(key) => self.by_name.get(key).copied().unwrap_or(self.others()),
            None if self.knobs.shape == Shape::Trace => 0,
            None => self.keys.next(cx.rng(Stream::KEYS)) as u16,
        };
        let cost = match self.knobs.shape {
            Shape::Trace => arrival.cost,
            Shape::Constant | Shape::Poisson | Shape::Bursts | Shape::Ramp | Shape::Diurnal => {
                self.draw_cost(cx)
            }
        };
        self.submit(client, cost, cx);
    }

    /// The client that stands for all beyond the most that are told apart.
    fn others(&self) -> u16 {
        (self.clients.len() - 1) as u16
    }

    fn draw_cost(&self, cx: &mut Context<'_, Self>) -> u32 {
        let most = self.knobs.cost_max;
        // One draw whatever the law, so that changing it leaves later costs in step.
        let draw = cx.rng(Stream::named("costs")).unit();
        match self.knobs.cost {
            Costs::One => 1,
            Costs::Uniform => 1 + (draw * f64::from(most)) as u32,
            Costs::Mixed if draw < 0.9 => 1,
            Costs::Mixed => most,
        }
    }

    fn submit_by_hand(
        &mut self,
        client: u32,
        size: u32,
        cost: u32,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Refusal> {
        let count = self.clients.len();
        let index = client as usize - 1;
        if index >= count {
            return Err(
                format!("There is no client {client}: choose one from 1 to {count}.").into(),
            );
        }
        let node = self.clients[index].node;
        if !cx.world().network().is_up(node) {
            return Err(format!(
                "{} is not running: restart it first.",
                self.clients[index].name
            )
            .into());
        }
        for _ in 0..size {
            self.submit(index as u16, cost, cx);
        }
        if size > 1 {
            let who = self.name(index as u16);
            cx.say(Happening::Burst { who, size, node });
        }
        Ok(())
    }

    /// A client has a new request to send.
    fn submit(&mut self, client: u16, cost: u32, cx: &mut Context<'_, Self>) {
        let sender = &mut self.clients[usize::from(client)];
        if !cx.world().network().is_up(sender.node) {
            return;
        }
        self.requests += 1;
        let request = Request {
            id: self.requests,
            client,
            cost,
            born: cx.now(),
        };
        cx.count(OFFERED, 1);
        if sender.silence.is_some() && self.knobs.retry == Retry::Obey {
            sender.waiting.push_back(request);
        } else {
            self.send(request, cx);
        }
    }

    fn send(&self, request: Request, cx: &mut Context<'_, Self>) {
        let from = self.clients[usize::from(request.client)].node;
        cx.send(from, self.limiter, Occurrence::Try(request));
    }

    /// The limiter's time as it acts.
    fn read_clock(&mut self, cx: &Context<'_, Self>) -> SimTime {
        let reading = cx.clock(self.limiter);
        self.latest = self.latest.max(reading);
        self.watch.advance(reading)
    }

    /// The limiter decides, or checks and takes later.
    fn decide(&mut self, request: Request, cx: &mut Context<'_, Self>) {
        let now = self.read_clock(cx);
        let at = self.poured(now);
        let before = self.tokens(request.client, at);
        if !self.knobs.atomic && u64::from(request.cost) <= before.whole() {
            self.untaken += 1;
            cx.timer(self.limiter, ROUND_TRIP, Occurrence::Take(request));
            cx.say(Happening::Checked {
                who: self.name(request.client),
                cost: request.cost,
                before,
                node: self.limiter,
            });
            return;
        }
        let due = match &self.due {
            None => before,
            Some(due) => due.tokens(now, request.client),
        };
        let decision = self.buckets.decide(at, request.client, request.cost.into());
        let decision = match self.knobs.exact_wait {
            true => decision,
            false => decision.in_whole_seconds(),
        };
        self.conclude(request, now, (before, due), decision, cx);
    }

    /// What was checked a round trip ago is taken: somebody else may have been faster.
    fn take(&mut self, request: Request, cx: &mut Context<'_, Self>) {
        self.untaken = self.untaken.saturating_sub(1);
        let now = self.read_clock(cx);
        let at = self.poured(now);
        let before = self.tokens(request.client, at);
        self.buckets.charge(at, request.client, request.cost.into());
        // Nothing more is asked for: how the bucket stands after it.
        let decision = self.buckets.decide(at, request.client, 0);
        self.conclude(request, now, (before, before), decision, cx);
    }

    fn conclude(
        &mut self,
        request: Request,
        now: SimTime,
        (before, due): (Tokens, Tokens),
        decision: Decision,
        cx: &mut Context<'_, Self>,
    ) {
        self.enter(&request, decision.is_admitted());
        cx.count(TRIES, 1);
        if decision.is_admitted() {
            if let Some(due) = &mut self.due {
                due.charge(now, request.client, request.cost.into());
            }
            self.admit(request, cx);
        } else {
            self.refuse(request, decision.verdict, cx);
        }
        let ran_dry = !decision.is_admitted() && self.answers.back() == Some(&true);
        self.remember(decision.is_admitted());
        let at = self.poured(now);
        let after = self.buckets.bucket(request.client);
        cx.say(Happening::Decided(Answered {
            who: self.name(request.client),
            cost: request.cost,
            decision,
            before,
            due,
            after: after.tokens(at),
            atomic: self.knobs.atomic,
            exact_wait: self.knobs.exact_wait,
            ran_dry,
            node: self.limiter,
        }));
        self.answer = Some(Answer {
            request,
            now,
            at,
            due,
            after,
            decision,
            event: cx.event(),
        });
    }

    /// Enters a decision in the ledger of its bucket.
    fn enter(&mut self, request: &Request, admitted: bool) {
        let limit = self.limit();
        let key = match self.buckets {
            Buckets::Shared(_) => 0,
            Buckets::PerClient(_) => request.client,
        };
        let ledger = self.ledgers.entry(key).or_default();
        ledger.pass(&limit, self.latest);
        if admitted {
            ledger.admit(&limit, request.cost);
        }
    }

    fn remember(&mut self, admitted: bool) {
        if self.answers.len() == ANSWERS_KEPT {
            self.answers.pop_front();
        }
        self.answers.push_back(admitted);
    }

    fn admit(&mut self, request: Request, cx: &mut Context<'_, Self>) {
        self.clients[usize::from(request.client)].admitted += 1;
        cx.count(ADMITTED, 1);
        cx.count(SPENT, request.cost.into());
        cx.observe(DELAY, (cx.now() - request.born).as_secs_f64());
        cx.send(self.limiter, self.service, Occurrence::Serve(request));
    }

    fn refuse(&mut self, request: Request, verdict: Verdict, cx: &mut Context<'_, Self>) {
        let client = &mut self.clients[usize::from(request.client)];
        client.refused += 1;
        cx.count(REFUSED, 1);
        if let Verdict::Refused { retry_after } = verdict {
            cx.observe(WAIT, retry_after.as_secs_f64());
        }
        cx.send(
            self.limiter,
            client.node,
            Occurrence::Refuse { request, verdict },
        );
    }

    /// A client hears that it was refused.
    fn be_refused(&mut self, request: Request, verdict: Verdict, cx: &mut Context<'_, Self>) {
        let wait = match (self.knobs.retry, verdict) {
            (Retry::GiveUp, _) | (_, Verdict::Never(Obstacle::CostAboveLimit { .. })) => None,
            (Retry::Hammer, _) => Some(self.knobs.hammer),
            (Retry::Obey, Verdict::Refused { retry_after }) => Some(retry_after),
            (Retry::Obey, Verdict::Never(Obstacle::RefillStopped) | Verdict::Admitted) => {
                Some(UNTOLD_WAIT)
            }
        };
        let deadline = request.born + self.knobs.patience;
        let Some(wait) = wait.filter(|wait| cx.now() + *wait <= deadline) else {
            self.give_up(request, cx);
            return;
        };
        let client = &mut self.clients[usize::from(request.client)];
        if self.knobs.retry == Retry::Hammer {
            cx.timer(client.node, wait, Occurrence::Again(request));
            return;
        }
        let rank = client
            .waiting
            .partition_point(|other| other.id < request.id);
        client.waiting.insert(rank, request);
        if client
            .silence
            .is_none_or(|(_, until)| until < cx.now() + wait)
        {
            let (who, held, node) = (client.name.clone(), client.waiting.len(), client.node);
            cx.say(Happening::Waits {
                who,
                wait,
                held,
                node,
            });
            self.fall_silent(request.client, wait, cx);
        }
    }

    /// A client holds back what it has to send for a while; an earlier wait is void.
    fn fall_silent(&mut self, client: u16, wait: Span, cx: &mut Context<'_, Self>) {
        let sender = &mut self.clients[usize::from(client)];
        sender.waits += 1;
        sender.silence = Some((cx.now(), cx.now() + wait));
        cx.timer(
            sender.node,
            wait,
            Occurrence::Wake {
                client,
                wait: sender.waits,
            },
        );
    }

    /// A client whose wait is over sends one request, and the next at the announced rate.
    fn wake(&mut self, client: u16, cx: &mut Context<'_, Self>) {
        let sender = &mut self.clients[usize::from(client)];
        sender.silence = None;
        let latest = cx.now() - self.knobs.patience;
        let stale = sender
            .waiting
            .partition_point(|request| request.born < latest);
        let abandoned: Vec<Request> = sender.waiting.drain(..stale).collect();
        let next = sender.waiting.pop_front();
        for request in abandoned {
            self.give_up(request, cx);
        }
        if let Some(request) = next {
            self.send(request, cx);
            let pace = self.limit().time_for(request.cost.into());
            self.fall_silent(client, pace.unwrap_or(UNTOLD_WAIT), cx);
        }
    }

    fn give_up(&self, request: Request, cx: &mut Context<'_, Self>) {
        cx.count(GIVEN_UP, 1);
        let client = &self.clients[usize::from(request.client)];
        let (who, node) = (client.name.clone(), client.node);
        let after = cx.now() - request.born;
        cx.say(Happening::GaveUp { who, after, node });
    }

    fn set_frozen(&mut self, frozen: bool, cx: &mut Context<'_, Self>) -> Result<(), Refusal> {
        if self.frozen == frozen {
            let reason = if frozen {
                "The refill is stopped already."
            } else {
                "The refill is running."
            };
            return Err(reason.into());
        }
        self.frozen = frozen;
        self.put_in_force(cx);
        cx.say(if frozen {
            Happening::Frozen
        } else {
            Happening::Thawed
        });
        Ok(())
    }

    /// Puts the limit that knobs and refill ask for in force from now on.
    fn put_in_force(&mut self, cx: &mut Context<'_, Self>) {
        let now = self.read_clock(cx);
        let at = self.poured(now);
        let (old, new) = (self.limit(), self.limit_wanted());
        for ledger in self.ledgers.values_mut() {
            ledger.pass(&old, self.latest);
            ledger.change(&old, &new);
        }
        self.buckets.set_limit(at, new);
        if let Some(due) = &mut self.due {
            due.set_limit(now, new);
        }
    }

    fn limit_wanted(&self) -> Limit {
        let limit = limit_of(&self.knobs);
        if self.frozen { limit.frozen() } else { limit }
    }

    /// The limiter starts again and knows nothing of what it admitted before.
    fn restart(&mut self, cx: &mut Context<'_, Self>) {
        let reading = cx.clock(self.limiter);
        let limit = self.limit_wanted();
        self.down = false;
        self.untaken = 0;
        self.watch = Watch::start(self.knobs.guard_clock, reading);
        self.latest = reading;
        for ledger in self.ledgers.values_mut() {
            // Time that passed before the restart is not counted: the clock may have been set.
            ledger.at = reading;
        }
        self.buckets = if self.knobs.restart_empty {
            Buckets::empty(self.knobs.scope, limit, reading)
        } else {
            Buckets::full(self.knobs.scope, limit, reading)
        };
        self.due = (!self.knobs.lazy).then(|| self.buckets.clone());
        self.answer = None;
        cx.say(Happening::Restarted {
            empty: self.knobs.restart_empty,
            node: self.limiter,
        });
    }

    fn tell_clock_set(&self, offset_ms: i64, cx: &mut Context<'_, Self>) {
        cx.say(Happening::ClockSet {
            back: Span::from_millis(offset_ms.unsigned_abs()),
            guarded: self.knobs.guard_clock,
            node: self.limiter,
        });
    }

    fn measure(&self, cx: &mut Context<'_, Self>) {
        let at = self.poured(self.limiter_time(cx.world()));
        let tokens: f64 = match &self.buckets {
            Buckets::Shared(bucket) => bucket.tokens(at).as_f64(),
            Buckets::PerClient(buckets) => {
                let count = self.clients.len() as u16;
                let sum: f64 = (0..count)
                    .map(|key| buckets.tokens(at, &key).as_f64())
                    .sum();
                sum / f64::from(count)
            }
        };
        cx.gauge(TOKENS, tokens);
        cx.gauge(HELD, self.buckets.held() as f64);
    }
}

impl Client {
    fn new(name: &Rc<str>, cx: &mut Context<'_, Limited>) -> Self {
        Self {
            name: name.clone(),
            node: cx.add_node(name.as_ref()),
            waiting: VecDeque::new(),
            silence: None,
            waits: 0,
            refused: 0,
            admitted: 0,
        }
    }
}

/// The limit that the knobs ask for. The rate is stated in thousandths of a token, per the same
/// period always, so that a change of rate converts without loss.
fn limit_of(knobs: &Knobs) -> Limit {
    let thousandths = (knobs.rate * 1_000.0).round() as u64;
    let limit = Rate::new(thousandths, Span::from_secs(1_000))
        .and_then(|rate| Limit::new(knobs.capacity.into(), rate));
    let Ok(limit) = limit else {
        unreachable!("capacities up to thousands fit a period of a thousand seconds");
    };
    limit
}

/// The clients' names: numbers, or the keys of a trace in the order of their first arrival.
fn client_names(knobs: &Knobs) -> Vec<Rc<str>> {
    let mut names: Vec<Rc<str>> = Vec::new();
    if knobs.shape == Shape::Trace {
        for key in knobs
            .trace
            .arrivals()
            .iter()
            .filter_map(|arrival| arrival.key.as_ref())
        {
            if names.len() == CLIENTS_MAX as usize {
                names[CLIENTS_MAX as usize - 1] = "others".into();
                break;
            }
            if !names.contains(key) {
                names.push(key.clone());
            }
        }
        if names.is_empty() {
            names.push("Client 1".into());
        }
        return names;
    }
    (1..=knobs.clients)
        .map(|number| format!("Client {number}").into())
        .collect()
}
