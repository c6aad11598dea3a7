//! What a run is given: pasted output of commands, and an earlier run that is to be checked again.

use super::gateway::{Gateway, Site};
use super::namespace::Namespace;
use super::outcome::{cause, diagnose, gatewatch, no_cause, proven, strength};
use super::upstream::{Reply, Upstream};
use crate::ports::free_port;
use serde_json::Value;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a command of this very machine prints, standard error included.
fn output_of(words: &[&str]) -> String {
    let output = Command::new(words[0]).args(&words[1..]).output();
    let output = output.unwrap_or_else(|error| panic!("{words:?}: {error}"));
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("the folder is ours");
    path.display().to_string()
}

fn facts(run: &Value) -> impl Iterator<Item = &Value> {
    run["steps"].as_array().into_iter().flatten().flat_map(|step| step["facts"].as_array().into_iter().flatten())
}

/// The gateway is on another host: all that can be seen from here is its 502. Pasted output names the cause, and does
/// not prove it.
#[test]
fn pasted_output_names_the_cause_of_a_remote_gateway() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
    let remote = Upstream::always(Reply::answer("502 Bad Gateway", "Server: nginx\r\n", page));
    let url = format!("http://{}/", remote.address());
    let blind = diagnose(None, &[&url], no_cause("unknown"));
    assert!(facts(&blind).all(|fact| fact["source"] != "pasted"));

    let port = free_port();
    let config = file(
        &folder,
        "nginx-T.txt",
        &format!(
            "# configuration file /etc/nginx/nginx.conf:\nhttp {{\n    server {{\n        listen 80;\n        location / {{ proxy_pass http://127.0.0.1:{port}; }}\n    }}\n}}\n"
        ),
    );
    let sockets = file(&folder, "ss.txt", &output_of(&["ss", "-ltn"]));
    let curl = output_of(&["curl", "-sv", &format!("http://127.0.0.1:{port}/")]);
    assert!(curl.contains("Connection refused"), "{curl}");
    let curl = file(&folder, "curl.txt", &curl);
    let netcat =
        file(&folder, "nc.txt", &format!("nc: connect to 127.0.0.1 port {port} (tcp) failed: Connection refused\n"));
    let run = diagnose(
        None,
        &[
            &url, "--paste", "upstream", &config, "--paste", "2", &sockets, "--paste", "6", &curl, "--paste",
            "network", &netcat,
        ],
        cause("upstream-down-not-listening", "code", 6),
    );
    assert_ne!(strength(&run), "proven");
    let pasted: Vec<&str> =
        facts(&run).filter(|fact| fact["source"] == "pasted").filter_map(|fact| fact["kind"].as_str()).collect();
    for kind in ["gateway", "route", "member", "listener", "direct", "connect"] {
        assert!(pasted.contains(&kind), "{kind} is missing in {pasted:?}");
    }
}

#[test]
fn what_this_machine_prints_is_read() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let upstream = Upstream::always(Reply::fine());
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let named = |command: &[&str]| file(&folder, &command.concat().replace('/', "_"), &output_of(command));
    let commands: [(&str, &[&str], &str); 9] = [
        ("2", &["top", "-bn1"], "load"),
        ("2", &["free", "-m"], "memory"),
        ("2", &["df", "-h"], "disk"),
        ("2", &["uptime"], "load"),
        ("2", &["ss", "-ltnp"], "listener"),
        ("5", &["ip", "route", "get", "127.0.0.1"], "ip-route"),
        ("5", &["nft", "list", "ruleset"], ""),
        ("1", &["curl", "-sv", "http://127.0.0.1:1/"], "attempt"),
        ("3", &["getent", "ahosts", "localhost"], "lookup"),
    ];
    for (step, command, kind) in commands {
        let path = named(command);
        if std::fs::read_to_string(&path).is_ok_and(|text| text.trim().is_empty()) {
            // A machine without any rule prints none.
            continue;
        }
        let run = diagnose(
            None,
            &[&gateway.url(), "--paste", step, &path],
            no_cause(if step == "1" { "transient" } else { "healthy" }),
        );
        let found = facts(&run).any(|fact| {
            fact["source"] == "pasted" && fact["kind"] == kind && fact["step"].as_u64() == step.parse().ok()
        });
        assert!(found || kind.is_empty(), "{command:?} gave no {kind}");
    }
}

/// An upstream that is broken until somebody mends it.
fn mendable() -> (Upstream, Arc<AtomicBool>) {
    let mended = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&mended);
    let upstream =
        Upstream::by_number(move |_| if seen.load(Ordering::Relaxed) { Reply::fine() } else { Reply::Close });
    (upstream, mended)
}

#[test]
fn a_fix_is_verified() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (upstream, mended) = mendable();
    let gateway = Gateway::forwarding(&format!("http://{}", upstream.address()));
    let before = diagnose(None, &[&gateway.url()], cause("upstream-closed-before-response", "code", 6));
    let earlier = file(&folder, "run.json", &before.to_string());

    let same = diagnose(None, &["--again", &earlier], cause("upstream-closed-before-response", "code", 6));
    assert_eq!(same["again"], before["id"]);
    assert_eq!(strength(&same), strength(&before));
    assert_eq!(same["changes"][0]["changed"], false, "{}", same["changes"]);

    mended.store(true, Ordering::Relaxed);
    // The failures of before are still in the log, so it is over rather than healthy.
    let after = diagnose(None, &["--again", &earlier], no_cause("transient"));
    let verdict = &after["changes"][0];
    assert_eq!(
        (&verdict["what"], &verdict["changed"], &verdict["after"]),
        (&"verdict".into(), &true.into(), &"transient".into())
    );
    assert!(verdict["before"].to_string().contains("upstream-closed-before-response"));
    let left_out = after["steps"][2]["summary"].to_string();
    assert!(left_out.contains("Not repeated"), "{left_out}");
    let told = gatewatch(None, &["--again", &earlier]);
    assert_eq!(told.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&told.stdout).contains("Since the earlier run"));
}

/// Another fault than before: what was left out is looked at after all.
#[test]
fn another_fault_takes_the_whole_walk() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let namespace = Namespace::new();
    let port = free_port();
    let answers = format!("server {{ listen 127.0.0.1:{port}; return 444; }}");
    let location = format!("proxy_pass http://127.0.0.1:{port};");
    let application = Gateway::start(&Site { location: "return 200;", http: &answers, namespace: Some(&namespace) });
    let gateway = Gateway::start(&Site { location: &location, http: "", namespace: Some(&namespace) });
    let before = diagnose(Some(&namespace), &[&gateway.url()], cause("upstream-closed-before-response", "code", 6));
    let earlier = file(&folder, "run.json", &before.to_string());
    drop(application);
    let run = diagnose(Some(&namespace), &["--again", &earlier], cause("upstream-down-not-listening", "code", 6));
    proven(&run);
    assert_eq!(run["changes"][0]["changed"], true);
}
