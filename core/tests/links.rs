//! Links outlive the version that made them.
//!
//! `records/links.txt` holds links as they were given out: lines are added when there is something
//! new to link to, and none is ever changed or taken away. A pattern that is meant to run otherwise
//! from now on may take the hash out of its lines, which says so to whoever opens the link.

mod asked;

use std::fs;
use std::path::PathBuf;

use asked::patterns;
use orrery_core::catalog::{Pattern, Scenario, find};
use orrery_core::kernel::session::{RunState, Session};
use orrery_core::link::Link;
use orrery_core::time::{SimTime, Span};
use orrery_core::value::{Call, Value};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// How many links of each pattern there are at least.
const SAMPLES: usize = 3;

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/records/links.txt")
}

fn given_out() -> String {
    fs::read_to_string(path()).expect("the links are on record")
}

/// The slug and the fragment of a link on record.
fn parts(line: &str) -> (&str, &str) {
    let (path, fragment) = line.split_once('#').expect("it has a fragment");
    (
        path.trim_start_matches("p/").trim_end_matches('/'),
        fragment,
    )
}

/// The fragments on record of one pattern.
fn fragments_of<'a>(links: &'a str, pattern: &Pattern) -> Vec<&'a str> {
    let own = links.lines().map(parts);
    let own = own.filter(|(slug, _)| *slug == pattern.card.slug);
    own.map(|(_, fragment)| fragment).collect()
}

#[test]
fn every_link_that_was_given_out_is_to_a_pattern_that_is_still_there() {
    for line in given_out().lines() {
        let slug = parts(line).0;
        assert!(
            find(slug).is_some(),
            "links.txt leads to {slug}, which is gone"
        );
    }
}

#[test]
fn a_setting_that_was_divided_is_still_read_for_all_of_its_parts() {
    let saga = find("saga").expect("it is registered");
    let (link, problems) = Link::decode(saga, "v=1&fail_undo=30&do=2:set,fail_undo=5");
    assert_eq!(problems, []);
    for part in ["fail_cancel", "fail_release", "fail_refund"] {
        assert_eq!(link.state.knobs[part], Value::Real(30.0), "{part}");
        assert_eq!(
            link.state.script[0].call.args[part],
            Value::Real(5.0),
            "{part}"
        );
    }
    let (text, left_out) = Link::from(link.state.clone()).encode(saga);
    assert_eq!(left_out, Vec::<String>::new());
    assert_eq!(Link::decode(saga, &text), (Link::from(link.state), vec![]));
    let (calm, problems) = Link::decode(saga, "v=1&scenario=rush&fail_undo=0");
    assert_eq!(problems, []);
    assert!(calm.state.knobs.keys().all(|key| !key.starts_with("fail_")));
}

#[test]
fn every_link_that_was_given_out_leads_where_it_led() {
    let links = given_out();
    for pattern in patterns() {
        for fragment in fragments_of(&links, pattern) {
            let (link, problems) = Link::decode(pattern, fragment);
            assert_eq!(problems, [], "{fragment}");
            let session = (pattern.machine.open)(&link.state);
            let session = session.unwrap_or_else(|error| panic!("{fragment}: {error}"));
            // One whose hash was taken out may come to another event at its instant.
            if link.hash.is_none() {
                assert_eq!(session.cursor().at, link.state.cursor.at, "{fragment}");
                continue;
            }
            let slug = pattern.card.slug;
            link.check(session.as_ref(), &pattern.card)
                .unwrap_or_else(|problem| {
                    panic!(
                        "{slug}/#{fragment}: {problem}. If it is meant, take `&hash=…` out of that \
                         line of core/tests/records/links.txt; as long as nobody has {slug} yet, \
                         take its lines out and let `cargo xtask bless {slug}` add new ones"
                    )
                });
        }
    }
}

#[test]
fn a_link_whose_instant_and_event_disagree_leads_to_the_instant_and_says_so() {
    let pattern = *patterns().first().expect("there are patterns");
    for (place, asked) in [("3@9999", 9_999), ("3@1", 1)] {
        let (link, problems) = Link::decode(pattern, &format!("at={place}"));
        assert_eq!(problems, [], "{place}");
        let session = (pattern.machine.open)(&link.state).expect("it opens");
        let shown = session.cursor();
        assert_eq!(shown.at, SimTime::from_secs(3), "{place}");
        let problem = link.check(session.as_ref(), &pattern.card);
        let problem = problem.expect_err("the place is none").to_string();
        for said in [
            format!("event {asked} at 3.000 s"),
            format!("after event {}", shown.ordinal),
        ] {
            assert!(problem.contains(&said), "{problem:?} says {said:?}");
        }
        // What the page then says of itself is a place.
        let here = Link::here(session.as_ref());
        assert_eq!(here.check(session.as_ref(), &pattern.card), Ok(()));
    }
}

#[test]
fn every_pattern_has_links_on_record() {
    let links = given_out();
    let mut lines = links.clone();
    for pattern in patterns() {
        let slug = pattern.card.slug;
        let own = fragments_of(&links, pattern);
        if own.len() >= SAMPLES {
            continue;
        }
        assert!(
            std::env::var_os("ORRERY_BLESS").is_some(),
            "links.txt has {} links to {slug}, {SAMPLES} are asked for: `cargo xtask bless {slug}`",
            own.len()
        );
        let new = samples(pattern);
        let new = new.iter().filter(|link| !own.contains(&link.as_str()));
        new.for_each(|link| lines.push_str(&format!("p/{slug}/#{link}\n")));
    }
    // What stands there was given out: lines are only added.
    if lines != links {
        fs::write(path(), lines).expect("the links are written");
    }
}

/// Links to a pattern with something of everything: a scenario at its still, one with another seed
/// and another future, and a run of its own with deeds and a fault.
fn samples(pattern: &'static Pattern) -> [String; SAMPLES] {
    let scenarios = (pattern.scenarios)();
    let (first, last) = (&scenarios[0], &scenarios[scenarios.len() - 1]);
    let mut still = open(pattern, &first.state());
    still.seek(first.still);

    let mut forked = open(
        pattern,
        &RunState {
            seed: 8,
            ..last.state()
        },
    );
    forked.seek(SimTime::ZERO + last.lasts / 2);
    forked.seek(SimTime::ZERO + last.lasts / 4);
    act(pattern, &mut *forked);
    go_on(&mut *forked, last.lasts / 8);

    let mut own = open(
        pattern,
        &RunState {
            seed: 7,
            ..RunState::default()
        },
    );
    for _ in 0..3 {
        go_on(&mut *own, Span::from_millis(1_250));
        act(pattern, &mut *own);
    }
    let _ = own.act(&Call::new("fault.crash"));
    go_on(&mut *own, Span::from_secs(1));

    [(still, Some(first)), (forked, Some(last)), (own, None)].map(|(session, scenario)| {
        let link = Link {
            scenario: scenario.map(|scenario: &Scenario| scenario.slug.to_owned()),
            ..Link::here(&*session)
        };
        link.encode(pattern).0
    })
}

fn open(pattern: &Pattern, state: &RunState) -> Box<dyn Session> {
    (pattern.machine.open)(state).expect("it opens")
}

fn go_on(session: &mut dyn Session, span: Span) {
    let until = session.cursor().at + span;
    session.seek(until);
}

/// Does the first thing that is not refused.
fn act(pattern: &Pattern, session: &mut dyn Session) {
    let mut names = (pattern.machine.actions)().iter().map(|spec| spec.name);
    names.find(|name| session.act(&Call::new(*name)).is_ok());
}

/// A fragment with something of everything, right and wrong, in any order.
fn fragments(pattern: &'static Pattern) -> impl Strategy<Value = String> {
    let scenarios: Vec<&str> = (pattern.scenarios)().iter().map(|it| it.slug).collect();
    let knobs: Vec<String> = (pattern.machine.knobs)()
        .iter()
        .map(|spec| format!("{}={}", spec.key, spec.default).replace(['\n', ' '], "%20"))
        .collect();
    let numbered: Vec<&str> = (pattern.machine.knobs)().iter().map(|it| it.key).collect();
    let actions: Vec<&str> = (pattern.machine.actions)()
        .iter()
        .map(|it| it.name)
        .collect();
    let entry =
        (0.0..30.0_f64, prop::sample::select(actions), 0..3_u64).prop_map(|(at, name, after)| {
            match after {
                0 => format!("{at:.3}:{name}"),
                _ => format!("{at:.3}@{after}:{name}"),
            }
        });
    let entries = prop::collection::vec(entry, 0..4).prop_map(|entries| entries.join(";"));
    let part = prop_oneof![
        prop::sample::select(scenarios).prop_map(|slug| format!("scenario={slug}")),
        any::<u64>().prop_map(|seed| format!("seed={seed}")),
        prop::sample::select(knobs),
        (prop::sample::select(numbered), -5..2_000_i32)
            .prop_map(|(key, value)| format!("{key}={value}")),
        entries.clone().prop_map(|entries| format!("do={entries}")),
        (0..3_u32, 0.0..20.0_f64, 0..99_u32, entries).prop_map(|(parent, at, ordinal, own)| {
            format!("fork={parent},{at:.3}@{ordinal};{own}")
        }),
        (0..4_u32).prop_map(|branch| format!("on={branch}")),
        (0.0..60.0_f64).prop_map(|at| format!("at={at:.4}")),
        any::<u32>().prop_map(|hash| format!("hash={hash:08x}")),
        "_[a-z]{1,4}=[ -~]{0,12}",
        "[ -~]{0,20}",
    ];
    prop::collection::vec(part, 0..9).prop_map(|parts| parts.join("&"))
}

#[test]
fn what_was_read_is_written_so_that_it_reads_the_same() {
    for pattern in patterns() {
        let config = Config {
            cases: 400,
            failure_persistence: None,
            ..Config::default()
        };
        let mut runner = TestRunner::new_with_rng(
            config,
            prop::test_runner::TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha),
        );
        let outcome = runner.run(&fragments(pattern), |fragment| {
            let (link, _) = Link::decode(pattern, &fragment);
            let (text, left_out) = link.encode(pattern);
            prop_assert_eq!(left_out, Vec::<String>::new());
            let (again, problems) = Link::decode(pattern, &text);
            prop_assert_eq!(problems, []);
            prop_assert_eq!(&again, &link);
            prop_assert_eq!(again.encode(pattern).0, text);
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", pattern.card.slug));
    }
}
