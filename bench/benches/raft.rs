//! Five servers agreeing on a log while some crash and links are cut: messages per second beside a
//! bare ping-pong in two other network simulators, simulated time against real time, and seeks.
//!
//! Every message of ours is a step of the whole algorithm, looked at by an auditor who checks seven
//! promises after each; the other side does nothing but send bytes back. madsim is a simulator only
//! where all crates are compiled with `--cfg madsim`, so it runs in a program of its own (`madsim/`),
//! which is compiled first; where that fails, a line says so and it is left out.

use std::env;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use orrery_bench::{Aim, Contender, Sample, Table, compete, quantile, verdict};
use orrery_core::kernel::engine::Engine;
use orrery_core::kernel::random::Random;
use orrery_core::kernel::timeline::{Entry, Stops, Timeline};
use orrery_core::patterns::consensus::raft::{Cluster, Knobs};
use orrery_core::staging::fault;
use orrery_core::time::{SimTime, Span};
use orrery_core::value::Call;

/// Simulated time of a run.
const MINUTES: u64 = 10;

/// Runs in a sample, which then lasts about as long as one of the others.
const RUNS: u32 = 10;

/// How many times a ping-pong goes there and back.
const PINGS: u64 = 20_000;

/// Every twenty seconds a server crashes or some are cut off; ten seconds later that is mended.
fn faults() -> Vec<Entry> {
    let mut script = Vec::new();
    let mut at = |secs: u64, call: Call| {
        script.push(Entry {
            at: SimTime::from_secs(secs),
            after: None,
            call,
        });
    };
    for round in 0..MINUTES * 60 / 20 {
        let begin = 5 + round * 20;
        let server = (round % 5) as i64;
        if round % 2 == 0 {
            at(begin, fault("crash").with("node", server));
            at(begin + 10, fault("restart").with("node", server));
        } else {
            at(begin, fault("partition").with("nodes", server.to_string()));
            at(begin + 10, fault("repair"));
        }
    }
    script
}

fn end() -> SimTime {
    SimTime::from_secs(MINUTES * 60)
}

/// Ten simulated minutes with faults; the engine at their end.
fn run() -> Engine<Cluster> {
    let mut engine = Engine::<Cluster>::start(1, Knobs::default());
    for entry in faults() {
        engine.advance(entry.at, None);
        // A fault that does not fit is no fault: it is refused.
        let _ = engine.try_act(&entry.call, None);
    }
    engine.advance(end(), None);
    engine
}

/// Messages between servers, and between them and their clients.
fn messages(engine: &Engine<Cluster>) -> u64 {
    engine.world().sent()
}

/// The shortest and the longest way of a message in Raft's network.
fn latencies() -> [Duration; 2] {
    let Knobs {
        latency, jitter, ..
    } = Knobs::default();
    let half = latency * u64::from(jitter) / 100;
    [latency.saturating_sub(half), latency + half].map(|span| Duration::from_nanos(span.as_nanos()))
}

/// Datagrams back and forth between two hosts, each way as long as told.
fn ping_pong(times: u64, [shortest, longest]: [Duration; 2]) -> u64 {
    const PORT: u16 = 1_738;
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let mut sim = turmoil::Builder::new()
        .simulation_duration(Duration::from_secs(3_600))
        .min_message_latency(shortest)
        .max_message_latency(longest)
        .build();
    sim.host("server", move || async move {
        let socket = turmoil::net::UdpSocket::bind((any, PORT)).await?;
        let mut bytes = [0; 64];
        loop {
            let (length, from) = socket.recv_from(&mut bytes).await?;
            socket.send_to(&bytes[..length], from).await?;
        }
    });
    sim.client("client", async move {
        let socket = turmoil::net::UdpSocket::bind((any, PORT)).await?;
        let mut bytes = [0; 64];
        for _ in 0..times {
            socket.send_to(b"ping", ("server", PORT)).await?;
            socket.recv_from(&mut bytes).await?;
        }
        Ok(())
    });
    sim.run().expect("nothing fails in it");
    times * 2
}

/// Compiles the program that does the same in madsim; none where that fails, for a reason that is told.
fn madsim() -> Option<PathBuf> {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = bench.with_file_name("target").join("madsim");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let outcome = Command::new(cargo)
        .args(["build", "--quiet", "--release", "--locked", "--target-dir"])
        .arg(&target)
        // Where the flag is set.
        .current_dir(bench.join("madsim"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status();
    let compiled = outcome.is_ok_and(|status| status.success());
    compiled.then(|| target.join("release").join("orrery-bench-madsim"))
}

/// What that program measured.
fn ping_pong_in_madsim(program: &Path) -> Sample {
    let output = Command::new(program)
        .arg(PINGS.to_string())
        .output()
        .expect("what was compiled runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(messages)), Some(Ok(nanos))) => {
            Sample::told(Duration::from_nanos(nanos), messages)
        }
        _ => panic!("two numbers are expected of the ping-pong in madsim, not {text:?}"),
    }
}

fn main() {
    let madsim = madsim();
    let mut contenders = vec![
        Contender::new("five Raft servers with faults", Aim::Shown, || {
            Sample::of(|| (0..RUNS).map(|_| messages(black_box(&run()))).sum())
        }),
        // It looks at every host once in every millisecond of its time, so no way is cheaper.
        Contender::new(
            "turmoil, ping-pong at 1 ms a way",
            Aim::TimesFaster(20.0),
            || Sample::of(|| ping_pong(PINGS, [Duration::from_millis(1); 2])),
        ),
        Contender::new(
            "turmoil, ping-pong in the same network",
            Aim::TimesFaster(20.0),
            || Sample::of(|| ping_pong(PINGS / 10, latencies())),
        ),
    ];
    match &madsim {
        Some(program) => contenders.push(Contender::new(
            "madsim, ping-pong",
            Aim::TimesFaster(8.0),
            || ping_pong_in_madsim(program),
        )),
        None => Table::new(
            "Network simulation: madsim is not measured, its ping-pong did not compile",
            [""; 1],
        )
        .print(),
    }
    compete("Network simulation: ns per message", 5, contenders);

    let begun = Instant::now();
    let engine = run();
    let took = begun.elapsed().as_secs_f64();
    let times_real = (MINUTES * 60) as f64 / took;
    let seeks = seek_times();
    let p99 = quantile(seeks.clone(), 0.99);
    let mut table = Table::new(
        &format!(
            "Raft: {MINUTES} simulated minutes, {} events, {} messages",
            engine.world().happened(),
            messages(&engine)
        ),
        ["measured", "value", "aim", ""],
    );
    table.row([
        "simulated against real time".to_owned(),
        format!("{times_real:.0} x"),
        ">= 10000 x".to_owned(),
        verdict(times_real >= 10_000.0),
    ]);
    table.row([
        "seek, p50".to_owned(),
        format!("{:.2} ms", quantile(seeks.clone(), 0.5)),
        "-".to_owned(),
        "-".to_owned(),
    ]);
    table.row([
        "seek, p99".to_owned(),
        format!("{p99:.2} ms"),
        "<= 5 ms".to_owned(),
        verdict(p99 <= 5.0),
    ]);
    table.print();
}

/// How long random seeks in the recorded run take, in milliseconds.
fn seek_times() -> Vec<f64> {
    let mut timeline =
        Timeline::<Cluster>::start(1, Knobs::default(), faults(), Span::from_secs(1));
    timeline.advance(end(), u64::MAX, &Stops::default());
    let mut random = Random::new(17);
    (0..500)
        .map(|_| {
            let at = SimTime::from_nanos(random.below(end().as_nanos()));
            let begun = Instant::now();
            timeline.seek(at);
            black_box(timeline.engine());
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect()
}
