//! What applies at one place of the configuration, with nginx's inheritance and defaults.

use super::tree::Directive;
use super::variables::Variables;
use crate::gateways::{
    BufferLimits, LogFile, LogFormat, Protocol, Resolver, Set, Settings, Timeouts, UpstreamTls, WireSettings,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The levels of blocks around one place, outermost first.
#[derive(Debug, Clone)]
pub(super) struct Scope<'t> {
    /// The directives of each level.
    pub(super) levels: Vec<&'t [Directive]>,
    /// What relative paths begin with.
    pub(super) prefix: &'t Path,
}

impl<'t> Scope<'t> {
    /// One level further in.
    pub(super) fn within(&self, level: &'t [Directive]) -> Self {
        let mut levels = self.levels.clone();
        levels.push(level);
        Self { levels, prefix: self.prefix }
    }

    /// The directive that applies: that of the innermost level which has one.
    pub(super) fn last(&self, name: &str) -> Option<&'t Directive> {
        self.all(name).into_iter().next()
    }

    /// The directives that apply where several add up: all of the innermost level which has any.
    pub(super) fn all(&self, name: &str) -> Vec<&'t Directive> {
        let of = |level: &&'t [Directive]| -> Vec<&'t Directive> {
            level.iter().filter(|directive| directive.name == name).collect()
        };
        self.levels.iter().rev().map(of).find(|found| !found.is_empty()).unwrap_or_default()
    }

    fn set<T>(&self, name: &str, default: T, read: impl Fn(&Directive) -> Option<T>) -> Set<T> {
        self.optional(name, read).unwrap_or(Set::default_of(default))
    }

    fn optional<T>(&self, name: &str, read: impl Fn(&Directive) -> Option<T>) -> Option<Set<T>> {
        let directive = self.last(name)?;
        Some(Set { value: read(directive)?, place: Some(directive.place.clone()) })
    }

    pub(super) fn path(&self, written: &str) -> PathBuf {
        self.prefix.join(written)
    }
}

/// What the directives of a protocol begin with.
pub(super) const fn family(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http | Protocol::Https => "proxy",
        Protocol::Fastcgi => "fastcgi",
        Protocol::Uwsgi | Protocol::Suwsgi => "uwsgi",
        Protocol::Scgi => "scgi",
        Protocol::Grpc | Protocol::Grpcs => "grpc",
    }
}

/// Everything that applies here to an upstream of this protocol.
pub(super) fn settings(
    scope: &Scope<'_>,
    protocol: Protocol,
    formats: &[LogFormat],
    variables: &Variables<'_>,
) -> Settings {
    let family = family(protocol);
    let named = |rest: &str| format!("{family}_{rest}");
    let time = |rest: &str| scope.set(&named(rest), Duration::from_mins(1), |directive| duration(directive.arg(0)));
    let flag = |rest: &str, default| scope.set(&named(rest), default, |directive| Some(directive.arg(0) == "on"));
    let path = |rest: &str| {
        scope
            .optional(&named(rest), |directive| Some(scope.path(directive.arg(0))))
            .filter(|set| set.value != scope.prefix)
    };
    let text = |rest: &str| scope.optional(&named(rest), |directive| Some(variables.expand(&directive.args.join(" "))));
    Settings {
        timeouts: Timeouts { connect: time("connect_timeout"), send: time("send_timeout"), read: time("read_timeout") },
        buffers: BufferLimits {
            header: scope.set(&named("buffer_size"), 4096, |directive| size(directive.arg(0))),
            body: scope.set(&named("buffers"), (8, 4096), |directive| {
                Some((directive.arg(0).parse().ok()?, size(directive.arg(1))?))
            }),
            buffering: flag("buffering", true),
            request_body: scope.set("client_max_body_size", 1 << 20, |directive| size(directive.arg(0))),
        },
        tls: UpstreamTls {
            verify: flag("ssl_verify", false),
            checks_name: None,
            checks_time: None,
            trusted: path("ssl_trusted_certificate"),
            name: text("ssl_name"),
            sni: flag("ssl_server_name", false),
            protocols: text("ssl_protocols"),
            client_certificate: path("ssl_certificate"),
        },
        http_version: scope
            .set(&named("http_version"), "1.0".to_owned(), |directive| Some(directive.arg(0).to_owned())),
        set_headers: match protocol {
            Protocol::Fastcgi | Protocol::Uwsgi | Protocol::Suwsgi | Protocol::Scgi => scope
                .all(&named("param"))
                .into_iter()
                .map(|directive| (directive.arg(0).to_owned(), variables.expand(directive.arg(1))))
                .collect(),
            _ => scope
                .all(&named("set_header"))
                .into_iter()
                .map(|directive| (directive.arg(0).to_owned(), directive.arg(1).to_owned()))
                .collect(),
        },
        next_upstream: scope.set(
            &named("next_upstream"),
            vec!["error".to_owned(), "timeout".to_owned()],
            |directive| Some(directive.args.clone()),
        ),
        resolver: resolver(scope),
        error_logs: error_logs(scope),
        access_logs: access_logs(scope, formats),
        intercept_errors: flag("intercept_errors", false),
        care: crate::gateways::Care::default(),
    }
}

/// The finer points of what travels to an upstream of this protocol.
pub(super) fn wire(scope: &Scope<'_>, protocol: Protocol) -> WireSettings {
    let ciphers = format!("{}_ssl_ciphers", family(protocol));
    WireSettings {
        ciphers: scope.optional(&ciphers, |directive| Some(directive.arg(0).to_owned())),
        error_pages: scope
            .all("error_page")
            .into_iter()
            .map(|directive| Set { value: directive.args.join(" "), place: Some(directive.place.clone()) })
            .collect(),
        ..WireSettings::default()
    }
}

/// The gateway's own resolver at this place.
pub(super) fn resolver(scope: &Scope<'_>) -> Option<Resolver> {
    let directive = scope.last("resolver")?;
    let mut servers = Vec::new();
    let (mut valid, mut ipv6) = (None, true);
    for arg in &directive.args {
        match arg.split_once('=') {
            Some(("valid", time)) => valid = duration(time),
            Some(("ipv6", value)) => ipv6 = value != "off",
            Some(_) => {}
            None => servers.push(with_port(arg, 53)),
        }
    }
    let timeout = scope.set("resolver_timeout", Duration::from_secs(30), |directive| duration(directive.arg(0)));
    Some(Resolver { servers, valid, timeout, ipv6, place: directive.place.clone() })
}

/// An address with its port; `[::1]` keeps its brackets.
fn with_port(written: &str, port: u16) -> String {
    let has_port = match written.rfind(']') {
        Some(bracket) => written[bracket..].contains(':'),
        None => written.contains(':'),
    };
    if has_port { written.to_owned() } else { format!("{written}:{port}") }
}

/// Where errors at this place are written to.
pub(super) fn error_logs(scope: &Scope<'_>) -> Vec<LogFile> {
    let written = scope.all("error_log");
    if written.is_empty() {
        return vec![LogFile {
            file: Some(PathBuf::from("/var/log/nginx/error.log")),
            written: "/var/log/nginx/error.log".to_owned(),
            level: Some("error".to_owned()),
            format: None,
            place: None,
        }];
    }
    let logs = written.into_iter().map(|directive| LogFile {
        file: log_file(scope, directive.arg(0)),
        written: directive.arg(0).to_owned(),
        level: Some(directive.args.get(1).map_or("error", String::as_str).to_owned()),
        format: None,
        place: Some(directive.place.clone()),
    });
    logs.collect()
}

/// Where requests at this place are written to.
pub(super) fn access_logs(scope: &Scope<'_>, formats: &[LogFormat]) -> Vec<LogFile> {
    let named = |name: &str| formats.iter().find(|format| format.name == name).cloned();
    let written = scope.all("access_log");
    if written.is_empty() {
        return vec![LogFile {
            file: Some(PathBuf::from("/var/log/nginx/access.log")),
            written: "/var/log/nginx/access.log".to_owned(),
            level: None,
            format: named("combined"),
            place: None,
        }];
    }
    let logs = written.into_iter().filter(|directive| directive.arg(0) != "off").map(|directive| LogFile {
        file: log_file(scope, directive.arg(0)),
        written: directive.arg(0).to_owned(),
        level: None,
        format: named(directive.args.get(1).filter(|name| !name.contains('=')).map_or("combined", String::as_str)),
        place: Some(directive.place.clone()),
    });
    logs.collect()
}

fn log_file(scope: &Scope<'_>, written: &str) -> Option<PathBuf> {
    let is_file = !written.is_empty()
        && !["stderr", "off", "/dev/null", "/dev/stdout", "/dev/stderr"].contains(&written)
        && !["syslog:", "memory:"].iter().any(|kind| written.starts_with(kind))
        && !written.contains('$');
    is_file.then(|| scope.path(written))
}

/// A time as nginx writes it: `30`, `30s`, `500ms`, `1m30s`, `1h`, `1d`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let milliseconds = match &rest[..letters] {
            "ms" => 1,
            "" | "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 7 * 86_400_000,
            "M" => 30 * 86_400_000,
            "y" => 365 * 86_400_000,
            _ => return None,
        };
        rest = &rest[letters..];
        total = total.checked_add(Duration::from_millis(number.checked_mul(milliseconds)?))?;
        if letters == 0 && !rest.is_empty() {
            return None;
        }
    }
    Some(total)
}

/// A size as nginx writes it: `4096`, `8k`, `1m`, `1g`.
pub(super) fn size(text: &str) -> Option<u64> {
    let (number, factor) = match text.as_bytes().last()? {
        b'k' | b'K' => (&text[..text.len() - 1], 1 << 10),
        b'm' | b'M' => (&text[..text.len() - 1], 1 << 20),
        b'g' | b'G' => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_and_sizes() {
        for (text, seconds) in
            [("60", 60.0), ("60s", 60.0), ("500ms", 0.5), ("1m30s", 90.0), ("2h", 7200.0), ("1d", 86400.0)]
        {
            assert_eq!(duration(text).map(|time| time.as_secs_f64()), Some(seconds), "{text}");
        }
        for text in ["", "s", "10x", "1 m", "99999999999999999999", "-1"] {
            assert_eq!(duration(text), None, "{text}");
        }
        assert_eq!(
            (size("8k"), size("1M"), size("42"), size("k"), size("99999999999g")),
            (Some(8192), Some(1 << 20), Some(42), None, None)
        );
    }
}
