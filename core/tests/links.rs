//! Links outlive the version that made them.
//!
//! `records/links.txt` holds links as they were given out: lines are added when there is something
//! new to link to, and none is ever changed or taken away. A pattern that is meant to run otherwise
//! from now on may take the hash out of its lines, which says so to whoever opens the link.

use orrery_core::catalog::{PATTERNS, Pattern, find};
use orrery_core::link::Link;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const GIVEN_OUT: &str = include_str!("records/links.txt");

/// The pattern and the fragment of each link on record.
fn given_out() -> impl Iterator<Item = (&'static Pattern, &'static str)> {
    GIVEN_OUT.lines().map(|line| {
        let (path, fragment) = line.split_once('#').expect("it has a fragment");
        let slug = path.trim_start_matches("p/").trim_end_matches('/');
        (find(slug).expect("its pattern is still there"), fragment)
    })
}

#[test]
fn every_link_that_was_given_out_leads_where_it_led() {
    for (pattern, fragment) in given_out() {
        let (link, problems) = Link::decode(pattern, fragment);
        assert_eq!(problems, [], "{fragment}");
        let session = (pattern.machine.open)(&link.state);
        let session = session.unwrap_or_else(|error| panic!("{fragment}: {error}"));
        let checked = link.check(session.as_ref(), &pattern.card);
        assert_eq!(checked, Ok(()), "{fragment}");
    }
}

#[test]
fn every_pattern_has_links_on_record() {
    for pattern in PATTERNS {
        let own = given_out().filter(|(other, _)| other.card.slug == pattern.card.slug);
        let count = own.count();
        assert!(count >= 3, "{} has {count}", pattern.card.slug);
    }
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
    for pattern in PATTERNS {
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
