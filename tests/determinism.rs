//! The same runs in the browser as natively, bit for bit.
#![cfg(target_arch = "wasm32")]

use orrery_core::catalog;
use orrery_core::time::SimTime;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Written by a native run: pattern, scenario, trace hash, number of events.
const RECORD: &str = include_str!("../core/tests/records/hashes.txt");

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
fn every_scenario_is_on_record() {
    let scenarios: usize = catalog::PATTERNS
        .iter()
        .map(|pattern| (pattern.scenarios)().len())
        .sum();
    assert_eq!(RECORD.lines().count(), scenarios);
}
