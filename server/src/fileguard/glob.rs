//! Shell patterns over what may be read: `*`, `?` and `[a-z]` within one component each.

use super::{FileError, Fileguard, MAX_ENTRIES};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The longest pattern component that is expanded; a longer one matches nothing.
const MAX_PATTERN: usize = 256;

pub(super) fn expand(guard: &Fileguard, pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let name = component.as_os_str();
        if !is_pattern(name.as_bytes()) {
            for path in &mut found {
                path.push(name);
            }
            continue;
        }
        let mut next = Vec::new();
        for folder in &found {
            let entries = match guard.list(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }) {
                Ok(entries) => entries,
                // As with the shell: a folder that is not there has no matches.
                Err(FileError::NotFound { .. } | FileError::NotFolder { .. }) => continue,
                Err(error) => return Err(error),
            };
            next.extend(
                entries
                    .into_iter()
                    .filter(|entry| entry.file_name().is_some_and(|entry| matches(name.as_bytes(), entry.as_bytes()))),
            );
            next.truncate(MAX_ENTRIES);
        }
        found = next;
    }
    found.sort();
    Ok(found)
}

/// Whether a component has any of the characters that make a pattern.
fn is_pattern(component: &[u8]) -> bool {
    component.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

/// Whether a name matches a pattern. As with the shell, a leading dot must be written.
///
/// Linear in the product of both lengths: a star is remembered and retried, never nested.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    if pattern.len() > MAX_PATTERN || (name.first() == Some(&b'.') && pattern.first() != Some(&b'.')) {
        return false;
    }
    let (mut at, mut reading) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while reading < name.len() {
        let step = match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at, reading));
                at += 1;
                continue;
            }
            Some(b'?') => Some(1),
            Some(b'[') => class(&pattern[at..], name[reading]),
            Some(b'\\') if pattern.get(at + 1) == Some(&name[reading]) => Some(2),
            Some(byte) if *byte == name[reading] => Some(1),
            _ => None,
        };
        match (step, retry) {
            (Some(width), _) => {
                at += width;
                reading += 1;
            }
            (None, Some((star, from))) => {
                at = star + 1;
                reading = from + 1;
                retry = Some((star, reading));
            }
            (None, None) => return false,
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// The width of a `[…]` that takes this byte; `None` if it does not, or is not closed.
fn class(pattern: &[u8], byte: u8) -> Option<usize> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let start = if negated { 2 } else { 1 };
    // A `]` right at the start stands for itself.
    let end = start + 1 + pattern.get(start + 1..)?.iter().position(|byte| *byte == b']')?;
    let mut inside = false;
    let mut at = start;
    while at < end {
        if at + 2 < end && pattern[at + 1] == b'-' {
            inside |= (pattern[at]..=pattern[at + 2]).contains(&byte);
            at += 3;
        } else {
            inside |= pattern[at] == byte;
            at += 1;
        }
    }
    (inside != negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn matches_as_the_shell_does() {
        for (pattern, name, expected) in [
            ("*.conf", "a.conf", true),
            ("*.conf", ".conf", false),
            (".*", ".conf", true),
            ("*", "default", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]x", "]x", true),
            ("[a", "[a", false),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", false),
            ("**", "x", true),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }
}
