//! Runs and pictures on record: what changes them must be meant.
//!
//! `cargo xtask bless` writes the records anew. The browser tests compare the same list of hashes,
//! so that native and wasm runs agree bit for bit.

use std::fs;
use std::path::PathBuf;

use orrery_core::catalog::PATTERNS;
use orrery_core::lab::search::{End, Search, SearchPlan};
use orrery_core::lab::shrink::Shrink;
use orrery_core::link::Link;
use orrery_core::scene::StageShape;
use orrery_core::time::SimTime;

/// Compares `text` with the record, or writes the record when `ORRERY_BLESS` is set.
fn compare(record: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/records")
        .join(record);
    if std::env::var_os("ORRERY_BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder is made");
        fs::write(&path, text).expect("the record is written");
        return;
    }
    let recorded = fs::read_to_string(&path).unwrap_or_default();
    for (line, (recorded, now)) in recorded.lines().zip(text.lines()).enumerate() {
        assert_eq!(
            now,
            recorded,
            "{record}, line {}: `cargo xtask bless` if it is meant",
            line + 1
        );
    }
    assert_eq!(
        text.lines().count(),
        recorded.lines().count(),
        "{record} has another length: `cargo xtask bless` if it is meant"
    );
}

#[test]
fn every_scenario_ends_with_the_trace_hash_on_record() {
    let mut lines = String::new();
    for pattern in PATTERNS {
        for scenario in (pattern.scenarios)() {
            let end = SimTime::ZERO + scenario.lasts;
            let outcome = (pattern.machine.simulate)(&scenario.state(), end).expect("it opens");
            lines.push_str(&format!(
                "{} {} {:016x} {}\n",
                pattern.card.slug, scenario.slug, outcome.trace_hash, outcome.happened
            ));
        }
    }
    compare("hashes.txt", &lines);
}

#[test]
fn without_each_safeguard_the_search_finds_the_run_on_record_and_tells_the_story_on_record() {
    let mut lines = String::new();
    for pattern in PATTERNS {
        for variant in (pattern.breaking)().variants {
            let plan = SearchPlan::without(pattern, &variant);
            let mut search = Search::new(pattern, plan).expect("the plan is sound");
            search.run(u64::MAX);
            let Some(End::Found(found)) = search.end() else {
                panic!("{}: {}", variant.slug, search.words());
            };
            let session = (pattern.machine.open)(&found.state).expect("it opens");
            let shrink = Shrink::new(pattern, found).expect("it is broken");
            let link = Link::from(shrink.finish().state);
            lines.push_str(&format!(
                "{} {} {} {:016x} {}\n",
                pattern.card.slug,
                variant.slug,
                found.run,
                session.trace_hash(),
                link.encode(pattern).0
            ));
        }
    }
    compare("finds.txt", &lines);
}

#[test]
fn every_scenario_has_the_picture_on_record_at_its_still() {
    for pattern in PATTERNS {
        let mut text = String::new();
        for scenario in (pattern.scenarios)() {
            let mut session = (pattern.machine.open)(&scenario.state()).expect("it opens");
            session.seek(scenario.still);
            for (name, shape) in [("wide", StageShape::Wide), ("tall", StageShape::Tall)] {
                let outline = session.scene(shape).outline();
                text.push_str(&format!("# {} {name}\n{outline}\n", scenario.slug));
            }
        }
        compare(&format!("scenes/{}.txt", pattern.card.slug), &text);
    }
}
