//! Any query and fragment open an embed, or what is wrong with them is told in short sentences.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_core::embed::options::Options;

fuzz_target!(|input: (&str, &str)| {
    let (query, fragment) = input;
    let (options, problems) = Options::read(query, fragment);
    assert!(options.run.len() <= query.len() + fragment.len() + 1);
    for problem in problems {
        assert!(problem.to_string().len() < 1_000, "{problem}");
    }
});
