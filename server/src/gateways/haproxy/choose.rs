//! The way of a request: which frontend takes it, which rules answer it, which backend it goes to.

use super::extract::listens;
use super::proxy::Proxy;
use super::request::{Asked, condition, expanded};
use super::settings::{settings, upstream};
use super::tree::{Line, SectionKind, Tree};
use crate::gateways::{GatewayConfig, Place, Route, Server, Target};
use regex::Regex;
use std::net::SocketAddr;
use url::Url;

/// The way of a request for this URL; `None` where no frontend takes it.
pub(in crate::gateways) fn route_for(config: &GatewayConfig, url: &Url, listener: Option<SocketAddr>) -> Option<Route> {
    let tree = super::tree(config)?;
    let port = url.port_or_known_default()?;
    let asked = Asked::new(url, listener);
    let frontend = frontend(tree, port, listener)?;
    let mut because = vec![format!("{} takes port {port}", named(&frontend))];
    let mut way = Way { tree, asked, because: Vec::new(), path: None, host: None };
    let chosen = way.through(&frontend);
    because.append(&mut way.because);
    let server = Server { listens: listens(&frontend), names: Vec::new(), place: frontend.section.place.clone() };
    let mut route = Route {
        location: Some(named(&frontend)),
        place: frontend.section.place.clone(),
        settings: settings(config, &frontend, None, tree, &way.asked),
        target: Target::Unknown(String::new()),
        server,
        because,
    };
    match chosen {
        Chosen::Answer(status, place) => {
            route.target = Target::Return(status);
            route.place = place;
        }
        Chosen::Nowhere(place) => {
            route.target = Target::Return(503);
            route.place = place;
        }
        Chosen::Unknown(why) => route.target = Target::Unknown(why),
        Chosen::Backend(backend, place) => {
            route.settings = settings(config, &frontend, Some(&backend), tree, &way.asked);
            let mut target = upstream(&frontend, &backend, tree, &way.asked);
            target.host = way.host.clone().or(target.host);
            if let Some(path) = &way.path
                && path != url.path()
            {
                // The common model replaces a prefix: here it is the whole path.
                route.location = Some(url.path().to_owned());
                target.uri = Some(path.clone());
            }
            route.place = place;
            route.target = Target::Upstream(Box::new(target));
        }
    }
    Some(route)
}

/// `frontend web`, as people find it in the file.
fn named(proxy: &Proxy<'_>) -> String {
    let word = match proxy.section.kind {
        SectionKind::Listen => "listen",
        SectionKind::Backend => "backend",
        _ => "frontend",
    };
    format!("{word} {}", proxy.section.name)
}

/// The frontend that takes a connection: one bound to the very address wins over a wildcard.
pub(super) fn frontend<'t>(tree: &'t Tree, port: u16, listener: Option<SocketAddr>) -> Option<Proxy<'t>> {
    let mut best: Option<(u8, Proxy<'t>)> = None;
    for proxy in Proxy::frontends(tree).filter(|proxy| !proxy.disabled()) {
        let rank = listens(&proxy)
            .iter()
            .filter_map(|listen| match listener {
                Some(to) => listen.takes(to).then_some(u8::from(listen.address.is_none())),
                None => (listen.unix.is_none() && listen.port == port).then_some(2),
            })
            .min();
        if let Some(rank) = rank
            && best.as_ref().is_none_or(|(known, _)| rank < *known)
        {
            best = Some((rank, proxy));
        }
    }
    best.map(|(_, proxy)| proxy)
}

/// The proxies that a request goes through.
#[derive(Debug, Clone)]
pub(crate) struct Detail<'t> {
    /// The frontend.
    pub(crate) frontend: Proxy<'t>,
    /// The backend; `None` where no rule chooses one, or a rule answers.
    pub(crate) backend: Option<Proxy<'t>>,
    /// Where the backend is chosen or missed; `None` where a rule answers or it cannot be told.
    pub(crate) place: Option<Place>,
}

/// The proxies that a request for this URL goes through.
pub(crate) fn detail<'c>(config: &'c GatewayConfig, url: &Url, listener: Option<SocketAddr>) -> Option<Detail<'c>> {
    let tree = super::tree(config)?;
    let frontend = frontend(tree, url.port_or_known_default()?, listener)?;
    let mut way = Way { tree, asked: Asked::new(url, listener), because: Vec::new(), path: None, host: None };
    let (backend, place) = match way.through(&frontend) {
        Chosen::Backend(backend, place) => (Some(backend), Some(place)),
        Chosen::Nowhere(place) => (None, Some(place)),
        Chosen::Answer(..) | Chosen::Unknown(_) => (None, None),
    };
    Some(Detail { frontend, backend, place })
}

enum Chosen<'t> {
    Backend(Proxy<'t>, Place),
    /// No rule chooses a backend.
    Nowhere(Place),
    Answer(u16, Place),
    Unknown(String),
}

struct Way<'t> {
    tree: &'t Tree,
    asked: Asked,
    because: Vec<String>,
    path: Option<String>,
    host: Option<String>,
}

impl<'t> Way<'t> {
    fn through(&mut self, frontend: &Proxy<'t>) -> Chosen<'t> {
        let http = frontend.mode() == "http";
        if http && let Some(answer) = self.rules(frontend) {
            return answer;
        }
        let chosen = if frontend.section.kind == SectionKind::Listen && Self::rules_for_backends(frontend).is_empty() {
            Chosen::Backend(frontend.clone(), frontend.section.place.clone())
        } else {
            self.choose(frontend)
        };
        match chosen {
            Chosen::Backend(backend, place) => {
                let own = !std::ptr::eq(backend.section, frontend.section);
                if http
                    && own
                    && let Some(answer) = self.rules(&backend)
                {
                    return answer;
                }
                Chosen::Backend(backend, place)
            }
            other => other,
        }
    }

    fn rules_for_backends(frontend: &Proxy<'t>) -> Vec<&'t Line> {
        let lines = frontend.section.lines.iter();
        lines.filter(|line| matches!(line.word(0), "use_backend" | "default_backend")).collect()
    }

    /// `use_backend` in order, then `default_backend`.
    fn choose(&mut self, frontend: &Proxy<'t>) -> Chosen<'t> {
        let acls: Vec<&Line> = frontend.all("acl").collect();
        let mut doubtful: Vec<&Line> = Vec::new();
        let mut found = None;
        for line in frontend.own("use_backend") {
            match condition(line.from(2), &acls, &self.asked, self.tree) {
                Some(true) => {
                    found = Some(line);
                    break;
                }
                Some(false) => {}
                None => doubtful.push(line),
            }
        }
        let usual = frontend.setting(&["default_backend"]);
        let found = found.or(usual);
        let name = found.and_then(|line| expanded(line.word(1), &self.asked, self.tree));
        let others = doubtful.iter().filter(|line| Some(line.word(1)) != name.as_deref()).count();
        if others > 0 {
            let first = doubtful[0];
            return Chosen::Unknown(format!(
                "whether `{}` ({}) applies cannot be told from here",
                first.words.join(" "),
                first.place
            ));
        }
        match (found, name) {
            (None, _) if frontend.section.kind == SectionKind::Listen => {
                Chosen::Backend(frontend.clone(), frontend.section.place.clone())
            }
            (None, _) => {
                self.because.push("no use_backend applies and there is no default_backend".to_owned());
                Chosen::Nowhere(frontend.section.place.clone())
            }
            (Some(line), None) => Chosen::Unknown(format!("what `{}` leads to cannot be told from here", line.word(1))),
            (Some(line), Some(name)) => self.named(frontend, line, &name, usual),
        }
    }

    fn named(&mut self, frontend: &Proxy<'t>, line: &Line, name: &str, usual: Option<&Line>) -> Chosen<'t> {
        self.because.push(format!("`{}` ({})", line.words.join(" "), line.place));
        if let Some(backend) = Proxy::backend(self.tree, name) {
            return Chosen::Backend(backend, line.place.clone());
        }
        // A name that was put together may not exist; then the default applies.
        let usual = usual.filter(|_| line.word(1).contains("%["));
        match usual.and_then(|usual| Some((Proxy::backend(self.tree, usual.word(1))?, usual))) {
            Some((backend, usual)) => {
                self.because.push(format!("there is no backend {name}"));
                Chosen::Backend(backend, usual.place.clone())
            }
            None => {
                self.because.push(format!("there is no backend {name} for {}", named(frontend)));
                Chosen::Nowhere(line.place.clone())
            }
        }
    }

    /// Rules that answer the request themselves or change where it goes.
    fn rules(&mut self, proxy: &Proxy<'t>) -> Option<Chosen<'t>> {
        let acls: Vec<&Line> = proxy.all("acl").collect();
        if let Some(line) = proxy.setting(&["monitor-uri"])
            && line.word(1) == self.asked.path
        {
            return Some(Chosen::Answer(200, line.place.clone()));
        }
        let lines: Vec<&'t Line> = proxy.all("http-request").chain(proxy.all("redirect")).collect();
        for line in lines {
            let action = if line.word(0) == "redirect" { "redirect" } else { line.word(1) };
            match condition(line.from(1), &acls, &self.asked, self.tree) {
                Some(true) => {}
                Some(false) => continue,
                None => {
                    if answers(action) {
                        self.because.push(format!("`{}` ({}) is taken not to apply", line.words.join(" "), line.place));
                    }
                    continue;
                }
            }
            if let Some(status) = answer(action, line) {
                self.because.push(format!("`{}` ({})", line.words.join(" "), line.place));
                return Some(Chosen::Answer(status, line.place.clone()));
            }
            self.change(action, line);
        }
        None
    }

    /// Path and Host header that rules set.
    fn change(&mut self, action: &str, line: &Line) {
        let value = |written: &str| expanded(written, &self.asked, self.tree);
        match action {
            "set-path" | "set-pathq" => {
                if let Some(path) = value(line.word(2)) {
                    self.path = Some(path);
                }
            }
            "set-header" if line.word(2).eq_ignore_ascii_case("host") => {
                self.host = value(line.word(3)).or(self.host.take());
            }
            "replace-path" | "replace-pathq" | "replace-uri" => {
                let path = self.path.clone().unwrap_or_else(|| self.asked.path.clone());
                let by = backreferences(line.word(3));
                if let Ok(regex) =
                    Regex::new(&format!("^(?:{})$", line.word(2).trim_start_matches('^').trim_end_matches('$')))
                {
                    self.path = Some(regex.replace(&path, by.as_str()).into_owned());
                }
            }
            _ => {}
        }
        if let Some(path) = &self.path {
            self.asked.path.clone_from(path);
        }
    }
}

/// Whether an action ends the request.
fn answers(action: &str) -> bool {
    matches!(action, "deny" | "return" | "redirect" | "tarpit" | "reject" | "silent-drop" | "auth" | "use-service")
}

/// The status that an action answers with; `None` for one that does not answer.
fn answer(action: &str, line: &Line) -> Option<u16> {
    let after = |word: &str| {
        let at = line.words.iter().position(|known| known == word)?;
        line.word(at + 1).parse::<u16>().ok()
    };
    Some(match action {
        "deny" => after("deny_status").or_else(|| after("status")).unwrap_or(403),
        "tarpit" => after("deny_status").or_else(|| after("status")).unwrap_or(500),
        "return" => after("status").unwrap_or(200),
        "redirect" => after("code").unwrap_or(302),
        "auth" => 401,
        "use-service" => 200,
        "reject" | "silent-drop" => 0,
        _ => return None,
    })
}

/// `\1` as the regex crate writes it.
fn backreferences(written: &str) -> String {
    let mut out = String::new();
    let mut characters = written.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek().copied()) {
            ('\\', Some(digit)) if digit.is_ascii_digit() => {
                characters.next();
                out.push_str(&format!("${{{digit}}}"));
            }
            ('$', _) => out.push_str("$$"),
            (other, _) => out.push(other),
        }
    }
    out
}
