//! The command as a process: what it prints, what it refuses and how it ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;

/// A folder of a test's own, empty at first.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // It may not be there.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder is made");
    folder
}

fn orrery(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orrery"));
    let command = command.args(arguments).stdin(Stdio::null());
    command.output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it is text")
}

/// What it prints when all goes well.
fn printed(arguments: &[&str]) -> String {
    let output = orrery(arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        text(&output.stderr)
    );
    assert_eq!(text(&output.stderr), "", "{arguments:?} complains");
    text(&output.stdout)
}

fn json(arguments: &[&str]) -> Json {
    serde_json::from_str(&printed(arguments)).expect("it is JSON")
}

/// The exit code and the sentence when it does not.
fn refused(arguments: &[&str]) -> (i32, String) {
    let output = orrery(arguments);
    assert_eq!(text(&output.stdout), "", "{arguments:?} prints nothing");
    (
        output.status.code().expect("it ends by itself"),
        text(&output.stderr),
    )
}

fn check_refused(arguments: &[&str], code: i32, part: &str) {
    let (found, sentence) = refused(arguments);
    assert_eq!(found, code, "{arguments:?}: {sentence}");
    assert!(sentence.starts_with("error: "), "{sentence}");
    assert!(
        sentence.contains(part),
        "{arguments:?}: “{sentence}” lacks “{part}”"
    );
    assert_eq!(sentence.lines().count(), 1, "one sentence: {sentence}");
}

const SWEEP: [&str; 11] = [
    "sweep",
    "token-bucket",
    "--x",
    "capacity=2..12:3",
    "--y",
    "scope=shared,per-client",
    "--metric",
    "delay:p95",
    "--runs=4",
    "--until=6",
    "--seed=40",
];

fn sweep(more: &[&str]) -> Vec<&'static str> {
    let leaked = more
        .iter()
        .map(|word| &*Box::leak((*word).to_owned().into_boxed_str()));
    SWEEP.into_iter().chain(leaked).collect()
}

#[test]
fn every_pattern_is_listed_with_what_can_be_done_with_it() {
    let all = json(&["list", "--json"]);
    let lines = printed(&["list"]);
    for pattern in all.as_array().expect("a list") {
        let slug = pattern["pattern"].as_str().expect("a slug");
        assert!(lines.contains(slug));
        assert_eq!(&json(&["list", slug, "--json"]), pattern);
        let words = printed(&["list", slug]);
        for list in ["scenarios", "knobs", "metrics", "experiments", "promises"] {
            assert!(
                words.contains(&format!("\n{list}\n")),
                "{slug} lacks {list}"
            );
            assert!(
                pattern[list]
                    .as_array()
                    .is_some_and(|list| !list.is_empty())
            );
        }
    }
}

#[test]
fn a_run_ends_with_the_hash_on_record_and_its_link_replays_to_it() {
    let record = include_str!("../../core/tests/records/hashes.txt");
    for line in record
        .lines()
        .filter(|line| line.starts_with("token-bucket "))
    {
        let words: Vec<&str> = line.split(' ').collect();
        let (slug, scenario, hash) = (words[0], words[1], words[2]);
        let run = json(&["run", slug, "--scenario", scenario, "--json"]);
        assert_eq!(run["trace_hash"], hash, "{scenario}");
        let link = run["link"].as_str().expect("a link");
        let link = if link.len() < 2_000 { link } else { continue };
        printed(&["replay", link]);
        printed(&["replay", link, "--expect", hash]);
        printed(&[
            "replay",
            &format!("https://example.org/a/{link}"),
            "--expect",
            hash,
        ]);
    }
}

#[test]
fn a_run_says_what_broke_and_when() {
    let run = json(&[
        "run",
        "token-bucket",
        "--scenario",
        "clock-unguarded",
        "--json",
    ]);
    let promises = run["promises"].as_array().expect("a list");
    let broken: Vec<_> = promises
        .iter()
        .filter(|promise| promise["state"] == "broken")
        .collect();
    assert!(!broken.is_empty());
    assert!(broken[0]["at_s"].as_f64().is_some_and(|at| at > 0.0));
    assert!(printed(&["run", "token-bucket", "--scenario", "clock-unguarded"]).contains("BROKEN"));
}

#[test]
fn knobs_and_seed_change_the_run_and_are_in_its_link() {
    let plain = json(&["run", "token-bucket", "--until", "5", "--json"]);
    let set = [
        "run",
        "token-bucket",
        "--until",
        "5",
        "--json",
        "--seed",
        "9",
        "--set",
        "capacity=40",
    ];
    let changed = json(&set);
    assert_ne!(plain["trace_hash"], changed["trace_hash"]);
    let link = changed["link"].as_str().expect("a link");
    assert!(
        link.contains("seed=9") && link.contains("capacity=40"),
        "{link}"
    );
    let again = json(&["run", "token-bucket", "--link", link, "--json"]);
    assert_eq!(again["trace_hash"], changed["trace_hash"]);
}

#[test]
fn another_trace_than_expected_is_a_failure_that_names_both() {
    let link = "token-bucket#seed=7&at=5";
    check_refused(
        &["replay", link, "--expect", "00000000000000ff"],
        1,
        ", not 00000000000000ff",
    );
    check_refused(
        &["replay", "token-bucket#seed=7&at=5&hash=000000ff"],
        1,
        ", not 000000ff…",
    );
    check_refused(&["replay", link], 2, "give --expect HASH");
    let output = orrery(&["replay", link, "--expect", "0xff", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let said: Json = serde_json::from_str(&text(&output.stdout)).expect("it is JSON");
    assert_eq!(said["same"], false);
}

#[test]
fn what_makes_no_sense_is_refused_in_one_sentence() {
    for (arguments, part) in [
        (&["run", "tokenbucket"][..], "did you mean token-bucket?"),
        (&["run", "zzzzzzzzzz"], "`orrery list` names all of them"),
        (
            &["run", "token-bucket", "--scenario", "x"],
            "has no scenario “x”; choose one of burst",
        ),
        (
            &["run", "token-bucket", "--set", "capacity"],
            "write --set knob=value",
        ),
        (
            &["run", "token-bucket", "--set", "capacity=0"],
            "Capacity cannot be 0: choose",
        ),
        (
            &["run", "token-bucket", "--set", "warp=9"],
            "no setting named “warp”",
        ),
        (
            &["run", "token-bucket", "--until", "soon"],
            "give seconds above 0",
        ),
        (
            &["run", "token-bucket", "--until", "0"],
            "give seconds above 0",
        ),
        (
            &["run", "token-bucket", "--until", "1e9"],
            "give seconds above 0",
        ),
        (&["run", "token-bucket", "--until", "86401"], "up to 86400"),
        (&["run", "token-bucket#capacity=0"], "Capacity cannot be 0"),
        (&["run", "token-bucket#v=9&seed=x"], "newer version"),
        (
            &["run", "token-bucket#seed=1", "--link", "#seed=2"],
            "there are two links",
        ),
        (
            &["run", "token-bucket#seed=1", "--scenario", "burst"],
            "leave --scenario out",
        ),
        (
            &["experiment", "token-bucket", "x"],
            "has no experiment “x”; choose one of admitted-rate",
        ),
        (
            &["experiment", "token-bucket", "herd", "--runs", "0"],
            "each point has 0 runs",
        ),
        (
            &[
                "sweep",
                "token-bucket",
                "--x",
                "capacity=9..1:3",
                "--metric",
                "held",
            ],
            "smaller number first",
        ),
        (
            &[
                "sweep",
                "token-bucket",
                "--x",
                "capacity=1..NaN:3",
                "--metric",
                "held",
            ],
            "no end of a range",
        ),
        (
            &[
                "sweep",
                "token-bucket",
                "--x",
                "scope=0..1:3",
                "--metric",
                "held",
            ],
            "list its values: shared",
        ),
        (
            &[
                "sweep",
                "token-bucket",
                "--x",
                "warp=0..1:3",
                "--metric",
                "held",
            ],
            "no setting named “warp”",
        ),
        (
            &[
                "sweep",
                "token-bucket",
                "--x",
                "capacity=1,2",
                "--metric",
                "held:p99",
            ],
            "choose one of mean, max, last",
        ),
        (
            &[
                "sweep",
                "token-bucket",
                "--x",
                "capacity=1,2",
                "--metric",
                "speed",
            ],
            "the metrics here are",
        ),
        (
            &[
                "sweep",
                "token-bucket",
                "--x",
                "capacity=1,2",
                "--broken",
                "x",
            ],
            "no promise named “x”",
        ),
        (
            &[
                "sweep",
                "token-bucket",
                "--x",
                "capacity=1..1000:1000",
                "--metric",
                "held",
                "--runs",
                "2000000",
            ],
            "at most 1000000 are made",
        ),
        (
            &[
                "sweep",
                "token-bucket",
                "--x",
                "capacity=1,2",
                "--metric",
                "held",
                "--shard",
                "1/2",
            ],
            "add -o part.json",
        ),
        (
            &[
                "sweep",
                "token-bucket",
                "--x",
                "capacity=1,2",
                "--metric",
                "held",
                "--shard",
                "1/2",
                "-o",
                "part.csv",
            ],
            "add -o part.json",
        ),
        (
            &["export", "token-bucket", "--format", "json", "--charts"],
            "as --format csv only",
        ),
    ] {
        check_refused(arguments, 2, part);
    }
    for arguments in [
        &["dance"][..],
        &["run"],
        &["run", "token-bucket", "--sed", "3"],
        &["replay", "token-bucket", "--expect", "xyz"],
        &["sweep", "token-bucket", "--x", "capacity=1,2"],
        &[
            "sweep",
            "token-bucket",
            "--x",
            "capacity=1,2",
            "--metric",
            "held",
            "--shard",
            "3/2",
        ],
        &[
            "sweep",
            "token-bucket",
            "--x",
            "capacity=1,2",
            "--metric",
            "held",
            "--jobs",
            "0",
        ],
        &["export", "token-bucket", "--format", "pdf"],
    ] {
        let (code, sentence) = refused(arguments);
        assert_eq!(code, 2, "{arguments:?}");
        assert!(sentence.starts_with("error: "), "{sentence}");
    }
}

#[test]
fn files_that_cannot_be_read_or_written_are_named() {
    let folder = folder("files");
    let nowhere = folder.join("no/such/file.json");
    let nowhere = nowhere.to_str().expect("it is text");
    check_refused(&["merge", nowhere], 1, "cannot read ");
    check_refused(
        &["export", "saga", "--format", "json", "-o", nowhere],
        1,
        "cannot write ",
    );
    let torn = folder.join("torn.json");
    fs::write(&torn, "{\"plan\": 3").expect("it is written");
    check_refused(
        &["merge", torn.to_str().expect("text")],
        1,
        "is not a measured sweep: ",
    );
}

#[test]
fn the_number_of_threads_makes_no_difference() {
    let one = printed(&sweep(&["--jobs=1", "--json"]));
    for jobs in ["--jobs=2", "--jobs=7", "--jobs=999"] {
        assert_eq!(printed(&sweep(&[jobs, "--json"])), one);
    }
    assert_eq!(printed(&sweep(&["--json"])), one);
}

#[test]
fn joined_parts_are_byte_for_byte_what_one_machine_writes() {
    let folder = folder("shards");
    let file = |name: &str| folder.join(name).to_str().expect("text").to_owned();
    let whole = file("whole.json");
    assert_eq!(printed(&sweep(&["-o", &whole])), "");
    let parts: Vec<String> = (1..=5)
        .map(|index| file(&format!("part-{index}.json")))
        .collect();
    for (index, part) in (1..).zip(&parts) {
        printed(&sweep(&["--shard", &format!("{index}/5"), "-o", part]));
    }
    let joined = file("joined.json");
    let all: Vec<&str> = parts.iter().rev().map(String::as_str).collect();
    printed(&[&["merge", "-o", &joined], &all[..]].concat());
    let read = |path: &str| fs::read_to_string(path).expect("it is there");
    assert_eq!(read(&joined), read(&whole));
    // What was joined can be joined again, and is only itself.
    assert_eq!(printed(&["merge", &joined, "--json"]), read(&whole));
    assert_eq!(
        printed(&["merge", &joined, "--csv"]),
        printed(&sweep(&["--csv"])),
    );

    check_refused(
        &[&["merge"], &all[1..]].concat(),
        1,
        "1 of 5 parts are missing: 5/5",
    );
    check_refused(
        &[&["merge"], &all[..], &all[..1]].concat(),
        1,
        "are both part 5/5",
    );
    check_refused(&["merge", all[0], &whole], 1, "is part 1/1, but ");
    let other = file("other.json");
    printed(&sweep(&["--shard", "1/5", "-o", &other, "--set", "rate=9"]));
    check_refused(&["merge", &other, all[0]], 1, "has another plan than");
}

#[test]
fn a_sweep_is_a_table_and_as_csv_has_a_row_for_each_point_or_run() {
    let table = printed(&sweep(&[]));
    assert!(
        table.starts_with("Delay until admitted, p95 (s)\n"),
        "{table}"
    );
    assert_eq!(table.lines().count(), 2 + 1 + 6, "{table}");
    for (form, rows, columns) in [("--csv", 6, 20), ("--readings", 24, 9)] {
        let text = printed(&sweep(&[form]));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let records: Vec<_> = reader
            .records()
            .map(|row| row.expect("it is CSV"))
            .collect();
        assert_eq!((records.len(), records[0].len()), (rows, columns), "{form}");
    }
}

#[test]
fn an_experiment_is_held_against_theory() {
    let text = printed(&["experiment", "token-bucket", "refusal-probability"]);
    assert!(text.contains("all 8 points agree with theory"), "{text}");
    let few = [
        "experiment",
        "token-bucket",
        "herd",
        "--runs",
        "2",
        "--json",
    ];
    let json = json(&few);
    assert_eq!(json["plan"]["measure"]["experiment"]["slug"], "herd");
    assert_eq!(json["points"].as_array().map(Vec::len), Some(6));
}

#[test]
fn a_share_of_broken_promises_can_be_measured() {
    let text = printed(&[
        "sweep",
        "token-bucket",
        "--scenario",
        "clock-unguarded",
        "--x",
        "guard_clock=on,off",
        "--broken",
        "never more than burst plus rate",
        "--runs",
        "3",
        "--csv",
    ]);
    let means: Vec<&str> = text
        .lines()
        .skip(1)
        .filter_map(|row| row.split(',').nth(3))
        .collect();
    assert_eq!(means, ["0", "1"], "{text}");
}

#[test]
fn a_broken_promise_is_found_made_short_and_its_link_stands_where_it_breaks() {
    let found = |jobs| {
        json(&[
            "find",
            "saga",
            "--without",
            "no-keys",
            "--jobs",
            jobs,
            "--json",
        ])
    };
    let one = found("1");
    assert_eq!(one, found("3"), "threads make no difference");
    let link = one["link"].as_str().expect("a link is printed");
    let run = json(&["run", link, "--json"]);
    let promises = run["promises"].as_array().expect("promises are listed");
    let broken = |promise: &Json| {
        promise["name"] == one["found"]["property"] && promise["state"] == "broken"
    };
    assert!(promises.iter().any(broken), "{run:#}");
    assert!(
        one["shrunk"]["after"]["deeds"].as_u64() <= Some(3),
        "{one:#}"
    );
}

#[test]
fn a_run_ends_where_a_condition_comes_true() {
    let run = ["run", "token-bucket", "--scenario", "burst"];
    let with = |condition| [&run[..], &["--stop-when", condition]].concat();
    let ended = json(&[&with("refused > 4")[..], &["--json"]].concat());
    let whole = json(&[&run[..], &["--json"]].concat());
    assert!(ended["events"].as_u64() < whole["events"].as_u64());
    check_refused(&with("refused > 1000000"), 1, "does not come true until");
    check_refused(&with("refused > lots"), 2, "“lots” is not a number");
    check_refused(&with("luck > 4"), 2, "there is no metric “luck”");
}

#[test]
fn a_search_finds_the_run_that_is_on_record_for_page_and_browser_as_well() {
    let record = include_str!("../../core/tests/records/finds.txt");
    for line in record.lines().filter(|line| line.starts_with("saga ")) {
        let words: Vec<&str> = line.split(' ').collect();
        let [slug, variant, run, _, story] = words.as_slice() else {
            panic!("torn record: {line}");
        };
        let found = json(&["find", slug, "--without", variant, "--json"]);
        assert_eq!(found["found"]["run"].to_string(), *run, "{line}");
        let link = found["link"].as_str().unwrap_or_default();
        assert!(link.ends_with(&format!("#{story}")), "{link}");
    }
}

#[test]
fn a_search_that_finds_nothing_says_what_it_tried_and_what_that_does_not_prove() {
    check_refused(&["find", "saga", "--runs", "100"], 1, "That is no proof");
    check_refused(
        &["find", "saga", "--without", "luck"],
        2,
        "no broken variant “luck”",
    );
    check_refused(&["find", "sage"], 2, "no pattern “sage”");
    check_refused(
        &["find", "saga", "--promise", "luck"],
        2,
        "there is no promise",
    );
    check_refused(&["find", "saga", "--runs", "0"], 2, "");
}

#[test]
fn every_format_comes_out_of_a_scenario_and_of_a_link() {
    let folder = folder("formats");
    for (format, start) in [
        (
            "csv",
            "ordinal,at_ns,since_ns,kind,from,node,label,id,cause\n",
        ),
        ("json", "{\n  \"orrery\": "),
        ("mermaid", "sequenceDiagram\n"),
        ("shiviz", "(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})\n\n"),
        ("chrome", "{\""),
    ] {
        let path = folder.join(format);
        let path = path.to_str().expect("text");
        printed(&[
            "export", "saga", "--until", "3", "--format", format, "-o", path,
        ]);
        let text = fs::read_to_string(path).expect("it is written");
        assert!(text.starts_with(start), "{format}: {}", &text[..60]);
        assert_eq!(printed(&["export", "saga#at=3", "--format", format]), text);
    }
    let charts = printed(&[
        "export", "saga", "--until", "3", "--format", "csv", "--charts",
    ]);
    assert!(
        charts.starts_with("metric,unit,at_s,value,seed,"),
        "{charts}"
    );
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let mut command = Command::new("sh");
    let line = format!(
        "\"{}\" export token-bucket --until 600 --format json | head -c 10",
        env!("CARGO_BIN_EXE_orrery")
    );
    let output = command.args(["-c", &line]).output().expect("it starts");
    assert_eq!(text(&output.stderr), "");
}
