//! Adding up what test runners report.

use std::fmt;

/// How many tests ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Ended well.
    pub(crate) passed: u64,
    /// Failed, were cancelled, or could not be run.
    pub(crate) failed: u64,
    /// Were left out.
    pub(crate) skipped: u64,
    /// What stands in the next count of ignored ones, though it is no test that was left out.
    told: u64,
    /// Faults that only `cargo xtask lab` makes: they say so, and are not skipped.
    pub(crate) lab: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.lab > 0 {
            writeln!(f, "{} further faults are made by `cargo xtask lab`", self.lab)?;
        }
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

impl Tally {
    /// One line of `cargo test`: `test result: ok. 5 passed; 0 failed; 1 ignored; …` counts.
    pub(crate) fn cargo_line(&mut self, line: &str) {
        if let Some((_, why)) = line.strip_prefix("test ").and_then(|test| test.split_once(" ... ignored, ")) {
            match why {
                "lab" | "slow" => self.lab += 1,
                // A process that other tests start, each time they run.
                "started by other tests" => {}
                _ => return,
            }
            self.told += 1;
            return;
        }
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
            return;
        };
        for part in counts.split(';') {
            match number_and_word(part) {
                Some((number, "passed")) => self.passed += number,
                Some((number, "failed")) => self.failed += number,
                Some((number, "ignored")) => {
                    self.skipped += number.saturating_sub(std::mem::take(&mut self.told));
                }
                _ => {}
            }
        }
    }

    /// One line of node's TAP report: `# pass 3`, `# fail 0`, `# cancelled 0`, `# skipped 0`, `# todo 0`.
    pub(crate) fn tap_line(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        if words.next() != Some("#") {
            return;
        }
        let (Some(word), Some(Ok(number)), None) = (words.next(), words.next().map(str::parse::<u64>), words.next())
        else {
            return;
        };
        match word {
            "pass" => self.passed += number,
            "fail" | "cancelled" => self.failed += number,
            "skipped" | "todo" => self.skipped += number,
            _ => {}
        }
    }

    /// Counts a failure of the runner itself (it did not compile, it crashed) if it reported none.
    pub(crate) fn settle(&mut self, before: Self, succeeded: bool) {
        if !succeeded && self.failed == before.failed {
            self.failed += 1;
        }
    }
}

fn number_and_word(part: &str) -> Option<(u64, &str)> {
    let (number, word) = part.trim().split_once(' ')?;
    Some((number.parse().ok()?, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_reports_are_added() {
        let mut tally = Tally::default();
        for line in [
            "test logs::tests::reads ... ok",
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
            "test tls::it_expired ... ignored, lab",
            "test names::serve ... ignored, started by other tests",
            "test result: FAILED. 1 passed; 2 failed; 2 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        ] {
            tally.cargo_line(line);
        }
        for line in
            ["# tests 6", "# pass 3", "# fail 1", "# cancelled 1", "# skipped 1", "# todo 0", "# pass the salt 1"]
        {
            tally.tap_line(line);
        }
        assert_eq!(tally, Tally { passed: 9, failed: 4, skipped: 2, lab: 1, told: 0 });
        assert_eq!(tally.to_string(), "1 further faults are made by `cargo xtask lab`\n9 passed, 4 failed, 2 skipped");
    }

    #[test]
    fn a_crash_without_a_report_is_a_failure() {
        let before = Tally { passed: 3, failed: 1, ..Tally::default() };
        let mut crashed = Tally { passed: 4, ..before };
        crashed.settle(before, false);
        assert_eq!(crashed.failed, 2);
        let mut reported = Tally { failed: 2, ..before };
        reported.settle(before, false);
        assert_eq!(reported.failed, 2);
        let mut fine = before;
        fine.settle(before, true);
        assert_eq!(fine, before);
    }
}
