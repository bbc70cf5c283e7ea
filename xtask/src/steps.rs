//! Steps taken one after the other: announced, timed, counted, and ended by the first that fails.

use std::time::Instant;

use crate::error::Error;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// One thing to do, and what it is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// A few words.
    pub(crate) name: &'static str,
    run: fn(&Workspace, &mut Tally) -> Result<(), Error>,
}

impl Step {
    /// A step that adds the tests it runs to the tally.
    pub(crate) const fn new(
        name: &'static str,
        run: fn(&Workspace, &mut Tally) -> Result<(), Error>,
    ) -> Self {
        Self { name, run }
    }
}

/// Takes the steps until one fails; the last line printed is the count of tests.
///
/// A step that fails without a failed test, as when something does not compile, counts as one
/// failure, so that the closing line never reads as success.
pub(crate) fn run(workspace: &Workspace, steps: &[Step]) -> Result<(), Error> {
    let started = Instant::now();
    let mut total = Tally::default();
    let mut outcome = Ok(());
    for (index, step) in steps.iter().enumerate() {
        let position = format!("[{}/{}]", index + 1, steps.len());
        outcome = take(workspace, &position, step, &mut total);
        if outcome.is_err() {
            break;
        }
    }
    let seconds = started.elapsed().as_secs();
    match &outcome {
        Ok(()) => println!("\nAll steps passed in {seconds} s"),
        Err(error) => println!("\nStopped after {seconds} s: {error}"),
    }
    println!("{total}");
    outcome
}

fn take(
    workspace: &Workspace,
    position: &str,
    step: &Step,
    total: &mut Tally,
) -> Result<(), Error> {
    let started = Instant::now();
    println!("\n{position} {}", step.name);
    let mut tally = Tally::default();
    let outcome = (step.run)(workspace, &mut tally);
    let failed = outcome.is_err() || tally.failed > 0;
    if let Err(error) = outcome {
        println!("error: {error}");
        tally.failed = tally.failed.max(1);
    }
    *total += tally;
    let verdict = if failed { "FAILED" } else { "ok" };
    let seconds = started.elapsed().as_secs_f64();
    println!("{position} {}: {verdict}, {seconds:.1} s", step.name);
    if failed {
        Err(Error::StepFailed { step: step.name })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::process::ExitStatus;

    use super::*;

    fn fails(_: &Workspace, _: &mut Tally) -> Result<(), Error> {
        Err(Error::CommandFailed {
            command: "cargo fmt".to_owned(),
            status: ExitStatus::default(),
        })
    }

    fn counts_a_failure(_: &Workspace, tally: &mut Tally) -> Result<(), Error> {
        *tally += Tally {
            passed: 2,
            failed: 1,
        };
        Ok(())
    }

    #[test]
    fn a_step_without_tests_that_fails_counts_as_one_failure() {
        let mut total = Tally::default();
        let outcome = take(
            &Workspace::find(),
            "",
            &Step::new("formatting", fails),
            &mut total,
        );
        assert!(outcome.is_err());
        assert_eq!(
            total,
            Tally {
                passed: 0,
                failed: 1
            }
        );
    }

    #[test]
    fn a_failed_test_fails_its_step_though_the_command_went_well() {
        let mut total = Tally::default();
        let outcome = take(
            &Workspace::find(),
            "",
            &Step::new("smoke", counts_a_failure),
            &mut total,
        );
        assert!(outcome.is_err());
        assert_eq!(
            total,
            Tally {
                passed: 2,
                failed: 1
            }
        );
    }
}
