//! HTTP/2, client certificates and gRPC health behind a real nginx, from the configuration to the samples.

use crate::gateway::Nginx;
use crate::ports::free_port;
use crate::site::Site;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Response};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use sha1::{Digest as _, Sha1};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// An authority, a server's and a prober's certificate, as files.
fn write_certificates(folder: &Path) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Test authority");
    let authority = params.self_signed(&key).unwrap();
    std::fs::write(folder.join("authority.pem"), authority.pem()).unwrap();
    let issuer = Issuer::new(params, key);
    for (name, host) in [("site", "127.0.0.1"), ("probe", "probe.test")] {
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec![host.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        std::fs::write(folder.join(format!("{name}.pem")), leaf.pem()).unwrap();
        std::fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
    }
}

/// Apache as a forward proxy for people who know its password; ends with its value.
async fn proxy(folder: &Path, connect_to: &[u16]) -> (u16, Child) {
    let (at, port) = (folder.display(), free_port());
    let secret = STANDARD.encode(Sha1::digest("s3cret"));
    std::fs::write(folder.join("users"), format!("probe:{{SHA}}{secret}\n")).unwrap();
    let mut modules = String::new();
    for name in ["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "proxy"]
        .into_iter()
        .chain(["proxy_http", "proxy_connect"])
    {
        writeln!(modules, "LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so").unwrap();
    }
    let ports = connect_to.iter().map(u16::to_string).collect::<Vec<_>>().join(" ");
    let text = format!(
        "ServerRoot {at}\nServerName proxy.test\nListen 127.0.0.1:{port}\nPidFile {at}/proxy.pid\nErrorLog {at}/proxy.log\n\
         {modules}ProxyRequests On\nProxyVia Full\nAllowCONNECT {ports}\n<Proxy \"*\">\nAuthType Basic\nAuthName proxy\n\
         AuthBasicProvider file\nAuthUserFile {at}/users\nRequire valid-user\n</Proxy>\n"
    );
    let config = folder.join("proxy.conf");
    std::fs::write(&config, text).unwrap();
    let child = tokio::process::Command::new("/usr/sbin/apache2")
        // One process: nothing is left behind when it is ended.
        .args(["-X", "-f"])
        .arg(&config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(Instant::now() < deadline, "{}", std::fs::read_to_string(folder.join("proxy.log")).unwrap_or_default());
        sleep(Duration::from_millis(50)).await;
    }
    (port, child)
}

/// A gRPC server whose service `shop.v1.Orders` is well, and nothing else is.
async fn grpc_server() -> (u16, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut connection) = h2::server::handshake(stream).await else { continue };
            tokio::spawn(async move {
                while let Some(Ok((request, respond))) = connection.accept().await {
                    tokio::spawn(check_health(request, respond));
                }
            });
        }
    });
    (port, tasks)
}

async fn check_health(request: http::Request<h2::RecvStream>, mut respond: h2::server::SendResponse<Bytes>) {
    let (head, mut body) = request.into_parts();
    let asked = body.data().await.and_then(Result::ok).unwrap_or_default();
    assert_eq!((head.method.as_str(), head.uri.path()), ("POST", "/grpc.health.v1.Health/Check"));
    let known = asked[..] == *b"\0\0\0\0\x10\x0a\x0eshop.v1.Orders";
    let head = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    let mut stream = respond.send_response(head, false).unwrap();
    stream.send_data(Bytes::from(vec![0, 0, 0, 0, 2, 8, if known { 1 } else { 2 }]), false).unwrap();
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), "0".parse().unwrap())]);
    stream.send_trailers(trailers).unwrap();
}

/// The fields of each monitor's last sample in the export, behind its time: class, latency, status, fault …
fn last_samples(config: &Path) -> BTreeMap<String, String> {
    let export = Command::new(env!("CARGO_BIN_EXE_gatewatch"))
        .args(["export", "history", "--samples", "--config"])
        .arg(config)
        .output()
        .unwrap();
    let export = String::from_utf8(export.stdout).unwrap();
    let rows = export.lines().filter_map(|line| {
        let (id, rest) = line.split_once(',')?;
        Some((id.to_owned(), rest.split_once(',')?.1.to_owned()))
    });
    rows.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn further_ways_of_asking_work_behind_nginx() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display();
    write_certificates(folder.path());
    let (grpc, _tasks) = grpc_server().await;
    let (site_port, grpc_port) = (free_port(), free_port());
    let tls = format!("ssl_certificate {at}/site.pem; ssl_certificate_key {at}/site.key;");
    let servers = format!(
        "server {{ listen 127.0.0.1:{site_port} ssl http2; {tls} ssl_verify_client on; ssl_client_certificate \
         {at}/authority.pem; location / {{ return 200 '$server_protocol $ssl_client_verify'; }} }}\n\
         server {{ listen 127.0.0.1:{grpc_port} ssl http2; {tls} location / {{ grpc_pass grpc://127.0.0.1:{grpc}; }} }}\n"
    );
    let nginx = Nginx::serving(folder.path(), site_port, &servers).await;
    let known = "client_cert = \"file:probe.pem\"\nclient_key = \"file:probe.key\"\n";
    let monitor = |id: &str, url: String, rest: &str| {
        format!("[[monitors]]\nid = \"{id}\"\nurl = \"{url}\"\ninterval = \"1s\"\ntimeout = \"3s\"\n{rest}")
    };
    let secure = |id: &str, rest: &str, body: &str| {
        let expect = format!("expect = {{ status = [\"200\"], body = {{ contains = [\"{body}\"] }} }}\n");
        let ca = "ca = \"file:authority.pem\"\n";
        monitor(id, format!("https://127.0.0.1:{site_port}/"), &format!("{ca}{rest}{expect}"))
    };
    let text = [
        format!("[server]\nlisten = \"127.0.0.1:{}\"\n", free_port()),
        format!("[storage]\npath = \"{at}/gatewatch.db\"\n"),
        secure("one", known, "HTTP/1.1 SUCCESS"),
        secure("two", &format!("{known}http = \"2\"\n"), "HTTP/2.0 SUCCESS"),
        secure("auto", &format!("{known}http = \"auto\"\n"), "HTTP/2.0 SUCCESS"),
        secure("stranger", "", "SUCCESS"),
        monitor("tls", format!("tls://127.0.0.1:{site_port}"), &format!("ca = \"file:authority.pem\"\n{known}")),
        monitor("orders", format!("grpcs://127.0.0.1:{grpc_port}/shop.v1.Orders"), "ca = \"file:authority.pem\"\n"),
        monitor("whole", format!("grpc://127.0.0.1:{grpc}"), ""),
    ];
    let config = folder.path().join("gatewatch.toml");
    std::fs::write(&config, text.concat()).unwrap();
    let site = Site::start(&config).await;
    site.wait_for_words("/", &["2 of 7 components are down"], Duration::from_secs(30)).await;
    site.stop().await;
    let samples = last_samples(&config);
    for id in ["one", "two", "auto", "tls", "orders"] {
        assert!(samples[id].starts_with("up,"), "{id}: {}", samples[id]);
    }
    let of = |id: &str, words: &str| assert!(samples[id].contains(words), "{id}: {}", samples[id]);
    of("stranger", "400,status,edge,400,");
    of("whole", "the server says NOT_SERVING");
    drop(nginx);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_passes_requests_on_and_its_own_faults_are_ours() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display();
    write_certificates(folder.path());
    let (plain, secure) = (free_port(), free_port());
    let (closed, nobody) = (free_port(), free_port());
    let servers = format!(
        "server {{ listen 127.0.0.1:{plain}; location / {{ return 200 'by $http_via'; }} }}\n\
         server {{ listen 127.0.0.1:{secure} ssl; ssl_certificate {at}/site.pem; ssl_certificate_key {at}/site.key; \
         location / {{ return 200 'by itself:$http_via'; }} }}\n"
    );
    let nginx = Nginx::serving(folder.path(), plain, &servers).await;
    let (port, _proxy) = proxy(folder.path(), &[secure, closed]).await;
    let monitor = |id: &str, url: &str, proxy: u16, rest: &str| {
        format!(
            "[[monitors]]\nid = \"{id}\"\nurl = \"{url}\"\nproxy = \"http://127.0.0.1:{proxy}\"\ninterval = \"1s\"\n\
             timeout = \"3s\"\n{rest}"
        )
    };
    let known = "proxy_auth = { user = \"probe\", password = \"s3cret\" }\n";
    let says = |text: &str| format!("{known}expect = {{ body = {{ matches = [\"^{text}\"] }} }}\n");
    let trusting = format!("ca = \"file:authority.pem\"\n{}", says("by itself:$"));
    let text = [
        format!("[server]\nlisten = \"127.0.0.1:{}\"\n", free_port()),
        format!("[storage]\npath = \"{at}/gatewatch.db\"\n"),
        monitor("whole", &format!("http://127.0.0.1:{plain}/?a=b"), port, &says("by 1[.]1 .*Apache")),
        monitor("tunnel", &format!("https://127.0.0.1:{secure}/"), port, &trusting),
        monitor("closed", &format!("https://127.0.0.1:{closed}/"), port, known),
        monitor("unnamed", &format!("http://127.0.0.1:{plain}/"), port, ""),
        monitor("unnamed-tunnel", &format!("https://127.0.0.1:{secure}/"), port, ""),
        monitor("unreached", &format!("http://127.0.0.1:{plain}/"), nobody, ""),
    ];
    let config = folder.path().join("gatewatch.toml");
    std::fs::write(&config, text.concat()).unwrap();
    let site = Site::start(&config).await;
    site.wait_for_words("/", &["closed is down"], Duration::from_secs(30)).await;
    site.stop().await;
    let samples = last_samples(&config);
    let of = |id: &str, words: &str| assert!(samples[id].contains(words), "{id}: {}", samples[id]);
    of("whole", "up,");
    of("tunnel", "up,");
    of("closed", "the proxy does not reach the site (status 503)");
    for id in ["unnamed", "unnamed-tunnel"] {
        of(id, "the proxy wants credentials");
        of(id, "unknown,");
    }
    of("unreached", "the proxy: connection refused");
    of("unreached", "unknown,");
    drop(nginx);
}
