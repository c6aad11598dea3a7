//! Text to sections: which line belongs to which proxy, conditions of the file itself followed as far as they can be told.

use super::lexer::{self, Variables};
use crate::gateways::{Place, Problem};
use std::path::Path;
use std::sync::Arc;

/// Sections that are kept of one configuration; a file with more is no configuration for people.
const MAX_SECTIONS: usize = 20_000;
/// Lines that are kept of one configuration.
const MAX_LINES: usize = 400_000;

/// What a section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SectionKind {
    /// `global`
    Global,
    /// `defaults`
    Defaults,
    /// `frontend`
    Frontend,
    /// `backend`
    Backend,
    /// `listen`: both in one.
    Listen,
    /// `resolvers`
    Resolvers,
    /// `http-errors`
    HttpErrors,
    /// Anything else (`peers`, `userlist`, `cache` …).
    Other,
}

/// One section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// What it is.
    pub(crate) kind: SectionKind,
    /// Its name; empty where it has none.
    pub(crate) name: String,
    /// The named `defaults` section that it asks for.
    pub(crate) from: Option<String>,
    /// Where it begins.
    pub(crate) place: Place,
    /// Its lines in order.
    pub(crate) lines: Vec<Line>,
}

/// One line of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its words, at least one.
    pub(crate) words: Vec<String>,
    /// Where it stands.
    pub(crate) place: Place,
}

impl Line {
    /// The word at an index; empty where there is none.
    pub(crate) fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", String::as_str)
    }

    /// Whether the line begins with these words.
    pub(crate) fn begins(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(index, word)| self.word(index) == *word)
    }

    /// The words from an index on.
    pub(crate) fn from(&self, index: usize) -> &[String] {
        self.words.get(index..).unwrap_or_default()
    }
}

/// Everything that was read, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tree {
    /// The sections.
    pub(crate) sections: Vec<Section>,
    /// Map files that `use_backend` names, with their content.
    pub(crate) maps: Vec<(String, String)>,
}

impl Tree {
    /// The sections of a kind.
    pub(crate) fn of(&self, kind: SectionKind) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(move |section| section.kind == kind)
    }

    /// The lines of all `global` sections.
    pub(crate) fn global(&self) -> impl Iterator<Item = &Line> {
        self.of(SectionKind::Global).flat_map(|section| &section.lines)
    }
}

/// Reads texts into one tree, as several `-f` are read as one.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    tree: Tree,
    variables: Variables,
    lines: usize,
    /// What was not understood.
    pub(crate) problems: Vec<Problem>,
}

/// One `.if` that is open.
struct Condition {
    /// Whether the lines at hand count.
    taken: bool,
    /// Whether any branch was taken so far.
    any: bool,
}

impl Builder {
    /// Reads one file.
    pub(crate) fn add(&mut self, file: &Path, text: &str) {
        let file = Arc::new(file.to_path_buf());
        let mut open: Vec<Condition> = Vec::new();
        let mut number = 0_u32;
        for raw in text.lines() {
            number = number.saturating_add(1);
            let place = Place { file: Arc::clone(&file), line: number };
            if self.lines >= MAX_LINES {
                self.problem(&place, "the rest is left out: there are too many lines");
                break;
            }
            let split = lexer::split(raw, &self.variables);
            let Some(first) = split.words.first() else { continue };
            if first.starts_with('.') && self.directive(&split.words, &mut open, &place) {
                continue;
            }
            if open.iter().any(|condition| !condition.taken) {
                continue;
            }
            for what in &split.problems {
                self.problem(&place, what);
            }
            self.line(split.words, place);
        }
        if !open.is_empty() {
            self.problem(&Place { file, line: number }, "an .if is not closed");
        }
    }

    /// What was read.
    pub(crate) fn finish(self) -> (Tree, Vec<Problem>) {
        (self.tree, self.problems)
    }

    fn problem(&mut self, place: &Place, what: &str) {
        self.problems.push(Problem { place: place.clone(), what: what.to_owned(), line_to_add: None });
    }

    /// `.if`, `.elif`, `.else`, `.endif` and notes; false for anything else.
    fn directive(&mut self, words: &[String], open: &mut Vec<Condition>, place: &Place) -> bool {
        match words[0].as_str() {
            ".if" => {
                let taken = self.holds(&words[1..], place);
                open.push(Condition { taken, any: taken });
            }
            ".elif" => {
                let holds = self.holds(&words[1..], place);
                if let Some(condition) = open.last_mut() {
                    condition.taken = holds && !condition.any;
                    condition.any |= holds;
                }
            }
            ".else" => {
                if let Some(condition) = open.last_mut() {
                    condition.taken = !condition.any;
                    condition.any = true;
                }
            }
            ".endif" => drop(open.pop()),
            ".notice" | ".warning" | ".alert" | ".diag" => {}
            _ => return false,
        }
        true
    }

    /// Whether a condition holds. What cannot be told is taken to hold, and said.
    fn holds(&mut self, words: &[String], place: &Place) -> bool {
        let text = words.join(" ");
        let (negated, plain) = text.strip_prefix('!').map_or((false, text.as_str()), |rest| (true, rest));
        let known = match plain.trim() {
            "" | "0" | "false" => Some(false),
            "1" | "true" => Some(true),
            other => other
                .strip_prefix("defined(")
                .and_then(|rest| rest.strip_suffix(')'))
                .filter(|name| self.variables.contains_key(*name))
                .map(|_| true),
        };
        if known.is_none() {
            self.problem(place, "whether this condition holds depends on the process; it is taken to hold");
        }
        known.is_none_or(|known| known != negated)
    }

    fn line(&mut self, words: Vec<String>, place: Place) {
        if let Some(section) = section(&words, &place) {
            if self.tree.sections.len() < MAX_SECTIONS {
                self.tree.sections.push(section);
            }
            return;
        }
        if matches!(words[0].as_str(), "setenv" | "presetenv")
            && let [keyword, name, value] = words.as_slice()
            && (keyword == "setenv" || !self.variables.contains_key(name))
        {
            self.variables.insert(name.clone(), value.clone());
        }
        self.lines += 1;
        let line = Line { words, place };
        match self.tree.sections.last_mut() {
            Some(section) => section.lines.push(line),
            None => self.problem(&line.place, "a line before any section"),
        }
    }
}

/// The section that a line begins, if it begins one.
fn section(words: &[String], place: &Place) -> Option<Section> {
    let kind = match words[0].as_str() {
        "global" => SectionKind::Global,
        "defaults" => SectionKind::Defaults,
        "frontend" => SectionKind::Frontend,
        "backend" => SectionKind::Backend,
        "listen" => SectionKind::Listen,
        "resolvers" => SectionKind::Resolvers,
        "http-errors" => SectionKind::HttpErrors,
        "peers" | "userlist" | "mailers" | "program" | "cache" | "ring" | "fcgi-app" | "log-forward"
        | "log-profile" | "crt-store" | "traces" | "acme" | "healthcheck" => SectionKind::Other,
        _ => return None,
    };
    let rest = &words[1..];
    let from = rest.iter().position(|word| word == "from").filter(|at| *at > 0 || kind == SectionKind::Defaults);
    let name = rest.first().filter(|_| from != Some(0)).cloned().unwrap_or_default();
    let from = from.and_then(|at| rest.get(at + 1)).cloned();
    let mut lines = Vec::new();
    // The old way: `listen web :80`.
    let address = rest.get(1).filter(|word| *word != "from");
    if let (SectionKind::Listen | SectionKind::Frontend, Some(address)) = (kind, address) {
        lines.push(Line { words: vec!["bind".to_owned(), address.clone()], place: place.clone() });
    }
    Some(Section { kind, name, from, place: place.clone(), lines })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Tree, Vec<Problem>) {
        let mut builder = Builder::default();
        builder.add(Path::new("haproxy.cfg"), text);
        builder.finish()
    }

    #[test]
    fn lines_belong_to_their_section() {
        let (tree, problems) = read(
            "# c\nglobal\n daemon\ndefaults base\n mode http\ndefaults web from base\nfrontend f from web\n bind :80\nlisten old :81\n",
        );
        let names: Vec<_> = tree.sections.iter().map(|s| (s.kind, s.name.as_str(), s.from.as_deref())).collect();
        assert_eq!(
            names,
            [
                (SectionKind::Global, "", None),
                (SectionKind::Defaults, "base", None),
                (SectionKind::Defaults, "web", Some("base")),
                (SectionKind::Frontend, "f", Some("web")),
                (SectionKind::Listen, "old", None),
            ]
        );
        assert_eq!(tree.sections[4].lines[0].words, ["bind", ":81"]);
        assert_eq!(tree.sections[3].lines[0].place.line, 8);
        assert!(problems.is_empty());
    }

    #[test]
    fn conditions_are_followed_where_they_can_be_told() {
        let (tree, problems) = read(
            "global\n setenv A b\n.if defined(A)\n x\n.else\n y\n.endif\n.if 0\n z\n.elif 1\n v\n.endif\n.if feature(OPENSSL)\n w\n.endif\n",
        );
        let words: Vec<_> = tree.global().map(|line| line.word(0)).collect();
        assert_eq!(words, ["setenv", "x", "v", "w"]);
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn half_a_file_is_still_read() {
        let (tree, problems) = read("server a b\nlisten\n server a \"b\n.if 1\n");
        assert_eq!(tree.sections[0].lines.len(), 1);
        assert_eq!(problems.len(), 3);
    }
}
