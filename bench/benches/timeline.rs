//! Going to any instant of a recorded run of a million events, and what keeping it costs.
//!
//! Memory is what the allocator holds: checkpoints are what a timeline holds beyond an engine of
//! its own and the recording, each of which is measured alone.

use std::alloc::System;
use std::hint::black_box;
use std::time::Instant;

use cap::Cap;
use orrery_bench::mm1::{Knobs, SEED, Server, horizon};
use orrery_bench::{Aim, Contender, Sample, Table, compete, quantile, verdict};
use orrery_core::kernel::engine::{Engine, Recording};
use orrery_core::kernel::random::Random;
use orrery_core::kernel::timeline::{Stops, Timeline};
use orrery_core::time::{SimTime, Span};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const EVENTS: u64 = 1_000_000;
const SEEKS: usize = 2_000;
const SAMPLE_EVERY: Span = Span::from_secs(1);

/// Makes something and says how many bytes it holds.
fn weigh<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATOR.allocated();
    let made = make();
    (made, ALLOCATOR.allocated().saturating_sub(before))
}

fn played() -> Timeline<Server> {
    let mut timeline = Timeline::start(SEED, Knobs::default(), Vec::new(), SAMPLE_EVERY);
    timeline.advance(horizon(EVENTS), u64::MAX, &Stops::default());
    timeline
}

fn main() {
    let (mut timeline, whole) = weigh(played);
    let (engine, engine_bytes) = weigh(|| timeline.engine().clone());
    drop(engine);
    let (recording, recording_bytes) = weigh(|| {
        let mut recording = Recording::new(SAMPLE_EVERY);
        let mut engine =
            Engine::<Server>::start_recorded(SEED, Knobs::default(), Some(&mut recording));
        engine.advance(horizon(EVENTS), Some(&mut recording));
        recording
    });
    drop(recording);
    let checkpoints = whole.saturating_sub(engine_bytes + recording_bytes);

    let seeks = seek_times(&mut timeline);
    let mut table = Table::new(
        &format!(
            "Timeline: {SEEKS} random seeks in {} events",
            timeline.cursor().ordinal
        ),
        ["measured", "value", "aim", ""],
    );
    let p99 = quantile(seeks.clone(), 0.99);
    let mut row = |name: &str, value: String, aim: &str, met: String| {
        table.row([name.to_owned(), value, aim.to_owned(), met]);
    };
    row(
        "seek, p50",
        format!("{:.3} ms", quantile(seeks.clone(), 0.5)),
        "-",
        "-".to_owned(),
    );
    row(
        "seek, p99",
        format!("{p99:.3} ms"),
        "<= 2 ms",
        verdict(p99 <= 2.0),
    );
    row(
        "seek, longest",
        format!("{:.3} ms", quantile(seeks, 1.0)),
        "-",
        "-".to_owned(),
    );
    let small_enough = verdict(checkpoints <= 16 << 20);
    row(
        "checkpoints",
        mebibytes(checkpoints),
        "<= 16 MiB",
        small_enough,
    );
    row("recording", mebibytes(recording_bytes), "-", "-".to_owned());
    row(
        "one engine",
        format!("{engine_bytes} bytes on the heap"),
        "-",
        "-".to_owned(),
    );
    table.print();

    let playing = [
        Contender::new("timeline, recorded", Aim::Shown, || {
            Sample::of(|| black_box(played()).cursor().ordinal)
        }),
        Contender::new("engine alone", Aim::Shown, || {
            Sample::of(|| {
                let mut engine = Engine::<Server>::start(SEED, Knobs::default());
                engine.advance(horizon(EVENTS), None);
                black_box(&engine).world().happened()
            })
        }),
    ];
    compete("Playing: ns per event", 5, playing.into());
}

/// How long each seek took, in milliseconds; the cursor is back at the end afterwards.
fn seek_times(timeline: &mut Timeline<Server>) -> Vec<f64> {
    let end = horizon(EVENTS);
    let mut random = Random::new(17);
    let times = (0..SEEKS)
        .map(|_| {
            let at = SimTime::from_nanos(random.below(end.as_nanos()));
            let begun = Instant::now();
            timeline.seek(at);
            black_box(timeline.engine());
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    timeline.seek(end);
    times
}

fn mebibytes(bytes: usize) -> String {
    format!("{:.2} MiB", bytes as f64 / f64::from(1 << 20))
}
