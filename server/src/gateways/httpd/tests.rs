//! Configurations as they are found, and texts that are none.

use super::*;
use crate::fileguard::FileError;
use crate::gateways::{MemberAddress, Protocol, Target};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Files in memory; a pattern's star matches anything within a folder.
#[derive(Default)]
struct Files {
    files: BTreeMap<PathBuf, String>,
    arguments: Vec<String>,
}

impl Sources for Files {
    fn text(&self, path: &Path, max: u64) -> Result<String, FileError> {
        if self.files.keys().any(|file| file.parent() == Some(path)) {
            return Err(FileError::NotRegular { path: path.to_path_buf(), kind: "a folder" });
        }
        let text = self.files.get(path).ok_or(FileError::NotFound { path: path.to_path_buf() })?;
        if text.len() as u64 > max {
            return Err(FileError::TooLarge { path: path.to_path_buf(), size: text.len() as u64, max });
        }
        Ok(text.clone())
    }

    fn matching(&self, pattern: &Path) -> Result<Vec<PathBuf>, FileError> {
        let Some((start, end)) = pattern.to_str().and_then(|pattern| pattern.split_once('*')) else {
            return Ok(vec![pattern.to_path_buf()]);
        };
        let fits = |path: &&PathBuf| path.to_str().is_some_and(|path| path.starts_with(start) && path.ends_with(end));
        Ok(self.files.keys().filter(fits).cloned().collect())
    }

    fn arguments(&self) -> &[String] {
        &self.arguments
    }
}

const DEBIAN: &str = "ServerRoot \"/etc/apache2\"\nTimeout 300\nUser ${APACHE_RUN_USER}\nGroup ${APACHE_RUN_GROUP}\n\
    ErrorLog ${APACHE_LOG_DIR}/error.log\nIncludeOptional mods-enabled/*.load\nIncludeOptional mods-enabled/*.conf\n\
    Include ports.conf\nLogFormat \"%h %l %u %t \\\"%r\\\" %>s %O \\\"%{Referer}i\\\" \\\"%{User-Agent}i\\\"\" combined\n\
    IncludeOptional conf-enabled/*.conf\nIncludeOptional sites-enabled/*.conf\n";

fn debian(site: &str) -> Parsed<GatewayConfig> {
    let proxy = "LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so\n";
    let http = "LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so\n";
    let ports = "Listen 80\n<IfModule ssl_module>\n\tListen 443\n</IfModule>\n";
    files(&[
        ("/etc/apache2/apache2.conf", DEBIAN),
        ("/etc/apache2/ports.conf", ports),
        ("/etc/apache2/mods-enabled/proxy.load", proxy),
        ("/etc/apache2/mods-enabled/proxy_http.load", http),
        ("/etc/apache2/mods-enabled/proxy.conf", "<IfModule mod_proxy.c>\nProxyTimeout 30\n</IfModule>\n"),
        ("/etc/apache2/sites-enabled/site.conf", site),
    ])
}

fn files(files: &[(&str, &str)]) -> Parsed<GatewayConfig> {
    let all = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned()));
    parse(Path::new(files[0].0), None, &Files { files: all.collect(), arguments: Vec::new() })
}

fn site(text: &str) -> GatewayConfig {
    let parsed = debian(text);
    assert_eq!(parsed.problems, []);
    parsed.value
}

fn route(config: &GatewayConfig, url: &str) -> Route {
    config.route_for(&Url::parse(url).unwrap(), None).expect("httpd listens there")
}

fn upstream(config: &GatewayConfig, url: &str) -> Upstream {
    match route(config, url).target {
        Target::Upstream(upstream) => *upstream,
        other => panic!("{url} is not forwarded: {other:?}"),
    }
}

fn written(config: &GatewayConfig, url: &str) -> String {
    upstream(config, url).written
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn reads_debians_layout() {
    let config = site(
        "<VirtualHost *:80>\n ServerName shop.example:80\n ServerAlias *.shop.example\n ProxyPass \"/\" \"http://10.0.0.5:8080/\" retry=0 connectiontimeout=500ms\n \
         CustomLog ${APACHE_LOG_DIR}/shop.log combined\n</VirtualHost>\n",
    );
    assert_eq!(
        (config.user.clone().unwrap().value, config.group.clone().unwrap().value),
        ("www-data".to_owned(), "www-data".to_owned())
    );
    assert_eq!(config.files.len(), 6);
    assert_eq!(config.servers.len(), 1);
    assert_eq!(config.servers[0].names, ["shop.example", "*.shop.example"]);
    assert!(config.servers[0].listens.iter().all(|listen| listen.port == 80 && listen.default));
    let route = route(&config, "http://www.shop.example/a");
    assert_eq!(route.settings.timeouts.connect.value, ms(500));
    assert_eq!(route.settings.timeouts.read.value, ms(30_000));
    assert_eq!(
        route.settings.timeouts.read.place.as_ref().unwrap().to_string(),
        "/etc/apache2/mods-enabled/proxy.conf:2"
    );
    assert_eq!(route.settings.error_logs[0].file, Some(PathBuf::from("/var/log/apache2/error.log")));
    assert_eq!(route.settings.access_logs[0].file, Some(PathBuf::from("/var/log/apache2/shop.log")));
    assert!(route.settings.access_logs[0].format.as_ref().unwrap().text.contains("%>s %O"));
    let upstream = upstream(&config, "http://www.shop.example/a");
    assert_eq!(upstream.members[0].address.to_string(), "10.0.0.5:8080");
    assert_eq!((upstream.uri.as_deref(), upstream.host.as_deref()), (Some("/a"), Some("10.0.0.5:8080")));
    assert_eq!(upstream.place.to_string(), "/etc/apache2/sites-enabled/site.conf:4");
    assert_eq!(config.longest_wait(), Some(ms(30_000)));
    assert!(config.route_for(&Url::parse("http://shop.example:81/").unwrap(), None).is_none());
}

#[test]
fn chooses_the_host_and_the_path() {
    let config = site(
        "<VirtualHost *:80>\nServerName a.example\nProxyPass /static !\nProxyPass /api/ http://10.0.0.1:1/\nProxyPass / http://10.0.0.1:2/\n</VirtualHost>\n\
         <VirtualHost *:80>\nServerName b.example\n<Location /in>\nProxyPass http://10.0.0.2:1/x\n</Location>\n\
         <LocationMatch \"^/v(\\d+)/\">\nProxyPass http://10.0.0.2:2/old$1\n</LocationMatch>\nProxyPassMatch ^/(.*\\.php)$ fcgi://10.0.0.2:9000/srv/$1\n\
         Redirect permanent /gone https://b.example/\n</VirtualHost>\n\
         <VirtualHost 10.1.1.1:80>\nServerName b.example\nProxyPass / http://10.0.0.3:1/\n</VirtualHost>\n",
    );
    for (url, expected) in [
        ("http://a.example/", "http://10.0.0.1:2/"),
        ("http://other.example/x", "http://10.0.0.1:2/"),
        ("http://a.example/api/x", "http://10.0.0.1:1/"),
        ("http://a.example/apix", "http://10.0.0.1:2/"),
        ("http://b.example/in/x", "http://10.0.0.2:1/x"),
        ("http://b.example/v12/x", "http://10.0.0.2:2/old$1"),
        ("http://b.example/a/b.php", "fcgi://10.0.0.2:9000/srv/$1"),
    ] {
        assert_eq!(written(&config, url), expected, "{url}");
    }
    assert_eq!(upstream(&config, "http://b.example/v12/x").uri.as_deref(), Some("/old12"));
    assert_eq!(upstream(&config, "http://b.example/a/b.php").uri.as_deref(), Some("/srv/a/b.php"));
    assert_eq!(upstream(&config, "http://b.example/in/x").uri.as_deref(), Some("/x/x"));
    assert!(matches!(route(&config, "http://a.example/static/x").target, Target::Files(_)));
    assert!(matches!(route(&config, "http://b.example/gone/x").target, Target::Return(301)));
    assert!(matches!(route(&config, "http://b.example/inside").target, Target::Files(_)));
    // An address that is written out wins over a name.
    let there = config.route_for(&Url::parse("http://a.example/").unwrap(), Some("10.1.1.1:80".parse().unwrap()));
    assert_eq!(there.unwrap().place.line, 20);
    assert_eq!(config.upstreams().len(), 6);
}

#[test]
fn reads_balancers() {
    let config = site(
        "<Proxy balancer://app>\nBalancerMember http://10.0.0.1:8080 loadfactor=5 retry=5 status=+H\nBalancerMember http://10.0.0.2:8080 max=3\n\
         BalancerMember unix:/run/app.sock|http://localhost status=D\nProxySet lbmethod=bytraffic nofailover=On timeout=7\n</Proxy>\n\
         BalancerMember balancer://app http://10.0.0.4:8080\n\
         <VirtualHost *:80>\nProxyPass / balancer://app/ stickysession=SID\nProxyPreserveHost On\n</VirtualHost>\n",
    );
    let found = upstream(&config, "http://shop.example/");
    assert_eq!(found.pool.as_deref(), Some("app"));
    let members: Vec<String> = found.members.iter().map(|member| member.address.to_string()).collect();
    assert_eq!(members, ["10.0.0.1:8080", "10.0.0.2:8080", "unix:/run/app.sock", "10.0.0.4:8080"]);
    assert_eq!((found.members[0].weight, found.members[0].backup, found.members[0].fail_timeout), (5, true, ms(5000)));
    assert_eq!((found.members[1].max_conns, found.members[2].down), (3, true));
    assert_eq!((found.protocol, found.host.as_deref()), (Protocol::Http, Some("shop.example")));
    assert_eq!(config.pools[0].balancing, "bytraffic");
    let settings = route(&config, "http://shop.example/").settings;
    assert_eq!(
        (settings.timeouts.read.value, settings.next_upstream.value.as_slice()),
        (ms(7000), &["off".to_owned()][..])
    );
    let nobody = site("<VirtualHost *:80>\nProxyPass / balancer://nobody/\n</VirtualHost>\n");
    assert_eq!(upstream(&nobody, "http://x.example/").members, []);
}

#[test]
fn reads_handlers_and_rewriting() {
    let config = site(
        "<VirtualHost *:80>\nServerName php.example\nDocumentRoot /srv/www\nDirectoryIndex index.php index.html\n\
         <FilesMatch \"\\.php$\">\nSetHandler \"proxy:unix:/run/php/php8.2-fpm.sock|fcgi://localhost\"\n</FilesMatch>\n\
         <Proxy \"unix:/run/php/php8.2-fpm.sock|fcgi://localhost/\">\nProxySet timeout=90 enablereuse=on max=10\n</Proxy>\n\
         <Directory /srv/www>\nFallbackResource /index.php\n</Directory>\n</VirtualHost>\n\
         <VirtualHost *:80>\nServerName rw.example\nRewriteEngine On\nRewriteCond %{HTTP:Upgrade} =websocket [NC]\nRewriteRule ^/ws/(.*) ws://10.0.0.1:3000/$1 [P,L]\n\
         RewriteCond %{HTTP_HOST} ^rw\\. [NC]\nRewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule ^/app/(.*)$ http://10.0.0.1:4000/$1 [P]\n\
         RewriteCond %{REMOTE_ADDR} ^10\\.\nRewriteRule ^/intern http://10.0.0.9/ [P]\nRewriteRule ^/old - [G]\nRewriteRule ^/moved /app/x [PT]\nRewriteRule ^/s https://x.example/ [R=308,L]\n</VirtualHost>\n",
    );
    for (url, socket) in [
        ("http://php.example/a.php", "unix:/run/php/php8.2-fpm.sock"),
        ("http://php.example/a.php/info", "unix:/run/php/php8.2-fpm.sock"),
        ("http://php.example/", "unix:/run/php/php8.2-fpm.sock"),
        ("http://php.example/pretty/name", "unix:/run/php/php8.2-fpm.sock"),
    ] {
        let found = upstream(&config, url);
        assert_eq!(
            (found.members[0].address.to_string().as_str(), found.protocol),
            (socket, Protocol::Fastcgi),
            "{url}"
        );
        assert_eq!((route(&config, url).settings.timeouts.read.value, found.keepalive), (ms(90_000), Some(10)));
    }
    assert_eq!(upstream(&config, "http://rw.example/app/y").members[0].address.to_string(), "10.0.0.1:4000");
    assert_eq!(upstream(&config, "http://rw.example/app/y").uri.as_deref(), Some("/y"));
    assert!(matches!(route(&config, "http://rw.example/ws/y").target, Target::Files(_)));
    let intern = route(&config, "http://rw.example/intern");
    assert!(intern.because.iter().any(|why| why.contains("may forward some requests")), "{:?}", intern.because);
    assert!(matches!(route(&config, "http://rw.example/old").target, Target::Return(410)));
    assert!(matches!(route(&config, "http://rw.example/s").target, Target::Return(308)));
}

#[test]
fn reads_tls_settings() {
    let config = site(
        "SSLProxyEngine on\n<VirtualHost *:80>\nServerName a.example\nProxyPass / https://app.internal:8443/\nSSLProxyVerify require\nSSLProxyCheckPeerName off\n\
         SSLProxyCACertificateFile certs/ca.crt\nSSLProxyProtocol -all +TLSv1.2\nSSLProxyMachineCertificateFile /x.pem\n</VirtualHost>\n\
         <VirtualHost *:80>\nServerName b.example\nProxyPreserveHost On\nProxyPass / https://10.0.0.5/\n</VirtualHost>\n",
    );
    let tls = route(&config, "http://a.example/").settings.tls;
    assert!(tls.verify.value && !tls.minds_name() && tls.minds_time());
    assert_eq!(tls.trusted.unwrap().value, PathBuf::from("/etc/apache2/certs/ca.crt"));
    assert_eq!(tls.name.unwrap().value, "app.internal");
    assert_eq!(tls.protocols.unwrap().value, "-all +TLSv1.2");
    let tls = route(&config, "http://b.example/").settings.tls;
    assert!(!tls.verify.value && tls.minds_name() && tls.minds_time());
    assert_eq!(tls.name.unwrap().value, "b.example");
    assert_eq!(
        upstream(&config, "http://b.example/").members[0].address,
        MemberAddress::Host { host: "10.0.0.5".to_owned(), port: 443 }
    );
}

#[test]
fn follows_conditions_definitions_and_macros() {
    let text = "Define port 8080\nDefine GREEN\nListen ${port}\n<IfDefine !BLUE>\nDefine app 10.0.0.1\n</IfDefine>\n<IfDefine BLUE>\nDefine app 10.0.0.2\n</IfDefine>\n\
        <IfModule !mod_proxy_http.c>\nListen 99\n</IfModule>\n<IfVersion >= 2.4>\n<Macro Site $name $name_port>\n<VirtualHost *:${port}>\nServerName $name\nProxyPass / http://${app}:$name_port/\n</VirtualHost>\n</Macro>\n</IfVersion>\n\
        Use Site one.example 1\nUse Site two.example 2\nUnDefine port\nUse Nothing\n";
    let plain = files(&[("/srv/httpd.conf", text)]);
    assert_eq!(written(&plain.value, "http://two.example:8080/"), "http://10.0.0.1:2/");
    assert_eq!(plain.value.servers.len(), 2);
    assert_eq!(plain.problems.len(), 1, "{:?}", plain.problems);
    let arguments = ["-D", "BLUE", "-DX", "-c", "ListenBacklog 7"].map(str::to_owned).to_vec();
    let sources = Files { files: BTreeMap::from([(PathBuf::from("/srv/httpd.conf"), text.to_owned())]), arguments };
    let blue = parse(Path::new("/srv/httpd.conf"), None, &sources);
    assert_eq!(written(&blue.value, "http://one.example:8080/"), "http://10.0.0.2:1/");
}

#[test]
fn tells_what_it_does_not_understand() {
    let parsed = debian(
        "<VirtualHost *:80>\nProxyPass / http://${NOWHERE}/\n<Location /x>\n</VirtualHost>\nInclude missing.conf\nInclude none/*.conf\nListen x:y\nErrorLog \"a\n</Macro>\n<Location />\nInclude sites-enabled/site.conf\n",
    );
    let told: Vec<String> =
        parsed.problems.iter().map(|problem| format!("{}: {}", problem.place.line, problem.what)).collect();
    for expected in [
        "2: ${NOWHERE}",
        "4: <location> is not ended",
        "5: /etc/apache2/missing.conf",
        "6: no file matches",
        "8: a quoted",
        "9: </macro>",
        "11: /etc/apache2/sites-enabled/site.conf includes itself",
        "7: `Listen",
    ] {
        assert!(told.iter().any(|line| line.starts_with(expected)), "{expected}: {told:#?}");
    }
    assert!(matches!(route(&parsed.value, "http://x/").target, Target::Upstream(_)));
}

#[test]
fn a_folder_stands_for_its_files() {
    let parsed = files(&[
        ("/etc/httpd/conf/httpd.conf", "Listen 80\nInclude conf.d\n"),
        ("/etc/httpd/conf.d/a.conf", "ProxyPass / http://a:1/\n"),
    ]);
    assert_eq!(parsed.problems, []);
    assert_eq!(written(&parsed.value, "http://x/"), "http://a:1/");
    assert_eq!(
        route(&parsed.value, "http://x/").settings.error_logs[0].file,
        Some(PathBuf::from("/etc/httpd/logs/error_log"))
    );
}

#[test]
fn knows_the_running_server() {
    use app::model::At;
    let master = |line: &str| {
        let process = Process {
            pid: 7,
            parent: 1,
            name: "apache2".to_owned(),
            state: 'S',
            uid: 0,
            gid: 0,
            groups: Vec::new(),
            command_line: line.split(' ').map(str::to_owned).collect(),
            threads: 1,
            resident: 0,
            cpu_ms: 0,
            started: At(0),
        };
        master(&process).map(|master| master.main.display().to_string())
    };
    for (line, main) in [
        ("/usr/sbin/apache2 -k start", "/etc/apache2/apache2.conf"),
        ("/usr/sbin/apache2 -d /etc/apache2-blue -k start", "/etc/apache2-blue/apache2.conf"),
        ("/usr/sbin/httpd -DFOREGROUND", "/etc/httpd/conf/httpd.conf"),
        ("/usr/local/apache2/bin/httpd -k start", "/usr/local/apache2/conf/httpd.conf"),
        ("httpd -DFOREGROUND", "/usr/local/apache2/conf/httpd.conf"),
        ("/usr/sbin/apache2 -d /srv/a -f edge.conf", "/srv/a/edge.conf"),
        ("/usr/sbin/apache2 -f/srv/edge.conf -DFOREGROUND", "/srv/edge.conf"),
    ] {
        assert_eq!(master(line).as_deref(), Some(main), "{line}");
    }
    assert_eq!(master("vim httpd.conf"), None);
    assert_eq!(master(""), None);
}

fn piece() -> impl Strategy<Value = String> {
    let words = [
        "<VirtualHost *:80>",
        "</VirtualHost>",
        "<Location /a>",
        "</Location>",
        "<LocationMatch ^/(.*)>",
        "</LocationMatch>",
        "<Proxy balancer://a>",
        "</Proxy>",
        "<IfModule mod_x.c>",
        "</IfModule>",
        "<IfDefine X>",
        "</IfDefine>",
        "<Macro M $a>",
        "</Macro>",
        "Use M ${a}",
        "Define X ${X}",
        "Include /main",
        "Include *",
        "Listen 80",
        "Listen [::",
        "ServerName ${X}",
        "ServerAlias *.a",
        "ProxyPass / http://a:1/ retry=0",
        "ProxyPass / balancer://a/",
        "ProxyPassMatch ( $1",
        "ProxyPass http://[::1",
        "BalancerMember http://b status=+",
        "BalancerMember balancer://a http://c",
        "ProxySet http://a timeout=",
        "SetHandler proxy:unix:/x|fcgi:",
        "RewriteEngine on",
        "RewriteCond %{HTTP_HOST} !^%1 [OR]",
        "RewriteCond %{ x",
        "RewriteRule ^/(.*)$ http://$1:%1/ [P,L]",
        "RewriteRule ( - [F]",
        "RewriteRule . /é [L]",
        "Redirect",
        "FallbackResource /é",
        "ErrorLog |x",
        "CustomLog \"",
        "LogFormat \"%h\" n",
        "TransferLog",
        "ErrorLogFormat \"[%t]\"",
        "<",
        ">",
        "</",
        "\\",
        "\"",
        "#",
        "DocumentRoot /é",
        "<Directory /é>",
        "<If \"-f x\">",
        "AddHandler proxy:x .é",
    ];
    prop_oneof![9 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => ".{0,12}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_lines_give_a_configuration(lines in proptest::collection::vec(piece(), 0..60), path in "/[ -~é]{0,12}") {
        let text = lines.join("\n");
        let parsed = files(&[("/main", &text)]);
        let mut url = Url::parse("http://x.example/").unwrap();
        url.set_path(&path);
        let _ = parsed.value.route_for(&url, None);
        let _ = parsed.value.route_for(&url, Some("127.0.0.1:80".parse().unwrap()));
        let _ = (parsed.value.upstreams(), parsed.value.longest_wait());
    }

    #[test]
    fn any_text_gives_a_configuration(text in "(?s).{0,400}") {
        let parsed = files(&[("/main", &text)]);
        let _ = parsed.value.upstreams();
    }
}
