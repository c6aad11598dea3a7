//! Values in a body of JSON: a path to one value, and a comparison.
//!
//! Paths are the *singular queries* of RFC 9535: `$`, then names (`.status`, `['two words']`) and places in lists (`[0]`,
//! `[-1]` from the end). They lead to one value or to none; there are no wildcards, filters or functions.

use super::{Wanted, quote};
use serde_json::Value;
use std::fmt;

/// Steps of a path at most.
const MAX_STEPS: usize = 32;

/// A path to one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Place(i64),
}

impl std::str::FromStr for Path {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hint = || {
            format!("`{text}` is not a path to one value; write `$.status`, `$.checks[0].ok` or `$['two words'].count`")
        };
        let mut rest = text.strip_prefix('$').ok_or_else(hint)?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if steps.len() == MAX_STEPS {
                return Err(format!("`{text}` has over {MAX_STEPS} steps"));
            }
            let (step, after) = step(rest).ok_or_else(hint)?;
            steps.push(step);
            rest = after;
        }
        Ok(Self { text: text.to_owned(), steps })
    }
}

/// The first step of what is left of a path, and the rest.
fn step(rest: &str) -> Option<(Step, &str)> {
    if let Some(rest) = rest.strip_prefix('.') {
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || !c.is_ascii();
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let begins_well = name.chars().next().is_some_and(|c| !c.is_ascii_digit());
        return begins_well.then(|| (Step::Name(name.to_owned()), after));
    }
    let rest = rest.strip_prefix('[')?;
    if let Some(mark @ ('\'' | '"')) = rest.chars().next() {
        let (name, after) = rest[1..].split_once(mark)?;
        // Escapes are left out of the subset, so that a path reads the same to everybody.
        let after = after.strip_prefix(']').filter(|_| !name.contains('\\'))?;
        return Some((Step::Name(name.to_owned()), after));
    }
    let (number, after) = rest.split_once(']')?;
    let digits = number.strip_prefix('-').unwrap_or(number);
    let plain = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
        && number != "-0";
    Some((Step::Place(number.parse().ok().filter(|_| plain)?), after))
}

impl Path {
    /// The value that it leads to.
    fn find<'v>(&self, document: &'v Value) -> Option<&'v Value> {
        self.steps.iter().try_fold(document, |value, step| match step {
            Step::Name(name) => value.as_object()?.get(name),
            Step::Place(place) => {
                let list = value.as_array()?;
                let from_end = || list.len().checked_sub(usize::try_from(place.unsigned_abs()).ok()?);
                list.get(if *place < 0 { from_end()? } else { usize::try_from(*place).ok()? })
            }
        })
    }
}

/// A configured value to compare with.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// A text.
    Text(Wanted),
    /// A number.
    Number(f64),
    /// True or false.
    Truth(bool),
}

impl Scalar {
    fn equals(&self, value: &Value) -> bool {
        match self {
            Self::Text(wanted) => value.as_str() == Some(wanted.as_str()),
            Self::Number(wanted) => {
                value.as_f64().is_some_and(|number| number.partial_cmp(wanted) == Some(std::cmp::Ordering::Equal))
            }
            Self::Truth(wanted) => value.as_bool() == Some(*wanted),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(wanted) => wanted.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Truth(truth) => truth.fmt(f),
        }
    }
}

/// How the value is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Compare {
    /// It is this.
    Is(Scalar),
    /// It is there and something else.
    IsNot(Scalar),
    /// It is a number of at least this.
    AtLeast(f64),
    /// It is a number of at most this.
    AtMost(f64),
    /// It is there, or not.
    Exists(bool),
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonRule {
    /// Where.
    pub path: Path,
    /// What is wanted there.
    pub compare: Compare,
}

impl JsonRule {
    /// Why it does not hold.
    pub(super) fn problem(&self, document: &Value) -> Option<String> {
        let found = self.path.find(document);
        let number = || found.and_then(Value::as_f64);
        let holds = match &self.compare {
            Compare::Is(wanted) => found.is_some_and(|value| wanted.equals(value)),
            Compare::IsNot(other) => found.is_some_and(|value| !other.equals(value)),
            Compare::AtLeast(least) => number().is_some_and(|number| number >= *least),
            Compare::AtMost(most) => number().is_some_and(|number| number <= *most),
            Compare::Exists(wanted) => found.is_some() == *wanted,
        };
        if holds {
            return None;
        }
        let path = &self.path.text;
        let found = found.map_or("nothing there".to_owned(), shown);
        Some(match &self.compare {
            Compare::Is(wanted) => format!("wanted {path} to be {wanted}, found {found}"),
            Compare::IsNot(other) => format!("wanted {path} to be there and not {other}, found {found}"),
            Compare::AtLeast(least) => format!("wanted {path} to be at least {least}, found {found}"),
            Compare::AtMost(most) => format!("wanted {path} to be at most {most}, found {found}"),
            Compare::Exists(true) => format!("wanted a value at {path}, found none"),
            Compare::Exists(false) => format!("wanted no value at {path}, found {found}"),
        })
    }
}

/// A value in a sentence: scalars by their beginning, the rest by its kind.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quote(text),
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(path: &str, compare: Compare) -> JsonRule {
        JsonRule { path: path.parse().unwrap(), compare }
    }

    fn text(text: &str) -> Scalar {
        Scalar::Text(Wanted::new(text, false))
    }

    #[test]
    fn paths_lead_to_one_value_or_none() {
        let document = json!({"a": {"b c": [10, 20, {"ü": true}]}, "x.y": 1});
        for (path, expected) in [
            ("$", Some(document.clone())),
            ("$.a['b c'][0]", Some(json!(10))),
            ("$.a[\"b c\"][-1].ü", Some(json!(true))),
            ("$['x.y']", Some(json!(1))),
            ("$.a['b c'][3]", None),
            ("$.a['b c'][-4]", None),
            ("$.a.b", None),
            ("$.a[0]", None),
        ] {
            let path: Path = path.parse().unwrap();
            assert_eq!(path.find(&document), expected.as_ref(), "{path:?}");
        }
    }

    #[test]
    fn what_is_not_a_singular_query_is_refused() {
        let long = format!("${}", ".a".repeat(33));
        for bad in [
            "", "a", ".a", "$a", "$.", "$..a", "$.*", "$[*]", "$[01]", "$[-0]", "$[1:2]", "$[?@.a]", "$['a", "$[a]",
            "$.1", "$ .a", &long,
        ] {
            assert!(bad.parse::<Path>().is_err(), "{bad}");
        }
    }

    #[test]
    fn comparisons_say_what_was_wanted_and_found() {
        let document = json!({"status": "degraded", "queue": 12, "ok": false, "list": [1, 2], "none": null});
        let cases = [
            (rule("$.status", Compare::Is(text("ok"))), "wanted $.status to be “ok”, found “degraded”"),
            (
                rule("$.status", Compare::IsNot(text("degraded"))),
                "wanted $.status to be there and not “degraded”, found “degraded”",
            ),
            (rule("$.queue", Compare::AtMost(10.0)), "wanted $.queue to be at most 10, found 12"),
            (rule("$.queue", Compare::AtLeast(12.5)), "wanted $.queue to be at least 12.5, found 12"),
            (rule("$.status", Compare::AtMost(10.0)), "wanted $.status to be at most 10, found “degraded”"),
            (rule("$.ok", Compare::Is(Scalar::Truth(true))), "wanted $.ok to be true, found false"),
            (rule("$.list", Compare::Is(Scalar::Number(2.0))), "wanted $.list to be 2, found a list of 2"),
            (rule("$.gone", Compare::Exists(true)), "wanted a value at $.gone, found none"),
            (rule("$.none", Compare::Exists(false)), "wanted no value at $.none, found null"),
            (rule("$.gone", Compare::Is(text("a"))), "wanted $.gone to be “a”, found nothing there"),
        ];
        for (rule, words) in cases {
            assert_eq!(rule.problem(&document).as_deref(), Some(words));
        }
        for good in [
            rule("$.status", Compare::Is(text("degraded"))),
            rule("$.queue", Compare::Is(Scalar::Number(12.0))),
            rule("$.queue", Compare::AtLeast(12.0)),
            rule("$.gone", Compare::Exists(false)),
            rule("$.none", Compare::IsNot(text("x"))),
        ] {
            assert_eq!(good.problem(&document), None, "{good:?}");
        }
    }
}
