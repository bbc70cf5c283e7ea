//! How much slower the engine is in a browser: the M/M/1 run of `bench/` natively, and as wasm
//! compiled as the lab's worker is and as the page is, timed in turns.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::error::Error;
use crate::optimise::{FOR_SIZE, FOR_SPEED};
use crate::process::{command, output_of, run};
use crate::setup::{self, Engine, Need};
use crate::static_server::StaticServer;
use crate::webdriver::{Log, Session};
use crate::workspace::Workspace;

/// The program, as a package's binary and as a file.
const PROGRAM: &str = "mm1";

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// A browser first runs code that is quickly compiled, and compiles anew what runs often.
const WARM_UP_ROUNDS: usize = 4;

/// Both sides take turns, and the fastest run of each counts: what else the machine does can only
/// add to it.
const ROUNDS: usize = 7;

/// How long a browser may take to compile a few kilobytes on a slow machine.
const START_LIMIT: Duration = Duration::from_secs(20);

/// How many times longer wasm may take where runs are made by the thousand. A page, which takes a
/// few events per frame, is built for size instead.
const AIM: f64 = 1.3;

/// The program as wasm, as one of the site's programs is compiled.
struct Compiled {
    /// Which of them.
    like: &'static str,
    /// By which profile of Cargo.
    profile: &'static str,
    /// With what wasm-opt is told.
    optimised: &'static [&'static str],
}

const LAB: Compiled = Compiled {
    like: "lab",
    profile: "release",
    optimised: FOR_SPEED,
};

const SITE_PAGE: Compiled = Compiled {
    like: "page",
    profile: "page",
    optimised: FOR_SIZE,
};

/// A page that does nothing but load the program.
const PAGE: &str = "<!doctype html><title>bench</title><script type=\"module\">\
    const load = async (like) => \
        (await WebAssembly.instantiateStreaming(fetch(like + '.wasm'))).instance.exports.run_mm1; \
    window.runs = {lab: await load('lab'), page: await load('page')}; \
    </script>";

/// The fastest of as many runs as the native program makes, in milliseconds, and the trace hash;
/// in front of it stands which program to run.
const TIME_RUNS: &str = "\
    let fastest = Infinity, hash; \
    for (let i = 0; i < 5; i++) { \
        const begun = performance.now(); \
        hash = window.runs[like](); \
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
    setup::ensure(
        workspace,
        &[
            Need::WasmTarget,
            Need::WasmOpt,
            Need::Browser(Engine::Chromium),
        ],
    )?;
    let build = ["build", "--package", "orrery-bench", "--bin", PROGRAM];
    run(command(workspace, "cargo").args(build).arg("--release"))?;
    let folder = workspace.target().join("bench-wasm");
    fs::create_dir_all(&folder).map_err(Error::file("create", &folder))?;
    for compiled in [&LAB, &SITE_PAGE] {
        run(command(workspace, "cargo").args(build).args([
            "--profile",
            compiled.profile,
            "--target",
            WASM_TARGET,
        ]))?;
        lay_out(workspace, compiled, &folder)?;
    }
    let page = folder.join("index.html");
    fs::write(&page, PAGE).map_err(Error::file("write", &page))?;

    let server =
        StaticServer::start(&folder, "/").map_err(|cause| Error::Port { port: 0, cause })?;
    let session = Session::start(&setup::browser(workspace, Engine::Chromium)?, Log::Console)?;
    session.open(&server.address())?;
    session.wait_until("return window.runs !== undefined;", START_LIMIT)?;
    for _ in 0..WARM_UP_ROUNDS {
        time_in_browser(&session, &LAB)?;
        time_in_browser(&session, &SITE_PAGE)?;
    }

    let mut rounds = Vec::with_capacity(ROUNDS);
    let mut events = 0.0;
    for _ in 0..ROUNDS {
        let (native, count) = time_natively(workspace)?;
        let lab = time_in_browser(&session, &LAB)?;
        let page = time_in_browser(&session, &SITE_PAGE)?;
        for wasm in [&lab, &page] {
            if native.trace_hash != wasm.trace_hash {
                return Err(Error::TracesDiffer {
                    native: native.trace_hash,
                    wasm: wasm.trace_hash.clone(),
                });
            }
        }
        events = count;
        rounds.push(Round { native, lab, page });
    }
    report(&rounds, events);
    Ok(())
}

/// What all sides did in one round.
struct Round {
    native: Timed,
    lab: Timed,
    page: Timed,
}

/// Puts the program beside the page, optimised as that of the site is.
fn lay_out(workspace: &Workspace, compiled: &Compiled, folder: &Path) -> Result<(), Error> {
    let built = workspace
        .target()
        .join(WASM_TARGET)
        .join(compiled.profile)
        .join(format!("{PROGRAM}.wasm"));
    let served = folder.join(format!("{}.wasm", compiled.like));
    match setup::find_wasm_opt(workspace) {
        Some(wasm_opt) => {
            let mut optimise = command(workspace, wasm_opt);
            run(optimise
                .args(compiled.optimised)
                .arg(built)
                .arg("-o")
                .arg(served))
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
fn time_in_browser(session: &Session, compiled: &Compiled) -> Result<Timed, Error> {
    let which = format!("const like = '{}'; ", compiled.like);
    let value = session.evaluate(&(which + TIME_RUNS))?;
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

fn report(rounds: &[Round], events: f64) {
    let fastest = |nanos: fn(&Round) -> f64| {
        let all = rounds.iter().map(nanos);
        all.fold(f64::INFINITY, f64::min) / events
    };
    let native = fastest(|round| round.native.nanos);
    let lab = fastest(|round| round.lab.nanos);
    let page = fastest(|round| round.page.nanos);
    let ratio = lab / native;
    let met = if ratio <= AIM { "met" } else { "MISSED" };
    println!("\nKernel, M/M/1: ns per event over {events} events");
    println!("  native             {native:.1}");
    println!("  Chromium, the lab  {lab:.1}  {ratio:.2} x  <= {AIM} x  {met}");
    println!("  Chromium, a page   {page:.1}  {:.2} x", page / native);
    if let Some(round) = rounds.first() {
        println!(
            "  trace hash         {} on all sides, in every round",
            round.native.trace_hash
        );
    }
}
