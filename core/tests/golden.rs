//! Runs and pictures on record: what changes them must be meant.
//!
//! `cargo xtask bless` writes the records anew, `cargo xtask bless SLUG…` those of some patterns. The
//! browser tests compare the same list of hashes, so that native and wasm runs agree bit for bit.

mod asked;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use asked::patterns;
use orrery_core::catalog::{PATTERNS, Pattern};
use orrery_core::lab::search::{End, Search, SearchPlan};
use orrery_core::lab::shrink::Shrink;
use orrery_core::link::Link;
use orrery_core::scene::StageShape;
use orrery_core::time::SimTime;

/// The lines of a record, after the slug that each begins with.
type Lines = BTreeMap<&'static str, String>;

fn path_of(record: &str) -> PathBuf {
    let records = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/records");
    records.join(record)
}

fn read(record: &str) -> String {
    fs::read_to_string(path_of(record)).unwrap_or_default()
}

/// Compares `text` with the record, or writes the record when `ORRERY_BLESS` is set.
fn compare(record: &str, slugs: &[&str], text: &str) {
    if std::env::var_os("ORRERY_BLESS").is_some() {
        let path = path_of(record);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder is made");
        fs::write(&path, text).expect("the record is written");
        return;
    }
    let recorded = read(record);
    let command = ["cargo xtask bless"].iter().chain(slugs);
    let words: Vec<&str> = command.copied().collect();
    let advice = format!("`{}` if it is meant", words.join(" "));
    for (line, (recorded, now)) in recorded.lines().zip(text.lines()).enumerate() {
        assert_eq!(now, recorded, "{record}, line {}: {advice}", line + 1);
    }
    assert_eq!(
        text.lines().count(),
        recorded.lines().count(),
        "{record} has another length: {advice}"
    );
}

/// The same for a record of all patterns, in which the others keep their lines.
fn compare_lines(record: &str, lines_of: impl Fn(&'static Pattern) -> String) {
    let asked = patterns();
    let mut lines: Lines = PATTERNS
        .iter()
        .map(|p| (p.card.slug, String::new()))
        .collect();
    for line in read(record).lines() {
        let slug = line.split(' ').next().unwrap_or_default();
        // Those of a pattern that is no more go.
        if let Some(own) = lines.get_mut(slug) {
            own.push_str(line);
            own.push('\n');
        }
    }
    for pattern in &asked {
        lines.insert(pattern.card.slug, lines_of(pattern));
    }
    let is_all = asked.len() == PATTERNS.len();
    let named = asked.iter().filter(|_| !is_all);
    let slugs: Vec<&str> = named.map(|pattern| pattern.card.slug).collect();
    let in_order = PATTERNS.iter().map(|p| lines[p.card.slug].as_str());
    compare(record, &slugs, &in_order.collect::<String>());
}

#[test]
fn every_scenario_ends_with_the_trace_hash_on_record() {
    compare_lines("hashes.txt", |pattern| {
        let mut lines = String::new();
        for scenario in (pattern.scenarios)() {
            let end = SimTime::ZERO + scenario.lasts;
            let outcome = (pattern.machine.simulate)(&scenario.state(), end).expect("it opens");
            lines.push_str(&format!(
                "{} {} {:016x} {}\n",
                pattern.card.slug, scenario.slug, outcome.trace_hash, outcome.happened
            ));
        }
        lines
    });
}

#[test]
fn without_each_safeguard_the_search_finds_the_run_on_record_and_tells_the_story_on_record() {
    compare_lines("finds.txt", |pattern| {
        let mut lines = String::new();
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
        lines
    });
}

#[test]
fn every_scenario_has_the_picture_on_record_at_its_still() {
    for pattern in patterns() {
        let mut text = String::new();
        for scenario in (pattern.scenarios)() {
            let mut session = (pattern.machine.open)(&scenario.state()).expect("it opens");
            session.seek(scenario.still);
            for (name, shape) in [("wide", StageShape::Wide), ("tall", StageShape::Tall)] {
                let outline = session.scene(shape).outline();
                text.push_str(&format!("# {} {name}\n{outline}\n", scenario.slug));
            }
        }
        let slug = pattern.card.slug;
        compare(&format!("scenes/{slug}.txt"), &[slug], &text);
    }
}
