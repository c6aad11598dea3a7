//! Configurations as people write them, and broken ones.

use super::*;
use crate::fileguard::FileError;
use crate::gateways::{MemberAddress, Protocol, Route, Target, Upstream};
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

fn read(kind: GatewayKind, text: &str) -> Parsed<GatewayConfig> {
    parse(kind, Path::new("/x.conf"), &Files(&[("/x.conf", text)]))
}

#[test]
fn squid_before_a_site() {
    let text = "http_port 127.0.0.1:8080 accel defaultsite=shop.example\ncache_peer 10.0.0.5 parent 443 0 no-query originserver tls ssldomain=app.internal name=a # x\nread_timeout 2 minutes\nconnect_timeout 4 seconds\naccess_log stdio:/var/log/squid/access.log\n";
    let parsed = read(GatewayKind::Squid, text);
    let up = upstream(&parsed.value, "http://127.0.0.1:8080/");
    assert_eq!(
        (up.protocol, up.members[0].address.to_string().as_str(), up.place.line),
        (Protocol::Https, "10.0.0.5:443", 2)
    );
    let settings = route(&parsed.value, "http://127.0.0.1:8080/").settings;
    assert_eq!((settings.timeouts.connect.value.as_secs(), settings.timeouts.read.value.as_secs()), (2, 120));
    assert_eq!(settings.access_logs[0].file.as_deref(), Some(Path::new("/var/log/squid/access.log")));
}

#[test]
fn lighttpd_with_conditions() {
    let text = r#"server.port = 8080
server.bind = "127.0.0.1"
server.errorlog = "/var/log/lighttpd/error.log"
$HTTP["host"] == "api.example" {
    proxy.server = ( "" => ( ( "host" => "10.0.0.6", "port" => "81" ) ) )
}
proxy.server = ( "/app" => (( "host" => "10.0.0.5", "port" => 80, "read-timeout" => 7 )), "/x" => ( "host" => "10.0.0.9" ) )
fastcgi.server = ( ".php" => (( "socket" => "/run/php.sock" )) )
"#;
    let config = read(GatewayKind::Lighttpd, text).value;
    assert_eq!(members(&config, "http://127.0.0.1:8080/app/1"), ["10.0.0.5:80"]);
    assert_eq!(route(&config, "http://127.0.0.1:8080/app/1").settings.timeouts.read.value.as_secs(), 7);
    assert_eq!(members(&config, "http://127.0.0.1:8080/x"), ["10.0.0.9:80"]);
    let php = upstream(&config, "http://127.0.0.1:8080/a.php");
    assert_eq!(
        (php.protocol, &php.members[0].address),
        (Protocol::Fastcgi, &MemberAddress::Unix("/run/php.sock".into()))
    );
    assert_eq!(route(&config, "http://127.0.0.1:8080/file").target, Target::Files(None));
}

#[test]
fn nghttpx_h2o_and_hitch() {
    let text = "frontend=127.0.0.1,8080;no-tls\nbackend=10.0.0.5,8443;/api/;tls;sni=app.internal\nbackend=unix:/run/app.sock;/\nbackend-read-timeout=5s\n";
    let config = read(GatewayKind::Nghttpx, text).value;
    let api = upstream(&config, "http://127.0.0.1:8080/api/x");
    assert_eq!((api.protocol, api.members[0].address.to_string().as_str()), (Protocol::Https, "10.0.0.5:8443"));
    assert_eq!(members(&config, "http://127.0.0.1:8080/"), ["unix:/run/app.sock"]);
    let text = "listen: 8080\nproxy.timeout.io: 2000\nhosts:\n  \"shop.example:8080\":\n    paths:\n      \"/\": {file.dir: /srv}\n      \"/api\": {proxy.reverse.url: \"http://10.0.0.5:8000/base\"}\n";
    let config = read(GatewayKind::H2o, text).value;
    let api = upstream(&config, "http://any:8080/api/x");
    assert_eq!((api.uri.as_deref(), api.host.as_deref()), (Some("/base"), Some("10.0.0.5:8000")));
    assert_eq!(route(&config, "http://any:8080/api/x").settings.timeouts.read.value.as_secs(), 2);
    let text = "frontend = {\n  host = \"*\"\n  port = \"8443\"\n}\nbackend = \"[10.0.0.5]:80\"\n";
    let config = read(GatewayKind::Hitch, text).value;
    assert_eq!(members(&config, "https://x:8443/"), ["10.0.0.5:80"]);
    assert!(config.servers[0].listens[0].tls);
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "[a-z_.=>$\"()\\[\\]{}:;,/# \n0-9-]{0,300}") {
        for row in ROWS {
            let parsed = read(row.kind, &text);
            parsed.value.route_for(&Url::parse("http://shop.example/api").unwrap(), None);
        }
    }
}
