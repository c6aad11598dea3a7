//! HTTP/2 on both sides: browsers towards the gateway, the gateway towards a gRPC server.

use super::gateway::{Gateway, Site, open_folder};
use super::outcome::{cause, diagnose, facts, no_cause};
use super::upstream::{Reply, Upstream};
use crate::ports::free_port;
use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{HeaderMap, Request, Response};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::Value;
use std::fs;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What the server does with a request for anything but its health service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Answers as gRPC does to a method that it does not have.
    Answers,
    /// Resets the stream.
    Resets,
    /// Never answers.
    Hangs,
}

/// A server that speaks HTTP/2 in plain; it ends when dropped.
struct Http2 {
    address: String,
    _runtime: Runtime,
}

impl Http2 {
    /// `health` is the number that its health service gives: 1 for serving, 2 for not serving.
    fn start(manner: Manner, health: Option<u8>) -> Self {
        let runtime = Runtime::new().expect("a runtime can be made");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port can be had");
        let address = listener.local_addr().expect("it is bound").to_string();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
                    while let Some(Ok((request, respond))) = connection.accept().await {
                        tokio::spawn(answer(request, respond, manner, health));
                    }
                });
            }
        });
        Self { address, _runtime: runtime }
    }
}

async fn answer(request: Request<RecvStream>, mut respond: SendResponse<Bytes>, manner: Manner, health: Option<u8>) {
    let asks_health = request.uri().path() == "/grpc.health.v1.Health/Check";
    match (manner, health) {
        (_, Some(number)) if asks_health => {
            let (head, mut body) = request.into_parts();
            let asked = body.data().await.and_then(Result::ok).unwrap_or_default();
            assert_eq!((head.method.as_str(), &asked[..]), ("POST", &[0, 0, 0, 0, 0][..]));
            let head = Response::builder().header("content-type", "application/grpc").body(());
            let mut stream = respond.send_response(head.expect("it is a head"), false).expect("it is taken");
            stream.send_data(Bytes::from(vec![0, 0, 0, 0, 2, 8, number]), false).expect("it is taken");
            let trailers =
                HeaderMap::from_iter([("grpc-status".parse().expect("a name"), "0".parse().expect("a value"))]);
            stream.send_trailers(trailers).expect("they are taken");
        }
        (Manner::Answers, _) => {
            let head = Response::builder().header("content-type", "application/grpc").header("grpc-status", "12");
            drop(respond.send_response(head.body(()).expect("it is a head"), true));
        }
        (Manner::Resets, _) => respond.send_reset(Reason::INTERNAL_ERROR),
        (Manner::Hangs, _) => tokio::time::sleep(Duration::from_mins(1)).await,
    }
}

fn grpc_pass(server: &Http2) -> Gateway {
    let location = format!("grpc_connect_timeout 1s; grpc_read_timeout 1s; grpc_pass grpc://{};", server.address);
    Gateway::start(&Site { location: &location, http: "", namespace: None })
}

#[test]
fn a_grpc_server_is_asked_in_http2_and_for_its_health() {
    let server = Http2::start(Manner::Answers, Some(1));
    let gateway = grpc_pass(&server);
    let run = diagnose(None, &[&gateway.url()], no_cause("healthy"));
    let direct = facts(&run, "direct")[0];
    assert_eq!(
        (&direct["protocol"], &direct["status"], &direct["grpc_status"]),
        (&"grpc".into(), &200.into(), &12.into())
    );
    assert_eq!(facts(&run, "grpc-health")[0]["serving"], "serving");
    assert_eq!(run["steps"][5]["state"], "ok", "{}", run["steps"][5]);
}

#[test]
fn a_grpc_server_says_that_it_is_not_serving() {
    let server = Http2::start(Manner::Answers, Some(2));
    let gateway = grpc_pass(&server);
    let run = diagnose(None, &[&gateway.url()], no_cause("healthy"));
    assert_eq!(facts(&run, "grpc-health")[0]["serving"], "not-serving");
    assert_eq!(run["steps"][5]["state"], "fault");
    assert!(run["steps"][5]["summary"].to_string().contains("says that it is not serving"), "{}", run["steps"][5]);
}

#[test]
fn a_grpc_server_resets_its_streams() {
    let server = Http2::start(Manner::Resets, None);
    let gateway = grpc_pass(&server);
    let run = diagnose(None, &[&gateway.url()], cause("grpc-stream-reset", "code", 6));
    assert_ne!(run["verdict"]["strength"], "proven", "what ended the stream only its own log says");
}

#[test]
fn a_grpc_server_hangs() {
    let server = Http2::start(Manner::Hangs, None);
    let gateway = grpc_pass(&server);
    let run = diagnose(None, &[&gateway.url()], cause("upstream-hang-not-accepting", "overload", 6));
    assert!(facts(&run, "grpc-health").is_empty(), "whoever does not answer the request is asked no other");
}

/// An nginx that speaks TLS and HTTP/2, and the file of the authority that vouches for it.
struct Secure {
    gateway: Gateway,
    port: u16,
    folder: TempDir,
}

impl Secure {
    /// `listen` is what stands behind the address, `location` what is in the only location.
    fn start(listen: &str, location: &str) -> Self {
        let key = KeyPair::generate().expect("a key can be made");
        let mut params = CertificateParams::new(Vec::new()).expect("no names are fine");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Test authority");
        let authority = params.self_signed(&key).expect("it signs itself");
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().expect("a key can be made");
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("it is a name");
        let leaf = leaf.signed_by(&key, &issuer).expect("it is signed");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        open_folder(folder.path());
        for (name, text) in [("authority", authority.pem()), ("leaf", leaf.pem()), ("key", key.serialize_pem())] {
            fs::write(folder.path().join(format!("{name}.pem")), text).expect("the folder is ours");
        }
        let (at, port) = (folder.path().display(), free_port());
        let http = format!(
            "server {{ listen 127.0.0.1:{port} {listen}; ssl_certificate {at}/leaf.pem; ssl_certificate_key {at}/key.pem; \
             location / {{ {location} }} }}"
        );
        let gateway = Gateway::start(&Site { location: "return 200;", http: &http, namespace: None });
        Self { gateway, port, folder }
    }

    fn diagnose(&self) -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_gatewatch"))
            .env("SSL_CERT_FILE", self.folder.path().join("authority.pem"))
            .args(["diagnose", &format!("https://127.0.0.1:{}/", self.port), "--json"])
            .args(["--gateway-config", &self.gateway.config()])
            .output()
            .expect("the program was built with the tests");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }
}

#[test]
fn a_site_in_http2_is_asked_so_too() {
    let upstream = Upstream::always(Reply::fine());
    let site = Secure::start("ssl http2", &format!("proxy_pass http://{};", upstream.address()));
    let run = site.diagnose();
    assert_eq!(run["verdict"]["outcome"], "healthy", "{}", run["verdict"]);
    let attempts = facts(&run, "attempt");
    let newer: Vec<_> = attempts.iter().filter(|attempt| attempt["version"] == "HTTP/2").collect();
    assert!(!newer.is_empty() && newer.len() < attempts.len(), "{attempts:?}");
    assert!(newer.iter().all(|attempt| attempt["status"] == 200 && attempt["server"].is_string()), "{newer:?}");
    assert!(facts(&run, "variation").is_empty(), "there is no difference");
}

#[test]
fn a_site_without_http2_says_so() {
    let upstream = Upstream::always(Reply::fine());
    let site = Secure::start("ssl", &format!("proxy_pass http://{};", upstream.address()));
    let run = site.diagnose();
    assert_eq!(run["verdict"]["outcome"], "healthy", "{}", run["verdict"]);
    assert!(facts(&run, "attempt").iter().all(|attempt| attempt["version"] == "HTTP/1.1"));
    assert!(run["steps"][0]["skipped"].to_string().contains("offers no HTTP/2"), "{}", run["steps"][0]["skipped"]);
}

#[test]
fn a_failure_in_http2_alone_is_told() {
    let upstream = Upstream::always(Reply::fine());
    let location =
        format!("if ($server_protocol = HTTP/2.0) {{ return 503; }} proxy_pass http://{};", upstream.address());
    let site = Secure::start("ssl http2", &location);
    let run = site.diagnose();
    let difference = facts(&run, "variation").into_iter().find(|fact| fact["changed"] == "http2-through");
    let difference = difference.unwrap_or_else(|| panic!("a difference: {run}"));
    assert_eq!((&difference["status"], &difference["to"]), (&503.into(), &"(in HTTP/1.1: status 200)".into()));
    let summary = run["steps"][0]["summary"].to_string();
    assert!(summary.contains("in HTTP/2 status 503, in HTTP/1.1 status 200"), "{summary}");
    assert_eq!(run["verdict"]["outcome"], "unknown", "nothing proves why: {}", run["verdict"]);
    assert!(run["verdict"]["title"].to_string().contains("Only in HTTP/2"), "{}", run["verdict"]);
}

#[test]
fn an_upstream_that_fails_now_and_then_is_no_difference() {
    let upstream = Upstream::by_number(|number| if number % 2 == 0 { Reply::Close } else { Reply::fine() });
    let site = Secure::start("ssl http2", &format!("proxy_pass http://{};", upstream.address()));
    let run = site.diagnose();
    assert!(facts(&run, "variation").iter().all(|fact| fact["changed"] != "http2-through"), "{run}");
}
