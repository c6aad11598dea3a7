//! Rulesets as the tools print them.

use super::*;
use proptest::prelude::*;

const NFT: &str = r#"{"nftables":[{"metainfo":{"version":"1.0.6","release_name":"x","json_schema_version":1}},
{"table":{"family":"inet","name":"filter","handle":1}},
{"chain":{"family":"inet","table":"filter","name":"output","handle":1,"type":"filter","hook":"output","prio":0,"policy":"accept"}},
{"chain":{"family":"inet","table":"filter","name":"input","handle":2,"type":"filter","hook":"input","prio":0,"policy":"drop"}},
{"chain":{"family":"inet","table":"filter","name":"apps","handle":3}},
{"rule":{"family":"inet","table":"filter","chain":"output","handle":4,"expr":[{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["established","related"]}},{"accept":null}]}},
{"rule":{"family":"inet","table":"filter","chain":"output","handle":5,"expr":[{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"daddr"}},"right":{"prefix":{"addr":"198.51.100.0","len":24}}}},{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":{"set":[8080,{"range":[9000,9010]}]}}},{"counter":{"packets":3,"bytes":180}},{"drop":null}]}},
{"rule":{"family":"inet","table":"filter","chain":"output","handle":6,"expr":[{"match":{"op":"==","left":{"meta":{"key":"skuid"}},"right":33}},{"reject":{"type":"tcp reset"}}]}},
{"rule":{"family":"inet","table":"filter","chain":"output","handle":7,"expr":[{"jump":{"target":"apps"}}]}},
{"rule":{"family":"inet","table":"filter","chain":"apps","handle":8,"expr":[{"match":{"op":"==","left":{"meta":{"key":"l4proto"}},"right":"tcp"}},{"reject":{"type":"icmpx","expr":"admin-prohibited"}}]}},
{"rule":{"family":"inet","table":"filter","chain":"input","handle":9,"expr":[{"match":{"op":"==","left":{"payload":{"protocol":"udp","field":"dport"}},"right":53}},{"drop":null}]}}]}"#;

fn handles(concerns: &[Concern<'_>]) -> Vec<(u64, bool)> {
    concerns.iter().map(|concern| (concern.rule.handle.unwrap(), concern.certain)).collect()
}

#[test]
fn nft_rules_are_judged_for_an_address() {
    let firewall = parse_nft(NFT);
    assert_eq!(firewall.problems, Vec::<String>::new());
    let to = |text: &str| text.parse::<SocketAddr>().unwrap();
    assert_eq!(handles(&firewall.outgoing(to("198.51.100.7:8080"))), [(5, true), (6, false), (7, true), (8, true)]);
    assert_eq!(handles(&firewall.outgoing(to("198.51.100.7:9011"))), [(6, false), (7, true), (8, true)]);
    assert_eq!(handles(&firewall.outgoing(to("[2001:db8::1]:8080"))), [(6, false), (7, true), (8, true)]);
    let rule = firewall.rules.iter().find(|rule| rule.handle == Some(5)).unwrap();
    assert_eq!((rule.packets, rule.blocks(), rule.hook.as_deref()), (Some(3), true, Some("output")));
    assert_eq!(rule.text, "inet filter output daddr 198.51.100.0/24 dport 8080,9000-9010 counter packets 3 drop");
    let verdicts: Vec<&RuleVerdict> = firewall.rules.iter().map(|rule| &rule.verdict).collect();
    assert_eq!(verdicts[2], &RuleVerdict::RejectReset);
    assert_eq!(verdicts[4], &RuleVerdict::RejectIcmp("admin-prohibited".to_owned()));
    assert_eq!((firewall.closed_chains(true).len(), firewall.closed_chains(false).len()), (1, 0));
}

#[test]
fn iptables_rules_are_judged_for_an_address() {
    let text = "# Generated\n*filter\n:INPUT ACCEPT [10:600]\n:OUTPUT DROP [7:420]\n:apps - [0:0]\n\
        [0:0] -A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n\
        [4:240] -A OUTPUT -d 10.0.0.0/8 -p tcp -m tcp --dport 8080 -m comment --comment \"the app -j ACCEPT\" -j DROP\n\
        [0:0] -A OUTPUT ! -d 10.0.0.0/8 -p tcp -m multiport --dports 80,443 -j REJECT --reject-with tcp-reset\n\
        [1:60] -A OUTPUT -m owner --uid-owner 33 -j apps\n\
        [0:0] -A apps -p tcp -j REJECT --reject-with icmp-host-prohibited\nCOMMIT\n";
    let firewall = parse_iptables(text, "");
    assert_eq!(firewall.problems, Vec::<String>::new());
    let found = firewall.outgoing("10.0.0.5:8080".parse().unwrap());
    let told: Vec<_> =
        found.iter().map(|concern| (concern.rule.verdict.clone(), concern.rule.packets, concern.certain)).collect();
    assert_eq!(
        told,
        [
            (RuleVerdict::Drop, Some(4), true),
            (RuleVerdict::Jump("apps".to_owned()), Some(1), false),
            (RuleVerdict::RejectIcmp("host-prohibited".to_owned()), Some(0), true),
        ]
    );
    assert_eq!(firewall.outgoing("192.0.2.1:443".parse().unwrap())[0].rule.verdict, RuleVerdict::RejectReset);
    assert_eq!(firewall.closed_chains(false)[0].packets, Some(7));
}

#[test]
fn what_is_no_ruleset_says_so() {
    for text in ["", "[]", "{}", "{\"nftables\":1}", "{\"nftables\":[{\"rule\":"] {
        assert_eq!(parse_nft(text).problems.len(), 1, "{text}");
    }
    let odd =
        parse_nft(r#"{"nftables":[{"rule":{"expr":[{"xt":null},7,{"match":{}}]}},{"rule":[]},{"chain":{"hook":5}}]}"#);
    assert_eq!(odd.rules[0].verdict, RuleVerdict::Unknown("xt".to_owned()));
    assert_eq!(parse_iptables("[x -A\n-A\n", "").problems.len(), 2);
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC*", cut in 0..NFT.len()) {
        parse_nft(&text);
        parse_iptables(&format!("-A OUTPUT {text}"), &text);
        if let Some(half) = NFT.get(..cut) {
            parse_nft(half);
        }
    }
}
