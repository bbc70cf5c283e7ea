//! The parts of the request path against what queueing theory says of them.

use orrery_core::kernel::engine::Engine;
use orrery_core::kernel::path::{Client, Law, Pool, Queue, Server, Taken, theory};
use orrery_core::kernel::workload::{Keys, Shape, Workload};
use orrery_core::lab::Summary;
use orrery_core::prelude::*;

orrery_core::knobs! {
    /// A system of queues.
    pub struct Knobs {
        /// Servers, each with a queue of its own.
        servers: u32 = 1, "Servers", range(1, 1_000);
        /// Workers of each.
        workers: u32 = 1, "Workers", range(1, 100);
        /// Arrivals per server and service time.
        load: f64 = 0.8, "Load", range(0, 100);
        /// Who waits has room for so many.
        room: u32 = 1_000_000, "Room", range(0, 1_000_000);
        /// The distribution of work, whose mean is a second.
        law: Law = Law::Exponential, "Law";
        /// The shortest of so many queues is joined.
        choices: u32 = 1, "Choices", range(1, 10);
        /// What happens in the first so many milliseconds is not measured.
        warm_up: Span = Span::ZERO, "Warm-up", range(0, 10_000_000);
    }
}

orrery_core::actions! {
    /// Nothing.
    pub enum Action {
        /// Nothing.
        Nothing {} = "nothing", "Nothing";
    }
}

orrery_core::metrics! {
    /// Calls.
    CALLS: Counter, "calls", "Calls", "calls";
    /// Calls turned away.
    REFUSED: Counter, "refused", "Refused", "calls";
    /// From call to answer.
    TIME: Histogram, "time", "Time", "s";
}

#[derive(Debug, Clone, Hash)]
enum Happening {
    Arrive,
    Done { server: usize, worker: u16 },
}

impl Event for Happening {}

#[derive(Debug, Clone)]
struct Silence;

impl orrery_core::simulation::Step for Silence {
    fn narrate(&self) -> Narration {
        Narration::new("nothing", String::new())
    }
}

/// Clients before some servers.
#[derive(Debug, Clone)]
struct Queues {
    knobs: Knobs,
    client: Client,
    pool: Pool<u32>,
}

impl Queues {
    fn is_measured(&self, cx: &Context<'_, Self>) -> bool {
        cx.now() >= SimTime::ZERO + self.knobs.warm_up
    }

    fn arrive(&mut self, cx: &mut Context<'_, Self>) {
        let work = self.client.work.sample(cx.rng(Stream::SERVICE));
        let (call, _) = self.client.begin(0, work, cx.now());
        let random = cx.rng(Stream::named("choices"));
        let mut draw = || random.index(self.pool.len());
        let mut server = draw();
        for _ in 1..self.knobs.choices {
            let other = draw();
            if self.pool[other].load() < self.pool[server].load() {
                server = other;
            }
        }
        let measured = self.is_measured(cx);
        cx.count(CALLS, u64::from(measured));
        match self.pool[server].take(call.0, work, cx.now()) {
            Taken::Begun(begun) => {
                let worker = begun.worker;
                cx.schedule(begun.takes, Happening::Done { server, worker });
            }
            Taken::Waits => {}
            Taken::Refused(_) | Taken::InsteadOf(_) => {
                cx.count(REFUSED, u64::from(measured));
                self.client.end(call, cx.now());
            }
        }
    }
}

impl Simulation for Queues {
    type Event = Happening;
    type Knobs = Knobs;
    type Action = Action;
    type Step = Silence;

    fn start(knobs: &Knobs, cx: &mut Context<'_, Self>) -> Self {
        let rate = knobs.load * f64::from(knobs.servers);
        let work = knobs.law.with_mean(Span::from_secs(1));
        let workload = Workload::new(Shape::Poisson, rate);
        let server = || Server::new(knobs.workers as u16, Queue::new(Some(knobs.room)));
        cx.schedule(Span::ZERO, Happening::Arrive);
        Self {
            client: Client::new(workload, Keys::new(1, 0.0), work),
            pool: (0..knobs.servers).map(|_| server()).collect(),
            knobs: knobs.clone(),
        }
    }

    fn on_event(&mut self, event: Happening, cx: &mut Context<'_, Self>) {
        match event {
            Happening::Arrive => {
                self.arrive(cx);
                if let Some(at) = self.client.next_at(cx.rng(Stream::ARRIVALS)) {
                    cx.schedule_at(at, Happening::Arrive);
                }
            }
            Happening::Done { server, worker } => {
                let Some((call, next)) = self.pool[server].finish(worker, cx.now()) else {
                    return;
                };
                if let Some(begun) = next {
                    let worker = begun.worker;
                    cx.schedule(begun.takes, Happening::Done { server, worker });
                }
                let call = orrery_core::kernel::path::CallId(call);
                let ended = self.client.end(call, cx.now());
                if let Some(ended) = ended.filter(|_| self.is_measured(cx)) {
                    cx.observe(TIME, ended.took.as_secs_f64());
                }
            }
        }
    }

    fn on_action(&mut self, _: Action, _: &mut Context<'_, Self>) -> Result<(), Refusal> {
        Ok(())
    }
    fn on_knobs(&mut self, _: &Knobs, _: &mut Context<'_, Self>) {}
    fn metrics() -> &'static [MetricSpec] {
        METRICS
    }
    fn properties() -> &'static [Property<Self>] {
        &[]
    }
    fn scene(&self, _: &World<Happening>, _: &mut SceneBuilder) {}
}

/// Measures 24 runs of `calls` calls each, after a fifth more to warm up.
fn measure(knobs: &Knobs, calls: f64, of: fn(&Engine<Queues>) -> f64) -> Summary {
    let secs = calls / (knobs.load * f64::from(knobs.servers));
    let knobs = Knobs {
        warm_up: Span::from_secs_f64(secs * 0.2),
        ..knobs.clone()
    };
    let runs = (1_000..1_024).map(|seed| {
        let mut engine = Engine::<Queues>::start(seed, knobs.clone());
        engine.advance(SimTime::ZERO + Span::from_secs_f64(secs * 1.2), None);
        of(&engine)
    });
    Summary::of(&runs.collect::<Vec<f64>>())
}

fn mean_time(engine: &Engine<Queues>) -> f64 {
    engine.world().metrics().mean(TIME, engine.world().now())
}

fn share_refused(engine: &Engine<Queues>) -> f64 {
    let metrics = engine.world().metrics();
    metrics.value(REFUSED) / metrics.value(CALLS)
}

/// Holds a measurement to theory: within the 95 % interval, which must be narrow, and as much more
/// as what the theory leaves out may make.
fn check(what: &str, measured: &Summary, theory: f64, room: f64) {
    let off = (measured.mean - theory).abs();
    assert!(
        off <= measured.half_width + room * theory,
        "{what}: measured {} ± {}, theory {theory}",
        measured.mean,
        measured.half_width
    );
    assert!(
        measured.half_width <= 0.08 * theory,
        "{what}: ± {} of {theory} says nothing",
        measured.half_width
    );
}

#[test]
fn one_server_takes_as_long_as_mm1_says() {
    for load in [0.3, 0.6, 0.8] {
        let knobs = Knobs {
            load,
            ..Knobs::default()
        };
        let measured = measure(&knobs, 40_000.0, mean_time);
        check(
            &format!("M/M/1 at {load}"),
            &measured,
            theory::mm1_time(load),
            0.0,
        );
    }
}

#[test]
fn several_workers_behind_one_queue_take_as_long_as_erlang_c_says() {
    for (workers, load) in [(2, 1.4), (4, 3.2), (10, 8.0)] {
        let knobs = Knobs {
            workers,
            load,
            ..Knobs::default()
        };
        let measured = measure(&knobs, 40_000.0, mean_time);
        let theory = theory::mmc_time(workers, load);
        check(&format!("M/M/{workers} at {load}"), &measured, theory, 0.0);
    }
}

#[test]
fn waiting_grows_with_the_variability_of_work_as_pollaczek_and_khinchine_say() {
    for law in [
        Law::Constant,
        Law::Exponential,
        Law::LogNormal,
        Law::Bimodal,
    ] {
        for load in [0.3, 0.6, 0.8] {
            let knobs = Knobs {
                load,
                law,
                ..Knobs::default()
            };
            // The closer to full and the more work varies, the longer until the mean says something.
            let variability = law.variability();
            let calls = 8_000.0 * (1.0 + variability) * (1.0 + load / (1.0 - load));
            let measured = measure(&knobs, calls, mean_time);
            let theory = theory::mg1_time(load, variability);
            check(
                &format!("M/G/1 with {law:?} at {load}"),
                &measured,
                theory,
                0.0,
            );
        }
    }
}

#[test]
fn a_queue_with_little_room_turns_away_and_delays_as_mm1k_says() {
    for load in [0.6, 1.0, 1.6] {
        let knobs = Knobs {
            load,
            room: 3,
            ..Knobs::default()
        };
        let turned_away = measure(&knobs, 20_000.0, share_refused);
        let name = format!("M/M/1/4 at {load}");
        check(&name, &turned_away, theory::mm1k_refused(load, 4), 0.0);
        let time = measure(&knobs, 20_000.0, mean_time);
        check(&name, &time, theory::mm1k_time(load, 4), 0.0);
    }
}

#[test]
fn two_choices_shorten_the_way_as_mitzenmacher_says() {
    for (choices, load) in [(2, 0.7), (2, 0.9), (3, 0.9)] {
        let knobs = Knobs {
            servers: 200,
            choices,
            load,
            ..Knobs::default()
        };
        let measured = measure(&knobs, 40_000.0, mean_time);
        let theory = theory::choices_time(choices, load);
        // The formula is for very many servers; 200 are off by a hundredth.
        check(
            &format!("{choices} choices at {load}"),
            &measured,
            theory,
            0.01,
        );
    }
}

#[test]
fn one_choice_at_nine_tenths_takes_ten_service_times_and_two_take_two_and_six_tenths() {
    let knobs = Knobs {
        servers: 100,
        load: 0.9,
        ..Knobs::default()
    };
    let one = measure(&knobs, 150_000.0, mean_time);
    check("one choice at 0.9", &one, 10.0, 0.02);
    let two = measure(
        &Knobs {
            choices: 2,
            ..knobs
        },
        40_000.0,
        mean_time,
    );
    check("two choices at 0.9", &two, 2.614, 0.015);
}
