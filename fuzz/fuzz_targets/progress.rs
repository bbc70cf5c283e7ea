//! Any text that is added as progress is read or refused in a short sentence; what was read is
//! written so that it reads the same, and merging it with itself changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_core::progress::Progress;

fuzz_target!(|text: &str| {
    match Progress::read(text) {
        Ok(progress) => {
            assert_eq!(Progress::read(&progress.write()), Ok(progress.clone()));
            let mut twice = progress.clone();
            twice.merge(&progress);
            assert_eq!(twice, progress);
        }
        Err(error) => assert!(error.to_string().len() < 400, "{error}"),
    }
});
