//! The signatures: what a product says when something fails, one row each.
//!
//! A row looks at the beginning of the product's own message, the phase and the error number; never at what a
//! client can write.

use super::{Line, Matched, Phase, Product, redact};
use app::model::fact::logs::Meaning;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    /// What it means.
    pub means: Meaning,
    /// The same, as a sentence for people.
    pub says: &'static str,
    /// A line as the product writes it.
    pub sample: &'static str,
    pub(super) begins: Begins,
    /// One of these is in the message; empty for no condition.
    pub(super) contains: &'static [&'static str],
    /// It was in one of these phases; empty for no condition.
    pub(super) phases: &'static [Phase],
    /// It has one of these error numbers; empty for no condition.
    pub(super) errno: &'static [i32],
    pub(super) catches: Catch,
}

/// What most rows have in common: no further condition, nothing caught.
pub(super) const PLAIN: Signature = Signature {
    means: Meaning::Other,
    says: "",
    sample: "",
    begins: Begins::Any(&[]),
    contains: &[],
    phases: &[],
    errno: &[],
    catches: Catch::Nothing,
};

/// How the message begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Begins {
    /// With this.
    With(&'static str),
    /// With one of these.
    Any(&'static [&'static str]),
    /// With any one word, then this.
    Word(&'static str),
    /// With any one word, then one of these.
    AnyWord(&'static [&'static str]),
    /// With `connect()`, to anything but a unix socket.
    Tcp,
    /// With this regular expression; what its groups `caught` and `pid` hold is kept.
    Like(&'static str),
}

/// What of the message is kept apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Catch {
    Nothing,
    /// The first word.
    Word,
    /// The word after `connect() to `.
    Target,
    /// What is in the first quotes.
    Quoted,
    /// What is in the outermost parentheses after the first colon or `failed`.
    Parentheses,
    /// What comes after this, up to the end.
    After(&'static str),
}

/// The compiled form of a row's pattern, anchored at the message's start; each is compiled once.
fn like(pattern: &'static str) -> Option<Regex> {
    static COMPILED: Mutex<BTreeMap<&'static str, Option<Regex>>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    compiled.entry(pattern).or_insert_with(|| Regex::new(&format!("^(?:{pattern})")).ok()).clone()
}

impl Begins {
    fn holds(&self, message: &str) -> bool {
        let after_word = || message.split_once(' ').map_or("", |(_, rest)| rest);
        match self {
            Self::With(start) => message.starts_with(start),
            Self::Any(starts) => starts.iter().any(|start| message.starts_with(start)),
            Self::Word(start) => after_word().starts_with(start),
            Self::AnyWord(starts) => starts.iter().any(|start| after_word().starts_with(start)),
            Self::Tcp => message.starts_with("connect() ") && !message.starts_with("connect() to unix:"),
            Self::Like(pattern) => like(pattern).is_some_and(|regex| regex.is_match(message)),
        }
    }
}

impl Catch {
    fn from(&self, message: &str) -> Option<String> {
        let caught = match self {
            Self::Nothing => None,
            Self::Word => message.split(' ').next(),
            Self::Target => message.strip_prefix("connect() to ").and_then(|rest| rest.split(" failed (").next()),
            Self::Quoted => message.split_once('"').and_then(|(_, rest)| rest.split('"').next()),
            Self::Parentheses => {
                let inside = message.find(": (").map(|at| at + 3).or_else(|| message.find("failed (").map(|at| at + 8));
                inside.and_then(|from| message.get(from..message.rfind(')')?))
            }
            Self::After(before) => message.split_once(before).map(|(_, rest)| rest),
        };
        caught.map(redact)
    }
}

impl Signature {
    fn caught(&self, message: &str) -> Option<String> {
        let Begins::Like(pattern) = self.begins else { return self.catches.from(message) };
        let caught = like(pattern)?.captures(message)?.name("caught").map(|found| redact(found.as_str()));
        caught.or_else(|| self.catches.from(message))
    }

    /// The process that a pattern's group `pid` names.
    fn subject(&self, message: &str) -> Option<u32> {
        let Begins::Like(pattern) = self.begins else { return None };
        like(pattern)?.captures(message)?.name("pid")?.as_str().parse().ok()
    }

    fn matches(&self, line: &Line<'_>) -> bool {
        self.begins.holds(&line.message)
            && (self.contains.is_empty() || self.contains.iter().any(|text| line.message.contains(text)))
            && (self.phases.is_empty() || self.phases.contains(&line.phase))
            && (self.errno.is_empty() || line.errno.is_some_and(|errno| self.errno.contains(&errno)))
    }
}

/// Names a line, if a row recognises it.
pub(super) fn recognise(product: Product, line: &Line<'_>) -> Option<Matched> {
    if line.message.is_empty() {
        return None;
    }
    let signature = product.rows().iter().find(|signature| signature.matches(line))?;
    let kept = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(redact);
    Some(Matched {
        product,
        means: signature.means,
        says: signature.says,
        at: line.at,
        level: line.level.clone().into_owned(),
        pid: line.pid,
        subject: signature.subject(&line.message),
        connection: line.connection,
        errno: line.errno,
        phase: line.phase,
        detail: signature.caught(&line.message),
        message: redact(&line.message).chars().take(300).collect(),
        upstream: kept(&line.upstream),
        server: kept(&line.server),
        client: kept(&line.client),
        request: kept(&line.request),
        host: kept(&line.host),
        agent: kept(&line.agent),
        line: redact(line.line),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Zone;

    #[test]
    fn every_sample_matches_its_own_row_first() {
        for product in Product::ALL {
            for (number, row) in product.rows().iter().enumerate() {
                let line = product.parse(row.sample, &Zone::UTC).expect(row.sample);
                let first = product.rows().iter().position(|row| row.matches(&line));
                assert_eq!(first, Some(number), "{}", row.sample);
                assert!(!row.says.is_empty(), "{}", row.sample);
                if !matches!(row.catches, Catch::Nothing) {
                    let detail = recognise(*product, &line).unwrap().detail;
                    assert!(detail.is_some_and(|detail| !detail.is_empty()), "{}", row.sample);
                }
            }
        }
    }

    #[test]
    fn every_pattern_compiles() {
        for row in Product::ALL.iter().flat_map(|product| product.rows()) {
            if let Begins::Like(pattern) = row.begins {
                assert!(like(pattern).is_some(), "{pattern}");
            }
        }
    }

    #[test]
    fn catches_what_the_message_names() {
        let detail = |means| {
            let sample = Product::Nginx.rows().iter().find(|row| row.means == means).unwrap().sample;
            let line = Product::Nginx.parse(sample, &Zone::UTC).unwrap();
            recognise(Product::Nginx, &line).unwrap().detail.unwrap_or_default()
        };
        assert_eq!(detail(Meaning::NameNotFound), "app.internal");
        assert_eq!(detail(Meaning::NoSuchSocket), "unix:/run/app.sock");
        assert_eq!(detail(Meaning::CertificateExpired), "10:certificate has expired");
        assert_eq!(detail(Meaning::CertificateName), "app.test");
        assert_eq!(detail(Meaning::NameServerUnreachable), "10.0.0.53:53");
        assert_eq!(detail(Meaning::NoResolver), "app.internal");
        let chosen = Product::Kernel.rows().iter().find(|row| row.sample.contains("CONSTRAINT_MEMCG")).unwrap();
        let line = Product::Kernel.parse(chosen.sample, &Zone::UTC).unwrap();
        assert_eq!(recognise(Product::Kernel, &line).unwrap().detail.as_deref(), Some("app.service"), "the group");
    }
}
