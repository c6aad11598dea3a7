//! What `${NAME}` and `<IfDefine NAME>` stand for: `Define`, `-D`, and Debian's `envvars`.

use super::lexer::lines;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Debian's own values, for a configuration of Debian's whose `envvars` cannot be read.
const DEBIAN: [(&str, &str); 6] = [
    ("APACHE_RUN_USER", "www-data"),
    ("APACHE_RUN_GROUP", "www-data"),
    ("APACHE_PID_FILE", "/var/run/apache2$SUFFIX/apache2.pid"),
    ("APACHE_RUN_DIR", "/var/run/apache2$SUFFIX"),
    ("APACHE_LOCK_DIR", "/var/lock/apache2$SUFFIX"),
    ("APACHE_LOG_DIR", "/var/log/apache2$SUFFIX"),
];

/// Names that are defined, with their values, and directives of the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Definitions {
    names: BTreeSet<String>,
    values: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    /// Directives before the file (`-C`).
    pub(super) before: Vec<String>,
    /// Directives after it (`-c`).
    pub(super) after: Vec<String>,
}

impl Definitions {
    /// Takes `Define NAME [value]`, or `-D NAME`.
    pub(super) fn define(&mut self, name: &str, value: Option<String>) {
        self.names.insert(name.to_owned());
        if let Some(value) = value {
            self.values.insert(name.to_owned(), value);
        }
    }

    /// Takes the `-D`, `-C` and `-c` of a command line.
    pub(super) fn take_arguments(&mut self, arguments: &[String]) {
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let (option, joined) = word.split_at(word.floor_char_boundary(2));
            if !matches!(option, "-D" | "-C" | "-c") {
                continue;
            }
            let value = if joined.is_empty() { words.next().cloned().unwrap_or_default() } else { joined.to_owned() };
            match option {
                "-D" => self.define(&value, None),
                "-C" => self.before.push(value),
                _ => self.after.push(value),
            }
        }
    }

    /// Takes `UnDefine NAME`.
    pub(super) fn undefine(&mut self, name: &str) {
        self.names.remove(name);
        self.values.remove(name);
    }

    /// Whether a name is defined.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Takes the environment that a configuration's folder gives its server: the text of its `envvars`, where there
    /// is one that can be read.
    pub(super) fn take_environment(&mut self, folder: &Path, envvars: Option<&str>) {
        let folder = folder.display().to_string();
        let suffix = folder.strip_prefix("/etc/apache2-").map_or_else(String::new, |name| format!("-{name}"));
        self.environment.insert("SUFFIX".to_owned(), suffix);
        self.environment.insert("APACHE_CONFDIR".to_owned(), folder.clone());
        match envvars {
            Some(text) => self.take_assignments(text),
            None if folder.starts_with("/etc/apache2") => {
                for (name, value) in DEBIAN {
                    let value = self.shell(value);
                    self.environment.insert(name.to_owned(), value);
                }
            }
            None => {}
        }
    }

    /// Takes `export NAME=value`, `NAME=value` and `: ${NAME:=value}` of a shell script. Conditions are not followed:
    /// the one in Debian's own file only sets what the folder's name has told already.
    fn take_assignments(&mut self, text: &str) {
        for line in lines(text) {
            let line = line.text.strip_prefix("export ").unwrap_or(&line.text).trim();
            let default = line.strip_prefix(": ${").and_then(|rest| rest.strip_suffix('}'));
            let assigned = default.map_or_else(|| line.split_once('='), |inner| inner.split_once(":="));
            let Some((name, value)) = assigned else { continue };
            let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !is_name || name == "SUFFIX" || default.is_some() && self.environment.contains_key(name) {
                continue;
            }
            let value = match value.as_bytes().first() {
                Some(quote @ (b'"' | b'\'')) => value[1..].split(char::from(*quote)).next().unwrap_or_default(),
                _ => value.split([' ', ';', '\t']).next().unwrap_or_default(),
            };
            let value = self.shell(value);
            self.environment.insert(name.to_owned(), value);
        }
    }

    /// Replaces `$NAME` and `${NAME}` by a shell's rules: what is not set is empty.
    fn shell(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let (name, after) = braced.unwrap_or_else(|| {
                after.split_at(after.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count())
            });
            out.push_str(self.environment.get(name).map_or("", String::as_str));
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// Replaces each `${NAME}` by its value, and tells the first that has none. Such a one stays as it is, as with httpd.
    pub(super) fn expand(&self, text: &str) -> (String, Option<String>) {
        let mut out = String::with_capacity(text.len());
        let mut unknown = None;
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let Some(end) = rest[at..].find('}') else { break };
            let name = &rest[at + 2..at + end];
            out.push_str(&rest[..at]);
            match self.values.get(name).or_else(|| self.environment.get(name)) {
                Some(value) => out.push_str(value),
                None => {
                    out.push_str(&rest[at..=at + end]);
                    // A rewrite map (`${map:key}`) looks the same, and is no definition.
                    if !name.contains([':', '$', '%']) {
                        unknown.get_or_insert_with(|| name.to_owned());
                    }
                }
            }
            rest = &rest[at + end + 1..];
        }
        out.push_str(rest);
        (out, unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_debians_environment() {
        let text = "unset HOME\nif [ \"${A##/etc/apache2-}\" != \"$A\" ] ; then\n\tSUFFIX=\"-${A##x}\"\nelse\n\tSUFFIX=\nfi\n\
                    export APACHE_RUN_USER=www-data\nexport APACHE_LOG_DIR=/var/log/apache2$SUFFIX # logs\n: ${PORT:=8080}\nX='a b'\n";
        let mut definitions = Definitions::default();
        definitions.take_environment(Path::new("/etc/apache2-blue"), Some(text));
        let (expanded, unknown) =
            definitions.expand("${APACHE_LOG_DIR}/e.log ${APACHE_RUN_USER} ${PORT} ${X} ${NONE} ${map:%1} ${");
        assert_eq!(expanded, "/var/log/apache2-blue/e.log www-data 8080 a b ${NONE} ${map:%1} ${");
        assert_eq!(unknown.as_deref(), Some("NONE"));
    }

    #[test]
    fn knows_debians_own_values_without_the_file() {
        let mut definitions = Definitions::default();
        definitions.take_environment(Path::new("/etc/apache2"), None);
        assert_eq!(definitions.expand("${APACHE_LOG_DIR}").0, "/var/log/apache2");
        definitions.define("APACHE_LOG_DIR", Some("/srv/log".to_owned()));
        assert_eq!(definitions.expand("${APACHE_LOG_DIR}").0, "/srv/log");
        definitions.undefine("APACHE_LOG_DIR");
        assert!(!definitions.has("APACHE_LOG_DIR"));
    }
}
