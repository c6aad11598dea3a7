//! The way of a request: which virtual host, and what forwards it there; in httpd's own order: rewriting,
//! `ProxyPass` of a `<Location>`, `ProxyPass` of the server, then handlers.

use super::extract::{Host, address_and_port, names, servers};
use super::rewrite::{Request, Rewritten, apply, pattern};
use super::settings::settings;
use super::tree::{Directive, Scope, Tree};
use super::workers::{Parameters, Pass, ProxyUrl, parameters, upstream};
use crate::gateways::{GatewayConfig, Place, Route, Server, Target};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use url::Url;

/// Internal redirects that are followed (`FallbackResource`, an index, rewriting within a folder).
const MAX_REDIRECTS: usize = 10;

/// The way of a request for this URL; `None` if httpd does not listen there.
pub(super) fn route(config: &GatewayConfig, tree: &Tree, url: &Url, listener: Option<SocketAddr>) -> Option<Route> {
    let (way, arrived) = arrive(tree, url, listener)?;
    let inner = way.scope_at(&arrived);
    let (target, url_of, parameters) = match &arrived.ends {
        Ends::Pass(pass) => {
            let parameters = parameters(pass, &inner);
            let target = upstream(pass, &inner, &config.pools, &parameters, Some(url)).map_or_else(
                || Target::Unknown(format!("{} has a scheme that no module speaks", pass.written)),
                |upstream| Target::Upstream(Box::new(upstream)),
            );
            (target, Some(&pass.url), parameters)
        }
        Ends::Target(target) => (target.clone(), None, Parameters::default()),
    };
    let settings = settings(&inner, url_of, &parameters, &config.formats, Some(url));
    Some(Route {
        server: server_of(tree, way.host),
        location: arrived.location,
        place: arrived.place,
        target,
        settings,
        because: way.because,
    })
}

/// What forwards a request, and everything that applies there.
pub(super) struct Forwarding<'t> {
    pub(super) pass: Pass<'t>,
    pub(super) scope: Scope<'t>,
}

/// What forwards a request for this URL, if something does.
pub(super) fn forwarding<'t>(tree: &'t Tree, url: &Url, listener: Option<SocketAddr>) -> Option<Forwarding<'t>> {
    let (way, arrived) = arrive(tree, url, listener)?;
    let scope = way.scope_at(&arrived);
    match arrived.ends {
        Ends::Pass(pass) => Some(Forwarding { pass: *pass, scope }),
        Ends::Target(_) => None,
    }
}

fn arrive<'t, 'r>(tree: &'t Tree, url: &'r Url, listener: Option<SocketAddr>) -> Option<(Way<'t, 'r>, Arrived<'t>)> {
    let mut because = Vec::new();
    let host = choose_host(tree, url, listener, &mut because)?;
    let main = Scope::main(tree);
    let scope = host.map_or_else(|| main.clone(), |host| main.within(host.children()));
    let root = scope.last("documentroot").map(|root| scope.path(root.arg(0)));
    let request = Request {
        url,
        listener,
        tls: scope.last("sslengine").is_some_and(Directive::is_on) || url.scheme() == "https",
        root: root.as_ref().map(|root| root.display().to_string()).unwrap_or_default(),
    };
    let mut way = Way { tree, host, scope, request, root, because };
    let arrived = way.follow(&decoded(url.path()));
    Some((way, arrived))
}

/// The server that a virtual host is in the model; the main server where there is none.
fn server_of(tree: &Tree, host: Option<&Directive>) -> Server {
    let all = servers(tree, &mut Vec::new());
    let found = host.and_then(|host| all.iter().find(|server| server.place == host.place).cloned());
    found.unwrap_or_else(|| Server {
        listens: super::extract::listens(tree, &mut Vec::new()),
        names: names(&tree.directives),
        place: Place {
            file: tree.directives.first().map(|first| first.place.file.clone()).unwrap_or_default(),
            line: 0,
        },
    })
}

/// The virtual host that takes the request; `Some(None)` for the main server, `None` if nothing listens there.
#[expect(clippy::option_option, reason = "nothing listens, the main server, or one of the hosts")]
fn choose_host<'t>(
    tree: &'t Tree,
    url: &Url,
    listener: Option<SocketAddr>,
    because: &mut Vec<String>,
) -> Option<Option<&'t Directive>> {
    let port = listener.map(|listener| listener.port()).or_else(|| url.port_or_known_default())?;
    let address = listener.map(|listener| listener.ip()).or_else(|| match url.host() {
        Some(url::Host::Ipv4(address)) => Some(IpAddr::from(address)),
        Some(url::Host::Ipv6(address)) => Some(IpAddr::from(address)),
        _ => None,
    });
    let listens = super::extract::listens(tree, &mut Vec::new());
    if !listens.iter().any(|listen| listen.port == port) {
        return None;
    }
    // An address that is written out wins over a wildcard, whatever the names are.
    let of_address = |wanted: &dyn Fn(Host<'_>) -> bool| -> Vec<&'t Directive> {
        let takes = |written: &String| {
            address_and_port(written)
                .is_some_and(|(host, its_port)| its_port.is_none_or(|its| its == port) && wanted(host))
        };
        tree.hosts().filter(|host| host.args.iter().any(takes)).collect()
    };
    let exact = of_address(&|host| match host {
        Host::Address(literal) => Some(literal) == address,
        // Which address a name has is not known here.
        Host::Name(_) => true,
        Host::Every => false,
    });
    let unspecified = |host: Host<'_>| matches!(host, Host::Address(literal) if literal.is_unspecified());
    let hosts = if exact.is_empty() { of_address(&|host| host == Host::Every || unspecified(host)) } else { exact };
    // Without knowing the address, a host for one address is better than none.
    let hosts = if hosts.is_empty() && address.is_none() { of_address(&|_| true) } else { hosts };
    let asked = url.host_str().unwrap_or("").trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
    let by_name = hosts.iter().find(|host| names(host.children()).iter().any(|name| name_fits(name, &asked)));
    let (chosen, why) = match (by_name, hosts.first()) {
        (Some(host), _) => (Some(*host), format!("its names hold {asked} on port {port}")),
        (None, Some(first)) => {
            (Some(*first), format!("no ServerName holds {asked}: the first virtual host of port {port}"))
        }
        (None, None) => (None, format!("no virtual host takes port {port}: the main server")),
    };
    because.push(match chosen {
        Some(host) => format!("{why} ({})", host.place),
        None => why,
    });
    Some(chosen)
}

/// Whether a name as written (`*.example.com`, `www?.example.com`) stands for this one.
fn name_fits(written: &str, asked: &str) -> bool {
    wildcard(&written.to_ascii_lowercase(), asked)
}

/// A shell pattern with `*` and `?`.
pub(super) fn wildcard(written: &str, text: &str) -> bool {
    if !written.contains(['*', '?', '[']) {
        return written == text;
    }
    let mut regex = String::from("^");
    for character in written.chars() {
        match character {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' | ']' | '-' => regex.push(character),
            character => regex.push_str(&regex::escape(&character.to_string())),
        }
    }
    regex.push('$');
    pattern(&regex, false).is_some_and(|regex| regex.is_match(text))
}

/// The path as httpd compares it: `%` sequences decoded, double slashes merged.
fn decoded(path: &str) -> String {
    let mut bytes: Vec<u8> = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let hex = (*byte == b'%')
            .then(|| after.get(..2).and_then(|two| u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok()));
        rest = after;
        match hex.flatten() {
            Some(value) => {
                bytes.push(value);
                rest = &rest[2..];
            }
            None if *byte == b'/' && bytes.last() == Some(&b'/') => {}
            None => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether a path lies at or beneath another, whole parts compared.
pub(super) fn beneath(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || prefix.ends_with('/') || rest.starts_with('/'))
}

/// Where a request ended up.
struct Arrived<'t> {
    /// The sections that apply there, in the order in which they apply.
    sections: Vec<&'t Directive>,
    /// What decided, as written (`/api/`, `SetHandler`).
    location: Option<String>,
    place: Place,
    ends: Ends<'t>,
}

enum Ends<'t> {
    Pass(Box<Pass<'t>>),
    Target(Target),
}

struct Way<'t, 'r> {
    tree: &'t Tree,
    host: Option<&'t Directive>,
    scope: Scope<'t>,
    request: Request<'r>,
    root: Option<PathBuf>,
    because: Vec<String>,
}

impl<'t> Way<'t, '_> {
    /// Everything that applies where a request arrived.
    fn scope_at(&self, arrived: &Arrived<'t>) -> Scope<'t> {
        arrived.sections.iter().fold(self.scope.clone(), |scope, section| scope.within(section.children()))
    }

    /// Goes from rule to rule until something answers.
    fn follow(&mut self, path: &str) -> Arrived<'t> {
        let mut path = path.to_owned();
        // The server's own rules come first, and once only; those of the main server do not hold within a host.
        let level = self.host.map_or(self.tree.directives.as_slice(), Directive::children);
        match apply(level, &self.request, &path, &path.clone(), &mut self.because) {
            Rewritten::Same => {}
            Rewritten::Path(next) => {
                self.because.push(format!("a RewriteRule makes {path} {next}"));
                path = next;
            }
            Rewritten::Proxied(target, directive) => return self.rewritten(&path, &target, directive),
            Rewritten::Status(status) => return self.ended(&path, Target::Return(status)),
        }
        for _ in 0..MAX_REDIRECTS {
            let sections = self.sections(&path);
            if let Some(arrived) = self.passed(&path, &sections) {
                return arrived;
            }
            if let Some(status) = self.redirected(&path, &sections) {
                return self.ended(&path, Target::Return(status));
            }
            if let Some(arrived) = self.handled(&path, &sections) {
                return arrived;
            }
            match self.within(&path, &sections) {
                Some(Rewritten::Path(next)) if next != path => {
                    self.because.push(format!("it goes on as {next}"));
                    path = next;
                }
                Some(Rewritten::Proxied(target, directive)) => return self.rewritten(&path, &target, directive),
                Some(Rewritten::Status(status)) => return self.ended(&path, Target::Return(status)),
                _ => break,
            }
        }
        let root = self.root.clone();
        self.ended(&path, Target::Files(root))
    }

    fn ended(&self, path: &str, target: Target) -> Arrived<'t> {
        let place = self.host.map(|host| host.place.clone()).unwrap_or_default();
        Arrived { sections: self.sections(path), location: None, place, ends: Ends::Target(target) }
    }

    fn rewritten(&mut self, path: &str, target: &str, directive: &'t Directive) -> Arrived<'t> {
        self.because.push(format!("a RewriteRule forwards it to {target} ({})", directive.place));
        let Some(url) = ProxyUrl::parse(target) else {
            return self.ended(path, Target::Unknown(format!("{target} is no URL")));
        };
        let pass = Pass { directive, written: directive.arg(1).to_owned(), url, words: Vec::new(), reuses: false };
        Arrived {
            sections: self.sections(path),
            location: Some(format!("RewriteRule {}", directive.arg(0))),
            place: directive.place.clone(),
            ends: Ends::Pass(Box::new(pass)),
        }
    }

    /// The sections that apply to a path, those that win last: folders, files, then locations.
    fn sections(&self, path: &str) -> Vec<&'t Directive> {
        let levels = [Some(self.tree.directives.as_slice()), self.host.map(Directive::children)];
        let levels: Vec<&'t [Directive]> = levels.into_iter().flatten().collect();
        let mut found: Vec<&'t Directive> = Vec::new();
        let file = self.root.as_ref().map(|root| format!("{}{path}", root.display()));
        for level in &levels {
            for section in level.iter().filter(|section| is_folder(section, file.as_deref())) {
                found.push(section);
                found.extend(section.children().iter().filter(|inner| is_file(inner, path)));
            }
        }
        for level in &levels {
            found.extend(level.iter().filter(|section| is_file(section, path)));
        }
        for level in &levels {
            for section in level.iter().filter(|section| is_location(section, path)) {
                found.push(section);
                found.extend(section.children().iter().filter(|inner| is_file(inner, path)));
            }
        }
        // `<If>` depends on the request; what stands in one for files that exist is taken, since only such forward.
        let inner: Vec<&'t Directive> = found
            .iter()
            .flat_map(|section| section.children())
            .chain(levels.iter().flat_map(|level| level.iter()))
            .filter(|inner| inner.name == "if" && inner.arg(0).trim_start_matches('"').starts_with("-f"))
            .collect();
        found.extend(inner);
        found
    }

    /// `ProxyPass` and `ProxyPassMatch`: of the innermost location, else of the host, else of the main server.
    fn passed(&mut self, path: &str, sections: &[&'t Directive]) -> Option<Arrived<'t>> {
        let own = sections.iter().rev().find_map(|section| {
            let pass = section.children().iter().rev().find(|inner| is_pass(inner))?;
            Some((pass, (*section).clone()))
        });
        if let Some((directive, section)) = own {
            if directive.arg(0) == "!" {
                self.because.push(format!("nothing forwards it ({})", directive.place));
                return None;
            }
            let replaced = in_location(&section, directive, path);
            return Some(self.forwarded(
                directive,
                &replaced,
                directive.args.get(1..).unwrap_or_default(),
                sections,
                section.args.join(" "),
            ));
        }
        let levels = [self.host.map(Directive::children), Some(self.tree.directives.as_slice())];
        for directive in levels.into_iter().flatten().flatten().filter(|directive| is_pass(directive)) {
            let Some(replaced) = in_server(directive, path) else { continue };
            if directive.arg(1) == "!" {
                self.because.push(format!("nothing forwards {} ({})", directive.arg(0), directive.place));
                return None;
            }
            let location = directive.arg(0).to_owned();
            return Some(self.forwarded(
                directive,
                &replaced,
                directive.args.get(2..).unwrap_or_default(),
                sections,
                location,
            ));
        }
        None
    }

    fn forwarded(
        &mut self,
        directive: &'t Directive,
        target: &str,
        words: &'t [String],
        sections: &[&'t Directive],
        location: String,
    ) -> Arrived<'t> {
        let name = if directive.name == "proxypassmatch" { "ProxyPassMatch" } else { "ProxyPass" };
        self.because.push(format!("{name} {location} matches ({})", directive.place));
        let written = directive.args.iter().find(|word| word.contains(':')).cloned().unwrap_or_default();
        let ends = match ProxyUrl::parse(target) {
            Some(url) => {
                let pass = Pass { directive, written, url, words: words.to_vec(), reuses: true };
                Ends::Pass(Box::new(pass))
            }
            None => Ends::Target(Target::Unknown(format!("{target} is no URL that can be told from here"))),
        };
        Arrived { sections: sections.to_vec(), location: Some(location), place: directive.place.clone(), ends }
    }

    /// `Redirect` and `RedirectMatch`.
    fn redirected(&self, path: &str, sections: &[&'t Directive]) -> Option<u16> {
        let levels = [self.host.map(Directive::children), Some(self.tree.directives.as_slice())];
        let of_server = levels.into_iter().flatten().flatten();
        let of_sections = sections.iter().flat_map(|section| section.children());
        for directive in of_server.chain(of_sections) {
            let (status, rest) = match directive.name.as_str() {
                "redirect" | "redirectmatch" => status_of(&directive.args),
                "redirectpermanent" => (301, directive.args.as_slice()),
                "redirecttemp" => (302, directive.args.as_slice()),
                _ => continue,
            };
            let fits = match rest {
                [_] if (300..400).contains(&status) => true,
                [from, ..] if directive.name == "redirectmatch" => {
                    pattern(from, false).is_some_and(|regex| regex.is_match(path))
                }
                [from, ..] => beneath(path, from),
                [] => true,
            };
            if fits {
                return Some(status);
            }
        }
        None
    }

    /// `SetHandler "proxy:…"` and `AddHandler "proxy:…" .php`.
    fn handled(&mut self, path: &str, sections: &[&'t Directive]) -> Option<Arrived<'t>> {
        let inner = sections.iter().fold(self.scope.clone(), |scope, section| scope.within(section.children()));
        let by_ending = || {
            let endings = inner.every("addhandler").filter(|directive| directive.arg(0).starts_with("proxy:"));
            endings.into_iter().find(|directive| {
                directive.args[1..].iter().any(|ending| {
                    path.split('/').any(|part| part.ends_with(&format!(".{}", ending.trim_start_matches('.'))))
                })
            })
        };
        let directive = inner.last("sethandler").filter(|directive| directive.arg(0).starts_with("proxy:"));
        let directive = directive.or_else(by_ending)?;
        let written = directive.arg(0).to_owned();
        self.because.push(format!("SetHandler {written} ({})", directive.place));
        let ends = match ProxyUrl::parse(&written) {
            Some(url) => Ends::Pass(Box::new(Pass { directive, written, url, words: Vec::new(), reuses: false })),
            None => Ends::Target(Target::Unknown(format!("{written} is no URL"))),
        };
        let section = sections.iter().rev().find(|section| section.children().contains(directive));
        let location = section.map_or_else(|| "SetHandler".to_owned(), |section| section.args.join(" "));
        Some(Arrived { sections: sections.to_vec(), location: Some(location), place: directive.place.clone(), ends })
    }

    /// What a request for a file that is forwarded nowhere turns into: an index, a fallback, or what a folder's own
    /// rules make of it.
    fn within(&mut self, path: &str, sections: &[&'t Directive]) -> Option<Rewritten<'t>> {
        for section in sections {
            let folder = (section.name == "directory").then(|| section.arg(0).trim_end_matches('/').to_owned());
            let file = format!("{}{path}", self.request.root);
            let subject = folder
                .and_then(|folder| file.strip_prefix(&folder).map(|rest| rest.trim_start_matches('/').to_owned()))
                .unwrap_or_else(|| path.to_owned());
            let done = apply(section.children(), &self.request, path, &subject, &mut self.because);
            match done {
                Rewritten::Same => {}
                Rewritten::Path(next) if next.starts_with('/') => return Some(Rewritten::Path(next)),
                Rewritten::Path(next) => {
                    let folder = path.rfind('/').map_or("/", |at| &path[..=at]);
                    let base = section.children().iter().rev().find(|inner| inner.name == "rewritebase");
                    let base = base.map_or(folder, |base| base.arg(0));
                    return Some(Rewritten::Path(format!("{}/{next}", base.trim_end_matches('/'))));
                }
                last => return Some(last),
            }
        }
        let inner = sections.iter().fold(self.scope.clone(), |scope, section| scope.within(section.children()));
        if path.ends_with('/') {
            let index = inner.last("directoryindex");
            let names = index.map_or_else(Vec::new, |index| index.args.clone());
            for name in names {
                let candidate = if name.starts_with('/') { name } else { format!("{path}{name}") };
                let sections = self.sections(&candidate);
                let mut said = Vec::new();
                std::mem::swap(&mut said, &mut self.because);
                let forwarded = self.handled(&candidate, &sections).is_some();
                self.because = said;
                if forwarded {
                    return Some(Rewritten::Path(candidate));
                }
            }
        }
        let fallback = inner.last("fallbackresource")?.arg(0).to_owned();
        (fallback != "disabled" && fallback.starts_with('/')).then_some(Rewritten::Path(fallback))
    }
}

/// The status of `Redirect [status] …`, and the words after it.
fn status_of(words: &[String]) -> (u16, &[String]) {
    let Some((first, rest)) = words.split_first() else { return (302, words) };
    match first.to_ascii_lowercase().as_str() {
        "permanent" => (301, rest),
        "temp" => (302, rest),
        "seeother" => (303, rest),
        "gone" => (410, rest),
        number => number.parse().map_or((302, words), |status| (status, rest)),
    }
}

fn is_pass(directive: &Directive) -> bool {
    matches!(directive.name.as_str(), "proxypass" | "proxypassmatch") && !directive.args.is_empty()
}

/// What a `ProxyPass` of the server makes of a path; `None` if it does not take it.
fn in_server(directive: &Directive, path: &str) -> Option<String> {
    let (from, to) = (directive.arg(0), directive.arg(1));
    if directive.name == "proxypassmatch" {
        return in_pattern(from, to, path);
    }
    beneath(path, from).then(|| if to == "!" { to.to_owned() } else { format!("{to}{}", &path[from.len()..]) })
}

/// What a `ProxyPassMatch` makes of a path.
fn in_pattern(from: &str, to: &str, path: &str) -> Option<String> {
    let found = pattern(from, false)?.captures(path)?.iter().map(|part| part.map(|p| p.as_str().to_owned())).collect();
    let found: Vec<Option<String>> = found;
    let mut out = String::new();
    let mut rest = to;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let digit = after.bytes().next().filter(u8::is_ascii_digit);
        match digit {
            Some(digit) => {
                let part = found.get(usize::from(digit - b'0')).cloned().flatten();
                out.push_str(&part.unwrap_or_default());
                rest = &after[1..];
            }
            None => {
                out.push('$');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Some(out)
}

/// What a `ProxyPass` of a location makes of a path.
fn in_location(section: &Directive, directive: &Directive, path: &str) -> String {
    let to = directive.arg(0);
    let (kind, written) = location_of(section);
    match kind {
        LocationKind::Pattern => in_pattern(written, to, path).unwrap_or_else(|| to.to_owned()),
        LocationKind::Prefix => format!("{to}{}", path.strip_prefix(written).unwrap_or_default()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LocationKind {
    Prefix,
    Pattern,
}

fn location_of(section: &Directive) -> (LocationKind, &str) {
    match section.args.as_slice() {
        [tilde, written, ..] if tilde == "~" => (LocationKind::Pattern, written),
        _ if section.name.ends_with("match") => (LocationKind::Pattern, section.arg(0)),
        _ => (LocationKind::Prefix, section.arg(0)),
    }
}

/// Whether a `<Location>` takes a path.
pub(super) fn is_location(section: &Directive, path: &str) -> bool {
    if !matches!(section.name.as_str(), "location" | "locationmatch") || section.block.is_none() {
        return false;
    }
    match location_of(section) {
        (LocationKind::Pattern, written) => pattern(written, false).is_some_and(|regex| regex.is_match(path)),
        (LocationKind::Prefix, written) if written.contains(['*', '?', '[']) => wildcard(written, path),
        (LocationKind::Prefix, written) => beneath(path, written),
    }
}

/// Whether a `<Directory>` takes a file.
fn is_folder(section: &Directive, file: Option<&str>) -> bool {
    let Some(file) = file.filter(|_| section.block.is_some()) else { return false };
    match section.name.as_str() {
        "directory" | "directorymatch" => match location_of(section) {
            (LocationKind::Pattern, written) => pattern(written, false).is_some_and(|regex| regex.is_match(file)),
            (LocationKind::Prefix, written) if written.contains(['*', '?']) => {
                file.match_indices('/').any(|(at, _)| wildcard(written.trim_end_matches('/'), &file[..at]))
            }
            (LocationKind::Prefix, written) => beneath(file, written),
        },
        _ => false,
    }
}

/// Whether a `<Files>` takes a part of the path: what follows a script's name is its path information.
fn is_file(section: &Directive, path: &str) -> bool {
    if !matches!(section.name.as_str(), "files" | "filesmatch") || section.block.is_none() {
        return false;
    }
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    match location_of(section) {
        (LocationKind::Pattern, written) => {
            pattern(written, false).is_some_and(|regex| parts.any(|part| regex.is_match(part)))
        }
        (LocationKind::Prefix, written) => parts.any(|part| wildcard(written, part)),
    }
}
