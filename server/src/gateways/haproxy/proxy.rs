//! A proxy with everything that it takes over from its `defaults` sections.

use super::health::CheckPlan;
use super::server::{ServerLine, host_without_port};
use super::time;
use super::tree::{Line, Section, SectionKind, Tree};
use crate::gateways::{MemberAddress, Set};
use std::path::Path;
use std::time::Duration;

/// `defaults` sections that take over from one another.
const MAX_CHAIN: usize = 16;
/// Servers of one backend.
const MAX_SERVERS: usize = 1024;

/// A section with its defaults, nearest first.
#[derive(Debug, Clone)]
pub(crate) struct Proxy<'t> {
    /// The section itself.
    pub(crate) section: &'t Section,
    levels: Vec<&'t Section>,
    tree: &'t Tree,
}

impl<'t> Proxy<'t> {
    /// The proxy of a section.
    pub(crate) fn new(tree: &'t Tree, section: &'t Section) -> Self {
        Self { section, levels: levels(tree, section), tree }
    }

    /// The backend (or listen section) with this name.
    pub(crate) fn backend(tree: &'t Tree, name: &str) -> Option<Self> {
        let serves = |section: &&Section| {
            matches!(section.kind, SectionKind::Backend | SectionKind::Listen) && section.name == name
        };
        tree.sections.iter().find(serves).map(|section| Self::new(tree, section))
    }

    /// Frontends and listen sections in order.
    pub(crate) fn frontends(tree: &'t Tree) -> impl Iterator<Item = Self> {
        let takes = |section: &&Section| matches!(section.kind, SectionKind::Frontend | SectionKind::Listen);
        tree.sections.iter().filter(takes).map(|section| Self::new(tree, section))
    }

    /// Backends and listen sections in order.
    pub(crate) fn backends(tree: &'t Tree) -> impl Iterator<Item = Self> {
        let serves = |section: &&Section| matches!(section.kind, SectionKind::Backend | SectionKind::Listen);
        tree.sections.iter().filter(serves).map(|section| Self::new(tree, section))
    }

    /// The last line that begins with these words, in the nearest section that has one.
    pub(crate) fn setting(&self, words: &[&str]) -> Option<&'t Line> {
        self.levels.iter().find_map(|section| section.lines.iter().rev().find(|line| line.begins(words)))
    }

    /// `option NAME`, unless `no option NAME` comes after it or in a nearer section.
    pub(crate) fn option(&self, name: &str) -> Option<&'t Line> {
        let line = self.levels.iter().find_map(|section| {
            section
                .lines
                .iter()
                .rev()
                .find(|line| line.begins(&["option", name]) || line.begins(&["no", "option", name]))
        })?;
        (line.word(0) == "option").then_some(line)
    }

    /// `timeout NAME`.
    pub(crate) fn timeout(&self, name: &str) -> Option<Set<Duration>> {
        let line = self.setting(&["timeout", name])?;
        Some(Set { value: time::time(line.word(2))?, place: Some(line.place.clone()) })
    }

    /// A number after one word.
    pub(crate) fn number(&self, word: &str) -> Option<Set<u64>> {
        let line = self.setting(&[word])?;
        Some(Set { value: line.word(1).parse().ok()?, place: Some(line.place.clone()) })
    }

    /// Every line that begins with this word: of the nearest section that has any.
    pub(crate) fn nearest(&self, word: &str) -> Vec<&'t Line> {
        let of = |section: &&'t Section| -> Vec<&'t Line> {
            section.lines.iter().filter(|line| line.word(0) == word).collect()
        };
        self.levels.iter().map(of).find(|lines| !lines.is_empty()).unwrap_or_default()
    }

    /// Every line that begins with this word: those of the defaults first, as rules are run.
    pub(crate) fn all(&self, word: &'static str) -> impl Iterator<Item = &'t Line> + use<'_, 't> {
        self.levels.iter().rev().flat_map(move |section| section.lines.iter().filter(move |line| line.word(0) == word))
    }

    /// The proxy's own lines that begin with this word.
    pub(crate) fn own(&self, word: &'static str) -> impl Iterator<Item = &'t Line> + use<'t> {
        self.section.lines.iter().filter(move |line| line.word(0) == word)
    }

    /// `http` or `tcp`.
    pub(crate) fn mode(&self) -> &'t str {
        self.setting(&["mode"]).map_or("tcp", |line| line.word(1))
    }

    /// Whether it is taken out as a whole.
    pub(crate) fn disabled(&self) -> bool {
        let switch = |line: &&Line| matches!(line.word(0), "disabled" | "enabled");
        let last = self.levels.iter().find_map(|section| section.lines.iter().rev().find(switch));
        last.is_some_and(|line| line.word(0) == "disabled")
    }

    /// Log lines that apply, `log global` replaced.
    pub(crate) fn logs(&self) -> Vec<&'t Line> {
        let none = self
            .levels
            .iter()
            .find_map(|section| section.lines.iter().find(|line| line.word(0) == "log" || line.begins(&["no", "log"])));
        if none.is_some_and(|line| line.word(0) == "no") {
            return Vec::new();
        }
        let mut found = Vec::new();
        for line in self.nearest("log") {
            if line.word(1) == "global" {
                found.extend(self.tree.global().filter(|line| line.word(0) == "log"));
            } else {
                found.push(line);
            }
        }
        found
    }

    /// Its servers, `default-server` applied.
    pub(crate) fn servers(&self) -> Vec<ServerLine> {
        let mut defaults = ServerLine::defaults(self.section.place.clone());
        for section in self.levels.iter().skip(1).rev() {
            for line in section.lines.iter().filter(|line| line.word(0) == "default-server") {
                defaults.take(line.from(1));
            }
        }
        let mut servers = Vec::new();
        for line in &self.section.lines {
            match line.word(0) {
                "default-server" => defaults.take(line.from(1)),
                "server" | "server-template" if servers.len() < MAX_SERVERS => {
                    servers.extend(ServerLine::read(line, &defaults));
                }
                _ => {}
            }
        }
        servers
    }

    /// Where a server is, for a client that came to this port. Unix sockets are looked for beneath the process's root.
    pub(crate) fn placed(&self, server: &ServerLine, port: u16) -> Option<MemberAddress> {
        match placed(server, port)? {
            MemberAddress::Unix(path) => {
                let root = self.tree.global().filter(|line| line.word(0) == "chroot").last();
                let root = root.map_or(Path::new("/"), |line| Path::new(line.word(1)));
                Some(MemberAddress::Unix(root.join(path.strip_prefix("/").unwrap_or(&path))))
            }
            host @ MemberAddress::Host { .. } => Some(host),
        }
    }

    /// How its servers are checked.
    pub(crate) fn check_plan(&self) -> CheckPlan {
        CheckPlan::of(self)
    }
}

/// Where a server is, for a client that came to this port.
fn placed(server: &ServerLine, port: u16) -> Option<MemberAddress> {
    if let Some(address) = &server.address {
        return Some(address.clone());
    }
    let shift = server.client_port?;
    let port = u16::try_from(i32::from(port) + shift).ok()?;
    Some(MemberAddress::Host { host: host_without_port(&server.written)?.to_owned(), port })
}

/// The section and the defaults that it takes over, nearest first.
fn levels<'t>(tree: &'t Tree, section: &'t Section) -> Vec<&'t Section> {
    let mut levels = vec![section];
    let mut at = section;
    while levels.len() < MAX_CHAIN {
        let named = |name: &String| {
            tree.sections.iter().find(|other| other.kind == SectionKind::Defaults && other.name == *name)
        };
        let next = match (&at.from, at.kind) {
            (Some(name), _) => named(name),
            // Without a word the last defaults before it apply; defaults themselves begin anew.
            (None, SectionKind::Defaults) => None,
            (None, _) => {
                let before = tree.sections.iter().take_while(|other| !std::ptr::eq(*other, section));
                before.filter(|other| other.kind == SectionKind::Defaults).last()
            }
        };
        let Some(next) = next.filter(|next| !levels.iter().any(|known| std::ptr::eq(*known, *next))) else { break };
        levels.push(next);
        at = next;
    }
    levels
}
