//! How much slower the engine is in a browser: the M/M/1 run of `bench/`, compiled with the
//! release settings of the site, natively and as wasm, timed in turns.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::error::Error;
use crate::process::{command, output_of, run};
use crate::setup::{self, Need};
use crate::static_server::StaticServer;
use crate::webdriver::{Log, Session};
use crate::workspace::Workspace;

/// The program, as a package's binary and as a file.
const PROGRAM: &str = "mm1";

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Both sides run once in each round; the median of the ratios within a round counts.
const ROUNDS: usize = 7;

/// How long a browser may take to compile a few kilobytes on a slow machine.
const START_LIMIT: Duration = Duration::from_secs(20);

/// How many times longer wasm may take.
const AIM: f64 = 1.3;

/// A page that does nothing but load the program.
const PAGE: &str = "<!doctype html><title>bench</title><script type=\"module\">\
    const {instance} = await WebAssembly.instantiateStreaming(fetch('mm1.wasm')); \
    window.run = instance.exports.run_mm1; \
    </script>";

/// The fastest of as many runs as the native program makes, in milliseconds, and the trace hash.
/// The browser compiles anew what runs often, so that the first rounds are not counted.
const TIME_RUNS: &str = "\
    let fastest = Infinity, hash; \
    for (let i = 0; i < 5; i++) { \
        const begun = performance.now(); \
        hash = window.run(); \
        fastest = Math.min(fastest, performance.now() - begun); \
    } \
    return BigInt.asUintN(64, hash).toString(16).padStart(16, '0') + ' ' + fastest;";

/// What one side did in one round.
#[derive(Debug, PartialEq)]
struct Timed {
    trace_hash: String,
    nanos: f64,
}

/// Builds the program for both sides, times it and prints the figures.
///
/// # Errors
///
/// When something cannot be built or run, or when the two sides do not have the same trace.
pub(crate) fn bench_wasm(workspace: &Workspace) -> Result<(), Error> {
    setup::ensure(workspace, &[Need::WasmTarget, Need::WasmOpt, Need::Browser])?;
    let release = ["build", "--release", "--package", "orrery-bench", "--bin"];
    run(command(workspace, "cargo").args(release).arg(PROGRAM))?;
    run(command(workspace, "cargo")
        .args(release)
        .args([PROGRAM, "--target", WASM_TARGET]))?;
    let folder = workspace.target().join("bench-wasm");
    lay_out(workspace, &folder)?;

    let server =
        StaticServer::start(&folder, "/").map_err(|cause| Error::Port { port: 0, cause })?;
    let session = Session::start(&setup::browser(workspace)?, Log::Console)?;
    session.open(&server.address())?;
    session.wait_until("return window.run !== undefined;", START_LIMIT)?;
    time_in_browser(&session)?;

    let mut rounds = Vec::with_capacity(ROUNDS);
    let mut events = 0.0;
    for _ in 0..ROUNDS {
        let (native, count) = time_natively(workspace)?;
        let wasm = time_in_browser(&session)?;
        if native.trace_hash != wasm.trace_hash {
            return Err(Error::TracesDiffer {
                native: native.trace_hash,
                wasm: wasm.trace_hash,
            });
        }
        events = count;
        rounds.push((native, wasm));
    }
    report(&rounds, events);
    Ok(())
}

/// Puts page and program side by side, the program optimised as the site's is.
fn lay_out(workspace: &Workspace, folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    let page = folder.join("index.html");
    fs::write(&page, PAGE).map_err(Error::file("write", &page))?;
    let file = format!("{PROGRAM}.wasm");
    let built = workspace
        .target()
        .join(WASM_TARGET)
        .join("release")
        .join(&file);
    let served = folder.join(&file);
    match setup::find_wasm_opt(workspace) {
        Some(wasm_opt) => {
            let mut optimise = command(workspace, wasm_opt);
            run(optimise.arg("-O3").arg(built).arg("-o").arg(served))
        }
        None => fs::copy(&built, served)
            .map(drop)
            .map_err(Error::file("read", built)),
    }
}

/// One round natively, and how many events a run has.
fn time_natively(workspace: &Workspace) -> Result<(Timed, f64), Error> {
    let program = workspace.target().join("release").join(PROGRAM);
    let printed = output_of(&mut command(workspace, program)).unwrap_or_default();
    let words: Vec<&str> = printed.split_whitespace().collect();
    if let [trace_hash, nanos, events] = words[..]
        && let (Ok(nanos), Ok(events)) = (nanos.parse(), events.parse())
    {
        let trace_hash = trace_hash.to_owned();
        return Ok((Timed { trace_hash, nanos }, events));
    }
    Err(Error::Unreadable {
        what: "the native program",
        printed,
    })
}

/// One round in the browser.
fn time_in_browser(session: &Session) -> Result<Timed, Error> {
    let value = session.evaluate(TIME_RUNS)?;
    let printed = value.as_str().unwrap_or_default();
    if let Some((trace_hash, millis)) = printed.split_once(' ')
        && let Ok(millis) = millis.parse::<f64>()
    {
        return Ok(Timed {
            trace_hash: trace_hash.to_owned(),
            nanos: millis * 1e6,
        });
    }
    Err(Error::Unreadable {
        what: "the program in the browser",
        printed: value.to_string(),
    })
}

fn report(rounds: &[(Timed, Timed)], events: f64) {
    let median_of = |value: fn(&(Timed, Timed)) -> f64| median(rounds.iter().map(value).collect());
    let native = median_of(|(native, _)| native.nanos) / events;
    let wasm = median_of(|(_, wasm)| wasm.nanos) / events;
    let ratio = median_of(|(native, wasm)| wasm.nanos / native.nanos);
    let met = if ratio <= AIM { "met" } else { "MISSED" };
    println!("\nKernel, M/M/1: ns per event over {events} events");
    println!("  native          {native:.1}");
    println!("  wasm, Chromium  {wasm:.1}  {ratio:.2} x  <= {AIM} x  {met}");
    if let Some((native, _)) = rounds.first() {
        println!(
            "  trace hash      {} on both sides, in every round",
            native.trace_hash
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
