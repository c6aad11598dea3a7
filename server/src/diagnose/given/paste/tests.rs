//! Output as the commands print it, and what it must become.

use super::*;
use app::model::fact::asked::{Certificate, During};
use app::model::fact::host::{Disk, Listener, Memory, Unit};
use app::model::fact::logs::{Joined, Meaning};
use app::model::fact::names::{AskedBy, LookupOutcome};
use app::model::fact::network::ConnectOutcome;
use app::model::{FaultKind, Strength};

/// 2026-11-22 15:00:00 UTC.
const BEGAN: At = At(1_795_359_600_000);

fn about(step: Step) -> About {
    let target = |key: &str| Target { key: key.to_owned(), address: key.parse().ok(), local: key.starts_with("127.") };
    About {
        step,
        url: Url::parse("http://shop.example.com/cart").ok(),
        method: "GET".to_owned(),
        began: BEGAN,
        until: At(BEGAN.0 + 60_000),
        mark: "r1".to_owned(),
        sockets: Vec::new(),
        targets: vec![target("127.0.0.1:9000"), target("10.0.0.5:9000"), target("unix:/run/app.sock")],
        names: vec!["app.internal".to_owned()],
        resolvers: vec!["127.0.0.53".to_owned()],
        cores: Some(2),
        attempts: 3,
    }
}

fn facts(step: Step, text: &str) -> Vec<FactKind> {
    let given = read(text, &mut about(step)).unwrap_or_else(|error| panic!("{error}: {text}"));
    given.into_iter().flat_map(|one| one.facts).collect()
}

macro_rules! of {
    ($facts:expr, $kind:ident) => {
        $facts
            .iter()
            .filter_map(|fact| if let FactKind::$kind(inner) = fact { Some(inner) } else { None })
            .collect::<Vec<_>>()
    };
}

#[test]
fn answers_of_name_servers() {
    let dig = "; <<>> DiG 9.18.24 <<>> @127.0.0.53 app.internal A\n;; global options: +cmd\n;; Got answer:\n\
        ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 2321\n;; flags: qr rd ra; QUERY: 1, ANSWER: 2\n\n\
        ;; QUESTION SECTION:\n;app.internal.\t\t\tIN\tA\n\n;; ANSWER SECTION:\n\
        app.internal.\t\t60\tIN\tA\t10.0.0.5\napp.internal.\t\t30\tIN\tA\t10.0.0.6\n\n\
        ;; Query time: 4 msec\n;; SERVER: 127.0.0.53#53(127.0.0.53) (UDP)\n\n\
        ; <<>> DiG 9.18.24 <<>> gone.example\n;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1\n\
        ;; QUESTION SECTION:\n;gone.example.\t\tIN\tA\n;; SERVER: 10.0.0.2#5353(10.0.0.2)\n\n\
        ; <<>> DiG 9.18.24 <<>> @10.9.9.9 slow.example\n;; communications error to 10.9.9.9#53: timed out\n;; no servers could be reached\n";
    let all = facts(Step::Dns, dig);
    let lookups = of!(all, Lookup);
    let [first, gone, slow] = lookups[..] else { panic!("{all:?}") };
    assert_eq!(
        (first.name.as_str(), first.role.as_str(), first.server.as_str()),
        ("app.internal", "upstream", "127.0.0.53:53")
    );
    assert_eq!(
        (first.asked_by, first.outcome, first.ttl_s, first.took_ms),
        (AskedBy::Gateway, LookupOutcome::Answer, Some(30), 4)
    );
    assert_eq!(first.addresses, ["10.0.0.5", "10.0.0.6"]);
    assert_eq!(
        (gone.outcome, gone.server.as_str(), gone.asked_by),
        (LookupOutcome::NxDomain, "10.0.0.2:5353", AskedBy::System)
    );
    assert_eq!((slow.outcome, slow.name.as_str()), (LookupOutcome::Timeout, "slow.example"));

    let nslookup = "Server:\t\t127.0.0.53\nAddress:\t127.0.0.53#53\n\nNon-authoritative answer:\nName:\tshop.example.com\nAddress: 192.0.2.7\n\n\
        Server:\t\t127.0.0.53\nAddress:\t127.0.0.53#53\n\n** server can't find app.internal: NXDOMAIN\n";
    let all = facts(Step::Dns, nslookup);
    let lookups = of!(all, Lookup);
    assert_eq!((lookups[0].role.as_str(), &lookups[0].addresses[..]), ("public", &["192.0.2.7".to_owned()][..]));
    assert_eq!((lookups[1].role.as_str(), lookups[1].outcome), ("upstream", LookupOutcome::NxDomain));

    let host = "shop.example.com has address 192.0.2.7\nshop.example.com has IPv6 address 2001:db8::7\nHost app.internal not found: 2(SERVFAIL)\n";
    let all = facts(Step::Dns, host);
    let lookups = of!(all, Lookup);
    assert_eq!((lookups[0].addresses.len(), lookups[1].outcome), (2, LookupOutcome::ServFail));

    let getent = "10.0.0.5        STREAM app.internal\n10.0.0.5        DGRAM  \n10.0.0.5        RAW    \n";
    assert_eq!(of!(facts(Step::Dns, getent), Lookup)[0].addresses, ["10.0.0.5"]);
}

#[test]
fn a_host_on_itself() {
    let top = "top - 21:40:30 up  3:56,  0 user,  load average: 5.93, 4.85, 3.28\nTasks:  98 total,   1 running\n\
        MiB Mem :  24103.9 total,   2680.4 free,   2744.0 used,  19084.2 buff/cache     \n\
        MiB Swap:   1024.0 total,    512.0 free,    512.0 used.  21360.0 avail Mem \n";
    let all = facts(Step::Server, top);
    assert!((of!(all, Load)[0].one - 5.93).abs() < 0.001 && of!(all, Load)[0].cores == 2);
    let memory = of!(all, Memory)[0];
    assert_eq!((memory.total >> 20, memory.available >> 20, memory.swap_free >> 20), (24103, 21360, 512));

    let uptime = facts(Step::Server, " 21:40:30 up 12 days,  3:56,  1 user,  load average: 0,50, 0,40, 0,30\n");
    assert!((of!(uptime, Load)[0].five - 0.4).abs() < 0.001, "{uptime:?}");

    let free = "               total        used        free      shared  buff/cache   available\n\
        Mem:           24103        2744        2680          12       19083       21359\nSwap:              0           0           0\n";
    let expected = Memory { total: 24103 << 20, available: 21359 << 20, ..Memory::default() };
    assert_eq!(of!(facts(Step::Server, free), Memory)[0], &expected);
    let human = "               total        used        free      shared  buff/cache   available\n\
        Mem:            23Gi       2.7Gi       2.6Gi        12Mi        18Gi        20Gi\nSwap:             0B          0B          0B\n";
    assert_eq!(of!(facts(Step::Server, human), Memory)[0].total, 23 << 30);

    let df = "Filesystem      Size  Used Avail Use% Mounted on\n/dev/vda        252G  252G     0 100% /\n\
        devtmpfs         12G     0   12G   0% /dev\n/dev/loop3       56M   56M     0 100% /snap/core/1\n\
        Filesystem       Inodes  IUsed    IFree IUse% Mounted on\n/dev/vda       16777216 512000 16265216    4% /\n";
    let expected =
        Disk { path: "/".to_owned(), total: 252 << 30, available: 0, inodes: 16_777_216, inodes_free: 16_265_216 };
    let all = facts(Step::Server, df);
    assert_eq!(of!(all, Disk), [&expected]);

    let pressure = "some avg10=61.00 avg60=1.00 avg300=0.00 total=1\nsome avg10=0.00 avg60=0.00 avg300=0.00 total=1\n\
        full avg10=0.00 avg60=0.00 avg300=0.00 total=1\nsome avg10=2.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=1.00 avg60=0.00 avg300=0.00 total=1\n";
    let all = facts(Step::Server, pressure);
    let resources: Vec<_> = of!(all, Pressure).iter().map(|one| one.resource.clone()).collect();
    assert_eq!(resources, ["cpu", "memory", "io"]);
}

#[test]
fn tables_of_sockets() {
    let all = "State    Recv-Q   Send-Q     Local Address:Port      Peer Address:Port  Process\n\
        LISTEN   0        511              0.0.0.0:80             0.0.0.0:*      users:((\"nginx\",pid=12,fd=6))\n\
        LISTEN   3        2            127.0.0.1:9000           0.0.0.0:*      users:((\"app\",pid=99,fd=3))\n\
        LISTEN   0        128        10.0.0.9%eth0:9000           0.0.0.0:*\n";
    let found = facts(Step::Server, all);
    let listeners = of!(found, Listener);
    let [one] = listeners[..] else { panic!("{found:?}") };
    let expected = Listener {
        target: "127.0.0.1:9000".to_owned(),
        local: true,
        listening: true,
        bound: Some("127.0.0.1:9000".to_owned()),
        waiting: vec![3],
        backlog: Some(2),
        owner: Some("app, process 99".to_owned()),
        elsewhere: vec!["10.0.0.9:9000".to_owned()],
        ..Listener::default()
    };
    assert_eq!(one, &expected);

    let without = "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\nLISTEN 0      128          0.0.0.0:22 0.0.0.0:*\n";
    let found = facts(Step::Server, without);
    assert!(
        of!(found, Listener).iter().all(|one| !one.listening && one.local && one.target == "127.0.0.1:9000"),
        "{found:?}"
    );

    // Only one port was asked for: nothing is said of the other target.
    let filtered = "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\nLISTEN 0 128 [::]:9000 [::]:*\n";
    assert!(of!(facts(Step::Server, filtered), Listener).iter().all(|one| one.listening));

    let netstat = "Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name\n\
        tcp        0      0 127.0.0.1:9000          0.0.0.0:*               LISTEN      99/app\n";
    assert_eq!(of!(facts(Step::Server, netstat), Listener)[0].owner.as_deref(), Some("app, process 99"));

    let unix = "Netid State  Recv-Q Send-Q          Local Address:Port  Peer Address:PortProcess\n\
        u_str LISTEN 0      4096  /run/systemd/private 1234            * 0\n";
    assert_eq!(of!(facts(Step::Upstream, unix), UnixSocket)[0].listening, Some(false));
    let listed = facts(Step::Upstream, "srw-rw---- 1 app app 0 Nov 22 15:00 /run/app.sock\n");
    assert_eq!(of!(listed, UnixSocket)[0].mode, "0660");
    let missing = facts(Step::Upstream, "ls: cannot access '/run/app.sock': No such file or directory\n");
    assert_eq!(of!(missing, UnixSocket)[0].exists, Some(false));

    let summary =
        "Total: 25\nTCP:   38 (estab 0, closed 37, orphaned 0, timewait 37)\n\nTransport Total     IP        IPv6\n";
    let given = read(summary, &mut about(Step::Server)).unwrap();
    assert_eq!(given[0].command, "ss -s");
}

#[test]
fn states_of_units() {
    let status = "● nginx.service - A high performance web server and a reverse proxy server\n\
        \u{20}    Loaded: loaded (/lib/systemd/system/nginx.service; enabled; preset: enabled)\n\
        \u{20}    Active: active (running) since Sun 2026-11-22 12:00:00 UTC; 3h ago\n\n\
        × app.service - The application\n     Loaded: loaded (/etc/systemd/system/app.service; enabled)\n\
        \u{20}    Active: failed (Result: exit-code) since Sun 2026-11-22 14:59:00 UTC; 1min ago\n";
    let all = facts(Step::Server, status);
    let units = of!(all, Unit);
    let failed = Unit {
        name: "app.service".to_owned(),
        active: "failed".to_owned(),
        sub: "failed".to_owned(),
        result: "exit-code".to_owned(),
        ..Unit::default()
    };
    assert_eq!((units[0].sub.as_str(), units[1]), ("running", &failed));
    let show = "Id=app.service\nActiveState=activating\nSubState=auto-restart\nResult=signal\nNRestarts=17\n";
    assert_eq!(of!(facts(Step::Server, show), Unit)[0].restarts, 17);
}

#[test]
fn lines_of_logs() {
    let error = "2026/11/22 15:00:01 [error] 7#7: *5 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: _, request: \"GET /cart HTTP/1.1\", upstream: \"http://127.0.0.1:9000/cart\", host: \"shop.example.com\"\n";
    let all = facts(Step::Logs, error);
    let line = of!(all, LogLine)[0];
    assert_eq!(
        (line.meaning, line.joined, line.target.as_deref()),
        (Meaning::Refused, Joined::Window, Some("127.0.0.1:9000"))
    );
    // The same an hour east of UTC, from the journal, and long ago.
    let east = format!("Nov 22 16:00:01 web1 nginx[7]: {}", error.replace("15:00:01", "16:00:01"));
    assert_eq!(of!(facts(Step::Logs, &east), LogLine)[0].joined, Joined::Window);
    let long_ago = error.replace("2026/11/22", "2025/01/02");
    assert_eq!(of!(facts(Step::Logs, &long_ago), LogLine)[0].joined, Joined::Earlier);
    let access = "192.0.2.1 - - [22/Nov/2026:14:58:00 +0000] \"GET /cart HTTP/1.1\" 502 150 \"-\" \"Mozilla/5.0\"\n";
    assert_eq!(of!(facts(Step::Logs, access), Recent)[0].count, 1);
}

#[test]
fn rules_of_firewalls() {
    let blocking = |text: &str| {
        let all = facts(Step::Network, text);
        let rules = of!(all, FirewallRule);
        rules.iter().map(|rule| format!("{} {} {}", rule.tool, rule.target, rule.verdict)).collect::<Vec<_>>()
    };
    let save = "# Generated by iptables-save v1.8.9\n*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [5:300]\n\
        [3:180] -A OUTPUT -d 10.0.0.5/32 -p tcp -m tcp --dport 9000 -j DROP\nCOMMIT\n";
    assert_eq!(blocking(save), ["iptables 10.0.0.5:9000 drop"]);
    let list = "Chain INPUT (policy ACCEPT 0 packets, 0 bytes)\n pkts bytes target     prot opt in     out     source               destination\n\n\
        Chain OUTPUT (policy ACCEPT 12 packets, 900 bytes)\n pkts bytes target     prot opt in     out     source               destination\n\
        \u{20}   3   180 REJECT     tcp  --  *      *       0.0.0.0/0            10.0.0.5             tcp dpt:9000 reject-with icmp-port-unreachable\n\
        \u{20}  1K  90K ACCEPT     6    --  *      lo      0.0.0.0/0            0.0.0.0/0\n";
    assert_eq!(blocking(list), ["iptables 10.0.0.5:9000 reject"]);
    let nft = "table inet filter {\n\tset blocked {\n\t\ttype ipv4_addr\n\t\telements = { 10.0.0.7 }\n\t}\n\tchain output {\n\t\ttype filter hook output priority filter; policy accept;\n\
        \t\tct state established,related accept\n\t\tip daddr 10.0.0.0/24 tcp dport { 9000, 9001 } counter packets 4 bytes 240 drop # handle 7\n\
        \t\tip daddr @blocked drop\n\t}\n}\n";
    assert_eq!(blocking(nft), ["nft 10.0.0.5:9000 drop"]);
    let ufw = "Status: active\n\nTo                         Action      From\n--                         ------      ----\n\
        22/tcp                     ALLOW       Anywhere\n10.0.0.5 9000/tcp          DENY OUT    Anywhere\n22/tcp (v6)                ALLOW       Anywhere (v6)\n";
    assert_eq!(blocking(ufw), ["ufw 10.0.0.5:9000 drop"]);
    assert_eq!(blocking("Status: inactive\n"), [] as [&str; 0]);
}

#[test]
fn the_way_there() {
    let route = facts(
        Step::Network,
        "10.0.0.5 via 192.0.2.1 dev eth0 src 192.0.2.2 uid 0 \n    cache \nlocal 127.0.0.1 dev lo src 127.0.0.1 uid 0\n",
    );
    let routes = of!(route, IpRoute);
    assert_eq!((routes[0].via.as_deref(), routes[1].route.as_str()), (Some("192.0.2.1"), "local"));
    let forbidden = facts(Step::Network, "prohibit 10.0.0.5 dev lo src 10.0.0.9\n");
    assert_eq!(of!(forbidden, IpRoute)[0].route, "prohibit");
    let neighbours =
        facts(Step::Network, "10.0.0.5 dev eth0 FAILED \n192.0.2.1 dev eth0 lladdr 02:fc:00:00:00:05 STALE \n");
    assert_eq!(of!(neighbours, Neighbour).len(), 1);
    assert!(of!(neighbours, IpRoute).is_empty());
    for (text, outcome) in [
        ("nc: connect to 10.0.0.5 port 9000 (tcp) failed: Connection refused", ConnectOutcome::Refused),
        ("Connection to 10.0.0.5 9000 port [tcp/*] succeeded!", ConnectOutcome::Open),
        ("(UNKNOWN) [10.0.0.5] 9000 (?) : No route to host", ConnectOutcome::Unreachable),
    ] {
        let all = facts(Step::Network, text);
        assert_eq!((of!(all, Connect)[0].outcome, of!(all, Connect)[0].target.as_str()), (outcome, "10.0.0.5:9000"));
    }
}

#[test]
fn a_configuration_tells_the_addresses_of_the_rest() {
    let text = "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n# configuration file /etc/nginx/nginx.conf:\n\
        http {\n    include /etc/nginx/sites-enabled/*;\n}\n\n# configuration file /etc/nginx/sites-enabled/shop:\n\
        server {\n    server_name shop.example.com;\n    location / { proxy_pass http://10.0.0.8:7000; }\n}\n\n\
        State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\nLISTEN 0 128 10.0.0.8:7000 0.0.0.0:*\n";
    let mut nothing = About { targets: Vec::new(), ..about(Step::Upstream) };
    let given = read(text, &mut nothing).unwrap();
    let all: Vec<FactKind> = given.into_iter().flat_map(|one| one.facts).collect();
    assert_eq!(of!(all, Gateway)[0].config.as_deref(), Some("/etc/nginx/nginx.conf"));
    assert_eq!(of!(all, Member)[0].targets, ["10.0.0.8:7000"]);
    assert!(of!(all, Listener)[0].listening);
}

#[test]
fn answers_of_curl() {
    let verbose = "*   Trying 192.0.2.7:80...\n* Connected to shop.example.com (192.0.2.7) port 80 (#0)\n> GET /cart HTTP/1.1\n> Host: shop.example.com\n> User-Agent: curl/7.88.1\n> Accept: */*\n> \n< HTTP/1.1 502 Bad Gateway\n< Server: nginx/1.22.1\n< Content-Type: text/html\n< \n<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n<hr><center>nginx/1.22.1</center>\n</body>\n</html>\n* Connection #0 to host shop.example.com left intact\n";
    let all = facts(Step::Refresh, verbose);
    let attempt = of!(all, Attempt)[0];
    assert_eq!((attempt.number, attempt.status, attempt.address.as_deref()), (4, Some(502), Some("192.0.2.7:80")));
    assert_eq!((attempt.server.as_deref(), attempt.page.as_deref()), (Some("nginx/1.22.1"), Some("nginx")));

    let refused = "*   Trying 10.0.0.5:9000...\n* connect to 10.0.0.5 port 9000 failed: Connection refused\n* Failed to connect to 10.0.0.5 port 9000 after 0 ms: Couldn't connect to server\n* Closing connection 0\ncurl: (7) Failed to connect to 10.0.0.5 port 9000 after 0 ms: Couldn't connect to server\n";
    let all = facts(Step::Upstream, refused);
    let failure = of!(all, Direct)[0].failure.clone().unwrap();
    assert_eq!((failure.kind, failure.during, failure.errno), (FaultKind::Refused, During::Connect, Some(111)));

    let included = "HTTP/1.1 200 OK\nServer: app\nX-Big: 1234\n\nhello\n";
    let mut one = About { targets: about(Step::Upstream).targets[..1].to_vec(), ..about(Step::Upstream) };
    let given = read(included, &mut one).unwrap();
    // The empty line that ends the head counts too.
    assert_eq!(of!(given[0].facts, Direct)[0].head_bytes, 17 + 13 + 13 + 2);
}

#[test]
fn a_certificate() {
    let text = "Connecting to 10.0.0.5\nCONNECTED(00000003)\n---\nCertificate chain\n 0 s:CN = app.internal\n   i:CN = Test CA\n   a:PKEY: rsaEncryption, 2048 (bit); sigalg: RSA-SHA256\n   v:NotBefore: Jan  1 00:00:00 2024 GMT; NotAfter: Nov 21 15:00:00 2026 GMT\n---\n";
    let all = facts(Step::Upstream, text);
    let expected = Certificate {
        target: "10.0.0.5:9000".to_owned(),
        subject: "CN = app.internal".to_owned(),
        issuer: "CN = Test CA".to_owned(),
        not_before: "2024-01-01T00:00:00.000Z".to_owned(),
        not_after: "2026-11-21T15:00:00.000Z".to_owned(),
        expired_for_s: 24 * 3600 + 60,
        valid_in_s: 1_704_067_200 - 1_795_359_660,
        ..Certificate::default()
    };
    assert_eq!(of!(all, Certificate)[0], &expected);
}

#[test]
fn what_is_not_known_is_said_with_what_is() {
    let unknown = read("hello, world\n", &mut about(Step::Dns)).unwrap_err();
    assert!(unknown.to_string().contains("step 3 (dns) takes the output of dig, nslookup, host"), "{unknown}");
    assert!(matches!(read(" \n", &mut about(Step::Logs)), Err(NotRead::Empty(_))));
    assert_eq!(read(&"x".repeat(MAX_BYTES + 1), &mut about(Step::Logs)), Err(NotRead::TooLarge));
    for step in Step::ALL {
        assert!(FORMATS.iter().any(|format| format.steps.contains(step)), "{step} takes nothing");
    }
}

#[test]
fn colours_and_carriage_returns_are_left_out() {
    assert_eq!(plain("\u{1b}[01;31mred\u{1b}[0m\r\nnext\u{7}\rover\u{a0}x"), "red\nnext\nover x");
}

/// Everything that an admin can paste says at once that the upstream is down; still it is not called proven.
#[test]
fn pasted_facts_alone_prove_nothing() {
    let mut run = crate::diagnose::empty_run("r1".parse().unwrap(), "http://shop.example.com/cart", BEGAN);
    let config = "http {\n server {\n listen 80;\n location / { proxy_pass http://127.0.0.1:9000; }\n }\n}\n";
    let curl = "* Connected to shop.example.com (192.0.2.7) port 80\n> GET /cart HTTP/1.1\n< HTTP/1.1 502 Bad Gateway\n< Server: nginx\n<\n";
    let nc = "nc: connect to 127.0.0.1 port 9000 (tcp) failed: Connection refused\n";
    let ss = "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\nLISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n";
    let log = "2026/11/22 15:00:01 [error] 7#7: *5 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: _, request: \"GET /cart HTTP/1.1\", upstream: \"http://127.0.0.1:9000/cart\", host: \"shop.example.com\"\n";
    for (step, text) in
        [(Step::Upstream, config), (Step::Refresh, curl), (Step::Network, nc), (Step::Server, ss), (Step::Logs, log)]
    {
        let paste = Paste { step, text: text.to_owned() };
        crate::diagnose::pasted::add(&mut run, &paste, At(BEGAN.0 + 60_000)).unwrap();
    }
    let verdict = run.verdict.unwrap();
    assert_eq!(verdict.cause.unwrap().0, "upstream-down-not-listening");
    assert!(verdict.strength.unwrap() > Strength::Proven);
}
