//! What is wrong with a configuration, each with its place and what to do.

use std::fmt;
use std::path::PathBuf;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line and column, from 1, columns in characters; `None` where no place in the file is meant.
    pub at: Option<(usize, usize)>,
    /// What is wrong and what to do.
    pub text: String,
}

/// Everything that is wrong with a configuration; at least one problem, in the file's order.
///
/// Its `Display` is one line for each: `file:line:column: what is wrong and what to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors {
    /// The file; `None` where only the command line was read.
    pub path: Option<PathBuf>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl std::error::Error for ConfigErrors {}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            match (&self.path, problem.at) {
                (Some(path), Some((line, column))) => write!(f, "{}:{line}:{column}: ", path.display())?,
                (Some(path), None) => write!(f, "{}: ", path.display())?,
                (None, _) => {}
            }
            f.write_str(&problem.text)?;
        }
        Ok(())
    }
}

/// Line and column (both from 1, columns in characters) of a byte offset.
pub(super) fn place(source: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(source.len());
    while !source.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &source[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn counts_lines_and_characters_from_one() {
        assert_eq!(place("", 0), (1, 1));
        assert_eq!(place("a\nbc", 3), (2, 2));
        assert_eq!(place("ä = x", 5), (1, 5), "ä is two bytes but one column");
        assert_eq!(place("ab", 99), (1, 3), "an offset past the end is the end");
    }
}
