//! The way from text to a route, and that no text makes it fail.

use crate::fileguard::FileError;
use crate::gateways::{GatewayConfig, GatewayKind, NameResolution, Parsed, Route, Sources, Target, Upstream};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// Files in memory.
struct Files(BTreeMap<PathBuf, String>, Vec<String>);

impl Sources for Files {
    fn text(&self, path: &Path, _max: u64) -> Result<String, FileError> {
        self.0.get(path).cloned().ok_or_else(|| FileError::NotFound { path: path.to_path_buf() })
    }

    fn matching(&self, pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        let folder = pattern.parent().unwrap_or(Path::new("/"));
        let within = self.0.keys().filter(|path| path.parent() == Some(folder));
        Ok(within
            .filter(|path| pattern.file_name().is_some_and(|name| name == "*.cfg") || *path == pattern)
            .cloned()
            .collect())
    }

    fn arguments(&self) -> &[String] {
        &self.1
    }
}

fn parse(text: &str) -> Parsed<GatewayConfig> {
    let files = Files(BTreeMap::from([(PathBuf::from("/etc/haproxy/haproxy.cfg"), text.to_owned())]), Vec::new());
    GatewayKind::Haproxy.parse(Path::new("/etc/haproxy/haproxy.cfg"), None, &files)
}

fn route(text: &str, url: &str) -> Route {
    parse(text).value.route_for(&Url::parse(url).unwrap(), None).expect(url)
}

fn upstream(text: &str, url: &str) -> Upstream {
    match route(text, url).target {
        Target::Upstream(upstream) => *upstream,
        other => panic!("{other:?}"),
    }
}

const SITE: &str = r#"
global
    log /dev/log local0
    user haproxy
    maxconn 2000
    tune.bufsize 32768

defaults base
    mode http
    log global
    option httplog
    timeout connect 1s
    timeout server 30s
    timeout client 30s

defaults web from base
    timeout server 3s
    default-server check inter 500

frontend web from web
    bind :80,:8080
    bind *:443 ssl crt /etc/ssl/site.pem alpn h2,http/1.1
    acl is_api path_beg /api/ /rpc
    acl is_shop hdr(host) -i shop.example.com shop.example.com:8080
    http-request deny deny_status 429 if { path /limited }
    http-request return status 204 if { path -m beg /ping }
    http-request set-path %[path,lower] if { path_beg /API2 }
    redirect scheme https code 301 if { path_beg /login } !{ ssl_fc }
    use_backend api if is_api !{ path_end .html }
    use_backend shop if is_shop or { hdr(host) -m end .shop.test }
    use_backend internal if { src 10.0.0.0/8 } { path_beg /internal }
    use_backend %[req.hdr(host),lower,word(1,.)] if { hdr_dom(host) dyn }
    default_backend app

backend app from web
    retries 2
    option redispatch
    server app1 127.0.0.1:9001 maxconn 5
    server app2 [::1]:9002 backup disabled

backend api from web
    timeout server 7s
    http-request replace-path /api/(.*) /\1
    http-request set-header Host api.internal
    server-template a 2 api.internal:8443 ssl verify required ca-file /ca.pem sni str(api.internal) resolvers dns

backend shop from web
    server s /run/shop.sock send-proxy-v2

backend internal
    server i 10.0.0.9:80

backend empty.dyn.test
    mode http

resolvers dns
    nameserver one 10.0.0.53:53
    timeout resolve 2s
"#;

#[test]
fn a_site_is_followed_to_its_servers() {
    let app = upstream(SITE, "http://example.com/");
    assert_eq!(app.pool.as_deref(), Some("app"));
    let members: Vec<_> = app.members.iter().map(|m| (m.address.to_string(), m.max_conns, m.backup, m.down)).collect();
    assert_eq!(members, [("127.0.0.1:9001".to_owned(), 5, false, false), ("[::1]:9002".to_owned(), 0, true, true)]);
    assert_eq!(app.members[0].max_fails, 3);
    let found = route(SITE, "http://example.com/");
    assert_eq!(found.settings.timeouts.read.value, Duration::from_secs(3));
    assert_eq!(found.settings.timeouts.connect.value, Duration::from_secs(1));
    assert_eq!(found.settings.buffers.header.value, 32_768 - 1024);
    assert!(found.settings.next_upstream.value.is_empty());
    assert_eq!(found.server.listens.len(), 3);
    assert!(found.server.listens[2].tls);
}

#[test]
fn conditions_choose_the_backend() {
    let api = upstream(SITE, "http://example.com/api/items");
    assert_eq!(
        (api.pool.as_deref(), api.uri.as_deref(), api.host.as_deref()),
        (Some("api"), Some("/items"), Some("api.internal"))
    );
    assert_eq!((api.members.len(), api.protocol.is_tls()), (2, true));
    assert!(
        matches!(&api.resolution, NameResolution::WhileRunning(Some(resolver)) if resolver.servers == ["10.0.0.53:53"])
    );
    let tls = route(SITE, "http://example.com/api/items").settings.tls;
    assert_eq!((tls.verify.value, tls.sni.value, tls.minds_name()), (true, true, true));
    assert_eq!(tls.name.unwrap().value, "api.internal");
    assert_eq!(upstream(SITE, "http://example.com/api/a.html").pool.as_deref(), Some("app"));
    assert_eq!(upstream(SITE, "http://shop.example.com:8080/").pool.as_deref(), Some("shop"));
    assert_eq!(upstream(SITE, "http://x.shop.test/").members[0].address.to_string(), "unix:/run/shop.sock");
    assert_eq!(upstream(SITE, "http://empty.dyn.test/").pool.as_deref(), Some("app"), "there is no backend `empty`");
}

#[test]
fn rules_may_answer_themselves_and_doubt_is_told() {
    for (path, status) in [("limited", 429), ("ping/1", 204), ("login", 301)] {
        assert_eq!(route(SITE, &format!("http://example.com/{path}")).target, Target::Return(status), "{path}");
    }
    assert_eq!(upstream(SITE, "https://example.com/login").pool.as_deref(), Some("app"));
    // Whether the client is within 10.0.0.0/8 cannot be told here.
    assert!(matches!(route(SITE, "http://example.com/internal").target, Target::Unknown(_)));
    assert_eq!(route("frontend f\n mode http\n bind :80\n", "http://a/").target, Target::Return(503));
}

#[test]
fn a_listen_section_is_both() {
    let text = "defaults\n mode http\nlisten web\n bind 127.0.0.1:81 accept-proxy\n server a 127.0.0.1:82\n";
    let config = parse(text).value;
    let url = Url::parse("http://127.0.0.1:81/").unwrap();
    let here = config.route_for(&url, Some("127.0.0.1:81".parse().unwrap())).unwrap();
    assert!(matches!(&here.target, Target::Upstream(up) if up.members.len() == 1));
    assert!(here.server.listens[0].proxy_protocol);
    assert!(config.route_for(&url, Some("127.0.0.2:81".parse().unwrap())).is_none());
    assert_eq!((config.upstreams().len(), config.longest_wait().is_some()), (1, true));
}

#[test]
fn several_files_are_one_configuration() {
    let files = Files(
        BTreeMap::from([
            (PathBuf::from("/a.cfg"), "defaults\n mode http\n timeout server 9s\n".to_owned()),
            (PathBuf::from("/d/1.cfg"), "frontend f\n bind :80\n default_backend b\n".to_owned()),
            (PathBuf::from("/d/2.cfg"), "backend b\n server s 10.0.0.1:80\n timeout conect 1s\n".to_owned()),
        ]),
        ["-f", "/a.cfg", "-f", "/d"].map(str::to_owned).to_vec(),
    );
    let parsed = GatewayKind::Haproxy.parse(Path::new("/a.cfg"), None, &files);
    assert_eq!(parsed.value.files.len(), 3);
    let route = parsed.value.route_for(&Url::parse("http://x/").unwrap(), None).unwrap();
    assert_eq!(route.settings.timeouts.read.value, Duration::from_secs(9));
    assert!(parsed.problems.is_empty());
}

#[test]
fn problems_name_their_line() {
    let parsed = parse(
        "frontend f\n bind nowhere\n timeout client soon\n default_backend none\nbackend b from missing\n server x\n",
    );
    let told: Vec<_> = parsed.problems.iter().map(|problem| problem.place.line).collect();
    assert_eq!(told, [2, 3, 4, 6, 5]);
}

proptest! {
    #[test]
    fn no_text_makes_it_fail(text in "\\PC{0,400}") {
        let parsed = parse(&text);
        let _ = parsed.value.route_for(&Url::parse("http://example.com/a?b=c").unwrap(), None);
        let _ = (parsed.value.upstreams(), parsed.value.longest_wait());
    }

    #[test]
    fn no_mixture_of_its_words_makes_it_fail(words in prop::collection::vec(prop::sample::select(vec![
        "\n", "\n", "\n", "frontend", "backend", "listen", "defaults", "global", "from", "a", "b", "bind", ":80", "*:80-90",
        "server", "server-template", "1-9", "127.0.0.1:80", "x:+1", "default-server", "check", "port", "mode", "http",
        "use_backend", "default_backend", "if", "unless", "{", "}", "!", "or", "path_beg", "path", "-m", "reg", "(", "hdr(host)",
        "%[path,map(/x)]", "%[", "\"", "'", "\\", "$", "\"${A}", "acl", "http-request", "set-path", "replace-path", "\\9",
        "deny", "option", "httpchk", "http-check", "expect", "send", "hdr", "!", "status", "200-", "timeout", "99999999999s",
        ".if", ".endif", "resolvers", "nameserver", "log", "stats", "socket", "source", "é",
    ]), 0..120)) {
        let parsed = parse(&words.join(" "));
        for url in ["http://example.com/", "https://[::1]:80/x%20y"] {
            let _ = parsed.value.route_for(&Url::parse(url).unwrap(), None);
        }
        let _ = (parsed.value.upstreams(), parsed.value.longest_wait());
    }
}
