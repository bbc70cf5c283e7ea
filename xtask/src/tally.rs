//! Counting tests by the lines that the test runners print.

use std::fmt;
use std::ops::AddAssign;

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u32,
    /// Tests that failed.
    pub(crate) failed: u32,
}

impl Tally {
    /// Counts one thing that was looked at, and prints it as test runners do.
    pub(crate) fn note(&mut self, place: &str, what: &str, problem: Option<&str>) {
        match problem {
            None => {
                self.passed += 1;
                println!("{place}: {what} ... ok");
            }
            Some(problem) => {
                self.failed += 1;
                println!("{place}: {what} ... FAILED ({problem})");
            }
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Reads a summary line such as `test result: ok. 12 passed; 0 failed; 1 ignored; ...`.
///
/// Unit tests, integration tests, doctests and browser tests all print this form. `None` for any
/// other line.
pub(crate) fn parse_result_line(line: &str) -> Option<Tally> {
    let plain = without_colour(line);
    let summary = plain.trim().strip_prefix("test result: ")?;
    let (_verdict, counts) = summary.split_once(". ")?;
    let count = |what: &str| {
        counts
            .split(';')
            .find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok())
    };
    Some(Tally {
        passed: count("passed")?,
        failed: count("failed")?,
    })
}

/// The line without terminal colour sequences (`ESC [ ... m`).
fn without_colour(line: &str) -> String {
    let mut pieces = line.split('\u{1b}');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        plain.push_str(piece.split_once('m').map_or("", |(_sequence, text)| text));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<(u32, u32)>, lesson: &str) {
        let expected = expected.map(|(passed, failed)| Tally { passed, failed });
        assert_eq!(parse_result_line(line), expected, "{lesson}");
    }

    #[test]
    fn a_summary_line_is_counted_and_no_other() {
        check(
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.02s",
            Some((12, 0)),
            "what libtest prints",
        );
        check(
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
            Some((3, 2)),
            "failures count too",
        );
        check(
            "test result: \u{1b}[32mok\u{1b}[m. 5 passed; 0 failed; 0 ignored",
            Some((5, 0)),
            "colour does not hide a result",
        );
        check(
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.00s\r",
            Some((1, 0)),
            "a carriage return at the end is harmless",
        );
        check(
            "test time::tests::it_adds ... ok",
            None,
            "a single test is not a summary",
        );
        check("running 12 tests", None, "an announcement is not a summary");
        check("", None, "an empty line is not a summary");
        check(
            "test result: ok",
            None,
            "a summary cut short is not counted",
        );
    }

    #[test]
    fn tallies_add_up_and_read_as_the_closing_line() {
        let mut total = Tally::default();
        total += Tally {
            passed: 3,
            failed: 0,
        };
        total += Tally {
            passed: 4,
            failed: 1,
        };
        assert_eq!(total.to_string(), "7 passed, 1 failed");
    }
}
