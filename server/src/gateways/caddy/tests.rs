//! Configurations as people write them, and broken ones.

use super::*;
use crate::fileguard::FileError;
use crate::gateways::{NameResolution, Protocol, Route, Target, Upstream};
use proptest::prelude::*;
use std::collections::BTreeMap;
use url::Url;

/// Files by path, without a disk.
struct Files(BTreeMap<PathBuf, String>);

impl Sources for Files {
    fn text(&self, path: &Path, _max: u64) -> Result<String, FileError> {
        self.0.get(path).cloned().ok_or_else(|| FileError::NotFound { path: path.to_path_buf() })
    }

    fn matching(&self, pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        let folder = pattern.parent().unwrap_or(Path::new("/"));
        Ok(self.0.keys().filter(|path| *path == pattern || path.parent() == Some(folder)).cloned().collect())
    }
}

fn read(name: &str, text: &str) -> Parsed<GatewayConfig> {
    let main = Path::new("/etc/caddy").join(name);
    parse(&main, None, &Files(BTreeMap::from([(main.clone(), text.to_owned())])))
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

const CADDYFILE: &str = r#"{
	http_port 8080
	auto_https off
	log {
		output file /var/log/caddy/caddy.log
	}
}

(timeouts) {
	transport http {
		dial_timeout {args[0]}
		response_header_timeout 2m
	}
}

http://shop.example, http://www.shop.example {
	log {
		output file /var/log/caddy/access.log
	}
	@post method POST
	handle_path /api/* {
		reverse_proxy https://api.internal:8443 {
			header_up Host {upstream_hostport}
			transport http {
				tls_server_name api.internal
				tls_trusted_ca_certs /etc/caddy/ca.pem
			}
		}
	}
	respond /health 200
	reverse_proxy @post 10.0.0.9:80
	reverse_proxy 10.0.0.5:8000 unix//run/app.sock {
		fail_duration 30s
		max_fails 3
		import timeouts 1s
	}
}

:9000 {
	bind 127.0.0.1
	php_fastcgi unix//run/php/php-fpm.sock
}
"#;

#[test]
fn a_caddyfile_leads_to_its_upstreams() {
    let parsed = read("Caddyfile", CADDYFILE);
    assert_eq!(parsed.problems, []);
    let config = parsed.value;
    let plain = upstream(&config, "http://shop.example:8080/");
    assert_eq!(
        plain.members.iter().map(|m| m.address.to_string()).collect::<Vec<_>>(),
        ["10.0.0.5:8000", "unix:/run/app.sock"]
    );
    assert_eq!((plain.members[0].max_fails, plain.host.as_deref()), (3, Some("shop.example:8080")));
    let settings = route(&config, "http://shop.example:8080/").settings;
    assert_eq!((settings.timeouts.connect.value.as_secs(), settings.timeouts.read.value.as_secs()), (1, 120));
    assert_eq!(settings.timeouts.connect.place.map(|place| place.line), Some(11));
    assert_eq!(settings.error_logs[0].file.as_deref(), Some(Path::new("/var/log/caddy/caddy.log")));
    assert_eq!(settings.access_logs[0].file.as_deref(), Some(Path::new("/var/log/caddy/access.log")));
    let api = upstream(&config, "http://www.shop.example:8080/api/orders");
    assert_eq!(
        (api.protocol, api.uri.as_deref(), api.host.as_deref()),
        (Protocol::Https, Some(""), Some("api.internal:8443"))
    );
    assert_eq!(api.resolution, NameResolution::BySystem);
    let tls = route(&config, "http://www.shop.example:8080/api/orders").settings.tls;
    assert_eq!((tls.verify.value, tls.name.map(|name| name.value).as_deref()), (true, Some("api.internal")));
    assert_eq!(route(&config, "http://shop.example:8080/health").target, Target::Return(200));
    assert_eq!(upstream(&config, "http://127.0.0.1:9000/x.php").protocol, Protocol::Fastcgi);
    assert!(config.route_for(&Url::parse("http://127.0.0.1:7000/").unwrap(), None).is_none());
    assert_eq!(config.longest_wait().map(|wait| wait.as_secs()), Some(86400));
}

#[test]
fn one_site_may_stand_without_braces() {
    let config = read("Caddyfile", "localhost:2015\n\nreverse_proxy /app/* :3000\nfile_server\n").value;
    assert_eq!(upstream(&config, "https://localhost:2015/app/x").members[0].address.to_string(), "localhost:3000");
    assert_eq!(route(&config, "https://localhost:2015/").target, Target::Files(None));
    assert!(config.servers[0].listens.iter().all(|listen| listen.tls));
}

#[test]
fn what_is_done_against_failures_is_read() {
    let care = |text: &str, name: &str| {
        let config = read(name, text).value;
        config.care_for(&Url::parse("http://x:8080/").unwrap(), None)
    };
    let one = "http://:8080 {\n\treverse_proxy 10.0.0.5:80 10.0.0.6:80 {\n";
    let careful = care(
        &format!(
            "{one}\t\tlb_try_duration 2s\n\t\thealth_uri /healthz\n\t\tfail_duration 10s\n\t}}\n\tcache {{\n\t\tstale 1h\n\t}}\n}}\n"
        ),
        "Caddyfile",
    );
    assert_eq!(
        (careful.retries, careful.active_checks, careful.passive_checks, careful.stale),
        (Some(true), Some(true), Some(true), Some(true))
    );
    let check = careful.check.expect("it is read");
    assert_eq!((check.uri.as_str(), &check.status[..]), ("/healthz", &[200..=299][..]));
    let odd =
        care("http://:8080 {\n\treverse_proxy a:80 {\n\t\thealth_uri /up\n\t\thealth_body fine\n\t}\n}\n", "Caddyfile");
    assert!(odd.active_checks == Some(true) && odd.check.is_none(), "what it wants is more than a status: {odd:?}");
    let idle = care("http://:8080 {\n\treverse_proxy a:80 {\n\t\thealth_body fine\n\t}\n}\n", "Caddyfile");
    assert_eq!(idle.active_checks, Some(false), "without a path nothing is asked for");
    let plain = care("http://:8080 {\n\treverse_proxy 10.0.0.5:80\n}\n", "Caddyfile");
    assert_eq!(
        (plain.retries, plain.active_checks, plain.passive_checks, plain.cache, plain.stale),
        (Some(false), Some(false), Some(false), Some(false), Some(false))
    );
    let json = r#"{"apps": {"http": {"servers": {"s": {"listen": [":8080"], "routes": [{"handle": [{"handler": "reverse_proxy",
        "upstreams": [{"dial": "10.0.0.5:1"}, {"dial": "10.0.0.6:1"}], "load_balancing": {"try_duration": 2000000000},
        "transport": {"protocol": "http", "versions": ["h2c"]}, "health_checks": {"passive": {"fail_duration": "10s"}}}]}]}}}}}"#;
    let native = care(json, "caddy.json");
    assert_eq!(
        (native.retries, native.active_checks, native.passive_checks, native.stale),
        (Some(true), Some(false), Some(true), None)
    );
    assert_eq!(route(&read("caddy.json", json).value, "http://x:8080/").settings.http_version.value, "h2c");
    let h2c = read("Caddyfile", "http://:8080 {\n\treverse_proxy h2c://10.0.0.5:50051\n}\n").value;
    let way = route(&h2c, "http://x:8080/");
    assert_eq!(
        (way.settings.http_version.value.as_str(), upstream(&h2c, "http://x:8080/").protocol),
        ("h2c", Protocol::Http)
    );
}

#[test]
fn native_json_says_the_same() {
    let text = r#"{"logging": {"logs": {"default": {"writer": {"output": "file", "filename": "/var/log/caddy.log"}}}},
 "apps": {"http": {"servers": {"srv0": {"listen": ["127.0.0.1:8080"], "routes": [
  {"match": [{"host": ["shop.example"], "path": ["/api/*"]}], "handle": [{"handler": "subroute", "routes": [
    {"handle": [{"handler": "rewrite", "strip_path_prefix": "/api"}, {"handler": "reverse_proxy",
      "upstreams": [{"dial": "10.0.0.5:8000"}], "transport": {"protocol": "http", "dial_timeout": 1500000000, "tls": {"insecure_skip_verify": true}}}]}]}]},
  {"handle": [{"handler": "static_response", "status_code": 404}]}]}}}}}"#;
    let parsed = read("caddy.json", text);
    assert_eq!(parsed.problems, []);
    let url = "http://shop.example:8080/api/x";
    let api = upstream(&parsed.value, url);
    assert_eq!((api.protocol, api.uri.as_deref(), api.place.line), (Protocol::Https, Some(""), 4));
    let settings = route(&parsed.value, url).settings;
    assert_eq!((settings.timeouts.connect.value.as_millis(), settings.tls.verify.value), (1500, false));
    assert_eq!(route(&parsed.value, "http://other.example:8080/").target, Target::Return(404));
}

#[test]
fn what_is_broken_is_told_and_the_rest_kept() {
    let parsed = read("Caddyfile", ":80 {\n\treverse_proxy 10.0.0.5:notaport 10.0.0.6:80\n");
    assert_eq!(parsed.problems.iter().map(|problem| problem.place.line).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(upstream(&parsed.value, "http://x/").members.len(), 1);
    let loops = read("Caddyfile", "(a) {\n\timport a\n}\n:80 {\n\timport a\n\treverse_proxy :90\n}\n");
    assert!(!loops.problems.is_empty());
    assert_eq!(upstream(&loops.value, "http://x/").members.len(), 1);
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "[a-z:/.*{}()@\"`$\\\\# \n\t0-9]{0,300}") {
        for name in ["Caddyfile", "caddy.json"] {
            let parsed = read(name, &text);
            parsed.value.route_for(&Url::parse("http://shop.example/api").unwrap(), None);
            parsed.value.upstreams();
        }
    }
}
