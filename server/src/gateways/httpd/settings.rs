//! What applies at one place of the configuration, with httpd's inheritance and defaults.

use super::tree::{Directive, Scope};
use super::values::{duration, number};
use super::workers::{Parameters, ProxyUrl, sections};
use crate::gateways::{BufferLimits, LogFile, LogFormat, Set, Settings, Timeouts, UpstreamTls};
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// `Timeout` where nothing says otherwise.
const TIMEOUT: Duration = Duration::from_mins(1);
/// `LimitRequestBody` since 2.4.53.
const REQUEST_BODY: u64 = 1 << 30;
/// `mod_log_config`'s own format (`common`), and the one that most configurations define.
pub(super) const COMMON: &str = r#"%h %l %u %t "%r" %>s %b"#;
const COMBINED: &str = r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#;

/// Everything that applies here to requests for this URL. `request` is what was asked for, where that is known.
pub(super) fn settings(
    scope: &Scope<'_>,
    url: Option<&ProxyUrl>,
    parameters: &Parameters,
    formats: &[LogFormat],
    request: Option<&Url>,
) -> Settings {
    // What stands in a `<Proxy>` section of this URL wins over what stands around it.
    let mut inner = scope.clone();
    for section in url.map(|url| sections(scope, url)).unwrap_or_default() {
        inner = inner.within(section.children());
    }
    let scope = &inner;
    let wait = wait(scope, parameters);
    let connect = parameters.get("connectiontimeout", |value| duration(value, 1000));
    let block = scope.set("proxyiobuffersize", 8192, |directive| number(directive.arg(0)).filter(|size| *size > 0));
    let header = parameters.get("responsefieldsize", number);
    Settings {
        timeouts: Timeouts { connect: connect.unwrap_or_else(|| wait.clone()), send: wait.clone(), read: wait },
        buffers: BufferLimits {
            header: header.unwrap_or(Set::default_of(8192)),
            body: Set { value: (1, block.value), place: block.place },
            // Answers go on as they come.
            buffering: Set::default_of(false),
            request_body: scope.set("limitrequestbody", REQUEST_BODY, |directive| number(directive.arg(0))),
        },
        tls: tls(scope, url, request),
        http_version: http_version(scope, url),
        set_headers: scope
            .every("requestheader")
            .filter(|directive| directive.arg(0).eq_ignore_ascii_case("set"))
            .map(|directive| (directive.arg(1).trim_end_matches(':').to_owned(), directive.arg(2).to_owned()))
            .collect(),
        next_upstream: next_upstream(url, parameters),
        resolver: None,
        error_logs: error_logs(scope),
        access_logs: access_logs(scope, formats),
        intercept_errors: scope.set("proxyerroroverride", false, |directive| Some(directive.is_on())),
        care: crate::gateways::Care::default(),
    }
}

/// How long it waits for bytes: the worker's own time, `ProxyTimeout`, or `Timeout`.
pub(super) fn wait(scope: &Scope<'_>, parameters: &Parameters) -> Set<Duration> {
    let of = |name: &str| scope.optional(name, |directive| duration(directive.arg(0), 1000));
    parameters
        .get("timeout", |value| duration(value, 1000))
        .or_else(|| of("proxytimeout"))
        .or_else(|| of("timeout"))
        .unwrap_or(Set::default_of(TIMEOUT))
}

/// A balancer tries its other members; a single worker has nobody to go on with.
fn next_upstream(url: Option<&ProxyUrl>, parameters: &Parameters) -> Set<Vec<String>> {
    let stays = parameters.get("nofailover", |value| value.eq_ignore_ascii_case("on").then_some(()));
    let words = match (&stays, url.is_some_and(|url| url.scheme == "balancer")) {
        (Some(_), _) => vec!["off".to_owned()],
        (None, true) => vec!["error".to_owned()],
        (None, false) => Vec::new(),
    };
    Set { value: words, place: stays.and_then(|set| set.place) }
}

fn http_version(scope: &Scope<'_>, url: Option<&ProxyUrl>) -> Set<String> {
    if url.is_some_and(|url| url.scheme.starts_with("h2")) {
        return Set::default_of("2".to_owned());
    }
    let old = scope
        .every("setenv")
        .find(|directive| directive.arg(0) == "force-proxy-request-1.0" && directive.arg(1) != "0");
    let version = if old.is_some() { "1.0" } else { "1.1" };
    Set { value: version.to_owned(), place: old.map(|directive| directive.place.clone()) }
}

fn tls(scope: &Scope<'_>, url: Option<&ProxyUrl>, request: Option<&Url>) -> UpstreamTls {
    let path = |name: &str| scope.optional(name, |directive| Some(scope.path(directive.arg(0))));
    let on = |directive: &Directive| Some(directive.is_on());
    let preserves = scope.last("proxypreservehost").is_some_and(Directive::is_on);
    // The name is that of the Host header which the upstream gets; an address is none.
    let asked = if preserves { request.and_then(Url::host_str) } else { url.map(|url| url.host.as_str()) };
    let name = asked
        .map(|name| name.trim_matches(['[', ']']).to_owned())
        .filter(|name| !name.is_empty() && name.parse::<std::net::IpAddr>().is_err());
    UpstreamTls {
        verify: scope.set("sslproxyverify", false, |directive| {
            Some(matches!(directive.arg(0).to_ascii_lowercase().as_str(), "require" | "optional"))
        }),
        checks_name: Some(scope.set("sslproxycheckpeername", true, on)),
        checks_time: Some(scope.set("sslproxycheckpeerexpire", true, on)),
        trusted: path("sslproxycacertificatefile").or_else(|| path("sslproxycacertificatepath")),
        sni: Set::default_of(name.is_some()),
        name: name.map(Set::default_of),
        protocols: scope.optional("sslproxyprotocol", |directive| Some(directive.args.join(" "))),
        client_certificate: path("sslproxymachinecertificatefile").or_else(|| path("sslproxymachinecertificatepath")),
    }
}

/// Where errors at this place are written to.
pub(super) fn error_logs(scope: &Scope<'_>) -> Vec<LogFile> {
    let format = scope.every("errorlogformat").filter(|directive| directive.args.len() == 1).last().map(|directive| {
        LogFormat { name: "ErrorLogFormat".to_owned(), text: directive.arg(0).to_owned(), escape: "default".to_owned() }
    });
    let level = scope.last("loglevel").map_or_else(|| "warn".to_owned(), |directive| directive.args.join(" "));
    let (written, place) = match scope.last("errorlog") {
        Some(directive) => (directive.args.join(" "), Some(directive.place.clone())),
        None => ("logs/error_log".to_owned(), None),
    };
    vec![LogFile { file: log_file(scope, &written), written, level: Some(level), format, place }]
}

/// Where requests at this place are written to.
pub(super) fn access_logs(scope: &Scope<'_>, formats: &[LogFormat]) -> Vec<LogFile> {
    let transfer = scope.all("logformat").into_iter().rev().find(|directive| directive.args.len() == 1);
    let format = |written: &str| {
        let named = formats.iter().find(|format| format.name == written).cloned();
        named.or_else(|| written.contains('%').then(|| plain_format(written, written)))
    };
    let written = ["customlog", "transferlog", "globallog"].into_iter().flat_map(|name| scope.all(name));
    let logs = written.filter(|directive| !directive.arg(0).is_empty()).map(|directive| LogFile {
        file: log_file(scope, directive.arg(0)),
        written: directive.arg(0).to_owned(),
        level: None,
        format: match directive.args.get(1).filter(|format| !is_condition(format)) {
            Some(written) => format(written),
            None => Some(plain_format("", transfer.map_or(COMMON, |directive| directive.arg(0)))),
        },
        place: Some(directive.place.clone()),
    });
    logs.collect()
}

fn is_condition(word: &str) -> bool {
    word.starts_with("env=") || word.starts_with("expr=")
}

fn plain_format(name: &str, text: &str) -> LogFormat {
    LogFormat { name: name.to_owned(), text: text.to_owned(), escape: "default".to_owned() }
}

/// All named formats of these levels.
pub(super) fn formats<'t>(levels: impl Iterator<Item = &'t [Directive]>) -> Vec<LogFormat> {
    let usual = [plain_format("combined", COMBINED), plain_format("common", COMMON)];
    let mut formats: Vec<LogFormat> = Vec::new();
    for directive in levels.flatten().filter(|directive| directive.name == "logformat" && directive.args.len() > 1) {
        let format = plain_format(directive.arg(1), directive.arg(0));
        match formats.iter_mut().find(|known| known.name == format.name) {
            Some(known) => *known = format,
            None => formats.push(format),
        }
    }
    for format in usual {
        if !formats.iter().any(|known| known.name == format.name) {
            formats.push(format);
        }
    }
    formats
}

/// The file of a log; `None` for a pipe, syslog or a device. A pipe to `rotatelogs -L NAME` has one all the same.
fn log_file(scope: &Scope<'_>, written: &str) -> Option<PathBuf> {
    if let Some(command) = written.strip_prefix('|') {
        let words: Vec<&str> = command.trim_start_matches(['|', '$']).split_whitespace().collect();
        let link = words.iter().position(|word| *word == "-L").and_then(|at| words.get(at + 1))?;
        let rotates = words.first().is_some_and(|program| program.ends_with("rotatelogs"));
        return rotates.then(|| scope.path(link));
    }
    let is_file = !written.is_empty()
        && !["syslog", "journald"]
            .iter()
            .any(|kind| written.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
        && !written.starts_with("/dev/")
        && !written.starts_with("/proc/")
        && !written.contains("${");
    is_file.then(|| scope.path(written))
}
