//! A VCL program: backends, directors, and which of them `vcl_recv` chooses.

use super::Parameters;
use super::backend::{Backend, Fields};
use super::care::Habits;
use super::lexer::{Kind, Token, lex};
use crate::gateways::flat::{self, Cond, Rule, Text};
use crate::gateways::{Member, Place, Problem, Protocol, Sources, Target, Upstream};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Includes within includes.
const MAX_INCLUDES: usize = 64;
/// Bytes of one file.
const MAX_BYTES: u64 = 4 << 20;
/// Blocks within blocks, and conditions within conditions.
const MAX_DEPTH: usize = 32;
/// Choices of a backend that are followed; each carries its conditions.
const MAX_CHOICES: usize = 512;
/// Conditions that a later choice is judged by.
const MAX_ENDED: usize = 32;

/// A word with its place.
struct Word {
    kind: Kind,
    place: Place,
}

/// The rules of a program, and the files that were read.
pub(super) fn rules(
    main: &Path,
    sources: &dyn Sources,
    parameters: &Parameters<'_>,
    problems: &mut Vec<Problem>,
) -> (Vec<Rule>, Vec<PathBuf>, Habits) {
    let mut files = Vec::new();
    let words = words(main, sources, &mut files, problems);
    let habits = Habits::of(words.iter().map(|word| &word.kind));
    let mut program = Program {
        words: words.into(),
        parameters,
        backends: BTreeMap::new(),
        first: None,
        directors: BTreeMap::new(),
        chosen: Vec::new(),
        ended: Vec::new(),
        problems,
        probes: BTreeMap::new(),
        inline: None,
        deep: false,
    };
    program.run();
    (program.rules(main), files, habits)
}

/// The words of a file and of what it includes, in order.
fn words(main: &Path, sources: &dyn Sources, files: &mut Vec<PathBuf>, problems: &mut Vec<Problem>) -> Vec<Word> {
    let mut done = Vec::new();
    let mut open: Vec<(VecDeque<Token>, Arc<PathBuf>)> = Vec::new();
    let mut add =
        |path: &Path, from: Place, files: &mut Vec<PathBuf>, open: &mut Vec<(VecDeque<Token>, Arc<PathBuf>)>| {
            if files.len() >= MAX_INCLUDES || open.iter().any(|(_, file)| file.as_path() == path) {
                let what = format!("{} is included too often", path.display());
                problems.push(Problem { place: from, what, line_to_add: None });
                return;
            }
            match sources.text(path, MAX_BYTES) {
                Ok(text) => {
                    files.push(path.to_path_buf());
                    open.push((lex(&text).into(), Arc::new(path.to_path_buf())));
                }
                Err(error) => {
                    let line_to_add = error.line_to_add();
                    problems.push(Problem { place: from, what: error.to_string(), line_to_add });
                }
            }
        };
    add(main, Place { file: Arc::new(main.to_path_buf()), line: 0 }, files, &mut open);
    while let Some((tokens, file)) = open.last_mut() {
        let Some(token) = tokens.pop_front() else {
            open.pop();
            continue;
        };
        let place = Place { file: Arc::clone(file), line: token.line };
        let included = match (&token.kind, tokens.front().map(|next| &next.kind)) {
            (Kind::Word(word), Some(Kind::Text(path))) if word == "include" => Some(path.clone()),
            _ => None,
        };
        match included {
            Some(path) => {
                tokens.pop_front();
                if tokens.front().is_some_and(|next| next.kind == Kind::Sign(";")) {
                    tokens.pop_front();
                }
                let folder = main.parent().unwrap_or(Path::new("/etc/varnish")).to_path_buf();
                add(&folder.join(path), place, files, &mut open);
            }
            None => done.push(Word { kind: token.kind, place }),
        }
    }
    done
}

struct Program<'p> {
    words: VecDeque<Word>,
    parameters: &'p Parameters<'p>,
    backends: BTreeMap<String, Backend>,
    first: Option<String>,
    /// Directors with their backends in order.
    directors: BTreeMap<String, Vec<String>>,
    /// Which backend or director is chosen when, in the order of the text.
    chosen: Vec<(Cond, Choice, Place)>,
    /// Conditions on which a subroutine has ended by now.
    ended: Vec<Cond>,
    problems: &'p mut Vec<Problem>,
    /// Probes by name; those of one backend by the backend's.
    probes: BTreeMap<String, (Fields, Place)>,
    /// A probe that was just read within a backend.
    inline: Option<(Fields, Place)>,
    /// Within a block that is assigned in another one.
    deep: bool,
}

#[derive(Clone)]
enum Choice {
    Named(String),
    Status(u16),
}

impl Program<'_> {
    fn next(&mut self) -> Option<Word> {
        self.words.pop_front()
    }

    fn peek(&self) -> Option<&Kind> {
        self.words.front().map(|word| &word.kind)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Kind::Sign(known)) if *known == sign)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let is = self.is_sign(sign);
        if is {
            self.next();
        }
        is
    }

    fn word(&mut self) -> Option<(String, Place)> {
        match self.words.pop_front()? {
            Word { kind: Kind::Word(word), place } => Some((word, place)),
            other => {
                self.words.push_front(other);
                None
            }
        }
    }

    /// The definitions of the top level.
    fn run(&mut self) {
        while let Some(word) = self.next() {
            let Kind::Word(name) = word.kind else { continue };
            match name.as_str() {
                "backend" => self.backend(word.place),
                "sub" => {
                    let name = self.word().map(|(name, _)| name).unwrap_or_default();
                    if self.take_sign("{") {
                        self.ended.clear();
                        match name.as_str() {
                            "vcl_recv" | "vcl_backend_fetch" => self.block(&Cond::Always, 0),
                            "vcl_init" => self.init(),
                            _ => self.skip_block(),
                        }
                    }
                }
                "probe" => {
                    let name = self.word().map(|(name, _)| name).unwrap_or_default();
                    if self.take_sign("{") {
                        let fields = self.fields();
                        self.probes.insert(name, (fields, word.place));
                    }
                }
                "acl" => {
                    self.word();
                    if self.take_sign("{") {
                        self.skip_block();
                    }
                }
                _ => self.pass_statement(),
            }
        }
    }

    /// Passes over the rest of a statement.
    fn pass_statement(&mut self) {
        while let Some(word) = self.next() {
            match word.kind {
                Kind::Sign(";" | "}") => return,
                Kind::Sign("{") => self.skip_block(),
                _ => {}
            }
        }
    }

    /// Passes over a block that was opened.
    fn skip_block(&mut self) {
        let mut depth = 1_usize;
        while let Some(word) = self.next() {
            match word.kind {
                Kind::Sign("{") => depth += 1,
                Kind::Sign("}") => {
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    /// `backend name { .host = "…"; … }` or `backend name none;`
    fn backend(&mut self, place: Place) {
        let Some((name, _)) = self.word() else { return };
        if !self.take_sign("{") {
            self.pass_statement();
            return;
        }
        let mut fields = self.fields();
        if let Some(probe) = self.inline.take() {
            let own = format!("backend {name}");
            self.probes.insert(own.clone(), probe);
            fields.insert(".probe".to_owned(), (own, place.clone()));
        }
        let backend = Backend::of(&fields, place, self.parameters, &self.probes, self.problems);
        self.first.get_or_insert_with(|| name.clone());
        self.backends.insert(name, backend);
    }

    /// `.host = "…"; .port = "…"; }`: what is assigned in a block. A probe that is written in it is put aside.
    fn fields(&mut self) -> Fields {
        let mut fields = Fields::new();
        while let Some(word) = self.next() {
            match word.kind {
                Kind::Sign("}") => break,
                Kind::Word(field) if field.starts_with('.') && self.take_sign("=") => {
                    if self.take_sign("{") {
                        // Nothing is assigned within what is assigned within a block.
                        let inner = if self.deep {
                            self.skip_block();
                            Fields::new()
                        } else {
                            self.within()
                        };
                        if field == ".probe" {
                            self.inline = Some((inner, word.place));
                        }
                        continue;
                    }
                    let mut value = String::new();
                    while let Some(part) = self.next() {
                        match part.kind {
                            Kind::Sign(";") => break,
                            Kind::Word(text) | Kind::Text(text) => value.push_str(&text),
                            Kind::Sign(sign) => value.push_str(sign),
                        }
                    }
                    fields.insert(field, (value, word.place));
                }
                Kind::Sign("{") => self.skip_block(),
                _ => {}
            }
        }
        fields
    }

    fn within(&mut self) -> Fields {
        self.deep = true;
        let fields = self.fields();
        self.deep = false;
        fields
    }

    /// `new pool = directors.round_robin(); pool.add_backend(one);`
    fn init(&mut self) {
        let mut depth = 1_usize;
        while let Some(word) = self.next() {
            match word.kind {
                Kind::Sign("{") => depth += 1,
                Kind::Sign("}") => {
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                }
                Kind::Word(word) if word == "new" => {
                    if let Some((name, _)) = self.word() {
                        self.directors.entry(name).or_default();
                    }
                }
                Kind::Word(word) => {
                    if let Some(pool) = word.strip_suffix(".add_backend")
                        && self.take_sign("(")
                        && let Some((backend, _)) = self.word()
                    {
                        self.directors.entry(pool.to_owned()).or_default().push(backend);
                    }
                }
                _ => {}
            }
        }
    }

    /// The statements of a block that was opened; it holds on `outer`.
    fn block(&mut self, outer: &Cond, depth: usize) {
        if depth > MAX_DEPTH {
            self.skip_block();
            return;
        }
        // What the conditions of this chain of `if` and `else` rule out so far.
        let mut before: Vec<Cond> = Vec::new();
        while let Some(word) = self.next() {
            match word.kind {
                Kind::Sign("}") => return,
                Kind::Sign("{") => self.block(outer, depth + 1),
                Kind::Word(name) => match name.as_str() {
                    "if" => {
                        before.clear();
                        self.branch(outer, &mut before, depth);
                    }
                    "elsif" | "elseif" | "elif" => self.branch(outer, &mut before, depth),
                    "else" => {
                        if matches!(self.peek(), Some(Kind::Word(next)) if next == "if") {
                            self.next();
                            self.branch(outer, &mut before, depth);
                        } else if self.take_sign("{") {
                            let when = ruled_out(outer.clone(), &before);
                            self.block(&when, depth + 1);
                        }
                    }
                    "set" => self.set(outer, word.place),
                    "return" => self.returns(outer, word.place),
                    _ => self.pass_to_semicolon(),
                },
                _ => {}
            }
        }
    }

    /// Passes over a statement, but not over the end of its block.
    fn pass_to_semicolon(&mut self) {
        while let Some(kind) = self.peek() {
            match kind {
                Kind::Sign("}") => return,
                Kind::Sign(";") => {
                    self.next();
                    return;
                }
                _ => {
                    self.next();
                }
            }
        }
    }

    fn branch(&mut self, outer: &Cond, before: &mut Vec<Cond>, depth: usize) {
        if !self.take_sign("(") {
            return;
        }
        let cond = self.any(0);
        self.take_sign(")");
        let when = ruled_out(outer.clone(), before).and(cond.clone());
        if before.len() < MAX_ENDED {
            before.push(cond);
        }
        if self.take_sign("{") {
            self.block(&when, depth + 1);
        }
    }

    fn set(&mut self, outer: &Cond, place: Place) {
        let Some((name, _)) = self.word() else { return self.pass_to_semicolon() };
        if !matches!(name.as_str(), "req.backend_hint" | "bereq.backend" | "req.backend") || !self.take_sign("=") {
            return self.pass_to_semicolon();
        }
        if let Some((value, _)) = self.word() {
            let value = value.strip_suffix(".backend").unwrap_or(&value).to_owned();
            let when = ruled_out(outer.clone(), &self.ended);
            if self.chosen.len() < MAX_CHOICES {
                self.chosen.push((when, Choice::Named(value), place));
            }
        }
        self.pass_to_semicolon();
    }

    /// `return (synth(404))` answers by itself; any `return` ends the subroutine.
    fn returns(&mut self, outer: &Cond, place: Place) {
        let mut status = None;
        let mut synth = false;
        while let Some(kind) = self.peek() {
            match kind {
                Kind::Sign(";" | "}") => break,
                Kind::Word(word) if word == "synth" => synth = true,
                Kind::Word(word) if synth && status.is_none() => status = word.parse().ok(),
                _ => {}
            }
            self.next();
        }
        self.take_sign(";");
        let when = ruled_out(outer.clone(), &self.ended);
        if let Some(status) = status
            && self.chosen.len() < MAX_CHOICES
        {
            self.chosen.push((when, Choice::Status(status), place));
        }
        // What depends on more than the URL (a method) is taken not to happen: it seldom does for a plain GET.
        if self.ended.len() < MAX_ENDED && outer.is_known() {
            self.ended.push(outer.clone());
        }
    }

    fn any(&mut self, depth: usize) -> Cond {
        let mut found = vec![self.all(depth)];
        while self.take_sign("||") {
            found.push(self.all(depth));
        }
        if found.len() == 1 { found.remove(0) } else { Cond::Any(found) }
    }

    fn all(&mut self, depth: usize) -> Cond {
        let mut found = vec![self.one(depth)];
        while self.take_sign("&&") {
            found.push(self.one(depth));
        }
        if found.len() == 1 { found.remove(0) } else { Cond::All(found) }
    }

    fn one(&mut self, depth: usize) -> Cond {
        if depth > MAX_DEPTH {
            self.pass_comparison();
            return Cond::Unknown("a deep condition".to_owned());
        }
        if self.take_sign("!") {
            return Cond::Not(Box::new(self.one(depth + 1)));
        }
        if self.take_sign("(") {
            let inner = self.any(depth + 1);
            self.take_sign(")");
            return inner;
        }
        let Some((name, _)) = self.word() else {
            self.next_unless_closing();
            return Cond::Unknown("a condition".to_owned());
        };
        let about_host = name.eq_ignore_ascii_case("req.http.host");
        let about_path = matches!(name.as_str(), "req.url" | "bereq.url");
        let operator = match self.peek() {
            Some(Kind::Sign(sign @ ("==" | "!=" | "~" | "!~"))) if about_host || about_path => *sign,
            _ => {
                self.pass_comparison();
                return Cond::Unknown(name);
            }
        };
        self.next();
        let text = match self.words.pop_front() {
            Some(Word { kind: Kind::Text(text), .. }) => text,
            other => {
                if let Some(other) = other {
                    self.words.push_front(other);
                }
                self.pass_comparison();
                return Cond::Unknown(name);
            }
        };
        let text = match operator {
            "==" | "!=" => Text::Is(text),
            _ => Text::Matches(text),
        };
        let cond = if about_host { Cond::Host(text) } else { Cond::Path(text) };
        if operator.starts_with('!') { Cond::Not(Box::new(cond)) } else { cond }
    }

    fn next_unless_closing(&mut self) {
        if !(self.is_sign(")") || self.is_sign("{") || self.is_sign("}")) {
            self.next();
        }
    }

    /// Passes over the rest of one comparison.
    fn pass_comparison(&mut self) {
        let mut depth = 0_usize;
        while let Some(kind) = self.peek() {
            match kind {
                Kind::Sign("(") => depth += 1,
                Kind::Sign(")") if depth > 0 => depth -= 1,
                Kind::Sign(")" | "&&" | "||" | "{" | "}" | ";") if depth == 0 => return,
                Kind::Sign("{" | "}" | ";") => return,
                _ => {}
            }
            self.next();
        }
    }

    /// What was chosen, the last choice first, since a later one overrules an earlier one; then the default.
    fn rules(self, main: &Path) -> Vec<Rule> {
        let mut rules: Vec<Rule> = Vec::new();
        let whole = Place { file: Arc::new(main.to_path_buf()), line: 0 };
        let settings = || self.parameters.settings();
        let statuses = self.chosen.iter().filter_map(|(when, choice, place)| match choice {
            Choice::Status(status) => Some((when, *status, place)),
            Choice::Named(_) => None,
        });
        for (when, status, place) in statuses {
            let (when, place) = (when.clone(), place.clone());
            rules.push(Rule { when, label: None, place, target: Target::Return(status), settings: settings() });
        }
        for (when, choice, place) in self.chosen.iter().rev() {
            if let Choice::Named(name) = choice {
                rules.push(self.rule(name, when.clone(), place));
            }
        }
        let default = if self.backends.contains_key("default") { Some("default") } else { self.first.as_deref() };
        if let Some(name) = default {
            rules.push(self.rule(name, Cond::Always, &whole));
        }
        rules
    }

    fn rule(&self, name: &str, when: Cond, place: &Place) -> Rule {
        let names: Vec<&str> = match self.directors.get(name) {
            Some(backends) => backends.iter().map(String::as_str).collect(),
            None => vec![name],
        };
        let backends: Vec<&Backend> = names.iter().filter_map(|name| self.backends.get(*name)).collect();
        let Some(first) = backends.first() else {
            let target = Target::Unknown(format!("{name} is no backend of this program"));
            return Rule { when, label: None, place: place.clone(), target, settings: self.parameters.settings() };
        };
        let members: Vec<Member> = backends.iter().filter_map(|backend| backend.member.clone()).collect();
        let written: Vec<&str> = backends.iter().map(|backend| backend.written.as_str()).collect();
        let mut upstream: Upstream = flat::upstream(&written.join(" "), Protocol::Http, members, &first.place);
        upstream.pool = self.directors.contains_key(name).then(|| name.to_owned());
        upstream.keepalive = Some(0);
        upstream.host.clone_from(&first.host_header);
        Rule {
            when,
            label: Some("/".to_owned()),
            place: if place.line == 0 { first.place.clone() } else { place.clone() },
            target: Target::Upstream(Box::new(upstream)),
            settings: first.settings.clone(),
        }
    }
}

/// A condition, and none of these.
fn ruled_out(cond: Cond, these: &[Cond]) -> Cond {
    these.iter().fold(cond, |whole, one| whole.and(Cond::Not(Box::new(one.clone()))))
}
