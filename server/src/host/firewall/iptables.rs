//! The output of `iptables-save -c` and `ip6tables-save -c`; pure.

use super::{Chain, Condition, Firewall, FirewallSource, Rule, RuleVerdict};

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
    Some(Chain { family: family.to_owned(), table: table.to_owned(), name: name.to_owned(), hook, policy, packets })
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
        text: line.to_owned(),
    };
    let mut not = false;
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or("").to_owned();
        match word {
            "!" => {
                not = true;
                continue;
            }
            "-d" => {
                let nets: Option<Vec<_>> = value().split(',').map(|net| net.parse().ok()).collect();
                rule.conditions.push(
                    nets.map_or(Condition::Unknown("-d".to_owned()), |nets| Condition::Destination { nets, not }),
                );
            }
            "-p" => rule.conditions.push(Condition::Tcp((value() == "tcp") != not)),
            "--dport" | "--dports" => rule.conditions.push(ports(&value(), not)),
            "-o" if !not => rule.conditions.push(Condition::Device(value())),
            "--ctstate" | "--state" => {
                if value().split(',').any(|state| state == "NEW") == not {
                    rule.conditions.push(Condition::Tcp(false));
                }
            }
            "-m" | "--comment" => {
                value();
            }
            "-j" | "-g" => rule.verdict = verdict(&value()),
            "--reject-with" => {
                rule.verdict = match value().as_str() {
                    "tcp-reset" => RuleVerdict::RejectReset,
                    icmp => RuleVerdict::RejectIcmp(
                        icmp.trim_start_matches("icmp6-").trim_start_matches("icmp-").to_owned(),
                    ),
                };
            }
            option if option.starts_with("--log") || option.starts_with("--nflog") => {
                value();
            }
            other => {
                let mut text = other.to_owned();
                while let Some(more) = words.next_if(|word| !word.starts_with('-') && *word != "!") {
                    text.push(' ');
                    text.push_str(more);
                }
                rule.conditions.push(Condition::Unknown(text));
            }
        }
        not = false;
    }
    Some(rule)
}

fn verdict(target: &str) -> RuleVerdict {
    match target {
        "ACCEPT" => RuleVerdict::Accept,
        "DROP" => RuleVerdict::Drop,
        "REJECT" => RuleVerdict::RejectIcmp("port-unreachable".to_owned()),
        "RETURN" => RuleVerdict::Return,
        "LOG" | "NFLOG" | "MARK" | "CONNMARK" | "TRACE" => RuleVerdict::Continue,
        "DNAT" | "SNAT" | "MASQUERADE" | "REDIRECT" | "TPROXY" | "NFQUEUE" => RuleVerdict::Unknown(target.to_owned()),
        chain => RuleVerdict::Jump(chain.to_owned()),
    }
}

/// `80`, `80,443` or `8000:8100`
fn ports(text: &str, not: bool) -> Condition {
    let one = |range: &str| {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    let ranges: Option<Vec<(u16, u16)>> = text.split(',').map(one).collect();
    ranges.map_or_else(|| Condition::Unknown(format!("port {text}")), |ranges| Condition::Port { ranges, not })
}

/// Words of a line; a quoted comment is one.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for character in line.chars() {
        match character {
            _ if escaped => {
                words.last_mut().expect("there is always a last word").push(character);
                escaped = false;
            }
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().expect("there is always a last word").push(character),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
