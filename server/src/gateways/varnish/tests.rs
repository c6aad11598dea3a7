//! Configurations as people write them, and broken ones.

use super::*;
use crate::fileguard::FileError;
use crate::gateways::{Route, Target, Upstream};
use proptest::prelude::*;
use std::path::PathBuf;
use url::Url;

/// One file, or two.
struct Files<'t>(&'t [(&'t str, &'t str)]);

impl Sources for Files<'_> {
    fn text(&self, path: &Path, _max: u64) -> Result<String, FileError> {
        let found = self.0.iter().find(|(name, _)| Path::new(name) == path);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| FileError::NotFound { path: path.to_path_buf() })
    }

    fn matching(&self, _pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        Ok(Vec::new())
    }
}

fn route(config: &GatewayConfig, url: &str) -> Route {
    config.route_for(&Url::parse(url).unwrap(), None).unwrap()
}

fn upstream(config: &GatewayConfig, url: &str) -> Upstream {
    match route(config, url).target {
        Target::Upstream(upstream) => *upstream,
        other => panic!("{url} leads to {other:?}"),
    }
}

fn members(config: &GatewayConfig, url: &str) -> Vec<String> {
    upstream(config, url).members.iter().map(|member| member.address.to_string()).collect()
}

const VCL: &str = r#"vcl 4.1;
import directors;
# a comment { with a brace
probe health { .url = "/ok"; .timeout = 1s; }
backend one { .host = "10.0.0.5"; .port = "8080"; .connect_timeout = 1s; .first_byte_timeout = 2m; .probe = health; }
backend two { .host = "10.0.0.6:8081"; .max_connections = 20; .probe = { .url = "/"; } }
backend api { .path = "/run/api.sock"; .host_header = "api.internal"; }
sub vcl_init {
    new pool = directors.round_robin();
    pool.add_backend(one);
    pool.add_backend(two);
}
sub vcl_recv {
    set req.backend_hint = pool.backend();
    if (req.method == "PURGE") { return (synth(405)); }
    if (req.url ~ "^/api/" && req.http.host == "shop.example") {
        set req.backend_hint = api;
        return (pass);
    } elsif (req.url == "/gone") {
        return (synth(410, "Gone"));
    }
}
"#;

fn read(text: &str, words: &[&str]) -> Parsed<GatewayConfig> {
    with_options(Path::new("/etc/varnish/default.vcl"), words, &Files(&[("/etc/varnish/default.vcl", text)]))
}

#[test]
fn a_program_chooses_its_backend() {
    let words = [
        "-F",
        "-a",
        "http=127.0.0.1:6081,PROXY",
        "-a:8080",
        "-f",
        "/etc/varnish/default.vcl",
        "-p",
        "http_resp_size=64k",
    ];
    let parsed = read(VCL, &words);
    assert_eq!(parsed.problems, []);
    let config = parsed.value;
    assert_eq!(members(&config, "http://127.0.0.1:6081/"), ["10.0.0.5:8080", "10.0.0.6:8081"]);
    assert!(config.servers[0].listens[0].proxy_protocol);
    let settings = route(&config, "http://x:8080/").settings;
    assert_eq!((settings.timeouts.connect.value.as_secs(), settings.timeouts.read.value.as_secs()), (1, 120));
    assert_eq!(settings.buffers.header.value, 64 << 10);
    let api = upstream(&config, "http://shop.example:8080/api/x");
    assert_eq!(
        (api.members[0].address.to_string().as_str(), api.host.as_deref()),
        ("unix:/run/api.sock", Some("api.internal"))
    );
    assert_eq!(members(&config, "http://other.example:8080/api/x").len(), 2);
    assert_eq!(route(&config, "http://x:8080/gone").target, Target::Return(410));
    assert!(config.route_for(&Url::parse("http://x:80/").unwrap(), None).is_none());
    assert_eq!(upstream(&config, "http://x:8080/").members[1].max_conns, 20);
}

#[test]
fn what_is_done_against_failures_is_read() {
    let care = |vcl: &str, words: &[&str]| read(vcl, words).value.care_for(&Url::parse("http://x/").unwrap(), None);
    let plain = care("vcl 4.1; backend default { .host = \"10.0.0.5\"; .max_connections = 20; }", &[]);
    assert_eq!(
        (plain.retries, plain.active_checks, plain.cache, plain.stale),
        (Some(false), Some(false), Some(true), Some(false))
    );
    assert_eq!(plain.connection_limits[0].value, ".max_connections = 20");
    let careful = "vcl 4.1; backend default { .host = \"10.0.0.5\"; .probe = { .url = \"/\"; } }
        sub vcl_backend_response { set beresp.grace = 6h; if (beresp.status >= 502) { return (retry); } }";
    let careful = care(careful, &[]);
    assert_eq!((careful.retries, careful.active_checks, careful.stale), (Some(true), Some(true), Some(true)));
    let check = careful.check.expect("it is read");
    assert_eq!(
        (check.uri.as_str(), check.host.as_deref(), &check.status[..]),
        ("/", Some("10.0.0.5"), &[200..=200][..])
    );
    let named = "vcl 4.1; probe ok { .url = \"/ok\"; .expected_response = 204; .timeout = 1s; }
        backend default { .host = \"10.0.0.5\"; .host_header = \"app\"; .probe = ok; }";
    let named = care(named, &[]).check.expect("it is read");
    assert_eq!((named.uri.as_str(), named.host.as_deref(), named.timeout.as_secs()), ("/ok", Some("app"), 1));
    assert_eq!(named.status, [204..=204]);
    let by_option = care("vcl 4.1; backend default { .host = \"10.0.0.5\"; }", &["-p", "default_grace=3600"]);
    assert_eq!(by_option.stale, Some(true));
}

#[test]
fn one_backend_may_stand_on_the_command_line() {
    let config = read("", &["-b", "10.0.0.5:8080"]).value;
    assert_eq!(members(&config, "http://x/"), ["10.0.0.5:8080"]);
    // Without a command line nobody knows where it listens.
    assert_eq!(members(&read(VCL, &[]).value, "http://x:4711/").len(), 2);
}

#[test]
fn a_managers_command_line_is_found() {
    let process = |name: &str, line: &str| Process {
        pid: 7,
        parent: 1,
        name: name.to_owned(),
        state: 'S',
        uid: 0,
        gid: 0,
        groups: Vec::new(),
        command_line: line.split(' ').map(str::to_owned).collect(),
        threads: 1,
        resident: 0,
        cpu_ms: 0,
        started: app::model::At(0),
    };
    let found = master(&process("varnishd", "/usr/sbin/varnishd -j unix -F -f /srv/x.vcl -s malloc,16m")).unwrap();
    assert_eq!(found.main, Path::new("/srv/x.vcl"));
    assert_eq!(master(&process("cache-main", "/usr/sbin/varnishd -f /srv/x.vcl")), None);
    assert_eq!(master(&process("varnishlog", "varnishlog -f x")), None);
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "[a-z_. ~!=&|(){};\"#/\n0-9]{0,300}", cut in 0..1000_usize) {
        let cut: String = VCL.chars().take(cut).collect();
        for text in [text.clone(), format!("sub vcl_recv {{ {text} }}"), format!("{cut}{text}")] {
            let parsed = read(&text, &[]);
            parsed.value.route_for(&Url::parse("http://shop.example/api").unwrap(), None);
        }
    }
}
