//! `ufw status`, plain, `verbose` or `numbered`.

use crate::host::firewall::{Chain, Condition, Firewall, FirewallSource, Rule, RuleVerdict};

/// `None` where it is not ufw's.
pub(super) fn parse(text: &str) -> Option<Firewall> {
    let status = text.lines().find_map(|line| line.trim().strip_prefix("Status: "))?;
    let mut firewall =
        Firewall { source: FirewallSource::Iptables, chains: Vec::new(), rules: Vec::new(), problems: Vec::new() };
    match status.trim() {
        "inactive" => return Some(firewall),
        "active" => {}
        _ => return None,
    }
    for line in text.lines().map(str::trim) {
        if let Some(defaults) = line.strip_prefix("Default: ") {
            for part in defaults.split(", ") {
                let Some((word, direction)) = part.split_once(" (") else { continue };
                let hook = match direction.trim_end_matches(')') {
                    "incoming" => "input",
                    "outgoing" => "output",
                    _ => continue,
                };
                let policy = if matches!(word, "deny" | "reject") { RuleVerdict::Drop } else { RuleVerdict::Accept };
                firewall.chains.push(chain(hook, policy));
            }
        }
    }
    if firewall.chains.is_empty() {
        // Without `verbose` the defaults are not told: none is taken for closed.
        firewall.chains = vec![chain("input", RuleVerdict::Accept), chain("output", RuleVerdict::Accept)];
    }
    let allowed = |rules: &[Rule], rule: &Rule| {
        // The first rule that fits decides.
        rules.iter().any(|earlier| {
            earlier.chain == rule.chain
                && earlier.conditions == rule.conditions
                && earlier.verdict == RuleVerdict::Accept
        })
    };
    for line in text.lines() {
        if let Some(rule) = rule(line)
            && !allowed(&firewall.rules, &rule)
        {
            firewall.rules.push(rule);
        }
    }
    Some(firewall)
}

fn chain(hook: &str, policy: RuleVerdict) -> Chain {
    Chain {
        family: "inet".to_owned(),
        table: "ufw".to_owned(),
        name: hook.to_owned(),
        hook: hook.to_owned(),
        priority: 0,
        policy,
        packets: None,
    }
}

/// `[ 3] 10.0.0.5 9000/tcp   DENY OUT    Anywhere`; the columns are `To`, `Action`, `From`.
fn rule(line: &str) -> Option<Rule> {
    let line = line.trim();
    let line = line.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(line, |(_, rest)| rest.trim());
    let columns: Vec<&str> = line.split("  ").map(str::trim).filter(|column| !column.is_empty()).collect();
    let [to, action, from, ..] = columns[..] else { return None };
    let mut words = action.split(' ');
    let verdict = match words.next()? {
        "ALLOW" | "LIMIT" => RuleVerdict::Accept,
        "DENY" => RuleVerdict::Drop,
        "REJECT" => RuleVerdict::RejectIcmp("port-unreachable".to_owned()),
        _ => return None,
    };
    let hook = if words.next() == Some("OUT") { "output" } else { "input" };
    let mut conditions = vec![Condition::Tcp(true)];
    let v6 = to.contains("(v6)") || from.contains("(v6)");
    for word in to.split(' ') {
        match word {
            "Anywhere" | "(v6)" | "" => {}
            _ => conditions.push(destination(word)),
        }
    }
    if !from.starts_with("Anywhere") {
        // Who is let in; on the way out, `From` is a source of this host's own.
        conditions.push(Condition::Unknown(format!("from {from}")));
    }
    if v6 {
        // The same rule stands once more for IPv4.
        return None;
    }
    Some(Rule {
        family: "inet".to_owned(),
        table: "ufw".to_owned(),
        chain: hook.to_owned(),
        hook: Some(hook.to_owned()),
        handle: None,
        conditions,
        verdict,
        packets: None,
        set: None,
        text: columns.join(" "),
    })
}

/// `9000/tcp`, `8000:8100/tcp`, `10.0.0.0/8`, `80,443/tcp`
fn destination(word: &str) -> Condition {
    let (ports, protocol) = match word.rsplit_once('/') {
        Some((ports, protocol @ ("tcp" | "udp"))) => (ports, protocol),
        _ => (word, "tcp"),
    };
    if protocol == "udp" {
        return Condition::Tcp(false);
    }
    let one = |range: &str| {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    if let Some(ranges) = ports.split(',').map(one).collect::<Option<Vec<(u16, u16)>>>() {
        return Condition::Port { ranges, not: false };
    }
    match word.parse() {
        Ok(net) => Condition::Destination { nets: vec![net], not: false },
        Err(_) => Condition::Unknown(word.to_owned()),
    }
}
