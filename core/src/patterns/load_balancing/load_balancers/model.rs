//! Clients, balancers and servers, and the way of a request between them.
//!
//! A call goes from the clients to a balancer, which gives it to a server by its rule and waits for
//! the answer; that goes back the same way. How a balancer decides stands in
//! [`algorithm`](super::algorithm); what it knows and counts, in [`balancer`].

pub(super) mod balancer;

use std::borrow::Cow;

use super::algorithm::Maglev;
use super::knobs::{
    ANSWERED, AT_SERVERS, Action, CALLS, FAILED, GIVEN_UP, HIGHEST, Knobs, LATE, LATENCY, METRICS,
    MOVED, NEEDLESS, RETRIED, Rule, SERVERS, SLOWED,
};
use super::promises::{PROMISES, Watch};
use super::scene;
use super::steps::{Change, Pick, Step, Trouble};
use crate::kernel::path::{
    self, Board, CallId, Client, Ending, Pool, Queue, Server, Standing, Taken, WarmUp,
};
use crate::kernel::trace::EventId;
use crate::kernel::workload::{Keys, Workload};
use crate::prelude::*;
use balancer::{Attempt, Balancer};

/// The clients’ node.
pub(super) const CLIENTS: NodeId = NodeId(0);
/// Most servers at a time.
pub(super) const MOST_SERVERS: usize = 64;

/// With more calls per second than this not every one is told of: nobody could read that.
const MOST_TOLD: f64 = 300.0;
/// So many turns are remembered: three cycles of seven.
pub(super) const TURNS: usize = 21;

/// So many answers are the latest.
const LATELY: f64 = 40.0;

/// Which balancer a client’s call goes to.
const BALANCERS: Stream = Stream::named("balancers");
/// What balancers draw.
const DICE: Stream = Stream::named("dice");
/// What calls ask that are made by hand.
const BY_HAND: Stream = Stream::named("by-hand");

/// A request at a server: who waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) balancer: u16,
    pub(super) attempt: u32,
}

/// Something that happens.
#[derive(Debug, Clone, Hash)]
pub(super) enum Event {
    /// The next call of the traffic is due; of the series that began last.
    Arrive {
        /// Which series.
        series: u32,
    },
    /// A call reaches a balancer.
    Request {
        /// Which balancer.
        balancer: u16,
        /// Its number.
        call: u32,
        /// Whose it is.
        key: u32,
        /// How much work it is.
        work: Span,
    },
    /// A request reaches a server.
    Task {
        /// Which server.
        server: u16,
        /// From which balancer.
        balancer: u16,
        /// Its number there.
        attempt: u32,
        /// How much work it is.
        work: Span,
    },
    /// A worker is done.
    Done {
        /// Which server’s.
        server: u16,
        /// Which worker.
        worker: u16,
    },
    /// A server’s answer reaches a balancer.
    Reply {
        /// Which balancer.
        balancer: u16,
        /// The number of the request there.
        attempt: u32,
        /// What the server says.
        ending: Ending,
    },
    /// An answer reaches the clients.
    Answer {
        /// The number of the call.
        call: u32,
        /// What it says.
        ending: Ending,
    },
    /// Somebody’s patience ends.
    GiveUp,
    /// A balancer has waited for long enough.
    Overdue {
        /// Which balancer.
        balancer: u16,
    },
    /// A server that was left out is to be tried again.
    TryAgain {
        /// By which balancer.
        balancer: u16,
        /// Which server.
        server: u16,
    },
    /// The loads of all servers are posted.
    Post,
}

impl crate::simulation::Event for Event {
    fn label(&self) -> Cow<'static, str> {
        match self {
            // Thousands may be drawn in every frame: no words of their own.
            Self::Request { .. } => Cow::Borrowed("call"),
            Self::Task { .. } => Cow::Borrowed("request"),
            Self::Reply { ending, .. } | Self::Answer { ending, .. } => {
                Cow::Borrowed(word(*ending))
            }
            Self::Done { .. } => Cow::Borrowed("done"),
            Self::GiveUp => Cow::Borrowed("gives up"),
            Self::Overdue { .. } => Cow::Borrowed("timeout"),
            Self::TryAgain { .. } => Cow::Borrowed("try again"),
            Self::Post => Cow::Borrowed("loads"),
            Self::Arrive { .. } => Cow::Borrowed(""),
        }
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Reply { ending, .. } | Self::Answer { ending, .. } => match ending {
                Ending::Answered => Tone::Good,
                Ending::Refused => Tone::Refused,
                Ending::TimedOut | Ending::Cancelled => Tone::Failed,
            },
            Self::GiveUp | Self::Overdue { .. } => Tone::Failed,
            Self::TryAgain { .. } => Tone::Pending,
            Self::Arrive { .. }
            | Self::Request { .. }
            | Self::Task { .. }
            | Self::Done { .. }
            | Self::Post => Tone::Active,
        }
    }
}

const fn word(ending: Ending) -> &'static str {
    match ending {
        Ending::Answered => "answer",
        Ending::Refused => "no",
        Ending::TimedOut | Ending::Cancelled => "error",
    }
}

/// The machine.
#[derive(Debug, Clone)]
pub(super) struct Model {
    knobs: Knobs,
    client: Client,
    series: u32,
    balancers: Vec<Balancer>,
    pool: Pool<Task>,
    /// The node of each server.
    nodes: Vec<NodeId>,
    /// The event that made each server what it is.
    because: Vec<EventId>,
    board: Board,
    /// Requests at the servers.
    at_servers: usize,
    highest: usize,
    /// The mean time of the latest answers, in seconds: every new one counts for a part of
    /// [`LATELY`].
    lately: f64,
    /// Who got the latest requests, and how many there were in all.
    turns: ([u8; TURNS], usize),
    watch: Watch,
}

type Cx<'a> = Context<'a, Model>;

impl Simulation for Model {
    type Event = Event;
    type Knobs = Knobs;
    type Action = Action;
    type Step = Step;

    fn start(knobs: &Knobs, cx: &mut Cx<'_>) -> Self {
        cx.network().set_default_profile(knobs.profile());
        cx.add_node("Clients");
        let balancers = (1..=knobs.balancers).map(|number| {
            let name = match knobs.balancers {
                1 => "Balancer".to_owned(),
                _ => format!("Balancer {number}"),
            };
            Balancer::new(cx.add_node(name), knobs)
        });
        let balancers: Vec<Balancer> = balancers.collect();
        let workload =
            Workload::new(knobs.shape, knobs.rate_in_all()).with_trace(knobs.trace.clone());
        let mut client = Client::new(
            workload,
            Keys::new(knobs.clients, knobs.zipf),
            knobs.law.with_mean(knobs.work),
        );
        client.patience = knobs.gives_up.then_some(knobs.patience);
        let mut model = Self {
            client,
            series: 0,
            watch: Watch::of(balancers.len()),
            balancers,
            pool: Pool::default(),
            nodes: Vec::new(),
            because: Vec::new(),
            board: Board::default(),
            at_servers: 0,
            highest: 0,
            lately: 0.0,
            turns: ([0; TURNS], 0),
            knobs: knobs.clone(),
        };
        for server in 0..knobs.servers {
            let is_strong = server < knobs.strong;
            model.add(if is_strong { knobs.strength } else { 1 }, cx);
        }
        for balancer in 0..model.balancers.len() {
            model.changed(balancer, cx);
        }
        model.schedule_arrival(cx);
        if !knobs.posted.is_zero() {
            cx.schedule(Span::ZERO, Event::Post);
        }
        model
    }

    fn on_event(&mut self, event: Event, cx: &mut Cx<'_>) {
        match event {
            Event::Arrive { series } => {
                if series == self.series {
                    let key = self.client.keys.next(cx.rng(Stream::KEYS));
                    let work = self.client.work.sample(cx.rng(Stream::SERVICE));
                    self.call(key, work, cx);
                    self.schedule_arrival(cx);
                }
            }
            Event::Request {
                balancer,
                call,
                key,
                work,
            } => self.on_request(balancer, CallId(call), key, work, cx),
            Event::Task {
                server,
                balancer,
                attempt,
                work,
            } => self.on_task(server, Task { balancer, attempt }, work, cx),
            Event::Done { server, worker } => self.on_done(server, worker, cx),
            Event::Reply {
                balancer,
                attempt,
                ending,
            } => self.on_reply(balancer, attempt, ending, cx),
            Event::Answer { call, ending } => self.on_answer(CallId(call), ending, cx),
            Event::GiveUp => self.give_up(cx),
            Event::Overdue { balancer } => self.overdue(balancer, cx),
            Event::TryAgain { balancer, server } => self.try_again(balancer, server, cx),
            Event::Post => self.post(cx),
        }
    }

    fn on_action(&mut self, action: Action, cx: &mut Cx<'_>) -> Result<(), Refusal> {
        match action {
            Action::Send { requests } => {
                change(CLIENTS, || Change::Burst(requests), cx);
                for _ in 0..requests {
                    let random = cx.rng(BY_HAND);
                    let key = self.client.keys.next(random);
                    let work = self.client.work.sample(random);
                    self.call(key, work, cx);
                }
            }
            Action::Pace { server, percent } => {
                let server = self.number(server)?;
                self.pool[server].pace.speed_percent = percent;
                self.because[server] = cx.event();
                let slow = self
                    .pool
                    .iter()
                    .filter(|server| server.pace.speed_percent < 100);
                cx.gauge(SLOWED, slow.count() as f64);
                let paced = Change::Paced { server, percent };
                change(self.nodes[server], || paced, cx);
            }
            Action::Drain { server } => {
                let server = self.number(server)?;
                self.drain(server, cx)?;
            }
            Action::Return { server } => {
                let server = self.number(server)?;
                self.put_back(server, cx)?;
            }
            Action::Add { strength } => {
                if self.pool.len() >= MOST_SERVERS {
                    let refusal =
                        format!("There is room for {MOST_SERVERS} servers: start anew with fewer.");
                    return Err(refusal.into());
                }
                let server = self.add(strength, cx);
                self.warm_up(server, cx.now());
                for balancer in 0..self.balancers.len() {
                    self.balancers[balancer].begin_slow_start(server, cx.now(), &self.knobs);
                    self.changed(balancer, cx);
                }
                let cold = self.knobs.cold;
                change(self.nodes[server], || Change::Added { server, cold }, cx);
            }
            Action::Weigh { server, weight } => {
                let server = self.number(server)?;
                for balancer in 0..self.balancers.len() {
                    let parts = weight * Knobs::PARTS;
                    self.balancers[balancer].weigh(server, parts, &self.knobs);
                    self.changed(balancer, cx);
                }
                change(
                    self.nodes[server],
                    || Change::Weighed { server, weight },
                    cx,
                );
            }
        }
        Ok(())
    }

    fn on_knobs(&mut self, knobs: &Knobs, cx: &mut Cx<'_>) {
        let before = std::mem::replace(&mut self.knobs, knobs.clone());
        let traffic = |knobs: &Knobs| (knobs.shape, knobs.rate, knobs.trace.clone());
        if traffic(&before) != traffic(knobs) {
            let workload = &mut self.client.workload;
            *workload = workload.clone().with_trace(knobs.trace.clone());
            workload.retune(knobs.shape, knobs.rate_in_all(), cx.now());
            self.series += 1;
            self.schedule_arrival(cx);
        }
        for server in self.pool.iter_mut() {
            server.set_room(Some(knobs.room));
        }
        let rule = |knobs: &Knobs| {
            (
                knobs.rule,
                knobs.choices,
                knobs.bound_thousandths(),
                knobs.table,
            )
        };
        if rule(&before) != rule(knobs) {
            for balancer in 0..self.balancers.len() {
                self.balancers[balancer].choose(knobs);
                self.changed(balancer, cx);
            }
        }
    }

    fn on_crash(&mut self, node: NodeId, cx: &mut Cx<'_>) {
        self.crashed(node, cx);
    }

    fn on_restart(&mut self, node: NodeId, cx: &mut Cx<'_>) {
        self.restarted(node, cx);
    }

    fn metrics() -> &'static [MetricSpec] {
        METRICS
    }

    fn properties() -> &'static [Property<Self>] {
        PROMISES
    }

    fn scene(&self, world: &World<Event>, scene: &mut SceneBuilder) {
        scene::draw(self, world, scene);
    }
}

/// What can be looked at.
impl Model {
    pub(super) const fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn balancers(&self) -> &[Balancer] {
        &self.balancers
    }

    pub(super) const fn pool(&self) -> &Pool<Task> {
        &self.pool
    }

    /// The node of each server.
    pub(super) fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// The mean time of the latest answers, in seconds.
    pub(super) const fn lately(&self) -> f64 {
        self.lately
    }

    /// The event that made a server what it is.
    pub(super) fn because(&self, server: usize) -> EventId {
        self.because[server]
    }

    /// Who got the latest requests, the last one last.
    pub(super) fn turns(&self) -> impl Iterator<Item = usize> {
        let (turns, taken) = &self.turns;
        let last = taken.saturating_sub(TURNS)..*taken;
        last.map(|turn| usize::from(turns[turn % TURNS]))
    }

    /// The most requests that any server has had at a time.
    pub(super) const fn highest(&self) -> usize {
        self.highest
    }

    pub(super) const fn watch(&self) -> &Watch {
        &self.watch
    }
}

/// The way of a call.
impl Model {
    fn schedule_arrival(&mut self, cx: &mut Cx<'_>) {
        let series = self.series;
        if let Some(at) = self.client.next_at(cx.rng(Stream::ARRIVALS)) {
            cx.schedule_at(at, Event::Arrive { series });
        }
    }

    /// Somebody calls, unless nobody is there.
    fn call(&mut self, key: u32, work: Span, cx: &mut Cx<'_>) {
        let count = self.balancers.len() as u64;
        let balancer = match count {
            1 => 0,
            _ => cx.rng(BALANCERS).below(count) as u16,
        };
        if !cx.network().is_up(CLIENTS) {
            return;
        }
        cx.count(CALLS, 1);
        let (call, alarm) = self.client.begin(key, work, cx.now());
        if let Some(at) = alarm {
            cx.schedule_at(at, Event::GiveUp);
        }
        let to = self.balancers[usize::from(balancer)].node;
        if self.is_at_once(CLIENTS, to, cx) {
            return self.on_request(balancer, call, key, work, cx);
        }
        let request = Event::Request {
            balancer,
            call: call.0,
            key,
            work,
        };
        cx.send(CLIENTS, to, request);
    }

    /// Whether a message takes no time: then sending and arriving are one event.
    fn is_at_once(&self, from: NodeId, to: NodeId, cx: &mut Cx<'_>) -> bool {
        let network = cx.network();
        self.knobs.latency.is_zero()
            && network.is_up(to)
            && !network.is_cut(from, to)
            && !network.is_held(from, to)
    }

    fn on_request(&mut self, at: u16, call: CallId, key: u32, work: Span, cx: &mut Cx<'_>) {
        let balancer = &mut self.balancers[usize::from(at)];
        let attempt = Attempt {
            call,
            key,
            work,
            server: 0,
            sent: cx.now(),
            progress: balancer.begin(cx.now()),
        };
        self.dispatch(at, attempt, None, cx);
    }

    /// Gives a request to a server: by the rule, or to another one than has been tried.
    fn dispatch(&mut self, at: u16, mut attempt: Attempt, tried: Option<usize>, cx: &mut Cx<'_>) {
        let index = usize::from(at);
        if self.balancers[index].rise(cx.now(), &self.knobs) {
            self.changed(index, cx);
        }
        let (now, balancer) = (cx.now(), &mut self.balancers[index]);
        let picked = match tried {
            None => balancer.pick(attempt.key, now, cx.rng(DICE)),
            Some(tried) => balancer.pick_another(tried, cx.rng(DICE)),
        };
        let Some(server) = picked else {
            let call = attempt.call.0;
            trouble(balancer.node, || Trouble::Nobody { call }, cx);
            return self.answer(at, attempt.call, Ending::Refused, cx);
        };
        self.look(index, server, tried, attempt.call, cx);
        (attempt.server, attempt.sent) = (server as u16, now);
        let work = attempt.work;
        let balancer = &mut self.balancers[index];
        let (number, alarm) = balancer.send(attempt, &self.knobs);
        let node = balancer.node;
        if let Some(alarm) = alarm {
            cx.timer(node, alarm - now, Event::Overdue { balancer: at });
        }
        let (to, server) = (self.nodes[server], server as u16);
        let (balancer, attempt) = (at, number);
        if self.is_at_once(node, to, cx) {
            return self.on_task(server, Task { balancer, attempt }, work, cx);
        }
        let task = Event::Task {
            server,
            balancer,
            attempt,
            work,
        };
        cx.send(node, to, task);
    }

    /// Notes and tells that a request is about to be sent.
    fn look(
        &mut self,
        index: usize,
        server: usize,
        tried: Option<usize>,
        call: CallId,
        cx: &mut Cx<'_>,
    ) {
        let (rule, in_a_row) = (self.knobs.rule, !self.knobs.smooth);
        let several = self.balancers.len() > 1;
        let balancer = &self.balancers[index];
        let (at, backends) = (balancer.node, balancer.backends());
        let load = backends.all()[server].load;
        let call = call.0;
        match tried {
            None if self.knobs.rate_in_all() <= MOST_TOLD => cx.say_with(|| {
                Step::Pick(Pick {
                    at,
                    balancer: several.then_some(index),
                    call,
                    server,
                    load,
                    rule,
                    in_a_row,
                })
            }),
            None => {}
            Some(tried) => {
                cx.count(RETRIED, 1);
                let again = Trouble::Again {
                    call,
                    tried,
                    server,
                };
                trouble(at, || again, cx);
            }
        }
        if tried.is_none() {
            self.turns.0[self.turns.1 % TURNS] = server as u8;
            self.turns.1 += 1;
        }
        if tried.is_none() && rule == Rule::Weighted {
            self.watch.turn(index, server, backends);
        }
        if tried.is_none() && rule == Rule::Bounded {
            self.watch.bounds(server, backends, &self.knobs);
        }
        if balancer.known(server).down {
            self.watch.sent_to_down(server);
            let although = "although it is known to be down";
            trouble(at, || Trouble::Against { server, although }, cx);
        }
        if self.pool[server].standing == Standing::Draining {
            self.watch.sent_to_draining(server);
            let although = "although it is being drained";
            trouble(at, || Trouble::Against { server, although }, cx);
        }
    }

    fn on_task(&mut self, server: u16, task: Task, work: Span, cx: &mut Cx<'_>) {
        let index = usize::from(server);
        let node = self.nodes[index];
        let taken = self.pool[index].take(task, work, cx.now());
        let load = self.pool[index].load();
        match taken {
            Taken::Begun(begun) => {
                let worker = begun.worker;
                cx.timer(node, begun.takes, Event::Done { server, worker });
            }
            Taken::Waits => {}
            Taken::Refused(task) | Taken::InsteadOf(task) => {
                let server = index;
                trouble(node, || Trouble::TurnedAway { server, load }, cx);
                return self.reply(index, task, Ending::Refused, cx);
            }
        }
        self.set_at_servers(self.at_servers + 1, cx);
        if load > self.highest {
            self.highest = load;
            cx.gauge(HIGHEST, load as f64);
        }
    }

    fn on_done(&mut self, server: u16, worker: u16, cx: &mut Cx<'_>) {
        let index = usize::from(server);
        let Some((task, next)) = self.pool[index].finish(worker, cx.now()) else {
            return;
        };
        if let Some(begun) = next {
            let worker = begun.worker;
            let done = Event::Done { server, worker };
            cx.timer(self.nodes[index], begun.takes, done);
        }
        self.set_at_servers(self.at_servers - 1, cx);
        let idle = &self.pool[index];
        if idle.standing == Standing::Draining && idle.load() == 0 {
            let server = index;
            change(self.nodes[index], || Change::Drained { server }, cx);
        }
        self.reply(index, task, Ending::Answered, cx);
    }

    fn set_at_servers(&mut self, count: usize, cx: &mut Cx<'_>) {
        self.at_servers = count;
        cx.gauge(AT_SERVERS, count as f64);
    }

    fn reply(&mut self, server: usize, task: Task, ending: Ending, cx: &mut Cx<'_>) {
        let Task { balancer, attempt } = task;
        let from = self.nodes[server];
        let to = self.balancers[usize::from(balancer)].node;
        if self.is_at_once(from, to, cx) {
            return self.on_reply(balancer, attempt, ending, cx);
        }
        let reply = Event::Reply {
            balancer,
            attempt,
            ending,
        };
        cx.send(from, to, reply);
    }

    fn on_reply(&mut self, at: u16, attempt: u32, ending: Ending, cx: &mut Cx<'_>) {
        let balancer = &mut self.balancers[usize::from(at)];
        if let Some(attempt) = balancer.close(attempt, ending, cx.now(), &self.knobs) {
            self.ended(at, attempt, ending, cx);
        }
    }

    /// A request has ended one way or another: it is tried again, or the client hears of it.
    fn ended(&mut self, at: u16, mut attempt: Attempt, ending: Ending, cx: &mut Cx<'_>) {
        let balancer = &mut self.balancers[usize::from(at)];
        let tried = usize::from(attempt.server);
        match balancer.ended(&mut attempt, ending, cx.now()) {
            path::Step::Send | path::Step::Wait(_) => self.dispatch(at, attempt, Some(tried), cx),
            path::Step::Return(ending) => self.answer(at, attempt.call, ending, cx),
        }
    }

    fn answer(&mut self, at: u16, call: CallId, ending: Ending, cx: &mut Cx<'_>) {
        let from = self.balancers[usize::from(at)].node;
        if self.is_at_once(from, CLIENTS, cx) {
            return self.on_answer(call, ending, cx);
        }
        let call = call.0;
        cx.send(from, CLIENTS, Event::Answer { call, ending });
    }

    fn on_answer(&mut self, call: CallId, ending: Ending, cx: &mut Cx<'_>) {
        let answered = ending == Ending::Answered;
        let Some(ended) = self.client.end(call, cx.now()) else {
            cx.count(LATE, 1);
            if answered && !self.knobs.count_once {
                cx.count(ANSWERED, 1);
            }
            let call = call.0;
            return trouble(CLIENTS, || Trouble::Late { call }, cx);
        };
        if answered {
            let took = ended.took.as_secs_f64();
            let known = cx.world().metrics().value(ANSWERED);
            self.lately += (took - self.lately) / LATELY.min(known + 1.0);
            cx.count(ANSWERED, 1);
            cx.observe(LATENCY, took);
        } else {
            cx.count(FAILED, 1);
        }
    }

    fn give_up(&mut self, cx: &mut Cx<'_>) {
        while let Some((call, ended)) = self.client.overdue(cx.now()) {
            cx.count(GIVEN_UP, 1);
            let given_up = Trouble::GivenUp {
                call: call.0,
                after: ended.took,
            };
            trouble(CLIENTS, || given_up, cx);
        }
        if let Some(next) = self.client.after_alarm() {
            cx.schedule_at(next, Event::GiveUp);
        }
    }

    fn overdue(&mut self, at: u16, cx: &mut Cx<'_>) {
        let (index, now) = (usize::from(at), cx.now());
        while let Some(number) = self.balancers[index].deadlines.overdue(now) {
            let balancer = &mut self.balancers[index];
            let closed = balancer.close(number, Ending::TimedOut, now, &self.knobs);
            if let Some(attempt) = closed {
                self.timed_out(at, &attempt, cx);
                self.ended(at, attempt, Ending::TimedOut, cx);
            }
        }
        let balancer = &mut self.balancers[index];
        if let Some(next) = balancer.after_alarm() {
            cx.timer(balancer.node, next - now, Event::Overdue { balancer: at });
        }
    }

    /// A server has not answered: after a few times in a row it counts as down.
    fn timed_out(&mut self, at: u16, attempt: &Attempt, cx: &mut Cx<'_>) {
        let (index, server) = (usize::from(at), usize::from(attempt.server));
        let several = self.balancers.len() > 1;
        let balancer = &mut self.balancers[index];
        let (node, call) = (balancer.node, attempt.call.0);
        let after = cx.now() - attempt.sent;
        let timed_out = Trouble::TimedOut {
            call,
            server,
            after,
        };
        trouble(node, || timed_out, cx);
        let known = balancer.known_mut(server);
        known.fails += 1;
        let (fails, down) = (known.fails, known.down);
        // The last one is kept: a bad server is better than none.
        if fails < self.knobs.fails || down || balancer.backends().open().len() == 1 {
            return;
        }
        balancer.known_mut(server).because = cx.event();
        balancer.set_down(server, true, &self.knobs);
        let away = self.knobs.away;
        let try_again = Event::TryAgain {
            balancer: at,
            server: attempt.server,
        };
        cx.timer(node, away, try_again);
        let left_out = Trouble::LeftOut {
            balancer: several.then_some(index),
            server,
            fails,
            away,
        };
        trouble(node, || left_out, cx);
        self.changed(index, cx);
    }

    /// A server that was left out gets requests again; one more timeout, and it is left out again.
    fn try_again(&mut self, at: u16, server: u16, cx: &mut Cx<'_>) {
        let (index, server) = (usize::from(at), usize::from(server));
        let balancer = &mut self.balancers[index];
        balancer.known_mut(server).fails = self.knobs.fails.saturating_sub(1);
        balancer.set_down(server, false, &self.knobs);
        balancer.begin_slow_start(server, cx.now(), &self.knobs);
        trouble(balancer.node, || Trouble::TriedAgain { server }, cx);
        self.changed(index, cx);
    }

    fn post(&mut self, cx: &mut Cx<'_>) {
        self.board.post(&self.pool);
        for balancer in &mut self.balancers {
            balancer.read(self.board.loads());
        }
        // Nobody posts more often than every millisecond.
        cx.schedule(self.knobs.posted.max(Span::from_millis(1)), Event::Post);
    }
}

/// What is done to servers.
impl Model {
    /// The server with a number that a person gives, counted from one.
    fn number(&self, number: u32) -> Result<usize, Refusal> {
        let known = (1..=self.pool.len()).contains(&(number as usize));
        known.then(|| number as usize - 1).ok_or_else(|| {
            let last = self.pool.len();
            format!("There is no server {number}: choose one from 1 to {last}.").into()
        })
    }

    /// Adds a server that is so many times as strong as a plain one.
    fn add(&mut self, strength: u32, cx: &mut Cx<'_>) -> usize {
        let queue = Queue::new(Some(self.knobs.room));
        let mut server = Server::new(self.knobs.workers as u16, queue);
        server.pace.speed_percent = 100 * strength;
        let number = self.pool.add(server);
        cx.gauge(SERVERS, self.pool.len() as f64);
        let node = cx.add_node(format!("Server {}", number + 1));
        self.nodes.push(node);
        self.because.push(cx.event());
        for balancer in &mut self.balancers {
            balancer.add(strength * Knobs::PARTS);
        }
        number
    }

    /// A server starts, cold if servers start cold.
    fn warm_up(&mut self, server: usize, from: SimTime) {
        self.pool[server].pace.warm_up = (self.knobs.cold > 1).then_some(WarmUp {
            from,
            lasts: self.knobs.warm_up,
            slowness: self.knobs.cold,
        });
    }

    fn drain(&mut self, server: usize, cx: &mut Cx<'_>) -> Result<(), Refusal> {
        match self.pool[server].standing {
            Standing::Serving => {}
            Standing::Draining => {
                let refusal = format!("Server {} is drained already.", server + 1);
                return Err(refusal.into());
            }
            Standing::Down => {
                let refusal = format!("Server {} is down: there is nothing to drain.", server + 1);
                return Err(refusal.into());
            }
        }
        self.pool[server].standing = Standing::Draining;
        self.because[server] = cx.event();
        let load = self.pool[server].load();
        change(self.nodes[server], || Change::Draining { server, load }, cx);
        self.set_draining(server, true, cx);
        Ok(())
    }

    fn put_back(&mut self, server: usize, cx: &mut Cx<'_>) -> Result<(), Refusal> {
        if self.pool[server].standing != Standing::Draining {
            let refusal = format!("Server {} is not drained: drain it first.", server + 1);
            return Err(refusal.into());
        }
        let up = cx.network().is_up(self.nodes[server]);
        self.pool[server].standing = if up {
            Standing::Serving
        } else {
            Standing::Down
        };
        change(self.nodes[server], || Change::Returned { server }, cx);
        self.set_draining(server, false, cx);
        Ok(())
    }

    fn set_draining(&mut self, server: usize, draining: bool, cx: &mut Cx<'_>) {
        for index in 0..self.balancers.len() {
            let balancer = &mut self.balancers[index];
            balancer.set_draining(server, draining, &self.knobs);
            if !draining {
                balancer.begin_slow_start(server, cx.now(), &self.knobs);
            }
            self.changed(index, cx);
        }
    }

    /// What a balancer knows of its servers has changed: its rule and whoever watches it hear.
    fn changed(&mut self, index: usize, cx: &mut Cx<'_>) {
        let before = self.balancers[index].table().cloned();
        self.balancers[index].tell();
        self.watch.begin_turns(index);
        let balancer = &self.balancers[index];
        let (Some(before), Some(table)) = (before, balancer.table()) else {
            return;
        };
        self.watch.table(table, balancer.backends());
        let (moved, needless) = moves(&before, table, balancer);
        cx.gauge(MOVED, moved);
        cx.gauge(NEEDLESS, needless);
        if moved > 0.0 && before.slots().iter().any(Option::is_some) {
            let filled = Change::Filled { moved, needless };
            change(balancer.node, || filled, cx);
        }
    }

    fn crashed(&mut self, node: NodeId, cx: &mut Cx<'_>) {
        let balancer = self.balancers.iter().position(|b| b.node == node);
        let server = self.nodes.iter().position(|server| *server == node);
        let mut lost = 0;
        if let Some(index) = balancer {
            lost = self.balancers[index].forget(&self.knobs);
            self.changed(index, cx);
        }
        if let Some(server) = server {
            lost = self.pool[server].lose_everything();
            self.because[server] = cx.event();
            if self.pool[server].standing == Standing::Serving {
                self.pool[server].standing = Standing::Down;
            }
            self.set_at_servers(self.at_servers - lost, cx);
        }
        let name = cx.network().name(node).to_owned();
        change(node, || Change::Crashed { name, lost }, cx);
    }

    fn restarted(&mut self, node: NodeId, cx: &mut Cx<'_>) {
        let Some(server) = self.nodes.iter().position(|server| *server == node) else {
            return;
        };
        if self.pool[server].standing == Standing::Down {
            self.pool[server].standing = Standing::Serving;
        }
        self.warm_up(server, cx.now());
        self.because[server] = cx.event();
        change(node, || Change::Restarted { server }, cx);
    }
}

/// The part of all slots that have another server now, and the part taken from servers that are
/// still there; nothing of an empty table.
fn moves(before: &Maglev, after: &Maglev, balancer: &Balancer) -> (f64, f64) {
    let (mut moved, mut needless) = (0_u32, 0_u32);
    for (old, new) in before.slots().iter().zip(after.slots()) {
        if let Some(old) = old.filter(|_| old != new) {
            moved += 1;
            needless += u32::from(balancer.backends().all()[old as usize].open);
        }
    }
    let all = after.slots().len() as f64;
    (f64::from(moved) / all, f64::from(needless) / all)
}

fn trouble(at: NodeId, what: impl FnOnce() -> Trouble, cx: &mut Cx<'_>) {
    cx.say_with(|| Step::Trouble { at, what: what() });
}

fn change(at: NodeId, what: impl FnOnce() -> Change, cx: &mut Cx<'_>) {
    cx.say_with(|| Step::Change { at, what: what() });
}
