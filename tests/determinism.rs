//! The same runs in the browser as natively, bit for bit.
#![cfg(target_arch = "wasm32")]

use orrery_core::catalog;
use orrery_core::lab::search::{End, Search, SearchPlan};
use orrery_core::lab::shrink::Shrink;
use orrery_core::link::Link;
use orrery_core::time::SimTime;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Written by a native run: pattern, scenario, trace hash, number of events.
const RECORD: &str = include_str!("../core/tests/records/hashes.txt");

/// Written by a native search: pattern, broken variant, number of the run found, its trace hash, and
/// the shortest story of it as a link.
const FINDS: &str = include_str!("../core/tests/records/finds.txt");

#[wasm_bindgen_test]
fn every_scenario_ends_with_the_trace_hash_of_the_native_run() {
    for line in RECORD.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [slug, scenario, hash, happened] = words.as_slice() else {
            panic!("torn record: {line}");
        };
        let pattern = catalog::find(slug).expect("the pattern is registered");
        let scenario = pattern.scenario(scenario).expect("the scenario exists");
        let end = SimTime::ZERO + scenario.lasts;
        let outcome = (pattern.machine.simulate)(&scenario.state(), end).expect("it opens");
        assert_eq!(format!("{:016x}", outcome.trace_hash), *hash, "{line}");
        assert_eq!(outcome.happened.to_string(), *happened, "{line}");
    }
}

#[wasm_bindgen_test]
fn a_search_finds_the_run_of_the_native_search_and_tells_the_same_story() {
    for line in FINDS.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [slug, variant, run, hash, story] = words.as_slice() else {
            panic!("torn record: {line}");
        };
        let pattern = catalog::find(slug).expect("the pattern is registered");
        let breaking = (pattern.breaking)();
        let variant = breaking.find(variant).expect("the variant is declared");
        let plan = SearchPlan::without(pattern, variant);
        let mut search = Search::new(pattern, plan).expect("the plan is sound");
        search.run(u64::MAX);
        let Some(End::Found(found)) = search.end() else {
            panic!("{line}: {}", search.words());
        };
        let session = (pattern.machine.open)(&found.state).expect("it opens");
        let shrink = Shrink::new(pattern, found).expect("it is broken");
        let link = Link::from(shrink.finish().state);
        assert_eq!(found.run.to_string(), *run, "{line}");
        assert_eq!(format!("{:016x}", session.trace_hash()), *hash, "{line}");
        assert_eq!(link.encode(pattern).0, *story);
    }
}

#[wasm_bindgen_test]
fn every_scenario_is_on_record() {
    let scenarios: usize = catalog::PATTERNS
        .iter()
        .map(|pattern| (pattern.scenarios)().len())
        .sum();
    assert_eq!(RECORD.lines().count(), scenarios);
}
