//! The configuration as a tree: directives and sections, includes and conditions already followed.

use crate::gateways::{Place, Set};
use std::path::{Path, PathBuf};

/// One directive, with what stands in it if it is a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directive {
    /// Its name in small letters (`proxypass`, `virtualhost`).
    pub(crate) name: String,
    /// Its arguments.
    pub(crate) args: Vec<String>,
    /// The directives of its section.
    pub(crate) block: Option<Vec<Directive>>,
    /// Where it begins.
    pub(crate) place: Place,
}

impl Directive {
    /// An argument; empty if there is none.
    pub(crate) fn arg(&self, index: usize) -> &str {
        self.args.get(index).map_or("", String::as_str)
    }

    /// The directives of its section.
    pub(crate) fn children(&self) -> &[Directive] {
        self.block.as_deref().unwrap_or_default()
    }

    /// Whether it is `On`.
    pub(super) fn is_on(&self) -> bool {
        self.arg(0).eq_ignore_ascii_case("on")
    }
}

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tree {
    /// The directives of the main server.
    pub(crate) directives: Vec<Directive>,
    /// `ServerRoot`: what relative paths begin with.
    pub(crate) root: PathBuf,
    /// The modules that it loads, by their names (`proxy_http_module`); none where it loads none and all are built in.
    pub(crate) modules: Vec<Set<String>>,
}

impl Tree {
    /// The virtual hosts in order.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &Directive> {
        self.directives.iter().filter(|directive| directive.name == "virtualhost" && directive.block.is_some())
    }

    /// Whether a module is loaded; `None` where the configuration loads none, so that they are built in.
    pub(crate) fn has_module(&self, name: &str) -> Option<bool> {
        (!self.modules.is_empty()).then(|| self.modules.iter().any(|module| module.value == name))
    }
}

/// The levels around one place, outermost first: main server, virtual host, sections in the order in which they apply.
#[derive(Debug, Clone)]
pub(super) struct Scope<'t> {
    levels: Vec<&'t [Directive]>,
    root: &'t Path,
}

impl<'t> Scope<'t> {
    /// The main server alone.
    pub(super) fn main(tree: &'t Tree) -> Self {
        Self { levels: vec![&tree.directives], root: &tree.root }
    }

    /// With one level more, which wins over those before.
    pub(super) fn within(&self, level: &'t [Directive]) -> Self {
        let mut levels = self.levels.clone();
        levels.push(level);
        Self { levels, root: self.root }
    }

    /// The directive that applies: the last one of the innermost level that has any.
    pub(super) fn last(&self, name: &str) -> Option<&'t Directive> {
        self.levels.iter().rev().find_map(|level| level.iter().rev().find(|directive| directive.name == name))
    }

    /// All directives of the innermost level that has any.
    pub(super) fn all(&self, name: &str) -> Vec<&'t Directive> {
        let of = |level: &&'t [Directive]| -> Vec<&'t Directive> {
            level.iter().filter(|directive| directive.name == name).collect()
        };
        self.levels.iter().rev().map(of).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// All directives of all levels, outermost first.
    pub(super) fn every(&self, name: &str) -> impl Iterator<Item = &'t Directive> {
        self.levels.iter().flat_map(move |level| level.iter().filter(move |directive| directive.name == name))
    }

    /// A path as written, relative ones beneath the server's root.
    pub(super) fn path(&self, written: &str) -> PathBuf {
        self.root.join(written)
    }

    /// A setting's value and where it was set; the default where it is not set, or not understood.
    pub(super) fn set<T>(&self, name: &str, default: T, read: impl Fn(&Directive) -> Option<T>) -> Set<T> {
        self.optional(name, read).unwrap_or(Set::default_of(default))
    }

    /// A setting's value, where it is set and understood.
    pub(super) fn optional<T>(&self, name: &str, read: impl Fn(&Directive) -> Option<T>) -> Option<Set<T>> {
        let directive = self.last(name)?;
        Some(Set { value: read(directive)?, place: Some(directive.place.clone()) })
    }
}
