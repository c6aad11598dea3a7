//! The few variables whose value can be told without a running request: `set`, `map`, and the request's own.

use super::tree::{Directive, Tree};
use std::collections::BTreeMap;

/// Variables within variables that are followed.
const MAX_ROUNDS: usize = 8;
/// The longest value.
const MAX_LENGTH: usize = 4096;

/// What is known of variables at one place of the configuration.
#[derive(Debug, Clone)]
pub(super) struct Variables<'t> {
    values: BTreeMap<String, String>,
    maps: Vec<&'t Directive>,
}

impl<'t> Variables<'t> {
    /// Nothing but the configuration's maps.
    pub(super) fn new(tree: &'t Tree) -> Self {
        let maps = tree.http().flat_map(Directive::children).filter(|directive| directive.name == "map").collect();
        Self { values: BTreeMap::new(), maps }
    }

    /// With what a request for this URL brings along.
    pub(super) fn for_request(tree: &'t Tree, url: &url::Url) -> Self {
        let mut variables = Self::new(tree);
        let host = url.host_str().unwrap_or("").trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let http_host = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap_or("")),
            None => url.host_str().unwrap_or("").to_owned(),
        };
        let query = url.query().unwrap_or("").to_owned();
        let request_uri = url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let is_args = if query.is_empty() { "" } else { "?" };
        for (name, value) in [
            ("host", host),
            ("http_host", http_host),
            ("scheme", url.scheme().to_owned()),
            ("request_uri", request_uri),
            ("uri", url.path().to_owned()),
            ("document_uri", url.path().to_owned()),
            ("args", query.clone()),
            ("query_string", query),
            ("is_args", is_args.to_owned()),
            ("request_method", "GET".to_owned()),
            ("server_port", url.port_or_known_default().unwrap_or(0).to_string()),
        ] {
            variables.values.insert(name.to_owned(), value);
        }
        variables
    }

    /// Gives a variable a value.
    pub(super) fn set(&mut self, name: &str, value: String) {
        if value.len() <= MAX_LENGTH {
            self.values.insert(name.to_owned(), value);
        }
    }

    /// Takes over the `set` directives of one level, in order.
    pub(super) fn take_sets(&mut self, level: &[Directive]) {
        for directive in level.iter().filter(|directive| directive.name == "set") {
            let value = self.expand(directive.arg(1));
            self.set(directive.arg(0).trim_start_matches('$'), value);
        }
    }

    /// The text with every known variable replaced. What is left with a `$` could not be told.
    pub(super) fn expand(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..MAX_ROUNDS {
            let next = self.expand_once(&text);
            if next == text || next.len() > MAX_LENGTH {
                break;
            }
            text = next;
        }
        text
    }

    fn expand_once(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let (name, length) = name_at(after);
            match self.value(name) {
                Some(value) if !name.is_empty() => out.push_str(&value),
                _ => {
                    out.push('$');
                    out.push_str(&after[..length]);
                }
            }
            rest = &after[length..];
        }
        out.push_str(rest);
        out
    }

    fn value(&self, name: &str) -> Option<String> {
        if let Some(value) = self.values.get(name) {
            return Some(value.clone());
        }
        let map = self.maps.iter().find(|map| map.arg(1).trim_start_matches('$') == name)?;
        let source = self.expand_plain(map.arg(0))?;
        let exact = map.children().iter().find(|row| row.name.eq_ignore_ascii_case(&source));
        let by_pattern = || {
            map.children().iter().find(|row| {
                let Some(pattern) = row.name.strip_prefix('~') else { return false };
                super::choose::pattern(pattern).is_some_and(|pattern| pattern.is_match(&source))
            })
        };
        let fallback = || map.children().iter().find(|row| row.name == "default");
        let row = exact.or_else(by_pattern).or_else(fallback)?;
        Some(row.arg(0).to_owned())
    }

    /// A map's source, where it needs no other map.
    fn expand_plain(&self, text: &str) -> Option<String> {
        match text.strip_prefix('$') {
            Some(name) => self.values.get(name).cloned(),
            None => Some(text.to_owned()),
        }
    }

    /// Every value that a text may get: the one that is known, or each that its map can give.
    pub(super) fn all_values(&self, text: &str) -> Vec<String> {
        let known = self.expand(text);
        let Some((before, after)) = known.split_once('$') else { return vec![known] };
        let (name, length) = name_at(after);
        let Some(map) = self.maps.iter().find(|map| map.arg(1).trim_start_matches('$') == name) else {
            return vec![known];
        };
        let rows = map.children().iter().filter(|row| !row.args.is_empty());
        let values = rows.map(|row| format!("{before}{}{}", row.arg(0), &after[length..])).take(256);
        values.collect()
    }
}

/// The name of a variable right behind its `$`, and how many bytes it takes with its braces.
fn name_at(text: &str) -> (&str, usize) {
    if let Some(braced) = text.strip_prefix('{')
        && let Some((name, _)) = braced.split_once('}')
    {
        return (name, name.len() + 2);
    }
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    (&text[..length], length)
}
