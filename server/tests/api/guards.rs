//! Hosts, origins, paths, bodies and redirects: what is turned away before any handler.

use crate::support::Site;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_our_own_hosts_are_answered() {
    let site = Site::start_with("public_url = \"http://status.example.com\"\nhosts = [\"other.example\"]").await;
    let port = site.address.port();
    let ask = async |host: &str, path: &str| {
        site.raw(format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n").as_bytes()).await.status
    };
    for host in ["status.example.com", "STATUS.EXAMPLE.COM", "other.example", "other.example:8080", "localhost"] {
        assert_eq!(ask(&format!("Host: {host}\r\n"), "/").await, 200, "{host}");
    }
    assert_eq!(ask(&format!("Host: 127.0.0.1:{port}\r\n"), "/").await, 200);
    let strange = [
        "evil.example",
        "status.example.com.evil.example",
        "evil.example:5020",
        "status.example.com.",
        "127.0.0.2",
        "a@status.example.com",
        "status.example.com@evil.example",
        "status.example.com:x",
        "status.example.com:",
        "[::]",
        "0.0.0.0",
        "2130706433",
        "0x7f000001",
        "status.example.com,evil.example",
        "*",
        "null",
        "xn--status-9ya.example",
        "169.254.169.254",
        "metadata.google.internal",
        "status.example.com:999999",
    ];
    for host in strange {
        assert_eq!(ask(&format!("Host: {host}\r\n"), "/").await, 421, "{host}");
        assert_eq!(ask(&format!("Host: {host}\r\n"), "/operate").await, 421, "{host}");
        assert_eq!(ask(&format!("Host: {host}\r\n"), "/healthz").await, 200, "{host}");
    }
    let two = "Host: status.example.com\r\nHost: evil.example\r\n";
    assert!(matches!(ask(two, "/").await, 400 | 421));
    assert!(matches!(ask("Host: evil.example\r\n", "http://status.example.com/").await, 400 | 421));
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_of_other_sites_are_not_carried_out() {
    let site = Site::start().await;
    let own = format!("http://{}", site.address);
    let cookie = site.cookie().await;
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    let refused: &[&[(&str, &str)]] = &[
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "bogus")],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", &own)],
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        &[("Origin", "http://127.0.0.1")],
        &[("Origin", "")],
        &[("Referer", &own)],
        &[],
    ];
    let mutating = [
        "/actions/open-incident",
        "/actions/add-update",
        "/actions/change-update",
        "/actions/change-incident",
        "/actions/withdraw-incident",
        "/actions/withdraw-update",
        "/actions/write-postmortem",
        "/actions/probe-now",
        "/actions/start-run",
        "/actions/restart-unit",
        "/actions/sign-out",
        "/actions/sign-in",
        "/actions/set-up",
        "/sign-out",
    ];
    for path in mutating {
        for case in refused {
            let headers: Vec<(&str, &str)> = case.iter().copied().chain([kind, ("Cookie", &cookie)]).collect();
            let reply = site.ask("POST", path, &headers, "a=b").await;
            assert_eq!(reply.status, 403, "{path} {case:?}");
        }
        let get = site.ask("GET", path, &[("Cookie", &cookie)], "").await.status;
        assert!(matches!(get, 404 | 405), "GET {path} answered {get}");
    }
    for accepted in [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "none"), ("Origin", own.as_str())] {
        let reply = site.ask("POST", "/sign-out", &[accepted, kind, ("Cookie", &cookie)], "").await;
        assert_ne!(reply.status, 403, "{accepted:?}");
    }
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_spelling_of_a_path_gets_past_the_door() {
    let site = Site::start().await;
    for page in ["operate", "operate/incidents/new", "wizard", "runs/x", "runs/x.json", "runs/x/events"] {
        let (first, rest) = page.split_at(1);
        for path in [
            format!("//{page}"),
            format!("/./{page}"),
            format!("/x/../{page}"),
            format!("/%2e/{page}"),
            format!("/%2f{page}"),
            format!("/%{:02x}{rest}", first.as_bytes()[0]),
            format!("/{page};x"),
            format!("/{page}/"),
            format!("/{page}."),
            format!("/{page}%00"),
            format!("/{page}%20"),
            format!("/{page}/.."),
            format!("/{page}/..;/"),
            format!("/{page}\\"),
            format!("/{}", page.to_uppercase()),
            format!("/\u{ff0f}{page}"),
            format!("/%c0%ae/{page}"),
            format!("/causes/../{page}"),
            format!("/causes/..%2f{page}"),
            format!("/:{page}"),
        ] {
            let reply = site.get(&path).await;
            assert!(matches!(reply.status, 303 | 400 | 401 | 404), "{path} answered {}", reply.status);
        }
    }
    for path in ["//", "/./", "/..", "/%2f", "/%2e%2e/", "/causes//x", "/assets/../Cargo.toml", "/assets/%2e%2e/x"] {
        assert_eq!(site.get(path).await.status, 404, "{path}");
    }
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_have_a_size_and_a_kind() {
    let site = Site::start().await;
    let ask = async |path: &str, kind: &str, body: &str| {
        site.ask("POST", path, &[("Content-Type", kind), ("Sec-Fetch-Site", "same-origin")], body).await.status
    };
    let form = "application/x-www-form-urlencoded";
    assert_eq!(ask("/actions/sign-in", form, &"a".repeat(64 * 1024 + 1)).await, 413);
    assert_eq!(ask("/actions/open-incident", form, &"a".repeat(256 * 1024 + 1)).await, 413);
    assert_ne!(ask("/actions/open-incident", form, &"a".repeat(200 * 1024)).await, 413);
    for kind in ["text/plain", "application/cbor", "application/octet-stream", "text/xml"] {
        assert_eq!(ask("/actions/sign-in", kind, "a=b").await, 415, "{kind}");
    }
    let endless = format!(
        "POST /actions/sign-in HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: {form}\r\n\
         Transfer-Encoding: chunked\r\n\r\n{}",
        site.address,
        format!("4000\r\n{}\r\n", "a".repeat(0x4000)).repeat(5)
    );
    assert_eq!(site.raw(endless.as_bytes()).await.status, 413);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guests_come_back_to_where_they_were_and_nowhere_else() {
    let site = Site::start().await;
    for (path, next) in [
        ("/wizard?component=web", "/sign-in?next=%2Fwizard%3Fcomponent%3Dweb"),
        ("/operate", "/sign-in?next=%2Foperate"),
        ("/runs/abc", "/sign-in?next=%2Fruns%2Fabc"),
    ] {
        let reply = site.ask("GET", path, &[("Accept", "text/html")], "").await;
        assert_eq!((reply.status, reply.header("location")), (303, next), "{path}");
    }
    let hostile = [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "/operate@evil.example",
        "/operate//evil.example",
        "/operate/../../evil",
        "/actions/sign-out",
        "/\t/evil.example",
        "http:evil.example",
        "/operatex",
        "///evil.example",
        "/wizard\u{3002}evil",
        "data:text/html,x",
        "",
        "@evil.example",
    ];
    for next in hostile {
        let fields = [("name", crate::support::NAME), ("password", crate::support::PASSWORD), ("next", next)];
        let reply = site.post("/actions/sign-in", "", &fields).await;
        assert_eq!((reply.status, reply.header("location")), (303, "/operate"), "{next:?}");
    }
    // A form that cannot be read leads back to the Referer, if that is one of ours.
    let headers = [
        ("Referer", "https://evil.example/operate"),
        ("Accept", "text/html"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let reply = site.ask("POST", "/actions/sign-in", &headers, "nonsense=1").await;
    assert!(!reply.header("location").contains("evil"), "{reply:?}");
    site.stop().await;
}
