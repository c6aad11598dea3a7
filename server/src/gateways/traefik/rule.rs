//! Router rules: ``Host(`a`) && (PathPrefix(`/api`) || !Method(`POST`))``.

use crate::gateways::flat::{Cond, Text};

/// Parentheses within parentheses.
const MAX_DEPTH: usize = 16;

/// Reads a rule; `None` if it is not one.
pub(super) fn read(text: &str) -> Option<Cond> {
    let mut reading = Reading { rest: text.trim() };
    let cond = reading.any(0)?;
    reading.rest.is_empty().then_some(cond)
}

struct Reading<'t> {
    rest: &'t str,
}

impl Reading<'_> {
    fn take(&mut self, word: &str) -> bool {
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn any(&mut self, depth: usize) -> Option<Cond> {
        let mut found = vec![self.all(depth)?];
        while self.take("||") {
            found.push(self.all(depth)?);
        }
        Some(if found.len() == 1 { found.remove(0) } else { Cond::Any(found) })
    }

    fn all(&mut self, depth: usize) -> Option<Cond> {
        let mut found = vec![self.one(depth)?];
        while self.take("&&") {
            found.push(self.one(depth)?);
        }
        Some(if found.len() == 1 { found.remove(0) } else { Cond::All(found) })
    }

    fn one(&mut self, depth: usize) -> Option<Cond> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.take("!") {
            return Some(Cond::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.take("(") {
            let inner = self.any(depth + 1)?;
            return self.take(")").then_some(inner);
        }
        let length = self.rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (name, rest) = self.rest.split_at_checked(length).filter(|(name, _)| !name.is_empty())?;
        self.rest = rest.trim_start();
        if !self.take("(") {
            return None;
        }
        let mut arguments = Vec::new();
        while !self.take(")") {
            arguments.push(self.argument()?);
            self.take(",");
        }
        Some(matcher(name, &arguments))
    }

    /// A text in backticks, single or double quotes.
    fn argument(&mut self) -> Option<String> {
        let quote = self.rest.chars().next().filter(|c| "`'\"".contains(*c))?;
        let (inside, rest) = self.rest[1..].split_once(quote)?;
        self.rest = rest.trim_start();
        Some(inside.to_owned())
    }
}

fn matcher(name: &str, arguments: &[String]) -> Cond {
    let any = |each: &dyn Fn(&String) -> Cond| Cond::Any(arguments.iter().map(each).collect());
    match name {
        "Host" | "HostHeader" => any(&|host| Cond::Host(Text::Is(host.to_ascii_lowercase()))),
        "HostRegexp" => any(&|pattern| Cond::Host(Text::Matches(named_groups(pattern)))),
        "Path" => any(&|path| Cond::Path(template(path, true))),
        "PathPrefix" => any(&|path| Cond::Path(template(path, false))),
        "PathRegexp" => any(&|pattern| Cond::Path(Text::Matches(pattern.clone()))),
        _ => Cond::Unknown(format!("{name}({})", arguments.join(", "))),
    }
}

/// Version 2 writes `{name:pattern}` within a host; version 3 takes the whole as a pattern.
fn named_groups(pattern: &str) -> String {
    if !pattern.contains('{') || pattern.starts_with('^') {
        return pattern.to_owned();
    }
    format!("^{}$", groups(pattern))
}

fn template(path: &str, whole: bool) -> Text {
    if path.contains('{') && path.contains(':') {
        return Text::Matches(format!("^{}{}", groups(path), if whole { "$" } else { "" }));
    }
    if whole { Text::Is(path.to_owned()) } else { Text::Starts(path.to_owned()) }
}

fn groups(text: &str) -> String {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        done.push_str(&regex::escape(before));
        let (inside, after) = after.split_once('}').unwrap_or((after, ""));
        let pattern = inside.split_once(':').map_or("[^/.]+", |(_, pattern)| pattern);
        done.push_str("(?:");
        done.push_str(pattern);
        done.push(')');
        rest = after;
    }
    done + &regex::escape(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rules_are_judged() {
        let rule = "Host(`a.example`, `b.example`) && (PathPrefix(`/api`) || Path(`/x`)) && !Method(`POST`)";
        let cond = read(rule).unwrap();
        assert_eq!(cond.holds("c.example", "/api"), Some(false));
        assert_eq!(cond.holds("a.example", "/y"), Some(false));
        assert_eq!(cond.holds("b.example", "/api/1"), None);
        assert_eq!(read("HostRegexp(`{sub:[a-z]+}.example.com`)").unwrap().holds("a.example.com", "/"), Some(true));
        assert_eq!(read("HostRegexp(`^.+\\.example$`)").unwrap().holds("a.example", "/"), Some(true));
        for wrong in ["", "Host(", "Host(`a`) &&", "Host(`a`) x", "Host[`a`]", "(Host(`a`)"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(read(&"(".repeat(100_000)), None);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[A-Za-z`'\"(){}:&|!, /.^$*+-]{0,120}") {
            if let Some(cond) = read(&text) {
                cond.holds("a.example", "/x");
            }
        }
    }
}
