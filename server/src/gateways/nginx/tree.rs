//! Tokens to a tree of directives. Never fails: what is out of place is passed over and told.

use super::lexer::{TokenKind, lex};
use crate::gateways::{Place, Problem};
use std::path::PathBuf;
use std::sync::Arc;

/// Blocks within blocks that are followed; nginx configurations have five or six.
const MAX_DEPTH: usize = 32;

/// One directive, with its block if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// The directives of its block.
    pub block: Option<Vec<Directive>>,
    /// Where it begins.
    pub place: Place,
}

impl Directive {
    /// An argument; empty if there is none.
    pub fn arg(&self, index: usize) -> &str {
        self.args.get(index).map_or("", String::as_str)
    }

    /// The directives of its block.
    pub fn children(&self) -> &[Directive] {
        self.block.as_deref().unwrap_or_default()
    }
}

/// The whole configuration as a tree, includes expanded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    /// The directives of the main level.
    pub directives: Vec<Directive>,
    /// What relative paths of logs and sockets begin with.
    pub prefix: PathBuf,
}

impl Tree {
    /// The directives of all `http` blocks, which nginx takes as one.
    pub fn http(&self) -> impl Iterator<Item = &Directive> {
        self.directives.iter().filter(|directive| directive.name == "http")
    }
}

/// Directives of one file, includes not yet expanded.
pub(super) fn grow(text: &str, file: &Arc<PathBuf>, problems: &mut Vec<Problem>) -> Vec<Directive> {
    let lexed = lex(text);
    let mut note = |line: u32, what: &str| {
        let place = Place { file: Arc::clone(file), line };
        problems.push(Problem { place, what: what.to_owned(), line_to_add: None });
    };
    for (line, what) in lexed.problems {
        note(line, what);
    }
    // Open blocks, outermost first: the directive that opened each, and what is in it so far.
    let mut open: Vec<(Directive, Vec<Directive>)> = Vec::new();
    let mut top = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut begun = 1;
    let mut too_deep = 0_usize;
    for token in lexed.tokens {
        let line = token.line;
        match token.kind {
            TokenKind::Word(word) => {
                if words.is_empty() {
                    begun = line;
                }
                words.push(word);
            }
            TokenKind::End => {
                if let Some(directive) = directive(&mut words, None, file, begun)
                    && too_deep == 0
                {
                    open.last_mut().map_or(&mut top, |(_, inside)| inside).push(directive);
                }
            }
            TokenKind::Open => {
                let opened = directive(&mut words, Some(Vec::new()), file, begun);
                match opened {
                    Some(directive) if too_deep == 0 && open.len() < MAX_DEPTH => open.push((directive, Vec::new())),
                    _ => {
                        if too_deep == 0 {
                            note(line, "a block without a name, or too many blocks within blocks; passed over");
                        }
                        too_deep += 1;
                    }
                }
            }
            TokenKind::Close => {
                if !words.is_empty() {
                    note(begun, "a directive is not ended by a semicolon");
                    if let Some(directive) = directive(&mut words, None, file, begun)
                        && too_deep == 0
                    {
                        open.last_mut().map_or(&mut top, |(_, inside)| inside).push(directive);
                    }
                }
                if too_deep > 0 {
                    too_deep -= 1;
                } else {
                    match open.pop() {
                        Some(closed) => close(closed, &mut open, &mut top),
                        None => note(line, "a closing brace without an opening one"),
                    }
                }
            }
        }
    }
    if !words.is_empty() {
        note(begun, "a directive is not ended by a semicolon");
    }
    while let Some(closed) = open.pop() {
        note(closed.0.place.line, "a block is not closed");
        close(closed, &mut open, &mut top);
    }
    top
}

fn directive(
    words: &mut Vec<String>,
    block: Option<Vec<Directive>>,
    file: &Arc<PathBuf>,
    line: u32,
) -> Option<Directive> {
    let mut words = std::mem::take(words).into_iter();
    let name = words.next()?;
    Some(Directive { name, args: words.collect(), block, place: Place { file: Arc::clone(file), line } })
}

fn close(closed: (Directive, Vec<Directive>), open: &mut [(Directive, Vec<Directive>)], top: &mut Vec<Directive>) {
    let (mut directive, inside) = closed;
    directive.block = Some(inside);
    open.last_mut().map_or(top, |(_, outer)| outer).push(directive);
}
