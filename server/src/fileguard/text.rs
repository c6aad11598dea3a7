//! Bytes as text that can be shown: nothing is lost, nothing is interpreted.

use super::{FileError, Opened, Text, modified};
use std::fmt::Write;
use std::io::Read;

pub(super) fn read(opened: &Opened, max: u64) -> Result<Text, FileError> {
    let size = u64::try_from(opened.stat.st_size).unwrap_or(0);
    if size > max {
        return Err(FileError::TooLarge { path: opened.path.clone(), size, max });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    // The file may grow while it is read.
    let read = (&opened.file).take(max + 1).read_to_end(&mut bytes);
    read.map_err(|error| FileError::from_errno(&opened.path, errno_of(&error)))?;
    let size = bytes.len() as u64;
    if size > max {
        return Err(FileError::TooLarge { path: opened.path.clone(), size, max });
    }
    Ok(Text { path: opened.path.clone(), text: visible(&bytes), modified: modified(&opened.stat) })
}

pub(super) fn errno_of(error: &std::io::Error) -> rustix::io::Errno {
    rustix::io::Errno::from_io_error(error).unwrap_or(rustix::io::Errno::IO)
}

/// Bytes as text. Tabs and line ends stay; other control characters become their symbols (`␛`), what
/// could reorder or hide text becomes `\u{…}`, and bytes that are not UTF-8 become `\xNN`.
pub fn visible(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        let mut characters = chunk.valid().chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\n' | '\t' => text.push(character),
                '\r' if characters.peek() == Some(&'\n') => text.push(character),
                '\0'..='\u{1f}' => text.push(char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}')),
                '\u{7f}' => text.push('\u{2421}'),
                '\u{80}'..='\u{9f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}' => push_formatted(&mut text, format_args!("\\u{{{:x}}}", u32::from(character))),
                _ => text.push(character),
            }
        }
        for byte in chunk.invalid() {
            push_formatted(&mut text, format_args!("\\x{byte:02X}"));
        }
    }
    text
}

fn push_formatted(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to a String never fails");
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn shows_what_would_be_invisible() {
        assert_eq!(visible(b"a\tb\r\nc"), "a\tb\r\nc");
        assert_eq!(visible(b"\x1b[31mred\0\x07\r"), "\u{241b}[31mred\u{2400}\u{2407}\u{240d}");
        assert_eq!(visible(b"caf\xe9 \xff\xfe"), "caf\\xE9 \\xFF\\xFE");
        assert_eq!(visible("\u{202e}evil\u{200b}".as_bytes()), "\\u{202e}evil\\u{200b}");
        assert_eq!(visible("naïve 漢字".as_bytes()), "naïve 漢字");
    }
}
