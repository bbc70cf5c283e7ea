//! Any text that a page around an embed sends is a message, somebody else's, or wrong in a way that a
//! short sentence tells; a value that it sets or gives is taken or refused by the pattern.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_core::catalog::PATTERNS;
use orrery_core::embed::messages::{Command, read};
use orrery_core::kernel::session::RunState;

fuzz_target!(|text: &str| {
    let pattern = PATTERNS[text.len() % PATTERNS.len()];
    match read(text) {
        Ok(None) => {}
        Ok(Some(message)) => {
            let opened = (pattern.machine.open)(&RunState::default());
            let mut session = opened.expect("every machine starts");
            let refused = match message.command {
                Command::Set { knob, value } => session.set_knob(&knob, &value).err(),
                Command::Act(call) => session.act(&call).err(),
                _ => None,
            };
            assert!(refused.is_none_or(|refused| refused.to_string().len() < 1_000));
        }
        Err(problem) => assert!(problem.to_string().len() < 1_000, "{problem}"),
    }
});
