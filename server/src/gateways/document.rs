//! YAML, TOML and JSON as one tree of nodes that know their lines.
//!
//! Serde's own trees forget where a value stood, and a diagnosis without the line is of little use. So YAML (of which
//! JSON is nearly a part) is read from `saphyr-parser`'s events, TOML from the spans of the `toml` crate. Both
//! readers are bounded: in nodes, in depth, and in what aliases may repeat.

use super::{Place, Problem};
use saphyr_parser::{Event, Parser, StrInput};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// Nodes of one document, aliases repeated.
const MAX_NODES: usize = 200_000;
/// Nodes within nodes.
const MAX_DEPTH: usize = 64;

/// One value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// The line on which it begins.
    pub(super) line: u32,
    /// What it is.
    pub(super) value: Value,
}

/// Scalars keep their text: what a key means decides how it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing.
    Null,
    /// A word, a number, a truth.
    Scalar(String),
    /// Values in order.
    List(Vec<Node>),
    /// Keys and values in order.
    Map(Vec<(String, Node)>),
}

impl Node {
    const fn null(line: u32) -> Self {
        Self { line, value: Value::Null }
    }

    /// The value of a key; letters' case and underscores do not count, as in the products that are read with it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(pairs) = &self.value else { return None };
        pairs.iter().find(|(known, _)| same_key(known, key)).map(|(_, node)| node)
    }

    /// The value at the end of several keys.
    pub(super) fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// A scalar's text.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a key's scalar.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// The number of a key's scalar.
    pub(super) fn number_of(&self, key: &str) -> Option<u64> {
        self.text_of(key)?.trim().parse().ok()
    }

    /// Whether a key's scalar says yes.
    pub(super) fn yes(&self, key: &str) -> bool {
        self.text_of(key).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    /// A list's values; a single value counts as a list of one, as hand-written files have it.
    pub(super) fn list(&self) -> Vec<&Self> {
        match &self.value {
            Value::List(nodes) => nodes.iter().collect(),
            Value::Null => Vec::new(),
            _ => vec![self],
        }
    }

    /// The values of a key's list.
    pub(super) fn list_of(&self, key: &str) -> Vec<&Self> {
        self.get(key).map(Self::list).unwrap_or_default()
    }

    /// The texts of a list.
    pub(super) fn texts(&self) -> Vec<String> {
        self.list().into_iter().filter_map(Self::text).map(str::to_owned).collect()
    }

    /// The texts of a key's list.
    pub(super) fn texts_of(&self, key: &str) -> Vec<String> {
        self.get(key).map(Self::texts).unwrap_or_default()
    }

    /// Keys and values of a map.
    pub(super) fn pairs(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// Where it stands.
    pub(super) fn place(&self, file: &Arc<PathBuf>) -> Place {
        Place { file: Arc::clone(file), line: self.line }
    }
}

/// Whether two spellings mean the same key: `connect_timeout`, `connectTimeout`, `ConnectTimeout`.
fn same_key(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase()).collect();
    let (one, other): (Vec<u8>, Vec<u8>) = (plain(one), plain(other));
    one == other
}

/// Reads a file by its extension: `.toml`, else YAML, of which JSON is a part.
pub(super) fn read(text: &str, file: &Arc<PathBuf>, problems: &mut Vec<Problem>) -> Node {
    let is_toml = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    if is_toml { toml(text, file, problems) } else { yaml(text, file, problems) }
}

fn note(problems: &mut Vec<Problem>, file: &Arc<PathBuf>, line: u32, what: String) {
    problems.push(Problem { place: Place { file: Arc::clone(file), line }, what, line_to_add: None });
}

/// Reads JSON. Its lines are found by the YAML reader; where that gives up (tabs in odd places), the values come
/// without lines.
pub(super) fn json(text: &str, file: &Arc<PathBuf>, problems: &mut Vec<Problem>) -> Node {
    let mut found = Vec::new();
    let node = yaml(text, file, &mut found);
    if found.is_empty() {
        return node;
    }
    match serde_json::from_str(text) {
        Ok(value) => of_json(value, 0),
        Err(error) => {
            let line = u32::try_from(error.line()).unwrap_or(0);
            note(problems, file, line, format!("this is not JSON: {error}"));
            node
        }
    }
}

/// `serde_json` refuses more than 128 levels by itself.
fn of_json(value: serde_json::Value, depth: usize) -> Node {
    use serde_json::Value as Json;
    let value = match value {
        _ if depth > MAX_DEPTH => Value::Null,
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Scalar(truth.to_string()),
        Json::Number(number) => Value::Scalar(number.to_string()),
        Json::String(text) => Value::Scalar(text),
        Json::Array(values) => Value::List(values.into_iter().map(|value| of_json(value, depth + 1)).collect()),
        Json::Object(pairs) => {
            Value::Map(pairs.into_iter().map(|(key, value)| (key, of_json(value, depth + 1))).collect())
        }
    };
    Node { line: 0, value }
}

/// A list or a map that is still being filled.
struct Open {
    line: u32,
    anchor: usize,
    map: bool,
    nodes: Vec<Node>,
}

/// Reads the first document of a YAML text. What was read before an error is kept.
pub(super) fn yaml(text: &str, file: &Arc<PathBuf>, problems: &mut Vec<Problem>) -> Node {
    let mut grower = Grower { open: Vec::new(), anchors: BTreeMap::new(), nodes: 0, root: None };
    for event in Parser::<StrInput<'_>>::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let line = u32::try_from(error.marker().line()).unwrap_or(0);
                note(problems, file, line, format!("this is not YAML: {}", error.info()));
                break;
            }
        };
        let line = u32::try_from(span.start.line()).unwrap_or(0);
        if let Event::DocumentEnd = event {
            break;
        }
        if let Err(what) = grower.take(event, line) {
            note(problems, file, line, what.to_owned());
            break;
        }
    }
    grower.root()
}

struct Grower {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

impl Grower {
    fn take(&mut self, event: Event<'_>, line: u32) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == saphyr_parser::ScalarStyle::Plain;
                let value = match text.as_ref() {
                    "" | "~" | "null" if plain => Value::Null,
                    text => Value::Scalar(text.to_owned()),
                };
                self.place(Node { line, value }, anchor, 1)
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().unwrap_or(Node::null(line));
                // An alias repeats what it stands for, so it is counted whole.
                let weight = count(&node);
                self.place(node, 0, weight)
            }
            Event::SequenceStart(anchor, _) => self.begin(line, anchor, false),
            Event::MappingStart(anchor, _) => self.begin(line, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => {
                    let anchor = open.anchor;
                    self.place(closed(open), anchor, 1)
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn begin(&mut self, line: u32, anchor: usize, map: bool) -> Result<(), &'static str> {
        if self.open.len() >= MAX_DEPTH {
            return Err("too many levels; the rest is not read");
        }
        self.open.push(Open { line, anchor, map, nodes: Vec::new() });
        Ok(())
    }

    fn place(&mut self, node: Node, anchor: usize, weight: usize) -> Result<(), &'static str> {
        self.nodes = self.nodes.saturating_add(weight);
        if self.nodes > MAX_NODES {
            return Err("too many values; the rest is not read");
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.nodes.push(node),
            None => self.root = self.root.take().or(Some(node)),
        }
        Ok(())
    }

    /// The root, with what was still open closed.
    fn root(mut self) -> Node {
        while let Some(open) = self.open.pop() {
            let node = closed(open);
            match self.open.last_mut() {
                Some(outer) => outer.nodes.push(node),
                None => self.root = self.root.take().or(Some(node)),
            }
        }
        self.root.unwrap_or(Node::null(1))
    }
}

fn count(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(nodes) => nodes.iter().map(count).sum::<usize>(),
        Value::Map(pairs) => pairs.iter().map(|(_, node)| count(node)).sum(),
        _ => 0,
    }
}

fn closed(open: Open) -> Node {
    let Open { line, map, nodes, .. } = open;
    if !map {
        return Node { line, value: Value::List(nodes) };
    }
    let mut pairs: Vec<(String, Node)> = Vec::new();
    let mut merged: Vec<(String, Node)> = Vec::new();
    let mut nodes = nodes.into_iter();
    while let Some(key) = nodes.next() {
        let value = nodes.next().unwrap_or(Node::null(key.line));
        match key.value {
            // A merge brings keys that are not written here.
            Value::Scalar(name) if name == "<<" => merged.extend(value.pairs().to_vec()),
            Value::Scalar(name) => pairs.push((name, value)),
            _ => {}
        }
    }
    for (name, value) in merged {
        if !pairs.iter().any(|(known, _)| *known == name) {
            pairs.push((name, value));
        }
    }
    Node { line, value: Value::Map(pairs) }
}

/// Reads TOML. What stands around an error is kept.
pub(super) fn toml(text: &str, file: &Arc<PathBuf>, problems: &mut Vec<Problem>) -> Node {
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
    let line_of = |offset: usize| u32::try_from(ends.partition_point(|end| *end < offset) + 1).unwrap_or(0);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let line = error.span().map_or(0, |span| line_of(span.start));
        note(problems, file, line, format!("this is not TOML: {}", error.message()));
    }
    of_table(table.get_ref(), 1, &line_of, 0)
}

fn of_table(table: &DeTable<'_>, line: u32, line_of: &dyn Fn(usize) -> u32, depth: usize) -> Node {
    let pairs = table.iter().map(|(key, value)| {
        let line = line_of(key.span().start);
        (key.get_ref().to_string(), of_toml(value.get_ref(), line, line_of, depth + 1))
    });
    Node { line, value: Value::Map(pairs.collect()) }
}

fn of_toml(value: &DeValue<'_>, line: u32, line_of: &dyn Fn(usize) -> u32, depth: usize) -> Node {
    let value = match value {
        _ if depth > MAX_DEPTH => Value::Null,
        DeValue::String(text) => Value::Scalar(text.to_string()),
        DeValue::Integer(number) => Value::Scalar(number.to_string()),
        DeValue::Float(number) => Value::Scalar(number.to_string()),
        DeValue::Boolean(truth) => Value::Scalar(truth.to_string()),
        DeValue::Datetime(time) => Value::Scalar(time.to_string()),
        DeValue::Array(values) => Value::List(
            values
                .iter()
                .map(|value| of_toml(value.get_ref(), line_of(value.span().start), line_of, depth + 1))
                .collect(),
        ),
        DeValue::Table(table) => return of_table(table, line, line_of, depth),
    };
    Node { line, value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(name: &str) -> Arc<PathBuf> {
        Arc::new(PathBuf::from(name))
    }

    #[test]
    fn values_know_their_lines() {
        let text = "a:\n  connectTimeout: 5s\n  list: [1, two]\nb: &x {k: v}\nc:\n  <<: *x\n  other: null\n";
        let mut problems = Vec::new();
        let node = read(text, &file("x.yaml"), &mut problems);
        let timeout = node.at(&["a", "connect_timeout"]).unwrap();
        assert_eq!((timeout.text(), timeout.line), (Some("5s"), 2));
        assert_eq!(node.get("a").unwrap().texts_of("list"), ["1", "two"]);
        assert_eq!((node.at(&["c", "k"]).unwrap().text(), node.at(&["c", "other"]).unwrap().text()), (Some("v"), None));
        assert_eq!(problems, []);
    }

    #[test]
    fn toml_and_json_give_the_same_tree() {
        let mut problems = Vec::new();
        let toml = read("[a.b]\nn = 1\n\n[[a.list]]\nurl = \"http://x\"\n", &file("x.toml"), &mut problems);
        assert_eq!(
            (toml.at(&["a", "b"]).unwrap().number_of("n"), toml.at(&["a", "b", "n"]).unwrap().line),
            (Some(1), 2)
        );
        assert_eq!(toml.get("a").unwrap().list_of("list")[0].text_of("url"), Some("http://x"));
        let tabs = "{\n\t\"a\": {\"b\": {\"n\": 1}},\n\t\"t\": true}";
        let json = json(tabs, &file("x.json"), &mut problems);
        assert_eq!((json.at(&["a", "b"]).unwrap().number_of("n"), json.yes("t")), (Some(1), true));
        assert_eq!(problems, []);
    }

    #[test]
    fn bombs_and_breaks_are_bounded_and_told() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            use std::fmt::Write;
            let alias = format!("*a{}", level - 1);
            writeln!(text, "a{level}: &a{level} [{}]", vec![alias; 10].join(", ")).unwrap();
        }
        let mut problems = Vec::new();
        yaml(&text, &file("x"), &mut problems);
        assert_eq!(problems.len(), 1);
        for broken in [format!("a: {}", "[".repeat(5000)), "a: b: c".to_owned()] {
            let mut problems = Vec::new();
            yaml(&broken, &file("x"), &mut problems);
            assert!(!problems.is_empty(), "{broken:.20}");
        }
        let mut problems = Vec::new();
        let kept = yaml("good: 1\nbad: [\n", &file("x"), &mut problems);
        assert_eq!((kept.number_of("good"), problems.len()), (Some(1), 1));
        let mut problems = Vec::new();
        json("{\"a\": tru", &file("x"), &mut problems);
        assert_eq!(problems.len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[ -~\\n\\t]{0,300}") {
            let mut problems = Vec::new();
            yaml(&text, &file("x"), &mut problems);
            toml(&text, &file("x"), &mut problems);
            json(&text, &file("x"), &mut problems);
        }
    }
}
