//! Orrery's engine beside a hand-written event loop, simcore and nexosim.
//!
//! All of them run the same M/M/1 queue to the same instant with the same random draws (Orrery's
//! xoshiro256++ and ziggurat), keep the integral of the jobs in the system, and count what
//! happened. Setting up is timed too, and is nothing beside the run.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use nexosim::model::{Context, Model, schedulable};
use nexosim::simulation::{Mailbox, SimInit, SimulationError};
use nexosim::time::MonotonicTime;
use orrery_bench::mm1::{self, Draws, MEAN_JOBS, SEED, horizon};
use orrery_bench::{Aim, Contender, Sample, Table, compete};
use orrery_core::kernel::engine::Engine;
use orrery_core::kernel::random::Duration;
use orrery_core::time::{SimTime, Span};
use serde::{Deserialize, Serialize};
use simcore::{EventHandler, Simulation, SimulationContext, cast};

const EVENTS: u64 = 1_000_000;
const ROUNDS: usize = 9;

/// What a run came to.
#[derive(Debug, Clone, Copy, Default)]
struct Outcome {
    events: u64,
    mean_jobs: f64,
}

type Run = fn() -> Outcome;

fn main() {
    let runs: [(&str, Run); 5] = [
        ("orrery", orrery),
        ("hand-written loop", by_hand::<true>),
        ("the same, platform's logarithm", by_hand::<false>),
        ("simcore 0.1.0", with_simcore),
        ("nexosim 1.0.0, one thread", with_nexosim),
    ];
    let mut checks = Table::new(
        "The same work: M/M/1 at 0.8",
        ["contender", "events", "mean jobs", "theory"],
    );
    for (name, run) in runs {
        let outcome = run();
        checks.row([
            name.to_owned(),
            outcome.events.to_string(),
            format!("{:.3}", outcome.mean_jobs),
            format!("{MEAN_JOBS:.3}"),
        ]);
    }
    checks.print();

    let aims = [
        Aim::Shown,
        Aim::AtMost(1.5),
        Aim::Shown,
        Aim::TimesFaster(1.4),
        Aim::TimesFaster(8.0),
    ];
    let contenders = runs.into_iter().zip(aims).map(|((name, run), aim)| {
        Contender::new(name, aim, move || Sample::of(|| black_box(run()).events))
    });
    let draws = Contender::new("the draws alone", Aim::Shown, draws_alone);
    let contenders = contenders.chain([draws]).collect();
    compete("Kernel: ns per event", ROUNDS, contenders);
}

/// What every contender but the one with the platform's logarithm spends on chance.
fn draws_alone() -> Sample {
    let mut draws = Draws::default();
    Sample::of_many(EVENTS, || {
        for _ in 0..EVENTS / 2 {
            black_box(draws.arrival());
            black_box(draws.service());
        }
    })
}

fn orrery() -> Outcome {
    let mut engine = Engine::<mm1::Server>::start(SEED, mm1::Knobs::default());
    let end = horizon(EVENTS);
    engine.advance(end, None);
    Outcome {
        events: engine.world().happened(),
        mean_jobs: engine.world().metrics().mean(mm1::JOBS_IN_SYSTEM, end),
    }
}

/// The integral of the jobs in the system.
#[derive(Debug, Clone, Default)]
struct Tally {
    events: u64,
    jobs: u32,
    since: f64,
    area: f64,
}

impl Tally {
    #[inline]
    fn change(&mut self, now: f64, jobs: u32) {
        self.events += 1;
        self.area += f64::from(self.jobs) * (now - self.since);
        self.since = now;
        self.jobs = jobs;
    }

    fn outcome(&self, end: f64) -> Outcome {
        Outcome {
            events: self.events,
            mean_jobs: (self.area + f64::from(self.jobs) * (end - self.since)) / end,
        }
    }
}

const ARRIVAL: u8 = 0;
const DEPARTURE: u8 = 1;

/// What one would write for this queue alone; `PORTABLE` draws as Orrery does, otherwise by a
/// logarithm, the platform's own, whose last bits differ from one to the next.
fn by_hand<const PORTABLE: bool>() -> Outcome {
    let end = horizon(EVENTS);
    let mut draws = Draws::default();
    let mut draw = |kind: u8| {
        let (random, mean) = if kind == ARRIVAL {
            (&mut draws.arrivals, mm1::ARRIVAL)
        } else {
            (&mut draws.service, mm1::SERVICE)
        };
        if PORTABLE {
            Duration::Exponential(mean).sample(random)
        } else {
            let factor = -(1.0 - random.unit()).ln();
            Span::from_nanos((mean.as_nanos() as f64 * factor) as u64)
        }
    };
    let mut pending = BinaryHeap::new();
    let mut scheduled = 0_u64;
    let mut schedule = |pending: &mut BinaryHeap<_>, at: SimTime, kind: u8| {
        scheduled += 1;
        pending.push(Reverse((at, scheduled, kind)));
    };
    let mut tally = Tally::default();
    schedule(&mut pending, SimTime::ZERO + draw(ARRIVAL), ARRIVAL);
    while let Some(Reverse((now, _, kind))) = pending.pop() {
        if now > end {
            break;
        }
        let (jobs, begins) = if kind == ARRIVAL {
            schedule(&mut pending, now + draw(ARRIVAL), ARRIVAL);
            (tally.jobs + 1, tally.jobs == 0)
        } else {
            (tally.jobs - 1, tally.jobs > 1)
        };
        if begins {
            schedule(&mut pending, now + draw(DEPARTURE), DEPARTURE);
        }
        tally.change(now.as_secs_f64(), jobs);
    }
    tally.outcome(end.as_secs_f64())
}

#[derive(Clone, Serialize)]
struct Arrival {}

#[derive(Clone, Serialize)]
struct Departure {}

struct Component {
    cx: SimulationContext,
    draws: Draws,
    tally: Rc<RefCell<Tally>>,
}

impl Component {
    fn arrive(&mut self) {
        let jobs = self.tally.borrow().jobs + 1;
        self.cx
            .emit_self(Arrival {}, self.draws.arrival().as_secs_f64());
        if jobs == 1 {
            self.begin();
        }
        self.tally.borrow_mut().change(self.cx.time(), jobs);
    }

    fn depart(&mut self) {
        let jobs = self.tally.borrow().jobs - 1;
        if jobs > 0 {
            self.begin();
        }
        self.tally.borrow_mut().change(self.cx.time(), jobs);
    }

    fn begin(&mut self) {
        self.cx
            .emit_self(Departure {}, self.draws.service().as_secs_f64());
    }
}

impl EventHandler for Component {
    fn on(&mut self, event: simcore::Event) {
        cast!(match event.data {
            Arrival {} => {
                self.arrive();
            }
            Departure {} => {
                self.depart();
            }
        });
    }
}

fn with_simcore() -> Outcome {
    let end = horizon(EVENTS).as_secs_f64();
    let tally = Rc::new(RefCell::new(Tally::default()));
    let mut simulation = Simulation::new(SEED);
    let mut component = Component {
        cx: simulation.create_context("server"),
        draws: Draws::default(),
        tally: Rc::clone(&tally),
    };
    let first = component.draws.arrival().as_secs_f64();
    component.cx.emit_self(Arrival {}, first);
    simulation.add_handler("server", Rc::new(RefCell::new(component)));
    simulation.step_until_time(end);
    let tally = tally.borrow();
    tally.outcome(end)
}

/// Where a server leaves its tally, as it is owned by the simulation.
type Report = Arc<Mutex<Tally>>;

#[derive(Serialize, Deserialize)]
struct Server {
    #[serde(skip)]
    draws: Draws,
    #[serde(skip)]
    tally: Tally,
    #[serde(skip)]
    report: Report,
}

#[Model]
impl Server {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        let first = self.draws.arrival();
        self.schedule_arrival(first, cx);
    }

    #[nexosim(schedulable)]
    async fn arrive(&mut self, (): (), cx: &Context<Self>) {
        let next = self.draws.arrival();
        self.schedule_arrival(next, cx);
        let jobs = self.tally.jobs + 1;
        if jobs == 1 {
            self.begin(cx);
        }
        self.tally.change(seconds(cx.time()), jobs);
    }

    #[nexosim(schedulable)]
    async fn depart(&mut self, (): (), cx: &Context<Self>) {
        let jobs = self.tally.jobs - 1;
        if jobs > 0 {
            self.begin(cx);
        }
        self.tally.change(seconds(cx.time()), jobs);
    }

    fn schedule_arrival(&self, after: Span, cx: &Context<Self>) {
        let after = std::time::Duration::from_nanos(after.as_nanos());
        cx.schedule_event(after, schedulable!(Self::arrive), ())
            .expect("an arrival lies in the future");
    }

    fn begin(&mut self, cx: &Context<Self>) {
        let takes = std::time::Duration::from_nanos(self.draws.service().as_nanos());
        cx.schedule_event(takes, schedulable!(Self::depart), ())
            .expect("a departure lies in the future");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(mut report) = self.report.lock() {
            *report = self.tally.clone();
        }
    }
}

fn seconds(at: MonotonicTime) -> f64 {
    at.as_secs() as f64 + f64::from(at.subsec_nanos()) / 1e9
}

fn with_nexosim() -> Outcome {
    let end = horizon(EVENTS);
    let report = Report::default();
    run_nexosim(&report, end).expect("nothing in this model fails");
    let tally = report.lock().expect("the server has left it");
    tally.outcome(end.as_secs_f64())
}

fn run_nexosim(report: &Report, end: SimTime) -> Result<(), SimulationError> {
    let server = Server {
        draws: Draws::default(),
        tally: Tally::default(),
        report: Arc::clone(report),
    };
    let mut simulation = SimInit::with_num_threads(1)
        .add_model(server, Mailbox::new(), "server")
        .init(MonotonicTime::EPOCH)?;
    let until = std::time::Duration::from_nanos(end.as_nanos());
    simulation.step_until(MonotonicTime::EPOCH + until)?;
    Ok(())
}
