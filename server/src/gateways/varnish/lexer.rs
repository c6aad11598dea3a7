//! VCL's words.

/// A word and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) line: u32,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a number, a time: `req.url`, `.host`, `1.5s`.
    Word(String),
    /// A text.
    Text(String),
    /// Anything else: `{`, `==`, `!~`, `;` …
    Sign(&'static str),
}

/// Signs, the longer ones first.
const SIGNS: &[&str] = &[
    "==", "!=", "!~", "&&", "||", "<=", ">=", "+=", "{", "}", "(", ")", ";", "=", "~", "!", ",", "<", ">", "+", "-",
    "*", "/",
];

/// Splits a text; what is no word is passed over.
pub(super) fn lex(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let begun = line;
        let mut push = |kind| tokens.push(Token { kind, line: begun });
        let used = if first.is_whitespace() {
            first.len_utf8()
        } else if first == '#' || rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '"' {
            let inside = &rest[1..];
            let end = inside.find(['"', '\n']).unwrap_or(inside.len());
            push(Kind::Text(inside[..end].to_owned()));
            (end + 2).min(rest.len())
        } else if let Some(inside) = rest.strip_prefix("{\"") {
            let end = inside.find("\"}").unwrap_or(inside.len());
            push(Kind::Text(inside[..end].to_owned()));
            (end + 4).min(rest.len())
        } else if let Some(inside) = rest.strip_prefix("\"\"\"") {
            let end = inside.find("\"\"\"").unwrap_or(inside.len());
            push(Kind::Text(inside[..end].to_owned()));
            (end + 6).min(rest.len())
        } else if first.is_ascii_alphanumeric() || first == '.' || first == '_' {
            let fits = |c: char| c.is_ascii_alphanumeric() || "._-:".contains(c);
            let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
            push(Kind::Word(rest[..end].to_owned()));
            end
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            push(Kind::Sign(sign));
            sign.len()
        } else {
            first.len_utf8()
        };
        // A text that is cut off may end within a character.
        let mut used = used.max(1);
        while !rest.is_char_boundary(used) {
            used += 1;
        }
        line += u32::try_from(memchr::memchr_iter(b'\n', &rest.as_bytes()[..used]).count()).unwrap_or(0);
        rest = &rest[used..];
    }
    tokens
}
