//! Reading a configuration: includes, conditions, definitions and macros, within limits.
//!
//! httpd evaluates these while it reads, line by line, so an `<IfModule>` depends on the `LoadModule` lines before
//! it and a `${NAME}` on the `Define` lines before it. So does this reader.

use super::environment::Definitions;
use super::lexer::{Line, lines, words};
use super::tree::{Directive, Tree};
use crate::fileguard::FileError;
use crate::gateways::{Place, Problem, Set, Sources};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Includes within includes, and macros within macros, that are followed.
const MAX_DEPTH: usize = 16;
/// Sections within sections that are followed.
const MAX_SECTIONS: usize = 32;
/// Files that are read.
const MAX_FILES: usize = 512;
/// Bytes that are read, all files together.
const MAX_BYTES: u64 = 4 << 20;
/// Directives that are kept; macros could make any number of them.
const MAX_DIRECTIVES: usize = 100_000;
/// The version that `<IfVersion>` is compared with where nothing tells the real one.
const VERSION: [u32; 3] = [2, 4, 62];
/// Modules that every build has.
const BUILT_IN: [&str; 8] = ["core", "so", "http_core", "http", "log_config", "logio", "unixd", "version"];

/// What a reader found.
pub(super) struct Found {
    pub(super) tree: Tree,
    pub(super) files: Vec<PathBuf>,
    pub(super) problems: Vec<Problem>,
}

/// A macro: the names of its arguments, and its lines.
#[derive(Clone, Default)]
struct Macro {
    arguments: Vec<String>,
    body: Vec<(Line, Arc<PathBuf>)>,
}

/// A section that was begun and not yet ended.
struct Open {
    name: String,
    kind: Kind,
}

enum Kind {
    /// A section of the tree, and what is in it so far.
    Section(Directive, Vec<Directive>),
    /// A condition that holds: what is in it stands where the condition stands.
    Taken,
    /// A condition that does not hold, or something within one.
    Skipped,
    /// A macro's definition.
    Macro(String, Macro),
}

/// Reads everything that begins at `main`.
pub(super) fn read(main: &Path, root: PathBuf, definitions: Definitions, sources: &dyn Sources) -> Found {
    let mut reader = Reader {
        sources,
        definitions,
        root,
        files: Vec::new(),
        bytes: 0,
        problems: Vec::new(),
        full: false,
        kept: 0,
        modules: Vec::new(),
        macros: BTreeMap::new(),
        open: Vec::new(),
        top: Vec::new(),
    };
    let start = Place { file: Arc::new(main.to_path_buf()), line: 0 };
    for line in std::mem::take(&mut reader.definitions.before) {
        reader.line(&Line { number: 0, text: line }, &start.file, &mut Vec::new());
    }
    reader.file(main, &start, &mut Vec::new());
    for line in std::mem::take(&mut reader.definitions.after) {
        reader.line(&Line { number: 0, text: line }, &start.file, &mut Vec::new());
    }
    let tree = Tree { directives: reader.top, root: reader.root, modules: reader.modules };
    Found { tree, files: reader.files, problems: reader.problems }
}

struct Reader<'s> {
    sources: &'s dyn Sources,
    definitions: Definitions,
    root: PathBuf,
    files: Vec<PathBuf>,
    bytes: u64,
    problems: Vec<Problem>,
    full: bool,
    kept: usize,
    modules: Vec<Set<String>>,
    macros: BTreeMap<String, Macro>,
    open: Vec<Open>,
    top: Vec<Directive>,
}

impl Reader<'_> {
    /// Reads one file. `within` are the files that led here, against loops.
    fn file(&mut self, path: &Path, from: &Place, within: &mut Vec<PathBuf>) {
        if within.iter().any(|outer| outer == path) {
            self.note(from, format!("{} includes itself", path.display()));
            return;
        }
        if within.len() >= MAX_DEPTH || self.files.len() >= MAX_FILES || self.bytes >= MAX_BYTES {
            self.note_full(from);
            return;
        }
        let text = match self.sources.text(path, MAX_BYTES - self.bytes) {
            Ok(text) => text,
            Err(error) => {
                self.note_file(from, &error);
                return;
            }
        };
        self.bytes = self.bytes.saturating_add(text.len() as u64);
        self.files.push(path.to_path_buf());
        within.push(path.to_path_buf());
        let (file, before) = (Arc::new(path.to_path_buf()), self.open.len());
        for line in lines(&text) {
            self.line(&line, &file, within);
        }
        // httpd wants a section to end in the file in which it began.
        while self.open.len() > before {
            let name = self.open.last().map(|open| open.name.clone()).unwrap_or_default();
            self.note(&Place { file: Arc::clone(&file), line: 0 }, format!("<{name}> is not ended"));
            self.close();
        }
        within.pop();
    }

    fn line(&mut self, line: &Line, file: &Arc<PathBuf>, within: &mut Vec<PathBuf>) {
        let place = Place { file: Arc::clone(file), line: line.number };
        if let Some(ended) = line.text.strip_prefix("</") {
            let name = ended.trim_end_matches('>').trim().to_ascii_lowercase();
            self.end(&name, &place, line);
            return;
        }
        match self.open.last_mut() {
            Some(Open { kind: Kind::Macro(_, written), .. }) => {
                written.body.push((line.clone(), Arc::clone(file)));
                return;
            }
            Some(Open { kind: Kind::Skipped, .. }) => {
                if let Some(begun) = line.text.strip_prefix('<') {
                    let name = section_name(begun).0;
                    self.open.push(Open { name, kind: Kind::Skipped });
                }
                return;
            }
            _ => {}
        }
        match line.text.strip_prefix('<') {
            Some(begun) => self.begin(begun, &place),
            None => self.directive(&line.text, &place, within),
        }
    }

    fn begin(&mut self, text: &str, place: &Place) {
        let (name, rest) = section_name(text);
        let rest = rest.strip_suffix('>').unwrap_or(rest);
        let arguments = self.words(rest, place);
        let kind = if self.open.len() >= MAX_SECTIONS {
            self.note(place, "too many sections within sections; passed over".to_owned());
            Kind::Skipped
        } else if name == "macro" {
            let mut words = arguments.into_iter();
            let called = words.next().unwrap_or_default().to_ascii_lowercase();
            Kind::Macro(called, Macro { arguments: words.collect(), body: Vec::new() })
        } else {
            match self.holds(&name, &arguments, place) {
                Some(true) => Kind::Taken,
                Some(false) => Kind::Skipped,
                None => {
                    let directive =
                        Directive { name: name.clone(), args: arguments, block: None, place: place.clone() };
                    Kind::Section(directive, Vec::new())
                }
            }
        };
        self.open.push(Open { name, kind });
    }

    /// Whether a condition of reading time holds; `None` for any other section.
    fn holds(&mut self, name: &str, arguments: &[String], place: &Place) -> Option<bool> {
        let first = arguments.first().map_or("", String::as_str);
        let (negated, argument) = first.strip_prefix('!').map_or((false, first), |rest| (true, rest));
        let holds = match name {
            "ifmodule" => self.has_module(argument),
            "ifdefine" => self.definitions.has(argument),
            "iffile" => {
                let found = self.sources.text(&self.root.join(argument), 1 << 16);
                !matches!(found, Err(FileError::NotFound { .. }))
            }
            // Any directive and section that is asked for here is taken as known.
            "ifdirective" | "ifsection" => true,
            "ifversion" => {
                let Some(holds) = version_fits(arguments) else {
                    self.note(place, format!("<IfVersion {}> is not understood", arguments.join(" ")));
                    return Some(true);
                };
                return Some(holds);
            }
            _ => return None,
        };
        Some(holds != negated)
    }

    fn has_module(&self, asked: &str) -> bool {
        let plain = |name: &str| name.trim_end_matches(".c").trim_start_matches("mod_").to_owned();
        let asked = asked.strip_suffix("_module").map_or_else(|| plain(asked), str::to_owned);
        // A configuration without a single LoadModule belongs to a build that has its modules within.
        self.modules.is_empty()
            || BUILT_IN.contains(&asked.as_str())
            || self.modules.iter().any(|module| {
                let name = module.value.trim_end_matches("_module");
                name == asked || name.strip_prefix("mpm_") == Some(&asked)
            })
    }

    /// Ends the innermost section of that name.
    fn end(&mut self, name: &str, place: &Place, line: &Line) {
        if let Some(Open { name: outer, kind: Kind::Macro(_, written) }) = self.open.last_mut()
            && outer != name
        {
            written.body.push((line.clone(), Arc::clone(&place.file)));
            return;
        }
        let Some(depth) = self.open.iter().rposition(|open| open.name == name) else {
            self.note(place, format!("</{name}> without its beginning"));
            return;
        };
        while self.open.len() > depth + 1 {
            let inner = self.open.last().map(|open| open.name.clone()).unwrap_or_default();
            self.note(place, format!("<{inner}> is not ended before </{name}>"));
            self.close();
        }
        self.close();
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        match open.kind {
            Kind::Section(mut directive, inside) => {
                directive.block = Some(inside);
                self.keep(directive);
            }
            Kind::Macro(name, written) => drop(self.macros.insert(name, written)),
            Kind::Taken | Kind::Skipped => {}
        }
    }

    /// Adds a directive to the innermost section of the tree.
    fn keep(&mut self, directive: Directive) {
        if self.kept >= MAX_DIRECTIVES {
            self.note_full(&directive.place);
            return;
        }
        self.kept += 1;
        let inside = self.open.iter_mut().rev().find_map(|open| match &mut open.kind {
            Kind::Section(_, inside) => Some(inside),
            _ => None,
        });
        inside.unwrap_or(&mut self.top).push(directive);
    }

    fn directive(&mut self, text: &str, place: &Place, within: &mut Vec<PathBuf>) {
        let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let name = name.to_ascii_lowercase();
        let args = self.words(rest, place);
        let argument = |index: usize| args.get(index).map_or("", String::as_str);
        match name.as_str() {
            "include" | "includeoptional" => self.include(argument(0), name == "includeoptional", place, within),
            "define" => self.definitions.define(argument(0), args.get(1).cloned()),
            "undefine" => self.definitions.undefine(argument(0)),
            "use" => self.expand(&args, place, within),
            "loadmodule" => {
                let module = Set { value: argument(0).to_owned(), place: Some(place.clone()) };
                self.modules.push(module);
            }
            "serverroot" => self.root = PathBuf::from(argument(0)),
            _ => self.keep(Directive { name, args, block: None, place: place.clone() }),
        }
    }

    fn include(&mut self, written: &str, optional: bool, place: &Place, within: &mut Vec<PathBuf>) {
        let pattern = self.root.join(written);
        let has_wildcard = written.contains(['*', '?', '[']);
        let paths = match self.sources.matching(&pattern) {
            Ok(paths) => paths,
            Err(error) => {
                self.note_file(place, &error);
                return;
            }
        };
        if paths.is_empty() && !optional {
            self.note(place, format!("no file matches {}", pattern.display()));
        }
        for path in paths {
            match self.sources.text(&path, MAX_BYTES) {
                Err(FileError::NotFound { .. }) if optional => {}
                // A folder stands for all that is in it.
                Err(FileError::NotRegular { .. }) if within.len() < MAX_DEPTH => {
                    within.push(path.clone());
                    self.include(&path.join("*").display().to_string(), true, place, within);
                    within.pop();
                }
                Err(FileError::NotRegular { .. }) if has_wildcard => {}
                _ => self.file(&path, place, within),
            }
        }
    }

    /// Puts a macro's lines in the place of its use.
    fn expand(&mut self, args: &[String], place: &Place, within: &mut Vec<PathBuf>) {
        let name = args.first().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        let Some(written) = self.macros.get(&name).cloned() else {
            self.note(place, format!("the macro {name} is not defined"));
            return;
        };
        if within.len() >= MAX_DEPTH {
            self.note_full(place);
            return;
        }
        let mut values: Vec<(&String, &str)> = written
            .arguments
            .iter()
            .enumerate()
            .map(|(index, argument)| (argument, args.get(index + 1).map_or("", String::as_str)))
            .collect();
        // The longest first, so that `$port` does not spoil `$portname`.
        values.sort_by_key(|(argument, _)| std::cmp::Reverse(argument.len()));
        within.push(PathBuf::from(format!("the macro {name}")));
        let before = self.open.len();
        for (line, file) in &written.body {
            let mut text = line.text.clone();
            for (argument, value) in values.iter().filter(|(argument, _)| !argument.is_empty()) {
                text = text.replace(argument.as_str(), value);
            }
            text.truncate(text.floor_char_boundary(64 * 1024));
            self.line(&Line { number: line.number, text }, file, within);
        }
        while self.open.len() > before {
            self.close();
        }
        within.pop();
    }

    /// The words of a text, definitions replaced.
    fn words(&mut self, text: &str, place: &Place) -> Vec<String> {
        let (text, unknown) = self.definitions.expand(text);
        if let Some(name) = unknown {
            self.note(place, format!("${{{name}}} is not defined"));
        }
        let (words, closed) = words(&text);
        if !closed {
            self.note(place, "a quoted word is not closed".to_owned());
        }
        words
    }

    fn note(&mut self, place: &Place, what: String) {
        if self.problems.len() < 1000 {
            self.problems.push(Problem { place: place.clone(), what, line_to_add: None });
        }
    }

    fn note_file(&mut self, place: &Place, error: &FileError) {
        self.problems.push(Problem { place: place.clone(), what: error.to_string(), line_to_add: error.line_to_add() });
    }

    fn note_full(&mut self, place: &Place) {
        if !std::mem::replace(&mut self.full, true) {
            self.note(place, "too many files, or includes within includes; the rest is not read".to_owned());
        }
    }
}

/// The name of a section in small letters, and what follows it.
fn section_name(text: &str) -> (String, &str) {
    let end = text.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(text.len());
    (text[..end].to_ascii_lowercase(), text[end..].trim())
}

/// `<IfVersion [op] 2.4.x>`; `None` where it is not understood.
fn version_fits(arguments: &[String]) -> Option<bool> {
    let (operator, version) = match arguments {
        [version] => ("=", version),
        [operator, version] => (operator.as_str(), version),
        _ => return None,
    };
    let (negated, operator) = operator.strip_prefix('!').map_or((false, operator), |rest| (true, rest));
    let mut asked = [0_u32; 3];
    let mut parts = 0;
    for part in version.split('.') {
        *asked.get_mut(parts)? = part.parse().ok()?;
        parts += 1;
    }
    let order = VERSION[..parts].cmp(&asked[..parts]);
    let fits = match operator {
        "" | "=" | "==" => order.is_eq(),
        ">" => VERSION.cmp(&asked).is_gt(),
        ">=" => order.is_ge(),
        "<" => order.is_lt(),
        "<=" => VERSION.cmp(&asked).is_le(),
        _ => return None,
    };
    Some(fits != negated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_versions() {
        let fits = |words: &str| version_fits(&words.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for (words, expected) in [
            (">= 2.4", Some(true)),
            ("< 2.4", Some(false)),
            ("2.4", Some(true)),
            ("!= 2.2", Some(true)),
            ("> 2.4.70", Some(false)),
            ("~ 2.4", None),
            (">= x", None),
        ] {
            assert_eq!(fits(words), expected, "{words}");
        }
    }
}
