//! What a page costs: main-thread time per frame while it plays, and bytes over the wire.
//!
//! The time is read from the browser's own trace, so that nothing is added to the page.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::Duration;

use orrery_core::catalog::PATTERNS;
use serde_json::Value;

use crate::build::{self, BuildArguments};
use crate::error::Error;
use crate::registry;
use crate::setup::{self, Browser, Engine, Need};
use crate::static_server::StaticServer;
use crate::webdriver::{Log, Session};
use crate::wire::{Files, Sizes};
use crate::workspace::Workspace;

/// Where the site is served; the figures do not depend on it.
const BASE_PATH: &str = "/";

/// What is left out at the start: compiling, first layout, caches that fill.
const WARM_UP: Duration = Duration::from_secs(2);

/// Two animation callbacks this close together, in microseconds, belong to one frame.
const SAME_FRAME_GAP: f64 = 1_000.0;

/// Trace events in which scripts run, microtasks and garbage collection included.
const SCRIPTING: [&str; 10] = [
    "EvaluateScript",
    "EventDispatch",
    "FireAnimationFrame",
    "FunctionCall",
    "MajorGC",
    "MinorGC",
    "RunMicrotasks",
    "TimerFire",
    "v8.callAsConstructor",
    "v8.callFunction",
];

/// Trace events in which the browser turns the document into a picture.
const RENDERING: [&str; 6] = [
    "Commit",
    "Layerize",
    "Layout",
    "Paint",
    "PrePaint",
    "UpdateLayoutTree",
];

/// What to measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BenchPageArguments {
    /// Pages relative to the site's root, such as `p/saga/#...`; without any, each pattern's page.
    pages: Vec<String>,
    /// How many seconds of each page to measure.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Measures the site as it was built last.
    #[arg(long)]
    built: bool,
}

/// Builds the site, measures the pages and prints the figures.
pub(crate) fn bench_page(
    workspace: &Workspace,
    arguments: &BenchPageArguments,
) -> Result<(), Error> {
    setup::ensure(workspace, &[Need::Browser(Engine::Chromium)])?;
    if !arguments.built {
        build::build(workspace, &BuildArguments::default())?;
    }
    let browser = setup::browser(workspace, Engine::Chromium)?;
    let server = StaticServer::of_site(workspace, BASE_PATH)?;
    let pages = if arguments.pages.is_empty() {
        PATTERNS
            .iter()
            .map(|pattern| registry::address(pattern))
            .collect()
    } else {
        arguments.pages.clone()
    };
    println!(
        "\nMain thread, milliseconds per frame over {} s of playing",
        arguments.seconds
    );
    println!(
        "{:<44} {:>6}  {:^23}  {:^15}",
        "page", "frames", "scripting p50 p95 max", "rendering p50 p95"
    );
    let mut loaded = Vec::new();
    for page in &pages {
        let measured = measure(
            &browser,
            &server,
            page,
            Duration::from_secs(arguments.seconds),
        )?;
        println!("{page:<44} {}", measured.frames);
        loaded.push((page, measured.files));
    }
    print_wire_sizes(&workspace.dist(), &loaded)
}

/// What was seen of one page.
struct Measured {
    frames: Frames,
    files: Files,
}

fn measure(
    browser: &Browser,
    server: &StaticServer,
    page: &str,
    lasting: Duration,
) -> Result<Measured, Error> {
    // A session of its own: the driver hands out one trace for each.
    let session = Session::start(browser, Log::Trace)?;
    session.open(&format!("{}{page}", server.address()))?;
    thread::sleep(WARM_UP + lasting);
    let files = Files::of(&session, &server.address())?;
    let frames = Frames::read(&session.take_trace()?, lasting.as_secs_f64() * 1e6);
    Ok(Measured { frames, files })
}

/// An event of the main thread, in microseconds.
#[derive(Clone, Copy, Debug)]
struct Slice<'a> {
    name: &'a str,
    start: f64,
    end: f64,
}

/// Milliseconds of main-thread time in each frame, sorted.
#[derive(Debug, Default, PartialEq)]
struct Frames {
    scripting: Vec<f64>,
    rendering: Vec<f64>,
}

impl Frames {
    /// Reads the last `lasting` microseconds of a trace.
    fn read(trace: &[Value], lasting: f64) -> Self {
        let slices = main_thread(trace);
        let end = slices.last().map_or(0.0, |slice| slice.end);
        let starts: Vec<f64> = frame_starts(&slices)
            .into_iter()
            .filter(|start| *start >= end - lasting)
            .collect();
        let per_frame = |names: &[&str]| {
            let spans = busy(&slices, names);
            let mut sums: Vec<f64> = starts
                .windows(2)
                .map(|frame| {
                    let within = spans
                        .iter()
                        .filter(|(start, _)| (frame[0]..frame[1]).contains(start));
                    within.map(|(start, end)| end - start).sum::<f64>() / 1e3
                })
                .collect();
            sums.sort_by(f64::total_cmp);
            sums
        };
        Self {
            scripting: per_frame(&SCRIPTING),
            rendering: per_frame(&RENDERING),
        }
    }
}

impl std::fmt::Display for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [script, render] = [&self.scripting, &self.rendering];
        if script.is_empty() {
            return f.write_str("     0  nothing moved");
        }
        write!(
            f,
            "{:>6}  {:>7.2} {:>7.2} {:>7.2}  {:>7.2} {:>7.2}",
            script.len(),
            quantile(script, 0.5),
            quantile(script, 0.95),
            quantile(script, 1.0),
            quantile(render, 0.5),
            quantile(render, 0.95)
        )
    }
}

/// The value below which a share of the sorted values lies (nearest rank); zero without values.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// The complete events of the thread with the most animation callbacks, in order of their start.
fn main_thread(trace: &[Value]) -> Vec<Slice<'_>> {
    let thread = |event: &Value| Some((event["pid"].as_u64()?, event["tid"].as_u64()?));
    let mut callbacks = BTreeMap::new();
    for event in trace
        .iter()
        .filter(|event| event["name"] == "FireAnimationFrame")
    {
        *callbacks.entry(thread(event)).or_insert(0) += 1;
    }
    let main = callbacks
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .and_then(|(thread, _)| thread);
    let mut slices: Vec<Slice<'_>> = trace
        .iter()
        .filter(|event| event["ph"] == "X" && main.is_some() && thread(event) == main)
        .filter_map(|event| {
            let start = event["ts"].as_f64()?;
            let end = start + event["dur"].as_f64()?;
            Some(Slice {
                name: event["name"].as_str()?,
                start,
                end,
            })
        })
        .collect();
    slices.sort_by(|a, b| a.start.total_cmp(&b.start));
    slices
}

/// When each frame's first animation callback begins.
fn frame_starts(slices: &[Slice<'_>]) -> Vec<f64> {
    let mut starts = Vec::new();
    let mut last_end = f64::NEG_INFINITY;
    for callback in slices
        .iter()
        .filter(|slice| slice.name == "FireAnimationFrame")
    {
        if callback.start > last_end + SAME_FRAME_GAP {
            starts.push(callback.start);
        }
        last_end = callback.end;
    }
    starts
}

/// The times covered by events of these names; what is nested counts once.
fn busy(slices: &[Slice<'_>], names: &[&str]) -> Vec<(f64, f64)> {
    let mut spans: Vec<(f64, f64)> = Vec::new();
    for slice in slices.iter().filter(|slice| names.contains(&slice.name)) {
        match spans.last_mut() {
            Some((_, end)) if slice.start <= *end => *end = end.max(slice.end),
            Some(_) | None => spans.push((slice.start, slice.end)),
        }
    }
    spans
}

/// Prints how large the files are that the pages load, as a host sends them: each file of the first
/// page, and the sums of all.
fn print_wire_sizes(dist: &Path, pages: &[(&String, Files)]) -> Result<(), Error> {
    let mut sizes = Sizes::default();
    if let Some((page, files)) = pages.first() {
        println!("\nOver the wire to {page}, bytes");
        println!("{:<44} {:>10} {:>10}", "file", "raw", "brotli");
        for (what, files) in [
            ("until it plays", &files.first),
            ("then its panels", &files.after),
        ] {
            for file in files {
                let (raw, compressed) = sizes.of(dist, file)?;
                println!("{:<44} {raw:>10} {compressed:>10}", file.display());
            }
            let (raw, compressed) = sizes.sum(dist, files)?;
            println!("{what:<44} {raw:>10} {compressed:>10}");
        }
    }
    println!("\nOver the wire, bytes in brotli");
    println!(
        "{:<44} {:>14} {:>14}",
        "page", "until it plays", "with panels"
    );
    for (page, files) in pages {
        let first = sizes.sum(dist, &files.first)?.1;
        let after = sizes.sum(dist, &files.after)?.1;
        println!("{page:<44} {first:>14} {:>14}", first + after);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(name: &str, thread: u64, start: u64, duration: u64) -> Value {
        json!({ "name": name, "ph": "X", "pid": 1, "tid": thread, "ts": start, "dur": duration })
    }

    /// Three frames on thread 1, and a worker on thread 2.
    fn trace() -> Vec<Value> {
        vec![
            event("FireAnimationFrame", 1, 100_000, 2_000),
            event("FunctionCall", 1, 100_100, 1_800),
            event("FireAnimationFrame", 1, 102_010, 1_000),
            event("Layout", 1, 103_100, 500),
            event("TimerFire", 1, 110_000, 3_000),
            event("FunctionCall", 2, 110_000, 9_000),
            event("FireAnimationFrame", 1, 116_000, 4_000),
            event("FireAnimationFrame", 1, 132_000, 1_000),
        ]
    }

    #[test]
    fn a_frame_has_its_callbacks_and_timers_each_counted_once() {
        let frames = Frames::read(&trace(), 1e9);
        assert_eq!(
            frames.scripting,
            [4.0, 6.0],
            "the second frame has 4 ms, the first 2 + 1 + 3"
        );
        assert_eq!(frames.rendering, [0.0, 0.5]);
    }

    #[test]
    fn what_lies_before_the_measured_time_is_left_out() {
        let frames = Frames::read(&trace(), 20_000.0);
        assert_eq!(frames.scripting, [4.0]);
    }

    #[test]
    fn a_page_that_draws_nothing_has_no_frames() {
        assert_eq!(Frames::read(&[], 1e9), Frames::default());
        assert_eq!(quantile(&[], 0.95), 0.0);
    }

    #[test]
    fn a_quantile_is_a_value_that_was_measured() {
        let sorted = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(
            [0.25, 0.5, 0.95, 1.0].map(|share| quantile(&sorted, share)),
            [1.0, 2.0, 4.0, 4.0]
        );
    }
}
