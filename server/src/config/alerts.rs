//! `[[alerts]]`: who is told of an outage, and on which way.
//!
//! Naming a mail server or a webhook here is leave to ask that host and port, for alerts alone.

use super::reader::{Context, Found, Section};
use super::secret::Secret;
use super::source::{Expanded, plain};
use super::text;
use crate::netguard::{Netguard, Place, Refusal};
use app::model::{AlertId, Component, ComponentSlug};
use lettre::message::Mailbox;
use rustls::pki_types::CertificateDer;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use url::Url;

/// Recipients of one entry.
const MAX_RECIPIENTS: usize = 50;
/// The largest file of certificates in bytes.
const MAX_CA_BYTES: u64 = 1024 * 1024;
/// The longest user name, password or token in characters.
const MAX_SECRET_CHARS: usize = 4096;

/// One `[[alerts]]` entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertConfig {
    /// Stable id; messages that wait hang on it.
    pub id: AlertId,
    /// Only of these components; all where empty.
    pub components: Vec<ComponentSlug>,
    /// Whether "degraded" is worth a message.
    pub degraded: bool,
    /// On which way.
    pub way: Way,
}

/// On which way a message leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// By SMTP.
    Email(Box<Email>),
    /// By an HTTP POST of JSON.
    Webhook(Box<Webhook>),
}

/// How a connection to a mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// TLS from the first byte, usually at port 465.
    Implicit,
    /// TLS after STARTTLS, which the server must offer; usually at port 587.
    StartTls,
    /// None.
    Off,
}

/// A mail server and the people behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// Host of the mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub tls: MailTls,
    /// Who sends.
    pub from: Mailbox,
    /// Who receives; nobody where each message names its own.
    pub to: Vec<Mailbox>,
    /// Who signs in, if anybody.
    pub login: Option<(Secret, Secret)>,
    /// Further certificate authorities to trust.
    pub ca: Vec<CertificateDer<'static>>,
}

/// An address that takes JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Where to post; may hold secrets.
    pub url: Url,
    /// Sent as `Authorization: Bearer`.
    pub token: Option<Secret>,
    /// Signs each message.
    pub secret: Option<Secret>,
    /// Further certificate authorities to trust.
    pub ca: Vec<CertificateDer<'static>>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

impl AlertConfig {
    /// The host and port that this entry gives leave for.
    pub fn place(&self) -> Option<Place> {
        match &self.way {
            Way::Email(email) => Some(Place { host: email.host.clone(), port: email.port }),
            Way::Webhook(webhook) => Place::of(&webhook.url),
        }
    }

    /// Where its messages go, without anything secret: `e-mail to ops@example.com`, `webhook at example.com`.
    pub fn target(&self) -> String {
        match &self.way {
            Way::Email(email) => {
                let to: Vec<String> = email.to.iter().map(|to| to.email.to_string()).collect();
                format!("e-mail to {}", to.join(", "))
            }
            Way::Webhook(webhook) => format!("webhook at {}", webhook.url.host_str().unwrap_or("?")),
        }
    }
}

/// Reads the sections; `components` are those that there are.
pub(super) fn read(
    sections: Vec<Section<'_, '_>>,
    components: &[Component],
    guard: &Netguard,
    cx: &mut Context<'_>,
) -> Vec<AlertConfig> {
    let mut alerts: Vec<AlertConfig> = Vec::new();
    for section in sections {
        if let Some(Found { value, span }) = read_one(section, components, guard, cx) {
            if alerts.iter().any(|known| known.id == value.id) {
                cx.problem(&span, format!("another alert has the id `{}` already; ids are unique", value.id));
            } else {
                alerts.push(value);
            }
        }
    }
    alerts
}

fn read_one(
    mut section: Section<'_, '_>,
    components: &[Component],
    guard: &Netguard,
    cx: &mut Context<'_>,
) -> Option<Found<AlertConfig>> {
    let id = section.found("id", cx, |text, _| text.parse::<AlertId>().map_err(|error| error.to_string()));
    section.missing("id", "\"on-call\"", cx);
    let named = section.found_list("components", cx, |text, _| {
        text.parse::<ComponentSlug>().map_err(|error| format!("`{text}` is not an id: {error}"))
    });
    for Found { value, span } in &named {
        let known = components.iter().any(|component| component.slug == *value);
        if !known {
            cx.problem(span, format!("there is no component with the id `{value}`; correct it or leave the key out"));
        }
    }
    let degraded = section.boolean("degraded", cx).unwrap_or(false);
    let email = section.table("email", cx).map(|table| read_email(table, true, guard, cx));
    let webhook = section.table("webhook", cx).map(|table| read_webhook(table, guard, cx));
    let span = section.span.clone();
    section.finish(cx);
    let way = match (email, webhook) {
        (Some(email), None) => Way::Email(Box::new(email?)),
        (None, Some(webhook)) => Way::Webhook(Box::new(webhook?)),
        (Some(_), Some(_)) => {
            cx.problem(&span, "this alert has both `email` and `webhook`; write one entry for each");
            return None;
        }
        (None, None) => {
            let example = "webhook = { url = \"https://hooks.example.com/x\" }";
            cx.problem(&span, format!("this alert says neither `email` nor `webhook`; add a line such as `{example}`"));
            return None;
        }
    };
    let Found { value: id, span } = id?;
    let components = named.into_iter().map(|found| found.value).collect();
    Some(Found { value: AlertConfig { id, components, degraded, way }, span })
}

/// A mail server; `to_whom` where the configuration itself names who receives.
pub(super) fn read_email(
    mut table: Section<'_, '_>,
    to_whom: bool,
    guard: &Netguard,
    cx: &mut Context<'_>,
) -> Option<Email> {
    let server = table.parsed("server", cx, |text, _| mail_server(text, guard));
    table.missing("server", "\"smtp.example.com:587\"", cx);
    let from = table.parsed("from", cx, |text, _| mailbox(text));
    table.missing("from", "\"Status <status@example.com>\"", cx);
    let to = if to_whom { table.parsed_list("to", cx, |text, _| mailbox(text)) } else { Vec::new() };
    if to_whom {
        table.missing("to", "[\"ops@example.com\"]", cx);
    }
    let tls_span = table.span_of("tls");
    let tls = table.parsed("tls", cx, |text, _| match text {
        "implicit" => Ok(MailTls::Implicit),
        "starttls" => Ok(MailTls::StartTls),
        "off" => Ok(MailTls::Off),
        other => Err(format!("`{other}` is not known; write \"implicit\", \"starttls\" or \"off\"")),
    });
    let user_span = table.span_of("user");
    let user = table.parsed("user", cx, |text, _| secret(text));
    let password_span = table.span_of("password");
    let password = table.parsed("password", cx, outside);
    let ca = ca(&mut table, cx);
    let span = table.span.clone();
    table.finish(cx);
    let login = match (user, password) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        (user, _) => {
            let (at, lacks) = if user.is_some() { (user_span, "password") } else { (password_span, "user") };
            cx.problem(&at.unwrap_or_else(|| span.clone()), format!("there is no `{lacks}` beside it"));
            None
        }
    };
    let (host, port) = server?;
    let tls = tls.unwrap_or(if port == 465 { MailTls::Implicit } else { MailTls::StartTls });
    let is_here = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) || host == "localhost";
    if tls == MailTls::Off && login.is_some() && !is_here {
        let problem = "the password would go over the network in clear; write \"starttls\" or \"implicit\"";
        cx.problem(&tls_span.unwrap_or_else(|| span.clone()), problem);
        return None;
    }
    if to_whom && (to.is_empty() || to.len() > MAX_RECIPIENTS) {
        cx.problem(&span, format!("`to` needs 1 to {MAX_RECIPIENTS} addresses"));
        return None;
    }
    Some(Email { host, port, tls, from: from?, to, login, ca: ca? })
}

fn read_webhook(mut table: Section<'_, '_>, guard: &Netguard, cx: &mut Context<'_>) -> Option<Webhook> {
    let url = table.parsed("url", cx, |text, _| hook_url(text, guard));
    table.missing("url", "\"https://hooks.example.com/x\"", cx);
    let token = table.parsed("token", cx, outside);
    let secret = table.parsed("secret", cx, outside);
    let ca = ca(&mut table, cx);
    table.finish(cx);
    Some(Webhook { url: url?, token, secret, ca: ca? })
}

/// Authorities of a PEM file; `None` where it was named and cannot be used.
fn ca(table: &mut Section<'_, '_>, cx: &mut Context<'_>) -> Option<Vec<CertificateDer<'static>>> {
    let span = table.span_of("ca");
    let folder = cx.folder();
    let read = table.parsed("ca", cx, |text, _| authorities(&folder.join(text)));
    if span.is_none() { Some(Vec::new()) } else { read }
}

fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let shown = path.display();
    let metadata = std::fs::metadata(path).map_err(|error| format!("{shown} cannot be read: {}", plain(&error)))?;
    if !metadata.is_file() || metadata.len() > MAX_CA_BYTES {
        return Err(format!("{shown} is not a file of certificates"));
    }
    #[expect(clippy::disallowed_methods, reason = "the operator's own configuration names this file")]
    let pem = std::fs::read_to_string(path).map_err(|error| format!("{shown} cannot be read: {}", plain(&error)))?;
    let found = crate::net::certificates(&pem);
    if found.is_empty() { Err(format!("{shown} holds no certificate in PEM form")) } else { Ok(found) }
}

/// A secret that does not stand in the file itself.
fn outside(text: &str, expanded: &Expanded) -> Result<Secret, String> {
    if !expanded.secret {
        return Err("does not belong in this file; write \"${NAME}\" or \"file:/run/secrets/name\"".to_owned());
    }
    secret(text)
}

fn secret(text: &str) -> Result<Secret, String> {
    text::label(text, MAX_SECRET_CHARS).map(Secret::new)
}

fn mailbox(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|_| format!("`{text}` is not an e-mail address; write `ops@example.com`"))
}

/// A URL that JSON can be posted to, judged as far as its text goes.
fn hook_url(text: &str, guard: &Netguard) -> Result<Url, String> {
    let hint = "write the whole URL, such as `https://hooks.example.com/x`";
    let url = Url::parse(text).map_err(|error| format!("`{text}` is not a URL ({error}); {hint}"))?;
    // Naming a place here is leave to ask it; what stays refused is refused for ever.
    let guard = guard.with_leave(Place::of(&url));
    let url = guard.check_url(text).map_err(|refusal| format!("`{text}`: {refusal}"))?;
    if let Some(place) = Place::of(&url) {
        vet(&place, &guard).map_err(|refusal| format!("`{text}`: {refusal}"))?;
    }
    Ok(url)
}

/// Judges a place that is an address; a name is judged when it is looked up.
fn vet(place: &Place, guard: &Netguard) -> Result<(), Refusal> {
    match place.host.parse::<IpAddr>() {
        Ok(ip) => guard.vet(SocketAddr::new(ip, place.port), None).map(|_| ()),
        Err(_) => Ok(()),
    }
}

/// `host:port`, judged as far as an address can be.
fn mail_server(text: &str, guard: &Netguard) -> Result<(String, u16), String> {
    let hint = || format!("`{text}` is not a mail server; write `smtp.example.com:587`");
    let url = Url::parse(&format!("http://{text}/")).map_err(|_| hint())?;
    let (Some(place), Some((_, port))) = (Place::of(&url), text.rsplit_once(':')) else { return Err(hint()) };
    let port: u16 = port.parse().ok().filter(|port| *port > 0).ok_or_else(hint)?;
    if url.path() != "/" || !url.username().is_empty() || url.query().is_some() {
        return Err(hint());
    }
    let place = Place { port, ..place };
    vet(&place, &guard.with_leave([place.clone()])).map_err(|refusal| format!("`{text}`: {refusal}"))?;
    Ok((place.host, port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::parse;
    use crate::config::{Config, Environment, Problem};

    struct Env;

    impl Environment for Env {
        fn var(&self, name: &str) -> Option<String> {
            (name == "S").then(|| "s3cret".to_owned())
        }
    }

    fn read(alerts: &str) -> Result<Config, Vec<Problem>> {
        let text = format!("[[monitors]]\nid = \"shop\"\nurl = \"http://127.0.0.1:9/\"\n{alerts}");
        parse(&text, Path::new(""), &Env, &[])
    }

    fn problem(alerts: &str) -> String {
        let problems = read(alerts).unwrap_err();
        assert!(problems[0].at.is_some_and(|(line, _)| line > 3), "{problems:?}");
        problems.into_iter().map(|problem| problem.text).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn reads_both_ways() {
        let config = read(
            "[[alerts]]\nid = \"mail\"\ncomponents = [\"shop\"]\ndegraded = true\n\
             email = { server = \"smtp.example.com:587\", from = \"Status <s@example.com>\", \
             to = [\"a@example.com\"], user = \"u\", password = \"${S}\" }\n\
             [[alerts]]\nid = \"hook\"\n[alerts.webhook]\nurl = \"https://hooks.example.com/${S}\"\nsecret = \"${S}\"\n",
        )
        .unwrap();
        let Way::Email(email) = &config.alerts[0].way else { panic!("{:?}", config.alerts) };
        assert_eq!((email.host.as_str(), email.port, email.tls), ("smtp.example.com", 587, MailTls::StartTls));
        assert_eq!(email.login.as_ref().unwrap().1.expose(), "s3cret");
        assert_eq!(config.alerts[1].target(), "webhook at hooks.example.com");
        assert!(!format!("{:?}", config.alerts).contains("s3cret"), "{:?}", config.alerts);
        assert_eq!(config.alerts[1].place().unwrap().port, 443);
    }

    #[test]
    fn port_465_speaks_tls_from_the_first_byte() {
        let mail = |tls: &str| {
            let text = format!(
                "[[alerts]]\nid = \"m\"\nemail = {{ server = \"smtp.example.com:465\", from = \"a@b.example\", to = [\"c@d.example\"]{tls} }}\n"
            );
            let config = read(&text).unwrap();
            let Way::Email(email) = &config.alerts[0].way else { panic!() };
            email.tls
        };
        assert_eq!(mail(""), MailTls::Implicit);
        assert_eq!(mail(", tls = \"off\""), MailTls::Off);
    }

    #[test]
    fn says_what_is_wrong_and_what_to_do() {
        let mail = |rest: &str| {
            problem(&format!(
                "[[alerts]]\nid = \"m\"\nemail = {{ server = \"smtp.example.com:25\", from = \"a@b.example\", {rest} }}\n"
            ))
        };
        assert!(problem("[[alerts]]\nid = \"m\"\n").contains("neither `email` nor `webhook`"));
        assert!(mail("to = [\"nobody\"]").contains("not an e-mail address"));
        assert!(mail("to = []").contains("1 to 50 addresses"));
        let clear = mail("to = [\"c@d.example\"], tls = \"off\", user = \"u\", password = \"${S}\"");
        assert!(clear.contains("in clear"), "{clear}");
        let plain = mail("to = [\"c@d.example\"], user = \"u\", password = \"hunter2\"");
        assert!(plain.contains("does not belong in this file") && !plain.contains("hunter2"), "{plain}");
        assert!(mail("to = [\"c@d.example\"], user = \"u\"").contains("no `password` beside it"));
        let hook = |rest: &str| problem(&format!("[[alerts]]\nid = \"h\"\nwebhook = {{ {rest} }}\n"));
        assert!(hook("url = \"http://169.254.169.254/\"").contains("never asked"));
        assert!(hook("url = \"https://hooks.example.com/\", tokn = \"x\"").contains("did you mean `token`?"));
        assert!(
            problem("[[alerts]]\nid = \"h\"\ncomponents = [\"web\"]\nwebhook = { url = \"https://h.example/\" }\n")
                .contains("no component with the id `web`")
        );
        let twice = "[[alerts]]\nid = \"h\"\nwebhook = { url = \"https://h.example/\" }\n".repeat(2);
        assert!(problem(&twice).contains("ids are unique"));
    }
}
