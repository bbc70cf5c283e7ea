//! The lab: many short runs on one thread and on two, and one run beside SimPy.
//!
//! SimPy takes `python3` with the package `simpy` on the path; where it is missing, the line says so
//! and nothing is compared.

use std::hint::black_box;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use orrery_bench::mm1::{self, MEAN_JOBS, SEED, horizon};
use orrery_bench::{Table, median, verdict};
use orrery_core::catalog::{Card, Family, Machine, Pattern, Scenario};
use orrery_core::kernel::engine::Engine;
use orrery_core::kernel::session::RunState;
use orrery_core::lab::{Axis, Breaking, Measure, Results, Shard, Sweep, SweepPlan};
use orrery_core::time::SimTime;

const RUNS: u32 = 10_000;
const EVENTS: u64 = 1_000;
const ROUNDS: usize = 9;
/// Two threads are held against one in short rounds, and against what they make of bare arithmetic
/// meanwhile: a busy machine has less than two cores to give.
const RUNS_SHARED: u32 = 1_000;
const ROUNDS_SHARED: usize = 60;
/// Aims: seconds for all runs on one thread; speed per core on two; times as fast as SimPy.
const SECONDS_MAX: f64 = 0.5;
const SCALING_MIN: f64 = 0.9;
const TIMES_MIN: f64 = 150.0;

const EVENTS_BESIDE_SIMPY: u64 = 400_000;
const ROUNDS_BESIDE_SIMPY: usize = 5;
/// Ours takes a hundredth of a second, too short to be timed once.
const RUNS_BESIDE_SIMPY: usize = 20;

static QUEUE: Pattern = Pattern {
    card: Card {
        slug: "mm1",
        name: "M/M/1",
        family: Family::LoadBalancing,
        summary: "One server, one queue.",
        problem: "How long is the line?",
        synonyms: &[],
        challenges: 0,
    },
    first: || Scenario::new("", "", ""),
    scenarios: Vec::new,
    experiments: Vec::new,
    breaking: Breaking::new,
    challenges: &[],
    machine: Machine::of::<mm1::Server>(),
};

fn main() {
    many_runs();
    beside_simpy();
}

fn sweep(runs: u32) -> Sweep {
    let measure = Measure::parse("jobs:mean", &QUEUE).expect("it is measured");
    let state = RunState {
        seed: SEED,
        ..RunState::default()
    };
    let mut plan = SweepPlan::new(&QUEUE, &state, Axis::list("unused", [1]), measure);
    plan.runs = runs;
    plan.lasts = horizon(EVENTS) - SimTime::ZERO;
    Sweep::new(plan, &QUEUE).expect("the plan is fine")
}

/// Makes so many units on so many threads; gives the seconds that took, and what came out.
fn shared(threads: usize, units: u64, make: impl Fn(u64) -> f64 + Sync) -> (f64, Vec<(u64, f64)>) {
    let begun = Instant::now();
    let next = AtomicU64::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let unit = next.fetch_add(1, Ordering::Relaxed);
            if unit >= units {
                return made;
            }
            made.push((unit, make(unit)));
        }
    };
    let made = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = workers
            .into_iter()
            .map(|worker| worker.join().expect("it ends"));
        joined.flatten().collect()
    });
    (begun.elapsed().as_secs_f64(), made)
}

/// Measures a sweep on so many threads.
fn measure(sweep: &Sweep, threads: usize) -> (f64, f64) {
    let run = |unit| sweep.run(unit).expect("it starts");
    let (seconds, readings) = shared(threads, sweep.units(), run);
    let mut results = Results::new(sweep.clone(), Shard::WHOLE);
    for (unit, reading) in readings {
        results.insert(unit, reading);
    }
    (seconds, results.points()[0].summary.mean)
}

/// Work that touches no memory, about as long as a run: what two threads make of it is what the
/// machine has to give at the moment.
fn spin(unit: u64) -> f64 {
    let mut word = unit | 1;
    for _ in 0..24_000 {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
    }
    black_box(word) as f64
}

fn many_runs() {
    let (whole, short) = (sweep(RUNS), sweep(RUNS_SHARED));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mean = measure(&whole, 1).1;
    let alone: Vec<f64> = (0..ROUNDS).map(|_| measure(&whole, 1).0).collect();
    let (mut ours, mut given) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS_SHARED {
        let spun = |threads| shared(threads, short.units(), spin).0;
        let ((one, mean), (two, other)) = (measure(&short, 1), measure(&short, 2));
        assert_eq!(
            mean.to_bits(),
            other.to_bits(),
            "threads make no difference"
        );
        ours.push(one / two / 2.0);
        given.push(spun(1) / spun(2) / 2.0);
    }
    let scaling = ours
        .iter()
        .zip(&given)
        .map(|(ours, given)| ours / given)
        .collect();
    let (ours, given, scaling) = (median(ours), median(given), median(scaling));
    let mut table = Table::new(
        &format!("Lab: {RUNS} runs of {EVENTS} events, M/M/1 at 0.8, {cores} cores"),
        ["what", "measured", "aim", ""],
    );
    let fastest = alone.iter().copied().fold(f64::INFINITY, f64::min);
    let seconds = median(alone);
    table.row([
        "one thread".to_owned(),
        format!("{seconds:.3} s, fastest {fastest:.3} s"),
        format!("<= {SECONDS_MAX} s"),
        verdict(seconds <= SECONDS_MAX),
    ]);
    table.row([
        "speed per core on two threads".to_owned(),
        format!("{ours:.2}, of bare arithmetic {given:.2}: {scaling:.2} of it"),
        format!(">= {SCALING_MIN} of it"),
        if cores < 2 {
            "one core only".to_owned()
        } else {
            verdict(scaling >= SCALING_MIN)
        },
    ]);
    // Short runs begin with an empty queue and have fewer jobs than theory says of long ones.
    table.row([
        "mean jobs".to_owned(),
        format!("{mean:.3}"),
        format!("{MEAN_JOBS} in the long run"),
        String::new(),
    ]);
    table.print();
}

/// A way of writing the queue in SimPy: its name, nanoseconds per event, mean jobs.
type Peer = (String, f64, f64);

fn beside_simpy() {
    let (mut ours, mut peers): (Vec<f64>, Vec<Vec<Peer>>) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS_BESIDE_SIMPY {
        let Some(theirs) = with_simpy() else {
            Table::new(
                "Lab: beside SimPy: not measured, python3 has no module simpy",
                [""; 1],
            )
            .print();
            return;
        };
        ours.push(median((0..RUNS_BESIDE_SIMPY).map(|_| alone()).collect()));
        peers.push(theirs);
    }
    let mut table = Table::new(
        &format!("Lab: one run of {EVENTS_BESIDE_SIMPY} events beside SimPy"),
        ["contender", "ns per event", "mean jobs", "ratio", "aim", ""],
    );
    let blank = String::new;
    let nanos = format!("{:.1}", median(ours.clone()));
    table.row([
        "orrery".to_owned(),
        nanos,
        blank(),
        blank(),
        blank(),
        blank(),
    ]);
    let aims = [Some(TIMES_MIN), None];
    for (index, aim) in aims.into_iter().enumerate() {
        let of = |round: &Vec<Peer>| round.get(index).map_or(f64::NAN, |(_, nanos, _)| *nanos);
        let ratios = peers
            .iter()
            .zip(&ours)
            .map(|(round, own)| of(round) / own)
            .collect();
        let ratio = median(ratios);
        let Some((name, _, mean)) = peers.first().and_then(|round| round.get(index)) else {
            continue;
        };
        table.row([
            format!("simpy, {}", name.replace('_', " ")),
            format!("{:.0}", median(peers.iter().map(of).collect())),
            format!("{mean:.3}"),
            format!("ours is {ratio:.0} x as fast"),
            aim.map_or_else(|| "-".to_owned(), |aim| format!(">= {aim} x")),
            aim.map_or_else(|| "-".to_owned(), |aim| verdict(ratio >= aim)),
        ]);
    }
    table.print();
}

/// Nanoseconds per event of one run of ours.
fn alone() -> f64 {
    let begun = Instant::now();
    let mut engine = Engine::<mm1::Server>::start(SEED, mm1::Knobs::default());
    engine.advance(horizon(EVENTS_BESIDE_SIMPY), None);
    let events = black_box(&engine).world().happened();
    begun.elapsed().as_nanos() as f64 / events as f64
}

/// Runs the same queue in SimPy, which times itself; none where it is not there.
fn with_simpy() -> Option<Vec<Peer>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/simpy/mm1.py");
    let seconds = horizon(EVENTS_BESIDE_SIMPY).as_secs_f64().to_string();
    let output = Command::new("python3")
        .args([script, &seconds])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout)
        .ok()
        .filter(|_| output.status.success())?;
    let peers = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let [name, events, seconds, mean] = words[..] else {
            return None;
        };
        let (events, seconds): (f64, f64) = (events.parse().ok()?, seconds.parse().ok()?);
        Some((name.to_owned(), seconds * 1e9 / events, mean.parse().ok()?))
    });
    Some(peers.collect())
}
