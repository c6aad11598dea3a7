//! Reading a configuration with everything that it includes, within limits.

use super::tree::{Directive, Tree, grow};
use crate::gateways::{Place, Problem, Sources};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Includes within includes that are followed.
const MAX_DEPTH: usize = 8;
/// Files that are read.
const MAX_FILES: usize = 256;
/// Bytes that are read, all files together.
const MAX_BYTES: u64 = 4 << 20;

/// The tree that begins at `main`, with the files that were read and what was not understood.
pub(super) fn read(main: &Path, prefix: Option<&Path>, sources: &dyn Sources) -> (Tree, Vec<PathBuf>, Vec<Problem>) {
    let folder = main.parent().unwrap_or(Path::new("/")).to_path_buf();
    let prefix = prefix.map_or_else(|| usual_prefix(&folder), Path::to_path_buf);
    let mut reader = Reader { sources, folder, files: Vec::new(), bytes: 0, problems: Vec::new(), full: false };
    let start = Place { file: Arc::new(main.to_path_buf()), line: 0 };
    let directives = reader.file(main, &start, &mut Vec::new());
    (Tree { directives, prefix }, reader.files, reader.problems)
}

/// What relative paths begin with where no `-p` says it: Debian's and Red Hat's packages have one of their own.
fn usual_prefix(folder: &Path) -> PathBuf {
    if folder == Path::new("/etc/nginx") { PathBuf::from("/usr/share/nginx") } else { folder.to_path_buf() }
}

struct Reader<'s> {
    sources: &'s dyn Sources,
    /// The main file's folder, which relative includes begin with, wherever they stand.
    folder: PathBuf,
    files: Vec<PathBuf>,
    bytes: u64,
    problems: Vec<Problem>,
    full: bool,
}

impl Reader<'_> {
    /// The directives of one file. `within` are the files that led here, against loops.
    fn file(&mut self, path: &Path, from: &Place, within: &mut Vec<PathBuf>) -> Vec<Directive> {
        if within.iter().any(|outer| outer == path) {
            self.note(from, format!("{} includes itself", path.display()), None);
            return Vec::new();
        }
        if within.len() >= MAX_DEPTH || self.files.len() >= MAX_FILES {
            if !std::mem::replace(&mut self.full, true) {
                self.note(from, "too many files, or includes within includes; the rest is not read".to_owned(), None);
            }
            return Vec::new();
        }
        let text = match self.sources.text(path, MAX_BYTES - self.bytes) {
            Ok(text) => text,
            Err(error) => {
                self.note(from, error.to_string(), error.line_to_add());
                return Vec::new();
            }
        };
        self.bytes = (self.bytes + text.len() as u64).min(MAX_BYTES);
        self.files.push(path.to_path_buf());
        let directives = grow(&text, &Arc::new(path.to_path_buf()), &mut self.problems);
        within.push(path.to_path_buf());
        let expanded = self.expand(directives, within);
        within.pop();
        expanded
    }

    /// Puts the directives of included files in place of each `include`.
    fn expand(&mut self, directives: Vec<Directive>, within: &mut Vec<PathBuf>) -> Vec<Directive> {
        let mut expanded = Vec::with_capacity(directives.len());
        for mut directive in directives {
            if directive.name == "include" && directive.block.is_none() {
                for path in self.included(&directive) {
                    expanded.extend(self.file(&path, &directive.place, within));
                }
            } else {
                directive.block = directive.block.map(|block| self.expand(block, within));
                expanded.push(directive);
            }
        }
        expanded
    }

    fn included(&mut self, include: &Directive) -> Vec<PathBuf> {
        let written = Path::new(include.arg(0));
        match self.sources.matching(&self.folder.join(written)) {
            Ok(paths) => paths,
            Err(error) => {
                self.note(&include.place, error.to_string(), error.line_to_add());
                Vec::new()
            }
        }
    }

    fn note(&mut self, place: &Place, what: String, line_to_add: Option<String>) {
        self.problems.push(Problem { place: place.clone(), what, line_to_add });
    }
}
