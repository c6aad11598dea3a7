//! Text to logical lines, and lines to words, by httpd's own rules. Never fails.

/// One directive or section mark: continued lines joined, comments and empty lines left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The line on which it begins, counted from 1.
    pub(super) number: u32,
    /// Its text without white space at either end.
    pub(super) text: String,
}

/// Splits a text into logical lines. A line that ends in a backslash goes on in the next one, comments too.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut joined = String::new();
    let mut begun = 1;
    let mut number = 0_u32;
    for physical in text.split('\n') {
        number = number.saturating_add(1);
        let physical = physical.strip_suffix('\r').unwrap_or(physical);
        if joined.is_empty() {
            begun = number;
        }
        match physical.strip_suffix('\\') {
            Some(before) if !before.ends_with('\\') => {
                joined.push_str(before);
                // A line of nothing but a backslash still goes on.
                if joined.is_empty() {
                    joined.push(' ');
                }
            }
            _ => {
                joined.push_str(physical);
                push(&mut lines, begun, &joined);
                joined.clear();
            }
        }
    }
    push(&mut lines, begun, &joined);
    lines
}

fn push(lines: &mut Vec<Line>, number: u32, text: &str) {
    let text = text.trim();
    if !text.is_empty() && !text.starts_with('#') {
        lines.push(Line { number, text: text.to_owned() });
    }
}

/// The words of a text; `false` if a quoted one is not closed.
///
/// Within quotes a backslash stands before a quote or another backslash; outside it is a character like any other.
pub(super) fn words(text: &str) -> (Vec<String>, bool) {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    let mut closed = true;
    while let Some(first) = rest.chars().next() {
        if first == '"' || first == '\'' {
            let (word, after, ended) = quoted(&rest[1..], first);
            words.push(word);
            rest = after.trim_start();
            closed &= ended;
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            words.push(rest[..end].to_owned());
            rest = rest[end..].trim_start();
        }
    }
    (words, closed)
}

/// The word up to the closing quote, what follows it, and whether there was one.
fn quoted(text: &str, quote: char) -> (String, &str, bool) {
    let mut word = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return (word, &text[at + 1..], true);
        }
        if character == '\\'
            && let Some(next) = text[at + 1..].chars().next()
            && (next == quote || next == '\\')
        {
            word.push(next);
            characters.next();
            continue;
        }
        word.push(character);
    }
    (word, "", false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_continued_lines_and_leaves_comments_out() {
        let text =
            "# note \\\n still the note\nProxyPass / \\\n  http://a/ \\\r\n  retry=0\n\n  Listen 80\r\nName x\\\\\nEnd";
        let found: Vec<(u32, String)> = lines(text).into_iter().map(|line| (line.number, line.text)).collect();
        let expected = [(3, "ProxyPass /   http://a/   retry=0"), (7, "Listen 80"), (8, "Name x\\\\"), (9, "End")];
        assert_eq!(found, expected.map(|(number, text)| (number, text.to_owned())));
        assert!(lines("\\").is_empty() && lines("").is_empty());
    }

    #[test]
    fn takes_quotes_away() {
        let (found, closed) = words(r#"LogFormat "%h \"%r\" a\\b \n" 'c d' e"f\g"#);
        assert_eq!(found, ["LogFormat", r#"%h "%r" a\b \n"#, "c d", r#"e"f\g"#]);
        assert!(closed);
        assert_eq!(words(r#"a "b c"#), (vec!["a".to_owned(), "b c".to_owned()], false));
        assert_eq!(words("  ").0.len(), 0);
    }
}
