//! One run of the M/M/1 queue, to be timed natively and as wasm by `cargo xtask bench-wasm`.
//!
//! Run natively it times itself and prints trace hash, nanoseconds and events. As wasm it exports
//! the run and leaves timing to the browser.

use std::io::Write as _;
use std::time::Instant;

use orrery_bench::mm1::{Knobs, SEED, Server, horizon};
use orrery_core::kernel::engine::Engine;

/// As many events as the other measurements take.
const EVENTS: u64 = 1_000_000;

/// The fastest of so many runs counts.
const RUNS: usize = 5;

fn main() {
    let timed = |_| {
        let begun = Instant::now();
        let engine = engine();
        (begun.elapsed().as_nanos(), engine)
    };
    if let Some((nanos, engine)) = (0..RUNS).map(timed).min_by_key(|(nanos, _)| *nanos) {
        let (hash, events) = (engine.trace_hash(), engine.world().happened());
        // Nobody is left to tell when standard output is gone.
        let _ = writeln!(std::io::stdout(), "{hash:016x} {nanos} {events}");
    }
}

/// Runs the queue and gives the run's trace hash.
#[expect(
    unsafe_code,
    reason = "the name by which the browser finds it; no other function has it"
)]
#[unsafe(no_mangle)]
pub extern "C" fn run_mm1() -> u64 {
    engine().trace_hash()
}

fn engine() -> Engine<Server> {
    let mut engine = Engine::start(SEED, Knobs::default());
    engine.advance(horizon(EVENTS), None);
    engine
}
