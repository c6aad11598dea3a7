//! The output of `iptables-save -c` and `ip6tables-save -c`; pure.

use super::{Chain, Condition, Firewall, FirewallSource, Net, Rule, RuleVerdict};
use std::net::{IpAddr, SocketAddr};

/// The most networks that one range of addresses is written as.
const MAX_PARTS: usize = 64;

/// Reads the rules of both families.
pub fn parse(ipv4: &str, ipv6: &str) -> Firewall {
    let mut firewall =
        Firewall { source: FirewallSource::Iptables, chains: Vec::new(), rules: Vec::new(), problems: Vec::new() };
    for (family, text) in [("ip", ipv4), ("ip6", ipv6)] {
        let mut table = String::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix('*') {
                name.trim().clone_into(&mut table);
            } else if let Some(chain) = line.strip_prefix(':') {
                firewall.chains.extend(base_chain(family, &table, chain));
            } else if line.starts_with('[') || line.starts_with("-A") {
                match rule(family, &table, line, &firewall.chains) {
                    Some(rule) => firewall.rules.push(rule),
                    None => firewall
                        .problems
                        .push(format!("not understood: {}", line.chars().take(200).collect::<String>())),
                }
            }
        }
    }
    firewall
}

/// `OUTPUT ACCEPT [5:300]`; `None` for chains of one's own, which have `-` as policy.
fn base_chain(family: &str, table: &str, line: &str) -> Option<Chain> {
    let mut words = line.split_whitespace();
    let (name, policy) = (words.next()?, words.next()?);
    let policy = match policy {
        "ACCEPT" => RuleVerdict::Accept,
        "DROP" => RuleVerdict::Drop,
        _ => return None,
    };
    let packets = words.next().and_then(packets);
    let hook = name.to_ascii_lowercase();
    let priority = match table {
        "raw" => -300,
        "mangle" => -150,
        "nat" => -100,
        "security" => 50,
        _ => 0,
    };
    let (family, table, name) = (family.to_owned(), table.to_owned(), name.to_owned());
    Some(Chain { family, table, name, hook, priority, policy, packets })
}

/// `[packets:bytes]`
fn packets(word: &str) -> Option<u64> {
    word.strip_prefix('[')?.split(':').next()?.parse().ok()
}

fn rule(family: &str, table: &str, line: &str, chains: &[Chain]) -> Option<Rule> {
    let words = words(line);
    let mut words = words.iter().map(String::as_str).peekable();
    let counted = words.next_if(|word| word.starts_with('[')).and_then(packets);
    if words.next()? != "-A" {
        return None;
    }
    let chain = words.next()?.to_owned();
    let is_base = |base: &&Chain| base.family == family && base.table == table && base.name == chain;
    let mut rule = Rule {
        family: family.to_owned(),
        table: table.to_owned(),
        hook: chains.iter().find(is_base).map(|base| base.hook.clone()),
        chain,
        handle: None,
        conditions: Vec::new(),
        verdict: RuleVerdict::Continue,
        packets: counted,
        set: None,
        text: line.to_owned(),
    };
    let mut not = false;
    while let Some(word) = words.next() {
        if word == "!" {
            not = true;
            continue;
        }
        let mut value = || words.next().unwrap_or("").to_owned();
        match word {
            "-m" | "--comment" => {
                value();
            }
            "--to-destination" | "--to-ports" => rule.verdict = redirect(&value()),
            "--match-set" => {
                let (name, direction) = (value(), value());
                rule.conditions.push(Condition::Unknown(format!("set {name} {direction}")));
                rule.set = Some(name);
            }
            "--reject-with" => rule.verdict = reject(&value()),
            "-j" => rule.verdict = verdict(&value()),
            "-g" => rule.verdict = RuleVerdict::Goto(value()),
            option if option.starts_with("--log") || option.starts_with("--nflog") => {
                value();
            }
            option => match condition(option, not, &mut value) {
                Some(condition) => rule.conditions.push(condition),
                None => {
                    let mut text = option.to_owned();
                    while let Some(more) = words.next_if(|word| !word.starts_with('-') && *word != "!") {
                        text.push(' ');
                        text.push_str(more);
                    }
                    rule.conditions.push(Condition::Unknown(text));
                }
            },
        }
        not = false;
    }
    Some(rule)
}

/// A condition by its option; takes its value.
fn condition(option: &str, not: bool, value: &mut dyn FnMut() -> String) -> Option<Condition> {
    Some(match option {
        "-d" => nets(&value()).map_or_else(|| unknown("-d"), |nets| Condition::Destination { nets, not }),
        "-s" => nets(&value()).map_or_else(|| unknown("-s"), |nets| Condition::Source { nets, not }),
        "-p" => {
            let protocol = value();
            Condition::Tcp((protocol == "tcp" || protocol == "6" || protocol == "all") != not)
        }
        "--dport" | "--dports" => {
            ports(&value()).map_or_else(|| unknown("port"), |ranges| Condition::Port { ranges, not })
        }
        "--sport" | "--sports" => {
            ports(&value()).map_or_else(|| unknown("port"), |ranges| Condition::SourcePort { ranges, not })
        }
        "-o" => Condition::Device { names: vec![value()], not },
        "-i" => Condition::InDevice { names: vec![value()], not },
        "--ctstate" | "--state" => {
            Condition::State { states: value().split(',').map(str::to_ascii_lowercase).collect(), not }
        }
        "--uid-owner" => users(&value()).map_or_else(|| unknown("uid"), |ranges| Condition::User { ranges, not }),
        "--syn" => Condition::First(!not),
        "--dst-type" => match value().as_str() {
            "LOCAL" => Condition::ToLocal(!not),
            other => unknown(other),
        },
        _ => return None,
    })
}

fn unknown(what: &str) -> Condition {
    Condition::Unknown(what.to_owned())
}

fn nets(text: &str) -> Option<Vec<Net>> {
    text.split(',').map(|net| net.parse().ok()).collect()
}

fn users(text: &str) -> Option<Vec<(u32, u32)>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(vec![(first.parse().ok()?, last.parse().ok()?)])
}

fn verdict(target: &str) -> RuleVerdict {
    match target {
        "ACCEPT" | "SNAT" | "MASQUERADE" => RuleVerdict::Accept,
        "DROP" => RuleVerdict::Drop,
        "REJECT" => RuleVerdict::RejectIcmp("port-unreachable".to_owned()),
        "RETURN" => RuleVerdict::Return,
        "LOG" | "NFLOG" | "MARK" | "CONNMARK" | "TRACE" | "TCPMSS" | "CT" | "NOTRACK" | "SET" | "CHECKSUM" => {
            RuleVerdict::Continue
        }
        "REDIRECT" => RuleVerdict::Redirect { address: Some([127, 0, 0, 1].into()), port: None },
        "DNAT" | "TPROXY" | "NFQUEUE" | "TARPIT" => RuleVerdict::Unknown(target.to_owned()),
        chain => RuleVerdict::Jump(chain.to_owned()),
    }
}

fn reject(with: &str) -> RuleVerdict {
    match with {
        "tcp-reset" => RuleVerdict::RejectReset,
        icmp => RuleVerdict::RejectIcmp(
            match icmp.trim_start_matches("icmp6-").trim_start_matches("icmp-") {
                "adm-prohibited" => "admin-prohibited",
                "addr-unreachable" => "host-unreachable",
                other => other,
            }
            .to_owned(),
        ),
    }
}

/// `10.0.0.5:8080`, `10.0.0.5` or `8080`
fn redirect(to: &str) -> RuleVerdict {
    if let Ok(address) = to.parse::<SocketAddr>() {
        return RuleVerdict::Redirect { address: Some(address.ip()), port: Some(address.port()) };
    }
    if let Ok(address) = to.parse::<IpAddr>() {
        return RuleVerdict::Redirect { address: Some(address), port: None };
    }
    match to.trim_start_matches(':').parse() {
        Ok(port) => RuleVerdict::Redirect { address: Some([127, 0, 0, 1].into()), port: Some(port) },
        Err(_) => RuleVerdict::Unknown(format!("to {to}")),
    }
}

/// `80`, `80,443` or `8000:8100`
fn ports(text: &str) -> Option<Vec<(u16, u16)>> {
    let one = |range: &str| {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    text.split(',').map(one).collect()
}

/// A range of addresses as networks; `None` if it is none, or would be too many.
pub(super) fn range_of(first: &str, last: &str, into: &mut Vec<Net>) -> Option<()> {
    let (IpAddr::V4(first), IpAddr::V4(last)) = (first.parse().ok()?, last.parse().ok()?) else { return None };
    let (mut at, last) = (u64::from(u32::from(first)), u64::from(u32::from(last)));
    let mut parts = 0;
    while at <= last {
        parts += 1;
        if parts > MAX_PARTS {
            return None;
        }
        let aligned = if at == 0 { 32 } else { at.trailing_zeros().min(32) };
        let fits = (last - at + 1).ilog2();
        let bits = aligned.min(fits);
        let address = u32::try_from(at).ok()?;
        into.push(Net { address: IpAddr::V4(address.into()), prefix: u8::try_from(32 - bits).ok()? });
        at += 1 << bits;
    }
    Some(())
}

/// Words of a line; a quoted comment is one.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for character in line.chars() {
        let last = words.len() - 1;
        match character {
            _ if escaped => {
                words[last].push(character);
                escaped = false;
            }
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words[last].push(character),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
