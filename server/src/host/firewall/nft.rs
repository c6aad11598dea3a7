//! The output of `nft -j list ruleset`; pure.

use super::{Arm, Chain, Condition, Firewall, FirewallSource, Net, Rule, RuleVerdict, words};
use serde_json::Value;
use std::collections::HashMap;

/// Rules that are read.
const MAX_RULES: usize = 100_000;
/// Elements of one set or map that are read.
const MAX_ELEMENTS: usize = 200_000;

/// Sets and maps by family, table and name.
type Sets<'a> = HashMap<(&'a str, &'a str, &'a str), &'a Value>;

/// Where a rule stands, and the sets that it may look into.
#[derive(Clone, Copy)]
struct Within<'a> {
    family: &'a str,
    table: &'a str,
    sets: &'a Sets<'a>,
}

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
    let mut sets = Sets::new();
    for object in &objects {
        if let Some(set) = object.get("set").or_else(|| object.get("map")) {
            sets.insert((word(set, "family"), word(set, "table"), word(set, "name")), set);
        } else if let Some(found) = object.get("chain").and_then(chain) {
            firewall.chains.push(found);
        }
    }
    for found in objects.iter().filter_map(|object| object.get("rule")) {
        if firewall.rules.len() >= MAX_RULES {
            firewall.problems.push(format!("more than {MAX_RULES} rules; the rest is not read"));
            break;
        }
        firewall.rules.push(rule(found, &firewall.chains, &sets));
    }
    firewall
}

fn word<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or("")
}

fn text(object: &Value, key: &str) -> String {
    word(object, key).to_owned()
}

/// A base chain; `None` for chains without a hook.
fn chain(object: &Value) -> Option<Chain> {
    let hook = object.get("hook")?.as_str()?.to_owned();
    let policy = match object.get("policy").and_then(Value::as_str) {
        Some("drop") => RuleVerdict::Drop,
        _ => RuleVerdict::Accept,
    };
    let priority = object.get("prio").and_then(Value::as_i64).and_then(|prio| i32::try_from(prio).ok()).unwrap_or(0);
    let (family, table, name) = (text(object, "family"), text(object, "table"), text(object, "name"));
    Some(Chain { family, table, name, hook, priority, policy, packets: None })
}

fn rule(object: &Value, chains: &[Chain], sets: &Sets<'_>) -> Rule {
    let (family, table, chain) = (text(object, "family"), text(object, "table"), text(object, "chain"));
    let base = chains.iter().find(|base| base.family == family && base.table == table && base.name == chain);
    let mut rule = Rule {
        hook: base.map(|base| base.hook.clone()),
        handle: object.get("handle").and_then(Value::as_u64),
        conditions: Vec::new(),
        verdict: RuleVerdict::Continue,
        packets: None,
        set: None,
        text: String::new(),
        family,
        table,
        chain,
    };
    let within = Within { family: word(object, "family"), table: word(object, "table"), sets };
    let statements = object.get("expr").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for statement in statements.iter().filter_map(Value::as_object) {
        for (kind, value) in statement {
            take(&mut rule, within, kind, value);
        }
    }
    rule.text = words::rule(&rule);
    rule
}

fn take(rule: &mut Rule, within: Within<'_>, kind: &str, value: &Value) {
    match kind {
        "match" => {
            if let Some(name) = set_name(value.get("right").unwrap_or(&Value::Null)) {
                rule.set = Some(name.to_owned());
            }
            rule.conditions.extend(condition(value, within));
        }
        // A counter before the last condition counts other packets too; it is only compared with itself.
        "counter" => rule.packets = value.get("packets").and_then(Value::as_u64),
        "vmap" => {
            rule.verdict = map(value, within)
                .map_or_else(|| RuleVerdict::Unknown("a map of verdicts".to_owned()), RuleVerdict::Map);
        }
        // These neither decide nor choose.
        "log" | "mangle" | "notrack" | "comment" | "flow" | "ct helper" | "secmark" | "dup" => {}
        "limit" | "quota" | "ct count" | "meter" | "set" => rule.conditions.push(Condition::Unknown(kind.to_owned())),
        "xt" => {
            rule.conditions.push(Condition::Unknown("xt".to_owned()));
            if rule.verdict == RuleVerdict::Continue {
                rule.verdict = RuleVerdict::Unknown("xt".to_owned());
            }
        }
        kind => {
            let xt = matches!(&rule.verdict, RuleVerdict::Unknown(what) if what == "xt");
            let found = verdict(kind, value);
            if !(xt && matches!(found, RuleVerdict::Unknown(_))) {
                rule.verdict = found;
            }
        }
    }
}

fn verdict(kind: &str, value: &Value) -> RuleVerdict {
    match kind {
        "accept" => RuleVerdict::Accept,
        "drop" => RuleVerdict::Drop,
        "return" => RuleVerdict::Return,
        "continue" => RuleVerdict::Continue,
        "jump" => RuleVerdict::Jump(text(value, "target")),
        "goto" => RuleVerdict::Goto(text(value, "target")),
        "reject" => {
            let icmp = value.get("expr").and_then(Value::as_str).unwrap_or("port-unreachable");
            let reset = value.get("type").and_then(Value::as_str) == Some("tcp reset");
            if reset { RuleVerdict::RejectReset } else { RuleVerdict::RejectIcmp(icmp.to_owned()) }
        }
        "dnat" | "redirect" | "tproxy" => {
            let address = value.get("addr").and_then(Value::as_str).map(str::parse);
            let port = value.get("port").map(|port| port.as_u64().and_then(|port| u16::try_from(port).ok()));
            match (address, port, kind) {
                (Some(Err(_)), ..) | (_, Some(None), _) => RuleVerdict::Unknown(kind.to_owned()),
                (None, port, "redirect") => {
                    RuleVerdict::Redirect { address: Some([127, 0, 0, 1].into()), port: port.flatten() }
                }
                (address, port, _) => {
                    RuleVerdict::Redirect { address: address.and_then(Result::ok), port: port.flatten() }
                }
            }
        }
        // The sender changes, which no condition here is judged by afterwards.
        "snat" | "masquerade" => RuleVerdict::Accept,
        other => RuleVerdict::Unknown(other.to_owned()),
    }
}

/// The arms of `vmap`; `None` if they are not understood.
fn map(value: &Value, within: Within<'_>) -> Option<Vec<Arm>> {
    let key = value.get("key")?;
    let data = value.get("data")?;
    let entries = match set_name(data) {
        Some(name) => within.sets.get(&(within.family, within.table, name))?.get("elem").cloned().unwrap_or_default(),
        None => data.get("set").cloned()?,
    };
    let entries = match entries {
        Value::Array(entries) => entries,
        Value::Null => Vec::new(),
        _ => return None,
    };
    let arm = |entry: &Value| {
        let [value, verdict_of] = entry.as_array()?.as_slice() else { return None };
        let (kind, with) = verdict_of.as_object()?.iter().next()?;
        Some(Arm { conditions: keyed(key, value, within), verdict: verdict(kind, with) })
    };
    entries.iter().take(MAX_ELEMENTS).map(arm).collect()
}

/// The conditions under which a key has a value; keys made of several parts have one for each.
fn keyed(key: &Value, value: &Value, within: Within<'_>) -> Vec<Condition> {
    let value = value.get("elem").and_then(|elem| elem.get("val")).unwrap_or(value);
    if value.as_str() == Some("*") {
        return Vec::new();
    }
    match (key.get("concat").and_then(Value::as_array), value.get("concat").and_then(Value::as_array)) {
        (Some(keys), Some(values)) => {
            keys.iter().zip(values).flat_map(|(key, value)| keyed(key, value, within)).collect()
        }
        _ => condition(&serde_json::json!({"op": "==", "left": key, "right": value}), within).into_iter().collect(),
    }
}

/// `@name`
fn set_name(right: &Value) -> Option<&str> {
    right.as_str()?.strip_prefix('@')
}

/// The conditions of one `match`; none where it holds for every TCP packet.
#[expect(clippy::unnecessary_wraps, reason = "a condition that always holds is none")]
fn condition(value: &Value, within: Within<'_>) -> Option<Condition> {
    let unknown = || Condition::Unknown(value.to_string().chars().take(200).collect());
    let (Some(left), Some(right)) = (value.get("left"), value.get("right")) else { return Some(unknown()) };
    let not = value.get("op").and_then(Value::as_str) == Some("!=");
    // A named set stands for its elements; it may change at any time, but it was read together with the rules.
    let looked_up = set_name(right).map(|name| {
        within.sets.get(&(within.family, within.table, name)).map(|set| set.get("elem").cloned().unwrap_or_default())
    });
    let elements;
    let right = match looked_up {
        None => right,
        Some(Some(found)) => {
            elements = if found.is_null() { Value::Array(Vec::new()) } else { found };
            &elements
        }
        Some(None) => return Some(unknown()),
    };
    if left.get("concat").is_some() {
        return Some(unknown());
    }
    let field = |object: &str, key: &str| left.get(object).and_then(|inner| inner.get(key)).and_then(Value::as_str);
    let condition = match (field("payload", "protocol"), field("payload", "field")) {
        (Some("ip" | "ip6"), Some("daddr")) => nets(right).map(|nets| Condition::Destination { nets, not }),
        (Some("ip" | "ip6"), Some("saddr")) => nets(right).map(|nets| Condition::Source { nets, not }),
        (Some("ip"), Some("protocol")) | (Some("ip6"), Some("nexthdr")) => tcp(right, not),
        (Some("tcp" | "th"), Some("dport")) => ranges(right).map(|ranges| Condition::Port { ranges, not }),
        (Some("tcp" | "th"), Some("sport")) => ranges(right).map(|ranges| Condition::SourcePort { ranges, not }),
        (Some("tcp"), Some("flags")) => None,
        (Some("udp" | "icmp" | "icmpv6" | "sctp" | "dccp" | "igmp" | "arp"), _) => Some(Condition::Tcp(false)),
        _ => match (field("meta", "key"), field("ct", "key")) {
            (Some("l4proto"), _) => tcp(right, not),
            (Some("nfproto" | "protocol"), _) => Some(nfproto(right, not)),
            (Some("oifname" | "oif"), _) => names(right).map(|names| Condition::Device { names, not }),
            (Some("iifname" | "iif"), _) => names(right).map(|names| Condition::InDevice { names, not }),
            (Some("skuid"), _) => numbers(right).map(|ranges| Condition::User { ranges, not }),
            (_, Some("state")) => states(right).map(|states| Condition::State { states, not }),
            _ => fib(left, right, not),
        },
    };
    Some(condition.unwrap_or_else(unknown))
}

/// `fib daddr type local`
fn fib(left: &Value, right: &Value, not: bool) -> Option<Condition> {
    let fib = left.get("fib")?;
    let daddr = fib.get("flags").is_some_and(|flags| values(flags).iter().all(|flag| flag.as_str() == Some("daddr")));
    let kind = fib.get("result").and_then(Value::as_str) == Some("type");
    (daddr && kind && right.as_str() == Some("local")).then_some(Condition::ToLocal(!not))
}

/// The values of a right side: one, or all of a set; elements with a timeout or a counter are unwrapped.
fn values(right: &Value) -> Vec<&Value> {
    let all = match right.get("set").unwrap_or(right) {
        Value::Array(values) => values.iter().take(MAX_ELEMENTS).collect(),
        value => vec![value],
    };
    all.into_iter().map(|value| value.get("elem").and_then(|elem| elem.get("val")).unwrap_or(value)).collect()
}

fn nets(right: &Value) -> Option<Vec<Net>> {
    let mut found = Vec::new();
    for value in values(right) {
        if let Value::String(address) = value {
            found.push(address.parse().ok()?);
        } else if let Some(prefix) = value.get("prefix") {
            let address = prefix.get("addr")?.as_str()?.parse().ok()?;
            found.push(Net { address, prefix: u8::try_from(prefix.get("len")?.as_u64()?).ok()? });
        } else {
            let [first, last] = value.get("range")?.as_array()?.as_slice() else { return None };
            super::iptables::range_of(first.as_str()?, last.as_str()?, &mut found)?;
        }
    }
    Some(found)
}

fn ranges(right: &Value) -> Option<Vec<(u16, u16)>> {
    let number = |value: &Value| u16::try_from(value.as_u64()?).ok();
    let one = |value: &Value| match value.get("range").and_then(Value::as_array).map(Vec::as_slice) {
        Some([first, last]) => Some((number(first)?, number(last)?)),
        _ => number(value).map(|port| (port, port)),
    };
    values(right).into_iter().map(one).collect()
}

fn numbers(right: &Value) -> Option<Vec<(u32, u32)>> {
    let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
    let one = |value: &Value| match value.get("range").and_then(Value::as_array).map(Vec::as_slice) {
        Some([first, last]) => Some((number(first)?, number(last)?)),
        _ => number(value).map(|user| (user, user)),
    };
    values(right).into_iter().map(one).collect()
}

fn names(right: &Value) -> Option<Vec<String>> {
    values(right).into_iter().map(|value| value.as_str().map(str::to_owned)).collect()
}

fn states(right: &Value) -> Option<Vec<String>> {
    names(right)
}

#[expect(clippy::unnecessary_wraps, reason = "it stands beside others that may be none")]
fn tcp(right: &Value, not: bool) -> Option<Condition> {
    let among = values(right).into_iter().any(|value| value.as_str() == Some("tcp") || value.as_u64() == Some(6));
    Some(Condition::Tcp(among != not))
}

/// The family is known from the address, so this is a condition on all addresses of a family.
fn nfproto(right: &Value, not: bool) -> Condition {
    let all = match right.as_str() {
        Some("ipv4" | "ip") => "0.0.0.0/0",
        Some("ipv6" | "ip6") => "::/0",
        _ => return Condition::Unknown("nfproto".to_owned()),
    };
    Condition::Destination { nets: all.parse().into_iter().collect(), not }
}
