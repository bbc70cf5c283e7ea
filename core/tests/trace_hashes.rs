//! Every scenario runs as it did when `cargo xtask hashes` last wrote the list. The browser tests
//! compare with the same list, so that native and browser runs agree.

#[test]
fn every_scenario_runs_as_the_committed_list_says() {
    let expected: Vec<&str> = include_str!("trace_hashes.txt").lines().collect();
    let found: Vec<String> = orrery_core::lab::trace_hashes().collect();
    assert_eq!(
        found, expected,
        "a change of behaviour that is meant: run `cargo xtask hashes`"
    );
}
