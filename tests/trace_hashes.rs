//! Runs in the browser equal native runs, event for event.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn every_scenario_runs_in_the_browser_as_it_does_natively() {
    let native: Vec<&str> = include_str!("../core/tests/trace_hashes.txt")
        .lines()
        .collect();
    let here: Vec<String> = orrery_core::lab::trace_hashes().collect();
    assert_eq!(here, native);
}
