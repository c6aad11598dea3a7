//! The two ways out of a command: lines on standard output, problems on standard error.

use std::io::Write;

/// Prints a line. A closed pipe (`gatewatch … | head`) is nobody's fault and ends nothing.
pub(super) fn line(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Prints a question without ending the line, where a person answers.
pub(super) fn question(text: &str) {
    let mut out = std::io::stderr();
    drop(write!(out, "{text}").and_then(|()| out.flush()));
}

/// Prints what is wrong.
pub(super) fn problem(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}
