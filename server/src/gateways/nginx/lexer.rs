//! Text to tokens, by nginx's own rules for words, quotes and comments. Never fails.

use std::ops::Range;

/// One token with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Bytes of the text that it was made of.
    pub span: Range<usize>,
    /// The line on which it begins, counted from 1.
    pub line: u32,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenKind {
    /// A word, its quotes and escapes taken away.
    Word(String),
    /// `;`
    End,
    /// `{`
    Open,
    /// `}`
    Close,
}

/// Tokens, and what was wrong on the way: a line and a sentence each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lexed {
    /// The tokens in order.
    pub tokens: Vec<Token>,
    /// What was not understood.
    pub problems: Vec<(u32, &'static str)>,
}

/// Splits a text into tokens. The content of `*_by_lua_block` is passed over, since it is no nginx syntax.
pub fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: 0, line: 1, statement: None, out: Lexed::default() };
    while lexer.at < lexer.bytes.len() {
        lexer.step();
    }
    lexer.out
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    line: u32,
    /// Whether the statement at hand begins with a word that opens foreign code; `None` at its start.
    statement: Option<bool>,
    out: Lexed,
}

impl Lexer<'_> {
    fn step(&mut self) {
        match self.bytes[self.at] {
            b'\n' => {
                self.line += 1;
                self.at += 1;
            }
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'#' => self.at += memchr::memchr(b'\n', &self.bytes[self.at..]).unwrap_or(self.bytes.len() - self.at),
            b';' => self.mark(TokenKind::End),
            b'{' => {
                let foreign = self.statement == Some(true);
                self.mark(TokenKind::Open);
                if foreign {
                    self.pass_over_lua();
                }
            }
            b'}' => self.mark(TokenKind::Close),
            quote @ (b'"' | b'\'') => self.quoted(quote),
            _ => self.plain(),
        }
    }

    /// One of the marks that end a statement.
    fn mark(&mut self, kind: TokenKind) {
        self.out.tokens.push(Token { kind, span: self.at..self.at + 1, line: self.line });
        self.at += 1;
        self.statement = None;
    }

    fn word(&mut self, word: String, start: usize, line: u32) {
        self.statement.get_or_insert(word.ends_with("_by_lua_block"));
        self.out.tokens.push(Token { kind: TokenKind::Word(word), span: start..self.at, line });
    }

    fn quoted(&mut self, quote: u8) {
        let (start, line) = (self.at, self.line);
        self.at += 1;
        let mut word = String::new();
        loop {
            match self.bytes.get(self.at) {
                None => {
                    self.out.problems.push((line, "a quoted word is not closed"));
                    break;
                }
                Some(byte) if *byte == quote => {
                    self.at += 1;
                    break;
                }
                Some(_) => self.take_character(&mut word),
            }
        }
        self.word(word, start, line);
    }

    fn plain(&mut self) {
        let (start, line) = (self.at, self.line);
        let mut word = String::new();
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b';' => break,
                // `${name}` is part of a word; any other brace opens a block.
                b'{' if !word.ends_with('$') => break,
                b'{' => match self.text[self.at..].split_once('}') {
                    Some((name, _)) if name.len() < 128 && !name.contains(['\n', ';']) => {
                        word.push_str(name);
                        word.push('}');
                        self.at += name.len() + 1;
                    }
                    _ => break,
                },
                _ => self.take_character(&mut word),
            }
        }
        self.word(word, start, line);
    }

    /// Takes one character, an escape counting as one. Only the escapes that nginx knows are replaced.
    fn take_character(&mut self, word: &mut String) {
        let Some(character) = self.text[self.at..].chars().next() else { return };
        self.at += character.len_utf8();
        if character == '\n' {
            self.line += 1;
        }
        if character != '\\' {
            word.push(character);
            return;
        }
        let Some(escaped) = self.text[self.at..].chars().next() else {
            word.push('\\');
            return;
        };
        self.at += escaped.len_utf8();
        match escaped {
            '"' | '\'' | '\\' => word.push(escaped),
            't' => word.push('\t'),
            'r' => word.push('\r'),
            'n' => word.push('\n'),
            _ => {
                if escaped == '\n' {
                    self.line += 1;
                }
                word.push('\\');
                word.push(escaped);
            }
        }
    }

    /// Goes to the brace that closes a block of Lua, past its strings and comments.
    fn pass_over_lua(&mut self) {
        let begun = self.line;
        let mut depth = 0_u32;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => self.line += 1,
                b'{' => depth += 1,
                b'}' if depth == 0 => return,
                b'}' => depth -= 1,
                b'-' if self.bytes.get(self.at + 1) == Some(&b'-') => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    continue;
                }
                b'[' if self.bytes.get(self.at + 1) == Some(&b'[') => {
                    let length = self.text[self.at..].find("]]").map_or(self.bytes.len() - self.at, |end| end + 2);
                    self.pass(length);
                    continue;
                }
                quote @ (b'"' | b'\'') => {
                    let length = lua_string(&self.bytes[self.at..], *quote);
                    self.pass(length);
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.out.problems.push((begun, "a block of Lua is not closed"));
    }

    fn pass(&mut self, length: usize) {
        let passed = &self.bytes[self.at..self.at + length];
        self.line += u32::try_from(memchr::memchr_iter(b'\n', passed).count()).unwrap_or(u32::MAX);
        self.at += length;
    }
}

/// Bytes of the Lua string at the start; it ends at its quote or at the line's end.
fn lua_string(bytes: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\n' => return at,
            byte if *byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}
