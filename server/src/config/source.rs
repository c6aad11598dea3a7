//! Where configuration comes from: the file and the environment. Only this file reads either.

use super::problem::{ConfigErrors, Problem, place};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The largest configuration file in bytes.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// The largest file that a `file:` value may name, in bytes.
const MAX_SECRET_BYTES: u64 = 64 * 1024;
/// Where the file is looked for when neither `--config` nor the environment names one.
const PLACES: [&str; 2] = ["gatewatch.toml", "/etc/gatewatch/gatewatch.toml"];

/// The environment variables, as an argument so that tests can set their own.
pub trait Environment {
    /// A variable's value, if it is set and is Unicode.
    fn var(&self, name: &str) -> Option<String>;
}

/// The environment of this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    fn var(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

/// Which file to read: `--config`, else `$GATEWATCH_CONFIG`, else `./gatewatch.toml`, else
/// `/etc/gatewatch/gatewatch.toml`; `None` if nothing is named and neither place has one.
pub fn find(explicit: Option<&Path>, env: &dyn Environment) -> Option<PathBuf> {
    if let Some(path) = explicit {
        return Some(path.to_owned());
    }
    if let Some(path) = env.var("GATEWATCH_CONFIG").filter(|path| !path.is_empty()) {
        return Some(PathBuf::from(path));
    }
    // A dangling link or an unreadable folder is reported when the file is read, not passed over.
    PLACES.iter().map(PathBuf::from).find(|path| path.symlink_metadata().is_ok())
}

/// The file's text, or why it cannot be one.
pub fn read(path: &Path) -> Result<String, ConfigErrors> {
    let fail = |at, text: String| ConfigErrors { path: Some(path.to_owned()), problems: vec![Problem { at, text }] };
    let metadata = std::fs::metadata(path).map_err(|error| fail(None, format!("cannot be read: {}", plain(&error))))?;
    if !metadata.is_file() {
        return Err(fail(None, "is not a file; name the configuration file itself".to_owned()));
    }
    if metadata.permissions().mode() & 0o002 != 0 {
        let advice =
            format!("everybody may change it, and with it what the server may ask; run `chmod o-w {}`", path.display());
        return Err(fail(None, advice));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(fail(None, format!("has {} bytes; a configuration has at most {MAX_FILE_BYTES}", metadata.len())));
    }
    #[expect(clippy::disallowed_methods, reason = "the operator named this file; it was judged above")]
    let bytes = std::fs::read(path).map_err(|error| fail(None, format!("cannot be read: {}", plain(&error))))?;
    decode(bytes).map_err(|(at, text)| fail(Some(at), text))
}

/// Bytes as text; refuses what no editor writes on purpose.
fn decode(bytes: Vec<u8>) -> Result<String, ((usize, usize), String)> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let (valid, _) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        let valid = String::from_utf8_lossy(valid);
        (place(&valid, valid.len()), "this byte is not UTF-8; save the file as UTF-8".to_owned())
    })?;
    if text.starts_with('\u{feff}') {
        return Err(((1, 1), "the file begins with a byte order mark; save it as UTF-8 without one".to_owned()));
    }
    if let Some(nul) = text.find('\0') {
        return Err((place(&text, nul), "there is a NUL byte here; remove it".to_owned()));
    }
    Ok(text)
}

/// A configured string with its secrets put in.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Expanded {
    /// The text to use.
    pub(super) text: String,
    /// True if part of it came from the environment or a file and must not be shown.
    pub(super) secret: bool,
}

/// Puts in what `${NAME}` and `file:PATH` stand for. `$${` stands for `${` itself.
pub(super) fn expand(raw: &str, folder: &Path, env: &dyn Environment) -> Result<Expanded, String> {
    if let Some(path) = raw.strip_prefix("file:") {
        return Ok(Expanded { text: read_secret(&folder.join(path))?, secret: true });
    }
    let mut text = String::with_capacity(raw.len());
    let mut secret = false;
    let mut rest = raw;
    while let Some(start) = rest.find("${") {
        if rest[..start].ends_with('$') {
            text.push_str(&rest[..start - 1]);
            text.push_str("${");
            rest = &rest[start + 2..];
            continue;
        }
        text.push_str(&rest[..start]);
        let (name, after) = rest[start + 2..]
            .split_once('}')
            .ok_or_else(|| "`${` has no closing `}`; write `$${` for the characters themselves".to_owned())?;
        let value = env
            .var(name)
            .ok_or_else(|| format!("the environment variable {name} is not set; set it before Gatewatch starts"))?;
        text.push_str(&value);
        secret = true;
        rest = after;
    }
    text.push_str(rest);
    Ok(Expanded { text, secret })
}

fn read_secret(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let metadata = std::fs::metadata(path).map_err(|error| format!("{shown} cannot be read: {}", plain(&error)))?;
    if !metadata.is_file() {
        return Err(format!("{shown} is not a file"));
    }
    if metadata.len() > MAX_SECRET_BYTES {
        return Err(format!("{shown} has over {MAX_SECRET_BYTES} bytes"));
    }
    #[expect(clippy::disallowed_methods, reason = "the operator's own configuration names this file")]
    let text = std::fs::read_to_string(path).map_err(|error| format!("{shown} cannot be read: {}", plain(&error)))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// An I/O error in words, without the number that only programs need.
pub(crate) fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One(&'static str, &'static str);

    impl Environment for One {
        fn var(&self, name: &str) -> Option<String> {
            (name == self.0).then(|| self.1.to_owned())
        }
    }

    fn expanded(raw: &str) -> Result<(String, bool), String> {
        expand(raw, Path::new("."), &One("TOKEN", "s3cret")).map(|it| (it.text, it.secret))
    }

    #[test]
    fn puts_in_variables_and_marks_them_secret() {
        assert_eq!(expanded("plain $5"), Ok(("plain $5".to_owned(), false)));
        assert_eq!(expanded("https://h/?t=${TOKEN}&x"), Ok(("https://h/?t=s3cret&x".to_owned(), true)));
        assert_eq!(expanded("$${TOKEN}"), Ok(("${TOKEN}".to_owned(), false)));
        assert!(expanded("${OTHER}").unwrap_err().contains("OTHER is not set"));
        assert!(expanded("${TOKEN").unwrap_err().contains("closing"));
    }

    #[test]
    fn puts_in_a_file_without_its_last_newline() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t"), "s3cret\n").unwrap();
        let read = expand("file:t", folder.path(), &ProcessEnvironment).ok().unwrap();
        assert_eq!((read.text.as_str(), read.secret), ("s3cret", true));
        assert!(expand("file:none", folder.path(), &ProcessEnvironment).is_err());
    }

    #[test]
    fn refuses_what_is_not_text() {
        assert_eq!(decode(b"a = 1\nb = \xff".to_vec()).unwrap_err().0, (2, 5));
        assert_eq!(decode(b"a\0".to_vec()).unwrap_err().0, (1, 2));
        assert_eq!(decode("\u{feff}a = 1".into()).unwrap_err().0, (1, 1));
        assert!(decode(b"a = 1\r\n".to_vec()).is_ok());
    }
}
