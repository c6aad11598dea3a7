//! Pasted answers of `curl -v` and `curl -i`: a request through the gateway, or straight to a member of the upstream.

use super::paste::About;
use app::model::fact::asked::{Attempt, Direct, During, Failure};
use app::model::{FactKind, FaultKind, Step};
use std::net::{IpAddr, SocketAddr};

/// One request that curl made.
#[derive(Default)]
struct Asked {
    method: String,
    path: Option<String>,
    address: Option<SocketAddr>,
    version: Option<String>,
    status: Option<u16>,
    server: Option<String>,
    failure: Option<Failure>,
    head_bytes: u64,
    largest_header: u64,
    /// The page whose text stands in the body.
    body: String,
}

/// Reads every request in the text.
pub(super) fn curl(text: &str, about: &About) -> Option<Vec<FactKind>> {
    let mut all: Vec<Asked> = Vec::new();
    let mut current: Option<Asked> = None;
    let mut in_head = false;
    for line in text.lines() {
        // curl's progress meter writes over the line's beginning.
        let line = line.trim_end();
        if let Some(note) = line.strip_prefix("* ") {
            let note = note.trim_start();
            if note.starts_with("Trying ") && current.as_ref().is_some_and(|asked| asked.status.is_some()) {
                all.extend(current.take());
            }
            noted(current.get_or_insert_default(), note);
        } else if let Some(sent) = line.strip_prefix("> ") {
            let words: Vec<&str> = sent.split(' ').collect();
            if let [method, path, version] = words[..]
                && version.starts_with("HTTP/")
            {
                let asked = current.get_or_insert_default();
                if asked.status.is_some() {
                    // The next request on the same connection.
                    let next = Asked { address: asked.address, ..Asked::default() };
                    all.push(std::mem::replace(asked, next));
                }
                let asked = current.get_or_insert_default();
                method.clone_into(&mut asked.method);
                asked.path = Some(path.to_owned());
            }
        } else if let Some(got) = line.strip_prefix("< ").or_else(|| (line == "<").then_some("")) {
            in_head = false;
            header(current.get_or_insert_default(), got);
        } else if line.starts_with("HTTP/") && status_line(line).is_some() {
            if current.as_ref().is_some_and(|asked| asked.status.is_some() && !asked.method.is_empty()) {
                continue;
            }
            if current.as_ref().is_some_and(|asked| asked.status.is_some_and(|status| status >= 200)) {
                all.extend(current.take());
            }
            in_head = true;
            header(current.get_or_insert_default(), line);
        } else if in_head {
            in_head = !line.is_empty();
            if let Some(asked) = &mut current {
                header(asked, line);
            }
        } else if let Some(problem) = line.strip_prefix("curl: (") {
            ended(current.get_or_insert_default(), problem);
        } else if let Some(asked) = &mut current
            && asked.body.len() < 8192
        {
            asked.body.push_str(line);
            asked.body.push('\n');
        }
    }
    all.extend(current);
    let facts: Vec<FactKind> = all
        .into_iter()
        .filter(|asked| asked.status.is_some() || asked.failure.is_some())
        .zip(1_u16..)
        .map(|(asked, number)| fact(asked, about.attempts.saturating_add(number), about))
        .collect();
    (!facts.is_empty()).then_some(facts)
}

/// What curl tells beside the exchange.
fn noted(asked: &mut Asked, note: &str) {
    if let Some(rest) = note.strip_prefix("Connected to ") {
        // `Connected to app (10.0.0.5) port 9000 (#0)`
        let ip = rest
            .split_once('(')
            .and_then(|(_, rest)| rest.split_once(')'))
            .and_then(|(ip, _)| ip.parse::<IpAddr>().ok());
        let port = rest.split_once(" port ").and_then(|(_, rest)| rest.split([' ', '\n']).next()?.parse().ok());
        if let (Some(ip), Some(port)) = (ip, port) {
            asked.address = Some(SocketAddr::new(ip, port));
        }
    } else if let Some(rest) = note.strip_prefix("connect to ") {
        // `connect to 10.0.0.5 port 9000 failed: Connection refused`, newer with `from … port …` before `failed`
        let mut words = rest.split(' ');
        let (host, port) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
        if let (Ok(ip), Ok(port)) = (host.parse::<IpAddr>(), port.parse()) {
            asked.address = Some(SocketAddr::new(ip, port));
        }
        if let Some((_, why)) = rest.split_once("failed: ") {
            asked.failure = Some(connect_failure(why));
        }
    }
}

fn connect_failure(why: &str) -> Failure {
    let (kind, errno) = match why {
        _ if why.contains("Connection refused") => (FaultKind::Refused, Some(111)),
        _ if why.contains("No route to host") => (FaultKind::NoRoute, Some(113)),
        _ if why.contains("Network is unreachable") => (FaultKind::NoRoute, Some(101)),
        _ if why.contains("reset by peer") => (FaultKind::Reset, Some(104)),
        _ => (FaultKind::ConnectTimeout, None),
    };
    Failure { kind, during: During::Connect, errno, detail: why.to_owned() }
}

/// `HTTP/1.1 502 Bad Gateway`
fn status_line(line: &str) -> Option<(String, u16)> {
    let mut words = line.split(' ');
    let version = words.next().filter(|word| word.starts_with("HTTP/"))?;
    let status: u16 = words.next()?.parse().ok().filter(|status| (100..1000).contains(status))?;
    Some((version.to_owned(), status))
}

fn header(asked: &mut Asked, line: &str) {
    let bytes = u64::try_from(line.len()).unwrap_or(u64::MAX).saturating_add(2);
    if let Some((version, status)) = status_line(line) {
        asked.version = Some(version);
        asked.status = Some(status);
        asked.head_bytes = bytes;
        asked.largest_header = 0;
        return;
    }
    asked.head_bytes = asked.head_bytes.saturating_add(bytes);
    asked.largest_header = asked.largest_header.max(bytes.saturating_sub(2));
    if let Some((name, value)) = line.split_once(": ")
        && name.eq_ignore_ascii_case("server")
    {
        asked.server = Some(value.to_owned());
    }
}

/// `7) Failed to connect to 10.0.0.5 port 9000 after 0 ms: Connection refused`
fn ended(asked: &mut Asked, problem: &str) {
    let Some((number, words)) = problem.split_once(") ") else { return };
    let failure = |kind, during| Failure { kind, during, errno: None, detail: words.to_owned() };
    let failed = match number {
        "6" => failure(FaultKind::NameNotFound, During::Resolve),
        "7" => {
            let known = asked.failure.take();
            if asked.address.is_none()
                && let Some((_, rest)) = words.split_once("connect to ")
            {
                let mut parts = rest.split(' ');
                if let (Some(Ok(ip)), Some(Ok(port))) =
                    (parts.next().map(str::parse::<IpAddr>), parts.nth(1).map(str::parse))
                {
                    asked.address = Some(SocketAddr::new(ip, port));
                }
            }
            known.unwrap_or_else(|| connect_failure(words))
        }
        "18" | "92" => failure(FaultKind::ClosedEarly, During::Body),
        "28" if words.starts_with("Connection timed out") || words.contains("Resolving") || asked.method.is_empty() => {
            failure(FaultKind::ConnectTimeout, During::Connect)
        }
        "28" => failure(FaultKind::ReadTimeout, if asked.status.is_some() { During::Body } else { During::Wait }),
        "35" => failure(FaultKind::TlsHandshake, During::Tls),
        "51" | "58" | "60" | "77" | "83" => failure(FaultKind::Certificate, During::Tls),
        "52" => failure(FaultKind::ClosedEarly, During::Wait),
        "55" => failure(FaultKind::Reset, During::Send),
        "56" => {
            let kind = if words.contains("reset by peer") { FaultKind::Reset } else { FaultKind::ClosedEarly };
            failure(kind, if asked.status.is_some() { During::Body } else { During::Wait })
        }
        "1" | "8" => failure(FaultKind::BadHttp, During::Head),
        _ => return,
    };
    asked.failure = Some(failed);
}

/// A request to a member's own address, or one pasted into step 6, went past the gateway; every other one through it.
fn fact(asked: Asked, number: u16, about: &About) -> FactKind {
    let key = asked.address.map(|address| address.to_string());
    let member = about.targets.iter().find(|target| Some(&target.key) == key.as_ref());
    let only = match &about.targets[..] {
        [one] if about.step == Step::Upstream && key.is_none() => Some(one),
        _ => None,
    };
    if let Some(target) = member.or(only) {
        let same = about.url.as_ref().map(|url| match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        });
        let is_same = asked.path.is_none() || asked.path == same;
        return FactKind::Direct(Direct {
            target: target.key.clone(),
            protocol: "http".to_owned(),
            path: if is_same { "same" } else { "other" }.to_owned(),
            status: asked.status,
            failure: asked.failure,
            head_bytes: asked.head_bytes,
            largest_header_bytes: asked.largest_header,
            ..Direct::default()
        });
    }
    let page = crate::diagnose::steps::page_of(asked.status.unwrap_or_default(), &asked.body);
    FactKind::Attempt(Attempt {
        number,
        method: if asked.method.is_empty() { about.method.clone() } else { asked.method },
        address: key,
        version: asked.version,
        status: asked.status,
        failure: asked.failure,
        server: asked.server,
        page,
        ..Attempt::default()
    })
}
