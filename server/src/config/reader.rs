//! Walks a spanned TOML document: typed access by key, unknown keys and wrong types reported with
//! their place, and the walk goes on after each, so that one look shows everything.

use super::problem::{Problem, place};
use super::source::{Environment, Expanded, expand};
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What all sections need while reading: the source for places, the environment, and the problems so far.
pub(super) struct Context<'a> {
    source: &'a str,
    folder: &'a Path,
    env: &'a dyn Environment,
    problems: Vec<(usize, String)>,
}

impl<'a> Context<'a> {
    pub(super) fn new(source: &'a str, folder: &'a Path, env: &'a dyn Environment) -> Self {
        Self { source, folder, env, problems: Vec::new() }
    }

    /// The folder that relative paths count from.
    pub(super) fn folder(&self) -> &'a Path {
        self.folder
    }

    /// Notes what is wrong at a place.
    pub(super) fn problem(&mut self, span: &Range<usize>, text: impl Into<String>) {
        self.problems.push((span.start, text.into()));
    }

    /// All problems in the file's order.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|(offset, _)| *offset);
        self.problems.dedup();
        let source = self.source;
        self.problems.into_iter().map(|(offset, text)| Problem { at: Some(place(source, offset)), text }).collect()
    }
}

/// A value of the right type with its place.
#[derive(Clone)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// A value that is no list, table or date.
pub(super) enum Scalar {
    /// A string, with its secrets put in.
    Text(Expanded),
    /// A number.
    Number(f64),
    /// True or false.
    Truth(bool),
}

/// One table of the document under its name as people write it, `[server]` or `[[monitors]]`.
pub(super) struct Section<'a, 'i> {
    name: String,
    table: &'a DeTable<'i>,
    /// Where the table begins.
    pub(super) span: Range<usize>,
    asked: Vec<&'static str>,
}

impl<'a, 'i> Section<'a, 'i> {
    /// The document itself.
    pub(super) fn root(document: &'a Spanned<DeTable<'i>>) -> Self {
        Self { name: "the file".to_owned(), table: document.get_ref(), span: 0..0, asked: Vec::new() }
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'i>>> {
        self.asked.push(key);
        self.table.get(key)
    }

    /// A sub-table, such as `[server]`.
    pub(super) fn table(&mut self, key: &'static str, cx: &mut Context<'_>) -> Option<Section<'a, 'i>> {
        let name = if self.span == (0..0) { format!("[{key}]") } else { format!("`{key}`") };
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Section { name, table, span: value.span(), asked: Vec::new() }),
            other => {
                cx.problem(&value.span(), format!("`{key}` must be a table, not {}", type_name(other)));
                None
            }
        }
    }

    /// A list of tables, such as `[[monitors]]`.
    pub(super) fn tables(&mut self, key: &'static str, cx: &mut Context<'_>) -> Vec<Section<'a, 'i>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let DeValue::Array(entries) = value.get_ref() else {
            cx.problem(&value.span(), format!("`{key}` is a list; head each entry with `[[{key}]]`"));
            return Vec::new();
        };
        let mut sections = Vec::new();
        for entry in entries {
            match entry.get_ref() {
                DeValue::Table(table) => {
                    sections.push(Section { name: format!("[[{key}]]"), table, span: entry.span(), asked: Vec::new() });
                }
                other => {
                    cx.problem(&entry.span(), format!("an entry of `{key}` must be a table, not {}", type_name(other)));
                }
            }
        }
        sections
    }

    /// A string, with its secrets put in.
    pub(super) fn text(&mut self, key: &'static str, cx: &mut Context<'_>) -> Option<Found<Expanded>> {
        let value = self.get(key)?;
        text_of(key, value, cx)
    }

    /// A string that `convert` understands; what it says otherwise is reported at the value's place.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        cx: &mut Context<'_>,
        convert: impl Fn(&str, &Expanded) -> Result<T, String>,
    ) -> Option<T> {
        self.found(key, cx, convert).map(|found| found.value)
    }

    /// As [`Self::parsed`], with the value's place for later judgements.
    pub(super) fn found<T>(
        &mut self,
        key: &'static str,
        cx: &mut Context<'_>,
        convert: impl Fn(&str, &Expanded) -> Result<T, String>,
    ) -> Option<Found<T>> {
        let Found { value, span } = self.text(key, cx)?;
        match convert(&value.text, &value) {
            Ok(value) => Some(Found { value, span }),
            Err(problem) => {
                cx.problem(&span, format!("{key}: {}", masked(problem, &value)));
                None
            }
        }
    }

    /// A list of strings; entries that `convert` does not understand are reported and left out.
    pub(super) fn parsed_list<T>(
        &mut self,
        key: &'static str,
        cx: &mut Context<'_>,
        convert: impl Fn(&str, &Expanded) -> Result<T, String>,
    ) -> Vec<T> {
        self.found_list(key, cx, convert).into_iter().map(|found| found.value).collect()
    }

    /// As [`Self::parsed_list`], with each entry's place.
    pub(super) fn found_list<T>(
        &mut self,
        key: &'static str,
        cx: &mut Context<'_>,
        convert: impl Fn(&str, &Expanded) -> Result<T, String>,
    ) -> Vec<Found<T>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let DeValue::Array(entries) = value.get_ref() else {
            let problem = format!("`{key}` must be a list of strings, not {}", type_name(value.get_ref()));
            cx.problem(&value.span(), problem);
            return Vec::new();
        };
        let mut list = Vec::new();
        for entry in entries {
            let Some(Found { value, span }) = text_of(key, entry, cx) else { continue };
            match convert(&value.text, &value) {
                Ok(value) => list.push(Found { value, span }),
                Err(problem) => cx.problem(&span, format!("{key}: {}", masked(problem, &value))),
            }
        }
        list
    }

    /// True or false.
    pub(super) fn boolean(&mut self, key: &'static str, cx: &mut Context<'_>) -> Option<bool> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            other => {
                cx.problem(&value.span(), format!("`{key}` must be true or false, not {}", type_name(other)));
                None
            }
        }
    }

    /// A whole number within `range`.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        range: std::ops::RangeInclusive<u8>,
        cx: &mut Context<'_>,
    ) -> Option<u8> {
        let value = self.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => u8::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let problem = format!("`{key}` must be a whole number from {} to {}", range.start(), range.end());
            cx.problem(&value.span(), problem);
        }
        number
    }

    /// A whole number within `range`, larger than [`Self::number`] takes.
    pub(super) fn whole(
        &mut self,
        key: &'static str,
        range: std::ops::RangeInclusive<u32>,
        cx: &mut Context<'_>,
    ) -> Option<u32> {
        let value = self.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let problem = format!("`{key}` must be a whole number from {} to {}", range.start(), range.end());
            cx.problem(&value.span(), problem);
        }
        number
    }

    /// A string, number or truth.
    pub(super) fn scalar(&mut self, key: &'static str, cx: &mut Context<'_>) -> Option<Scalar> {
        let value = self.get(key)?;
        let number = |text: &str| text.replace('_', "").parse::<f64>().ok().filter(|number| number.is_finite());
        let found = match value.get_ref() {
            DeValue::String(_) => return text_of(key, value, cx).map(|found| Scalar::Text(found.value)),
            DeValue::Boolean(truth) => Some(Scalar::Truth(*truth)),
            DeValue::Integer(integer) if integer.radix() == 10 => number(integer.as_str()).map(Scalar::Number),
            DeValue::Float(float) => number(float.as_str()).map(Scalar::Number),
            _ => None,
        };
        if found.is_none() {
            cx.problem(&value.span(), format!("`{key}` must be a string, a decimal number, true or false"));
        }
        found
    }

    /// A table whose keys are the operator's own, with strings as values, in order.
    pub(super) fn pairs(&mut self, key: &'static str, cx: &mut Context<'_>) -> Vec<(String, String)> {
        let Some(section) = self.table(key, cx) else { return Vec::new() };
        let found = section.table.iter().filter_map(|(name, value)| {
            let name: &str = name.get_ref();
            Some((name.to_owned(), text_of(name, value, cx)?.value.text))
        });
        found.collect()
    }

    /// Reports a key that does not fit here.
    pub(super) fn refuse(&mut self, key: &'static str, why: &str, cx: &mut Context<'_>) {
        if let Some(value) = self.get(key) {
            cx.problem(&value.span(), format!("`{key}` {why}"));
        }
    }

    /// Takes a key for known without looking at it.
    pub(super) fn pass(&mut self, key: &'static str) {
        self.asked.push(key);
    }

    /// Where a key's value stands.
    pub(super) fn span_of(&self, key: &str) -> Option<Range<usize>> {
        self.table.get(key).map(Spanned::span)
    }

    /// True if a key's value is a list, for keys that take a word or a list.
    pub(super) fn is_list(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(|value| matches!(value.get_ref(), DeValue::Array(_)))
    }

    /// Reports that a key is absent.
    pub(super) fn missing(&self, key: &str, example: &str, cx: &mut Context<'_>) {
        if !self.table.contains_key(key) {
            cx.problem(
                &self.span,
                format!("this {} has no `{key}`; add a line such as `{key} = {example}`", self.name),
            );
        }
    }

    /// Reports every key that nobody asked for. Call it last.
    pub(super) fn finish(self, cx: &mut Context<'_>) {
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if self.asked.contains(&name) {
                continue;
            }
            let known = self.asked.join(", ");
            let advice = match self.asked.iter().find(|known| is_near(known, name)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {known}"),
            };
            cx.problem(&key.span(), format!("unknown key `{name}` in {}; {advice}", self.name));
        }
    }
}

fn text_of(key: &str, value: &Spanned<DeValue<'_>>, cx: &mut Context<'_>) -> Option<Found<Expanded>> {
    let span = value.span();
    let DeValue::String(raw) = value.get_ref() else {
        cx.problem(&span, format!("`{key}` must be a string in quotes, not {}", type_name(value.get_ref())));
        return None;
    };
    match expand(raw, cx.folder, cx.env) {
        Ok(value) => Some(Found { value, span }),
        Err(problem) => {
            cx.problem(&span, format!("{key}: {problem}"));
            None
        }
    }
}

/// A problem's text without the secret that it may quote.
fn masked(problem: String, value: &Expanded) -> String {
    if value.secret && !value.text.is_empty() { problem.replace(&value.text, "***") } else { problem }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// True if two keys differ by one letter more, less or other, by two swapped letters, or by a separator.
fn is_near(known: &str, typed: &str) -> bool {
    let simple = |text: &str| -> Vec<u8> { text.to_ascii_lowercase().replace(['-', '_'], "").into_bytes() };
    let (mut known, mut typed) = (simple(known), simple(typed));
    if known.len().min(typed.len()) < 3 {
        return false;
    }
    while !known.is_empty() && known.first() == typed.first() {
        known.remove(0);
        typed.remove(0);
    }
    while !known.is_empty() && known.last() == typed.last() {
        known.pop();
        typed.pop();
    }
    let is_swap = known.len() == 2 && typed.len() == 2 && known[0] == typed[1] && known[1] == typed[0];
    is_swap || (known.len() <= 1 && typed.len() <= 1)
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn knows_a_slip_from_another_word() {
        assert!(is_near("listen", "lisen"));
        assert!(is_near("public_url", "public-url"));
        assert!(is_near("timeout", "timeouts"));
        assert!(is_near("url", "uri"));
        assert!(is_near("server", "servre"));
        assert!(is_near("units", "unit"));
        assert!(!is_near("url", "name"));
        assert!(!is_near("interval", "internal_only"));
    }
}
