//! A Caddyfile's text: words, lines and blocks, with imports, snippets and placeholders of the environment.

use crate::gateways::{Place, Problem, Sources};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Blocks within blocks, and imports within imports.
const MAX_DEPTH: usize = 24;
/// Lines of the whole configuration, imports included.
const MAX_LINES: usize = 100_000;
/// Bytes that are read, all files together.
const MAX_BYTES: u64 = 4 << 20;

/// One line with its block, if it has one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    /// Its words; a block alone has none.
    pub(super) words: Vec<String>,
    /// The lines of its block.
    pub(super) block: Option<Vec<Line>>,
    /// Where it begins.
    pub(super) place: Place,
}

impl Line {
    /// The first word.
    pub(super) fn name(&self) -> &str {
        self.word(0)
    }

    /// A word; empty if there is none.
    pub(super) fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", String::as_str)
    }

    /// The lines of its block.
    pub(super) fn lines(&self) -> &[Line] {
        self.block.as_deref().unwrap_or_default()
    }

    /// The words after the first.
    pub(super) fn args(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    text: String,
    line: u32,
    quoted: bool,
}

/// Words of a text. A brace is a token of its own only where it stands alone.
fn lex(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    let mut line = 1;
    loop {
        let Some(&first) = chars.peek() else { return tokens };
        match first {
            '\n' => {
                line += 1;
                chars.next();
            }
            _ if first.is_whitespace() || first == '\u{feff}' => {
                chars.next();
            }
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            '\\' => {
                chars.next();
                chars.next_if_eq(&'\r');
                if chars.next_if_eq(&'\n').is_some() {
                    // The line goes on: what follows counts as on the same line as what came before.
                    continue;
                }
                tokens.push(word(&mut chars, line, "\\"));
            }
            '"' | '`' => {
                chars.next();
                let (text, lines) = quoted(&mut chars, first);
                tokens.push(Token { text, line, quoted: true });
                line += lines;
            }
            _ => tokens.push(word(&mut chars, line, "")),
        }
    }
}

fn word(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, line: u32, start: &str) -> Token {
    let mut text = start.to_owned();
    while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
        text.push(c);
    }
    Token { text, line, quoted: false }
}

/// A quoted word, and how many line ends it holds.
fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, quote: char) -> (String, u32) {
    let (mut text, mut lines) = (String::new(), 0);
    while let Some(c) = chars.next() {
        match c {
            _ if c == quote => break,
            '\\' if quote == '"' => match chars.next() {
                Some('"') => text.push('"'),
                Some(other) => text.extend(['\\', other]),
                None => {}
            },
            '\n' => {
                lines += 1;
                text.push(c);
            }
            _ => text.push(c),
        }
    }
    (text, lines)
}

/// `{$NAME}` and `{$NAME:default}`: the process' environment is not ours to know, so a default stands for it.
fn environment(text: &str) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{$") {
        done.push_str(before);
        let Some((inside, after)) = after.split_once('}') else {
            rest = &rest[before.len()..];
            break;
        };
        match inside.split_once(':') {
            Some((_, default)) => done.push_str(default),
            None => {
                done.push_str("{$");
                done.push_str(inside);
                done.push('}');
            }
        }
        rest = after;
    }
    done.push_str(rest);
    done
}

/// Lines of a whole configuration: its own files, with imports expanded.
pub(super) struct Reading<'s> {
    sources: &'s dyn Sources,
    snippets: BTreeMap<String, Vec<Line>>,
    /// Files that were read, in order.
    pub(super) files: Vec<PathBuf>,
    /// What was not understood.
    pub(super) problems: Vec<Problem>,
    bytes: u64,
    lines: usize,
}

impl<'s> Reading<'s> {
    /// Nothing read yet.
    pub(super) fn new(sources: &'s dyn Sources) -> Self {
        Self { sources, snippets: BTreeMap::new(), files: Vec::new(), problems: Vec::new(), bytes: 0, lines: 0 }
    }

    fn note(&mut self, place: &Place, what: impl Into<String>) {
        self.problems.push(Problem { place: place.clone(), what: what.into(), line_to_add: None });
    }

    /// The lines of a text that was read from a file.
    pub(super) fn text(&mut self, text: &str, file: &Path) -> Vec<Line> {
        let file = Arc::new(file.to_path_buf());
        self.files.push(file.to_path_buf());
        let lines = self.grow(lex(&environment(text)), &file);
        let folder = file.parent().unwrap_or(Path::new("/")).to_path_buf();
        let lines = self.take_snippets(lines);
        self.expand(lines, &folder, 0)
    }

    /// Tokens to lines and blocks.
    fn grow(&mut self, tokens: Vec<Token>, file: &Arc<PathBuf>) -> Vec<Line> {
        let mut open: Vec<Line> = vec![Line { block: Some(Vec::new()), ..Line::default() }];
        let mut words: Vec<String> = Vec::new();
        let mut begun = 0;
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let place = |line| Place { file: Arc::clone(file), line };
            let ends_line = tokens.peek().is_none_or(|next| next.line != token.line);
            if words.is_empty() {
                begun = token.line;
            }
            match token.text.as_str() {
                "{" if !token.quoted && ends_line && open.len() < MAX_DEPTH => {
                    let line = Line { words: std::mem::take(&mut words), block: Some(Vec::new()), place: place(begun) };
                    open.push(line);
                }
                "}" if !token.quoted && words.is_empty() => {
                    if open.len() > 1 {
                        close(&mut open);
                    } else {
                        self.note(&place(token.line), "a closing brace without an opening one");
                    }
                }
                _ => {
                    words.push(token.text);
                    // Addresses of a site go on after a comma.
                    let goes_on = open.len() == 1 && words.last().is_some_and(|word| word.ends_with(','));
                    if ends_line && !goes_on {
                        let line = Line { words: std::mem::take(&mut words), block: None, place: place(begun) };
                        push(&mut open, line);
                        self.lines += 1;
                        if self.lines > MAX_LINES {
                            self.note(&place(begun), "too many lines; the rest is not read");
                            break;
                        }
                    }
                }
            }
        }
        while open.len() > 1 {
            let place = open.last().map(|line| line.place.clone()).unwrap_or_default();
            self.note(&place, "a block is not closed");
            close(&mut open);
        }
        open.pop().and_then(|top| top.block).unwrap_or_default()
    }

    /// Puts snippets aside; they are only templates.
    fn take_snippets(&mut self, lines: Vec<Line>) -> Vec<Line> {
        let mut rest = Vec::new();
        for line in lines {
            let name = line.name().strip_prefix('(').and_then(|name| name.strip_suffix(')')).map(str::to_owned);
            match (name, &line.block) {
                (Some(name), Some(block)) => {
                    self.snippets.insert(name, block.clone());
                }
                _ => rest.push(line),
            }
        }
        rest
    }

    /// Puts what is imported in the place of each `import`.
    fn expand(&mut self, lines: Vec<Line>, folder: &Path, depth: usize) -> Vec<Line> {
        let mut done = Vec::new();
        for mut line in lines {
            if line.name() == "import" && line.words.len() > 1 {
                if depth >= MAX_DEPTH || self.lines > MAX_LINES {
                    self.note(&line.place, "imports within imports are not followed further");
                    continue;
                }
                let imported = self.imported(&line, folder);
                self.lines += imported.iter().map(size).sum::<usize>();
                done.extend(self.expand(imported, folder, depth + 1));
            } else {
                line.block = line.block.map(|block| self.expand(block, folder, depth + 1));
                done.push(line);
            }
        }
        done
    }

    fn imported(&mut self, line: &Line, folder: &Path) -> Vec<Line> {
        let name = line.word(1).to_owned();
        if let Some(snippet) = self.snippets.get(&name) {
            let arguments = &line.words[2..];
            return snippet.iter().map(|line| with_arguments(line, arguments)).collect();
        }
        let paths = match self.sources.matching(&folder.join(&name)) {
            Ok(paths) => paths,
            Err(error) => {
                self.problems.push(Problem {
                    place: line.place.clone(),
                    what: error.to_string(),
                    line_to_add: error.line_to_add(),
                });
                return Vec::new();
            }
        };
        let mut lines = Vec::new();
        for path in paths {
            match self.sources.text(&path, MAX_BYTES.saturating_sub(self.bytes)) {
                Ok(text) => {
                    self.bytes += text.len() as u64;
                    self.files.push(path.clone());
                    let grown = self.grow(lex(&environment(&text)), &Arc::new(path));
                    let grown = self.take_snippets(grown);
                    lines.extend(grown.iter().map(|one| with_arguments(one, &line.words[2..])));
                }
                Err(error) => self.problems.push(Problem {
                    place: line.place.clone(),
                    what: error.to_string(),
                    line_to_add: error.line_to_add(),
                }),
            }
        }
        lines
    }
}

/// `{args[0]}`, or `{args.0}` as it was written before.
fn with_arguments(line: &Line, arguments: &[String]) -> Line {
    let filled = |word: &String| {
        let mut word = word.clone();
        for (index, argument) in arguments.iter().enumerate() {
            word =
                word.replace(&format!("{{args[{index}]}}"), argument).replace(&format!("{{args.{index}}}"), argument);
        }
        word
    };
    let mut words: Vec<String> = Vec::new();
    for word in &line.words {
        if word == "{args[:]}" {
            words.extend(arguments.iter().cloned());
        } else {
            words.push(filled(word));
        }
    }
    let block = line.block.as_ref().map(|block| block.iter().map(|line| with_arguments(line, arguments)).collect());
    Line { words, block, place: line.place.clone() }
}

/// A line with all that is in it; imports repeat, so they are counted whole.
fn size(line: &Line) -> usize {
    1 + line.words.len() + line.lines().iter().map(size).sum::<usize>()
}

fn push(open: &mut [Line], line: Line) {
    if let Some(block) = open.last_mut().and_then(|outer| outer.block.as_mut()) {
        block.push(line);
    }
}

fn close(open: &mut Vec<Line>) {
    if let Some(closed) = open.pop() {
        push(open, closed);
    }
}
