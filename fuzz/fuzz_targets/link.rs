//! Any text after the `#` of an address opens a pattern's page, or says what is wrong with it; what
//! was read is written so that it reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_core::catalog::PATTERNS;
use orrery_core::link::Link;

fuzz_target!(|input: (u8, &str)| {
    let (choice, fragment) = input;
    let pattern = PATTERNS[usize::from(choice) % PATTERNS.len()];
    let (link, problems) = Link::decode(pattern, fragment);
    for problem in problems {
        assert!(problem.to_string().len() < 1_000, "{problem}");
    }
    let (text, _) = link.encode(pattern);
    let (again, problems) = Link::decode(pattern, &text);
    assert_eq!(problems, []);
    assert_eq!(again, link);
});
