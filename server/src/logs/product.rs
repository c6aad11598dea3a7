//! The products whose logs are understood.

use super::signatures::Signature;
use super::{
    AccessLine, Line, Zone, audit, caddy, envoy, gunicorn, h2o, haproxy, httpd, kernel, lighttpd, nghttpx, nginx,
    php_fpm, squid, systemd, table, traefik, uwsgi, varnish,
};

/// Who wrote a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// nginx and its kin.
    Nginx,
    /// Apache httpd.
    Httpd,
    /// HAProxy.
    Haproxy,
    /// Caddy.
    Caddy,
    /// Traefik.
    Traefik,
    /// Envoy.
    Envoy,
    /// Varnish.
    Varnish,
    /// Squid.
    Squid,
    /// lighttpd.
    Lighttpd,
    /// nghttpx.
    Nghttpx,
    /// h2o.
    H2o,
    /// php-fpm.
    PhpFpm,
    /// gunicorn.
    Gunicorn,
    /// uWSGI.
    Uwsgi,
    /// The kernel.
    Kernel,
    /// systemd.
    Systemd,
    /// The audit subsystem: SELinux, `AppArmor`.
    Audit,
}

impl Product {
    /// All, those whose lines are the easiest to tell apart first.
    pub const ALL: &[Self] = &[
        Self::Nginx,
        Self::Httpd,
        Self::Haproxy,
        Self::Caddy,
        Self::Traefik,
        Self::Envoy,
        Self::Varnish,
        Self::Squid,
        Self::Lighttpd,
        Self::Nghttpx,
        Self::H2o,
        Self::PhpFpm,
        Self::Gunicorn,
        Self::Uwsgi,
        Self::Kernel,
        Self::Systemd,
        Self::Audit,
    ];

    /// The name as facts spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Httpd => "httpd",
            Self::Haproxy => "haproxy",
            Self::Caddy => "caddy",
            Self::Traefik => "traefik",
            Self::Envoy => "envoy",
            Self::Varnish => "varnish",
            Self::Squid => "squid",
            Self::Lighttpd => "lighttpd",
            Self::Nghttpx => "nghttpx",
            Self::H2o => "h2o",
            Self::PhpFpm => "php-fpm",
            Self::Gunicorn => "gunicorn",
            Self::Uwsgi => "uwsgi",
            Self::Kernel => "kernel",
            Self::Systemd => "systemd",
            Self::Audit => "audit",
        }
    }

    /// The product of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|product| product.name() == name)
    }

    /// Splits one line; `None` if it is not one of this product's.
    pub fn parse<'a>(self, line: &'a str, zone: &Zone) -> Option<Line<'a>> {
        match self {
            Self::Nginx => nginx::parse(line, zone),
            Self::Httpd => httpd::parse(line, zone),
            Self::Haproxy => haproxy::parse(line, zone),
            Self::Caddy => caddy::parse(line, zone),
            Self::Traefik => traefik::parse(line, zone),
            Self::Envoy => envoy::parse(line, zone),
            Self::Varnish => varnish::parse(line, zone),
            Self::Squid => squid::parse(line, zone),
            Self::Lighttpd => lighttpd::parse(line, zone),
            Self::Nghttpx => nghttpx::parse(line, zone),
            Self::H2o => h2o::parse(line, zone),
            Self::PhpFpm => php_fpm::parse(line, zone),
            Self::Gunicorn => gunicorn::parse(line, zone),
            Self::Uwsgi => uwsgi::parse(line, zone),
            Self::Kernel => kernel::parse(line, zone),
            Self::Systemd => systemd::parse(line, zone),
            Self::Audit => audit::parse(line),
        }
    }

    /// Whether it writes requests in a format of its own, which [`Self::access`] reads.
    pub const fn writes_requests(self) -> bool {
        matches!(self, Self::Caddy | Self::Traefik | Self::Envoy | Self::Squid | Self::Lighttpd)
    }

    /// The command that shows its log where that is no file.
    pub fn by_hand(self) -> String {
        match self {
            Self::Varnish => "sudo varnishlog -d -g request -q FetchError | tail -n 60".to_owned(),
            Self::Httpd => "journalctl -u apache2 -u httpd --since '-15min' --no-pager".to_owned(),
            other => format!("journalctl -u {} --since '-15min' --no-pager", other.name()),
        }
    }

    /// A request's own line, for products that write requests in a format of their own.
    pub fn access(self, line: &str, zone: &Zone) -> Option<AccessLine> {
        match self {
            Self::Caddy => caddy::access(line, zone),
            Self::Traefik => traefik::access(line, zone),
            Self::Envoy => envoy::access(line, zone),
            Self::Squid => squid::access(line, zone),
            Self::Lighttpd => lighttpd::access(line, zone),
            _ => None,
        }
    }

    /// Completes lines by their neighbours, where a product spreads one failure over several lines.
    pub(super) fn relate(self, lines: &mut [Line<'_>]) {
        if self == Self::Httpd {
            httpd::relate(lines);
        }
    }

    /// Its signatures, the more exact ones first.
    pub fn rows(self) -> &'static [Signature] {
        match self {
            Self::Nginx => &table::nginx::ROWS,
            Self::Httpd => table::httpd::ROWS,
            Self::Haproxy => table::haproxy::ROWS,
            Self::Caddy => table::caddy::ROWS,
            Self::Traefik => table::traefik::ROWS,
            Self::Envoy => table::envoy::ROWS,
            Self::Varnish => table::varnish::ROWS,
            Self::Squid => table::squid::ROWS,
            Self::Lighttpd => table::lighttpd::ROWS,
            Self::Nghttpx => table::nghttpx::ROWS,
            Self::H2o => table::h2o::ROWS,
            Self::PhpFpm => table::php_fpm::ROWS,
            Self::Gunicorn => table::gunicorn::ROWS,
            Self::Uwsgi => table::uwsgi::ROWS,
            Self::Kernel => table::kernel::ROWS,
            Self::Systemd => table::systemd::ROWS,
            Self::Audit => table::audit::ROWS,
        }
    }
}
