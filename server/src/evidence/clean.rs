//! A stranger's bytes as text that can only be read: nothing in it moves a cursor, turns a line around or hides.

/// Stands for what was taken out.
const GONE: char = '\u{fffd}';
/// A body of which more than one character in this many is no text is none.
const MOST_BROKEN: usize = 10;
/// Bytes at the end of a cut text that may be the first part of a word.
const LAST_WORD: usize = 256;

/// Whether a character shows itself where it stands.
fn is_plain(letter: char) -> bool {
    let hides = matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}');
    !letter.is_control() && !hides
}

/// As one line of at most so many characters.
pub(super) fn line(text: &str, most: usize) -> String {
    let plain = |letter: char| match letter {
        '\t' | '\n' => ' ',
        letter if is_plain(letter) => letter,
        _ => GONE,
    };
    let mut shown: String = text.chars().take(most).map(plain).collect();
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

/// As a text of lines; of one that was `cut` the last word is left out, since it may be the first part of a secret by
/// which nobody would know it for one.
pub(super) fn text(bytes: &[u8], cut: bool) -> String {
    let whole = String::from_utf8_lossy(bytes);
    let mut whole = whole.as_ref();
    if cut {
        let from = whole.floor_char_boundary(whole.len().saturating_sub(LAST_WORD));
        let end = whole[from..].rfind(char::is_whitespace).map_or(from, |at| from + at);
        whole = &whole[..end];
    }
    let broken =
        whole.chars().filter(|letter| !is_plain(*letter) && !letter.is_whitespace() || *letter == GONE).count();
    if broken * MOST_BROKEN > whole.chars().count() {
        return "(no text)".to_owned();
    }
    let plain = |letter: char| match letter {
        '\r' => None,
        '\t' | '\n' => Some(letter),
        letter if is_plain(letter) => Some(letter),
        _ => Some(GONE),
    };
    whole.chars().filter_map(plain).collect()
}

/// At most so many characters.
pub(super) fn shortened(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_moves_turns_or_hides() {
        assert_eq!(
            line("a\r\nb\u{1b}[31mc\u{202e}d\u{200b}e\u{7f}", 99),
            "a\u{fffd} b\u{fffd}[31mc\u{fffd}d\u{fffd}e\u{fffd}"
        );
        assert_eq!(
            text("a\r\n\tb\u{2066}c\0\u{e0041} long enough to be called text".as_bytes(), false),
            "a\n\tb\u{fffd}c\u{fffd}\u{fffd} long enough to be called text"
        );
        assert_eq!(line("<b>Grüße, 日本 שלום</b>", 99), "<b>Grüße, 日本 שלום</b>", "what can be read stays");
        assert_eq!(line("abcdef", 3), "abc…");
    }

    #[test]
    fn what_is_no_text_is_said_to_be_none() {
        assert_eq!(text(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0xff, 3], false), "(no text)");
        assert_eq!(text(b"", false), "");
    }

    #[test]
    fn a_cut_text_loses_its_last_word() {
        assert_eq!(text(b"the key is sk_li", true), "the key is");
        assert_eq!(text(b"the key is sk_li", false), "the key is sk_li");
        assert_eq!(text(&[b'x'; 300], true).len(), 44, "of an endless word only the end");
    }

    proptest! {
        #[test]
        fn whatever_comes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..300), cut: bool) {
            let shown = text(&bytes, cut);
            prop_assert!(shown.chars().all(|letter| is_plain(letter) || matches!(letter, '\n' | '\t')));
            let shown = line(&String::from_utf8_lossy(&bytes), 50);
            prop_assert!(shown.chars().all(is_plain) && shown.chars().count() <= 51);
        }
    }
}
