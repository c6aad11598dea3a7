//! Pasted output of commands: recognised by its own form, read into the same facts as a run's own checks make.
//!
//! A paste may hold the output of several commands, one after the other, as the wizard's own lines by hand make it.
//! Every reader therefore looks for its own lines at their fixed places and leaves the rest to the others.

use super::{answers, certificates, config, firewall, lines, names, resources, sockets, units, ways};
use app::model::{At, Fact, FactKind, Run, Step};
use std::net::SocketAddr;
use url::Url;

/// The largest text that is read.
pub const MAX_BYTES: usize = 1 << 20;
/// At most so many facts come from one text.
const MAX_FACTS: usize = 100;

/// One text that an admin pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paste {
    /// The step that it belongs to.
    pub step: Step,
    /// The text as it came.
    pub text: String,
}

/// What was read from a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The command whose output it is.
    pub command: &'static str,
    /// What it says of this run; may be empty where it says nothing about the run's own addresses and names.
    pub facts: Vec<FactKind>,
}

/// Why a text could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRead {
    /// Nothing stands in it.
    #[error("there is no text in it; {0}")]
    Empty(String),
    /// More than [`MAX_BYTES`].
    #[error("it is larger than {} KiB; paste the part that matters, for a log its last lines", MAX_BYTES / 1024)]
    TooLarge,
    /// No reader knows it.
    #[error("it is not the output of a command that is known here; {0}")]
    Unknown(String),
}

/// An address that the gateway connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// As facts name it.
    pub key: String,
    /// As a TCP address; `None` for a unix socket.
    pub address: Option<SocketAddr>,
    /// Whether it is the gateway's own host.
    pub local: bool,
}

/// What a run knows that a command's output does not say.
#[derive(Debug, Clone)]
pub struct About {
    /// The step that the text was pasted into.
    pub step: Step,
    /// What was asked.
    pub url: Option<Url>,
    /// By which method.
    pub method: String,
    /// When the run began.
    pub began: At,
    /// When the text was pasted.
    pub until: At,
    /// By which the run's own requests can be found in logs.
    pub mark: String,
    /// The run's own ends of its connections, address and port.
    pub sockets: Vec<String>,
    /// Where the gateway connects to.
    pub targets: Vec<Target>,
    /// Names among the members of the route.
    pub names: Vec<String>,
    /// The gateway's own name servers for this route.
    pub resolvers: Vec<String>,
    /// Processors of the gateway's host, where this run counted them there.
    pub cores: Option<u32>,
    /// Requests through the gateway that the run has made.
    pub attempts: u16,
}

impl About {
    /// What `run` knows.
    pub fn run(run: &Run, step: Step, began: At, until: At) -> Self {
        let mut about = Self {
            step,
            url: Url::parse(&run.url).ok(),
            method: "GET".to_owned(),
            began,
            until,
            mark: run.id.to_string(),
            sockets: Vec::new(),
            targets: Vec::new(),
            names: Vec::new(),
            resolvers: Vec::new(),
            cores: None,
            attempts: 0,
        };
        for fact in run.steps.iter().flat_map(|step| &step.facts) {
            about.learn(fact);
        }
        about
    }

    fn learn(&mut self, fact: &Fact) {
        match &fact.kind {
            FactKind::Attempt(attempt) => {
                self.attempts = self.attempts.max(attempt.number);
                self.sockets.extend(attempt.client.clone());
                if !attempt.method.is_empty() {
                    self.method.clone_from(&attempt.method);
                }
            }
            FactKind::Load(load) if load.cores > 0 => self.cores = Some(load.cores),
            other => self.learn_kind(other),
        }
    }

    /// Takes in a member or a route, of the run or of an earlier paste.
    pub fn learn_kind(&mut self, kind: &FactKind) {
        match kind {
            FactKind::Member(member) => {
                for key in &member.targets {
                    let address: Option<SocketAddr> = key.parse().ok();
                    let local = member.local || address.is_none_or(|address| address.ip().is_loopback());
                    if !self.targets.iter().any(|known| &known.key == key) {
                        self.targets.push(Target { key: key.clone(), address, local });
                    }
                }
                if member.by_name
                    && let Some(name) = host_of(&member.name)
                    && !self.names.contains(&name)
                {
                    self.names.push(name);
                }
            }
            FactKind::Route(route) => {
                for resolver in &route.resolvers {
                    if !self.resolvers.contains(resolver) {
                        self.resolvers.push(resolver.clone());
                    }
                }
            }
            _ => {}
        }
    }

    /// The name in the URL; `None` for an address.
    pub fn public_name(&self) -> Option<&str> {
        self.url.as_ref()?.domain()
    }

    /// The role of a name in this run, as the run's own look-ups spell it.
    pub fn role(&self, name: &str) -> &'static str {
        let same = |known: &str| known.trim_end_matches('.').eq_ignore_ascii_case(name.trim_end_matches('.'));
        if self.names.iter().any(|known| same(known)) {
            "upstream"
        } else if self.public_name().is_some_and(same) {
            "public"
        } else {
            ""
        }
    }
}

/// The host in `app.internal:8080`.
fn host_of(written: &str) -> Option<String> {
    let host = written.rsplit_once(':').map_or(written, |(host, _)| host);
    (!host.is_empty()).then(|| host.to_owned())
}

/// A reader: what a text says, `None` if it is not the output of its command.
type Reader = fn(&str, &About) -> Option<Vec<FactKind>>;

/// One command's output.
struct Format {
    command: &'static str,
    /// The steps whose lines by hand print it; any step takes it.
    steps: &'static [Step],
    read: Reader,
}

use Step::{Dns, Logs, Network, Refresh, Server, Upstream};

/// Every command, in the order in which facts are read: a configuration first, because it tells the addresses that
/// the others are about.
const FORMATS: &[Format] = &[
    Format { command: "the gateway's configuration (nginx -T)", steps: &[Upstream], read: config::configuration },
    Format { command: "dig", steps: &[Dns], read: names::dig },
    Format { command: "nslookup", steps: &[Dns], read: names::nslookup },
    Format { command: "host", steps: &[Dns], read: names::host },
    Format { command: "getent ahosts", steps: &[Dns], read: names::getent },
    Format { command: "top -bn1", steps: &[Server], read: resources::top },
    Format { command: "uptime", steps: &[Server], read: resources::uptime },
    Format { command: "free", steps: &[Server], read: resources::free },
    Format { command: "df", steps: &[Server], read: resources::df },
    Format { command: "cat /proc/pressure/*", steps: &[Server], read: resources::pressure },
    Format { command: "ss -s", steps: &[Server], read: sockets::summary },
    Format { command: "ss -ltnp", steps: &[Server, Upstream], read: sockets::listening },
    Format { command: "ss -lx", steps: &[Server, Upstream], read: sockets::unix_listening },
    Format { command: "ls -l of a socket", steps: &[Server, Upstream], read: sockets::listed_file },
    Format { command: "systemctl status", steps: &[Server], read: units::status },
    Format { command: "systemctl show", steps: &[Server], read: units::show },
    Format { command: "journalctl", steps: &[Logs, Server], read: lines::journal },
    Format { command: "tail of a known log", steps: &[Logs], read: lines::log },
    Format { command: "iptables-save", steps: &[Network], read: firewall::iptables_save },
    Format { command: "iptables -L -v -n", steps: &[Network], read: firewall::iptables_list },
    Format { command: "nft list ruleset", steps: &[Network], read: firewall::nft },
    Format { command: "ufw status", steps: &[Network], read: firewall::ufw },
    Format { command: "ip route get", steps: &[Network], read: ways::route },
    Format { command: "ip neigh", steps: &[Network], read: ways::neighbours },
    Format { command: "nc -vz", steps: &[Network, Upstream], read: ways::netcat },
    Format { command: "curl -v or curl -i", steps: &[Refresh, Upstream], read: answers::curl },
    Format { command: "openssl s_client", steps: &[Upstream, Network], read: certificates::s_client },
];

/// What a step takes, as a sentence.
pub fn accepted(step: Step) -> String {
    let own: Vec<&str> =
        FORMATS.iter().filter(|format| format.steps.contains(&step)).map(|format| format.command).collect();
    format!("step {} ({}) takes the output of {}", step.number(), step.as_str(), own.join(", "))
}

/// Reads a text: what every command in it says, in the order of the table. `about` learns what a configuration
/// in it tells.
pub fn read(text: &str, about: &mut About) -> Result<Vec<Given>, NotRead> {
    if text.len() > MAX_BYTES {
        return Err(NotRead::TooLarge);
    }
    let text = plain(text);
    if text.trim().is_empty() {
        return Err(NotRead::Empty(accepted(about.step)));
    }
    let (mut given, mut left) = (Vec::new(), MAX_FACTS);
    for format in FORMATS {
        let Some(mut facts) = (format.read)(&text, about) else { continue };
        facts.truncate(left);
        left -= facts.len();
        for fact in &facts {
            about.learn_kind(fact);
        }
        given.push(Given { command: format.command, facts });
    }
    if given.is_empty() { Err(NotRead::Unknown(accepted(about.step))) } else { Ok(given) }
}

/// The text without what terminals add: colours, carriage returns, other control characters.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // As it is, or as the guard of files shows it.
            '\u{1b}' | '\u{241b}' if characters.next_if_eq(&'[').is_some() => {
                // A control sequence ends with its first byte from `@` on.
                while characters.next().is_some_and(|next| !('@'..='~').contains(&next)) {}
            }
            '\n' | '\t' => out.push(character),
            '\r' if characters.peek() != Some(&'\n') => out.push('\n'),
            '\u{a0}' => out.push(' '),
            '\u{feff}' | '\u{2400}'..='\u{241f}' => {}
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

/// A number at a text's beginning, with what follows it.
pub(super) fn leading_number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text.get(..end)?.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some((number, &text[end..]))
}

/// A size that a tool printed in powers of 1024: `1.5G`, `23Gi`, `512K`; in units of `unit` bytes where it has none.
pub(super) fn size(text: &str, unit: u64) -> Option<u64> {
    let (number, suffix) = leading_number(text)?;
    let factor = match suffix.chars().next().map(|c| c.to_ascii_uppercase()) {
        None => unit,
        Some('B') => 1,
        Some('K') => 1 << 10,
        Some('M') => 1 << 20,
        Some('G') => 1 << 30,
        Some('T') => 1 << 40,
        Some('P') => 1 << 50,
        Some(_) => return None,
    };
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes of disks and memories, rounded by the tool already; `as` saturates"
    )]
    let bytes = (number * factor as f64) as u64;
    Some(bytes)
}

#[cfg(test)]
mod tests;
