//! The output of `nft -j list ruleset`; pure.

use super::{Chain, Condition, Firewall, FirewallSource, Net, Rule, RuleVerdict};
use serde_json::Value;

/// Rules that are read.
const MAX_RULES: usize = 100_000;

/// Reads a ruleset. What is not understood is kept as such.
pub fn parse(json: &str) -> Firewall {
    let mut firewall =
        Firewall { source: FirewallSource::Nft, chains: Vec::new(), rules: Vec::new(), problems: Vec::new() };
    let objects = match serde_json::from_str::<Value>(json) {
        Ok(Value::Object(mut top)) => top.remove("nftables"),
        Ok(_) => None,
        Err(error) => {
            firewall.problems.push(format!("the ruleset is no JSON: {error}"));
            None
        }
    };
    let Some(Value::Array(objects)) = objects else {
        if firewall.problems.is_empty() {
            firewall.problems.push("the ruleset has no `nftables`".to_owned());
        }
        return firewall;
    };
    for object in &objects {
        if let Some(found) = object.get("chain").and_then(chain) {
            firewall.chains.push(found);
        } else if let Some(found) = object.get("rule") {
            if firewall.rules.len() >= MAX_RULES {
                firewall.problems.push(format!("more than {MAX_RULES} rules; the rest is not read"));
                break;
            }
            firewall.rules.push(rule(found, &firewall.chains));
        }
    }
    firewall
}

fn text(object: &Value, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or("").to_owned()
}

/// A base chain; `None` for chains without a hook.
fn chain(object: &Value) -> Option<Chain> {
    let hook = object.get("hook")?.as_str()?.to_owned();
    let policy = match object.get("policy").and_then(Value::as_str) {
        Some("drop") => RuleVerdict::Drop,
        _ => RuleVerdict::Accept,
    };
    let (family, table, name) = (text(object, "family"), text(object, "table"), text(object, "name"));
    Some(Chain { family, table, name, hook, policy, packets: None })
}

fn rule(object: &Value, chains: &[Chain]) -> Rule {
    let (family, table, chain) = (text(object, "family"), text(object, "table"), text(object, "chain"));
    let base = chains.iter().find(|base| base.family == family && base.table == table && base.name == chain);
    let mut rule = Rule {
        hook: base.map(|base| base.hook.clone()),
        handle: object.get("handle").and_then(Value::as_u64),
        conditions: Vec::new(),
        verdict: RuleVerdict::Continue,
        packets: None,
        text: String::new(),
        family,
        table,
        chain,
    };
    let statements = object.get("expr").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for statement in statements.iter().filter_map(Value::as_object) {
        for (kind, value) in statement {
            take(&mut rule, kind, value);
        }
    }
    rule.text = in_words(&rule);
    rule
}

fn take(rule: &mut Rule, kind: &str, value: &Value) {
    match kind {
        "match" => rule.conditions.extend(condition(value)),
        "counter" => rule.packets = value.get("packets").and_then(Value::as_u64),
        "accept" => rule.verdict = RuleVerdict::Accept,
        "drop" => rule.verdict = RuleVerdict::Drop,
        "return" => rule.verdict = RuleVerdict::Return,
        "jump" | "goto" => rule.verdict = RuleVerdict::Jump(text(value, "target")),
        "reject" => {
            let icmp = value.get("expr").and_then(Value::as_str).unwrap_or("port-unreachable");
            let reset = value.get("type").and_then(Value::as_str) == Some("tcp reset");
            rule.verdict = if reset { RuleVerdict::RejectReset } else { RuleVerdict::RejectIcmp(icmp.to_owned()) };
        }
        // These neither decide nor choose.
        "log" | "mangle" | "notrack" | "comment" | "flow" => {}
        "limit" | "quota" | "ct count" | "meter" => rule.conditions.push(Condition::Unknown(kind.to_owned())),
        "vmap" => rule.verdict = RuleVerdict::Unknown("a map of verdicts".to_owned()),
        other => rule.verdict = RuleVerdict::Unknown(other.to_owned()),
    }
}

/// The conditions of one `match`; none where it holds for every new TCP connection.
fn condition(value: &Value) -> Option<Condition> {
    let unknown = || Condition::Unknown(value.to_string().chars().take(200).collect());
    let (Some(left), Some(right)) = (value.get("left"), value.get("right")) else { return Some(unknown()) };
    let not = value.get("op").and_then(Value::as_str) == Some("!=");
    let field = |object: &str, key: &str| left.get(object).and_then(|inner| inner.get(key)).and_then(Value::as_str);
    let condition = match (field("payload", "protocol"), field("payload", "field")) {
        (Some("ip" | "ip6"), Some("daddr")) => nets(right).map(|nets| Condition::Destination { nets, not }),
        (Some("ip"), Some("protocol")) | (Some("ip6"), Some("nexthdr")) => tcp(right, not),
        (Some("tcp" | "th"), Some("dport")) => ranges(right).map(|ranges| Condition::Port { ranges, not }),
        (Some("udp" | "icmp" | "icmpv6" | "sctp" | "dccp"), _) => Some(Condition::Tcp(false)),
        _ => match (field("meta", "key"), field("ct", "key")) {
            (Some("l4proto"), _) => tcp(right, not),
            (Some("nfproto"), _) => Some(nfproto(right, not)),
            (Some("oifname" | "oif"), _) if !not => right.as_str().map(|name| Condition::Device(name.to_owned())),
            (_, Some("state")) => return state(right, not),
            _ => None,
        },
    };
    Some(condition.unwrap_or_else(unknown))
}

/// The values of a right side: one, or all of a set.
fn values(right: &Value) -> Vec<&Value> {
    match right.get("set").unwrap_or(right) {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}

fn nets(right: &Value) -> Option<Vec<Net>> {
    let one = |value: &Value| {
        if let Value::String(address) = value {
            return address.parse().ok();
        }
        let prefix = value.get("prefix")?;
        let address = prefix.get("addr")?.as_str()?.parse().ok()?;
        Some(Net { address, prefix: u8::try_from(prefix.get("len")?.as_u64()?).ok()? })
    };
    values(right).into_iter().map(one).collect()
}

fn ranges(right: &Value) -> Option<Vec<(u16, u16)>> {
    let number = |value: &Value| u16::try_from(value.as_u64()?).ok();
    let one = |value: &Value| match value.get("range").and_then(Value::as_array).map(Vec::as_slice) {
        Some([first, last]) => Some((number(first)?, number(last)?)),
        _ => number(value).map(|port| (port, port)),
    };
    values(right).into_iter().map(one).collect()
}

fn tcp(right: &Value, not: bool) -> Option<Condition> {
    let names: Option<Vec<&str>> = values(right).into_iter().map(Value::as_str).collect();
    Some(Condition::Tcp(names?.contains(&"tcp") != not))
}

/// The family is known from the address, so this is a condition on all addresses of a family.
fn nfproto(right: &Value, not: bool) -> Condition {
    let all = match right.as_str() {
        Some("ipv4") => "0.0.0.0/0",
        Some("ipv6") => "::/0",
        _ => return Condition::Unknown("nfproto".to_owned()),
    };
    Condition::Destination { nets: all.parse().into_iter().collect(), not }
}

/// A new connection is in state `new`: a condition that it fulfils is none.
fn state(right: &Value, not: bool) -> Option<Condition> {
    let names: Option<Vec<&str>> = values(right).into_iter().map(Value::as_str).collect();
    let Some(names) = names else { return Some(Condition::Unknown("ct state".to_owned())) };
    (names.contains(&"new") == not).then_some(Condition::Tcp(false))
}

fn in_words(rule: &Rule) -> String {
    let mut words = vec![rule.family.clone(), rule.table.clone(), rule.chain.clone()];
    for condition in &rule.conditions {
        words.push(super::condition_in_words(condition));
    }
    if let Some(packets) = rule.packets {
        words.push(format!("counter packets {packets}"));
    }
    words.push(super::verdict_in_words(&rule.verdict));
    words.retain(|word| !word.is_empty());
    words.join(" ")
}
