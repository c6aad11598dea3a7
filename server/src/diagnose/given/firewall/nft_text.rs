//! `nft list ruleset` as text.

use crate::host::firewall::{Chain, Condition, Firewall, FirewallSource, Net, Rule, RuleVerdict};

/// `None` where no table stands in it.
pub(super) fn parse(text: &str) -> Option<Firewall> {
    let mut firewall =
        Firewall { source: FirewallSource::Nft, chains: Vec::new(), rules: Vec::new(), problems: Vec::new() };
    let mut table: Option<(String, String)> = None;
    let mut chain: Option<String> = None;
    // Inside a set, a map or another object that decides nothing.
    let mut other = 0_usize;
    let mut is = false;
    for line in text.lines().map(str::trim) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["table", family, name, "{", ..] => {
                table = Some((family.to_owned(), name.to_owned()));
                is = true;
            }
            ["chain", name, "{", ..] if table.is_some() && other == 0 => chain = Some(name.to_owned()),
            ["}"] if other > 0 => other -= 1,
            ["}"] if chain.is_some() => chain = None,
            ["}"] => table = None,
            [] => {}
            _ => {
                let Some((family, table)) = &table else { continue };
                match &chain {
                    Some(chain) if words[0] == "type" => firewall.chains.extend(base(line, family, table, chain)),
                    Some(chain) if words[0] != "comment" => {
                        firewall.rules.push(rule(&words, line, family, table, chain, &firewall.chains));
                    }
                    _ => {
                        let (opened, closed) = (line.matches('{').count(), line.matches('}').count());
                        other = (other + opened).saturating_sub(closed);
                    }
                }
            }
        }
    }
    is.then_some(firewall)
}

/// `type filter hook output priority filter; policy drop;`
fn base(line: &str, family: &str, table: &str, name: &str) -> Option<Chain> {
    let hook = line.split_once(" hook ")?.1.split(' ').next()?.to_owned();
    let policy = if line.contains("policy drop;") { RuleVerdict::Drop } else { RuleVerdict::Accept };
    Some(Chain {
        family: family.to_owned(),
        table: table.to_owned(),
        name: name.to_owned(),
        hook,
        priority: 0,
        policy,
        packets: None,
    })
}

fn rule(words: &[&str], line: &str, family: &str, table: &str, chain: &str, chains: &[Chain]) -> Rule {
    let is_base = |base: &&Chain| base.family == family && base.table == table && base.name == chain;
    let mut rule = Rule {
        family: family.to_owned(),
        table: table.to_owned(),
        chain: chain.to_owned(),
        hook: chains.iter().find(is_base).map(|base| base.hook.clone()),
        handle: None,
        conditions: Vec::new(),
        verdict: RuleVerdict::Continue,
        packets: None,
        set: None,
        text: line.to_owned(),
    };
    let mut words = Words { words, at: 0 };
    while let Some(word) = words.next() {
        take(&mut rule, word, &mut words);
    }
    rule
}

/// The words of a rule from left to right.
struct Words<'w> {
    words: &'w [&'w str],
    at: usize,
}

impl<'w> Words<'w> {
    fn next(&mut self) -> Option<&'w str> {
        let word = self.words.get(self.at).copied();
        self.at += 1;
        word
    }

    fn peek(&self) -> &'w str {
        self.words.get(self.at).copied().unwrap_or_default()
    }

    /// A value, or all of a set in braces, after an optional `!=` or `==`.
    fn value(&mut self) -> (bool, Vec<String>) {
        let not = self.peek() == "!=";
        if not || self.peek() == "==" {
            self.at += 1;
        }
        if self.peek() != "{" {
            return (not, self.next().map(str::to_owned).into_iter().collect());
        }
        self.at += 1;
        let mut values = Vec::new();
        while let Some(word) = self.next().filter(|word| *word != "}") {
            values.extend(word.split(',').filter(|part| !part.is_empty()).map(str::to_owned));
        }
        (not, values)
    }
}

fn take(rule: &mut Rule, word: &str, words: &mut Words<'_>) {
    match (word, words.peek()) {
        ("ip" | "ip6", "daddr") => {
            words.at += 1;
            let (not, values) = words.value();
            let nets: Option<Vec<Net>> = values.iter().map(|value| value.parse().ok()).collect();
            rule.conditions.push(match nets.filter(|nets| !nets.is_empty()) {
                Some(nets) => Condition::Destination { nets, not },
                None => Condition::Unknown(format!("daddr {}", values.join(","))),
            });
        }
        ("tcp" | "th", "dport") => {
            words.at += 1;
            let (not, values) = words.value();
            let ranges: Option<Vec<(u16, u16)>> = values.iter().map(|value| range(value)).collect();
            rule.conditions.push(match ranges.filter(|ranges| !ranges.is_empty()) {
                Some(ranges) => Condition::Port { ranges, not },
                None => Condition::Unknown(format!("dport {}", values.join(","))),
            });
            rule.conditions.push(Condition::Tcp(true));
        }
        ("meta", "l4proto") | ("ip", "protocol") | ("ip6", "nexthdr") => {
            words.at += 1;
            let (not, values) = words.value();
            rule.conditions.push(Condition::Tcp(values.iter().any(|value| value == "tcp" || value == "6") != not));
        }
        ("udp" | "icmp" | "icmpv6" | "sctp" | "dccp", _) => {
            rule.conditions.push(Condition::Tcp(false));
            words.at += 1;
            words.value();
        }
        ("oifname" | "oif", _) => {
            let (not, values) = words.value();
            rule.conditions.push(match &values[..] {
                [one] => Condition::Device { names: vec![one.trim_matches('"').to_owned()], not },
                _ => Condition::Unknown(format!("oifname {}", values.join(","))),
            });
        }
        ("ct", "state") => {
            words.at += 1;
            let (not, values) = words.value();
            if values.iter().flat_map(|value| value.split(',')).any(|state| state == "new") == not {
                rule.conditions.push(Condition::First(false));
            }
        }
        ("counter", "packets") => {
            words.at += 1;
            rule.packets = words.next().and_then(|number| number.parse().ok());
            if words.peek() == "bytes" {
                words.at += 2;
            }
        }
        ("counter" | "log" | "notrack", _) => {}
        // Of `log`.
        ("prefix" | "level" | "flags" | "group", _) => words.at += 1,
        ("accept", _) => rule.verdict = RuleVerdict::Accept,
        ("drop", _) => rule.verdict = RuleVerdict::Drop,
        ("return", _) => rule.verdict = RuleVerdict::Return,
        ("jump" | "goto", target) => {
            rule.verdict = RuleVerdict::Jump(target.to_owned());
            words.at += 1;
        }
        ("reject", _) => rule.verdict = reject(words),
        ("comment", _) => words.at = words.words.len(),
        ("#", "handle") => {
            words.at += 1;
            rule.handle = words.next().and_then(|number| number.parse().ok());
        }
        (other, _) => rule.conditions.push(Condition::Unknown(other.to_owned())),
    }
}

/// `reject`, `reject with tcp reset`, `reject with icmp type port-unreachable`
fn reject(words: &mut Words<'_>) -> RuleVerdict {
    if words.peek() != "with" {
        return RuleVerdict::RejectIcmp("port-unreachable".to_owned());
    }
    words.at += 1;
    if words.peek() == "tcp" {
        words.at += 2;
        return RuleVerdict::RejectReset;
    }
    words.at += 1;
    if words.peek() == "type" {
        words.at += 1;
    }
    RuleVerdict::RejectIcmp(words.next().unwrap_or("port-unreachable").to_owned())
}

/// `80`, `8000-8100`, or a service's name.
fn range(text: &str) -> Option<(u16, u16)> {
    let number = |text: &str| match text {
        "http" => Some(80),
        "https" => Some(443),
        "http-alt" => Some(8080),
        "ssh" => Some(22),
        other => other.parse().ok(),
    };
    let (first, last) = text.split_once('-').filter(|(first, _)| first.parse::<u16>().is_ok()).unwrap_or((text, text));
    Some((number(first)?, number(last)?))
}
