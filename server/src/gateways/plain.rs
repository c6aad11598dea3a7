//! The small proxies: Squid, lighttpd, nghttpx, h2o and hitch, far enough to find listeners, upstreams, timeouts and
//! logs. Each has one row here and one short reader.

mod h2o;
mod hitch;
mod lighttpd;
mod nghttpx;
mod squid;

use super::discover::{Master, program, words};
use super::flat::{self, Flat, Site};
use super::{GatewayConfig, GatewayKind, LogFile, Parsed, Problem, Sources};
use crate::host::Process;
use std::path::{Path, PathBuf};

/// How a small proxy is recognised and read.
struct Row {
    kind: GatewayKind,
    /// Names of its program.
    programs: &'static [&'static str],
    /// Options that name its configuration, long and short.
    options: &'static [&'static str],
    usual: &'static [&'static str],
    read: fn(&mut Reading<'_>) -> Vec<Site>,
}

const ROWS: &[Row] = &[
    Row {
        kind: GatewayKind::Squid,
        programs: &["squid", "squid3"],
        options: &["-f"],
        usual: &["/etc/squid/squid.conf", "/usr/local/squid/etc/squid.conf"],
        read: squid::sites,
    },
    Row {
        kind: GatewayKind::Lighttpd,
        programs: &["lighttpd"],
        options: &["-f"],
        usual: &["/etc/lighttpd/lighttpd.conf", "/usr/local/etc/lighttpd/lighttpd.conf"],
        read: lighttpd::sites,
    },
    Row {
        kind: GatewayKind::Nghttpx,
        programs: &["nghttpx"],
        options: &["--conf"],
        usual: &["/etc/nghttpx/nghttpx.conf"],
        read: nghttpx::sites,
    },
    Row {
        kind: GatewayKind::H2o,
        programs: &["h2o"],
        options: &["-c", "--conf"],
        usual: &["/etc/h2o/h2o.conf", "/etc/h2o.conf"],
        read: h2o::sites,
    },
    Row {
        kind: GatewayKind::Hitch,
        programs: &["hitch"],
        options: &["--config"],
        usual: &["/etc/hitch/hitch.conf"],
        read: hitch::sites,
    },
];

/// What a reader works with.
struct Reading<'r> {
    main: &'r Path,
    sources: &'r dyn Sources,
    files: Vec<PathBuf>,
    problems: Vec<Problem>,
    user: Option<super::Set<String>>,
}

impl Reading<'_> {
    /// The main file's text.
    fn text(&mut self) -> String {
        self.files.push(self.main.to_path_buf());
        flat::text(self.main, self.sources, &mut self.problems)
    }

    fn note(&mut self, place: &super::Place, what: impl Into<String>) {
        self.problems.push(Problem { place: place.clone(), what: what.into(), line_to_add: None });
    }
}

fn row(kind: GatewayKind) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.kind == kind)
}

/// A running master of this kind.
pub(super) fn master(kind: GatewayKind, process: &Process) -> Option<Master> {
    let row = row(kind)?;
    let words = words(process);
    if !row.programs.contains(&program(&words)) {
        return None;
    }
    // Squid's children are called `(squid-1)`.
    let main = row.options.iter().find_map(|name| {
        if name.starts_with("--") { flat::option(&words, &[name]) } else { super::discover::option(&words, name) }
    });
    Some(Master { main: PathBuf::from(main.unwrap_or(row.usual[0])), prefix: None })
}

/// Where this kind keeps its configuration.
pub(super) fn usual(kind: GatewayKind) -> &'static [&'static str] {
    row(kind).map_or(&[], |row| row.usual)
}

/// Reads a configuration of this kind.
pub(super) fn parse(kind: GatewayKind, main: &Path, sources: &dyn Sources) -> Parsed<GatewayConfig> {
    let mut reading = Reading { main, sources, files: Vec::new(), problems: Vec::new(), user: None };
    let sites = row(kind).map_or_else(Vec::new, |row| (row.read)(&mut reading));
    let mut value = flat::config(main, reading.files, Flat { sites }, kind);
    value.user = reading.user;
    Parsed { value, problems: reading.problems }
}

/// Gives every rule of a site the same logs.
fn with_logs(mut sites: Vec<Site>, errors: &[LogFile], access: &[LogFile]) -> Vec<Site> {
    for rule in sites.iter_mut().flat_map(|site| &mut site.rules) {
        rule.settings.error_logs = errors.to_vec();
        rule.settings.access_logs = access.to_vec();
    }
    sites
}

#[cfg(test)]
mod tests;
