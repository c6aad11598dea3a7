//! The plain ini that php-fpm and uWSGI read: sections, `key = value`, comments.

/// One line that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// The section that it stands in; empty before the first.
    pub(super) section: &'a str,
    /// The key.
    pub(super) key: &'a str,
    /// The value without quotes; empty where there is none.
    pub(super) value: &'a str,
    /// Line number, from 1.
    pub(super) line: usize,
}

/// Every entry in order. What is no entry is passed over: a half-broken file is read as far as it goes.
pub(super) fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut section = "";
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            section = name.0.trim();
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        found.push(Entry { section, key: key.trim(), value: unquoted(value), line: at + 1 });
    }
    found
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    if let Some(rest) = value.strip_prefix('"') {
        return rest.split('"').next().unwrap_or(rest);
    }
    // A comment may follow after a space.
    value.split(" ;").next().unwrap_or(value).trim_end()
}
