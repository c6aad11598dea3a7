//! Configurations as they are found, and texts that are none.

use super::*;
use crate::fileguard::FileError;
use crate::gateways::Sources;
use crate::gateways::{GatewayConfig, MemberAddress, NameResolution, Parsed, Protocol, Route, Target, Upstream};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// Files in memory; a pattern's star matches anything.
struct Files(BTreeMap<PathBuf, String>);

impl Sources for Files {
    fn text(&self, path: &Path, max: u64) -> Result<String, FileError> {
        let text = self.0.get(path).ok_or(FileError::NotFound { path: path.to_path_buf() })?;
        if text.len() as u64 > max {
            return Err(FileError::TooLarge { path: path.to_path_buf(), size: text.len() as u64, max });
        }
        Ok(text.clone())
    }

    fn matching(&self, pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        let Some((start, end)) = pattern.to_str().and_then(|pattern| pattern.split_once('*')) else {
            return Ok(vec![pattern.to_path_buf()]);
        };
        let names = self
            .0
            .keys()
            .filter(|path| path.to_str().is_some_and(|path| path.starts_with(start) && path.ends_with(end)));
        Ok(names.cloned().collect())
    }
}

fn files(files: &[(&str, &str)]) -> Parsed<GatewayConfig> {
    let all = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned()));
    parse(Path::new(files[0].0), None, &Files(all.collect()))
}

fn http(text: &str) -> GatewayConfig {
    let parsed = files(&[("/etc/nginx/nginx.conf", &format!("events {{}}\nhttp {{\n{text}\n}}\n"))]);
    assert_eq!(parsed.problems, []);
    parsed.value
}

fn route(config: &GatewayConfig, url: &str) -> Route {
    config.route_for(&Url::parse(url).unwrap(), None).expect("a server block listens there")
}

fn upstream(config: &GatewayConfig, url: &str) -> Upstream {
    match route(config, url).target {
        Target::Upstream(upstream) => *upstream,
        other => panic!("{url} is not forwarded: {other:?}"),
    }
}

fn members(upstream: &Upstream) -> Vec<String> {
    upstream.members.iter().map(|member| member.address.to_string()).collect()
}

#[test]
fn reads_debians_layout_with_its_links_and_includes() {
    let parsed = files(&[
        (
            "/etc/nginx/nginx.conf",
            "user www-data;\nworker_processes auto;\npid /run/nginx.pid;\ninclude /etc/nginx/modules-enabled/*.conf;\n\
             events {\n\tworker_connections 768;\n}\nhttp {\n\tsendfile on;\n\taccess_log /var/log/nginx/access.log;\n\
             \tinclude mime.types;\n\tinclude /etc/nginx/conf.d/*.conf;\n\tinclude /etc/nginx/sites-enabled/*;\n}\n",
        ),
        ("/etc/nginx/modules-enabled/50-mod.conf", "load_module modules/mod.so;"),
        (
            "/etc/nginx/conf.d/app.conf",
            "upstream app {\n  server 127.0.0.1:8081 max_fails=2 fail_timeout=5s;\n  server unix:/run/app.sock backup;\n}\n",
        ),
        (
            "/etc/nginx/sites-enabled/default",
            "server {\n    listen 80 default_server;\n    listen [::]:80 default_server;\n    server_name shop.example;\n    \
             error_log /var/log/nginx/shop.error.log warn;\n    location / {\n        proxy_pass http://app;\n        \
             proxy_read_timeout 5s;\n    }\n}\n",
        ),
    ]);
    let config = parsed.value;
    assert_eq!(config.files.len(), 4);
    let missing: Vec<String> =
        parsed.problems.iter().map(|problem| format!("{}: {}", problem.place, problem.what)).collect();
    assert_eq!(missing, ["/etc/nginx/nginx.conf:11: /etc/nginx/mime.types does not exist"]);
    assert_eq!(config.user.as_ref().map(|user| user.value.as_str()), Some("www-data"));
    assert_eq!(config.limits.worker_connections.as_ref().map(|set| set.value), Some(768));
    let route = route(&config, "http://shop.example/");
    assert_eq!(route.place.to_string(), "/etc/nginx/sites-enabled/default:6");
    assert_eq!(route.settings.timeouts.read.value, Duration::from_secs(5));
    assert_eq!(route.settings.timeouts.connect, crate::gateways::Set::default_of(Duration::from_mins(1)));
    assert_eq!(route.settings.error_logs[0].file.as_deref(), Some(Path::new("/var/log/nginx/shop.error.log")));
    assert_eq!(route.settings.access_logs[0].format.as_ref().map(|format| format.name.as_str()), Some("combined"));
    let Target::Upstream(upstream) = route.target else { panic!("not forwarded") };
    assert_eq!(members(&upstream), ["127.0.0.1:8081", "unix:/run/app.sock"]);
    assert_eq!((upstream.members[0].max_fails, upstream.members[0].fail_timeout), (2, Duration::from_secs(5)));
    assert!(upstream.members[1].backup);
    assert_eq!((upstream.pool.as_deref(), upstream.host.as_deref()), (Some("app"), Some("app")));
    assert_eq!(config.longest_wait(), Some(Duration::from_mins(1)));
}

#[test]
fn chooses_locations_in_nginxs_order() {
    let config = http(
        "server { listen 80; server_name a;
           location / { proxy_pass http://127.0.0.1:1; }
           location = /exact { proxy_pass http://127.0.0.1:2; }
           location /static/ { proxy_pass http://127.0.0.1:3; }
           location ^~ /final/ { proxy_pass http://127.0.0.1:4; }
           location ~ \\.php$ { proxy_pass http://127.0.0.1:5; }
           location ~*\\.(jpg|png)$ { proxy_pass http://127.0.0.1:6; }
           location /nested/ { proxy_pass http://127.0.0.1:7; location ~ \\.php$ { proxy_pass http://127.0.0.1:8; } }
         }",
    );
    for (path, port) in [
        ("/", 1),
        ("/exact", 2),
        ("/exact/more", 1),
        ("/static/x", 3),
        ("/static/x.php", 5),
        ("/final/x.php", 4),
        ("/x.PHP", 1),
        ("/static/x.PNG", 6),
        ("/nested/x", 7),
        ("/nested/x.php", 8),
        ("//static//x", 3),
        ("/%73tatic/x", 3),
    ] {
        assert_eq!(members(&upstream(&config, &format!("http://a{path}"))), [format!("127.0.0.1:{port}")], "{path}");
    }
}

#[test]
fn chooses_server_blocks_by_address_then_name() {
    let config = http(
        "server { listen 80; server_name first.example; location / { return 201; } }
         server { listen 80 default_server; location / { return 202; } }
         server { listen 80; server_name *.wild.example .dot.example; location / { return 203; } }
         server { listen 80; server_name mail.*; location / { return 204; } }
         server { listen 80; server_name ~^www\\d+\\.example$; location / { return 205; } }
         server { listen 80; server_name x.wild.example; location / { return 206; } }
         server { listen 127.0.0.1:81; server_name _; location / { return 207; } }
         server { listen 81; server_name 127.0.0.1; location / { return 208; } }
         server { listen 443 ssl; server_name first.example; return 301 https://x; }",
    );
    for (url, status) in [
        ("http://first.example/", 201),
        ("http://FIRST.example/", 201),
        ("http://other.example/", 202),
        ("http://a.wild.example/", 203),
        ("http://wild.example/", 202),
        ("http://dot.example/", 203),
        ("http://a.dot.example/", 203),
        ("http://xdot.example/", 202),
        ("http://mail.anything/", 204),
        ("http://www7.example/", 205),
        ("http://x.wild.example/", 206),
        ("http://127.0.0.1:81/", 207),
        ("http://192.0.2.1:81/", 208),
        ("https://first.example/", 301),
    ] {
        assert_eq!(route(&config, url).target, Target::Return(status), "{url}");
    }
    assert_eq!(config.route_for(&Url::parse("http://first.example:8080/").unwrap(), None), None);
}

#[test]
fn follows_try_files_index_and_error_pages() {
    let config = http(
        "server { listen 80; root /srv/www; index index.html index.php;
           location / { try_files $uri $uri/ /index.php?$query_string; }
           location ~ \\.php$ { try_files $uri =404; fastcgi_pass unix:/run/php/php8.2-fpm.sock; fastcgi_read_timeout 7s; }
           location /app { try_files $uri @app; }
           location @app { proxy_pass https://app.internal; }
           location /old { error_page 404 = @app; }
           location /only { }
         }",
    );
    let php = route(&config, "http://x/some/page?a=1");
    let Target::Upstream(upstream_php) = &php.target else { panic!("{:?}", php.target) };
    assert_eq!(upstream_php.protocol, Protocol::Fastcgi);
    assert_eq!(upstream_php.members[0].address, MemberAddress::Unix("/run/php/php8.2-fpm.sock".into()));
    assert_eq!(php.settings.timeouts.read.value, Duration::from_secs(7));
    assert_eq!(members(&upstream(&config, "http://x/app/y")), ["app.internal:443"]);
    assert_eq!(upstream(&config, "http://x/app/y").resolution, NameResolution::AtStart);
    assert_eq!(members(&upstream(&config, "http://x/old/y")), ["app.internal:443"]);
    assert_eq!(members(&upstream(&config, "http://x/only/")), ["unix:/run/php/php8.2-fpm.sock"]);
    assert_eq!(route(&config, "http://x/only/z").target, Target::Files(Some("/srv/www".into())));
}

#[test]
fn resolves_variables_that_can_be_told() {
    let config = http(
        "resolver 10.0.0.53 [::1]:5353 valid=10s ipv6=off; resolver_timeout 3s;
         map $host $backend { hostnames; default http://fallback:81; shop.example http://shop.internal:82; ~^w http://w:83; }
         server { listen 80; server_name shop.example other.example www;
           set $target app.internal; set $port 8080;
           location /set/ { proxy_pass http://$target:${port}/base/; }
           location /map/ { proxy_pass $backend; }
           location /unknown/ { proxy_pass http://$cookie_backend; }
           location ~ ^/cap/(?<name>[a-z]+)/ { proxy_pass http://$name.internal:84; }
           location /host/ { proxy_set_header Host $host; proxy_pass http://10.0.0.1:85; }
         }",
    );
    let set = upstream(&config, "http://shop.example/set/x");
    assert_eq!((members(&set), set.uri.as_deref()), (vec!["app.internal:8080".to_owned()], Some("/base/")));
    let NameResolution::WhileRunning(Some(resolver)) = &set.resolution else { panic!("{:?}", set.resolution) };
    assert_eq!(resolver.addresses(), ["10.0.0.53:53".parse().unwrap(), "[::1]:5353".parse().unwrap()]);
    assert_eq!((resolver.timeout.value, resolver.ipv6), (Duration::from_secs(3), false));
    assert_eq!(members(&upstream(&config, "http://shop.example/map/")), ["shop.internal:82"]);
    assert_eq!(members(&upstream(&config, "http://other.example/map/")), ["fallback:81"]);
    assert_eq!(members(&upstream(&config, "http://www/map/")), ["w:83"]);
    assert_eq!(members(&upstream(&config, "http://www/unknown/")), Vec::<String>::new());
    assert_eq!(members(&upstream(&config, "http://www/cap/blue/")), ["blue.internal:84"]);
    assert_eq!(upstream(&config, "http://shop.example/host/").host.as_deref(), Some("shop.example"));
    let all: Vec<String> = config.upstreams().iter().flat_map(members).collect();
    for expected in ["fallback:81", "shop.internal:82", "w:83", "app.internal:8080", "10.0.0.1:85"] {
        assert!(all.contains(&expected.to_owned()), "{expected} of {all:?}");
    }
}

#[test]
fn inherits_and_overrides_settings() {
    let config = http(
        "proxy_connect_timeout 2s; proxy_ssl_verify on; proxy_ssl_trusted_certificate ca.pem; proxy_buffer_size 8k;
         log_format timed escape=json '$remote_addr $status ' '$upstream_status';
         access_log logs/a.log timed; error_log /dev/null; error_log syslog:server=x;
         proxy_set_header X-A 1;
         server { listen 80; access_log off; proxy_buffer_size 16k;
           location / { proxy_pass https://10.0.0.1; proxy_ssl_name app.example; proxy_ssl_server_name on; }
           location /b { access_log /b.log; proxy_set_header X-B 2; proxy_pass http://10.0.0.1; }
         }",
    );
    let outer = route(&config, "http://x/").settings;
    assert_eq!(outer.buffers.header.value, 16 << 10);
    assert_eq!(outer.buffers.header.place.as_ref().map(|place| place.line), Some(7));
    assert_eq!(
        (outer.timeouts.connect.value, outer.tls.verify.value, outer.tls.sni.value),
        (Duration::from_secs(2), true, true)
    );
    assert_eq!(outer.tls.trusted.as_ref().map(|set| set.value.clone()), Some("/usr/share/nginx/ca.pem".into()));
    assert_eq!(outer.tls.name.as_ref().map(|set| set.value.as_str()), Some("app.example"));
    assert_eq!(outer.access_logs, []);
    assert_eq!(outer.error_logs.iter().filter_map(|log| log.file.clone()).count(), 0);
    assert_eq!(outer.set_headers, [("X-A".to_owned(), "1".to_owned())]);
    let inner = route(&config, "http://x/b").settings;
    assert_eq!(inner.access_logs[0].file.as_deref(), Some(Path::new("/b.log")));
    assert_eq!(inner.set_headers, [("X-B".to_owned(), "2".to_owned())]);
    assert_eq!(config.formats[1].text, "$remote_addr $status $upstream_status");
    assert_eq!(config.formats[1].escape, "json");
}

#[test]
fn a_broken_text_keeps_what_is_whole() {
    let broken = files(&[(
        "/x/nginx.conf",
        "http {\n server {\n  listen 80\n }\n server { listen 81; location / { proxy_pass http://10.0.0.1:9; } \n } }\n }\nfoo \"never closed",
    )]);
    let told: Vec<String> = broken.problems.iter().map(|problem| problem.place.to_string()).collect();
    assert_eq!(told, ["/x/nginx.conf:8", "/x/nginx.conf:3", "/x/nginx.conf:7", "/x/nginx.conf:8"]);
    assert_eq!(members(&upstream(&broken.value, "http://a:81/")), ["10.0.0.1:9"]);
}

#[test]
fn includes_are_limited() {
    let own = files(&[("/x/nginx.conf", "include nginx.conf;\nhttp { include a; }"), ("/x/a", "include a;")]);
    assert_eq!(own.problems.len(), 2, "{:?}", own.problems);
    assert!(own.problems.iter().all(|problem| problem.what.contains("includes itself")));
    let many: Vec<(String, String)> = (0..1000).map(|number| (format!("/x/d/{number}"), "y 1;".to_owned())).collect();
    let mut all = vec![("/x/nginx.conf", "include d/*;")];
    all.extend(many.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let limited = files(&all);
    assert_eq!((limited.value.files.len(), limited.problems.len()), (256, 1));
    let deep = "a {".repeat(10_000) + &"}".repeat(10_000);
    assert_eq!(files(&[("/x/nginx.conf", &deep)]).problems.len(), 1);
}

#[test]
fn lua_is_passed_over() {
    let config = http(
        "server { listen 80;
           access_by_lua_block { local t = { a = \"}\" } -- }
             if x then ngx.say([[ } ]], '\\'}') end }
           location / { proxy_pass http://10.0.0.1:9; } }",
    );
    assert_eq!(members(&upstream(&config, "http://x/")), ["10.0.0.1:9"]);
}

proptest! {
    /// No text at all makes the lexer fail, loop or point outside of the text.
    #[test]
    fn any_text_gives_tokens_within_it(text in any::<String>()) {
        check_spans(&text);
    }

    /// Nor does what is nearly a configuration; and whatever came out can be asked for a way.
    #[test]
    fn any_pieces_give_a_configuration(pieces in proptest::collection::vec(piece(), 0..60)) {
        let text = pieces.concat();
        check_spans(&text);
        let parsed = files(&[("/x/nginx.conf", &text)]);
        let url = Url::parse("http://a.example:80/x/y.php?q").unwrap();
        let _ = parsed.value.route_for(&url, None);
        let _ = parsed.value.upstreams();
        let _ = parsed.value.longest_wait();
    }
}

fn check_spans(text: &str) {
    let mut end = 0;
    for token in lex(text).tokens {
        assert!(token.span.start >= end && token.span.end <= text.len() && token.span.start < token.span.end);
        assert!(text.get(token.span.clone()).is_some());
        end = token.span.end;
    }
}

fn piece() -> impl Strategy<Value = String> {
    let words = [
        "http {",
        "server {",
        "}",
        "{",
        ";",
        "listen 80;",
        "listen [::1",
        "server_name ~(;",
        "location / {",
        "location ~ (a|b)+$ {",
        "proxy_pass http://$a;",
        "proxy_pass http://[::;",
        "proxy_pass unix:;",
        "set $a $b;",
        "set $b $a$a;",
        "map $a $b { ~( x; default $b; }",
        "try_files $uri /x/y.php;",
        "try_files @a;",
        "location @a {",
        "error_page 404 = @a;",
        "return",
        "return 404;",
        "include x;",
        "content_by_lua_block {",
        "'",
        "\"",
        "\\",
        "#",
        "\n",
        "${",
        "$",
        "upstream a { server b; }",
        "server :99999;",
        "é",
        " ",
        "proxy_read_timeout 9w9w;",
        "proxy_buffers x y;",
        "index a.php;",
        "\u{0}",
    ];
    prop_oneof![9 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => ".{0,8}"]
}
