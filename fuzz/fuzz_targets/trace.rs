//! Any text pasted as a trace of arrivals is read, or each wrong line of it is named.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_core::kernel::workload::Trace;

fuzz_target!(|text: &str| {
    match text.parse::<Trace>() {
        Ok(trace) => assert!(trace.arrivals().is_sorted_by_key(|arrival| arrival.at)),
        Err(problem) => assert!(problem.to_string().len() < 10_000),
    }
});
