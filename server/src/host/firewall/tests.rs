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

/// What stops a new connection in a hook: the rule's handle (0 for a policy), and whether that is sure.
fn stops(firewall: &Firewall, hook: &str, packet: &Packet) -> Vec<(u64, bool)> {
    let walk = firewall.walk(hook, packet);
    walk.stops.iter().map(|stop| (stop.rule.and_then(|rule| rule.handle).unwrap_or(0), stop.sure)).collect()
}

fn to(text: &str) -> Packet {
    Packet::first(text.parse().unwrap())
}

#[test]
fn nft_rules_are_followed_in_order() {
    let firewall = parse_nft(NFT);
    assert_eq!(firewall.problems, Vec::<String>::new());
    // The prefix and port fit: nothing after it counts.
    assert_eq!(stops(&firewall, "output", &to("198.51.100.7:8080")), [(5, true)]);
    // Whether user 33 sends it is not known; the chain behind rejects all the same.
    assert_eq!(stops(&firewall, "output", &to("198.51.100.7:9011")), [(6, false), (8, true)]);
    assert_eq!(stops(&firewall, "output", &to("[2001:db8::1]:8080")), [(6, false), (8, true)]);
    let mine = Packet { user: Some(33), ..to("198.51.100.7:9011") };
    assert_eq!(stops(&firewall, "output", &mine), [(6, true)]);
    assert_eq!(stops(&firewall, "output", &to("198.51.100.7:9011").reply()), []);
    // Nothing lets it in, so the policy decides.
    assert_eq!(stops(&firewall, "input", &to("198.51.100.7:80")), [(0, true)]);
    let rule = firewall.rules.iter().find(|rule| rule.handle == Some(5)).unwrap();
    assert_eq!((rule.packets, rule.verdict.blocks(), rule.hook.as_deref()), (Some(3), true, Some("output")));
    assert_eq!(rule.text, "inet filter output daddr 198.51.100.0/24 dport 8080,9000-9010 counter packets 3 drop");
}

const MAPS: &str = r#"{"nftables":[
{"table":{"family":"inet","name":"filter","handle":1}},
{"set":{"family":"inet","name":"banned","table":"filter","type":"ipv4_addr","handle":2,"flags":["timeout"],"elem":[{"elem":{"val":"198.51.100.1","timeout":600}},"203.0.113.9"]}},
{"map":{"family":"inet","name":"ports","table":"filter","type":"inet_service","handle":3,"map":"verdict","elem":[[80,{"accept":null}],[9000,{"goto":{"target":"apps"}}]]}},
{"chain":{"family":"inet","table":"filter","name":"input","handle":4,"type":"filter","hook":"input","prio":0,"policy":"accept"}},
{"chain":{"family":"inet","table":"filter","name":"early","handle":5,"type":"filter","hook":"prerouting","prio":-300,"policy":"accept"}},
{"chain":{"family":"inet","table":"filter","name":"apps","handle":6}},
{"rule":{"family":"inet","table":"filter","chain":"early","handle":7,"expr":[{"vmap":{"key":{"ct":{"key":"state"}},"data":{"set":[["established",{"accept":null}],["invalid",{"drop":null}]]}}}]}},
{"rule":{"family":"inet","table":"filter","chain":"early","handle":8,"expr":[{"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"eth9"}},{"drop":null}]}},
{"rule":{"family":"inet","table":"filter","chain":"input","handle":9,"expr":[{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":"@banned"}},{"counter":{"packets":1,"bytes":60}},{"reject":{"type":"icmp","expr":"port-unreachable"}}]}},
{"rule":{"family":"inet","table":"filter","chain":"input","handle":10,"expr":[{"vmap":{"key":{"payload":{"protocol":"tcp","field":"dport"}},"data":"@ports"}}]}},
{"rule":{"family":"inet","table":"filter","chain":"input","handle":11,"expr":[{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":443}},{"drop":null}]}},
{"rule":{"family":"inet","table":"filter","chain":"apps","handle":12,"expr":[{"match":{"op":"==","left":{"meta":{"key":"skuid"}},"right":33}},{"accept":null}]}},
{"rule":{"family":"inet","table":"filter","chain":"apps","handle":13,"expr":[{"drop":null}]}}]}"#;

#[test]
fn sets_maps_and_jumps_are_followed() {
    let firewall = parse_nft(MAPS);
    let from = |from: &str, packet: Packet| Packet { from: Some(from.parse().unwrap()), ..packet };
    let banned = from("198.51.100.1", to("198.51.100.2:80"));
    assert_eq!(stops(&firewall, "input", &banned), [(9, true)]);
    assert_eq!(firewall.rules.iter().find(|rule| rule.handle == Some(9)).unwrap().set.as_deref(), Some("banned"));
    assert_eq!(stops(&firewall, "input", &from("198.51.100.3", to("198.51.100.2:80"))), []);
    // The map leads to a chain that lets one user pass: who sends it is not known here.
    let other = from("198.51.100.3", to("198.51.100.2:9000"));
    assert_eq!(stops(&firewall, "input", &other), [(13, false)]);
    assert_eq!(stops(&firewall, "input", &Packet { user: Some(0), ..other.clone() }), [(13, true)]);
    assert_eq!(stops(&firewall, "input", &Packet { user: Some(33), ..other }), []);
    assert_eq!(stops(&firewall, "input", &from("198.51.100.3", to("198.51.100.2:443"))), [(11, true)]);
    assert_eq!(stops(&firewall, "prerouting", &to("198.51.100.2:80")), [(8, false)]);
    assert_eq!(stops(&firewall, "prerouting", &Packet { input: Some("eth0".to_owned()), ..to("198.51.100.2:80") }), []);
    assert_eq!(stops(&firewall, "prerouting", &to("198.51.100.2:80").reply()), []);
}

#[test]
fn iptables_rules_are_followed_in_order() {
    let text = "# Generated\n*filter\n:INPUT ACCEPT [10:600]\n:OUTPUT DROP [7:420]\n:apps - [0:0]\n\
        [0:0] -A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n\
        [4:240] -A OUTPUT -d 10.0.0.0/8 -p tcp -m tcp --dport 8080 -m comment --comment \"the app -j ACCEPT\" -j DROP\n\
        [0:0] -A OUTPUT ! -d 10.0.0.0/8 -p tcp -m multiport --dports 80,443 -j REJECT --reject-with tcp-reset\n\
        [1:60] -A OUTPUT -m owner --uid-owner 33 -j apps\n\
        [0:0] -A OUTPUT -m set --match-set banned dst -j DROP\n\
        [0:0] -A apps -p tcp -j REJECT --reject-with icmp-host-prohibited\nCOMMIT\n";
    let firewall = parse_iptables(text, "");
    assert_eq!(firewall.problems, Vec::<String>::new());
    let told = |packet: &Packet| {
        let walk = firewall.walk("output", packet);
        walk.stops.iter().map(|stop| (stop.verdict.clone(), stop.sure)).collect::<Vec<_>>()
    };
    assert_eq!(told(&to("10.0.0.5:8080")), [(RuleVerdict::Drop, true)]);
    assert_eq!(told(&to("192.0.2.1:443")), [(RuleVerdict::RejectReset, true)]);
    let prohibited = RuleVerdict::RejectIcmp("host-prohibited".to_owned());
    let user = |user| Packet { user: Some(user), ..to("192.0.2.1:22") };
    assert_eq!(told(&user(33)), [(prohibited, true)]);
    assert_eq!(told(&user(0)), [(RuleVerdict::Drop, false), (RuleVerdict::Drop, true)]);
    assert_eq!(told(&to("10.0.0.5:8080").reply()), []);
    let walk = firewall.walk("output", &user(0));
    assert!(walk.is_stopped() && walk.stops[1].rule.is_none() && walk.stops[1].chain.packets == Some(7));
}

#[test]
fn packets_sent_elsewhere_are_followed_there() {
    let text = "*nat\n:OUTPUT ACCEPT [0:0]\n[2:120] -A OUTPUT -d 10.0.0.9/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080\nCOMMIT\n\
        *filter\n:OUTPUT ACCEPT [0:0]\n[0:0] -A OUTPUT -d 10.0.0.5/32 -j DROP\nCOMMIT\n";
    let firewall = parse_iptables(text, "");
    let walk = firewall.walk("output", &to("10.0.0.9:80"));
    assert_eq!(walk.redirected.as_ref().map(|(_, to)| to.to_string()).as_deref(), Some("10.0.0.5:8080"));
    assert!(walk.is_stopped());
}

#[test]
fn tables_that_were_not_understood_come_from_the_other_tool() {
    let nft = r#"{"nftables":[{"chain":{"family":"ip","table":"filter","name":"INPUT","handle":1,"type":"filter","hook":"input","prio":0,"policy":"accept"}},
        {"rule":{"family":"ip","table":"filter","chain":"INPUT","handle":2,"expr":[{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"protocol"}},"right":"tcp"}},{"xt":null},{"counter":{"packets":0,"bytes":0}},{"drop":null}]}},
        {"chain":{"family":"inet","table":"mine","name":"input","handle":1,"type":"filter","hook":"input","prio":0,"policy":"accept"}}]}"#;
    let saved = "*filter\n:INPUT ACCEPT [0:0]\n[3:180] -A INPUT -p tcp -m tcp --dport 9000 -j DROP\nCOMMIT\n";
    let mut firewall = parse_nft(nft);
    firewall.merge(parse_iptables(saved, ""));
    assert_eq!((firewall.rules.len(), firewall.chains.len()), (1, 2));
    assert_eq!((firewall.rules[0].packets, keeper(&firewall.rules[0])), (Some(3), None));
}

#[test]
fn keepers_are_known_by_their_names() {
    let text = "*filter\n:INPUT ACCEPT [0:0]\n[0:0] -A f2b-nginx -s 198.51.100.1/32 -j REJECT\n[0:0] -A ufw-user-input -j DROP\n[0:0] -A DOCKER-USER -j DROP\n[0:0] -A KUBE-POD-FW-X -j REJECT\nCOMMIT\n";
    let keepers: Vec<_> = parse_iptables(text, "").rules.iter().map(keeper).collect();
    assert_eq!(keepers, [Some("fail2ban"), Some("ufw"), Some("docker"), Some("network policy")]);
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
