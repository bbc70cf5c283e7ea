//! One server, one queue: the simulation that every engine is measured with.
//!
//! Jobs arrive at random (0.8 per second on average), wait in line and are served for an
//! exponential time (1 s on average). On average rho / (1 - rho) = 4 jobs are in the system, which
//! tells whether a contender did the work.

use orrery_core::kernel::metrics::Metric;
use orrery_core::kernel::random::{Random, Streams};
use orrery_core::prelude::*;

/// The seed of every run.
pub const SEED: u64 = 42;
/// The mean time between arrivals.
pub const ARRIVAL: Span = Span::from_millis(1_250);
/// The mean service time.
pub const SERVICE: Span = Span::from_millis(1_000);
/// Jobs in the system on average, by theory.
pub const MEAN_JOBS: f64 = 4.0;

/// When a run of about `events` events ends: 1.6 of them happen per second.
pub const fn horizon(events: u64) -> SimTime {
    SimTime::from_millis(events * 1_000 / 1_600 * 1_000)
}

/// The same random draws for engines that bring none of their own or other ones.
#[derive(Debug, Clone)]
pub struct Draws {
    /// Decides when jobs arrive.
    pub arrivals: Random,
    /// Decides how long they take.
    pub service: Random,
}

impl Default for Draws {
    fn default() -> Self {
        let mut streams = Streams::new(SEED);
        Self {
            arrivals: streams.get(Stream::ARRIVALS).clone(),
            service: streams.get(Stream::SERVICE).clone(),
        }
    }
}

impl Draws {
    /// How long until the next arrival.
    #[inline]
    pub fn arrival(&mut self) -> Span {
        Duration::Exponential(ARRIVAL).sample(&mut self.arrivals)
    }

    /// How long the next job is served.
    #[inline]
    pub fn service(&mut self) -> Span {
        Duration::Exponential(SERVICE).sample(&mut self.service)
    }
}

orrery_core::knobs! {
    /// Nothing that can be set matters here.
    pub struct Knobs {
        /// Unused.
        unused: u32 = 1, "Unused", range(1, 1), unit("");
    }
}

orrery_core::actions! {
    /// Nothing can be done.
    pub enum Action {
        /// Unused.
        Nothing {} = "nothing", "Nothing";
    }
}

orrery_core::metrics! {
    /// Jobs waiting or served.
    JOBS: Gauge, "jobs", "Jobs", "jobs";
}

/// The metric that says how many jobs are in the system.
pub const JOBS_IN_SYSTEM: Metric = JOBS;

/// What happens.
#[derive(Debug, Clone, Copy, Hash)]
pub enum Happening {
    /// A job arrives.
    Arrival,
    /// A job is done.
    Departure,
}

impl Event for Happening {}

/// Nothing is narrated.
#[derive(Debug, Clone)]
pub struct Silence;

impl orrery_core::simulation::Step for Silence {
    fn narrate(&self) -> Narration {
        Narration::new("nothing", String::new())
    }
}

/// The server and its line, for Orrery's engine.
#[derive(Debug, Clone)]
pub struct Server {
    jobs: u32,
}

impl Simulation for Server {
    type Event = Happening;
    type Knobs = Knobs;
    type Action = Action;
    type Step = Silence;

    fn start(_: &Knobs, cx: &mut Context<'_, Self>) -> Self {
        let first = Duration::Exponential(ARRIVAL).sample(cx.rng(Stream::ARRIVALS));
        cx.schedule(first, Happening::Arrival);
        Self { jobs: 0 }
    }

    fn on_event(&mut self, event: Happening, cx: &mut Context<'_, Self>) {
        match event {
            Happening::Arrival => {
                let next = Duration::Exponential(ARRIVAL).sample(cx.rng(Stream::ARRIVALS));
                cx.schedule(next, Happening::Arrival);
                self.jobs += 1;
            }
            Happening::Departure => self.jobs -= 1,
        }
        let begins = match event {
            Happening::Arrival => self.jobs == 1,
            Happening::Departure => self.jobs > 0,
        };
        if begins {
            let takes = Duration::Exponential(SERVICE).sample(cx.rng(Stream::SERVICE));
            cx.schedule(takes, Happening::Departure);
        }
        cx.gauge(JOBS, f64::from(self.jobs));
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
