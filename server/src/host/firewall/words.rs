//! Rules for people.

use super::{Condition, Rule, RuleVerdict};

/// A rule built from parts, as one line.
pub(super) fn rule(rule: &Rule) -> String {
    let mut words = vec![rule.family.clone(), rule.table.clone(), rule.chain.clone()];
    words.extend(rule.conditions.iter().map(condition));
    if let Some(packets) = rule.packets {
        words.push(format!("counter packets {packets}"));
    }
    words.push(verdict(&rule.verdict));
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

fn condition(condition: &Condition) -> String {
    let sign = |not: bool| if not { "!= " } else { "" };
    let nets = |nets: &[super::Net]| {
        let shown: Vec<String> = nets.iter().take(8).map(|net| format!("{}/{}", net.address, net.prefix)).collect();
        if nets.len() > 8 { format!("{},… ({} in all)", shown.join(","), nets.len()) } else { shown.join(",") }
    };
    let ports = |ranges: &[(u16, u16)]| {
        let one =
            |(first, last): &(u16, u16)| if first == last { first.to_string() } else { format!("{first}-{last}") };
        ranges.iter().map(one).collect::<Vec<_>>().join(",")
    };
    match condition {
        Condition::Destination { nets: list, not } => format!("daddr {}{}", sign(*not), nets(list)),
        Condition::Source { nets: list, not } => format!("saddr {}{}", sign(*not), nets(list)),
        Condition::Port { ranges, not } => format!("dport {}{}", sign(*not), ports(ranges)),
        Condition::SourcePort { ranges, not } => format!("sport {}{}", sign(*not), ports(ranges)),
        Condition::Tcp(true) => "tcp".to_owned(),
        Condition::Tcp(false) => "(not for TCP)".to_owned(),
        Condition::Device { names, not } => format!("oifname {}{}", sign(*not), names.join(",")),
        Condition::InDevice { names, not } => format!("iifname {}{}", sign(*not), names.join(",")),
        Condition::State { states, not } => format!("ct state {}{}", sign(*not), states.join(",")),
        Condition::User { ranges, not } => {
            let one =
                |(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first}-{last}") };
            format!("skuid {}{}", sign(*not), ranges.iter().map(one).collect::<Vec<_>>().join(","))
        }
        Condition::ToLocal(local) => format!("fib daddr type {}", if *local { "local" } else { "!= local" }),
        Condition::First(first) => format!("tcp flags {}", if *first { "syn" } else { "!= syn" }),
        Condition::Unknown(text) => format!("({text})"),
    }
}

fn verdict(verdict: &RuleVerdict) -> String {
    match verdict {
        RuleVerdict::Accept => "accept".to_owned(),
        RuleVerdict::Drop => "drop".to_owned(),
        RuleVerdict::RejectReset => "reject with tcp reset".to_owned(),
        RuleVerdict::RejectIcmp(kind) => format!("reject with icmp {kind}"),
        RuleVerdict::Jump(chain) => format!("jump {chain}"),
        RuleVerdict::Goto(chain) => format!("goto {chain}"),
        RuleVerdict::Return => "return".to_owned(),
        RuleVerdict::Continue => String::new(),
        RuleVerdict::Redirect { address, port } => {
            let address = address.map_or_else(String::new, |address| address.to_string());
            format!("dnat to {address}{}", port.map_or_else(String::new, |port| format!(":{port}")))
        }
        RuleVerdict::Map(arms) => {
            let one = |arm: &super::Arm| {
                let conditions: Vec<String> = arm.conditions.iter().map(condition).collect();
                format!("{} : {}", conditions.join(" . "), self::verdict(&arm.verdict))
            };
            format!("vmap {{ {} }}", arms.iter().take(8).map(one).collect::<Vec<_>>().join(", "))
        }
        RuleVerdict::Unknown(what) => format!("({what})"),
    }
}
