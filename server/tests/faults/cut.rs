//! The network of `gatewatch serve` itself is cut, in a namespace of its own: nobody is taken for down, and the page says
//! that the watcher is blind.

use super::elsewhere::Hosts;
use super::gateway::{Gateway, Site};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long something may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longer than three intervals with their time-outs.
const CUT: Duration = Duration::from_secs(7);
const PORT: u16 = 5020;
const SHOP: &str = "10.77.0.2";

/// A server on the gateway's host that watches a site on the other one.
struct Watcher {
    hosts: Hosts,
    _shop: Gateway,
    process: Child,
    folder: TempDir,
}

impl Watcher {
    fn start(more: &str) -> Self {
        let hosts = Hosts::new();
        // Addresses for documentation are never asked.
        for (namespace, address) in [(&hosts.gateway, "10.77.0.1/24"), (&hosts.application, "10.77.0.2/24")] {
            namespace.run(&["ip", "addr", "add", address, "dev", "link0"]);
        }
        hosts.gateway.run(&["ip", "route", "add", "default", "via", SHOP]);
        let http = format!("server {{ listen {SHOP}:8080; return 200; }}");
        let shop = Gateway::start(&Site { location: "return 200;", http: &http, namespace: Some(&hosts.application) });
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let database = folder.path().join("gatewatch.db");
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:{PORT}\"\n[storage]\npath = \"{}\"\n{more}\n[[monitors]]\nid = \"shop\"\n\
             url = \"http://{SHOP}:8080/\"\ninterval = \"1s\"\ntimeout = \"1s\"\nconfirm = {{ down = \"1 of 1\" }}\n",
            database.display()
        );
        let config = folder.path().join("gatewatch.toml");
        fs::write(&config, text).expect("the folder is ours");
        let mut serve = hosts.gateway.command(env!("CARGO_BIN_EXE_gatewatch"));
        serve.args(["serve", "--config"]).arg(&config).stdout(Stdio::null());
        serve.stderr(fs::File::create(folder.path().join("log")).expect("the folder is ours"));
        let process = serve.spawn().expect("the program was built with the tests");
        Self { hosts, _shop: shop, process, folder }
    }

    fn page(&self) -> String {
        let mut curl = self.hosts.gateway.command("curl");
        let output = curl.args(["-sS", "-m", "5", &format!("http://127.0.0.1:{PORT}/")]).output();
        String::from_utf8_lossy(&output.expect("curl is there").stdout).into_owned()
    }

    fn until(&self, text: &str) -> String {
        let end = Instant::now() + PATIENCE;
        let mut page = String::new();
        while Instant::now() < end {
            page = self.page();
            if page.contains(text) {
                return page;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        panic!("the page never said {text:?}: {page}\n{log}");
    }

    /// Ends the server; every sample of its history, as a line of the export.
    fn samples(mut self) -> Vec<String> {
        let id = i32::try_from(self.process.id()).expect("an id is small");
        kill_process(Pid::from_raw(id).expect("it runs"), Signal::TERM).expect("it is ours");
        assert!(self.process.wait().expect("it ends").success());
        let config: PathBuf = self.folder.path().join("gatewatch.toml");
        let mut export = self.hosts.gateway.command(env!("CARGO_BIN_EXE_gatewatch"));
        let output = export.args(["export", "history", "--samples", "--config"]).arg(config).output();
        let text = String::from_utf8(output.expect("it was built with the tests").stdout).expect("CSV is UTF-8");
        text.lines().skip(1).map(str::to_owned).collect()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Cuts, waits, mends, and holds what was shown and stored against what could be known.
fn cut(watcher: Watcher, cut: &[&str], mend: &[&[&str]], reason: &str) {
    watcher.until("All systems operational");
    watcher.hosts.gateway.run(cut);
    let page = watcher.until("The watcher is blind since");
    assert!(page.contains(reason), "{page}");
    let end = Instant::now() + CUT;
    while Instant::now() < end {
        let page = watcher.page();
        assert!(!page.contains("<span class=\"word\">Outage</span>"), "{page}");
        std::thread::sleep(Duration::from_millis(200));
    }
    for words in mend {
        watcher.hosts.gateway.run(words);
    }
    let page = watcher.until("All systems operational");
    assert!(!page.contains("The watcher is blind"), "{page}");
    let samples = watcher.samples();
    assert!(samples.iter().any(|line| line.contains(",unknown,")), "{samples:#?}");
    let known = samples.iter().filter(|line| !line.contains(",unknown,"));
    assert!(known.clone().count() > 0 && known.clone().all(|line| line.contains(",up,")), "{samples:#?}");
}

#[test]
fn a_link_that_goes_down_takes_nobody_for_down() {
    let mend = [&["ip", "link", "set", "link0", "up"][..], &["ip", "route", "replace", "default", "via", SHOP]];
    cut(Watcher::start(""), &["ip", "link", "set", "link0", "down"], &mend, "its host has no way out to the network");
}

#[test]
fn a_rule_that_swallows_everything_takes_nobody_for_down() {
    let watcher = Watcher::start("[self_check]\ncanaries = [\"tcp://10.77.0.2:9\"]");
    for words in [
        &["nft", "add", "table", "inet", "filter"][..],
        &["nft", "add", "chain", "inet", "filter", "output", "{ type filter hook output priority 0; }"],
    ] {
        watcher.hosts.gateway.run(words);
    }
    let rule = ["nft", "add", "rule", "inet", "filter", "output", "ip", "daddr", SHOP, "drop"];
    cut(watcher, &rule, &[&["nft", "flush", "ruleset"]], "its own network does not answer");
}
