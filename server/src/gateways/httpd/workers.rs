//! What requests are forwarded to: URLs of `ProxyPass` and its kin, balancers and their members.

use super::tree::{Directive, Scope, Tree};
use super::values::{duration, number};
use crate::gateways::{Member, MemberAddress, NameResolution, Place, Pool, Protocol, Set, Upstream};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// For how long a member is left out after a failure where nothing says otherwise.
const RETRY: Duration = Duration::from_mins(1);

/// A URL that `mod_proxy` forwards to, split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProxyUrl {
    /// `http`, `fcgi`, `balancer` …
    pub(super) scheme: String,
    /// The host, without brackets; a balancer's name.
    pub(super) host: String,
    /// The port, where it is written.
    pub(super) port: Option<u16>,
    /// The unix socket before the bar.
    pub(super) socket: Option<PathBuf>,
    /// What follows the authority; empty if nothing does.
    pub(super) path: String,
}

impl ProxyUrl {
    /// Splits `http://host:port/path`, `unix:/socket|http://host/path` or `balancer://name/path`, with or without the
    /// `proxy:` of a handler.
    pub(super) fn parse(written: &str) -> Option<Self> {
        let written = written.strip_prefix("proxy:").unwrap_or(written);
        let (socket, url) = match written.strip_prefix("unix:") {
            // `proxy:unix:/run/app.sock|fcgi:` and `|fcgi://localhost` are both in use.
            Some(rest) => rest.split_once('|').map(|(path, url)| (Some(PathBuf::from(path)), url))?,
            None => (None, written),
        };
        let (scheme, rest) = url.split_once(':')?;
        let rest = rest.strip_prefix("//").or_else(|| rest.is_empty().then_some(""))?;
        let known = !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric());
        let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = match authority.strip_prefix('[') {
            Some(inner) => {
                let (host, after) = inner.split_once(']')?;
                (host, after.strip_prefix(':').map(|port| port.parse().ok()))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port.parse().ok())),
                None => (authority, None),
            },
        };
        let port = match port {
            Some(Some(port)) => Some(port),
            // A port that is not a number: a back-reference in it is not resolved here.
            Some(None) => return None,
            None => None,
        };
        let scheme = scheme.to_ascii_lowercase();
        known.then(|| Self { scheme, host: host.to_owned(), port, socket, path: path.to_owned() })
    }

    /// What is spoken; `None` for a scheme that no module of httpd's has.
    pub(super) fn protocol(&self) -> Option<Protocol> {
        Some(match self.scheme.as_str() {
            "http" | "ws" | "h2c" => Protocol::Http,
            "https" | "wss" | "h2" => Protocol::Https,
            "fcgi" => Protocol::Fastcgi,
            "uwsgi" => Protocol::Uwsgi,
            "scgi" => Protocol::Scgi,
            _ => return None,
        })
    }

    /// The module that speaks this scheme.
    pub(super) fn module(&self) -> Option<&'static str> {
        Some(match self.scheme.as_str() {
            "http" | "https" => "proxy_http_module",
            // Since 2.4.47 mod_proxy_http upgrades connections too.
            "ws" | "wss" => "proxy_wstunnel_module",
            "h2" | "h2c" => "proxy_http2_module",
            "fcgi" => "proxy_fcgi_module",
            "uwsgi" => "proxy_uwsgi_module",
            "scgi" => "proxy_scgi_module",
            "ajp" => "proxy_ajp_module",
            "ftp" => "proxy_ftp_module",
            "balancer" => "proxy_balancer_module",
            _ => return None,
        })
    }

    fn default_port(&self) -> u16 {
        match self.scheme.as_str() {
            "https" | "wss" | "h2" => 443,
            "fcgi" => 8000,
            "scgi" => 4000,
            "uwsgi" => 3031,
            "ajp" => 8009,
            _ => 80,
        }
    }

    /// Where it leads.
    pub(super) fn address(&self) -> Option<MemberAddress> {
        if let Some(path) = &self.socket {
            return Some(MemberAddress::Unix(path.clone()));
        }
        if self.host.is_empty() || self.host.contains(['$', '%', '{']) {
            return None;
        }
        Some(MemberAddress::Host { host: self.host.clone(), port: self.port.unwrap_or(self.default_port()) })
    }

    /// The Host header of a request for it.
    fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match self.port {
            Some(port) if port != self.default_port() => format!("{host}:{port}"),
            _ => host,
        }
    }
}

/// Parameters of a worker or a balancer (`retry=0`), each with its place.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(BTreeMap<String, Set<String>>);

impl Parameters {
    /// The parameters in these words.
    pub(super) fn of(words: &[String], place: &Place) -> Self {
        let mut parameters = Self::default();
        parameters.take(words, place);
        parameters
    }

    fn take(&mut self, words: &[String], place: &Place) {
        for word in words {
            if let Some((key, value)) = word.split_once('=') {
                let set = Set { value: value.to_owned(), place: Some(place.clone()) };
                self.0.insert(key.to_ascii_lowercase(), set);
            }
        }
    }

    /// A parameter, where it is set and understood.
    pub(super) fn get<T>(&self, key: &str, read: impl Fn(&str) -> Option<T>) -> Option<Set<T>> {
        let set = self.0.get(key)?;
        Some(Set { value: read(&set.value)?, place: set.place.clone() })
    }

    fn is_on(&self, key: &str) -> Option<bool> {
        self.0.get(key).map(|set| set.value.eq_ignore_ascii_case("on"))
    }
}

/// Something that forwards: a directive and the URL in it.
#[derive(Debug, Clone)]
pub(super) struct Pass<'t> {
    /// `ProxyPass`, `SetHandler` or `RewriteRule`.
    pub(super) directive: &'t Directive,
    /// The URL as written.
    pub(super) written: String,
    /// The URL, back-references replaced.
    pub(super) url: ProxyUrl,
    /// The words after it (`retry=0`).
    pub(super) words: Vec<String>,
    /// Whether its connections are kept for later requests where no parameter says otherwise.
    pub(super) reuses: bool,
}

/// The parameters that apply to a URL: those beside it, and those of the `<Proxy>` sections and `ProxySet`
/// directives that name it.
pub(super) fn parameters(pass: &Pass<'_>, scope: &Scope<'_>) -> Parameters {
    let mut parameters = Parameters::default();
    parameters.take(&pass.words, &pass.directive.place);
    for directive in scope.every("proxyset") {
        if names_worker(directive.arg(0), &pass.url) {
            parameters.take(&directive.args[1..], &directive.place);
        }
    }
    for section in sections(scope, &pass.url) {
        for directive in section.children().iter().filter(|inner| inner.name == "proxyset") {
            parameters.take(&directive.args, &directive.place);
        }
    }
    parameters
}

/// The `<Proxy>` sections that apply to a URL, in order.
pub(super) fn sections<'t>(scope: &Scope<'t>, url: &ProxyUrl) -> Vec<&'t Directive> {
    scope.every("proxy").filter(|section| section.block.is_some() && names_worker(section.arg(0), url)).collect()
}

/// Whether a `<Proxy>` section's or a `ProxySet`'s URL stands for this one: everything, the same place, or a part of it.
fn names_worker(written: &str, url: &ProxyUrl) -> bool {
    if written == "*" {
        return true;
    }
    let (written, wild) = written.strip_suffix('*').map_or((written, false), |prefix| (prefix, true));
    let Some(named) = ProxyUrl::parse(written) else { return false };
    named.scheme == url.scheme
        && named.host.eq_ignore_ascii_case(&url.host)
        && named.socket == url.socket
        && named.port.unwrap_or(named.default_port()) == url.port.unwrap_or(url.default_port())
        && (wild || url.path.starts_with(named.path.trim_end_matches('/')))
}

/// All balancers of the main server and the virtual hosts; the same name again adds its members.
pub(super) fn pools(tree: &Tree) -> Vec<Pool> {
    let main = Scope::main(tree);
    let mut pools: Vec<Pool> = Vec::new();
    take_pools(&main, &tree.directives, &mut pools);
    for host in tree.hosts() {
        take_pools(&main.within(host.children()), host.children(), &mut pools);
    }
    pools
}

fn take_pools(scope: &Scope<'_>, level: &[Directive], pools: &mut Vec<Pool>) {
    for directive in level {
        let is_section = directive.name == "proxy" && directive.block.is_some();
        // Outside of a section the balancer is named first.
        let is_member = directive.name == "balancermember" && directive.arg(0).starts_with("balancer://");
        let Some(url) = ProxyUrl::parse(directive.arg(0)).filter(|url| url.scheme == "balancer") else { continue };
        if !is_section && !is_member {
            continue;
        }
        let written: Vec<(&[String], &Place)> = if is_section {
            let members = directive.children().iter().filter(|inner| inner.name == "balancermember");
            members.map(|inner| (inner.args.as_slice(), &inner.place)).collect()
        } else {
            vec![(&directive.args[1..], &directive.place)]
        };
        let members = written.into_iter().filter_map(|(words, place)| balancer_member(words, place));
        match pools.iter_mut().find(|pool| pool.name.eq_ignore_ascii_case(&url.host)) {
            Some(pool) => pool.members.extend(members),
            None => pools.push(Pool {
                name: url.host.clone(),
                members: members.collect(),
                balancing: balancing(directive, &url, scope),
                keepalive: None,
                resolver: None,
                place: directive.place.clone(),
            }),
        }
    }
}

fn balancing(section: &Directive, url: &ProxyUrl, scope: &Scope<'_>) -> String {
    let mut parameters = Parameters::default();
    for directive in section.children().iter().filter(|inner| inner.name == "proxyset") {
        parameters.take(&directive.args, &directive.place);
    }
    for directive in scope.every("proxypass").filter(|pass| pass.args.len() > 1) {
        if ProxyUrl::parse(directive.arg(1)).is_some_and(|to| to.scheme == url.scheme && to.host == url.host) {
            parameters.take(&directive.args[2..], &directive.place);
        }
    }
    parameters.get("lbmethod", |value| Some(value.to_owned())).map_or_else(|| "byrequests".to_owned(), |set| set.value)
}

/// `BalancerMember URL [key=value …]`.
fn balancer_member(words: &[String], place: &Place) -> Option<Member> {
    let (url, words) = words.split_first()?;
    let mut parameters = Parameters::default();
    parameters.take(words, place);
    member(&ProxyUrl::parse(url)?, &parameters, place)
}

fn member(url: &ProxyUrl, parameters: &Parameters, place: &Place) -> Option<Member> {
    let status = parameters.get("status", |value| Some(value.to_ascii_uppercase())).map(|set| set.value);
    let has = |letter: char| status.as_ref().is_some_and(|status| has_state(status, letter));
    let weight = parameters.get("loadfactor", |value| value.split('.').next()?.parse().ok());
    Some(Member {
        address: url.address()?,
        weight: weight.map_or(1, |set| set.value),
        max_fails: u32::from(!has('I')),
        fail_timeout: parameters.get("retry", |value| duration(value, 1000)).map_or(RETRY, |set| set.value),
        max_conns: parameters.get("max", number).map_or(0, |set| u32::try_from(set.value).unwrap_or(u32::MAX)),
        backup: has('H') || has('R'),
        down: has('D') || has('S'),
        resolve: false,
        place: place.clone(),
    })
}

/// Whether `+D-H` or `DH` sets a state.
fn has_state(status: &str, asked: char) -> bool {
    let mut on = true;
    let mut set = false;
    for letter in status.chars() {
        match letter {
            '+' => on = true,
            '-' => on = false,
            letter if letter == asked => set = on,
            _ => {}
        }
    }
    set
}

/// What a pass leads to. `request` is the URL that was asked for, where there is one.
pub(super) fn upstream(
    pass: &Pass<'_>,
    scope: &Scope<'_>,
    pools: &[Pool],
    parameters: &Parameters,
    request: Option<&Url>,
) -> Option<Upstream> {
    let pool = pools.iter().filter(|_| pass.url.scheme == "balancer");
    let pool = pool.into_iter().find(|pool| pool.name.eq_ignore_ascii_case(&pass.url.host));
    // A balancer's first member tells what is spoken.
    let first = member_urls(scope, &pass.url).into_iter().next();
    let members = match pool {
        Some(pool) => pool.members.clone(),
        None if pass.url.scheme == "balancer" => Vec::new(),
        None => member(&pass.url, parameters, &pass.directive.place).into_iter().collect(),
    };
    let spoken = first.as_ref().unwrap_or(&pass.url);
    let protocol = spoken.protocol().or_else(|| (pass.url.scheme == "balancer").then_some(Protocol::Http))?;
    let has_name = members.iter().any(|member| member.address.name().is_some());
    let default_reuse = pass.reuses && protocol != Protocol::Fastcgi;
    let reuse = parameters.is_on("enablereuse").or(parameters.is_on("disablereuse").map(|off| !off));
    let most = parameters.get("max", number).map_or(25, |set| u32::try_from(set.value).unwrap_or(u32::MAX));
    Some(Upstream {
        written: pass.written.clone(),
        protocol,
        pool: pool.map(|pool| pool.name.clone()).or_else(|| {
            // A balancer that is nowhere defined has no members.
            (pass.url.scheme == "balancer").then(|| pass.url.host.clone())
        }),
        keepalive: reuse.unwrap_or(default_reuse).then_some(most),
        resolution: if has_name { NameResolution::AtStart } else { NameResolution::None },
        uri: Some(pass.url.path.clone()).filter(|path| !path.is_empty()),
        host: host_header(protocol, spoken, scope, request),
        place: pass.directive.place.clone(),
        members,
    })
}

/// The URLs of a balancer's members; none for any other URL.
pub(super) fn member_urls(scope: &Scope<'_>, balancer: &ProxyUrl) -> Vec<ProxyUrl> {
    if balancer.scheme != "balancer" {
        return Vec::new();
    }
    let pool = &balancer.host;
    let is_pool =
        |written: &str| ProxyUrl::parse(written).is_some_and(|url| url.scheme == "balancer" && &url.host == pool);
    let in_sections = scope
        .every("proxy")
        .filter(|section| is_pool(section.arg(0)))
        .flat_map(Directive::children)
        .filter(|inner| inner.name == "balancermember")
        .map(|inner| inner.arg(0));
    let outside = scope.every("balancermember").filter(|member| is_pool(member.arg(0))).map(|member| member.arg(1));
    in_sections.chain(outside).filter_map(ProxyUrl::parse).collect()
}

/// The Host header that the upstream gets.
fn host_header(protocol: Protocol, url: &ProxyUrl, scope: &Scope<'_>, request: Option<&Url>) -> Option<String> {
    let set = scope.every("requestheader").filter(|header| {
        header.arg(0).eq_ignore_ascii_case("set") && header.arg(1).trim_end_matches(':').eq_ignore_ascii_case("host")
    });
    if let Some(header) = set.last() {
        return Some(header.arg(2).to_owned()).filter(|host| !host.contains('%'));
    }
    let own = || {
        let url = request?;
        let host = url.host_str()?;
        Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    };
    let preserves = scope.last("proxypreservehost").is_some_and(Directive::is_on);
    match protocol {
        Protocol::Http | Protocol::Https if !preserves => Some(url.authority()),
        // The others hand the client's own header on.
        _ => own(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_urls() {
        let parse =
            |text: &str| ProxyUrl::parse(text).map(|url| (url.scheme, url.host, url.port, url.socket, url.path));
        let text = |text: &str| text.to_owned();
        assert_eq!(
            parse("http://a.example:8080/x?y"),
            Some((text("http"), text("a.example"), Some(8080), None, text("/x?y")))
        );
        assert_eq!(parse("https://[::1]/"), Some((text("https"), text("::1"), None, None, text("/"))));
        assert_eq!(
            parse("proxy:unix:/run/php.sock|fcgi://localhost"),
            Some((text("fcgi"), text("localhost"), None, Some(PathBuf::from("/run/php.sock")), String::new()))
        );
        assert_eq!(parse("unix:/run/php.sock|fcgi:").map(|url| url.3), Some(Some(PathBuf::from("/run/php.sock"))));
        for wrong in ["", "!", "/path", "http:/x", "unix:/run/a.sock", "http://[::1", "://x", "http://a:b/"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn reads_states() {
        assert!(has_state("+D", 'D') && has_state("DH", 'H') && has_state("-D+H", 'H'));
        assert!(!has_state("-D", 'D') && !has_state("+D-D", 'D') && !has_state("", 'D'));
    }
}
