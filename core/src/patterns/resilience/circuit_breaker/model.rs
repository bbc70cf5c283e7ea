//! Users, a service with few threads, a breaker, and the dependency behind it.
//!
//! A request takes a thread of the service. If it needs the dependency, the thread asks the
//! breaker, sends the call and waits for the answer or the timeout; that is how a slow dependency
//! comes to hold every thread. What the dependency does is its own affair; see
//! [`dependency`](super::dependency).

use std::borrow::Cow;
use std::collections::VecDeque;

use super::algorithm::{CircuitBreaker, Outcome, Permit, Recorded, Rejected, State, Transition};
use super::dependency::{Dependency, Health, Load, Luck, Reply, Taken, Task};
use super::knobs::{self, Action, Curve, Instead, Knobs, METRICS, Trouble};
use super::promises::{PROMISES, Watch};
use super::steps::{Ended, Step};
use crate::kernel::metrics::MetricSpec;
use crate::kernel::network::{Fault, LinkProfile, NodeId};
use crate::kernel::random::{Chance, Duration, Stream};
use crate::kernel::trace::EventId;
use crate::kernel::workload::Workload;
use crate::scene::{SceneBuilder, Tone};
use crate::simulation::{self, Context, Property, Refusal, Simulation, World};
use crate::time::{SimTime, Span};

pub(super) const USERS: NodeId = NodeId(0);
pub(super) const SERVICE: NodeId = NodeId(1);
pub(super) const DEPENDENCY: NodeId = NodeId(2);

/// The service's own work on a request that needs nobody else.
const OWN_WORK: Span = Span::from_millis(40);
/// The time to make a fallback answer.
const FALLBACK_WORK: Span = Span::from_millis(10);
/// How often a user who is asked to come back does so.
const RETURNS_MAX: u8 = 8;
/// Spread of the dependency's work: the standard deviation of its logarithm.
const WORK_SIGMA: f64 = 0.4;

/// When users come back and what they meet then, apart from what first requests meet.
const RETURNS: Stream = Stream::named("returns");
/// What requests meet that are sent by hand.
const BY_HAND: Stream = Stream::named("by-hand");

/// A request of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Request {
    /// Its number.
    pub(super) id: u32,
    /// Whether it needs the dependency.
    pub(super) needs: bool,
    /// What it asks of it.
    load: Load,
    /// How often it has come back.
    returns: u8,
}

/// What a user gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    /// What was asked for.
    Fresh,
    /// A fallback.
    Fallback,
    /// An error.
    Error,
    /// No thread and no room.
    TurnedAway,
    /// "Come back after this time"; nobody can say when if there is none.
    Later(Option<Span>),
}

/// Something that happens.
#[derive(Debug, Clone, Hash)]
pub(super) enum Event {
    /// The next request of the traffic is due.
    Arrive { epoch: u32 },
    /// The dependency's health turns.
    Turn { epoch: u32 },
    /// A request reaches the service.
    Request(Request),
    /// An answer reaches the users.
    Answer { request: Request, answer: Answer },
    /// A user comes back.
    Return(Request),
    /// A thread has done its own part of a request.
    OwnWorkDone { request: u32 },
    /// A call reaches the dependency.
    Call { call: u32, load: Load, trial: bool },
    /// A worker has finished.
    WorkDone { call: u32 },
    /// A reply reaches the service.
    Reply { call: u32, reply: Reply },
    /// A call's time is up.
    TimeUp { call: u32 },
}

impl simulation::Event for Event {
    fn label(&self) -> Cow<'static, str> {
        match self {
            Self::Arrive { .. } | Self::Turn { .. } => "".into(),
            Self::Request(request) | Self::Return(request) => {
                format!("request {}", request.id).into()
            }
            Self::Answer { answer, .. } => answer.word().into(),
            Self::OwnWorkDone { request } => format!("request {request} done").into(),
            Self::Call { call, trial, .. } => {
                format!("{} {call}", if *trial { "trial" } else { "call" }).into()
            }
            Self::WorkDone { call } => format!("call {call} done").into(),
            Self::Reply { call, reply } => format!(
                "{} {call}",
                if reply.is_good() { "answer" } else { "error" }
            )
            .into(),
            Self::TimeUp { call } => format!("call {call}: time is up").into(),
        }
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Call { trial: true, .. } => Tone::Pending,
            Self::Answer { answer, .. } => answer.tone(),
            Self::Reply { reply, .. } if reply.is_good() => Tone::Good,
            Self::Reply { .. } | Self::TimeUp { .. } => Tone::Failed,
            Self::Arrive { .. }
            | Self::Turn { .. }
            | Self::Request(_)
            | Self::Return(_)
            | Self::OwnWorkDone { .. }
            | Self::Call { .. }
            | Self::WorkDone { .. } => Tone::Active,
        }
    }
}

impl Answer {
    const fn word(self) -> &'static str {
        match self {
            Self::Fresh => "answer",
            Self::Fallback => "fallback",
            Self::Error => "error",
            Self::TurnedAway => "turned away",
            Self::Later(_) => "come back",
        }
    }

    const fn tone(self) -> Tone {
        match self {
            Self::Fresh => Tone::Good,
            Self::Fallback => Tone::Stale,
            Self::Error | Self::TurnedAway => Tone::Failed,
            Self::Later(_) => Tone::Refused,
        }
    }
}

impl Reply {
    fn is_good(self) -> bool {
        self == Self::Done
    }
}

/// A request that waits for a thread.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) request: Request,
    arrived: SimTime,
    /// What the breaker said, if it was asked on arrival.
    pub(super) told: Option<Result<Permit, Rejected>>,
}

/// What a thread does.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) request: Request,
    arrived: SimTime,
    pub(super) doing: Doing,
}

/// What a thread does for its request.
#[derive(Debug, Clone)]
pub(super) enum Doing {
    /// Its own work, after which it answers.
    OwnWork { then: Answer },
    /// Waiting for the dependency.
    Waiting {
        call: u32,
        /// When the call was sent, by the service's clock.
        since: SimTime,
        permit: Permit,
        /// The breaker's stay in its state in which it was let through, if on trial.
        trial_of: Option<u32>,
    },
}

/// The machine.
#[derive(Debug, Clone)]
pub(super) struct Model {
    knobs: Knobs,
    breaker: CircuitBreaker,
    /// Counts the breaker's states and trials, by the model's own reckoning.
    stay: u32,
    /// The event that brought the breaker into its state.
    stay_began: Option<EventId>,
    last_change: Option<Transition>,
    threads: Vec<Option<Job>>,
    backlog: VecDeque<Waiting>,
    dependency: Dependency,
    workload: Workload,
    arrivals_epoch: u32,
    curve: Curve,
    curve_epoch: u32,
    requests: u32,
    calls: u32,
    starved: Option<(SimTime, EventId)>,
    /// When the dependency became well while the breaker was not closed.
    healed: Option<SimTime>,
    results_since_closed: u32,
    /// Calls of the breaker's present stay that it let through on trial and will not hear of.
    trials_lost: usize,
    away: u32,
    watch: Watch,
}

type Cx<'a> = Context<'a, Model>;

fn breaker(knobs: &Knobs, now: SimTime) -> CircuitBreaker {
    let Ok(breaker) = CircuitBreaker::new(knobs.settings(), now) else {
        unreachable!("every knob's range lies within the settings' limits");
    };
    breaker
}

impl Simulation for Model {
    type Event = Event;
    type Knobs = Knobs;
    type Action = Action;
    type Step = Step;

    fn start(knobs: &Knobs, cx: &mut Cx<'_>) -> Self {
        for name in ["Users", "Service", "Dependency"] {
            cx.add_node(name);
        }
        cx.network().set_default_profile(LinkProfile {
            latency: Duration::Constant(knobs.latency),
            ..LinkProfile::default()
        });
        let mut model = Self {
            breaker: breaker(knobs, SimTime::ZERO),
            stay: 0,
            stay_began: None,
            last_change: None,
            threads: vec![None; knobs.threads as usize],
            backlog: VecDeque::new(),
            dependency: Dependency::new(knobs.workers),
            workload: Workload::new(knobs.shape, knobs.rate).with_trace(knobs.trace.clone()),
            arrivals_epoch: 0,
            curve: knobs.curve,
            curve_epoch: 0,
            requests: 0,
            calls: 0,
            starved: None,
            healed: None,
            results_since_closed: 0,
            trials_lost: 0,
            away: 0,
            watch: Watch::new(SimTime::ZERO),
            knobs: knobs.clone(),
        };
        model.switch_breaker(cx);
        model.schedule_arrival(cx);
        if knobs.curve != Curve::Steady {
            cx.schedule(knobs.trouble_from, Event::Turn { epoch: 0 });
        }
        model.measure(cx);
        model
    }

    fn on_event(&mut self, event: Event, cx: &mut Cx<'_>) {
        match event {
            Event::Arrive { epoch } if epoch == self.arrivals_epoch => {
                self.make_request(None, cx);
                self.schedule_arrival(cx);
            }
            Event::Turn { epoch } if epoch == self.curve_epoch => self.follow_curve(cx),
            Event::Arrive { .. } | Event::Turn { .. } => {}
            Event::Request(request) => self.on_request(request, cx),
            Event::Answer { request, answer } => self.on_answer(request, answer, cx),
            Event::Return(request) => {
                self.away = self.away.saturating_sub(1);
                cx.send(USERS, SERVICE, Event::Request(request));
            }
            Event::OwnWorkDone { request } => self.on_own_work_done(request, cx),
            Event::Call { call, load, .. } => self.on_call(Task { call, load }, cx),
            Event::WorkDone { call } => self.on_work_done(call, cx),
            Event::Reply { call, reply } => self.on_call_ended(call, Ended::Replied(reply), cx),
            Event::TimeUp { call } => self.on_call_ended(call, Ended::TimedOut, cx),
        }
        self.measure(cx);
    }

    fn on_action(&mut self, action: Action, cx: &mut Cx<'_>) -> Result<(), Refusal> {
        let now = cx.clock(SERVICE);
        match action {
            Action::Break {} => self.turn_by_hand(Health::Ill(Trouble::Errors), cx)?,
            Action::Slow {} => self.turn_by_hand(Health::Ill(Trouble::Slow), cx)?,
            Action::Hang {} => self.turn_by_hand(Health::Ill(Trouble::Hang), cx)?,
            Action::Heal {} => self.turn_by_hand(Health::Well, cx)?,
            Action::Flap {} => {
                self.curve = Curve::Flapping;
                self.curve_epoch += 1;
                self.turn(Health::Well, cx);
                self.follow_curve(cx);
            }
            Action::ForceOpen {} => {
                self.needs_breaker()?;
                self.breaker.force_open(now);
            }
            Action::Reset {} => {
                self.needs_breaker()?;
                self.breaker.reset(now);
                self.stay += 1;
            }
            Action::Send {
                requests,
                dependency,
            } => {
                if !cx.world().network().is_up(USERS) {
                    return Err("The users are away: bring them back first.".into());
                }
                for _ in 0..requests {
                    self.make_request(Some(dependency), cx);
                }
            }
        }
        self.note_changes(cx);
        self.watch.disturbed(now);
        self.measure(cx);
        Ok(())
    }

    fn on_knobs(&mut self, knobs: &Knobs, cx: &mut Cx<'_>) {
        let now = cx.clock(SERVICE);
        let old = std::mem::replace(&mut self.knobs, knobs.clone());
        let retuned = self.breaker.retune(knobs.settings(), now);
        let Ok(()) = retuned else {
            unreachable!("every knob's range lies within the settings' limits");
        };
        if knobs.settings().half_open != old.settings().half_open {
            // A trial under way began anew.
            self.stay += 1;
        }
        if knobs.breaker != old.breaker {
            self.switch_breaker(cx);
        }
        if (knobs.shape, knobs.rate) != (old.shape, old.rate) {
            self.workload.retune(knobs.shape, knobs.rate, cx.now());
            self.arrivals_epoch += 1;
            self.schedule_arrival(cx);
        }
        self.watch.timeout_turned(now, old.timeout, knobs.timeout);
        self.watch.disturbed(now);
        self.measure(cx);
    }

    fn on_fault(&mut self, fault: &Fault, cx: &mut Cx<'_>) {
        let now = cx.clock(SERVICE);
        if let Fault::Skew {
            node: SERVICE,
            offset_ms: back @ ..0,
            ..
        } = *fault
        {
            let by = Span::from_millis(back.unsigned_abs());
            self.watch.clock_set_back(now, by);
        }
        self.watch.disturbed(now);
        self.measure(cx);
    }

    fn on_crash(&mut self, node: NodeId, cx: &mut Cx<'_>) {
        match node {
            SERVICE => self.crash_service(cx.clock(SERVICE), cx),
            DEPENDENCY => {
                let lost = self.dependency.piled_up();
                self.dependency.lose_everything();
                let what = "dependency";
                cx.say(Step::Crashed { what, lost });
            }
            USERS => self.away = 0,
            _ => {}
        }
        self.measure(cx);
    }

    fn metrics() -> &'static [MetricSpec] {
        METRICS
    }

    fn properties() -> &'static [Property<Self>] {
        PROMISES
    }

    fn scene(&self, world: &World<Event>, scene: &mut SceneBuilder) {
        super::scene::draw(self, world, scene);
    }
}

/// The users.
impl Model {
    fn schedule_arrival(&mut self, cx: &mut Cx<'_>) {
        if let Some(arrival) = self.workload.next(cx.rng(Stream::ARRIVALS)) {
            let epoch = self.arrivals_epoch;
            cx.schedule_at(arrival.at, Event::Arrive { epoch });
        }
    }

    /// A user sends a request. Everything about it is drawn here, whatever becomes of it; what is
    /// sent by hand does not shift what the traffic draws.
    fn make_request(&mut self, by_hand: Option<bool>, cx: &mut Cx<'_>) {
        let (needs, load) = match by_hand {
            Some(needs) => (needs, self.draw_load((BY_HAND, BY_HAND), cx)),
            None => {
                let share = Chance::percent(f64::from(self.knobs.share));
                let needs = cx.rng(Stream::KEYS).happens(share);
                (
                    needs,
                    self.draw_load((Stream::SERVICE, Stream::FAILURES), cx),
                )
            }
        };
        self.requests += 1;
        let request = Request {
            id: self.requests,
            needs,
            load,
            returns: 0,
        };
        if cx.world().network().is_up(USERS) {
            cx.send(USERS, SERVICE, Event::Request(request));
        }
    }

    /// What a request asks of the dependency, from streams for its work and for its luck.
    fn draw_load(&self, (work, luck): (Stream, Stream), cx: &mut Cx<'_>) -> Load {
        let law = Duration::LogNormal {
            median: self.knobs.work,
            sigma: WORK_SIGMA,
        };
        let work = law.sample(cx.rng(work));
        let luck = cx.rng(luck);
        let bad = luck.happens(Chance::percent(self.knobs.errors));
        let misuse = luck.happens(Chance::percent(self.knobs.misuse));
        let luck = match (misuse, bad) {
            (true, _) => Luck::Misuse,
            (false, true) => Luck::Bad,
            (false, false) => Luck::Good,
        };
        Load { work, luck }
    }

    fn on_answer(&mut self, request: Request, answer: Answer, cx: &mut Cx<'_>) {
        let Answer::Later(after) = answer else {
            return;
        };
        // Where the service can say when, the user comes exactly then; else some time later.
        let after = after.unwrap_or_else(|| {
            let wait = self.knobs.wait;
            let spread = Duration::Uniform {
                min: wait / 2,
                max: wait + wait / 2,
            };
            spread.sample(cx.rng(RETURNS))
        });
        self.away += 1;
        let again = Request {
            load: self.draw_load((RETURNS, RETURNS), cx),
            returns: request.returns + 1,
            ..request
        };
        cx.timer(USERS, after, Event::Return(again));
    }
}

/// The service.
impl Model {
    fn on_request(&mut self, request: Request, cx: &mut Cx<'_>) {
        if request.returns == 0 {
            cx.count(knobs::ARRIVED, 1);
        }
        let now = cx.now();
        if self.threads.iter().any(Option::is_none) {
            self.serve(request, now, None, cx);
        } else if self.backlog.len() < self.knobs.backlog as usize {
            let asks_now = request.needs && !self.knobs.ask_last;
            let told = asks_now.then(|| self.ask(cx));
            self.backlog.push_back(Waiting {
                request,
                arrived: now,
                told,
            });
        } else {
            cx.count(knobs::TURNED_AWAY, 1);
            cx.count(knobs::BYSTANDERS, u64::from(!request.needs));
            cx.say(Step::TurnedAway {
                request: request.id,
                needs: request.needs,
            });
            self.answer(request, now, Answer::TurnedAway, cx);
        }
    }

    /// A free thread takes a request, to which the breaker may have `told` something before.
    fn serve(
        &mut self,
        request: Request,
        arrived: SimTime,
        told: Option<Result<Permit, Rejected>>,
        cx: &mut Cx<'_>,
    ) {
        if !request.needs {
            self.work(request, arrived, OWN_WORK, Answer::Fresh, cx);
            return;
        }
        match told.unwrap_or_else(|| self.ask(cx)) {
            Ok(permit) => self.call(request, arrived, permit, cx),
            Err(Rejected { state, retry_after }) => {
                cx.count(knobs::REFUSED, 1);
                cx.say(Step::Refused {
                    request: request.id,
                    state,
                    retry_after,
                });
                self.do_without(request, arrived, retry_after, cx);
            }
        }
    }

    fn ask(&mut self, cx: &mut Cx<'_>) -> Result<Permit, Rejected> {
        let now = cx.clock(SERVICE);
        self.watch.asks(now);
        let told = self.breaker.try_acquire(now);
        self.note_changes(cx);
        told
    }

    fn call(&mut self, request: Request, arrived: SimTime, permit: Permit, cx: &mut Cx<'_>) {
        self.calls += 1;
        let call = self.calls;
        let state = self.breaker.state();
        let trial = state == State::HalfOpen;
        if self.watch.sends(state) {
            cx.say(Step::SentWhileOpen { call });
        }
        cx.count(knobs::CALLS, 1);
        let load = request.load;
        cx.send(SERVICE, DEPENDENCY, Event::Call { call, load, trial });
        cx.timer(SERVICE, self.knobs.timeout, Event::TimeUp { call });
        let doing = Doing::Waiting {
            call,
            since: cx.clock(SERVICE),
            permit,
            trial_of: trial.then_some(self.stay),
        };
        self.occupy(Job {
            request,
            arrived,
            doing,
        });
    }

    /// What a request gets that cannot have the dependency.
    fn do_without(
        &mut self,
        request: Request,
        arrived: SimTime,
        retry_after: Option<Span>,
        cx: &mut Cx<'_>,
    ) {
        match self.knobs.instead {
            Instead::Fallback => {
                self.work(request, arrived, FALLBACK_WORK, Answer::Fallback, cx);
            }
            Instead::Return if request.returns < RETURNS_MAX => {
                self.answer(request, arrived, Answer::Later(retry_after), cx);
            }
            Instead::Fail | Instead::Return => self.answer(request, arrived, Answer::Error, cx),
        }
    }

    fn work(
        &mut self,
        request: Request,
        arrived: SimTime,
        takes: Span,
        then: Answer,
        cx: &mut Cx<'_>,
    ) {
        let done = Event::OwnWorkDone {
            request: request.id,
        };
        cx.timer(SERVICE, takes, done);
        self.occupy(Job {
            request,
            arrived,
            doing: Doing::OwnWork { then },
        });
    }

    fn on_own_work_done(&mut self, request: u32, cx: &mut Cx<'_>) {
        let done =
            |job: &mut Job| job.request.id == request && matches!(job.doing, Doing::OwnWork { .. });
        let thread = self.threads.iter_mut();
        let Some(job) = thread.filter_map(|thread| thread.take_if(done)).next() else {
            return;
        };
        if let Doing::OwnWork { then } = job.doing {
            self.answer(job.request, job.arrived, then, cx);
        }
        self.work_off_backlog(cx);
    }

    fn on_call_ended(&mut self, ended_call: u32, ended: Ended, cx: &mut Cx<'_>) {
        let is_it =
            |job: &mut Job| matches!(job.doing, Doing::Waiting { call, .. } if call == ended_call);
        let thread = self.threads.iter_mut();
        let Some(job) = thread.filter_map(|thread| thread.take_if(is_it)).next() else {
            if ended != Ended::TimedOut {
                cx.say(Step::NobodyWaits { call: ended_call });
            }
            return;
        };
        if let Doing::Waiting {
            since,
            permit,
            trial_of,
            ..
        } = job.doing
        {
            if ended == Ended::TimedOut && !self.knobs.report_timeouts {
                self.trials_lost += usize::from(trial_of == Some(self.stay));
                self.give_up_silently(ended_call, since, cx);
            } else {
                self.report(ended_call, ended, since, permit, cx);
            }
        }
        match ended {
            Ended::Replied(Reply::Done) => {
                self.answer(job.request, job.arrived, Answer::Fresh, cx);
            }
            Ended::Replied(Reply::Misused) => {
                self.answer(job.request, job.arrived, Answer::Error, cx);
            }
            Ended::Replied(Reply::Unlucky | Reply::Broken | Reply::Overloaded)
            | Ended::TimedOut => {
                cx.count(knobs::WASTED, 1);
                self.do_without(job.request, job.arrived, None, cx);
            }
        }
        self.work_off_backlog(cx);
    }

    /// Tells the breaker how a call ended.
    fn report(&mut self, call: u32, ended: Ended, since: SimTime, permit: Permit, cx: &mut Cx<'_>) {
        let now = cx.clock(SERVICE);
        let took = now - since;
        let outcome = match ended {
            Ended::Replied(Reply::Done) => Outcome::Success,
            Ended::Replied(Reply::Misused) => Outcome::Ignored,
            Ended::Replied(Reply::Unlucky | Reply::Broken | Reply::Overloaded)
            | Ended::TimedOut => Outcome::Failure,
        };
        let before = self.breaker.state();
        let recorded = self.breaker.on_result(permit, now, took, outcome);
        cx.say(Step::CallEnded {
            call,
            ended,
            took,
            recorded,
        });
        self.watch.ends(now, ended, took > self.knobs.slow_after);
        if before == State::Closed && matches!(recorded, Recorded::Counted(_)) {
            self.results_since_closed += 1;
            let opened = self.breaker.state() == State::Open;
            let mut tally = super::algorithm::Tally::default();
            for slot in self.breaker.window().slots(now) {
                tally.calls += slot.calls;
                tally.failed += slot.failed;
                tally.slow += slot.slow;
            }
            self.watch.judges(&self.knobs, tally, opened);
        }
        self.note_changes(cx);
    }

    /// Gives a call up without a word to the breaker.
    fn give_up_silently(&mut self, call: u32, since: SimTime, cx: &mut Cx<'_>) {
        let now = cx.clock(SERVICE);
        let took = now - since;
        self.watch
            .ends(now, Ended::TimedOut, took > self.knobs.slow_after);
        cx.say(Step::GivenUpSilently { call, took });
    }

    fn answer(&mut self, request: Request, arrived: SimTime, answer: Answer, cx: &mut Cx<'_>) {
        match answer {
            Answer::Fresh => cx.count(knobs::ANSWERED, 1),
            Answer::Fallback => cx.count(knobs::FALLEN_BACK, 1),
            Answer::Error => cx.count(knobs::FAILED, 1),
            Answer::TurnedAway | Answer::Later(_) => {}
        }
        cx.observe(knobs::LATENCY, (cx.now() - arrived).as_secs_f64());
        cx.send(SERVICE, USERS, Event::Answer { request, answer });
    }

    fn work_off_backlog(&mut self, cx: &mut Cx<'_>) {
        while self.threads.iter().any(Option::is_none) {
            let Some(next) = self.backlog.pop_front() else {
                return;
            };
            self.serve(next.request, next.arrived, next.told, cx);
        }
    }

    fn occupy(&mut self, job: Job) {
        let free = self.threads.iter_mut().find(|thread| thread.is_none());
        *free.expect("a request is served only when a thread is free") = Some(job);
    }

    fn crash_service(&mut self, now: SimTime, cx: &mut Cx<'_>) {
        let lost = self.backlog.len() + self.threads.iter().flatten().count();
        self.backlog.clear();
        self.threads.fill(None);
        self.starved = None;
        self.breaker = breaker(&self.knobs, now);
        self.stay += 1;
        self.trials_lost = 0;
        self.stay_began = Some(cx.event());
        self.last_change = None;
        self.results_since_closed = 0;
        self.switch_breaker(cx);
        cx.say(Step::Crashed {
            what: "service",
            lost,
        });
    }

    fn switch_breaker(&mut self, cx: &mut Cx<'_>) {
        let now = cx.clock(SERVICE);
        if self.knobs.breaker {
            self.breaker.reset(now);
        } else {
            self.breaker.disable(now);
        }
        self.note_changes(cx);
    }

    fn needs_breaker(&self) -> Result<(), Refusal> {
        if self.knobs.breaker {
            Ok(())
        } else {
            Err("There is no breaker in this run: switch it on first.".into())
        }
    }

    /// Says and measures what the breaker has done.
    fn note_changes(&mut self, cx: &mut Cx<'_>) {
        let changes: Vec<Transition> = self.breaker.drain_transitions().collect();
        for change in changes {
            self.stay += 1;
            self.trials_lost = 0;
            self.stay_began = Some(cx.event());
            self.last_change = Some(change);
            let wait = self
                .breaker
                .open_wait()
                .map_or(Span::ZERO, |(since, until)| until - since);
            let alarm = self.watch.changes(&change, wait);
            cx.count(knobs::FALSE_ALARMS, u64::from(alarm));
            match change.to {
                State::Open => self.note_opening(change, wait, cx),
                State::HalfOpen => cx.say(Step::TrialBegins {
                    trials: self.knobs.trials,
                    limited: self.knobs.trial_limit,
                }),
                State::Closed => {
                    self.results_since_closed = 0;
                    if let Some(healed) = self.healed.take() {
                        cx.observe(knobs::CLOSING, (cx.now() - healed).as_secs_f64());
                    }
                    cx.say(Step::Closed(change.cause));
                }
                State::ForcedOpen => cx.say(Step::ForcedOpen),
                State::Disabled => cx.say(Step::SwitchedOff),
            }
        }
    }

    fn note_opening(&mut self, change: Transition, wait: Span, cx: &mut Cx<'_>) {
        cx.count(knobs::OPENINGS, 1);
        if change.from == State::Closed {
            cx.observe(knobs::PATIENCE, f64::from(self.results_since_closed));
        }
        cx.say(Step::Opened {
            from: change.from,
            cause: change.cause,
            wait,
            openings: self.breaker.openings(),
        });
    }
}

/// The dependency.
impl Model {
    fn on_call(&mut self, task: Task, cx: &mut Cx<'_>) {
        let call = task.call;
        let taken = self
            .dependency
            .take(task, self.knobs.queue, self.knobs.slow_factor);
        match taken {
            Taken::Begun(takes) => cx.timer(DEPENDENCY, takes, Event::WorkDone { call }),
            Taken::Queued | Taken::Swallowed => {}
            Taken::Answered(reply) => {
                if reply == Reply::Overloaded {
                    cx.say(Step::Overloaded { call });
                }
                cx.send(DEPENDENCY, SERVICE, Event::Reply { call, reply });
            }
        }
    }

    fn on_work_done(&mut self, call: u32, cx: &mut Cx<'_>) {
        if let Some(reply) = self.dependency.finish(call) {
            cx.send(DEPENDENCY, SERVICE, Event::Reply { call, reply });
        }
        self.begin_work(cx);
    }

    fn begin_work(&mut self, cx: &mut Cx<'_>) {
        if matches!(self.dependency.health().0, Health::Ill(Trouble::Hang)) {
            return;
        }
        while let Some((call, takes)) = self.dependency.begin_next(self.knobs.slow_factor) {
            cx.timer(DEPENDENCY, takes, Event::WorkDone { call });
        }
    }

    /// The next turn of the health curve.
    fn follow_curve(&mut self, cx: &mut Cx<'_>) {
        let epoch = self.curve_epoch;
        let ill = self.dependency.health().0 == Health::Well;
        let health = if ill {
            Health::Ill(self.knobs.trouble)
        } else {
            Health::Well
        };
        self.turn(health, cx);
        let period = self.knobs.flap_period;
        let next = match (self.curve, ill) {
            (Curve::Steady, _) | (Curve::Once, false) => return,
            (Curve::Once, true) => self.knobs.trouble_lasts,
            (Curve::Flapping, true) => period / 4 * 3,
            (Curve::Flapping, false) => period / 4,
        };
        cx.schedule(next, Event::Turn { epoch });
    }

    fn turn_by_hand(&mut self, health: Health, cx: &mut Cx<'_>) -> Result<(), Refusal> {
        let steady = self.curve != Curve::Flapping;
        if steady && self.dependency.health().0 == health {
            return Err("The dependency is so already.".into());
        }
        self.curve = Curve::Steady;
        self.curve_epoch += 1;
        self.turn(health, cx);
        Ok(())
    }

    fn turn(&mut self, health: Health, cx: &mut Cx<'_>) {
        if !self.dependency.turn(health, cx.now()) {
            return;
        }
        let closed = match self.breaker.state() {
            State::Closed | State::Disabled => true,
            State::Open | State::HalfOpen | State::ForcedOpen => false,
        };
        self.healed = (health == Health::Well && !closed).then(|| cx.now());
        cx.say(Step::Health {
            health,
            factor: self.knobs.slow_factor,
        });
        self.begin_work(cx);
    }
}

/// What can be seen of it.
impl Model {
    pub(super) const fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    pub(super) const fn breaker(&self) -> &CircuitBreaker {
        &self.breaker
    }

    pub(super) const fn watch(&self) -> &Watch {
        &self.watch
    }

    pub(super) fn threads(&self) -> &[Option<Job>] {
        &self.threads
    }

    pub(super) const fn backlog(&self) -> &VecDeque<Waiting> {
        &self.backlog
    }

    pub(super) const fn dependency(&self) -> &Dependency {
        &self.dependency
    }

    /// Users who were asked to come back and will.
    pub(super) const fn away(&self) -> u32 {
        self.away
    }

    /// The event that brought the breaker into its state.
    pub(super) const fn stay_began(&self) -> Option<EventId> {
        self.stay_began
    }

    /// The breaker's last change of state.
    pub(super) const fn last_change(&self) -> Option<Transition> {
        self.last_change
    }

    /// Since when no thread is free and half of them wait, and the event that took the last.
    pub(super) const fn starved(&self) -> Option<(SimTime, EventId)> {
        self.starved
    }

    /// Threads that wait for the dependency.
    pub(super) fn held(&self) -> usize {
        let waiting = |job: &&Job| matches!(job.doing, Doing::Waiting { .. });
        self.threads.iter().flatten().filter(waiting).count()
    }

    /// Trial calls that are out, of the trial under way.
    pub(super) fn trials_out(&self) -> usize {
        let stay = self.stay;
        let of_this_trial = |job: &&Job| matches!(job.doing, Doing::Waiting { trial_of: Some(trial), .. } if trial == stay);
        self.threads.iter().flatten().filter(of_this_trial).count()
    }

    /// Calls of the trial under way of which the breaker will never hear: it counts them as out,
    /// and nobody waits for them.
    pub(super) fn trials_lost(&self) -> usize {
        let out = self.breaker.trial().map_or(0, |trial| trial.in_flight);
        self.trials_lost.min(out as usize)
    }

    /// Whether a call is still waited for.
    pub(super) fn is_waited_for(&self, wanted: u32) -> bool {
        let is_it = |job: &Job| matches!(job.doing, Doing::Waiting { call, .. } if call == wanted);
        self.threads.iter().flatten().any(is_it)
    }

    fn measure(&mut self, cx: &mut Cx<'_>) {
        let held = self.held();
        let full = self.threads.iter().all(Option::is_some);
        let starved = full && held * 2 >= self.threads.len();
        match (starved, self.starved) {
            (true, None) => {
                self.starved = Some((cx.now(), cx.event()));
                let threads = self.threads.len();
                cx.say(Step::Starved { held, threads });
            }
            (false, Some((since, _))) => {
                self.starved = None;
                let after = cx.now() - since;
                cx.say(Step::Relieved { after });
            }
            (true, Some(_)) | (false, None) => {}
        }
        let now = cx.clock(SERVICE);
        if cx.world().network().is_up(SERVICE) {
            self.watch.threads(now, starved);
        }
        let rate = self.breaker.rates(now).map_or(0.0, |tally| {
            100.0 * f64::from(tally.failed) / f64::from(tally.calls.max(1))
        });
        let openness = match self.breaker.state() {
            State::Closed | State::Disabled => 0.0,
            State::HalfOpen => 1.0,
            State::Open | State::ForcedOpen => 2.0,
        };
        cx.gauge(knobs::HELD, held as f64);
        cx.gauge(knobs::SATURATED, f64::from(u8::from(starved)));
        cx.gauge(knobs::PILED_UP, self.dependency.piled_up() as f64);
        cx.gauge(knobs::FAILURE_RATE, rate);
        cx.gauge(knobs::OPENNESS, openness);
    }
}
