//! One line to words, by HAProxy's own rules for quotes, escapes, comments and environment variables. Never fails.

use std::collections::BTreeMap;

/// The words of one line, and what was not understood on the way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Words {
    /// The words, their quotes and escapes taken away.
    pub(crate) words: Vec<String>,
    /// What was not understood.
    pub(crate) problems: Vec<String>,
}

/// Variables that the configuration itself sets (`setenv`, `presetenv`); those of the process are not known.
pub(crate) type Variables = BTreeMap<String, String>;

/// Splits one line.
pub(crate) fn split(line: &str, variables: &Variables) -> Words {
    let mut lexer = Lexer { rest: line, variables, word: None, out: Words::default() };
    lexer.run();
    lexer.out
}

struct Lexer<'l> {
    rest: &'l str,
    variables: &'l Variables,
    /// The word at hand; an empty one was begun by quotes.
    word: Option<String>,
    out: Words,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(character) = self.next() {
            match character {
                '#' => break,
                ' ' | '\t' | '\r' => self.end_word(),
                '\\' => self.escape(false),
                '\'' => self.single_quoted(),
                '"' => self.double_quoted(),
                other => self.push(other),
            }
        }
        self.end_word();
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest.chars().next()?;
        self.rest = &self.rest[character.len_utf8()..];
        Some(character)
    }

    fn push(&mut self, character: char) {
        self.word.get_or_insert_default().push(character);
    }

    fn end_word(&mut self) {
        self.out.words.extend(self.word.take());
    }

    fn escape(&mut self, quoted: bool) {
        let Some(character) = self.next() else {
            self.push('\\');
            return;
        };
        match character {
            'n' => self.push('\n'),
            'r' => self.push('\r'),
            't' => self.push('\t'),
            'x' => self.hexadecimal(),
            ' ' | '#' | '\\' | '"' | '\'' | '$' => self.push(character),
            // HAProxy keeps the backslash of what it does not know; regular expressions live by that.
            _ => {
                self.push('\\');
                self.push(character);
            }
        }
        if quoted && self.rest.is_empty() {
            self.out.problems.push("a quoted word is not closed".to_owned());
        }
    }

    fn hexadecimal(&mut self) {
        let byte = self.rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = byte {
            self.rest = &self.rest[2..];
            self.push(char::from(byte));
        } else {
            self.push('\\');
            self.push('x');
        }
    }

    fn single_quoted(&mut self) {
        self.word.get_or_insert_default();
        loop {
            match self.next() {
                Some('\'') => return,
                Some(character) => self.push(character),
                None => {
                    self.out.problems.push("a quoted word is not closed".to_owned());
                    return;
                }
            }
        }
    }

    fn double_quoted(&mut self) {
        self.word.get_or_insert_default();
        loop {
            match self.next() {
                Some('"') => return,
                Some('\\') => self.escape(true),
                Some('$') => self.variable(),
                Some(character) => self.push(character),
                None => {
                    self.out.problems.push("a quoted word is not closed".to_owned());
                    return;
                }
            }
        }
    }

    /// `$NAME`, `${NAME}`, `${NAME-default}`; only within double quotes.
    fn variable(&mut self) {
        let braced = self.rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, usual, after) = match braced {
            Some((inside, after)) => {
                let inside = inside.strip_suffix("[*]").unwrap_or(inside);
                match inside.split_once('-') {
                    Some((name, usual)) => (name, Some(usual), after),
                    None => (inside, None, after),
                }
            }
            None => {
                let length = self.rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
                (&self.rest[..length], None, &self.rest[length..])
            }
        };
        if name.is_empty() {
            self.push('$');
            return;
        }
        let value = match (self.variables.get(name), usual) {
            (Some(value), _) => value.clone(),
            (None, Some(usual)) => {
                self.out.problems.push(format!("the variable {name} is the process's own; its default is assumed"));
                usual.to_owned()
            }
            (None, None) => {
                self.out.problems.push(format!("the variable {name} is the process's own and not known here"));
                format!("${{{name}}}")
            }
        };
        self.word.get_or_insert_default().push_str(&value);
        self.rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        split(line, &Variables::new()).words
    }

    #[test]
    fn splits_as_haproxy_does() {
        assert_eq!(words("  server app1\t127.0.0.1:80 # the first"), ["server", "app1", "127.0.0.1:80"]);
        assert_eq!(words(r#"log-format "%ci:%cp [%t] \"x\" ""#), ["log-format", "%ci:%cp [%t] \"x\" "]);
        assert_eq!(words(r"http-check send hdr Host\ x a\#b"), ["http-check", "send", "hdr", "Host x", "a#b"]);
        assert_eq!(words(r"a 'b $X \n' c"), ["a", r"b $X \n", "c"]);
        assert_eq!(words(r#"a "" b"#), ["a", "", "b"]);
        assert_eq!(words(r"path_reg ^/a\.b$"), ["path_reg", r"^/a\.b$"]);
        assert_eq!(words(r"x \x41\x4"), ["x", r"A\x4"]);
        assert!(words("# nothing").is_empty());
    }

    #[test]
    fn expands_only_within_double_quotes() {
        let set = Variables::from([("APP".to_owned(), "10.0.0.5".to_owned())]);
        assert_eq!(
            split(r#"server a "${APP}:80" "$APP:81" $APP"#, &set).words[2..],
            ["10.0.0.5:80", "10.0.0.5:81", "$APP"]
        );
        let unknown = split(r#"server a "${HOST-127.0.0.1}:${PORT}""#, &set);
        assert_eq!(unknown.words[2], "127.0.0.1:${PORT}");
        assert_eq!(unknown.problems.len(), 2);
    }

    #[test]
    fn tells_what_is_not_closed() {
        for line in [r#"a "b"#, "a 'b", r#"a "b\"#] {
            assert_eq!(split(line, &Variables::new()).problems.len(), 1, "{line}");
        }
    }
}
