//! The table of `iptables -L -v -n`.

use crate::host::firewall::{Chain, Condition, Firewall, FirewallSource, Rule, RuleVerdict};

/// `None` where it is not such a table.
pub(super) fn parse(text: &str) -> Option<Firewall> {
    let mut firewall =
        Firewall { source: FirewallSource::Iptables, chains: Vec::new(), rules: Vec::new(), problems: Vec::new() };
    let mut chain: Option<(String, Option<String>)> = None;
    let mut in_table = false;
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("Chain ") {
            let (name, words) = rest.split_once(" (")?;
            let hook = words.strip_prefix("policy ").map(|_| name.to_ascii_lowercase());
            if let Some(policy) = words.strip_prefix("policy ") {
                let mut words = policy.split(' ');
                let verdict = if words.next() == Some("DROP") { RuleVerdict::Drop } else { RuleVerdict::Accept };
                firewall.chains.push(Chain {
                    family: "ip".to_owned(),
                    table: "filter".to_owned(),
                    name: name.to_owned(),
                    hook: hook.clone().unwrap_or_default(),
                    priority: 0,
                    policy: verdict,
                    packets: words.next().and_then(count),
                });
            }
            chain = Some((name.to_owned(), hook));
            in_table = false;
        } else if line.starts_with("pkts ") && line.contains("target") && line.contains("prot") {
            in_table = true;
        } else if let Some((name, hook)) = chain.as_ref().filter(|_| in_table && !line.is_empty()) {
            match rule(line, name, hook.clone()) {
                Some(rule) => firewall.rules.push(rule),
                None => {
                    firewall.problems.push(format!("not understood: {}", line.chars().take(200).collect::<String>()));
                }
            }
        }
    }
    chain.filter(|_| in_table).map(|_| firewall)
}

/// `1500`, `12K`, `3M`
fn count(word: &str) -> Option<u64> {
    let factor = match word.bytes().last()? {
        b'K' => 1000,
        b'M' => 1_000_000,
        b'G' => 1_000_000_000,
        _ => 1,
    };
    word.trim_end_matches(['K', 'M', 'G']).parse::<u64>().ok()?.checked_mul(factor)
}

/// `5 300 DROP tcp -- * * 0.0.0.0/0 10.0.0.5 tcp dpt:9000`; the target may be missing.
fn rule(line: &str, chain: &str, hook: Option<String>) -> Option<Rule> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let packets = count(words.first()?)?;
    count(words.get(1)?)?;
    let options = words.iter().position(|word| matches!(*word, "--" | "-f" | "!f"))?;
    let (target, protocol) = match options {
        3 => ("", words[2]),
        4 => (words[2], words[3]),
        _ => return None,
    };
    let [entering, out, source, destination] = *words.get(options + 1..options + 5)? else { return None };
    let mut conditions = Vec::new();
    match protocol {
        "all" | "0" => {}
        "tcp" | "6" => conditions.push(Condition::Tcp(true)),
        _ => conditions.push(Condition::Tcp(false)),
    }
    if entering != "*" && hook.as_deref() != Some("output") {
        conditions.push(Condition::Unknown(format!("in {entering}")));
    }
    if out != "*" {
        conditions.push(Condition::Device { names: vec![out.to_owned()], not: false });
    }
    if !matches!(source, "0.0.0.0/0" | "::/0" | "anywhere") {
        conditions.push(Condition::Unknown(format!("from {source}")));
    }
    if !matches!(destination, "0.0.0.0/0" | "::/0" | "anywhere") {
        let not = destination.starts_with('!');
        conditions.push(match destination.trim_start_matches('!').parse() {
            Ok(net) => Condition::Destination { nets: vec![net], not },
            Err(_) => Condition::Unknown(format!("to {destination}")),
        });
    }
    let mut verdict = verdict(target);
    extras(words.get(options + 5..).unwrap_or_default(), &mut conditions, &mut verdict);
    Some(Rule {
        family: if destination.contains(':') { "ip6" } else { "ip" }.to_owned(),
        table: "filter".to_owned(),
        chain: chain.to_owned(),
        hook,
        handle: None,
        conditions,
        verdict,
        packets: Some(packets),
        set: None,
        text: words.join(" "),
    })
}

/// What stands behind the addresses.
fn extras(words: &[&str], conditions: &mut Vec<Condition>, verdict: &mut RuleVerdict) {
    let mut words = words.iter().copied().peekable();
    while let Some(word) = words.next() {
        if word == "/*" {
            words.by_ref().take_while(|word| *word != "*/").for_each(drop);
        } else if let Some(ports) = word.strip_prefix("dpt:").or_else(|| word.strip_prefix("dpts:")) {
            conditions.push(port(ports));
        } else if word == "dports" {
            conditions.push(port(words.next().unwrap_or_default()));
        } else if matches!(word, "state" | "ctstate") {
            if !words.next().unwrap_or_default().split(',').any(|state| state == "NEW") {
                conditions.push(Condition::First(false));
            }
        } else if word == "reject-with" {
            *verdict = match words.next().unwrap_or_default() {
                "tcp-reset" => RuleVerdict::RejectReset,
                icmp => {
                    RuleVerdict::RejectIcmp(icmp.trim_start_matches("icmp6-").trim_start_matches("icmp-").to_owned())
                }
            };
        } else if !matches!(word, "tcp" | "udp" | "multiport") {
            conditions.push(Condition::Unknown(word.to_owned()));
        }
    }
}

fn port(text: &str) -> Condition {
    let one = |range: &str| {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    let ranges: Option<Vec<(u16, u16)>> = text.split(',').map(one).collect();
    ranges.map_or_else(|| Condition::Unknown(format!("port {text}")), |ranges| Condition::Port { ranges, not: false })
}

fn verdict(target: &str) -> RuleVerdict {
    match target {
        "" | "LOG" | "NFLOG" | "MARK" => RuleVerdict::Continue,
        "ACCEPT" => RuleVerdict::Accept,
        "DROP" => RuleVerdict::Drop,
        "REJECT" => RuleVerdict::RejectIcmp("port-unreachable".to_owned()),
        "RETURN" => RuleVerdict::Return,
        chain => RuleVerdict::Jump(chain.to_owned()),
    }
}
