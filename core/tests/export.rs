//! Every file that leaves Orrery is read back, by the format's own reader where Rust has one, and
//! says what it takes to make it again.

use std::collections::{BTreeMap, BTreeSet};

use orrery_core::catalog::{self, PATTERNS, Pattern};
use orrery_core::export::{self, Kind, MERMAID_CHARS_MAX, SHIVIZ_PATTERN, Trace};
use orrery_core::kernel::session::{RunState, Session as _};
use orrery_core::lab::{Axis, Compare, Ensemble, EnsemblePlan, Measure, Results, Sweep, SweepPlan};
use orrery_core::link::Link;
use orrery_core::sorted::SortedMap;
use orrery_core::time::{SimTime, Span};
use orrery_core::value::Value;
use regex::Regex;
use serde::Deserialize;

fn pattern(slug: &str) -> &'static Pattern {
    catalog::find(slug).expect("it is registered")
}

/// What nobody should have to read, and every format must survive.
const HOSTILE: [&str; 14] = [
    "<script>alert('x')</script> & <b>",
    "two\nlines\r\nand \u{2028} more",
    "\"double\" and 'single' and `back`",
    "semi;colon # hash %% comment",
    "🦀 crab → ünïcödé",
    "{\"a\":1}",
    "host {\"host\":1}",
    "end",
    "wrap: a->>b: c",
    "=1+1,\"x\",y",
    "",
    "   ",
    "style a:b#35;c",
    "\u{0}\u{1b}[31m\u{7f}",
];

/// The first scenario of every pattern, whose labels and names are then made hostile.
fn traces() -> Vec<Trace> {
    let record = |pattern: &&'static Pattern| {
        let scenario = (pattern.scenarios)().swap_remove(0);
        let until = SimTime::ZERO + scenario.lasts.min(Span::from_secs(8));
        Trace::record(pattern, &scenario.state(), until).expect("it opens")
    };
    PATTERNS.iter().map(record).collect()
}

fn hostile() -> Vec<Trace> {
    let mut traces = traces();
    for trace in &mut traces {
        let mut labels = HOSTILE.iter().cycle();
        for event in &mut trace.events {
            event.label = (*labels.next().expect("they go round")).to_owned();
        }
        for node in &mut trace.nodes {
            node.name = (*labels.next().expect("they go round")).to_owned();
        }
    }
    traces
}

#[test]
fn a_trace_in_json_reads_back_and_its_run_has_the_hash_that_it_says() {
    for trace in traces() {
        let read: Trace = serde_json::from_str(&trace.to_json()).expect("it reads back");
        assert_eq!(read.events, trace.events);
        let session = (pattern(&read.pattern).machine.open)(&read.run).expect("it opens");
        assert_eq!(format!("{:016x}", session.trace_hash()), read.trace_hash);
        assert_eq!(read.left_out, 0);
        assert!(!read.events.is_empty(), "{}", read.pattern);
    }
    for trace in hostile() {
        let read: Trace = serde_json::from_str(&trace.to_json()).expect("it reads back");
        assert_eq!(read.events, trace.events);
    }
}

#[test]
fn a_trace_has_every_event_once_in_order_with_a_cause_before_it() {
    for trace in traces() {
        let mut seen = BTreeSet::from([0]);
        let mut last = (0, 0);
        for event in &trace.events {
            assert!((event.at_ns, event.ordinal) > last, "{}", trace.pattern);
            last = (event.at_ns, event.ordinal);
            assert!(seen.insert(event.id), "{} comes twice", event.id);
            assert!(seen.contains(&event.cause), "{} has no cause", event.id);
        }
    }
}

#[test]
fn a_branch_is_traced_as_it_was_played() {
    let bucket = pattern("token-bucket");
    let mut session = (bucket.machine.open)(&RunState::default()).expect("it opens");
    session.seek(SimTime::from_secs(6));
    session.seek(SimTime::from_secs(2));
    let call = orrery_core::value::Call::new("burst").with("size", 30);
    session.act(&call).expect("it can be done");
    session.seek(SimTime::from_secs(5));
    let trace = Trace::record(bucket, &session.state(), SimTime::from_secs(5)).expect("it opens");
    assert_eq!(trace.trace_hash, format!("{:016x}", session.trace_hash()));
    assert!(trace.events.iter().any(|event| event.kind == Kind::Action));
}

#[test]
fn a_trace_in_csv_keeps_every_label_as_it_is() {
    for trace in hostile() {
        let text = trace.to_csv();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let label = reader
            .headers()
            .expect("it has a header")
            .iter()
            .position(|h| h == "label");
        let read: Vec<String> = reader
            .records()
            .map(|row| row.expect("it is CSV")[label.expect("it has labels")].to_owned())
            .collect();
        let labels: Vec<&str> = trace
            .events
            .iter()
            .map(|event| event.label.as_str())
            .collect();
        assert_eq!(read, labels);
    }
}

/// The text of a message or note as a renderer shows it.
fn shown(text: &str) -> String {
    let entity = Regex::new(r"#(\d+);").expect("it is one");
    let text = text.replace("<br/>", "\n");
    entity
        .replace_all(&text, |found: &regex::Captures<'_>| {
            let code: u32 = found[1].parse().expect("digits");
            char::from_u32(code).expect("a character").to_string()
        })
        .into_owned()
}

#[test]
fn a_mermaid_diagram_holds_nothing_but_its_grammar_and_escaped_text() {
    // Marks beyond ASCII mean nothing in that grammar.
    let safe = r"(?:[a-zA-Z0-9 .,\-_=()[^\x00-\x7F\p{Cc}\x{2028}\x{2029}]]|#\d+;|<br/>)*";
    let line = Regex::new(&format!(
        r"^(?:sequenceDiagram|  participant n\d+ as (?<name>{safe})|  n\d+(?:->>|-x)n\d+: {safe}|  Note over n\d+(?:,n\d+)?: (?<note>{safe}))$"
    ))
    .expect("it is one");
    for trace in traces().into_iter().chain(hostile()) {
        let text = trace.to_mermaid();
        assert!(text.chars().count() <= MERMAID_CHARS_MAX);
        assert!(text.starts_with("sequenceDiagram\n"));
        for written in text.lines() {
            assert!(line.is_match(written), "{}: {written:?}", trace.pattern);
        }
        let last = trace.events.last().expect("something happened");
        let drawn = shown(text.lines().last().expect("it has lines"));
        let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).collect() };
        let word = plain(
            last.label
                .split(char::is_control)
                .next()
                .expect("there is one"),
        );
        assert!(plain(&drawn).contains(&word), "{drawn:?} lacks {word:?}");
    }
}

#[test]
fn a_long_run_is_drawn_from_its_end_and_says_how_much_is_missing() {
    let ring = traces()
        .into_iter()
        .max_by_key(|trace| trace.events.len())
        .expect("there is one");
    assert!(ring.events.len() > 300, "long enough to be cut");
    let text = ring.to_mermaid();
    let note = text
        .lines()
        .find(|line| line.contains("events before this are left out"));
    let number = Regex::new(r": (\d+) events").expect("it is one");
    let said: usize = number
        .captures(note.expect("it says so"))
        .expect("a number")[1]
        .parse()
        .expect("a number");
    let drawn = text.lines().filter(|line| line.contains(" s ")).count();
    assert_eq!(said + drawn, ring.events.len());
}

#[derive(Debug)]
struct Logged {
    event: String,
    host: String,
    clock: BTreeMap<String, u64>,
}

/// Reads a log as ShiViz does: the expression in its first line, over and over.
fn logged(text: &str) -> Vec<Logged> {
    let mut lines = text.splitn(3, '\n');
    let pattern = lines.next().expect("it has a first line");
    assert_eq!(pattern, SHIVIZ_PATTERN);
    assert_eq!(lines.next(), Some(""), "one execution, no delimiter");
    let log = lines.next().expect("and the log");
    // The browser's expressions take a bare brace, and their dot stops at these four.
    let pattern = pattern.replace("{.*}", r"\{[^\n\r\u{2028}\u{2029}]*\}");
    let pattern =
        Regex::new(&pattern.replace(".*", r"[^\n\r\u{2028}\u{2029}]*")).expect("it is one");
    let mut end = 0;
    let mut events = Vec::new();
    for found in pattern.captures_iter(log) {
        let whole = found.get(0).expect("it matched");
        assert!(
            log[end..whole.start()].trim().is_empty(),
            "nothing is skipped"
        );
        end = whole.end();
        events.push(Logged {
            event: found["event"].to_owned(),
            host: found["host"].to_owned(),
            clock: serde_json::from_str(&found["clock"]).expect("a clock is JSON"),
        });
    }
    assert!(log[end..].trim().is_empty(), "everything is read");
    assert_eq!(events.len() * 2, log.lines().count());
    events
}

#[test]
fn a_shiviz_log_has_a_clock_for_every_event_and_every_sending() {
    for trace in traces().into_iter().chain(hostile()) {
        let messages = trace
            .events
            .iter()
            .filter(|event| event.kind.is_message())
            .count();
        let events = logged(&trace.to_shiviz());
        assert_eq!(
            events.len(),
            trace.events.len() + messages,
            "{}",
            trace.pattern
        );
        let mut own: BTreeMap<&str, &Logged> = BTreeMap::new();
        for event in &events {
            let (at, _) = event
                .event
                .split_once(" s: ")
                .expect("the time stands in front");
            assert!(at.parse::<f64>().is_ok(), "{event:?}");
            let before = own.insert(&event.host, event);
            let ticks = |logged: &Logged| logged.clock.get(&logged.host).copied().unwrap_or(0);
            assert_eq!(
                ticks(event),
                before.map_or(0, ticks) + 1,
                "one tick each: {event:?}"
            );
            for (host, known) in before.iter().flat_map(|before| &before.clock) {
                assert!(
                    event.clock.get(host) >= Some(known),
                    "nothing is forgotten: {event:?}"
                );
            }
        }
        // Nobody knows of a tick that has not happened.
        let last: BTreeMap<&str, u64> = own
            .iter()
            .map(|(host, event)| (*host, event.clock[*host]))
            .collect();
        for event in &events {
            assert!(
                event
                    .clock
                    .iter()
                    .all(|(host, ticks)| *ticks <= last[host.as_str()])
            );
        }
    }
}

#[test]
fn clocks_are_ordered_exactly_as_causes_are() {
    // The definition: one event comes before another if a chain of messages, causes and steps of
    // one host leads from it to the other. Clocks must say the same (Mattern 1989).
    for (whole, cut) in traces()
        .into_iter()
        .flat_map(|trace| [(trace.clone(), 0), (trace, 12)])
    {
        let mut trace = whole;
        // A trace that has lost its beginning knows less, and nothing wrong.
        trace.events.drain(..cut);
        trace.events.truncate(120);
        let events = logged(&trace.to_shiviz());
        let leads = reachable(&trace, &events);
        for (a, first) in events.iter().enumerate() {
            for (b, second) in events.iter().enumerate().filter(|(b, _)| *b != a) {
                let known = second.clock.get(&first.host) >= first.clock.get(&first.host);
                let said = leads[b].contains(&a);
                assert_eq!(known, said, "{}: {first:?} and {second:?}", trace.pattern);
            }
        }
    }
}

/// For each line of a log, the lines that come before it by definition.
fn reachable(trace: &Trace, events: &[Logged]) -> Vec<BTreeSet<usize>> {
    // Lines stand in this order: an event, then what was sent during it; first what the start sent.
    let mut line_of_event: BTreeMap<u64, usize> = BTreeMap::new();
    let mut line_of_sending: BTreeMap<usize, usize> = BTreeMap::new();
    let known: BTreeSet<u64> = trace.events.iter().map(|event| event.id).collect();
    let sent_by = |cause: &dyn Fn(u64) -> bool| -> Vec<usize> {
        let mut places: Vec<usize> = (0..trace.events.len())
            .filter(|place| trace.events[*place].kind.is_message())
            .filter(|place| cause(trace.events[*place].cause))
            .collect();
        places.sort_by_key(|place| trace.events[*place].cause);
        places
    };
    let mut line = 0;
    for place in sent_by(&|cause| !known.contains(&cause)) {
        line_of_sending.insert(place, line);
        line += 1;
    }
    for event in &trace.events {
        line_of_event.insert(event.id, line);
        line += 1;
        for place in sent_by(&|cause| cause == event.id) {
            line_of_sending.insert(place, line);
            line += 1;
        }
    }
    let mut before: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); events.len()];
    let mut edges: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, event) in trace.events.iter().enumerate() {
        let happened = line_of_event[&event.id];
        if let Some(sending) = line_of_sending.get(&place) {
            if let Some(cause) = line_of_event.get(&event.cause) {
                edges.entry(*sending).or_default().push(*cause);
            }
            if event.kind == Kind::Delivered {
                edges.entry(happened).or_default().push(*sending);
            }
        } else if let Some(cause) = line_of_event.get(&event.cause)
            && *cause != happened
        {
            edges.entry(happened).or_default().push(*cause);
        }
    }
    let mut last_of_host: BTreeMap<&str, usize> = BTreeMap::new();
    for (line, event) in events.iter().enumerate() {
        let own = last_of_host.insert(&event.host, line);
        for earlier in own
            .into_iter()
            .chain(edges.remove(&line).unwrap_or_default())
        {
            let mut all = before[earlier].clone();
            all.insert(earlier);
            before[line].extend(all);
        }
    }
    before
}

/// The fields of the trace event format that are used, and no others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChromeEvent {
    ph: String,
    pid: u32,
    #[serde(default)]
    tid: u64,
    #[serde(default)]
    ts: f64,
    #[serde(default)]
    dur: f64,
    name: String,
    #[serde(default)]
    cat: String,
    id: Option<u64>,
    bp: Option<String>,
    s: Option<String>,
    #[serde(default)]
    args: serde_json::Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Chrome {
    trace_events: Vec<ChromeEvent>,
    display_time_unit: String,
    other_data: serde_json::Value,
}

#[test]
fn a_chrome_trace_has_a_track_for_each_node_and_a_flow_for_each_message() {
    for trace in traces().into_iter().chain(hostile()) {
        let chrome: Chrome = serde_json::from_str(&trace.to_chrome()).expect("it has this form");
        assert_eq!(chrome.display_time_unit, "ms");
        assert_eq!(chrome.other_data["traceHash"], trace.trace_hash.as_str());
        let run: RunState =
            serde_json::from_value(chrome.other_data["run"].clone()).expect("the run reads back");
        assert_eq!(run, trace.run);
        let of = |phase: &str| -> Vec<&ChromeEvent> {
            chrome
                .trace_events
                .iter()
                .filter(|event| event.ph == phase)
                .collect()
        };
        let tracks = of("M")
            .iter()
            .filter(|event| event.name == "thread_name")
            .count();
        assert_eq!(tracks, trace.nodes.len() + 1);
        assert!(of("M").iter().all(|event| event.args.is_object()));
        let delivered = trace
            .events
            .iter()
            .filter(|e| e.kind == Kind::Delivered)
            .count();
        let (starts, ends) = (of("s"), of("f"));
        assert_eq!((starts.len(), ends.len()), (delivered, delivered));
        let starts: BTreeMap<u64, &ChromeEvent> = starts
            .into_iter()
            .map(|event| (event.id.expect("a flow has one"), event))
            .collect();
        let slices = of("X");
        let holds = |flow: &ChromeEvent| {
            slices.iter().any(|slice| {
                slice.tid == flow.tid && slice.ts <= flow.ts && flow.ts <= slice.ts + slice.dur
            })
        };
        for end in ends {
            let start = starts[&end.id.expect("a flow has one")];
            assert!(start.ts <= end.ts, "a message arrives after it was sent");
            assert_eq!(
                (start.cat.as_str(), start.name.as_str()),
                (&*end.cat, &*end.name)
            );
            assert_eq!(end.bp.as_deref(), Some("e"));
            assert!(holds(start) && holds(end), "each end lies on a slice");
        }
        check_nesting(&slices);
        assert!(
            chrome
                .trace_events
                .iter()
                .all(|event| event.pid == 1 && event.ts >= 0.0)
        );
        assert!(of("i").iter().all(|event| event.s.as_deref() == Some("g")));
        assert!(
            of("C")
                .iter()
                .all(|event| event.args.as_object().is_some_and(|a| a.len() == 1))
        );
        let known = of("M").len() + slices.len() + delivered * 2 + of("i").len() + of("C").len();
        assert_eq!(known, chrome.trace_events.len(), "no other kind of event");
    }
}

/// Slices of a track lie within each other or apart.
fn check_nesting(slices: &[&ChromeEvent]) {
    let mut last: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
    for slice in slices {
        assert!(slice.dur > 0.0, "{slice:?} can be seen");
        if let Some((ts, end)) = last.insert(slice.tid, (slice.ts, slice.ts + slice.dur)) {
            // Microseconds as floating-point numbers: a nanosecond of room.
            let apart = slice.ts >= end - 1e-3;
            let same = slice.ts == ts && slice.ts + slice.dur <= end + 1e-3;
            assert!(apart || same, "{slice:?} overlaps what ends at {end}");
        }
    }
}

fn measured() -> Results {
    let bucket = pattern("token-bucket");
    let x = Axis::list("scope", ["shared", "per-client"]);
    let measure = Measure::parse("delay:p95", bucket).expect("it has it");
    let mut plan = SweepPlan::new(bucket, &RunState::default(), x, measure);
    plan.y = Some(Axis::range("offered", 2.0, 11.0 / 3.0, 3));
    (plan.seed, plan.runs, plan.lasts) = (u64::MAX - 1, 3, Span::from_secs(3));
    let mut slices = Sweep::new(plan, bucket).expect("it is fine").start();
    while !slices.advance(10_000).expect("it starts") {}
    slices.into_results()
}

#[test]
fn a_sweep_measured_again_from_its_json_is_the_same_file() {
    let text = export::sweep_json(&measured());
    let part = export::read_sweep(&text).expect("it reads back");
    assert_eq!(part.orrery, export::VERSION);
    let pattern = pattern(&part.plan.pattern);
    let mut again = Sweep::new(part.plan.clone(), pattern)
        .expect("it is fine")
        .start();
    while !again.advance(77).expect("it starts") {}
    assert_eq!(export::sweep_json(again.results()), text);
    let read = part.results("a file", pattern).expect("its readings fit");
    assert_eq!(export::sweep_json(&read), text);
}

#[test]
fn a_run_that_measured_nothing_is_told_from_one_that_was_not_made() {
    let bucket = pattern("token-bucket");
    let measure = Measure::parse("spent/given-up", bucket).expect("it has them");
    let x = Axis::list("capacity", [3]);
    let mut plan = SweepPlan::new(bucket, &RunState::default(), x, measure);
    (plan.runs, plan.lasts) = (2, Span::from_nanos(1));
    let sweep = Sweep::new(plan, bucket).expect("it is fine");
    let mut results = Results::new(sweep.clone(), orrery_core::lab::Shard::WHOLE);
    results.insert(0, sweep.run(0).expect("it starts"));
    let text = export::sweep_json(&results);
    let part = export::read_sweep(&text).expect("it reads back");
    let read = part.results("a file", bucket).expect("its readings fit");
    assert_eq!(read.progress(), (1, 2));
    assert!(read.reading(0).is_some_and(f64::is_nan));
    assert_eq!(read.points()[0].summary.missing, 1);
}

fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let records = reader.records();
    records
        .map(|row| row.expect("it is CSV").iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn the_readings_in_csv_have_their_seeds_and_the_points_their_intervals() {
    let results = measured();
    let readings = rows(&export::readings_csv(&results));
    assert_eq!(
        readings[0][..5],
        ["scope", "offered", "run", "seed", "value"]
    );
    assert_eq!(readings.len(), 1 + 18);
    let seeds: BTreeSet<&str> = readings[1..].iter().map(|row| row[3].as_str()).collect();
    let (last, first) = ((u64::MAX - 1).to_string(), u64::MAX.to_string());
    assert_eq!(seeds, BTreeSet::from(["0", &last, &first]), "they go round");
    let points = rows(&export::points_csv(&results));
    assert_eq!(points.len(), 1 + 6);
    for (row, point) in points[1..].iter().zip(results.points()) {
        assert_eq!(row[0], point.x.to_string());
        assert_eq!(row[4].parse::<f64>().expect("a number"), point.summary.mean);
        let low: f64 = row[5].parse().expect("a number");
        assert_eq!(low, point.summary.mean - point.summary.half_width);
    }
}

#[test]
fn every_row_of_a_table_says_how_to_measure_it_again() {
    let results = measured();
    let plan = results.sweep().plan();
    for text in [export::points_csv(&results), export::readings_csv(&results)] {
        let rows = rows(&text);
        let column = |name: &str| {
            let place = rows[0].iter().position(|cell| cell == name);
            place.expect("the table has this column")
        };
        for row in &rows[1..] {
            let bucket = pattern(&row[column("pattern")]);
            let (link, problems) = Link::decode(bucket, &row[column("setting")]);
            assert_eq!((link.state, problems), (plan.base(), Vec::new()));
            assert_eq!(row[column("lasts_s")], "3");
            assert_eq!(row[column("orrery")], export::VERSION);
        }
    }
}

#[test]
fn an_ensemble_made_again_from_its_json_is_the_same_file() {
    let bucket = pattern("token-bucket");
    let state = RunState {
        knobs: SortedMap::from([("offered".to_owned(), Value::Real(0.7))]),
        ..RunState::default()
    };
    let mut plan = EnsemblePlan::new(bucket, &state, "delay");
    (plan.runs, plan.instants, plan.lasts) = (4, 7, Span::from_secs(5));
    let make = |plan: EnsemblePlan| {
        let mut ensemble = Ensemble::new(plan, bucket).expect("it is fine");
        while !ensemble.advance(50).expect("it starts") {}
        ensemble
    };
    let ensemble = make(plan);
    let text = export::ensemble_json(&ensemble);
    let read: export::EnsembleDocument = serde_json::from_str(&text).expect("it reads back");
    assert_eq!(export::ensemble_json(&make(read.plan)), text);
    assert_eq!(rows(&export::ensemble_csv(&ensemble)).len(), 1 + 4 * 7);
    assert_eq!(rows(&export::ensemble_bands_csv(&ensemble)).len(), 1 + 7);
}

#[test]
fn the_charts_of_a_run_say_in_every_row_how_to_make_them_again() {
    let bucket = pattern("token-bucket");
    let state = RunState {
        seed: 31,
        knobs: SortedMap::from([("capacity".to_owned(), Value::Int(4))]),
        ..RunState::default()
    };
    let mut session = (bucket.machine.open)(&state).expect("it opens");
    session.seek(SimTime::from_secs(5));
    let table = rows(&export::charts_csv(bucket, &*session));
    let points: usize = session
        .charts()
        .iter()
        .map(|chart| chart.points.len())
        .sum();
    assert_eq!(table.len(), 1 + points);
    assert_eq!(table[0][4..], ["seed", "pattern", "setting", "orrery"]);
    for row in &table[1..] {
        let own = [&row[4], &row[5], &row[7]];
        assert_eq!(own, ["31", "token-bucket", export::VERSION]);
        let (link, problems) = Link::decode(bucket, &row[6]);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(link.state, session.state());
    }
}

#[test]
fn charts_and_comparisons_are_tables_with_units() {
    let bucket = pattern("token-bucket");
    let variant = |capacity: i64| RunState {
        knobs: SortedMap::from([("capacity".to_owned(), Value::Int(capacity))]),
        ..RunState::default()
    };
    let mut compare = Compare::open(bucket, &[variant(2), variant(9)]).expect("they open");
    compare.seek(SimTime::from_secs(5));
    let both = rows(&export::compare_csv(&compare));
    let one = rows(&export::charts_csv(bucket, &*compare.sessions()[0]));
    assert_eq!(both[0][..5], ["variant", "metric", "unit", "at_s", "value"]);
    let first: Vec<_> = both
        .iter()
        .filter(|row| row[0] == "1")
        .map(|row| row[1..].to_vec())
        .collect();
    assert_eq!(first, one[1..]);
    assert!(
        one.iter()
            .any(|row| row[0] == "admitted" && row[1].ends_with(" per second"))
    );
}
