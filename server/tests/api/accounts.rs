//! Sign-in, sign-out, set-up, and the cookie between them.

use crate::support::{NAME, PASSWORD, Site};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_sets_a_strict_cookie_and_signing_out_ends_the_session() {
    let site = Site::start().await;
    let fields = [("name", NAME), ("password", PASSWORD), ("next", "/wizard?component=web")];
    let reply = site.post("/actions/sign-in", "", &fields).await;
    assert_eq!((reply.status, reply.header("location")), (303, "/wizard?component=web"));
    let set = reply.header("set-cookie").to_owned();
    let (cookie, flags) = set.split_once("; ").expect("a cookie with flags");
    let (name, token) = cookie.split_once('=').expect("a name and a value");
    assert_eq!(name, "gatewatch");
    assert!(token.len() >= 43, "128 bits and more: {token}");
    for flag in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(flags.contains(flag), "{flags}");
    }
    assert!(!flags.contains("Domain"), "{flags}");
    assert_eq!(site.ask("GET", "/operate", &[("Cookie", cookie)], "").await.status, 200);

    let out = site.post("/actions/sign-out", cookie, &[]).await;
    assert_eq!((out.status, out.header("location")), (303, "/"));
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(site.ask("GET", "/operate", &[("Cookie", cookie)], "").await.status, 303, "the session is over");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_and_an_unknown_name_look_alike() {
    let site = Site::start().await;
    let mut seen = Vec::new();
    for (name, password) in [(NAME, "wrong wrong wrong"), ("nobody", PASSWORD)] {
        let reply = site.post("/actions/sign-in", "", &[("name", name), ("password", password), ("next", "")]).await;
        assert_eq!(reply.header("set-cookie"), "");
        seen.push((reply.status, reply.header("location").to_owned()));
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0].1.starts_with("/sign-in"), "{seen:?}");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_made_up_session_is_nobody() {
    let site = Site::start().await;
    let token = "a".repeat(52);
    for cookie in [format!("gatewatch={token}"), format!("__Host-gatewatch={token}"), "gatewatch=".to_owned()] {
        assert_eq!(site.ask("GET", "/operate", &[("Cookie", &cookie)], "").await.status, 303, "{cookie}");
    }
    let real = site.cookie().await;
    let doubled = format!("{real}; {real}");
    assert_eq!(site.ask("GET", "/operate", &[("Cookie", &doubled)], "").await.status, 303, "one of two was planted");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_https_the_cookie_is_bound_to_the_host() {
    let site = Site::start_with("public_url = \"https://status.example.com\"").await;
    let link = site.app().auth.new_setup_link(server::clock::now()).await.expect("no account exists");
    let fields = [("token", link.expose()), ("name", NAME), ("password", PASSWORD), ("again", PASSWORD)];
    let reply = site.post("/actions/set-up", "", &fields).await;
    let set = reply.header("set-cookie");
    assert!(set.starts_with("__Host-gatewatch=") && set.contains("; Secure"), "{set:?} {reply:?}");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_set_up_at_once_one_succeeds() {
    let site = Site::start_with("").await;
    let link = site.app().auth.new_setup_link(server::clock::now()).await.expect("no account exists");
    let path = format!("/setup/{}", link.expose());
    assert_eq!(site.get(&path).await.status, 200);
    assert_eq!(site.get("/setup/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").await.status, 404);
    let attempts = (0..12).map(|n| {
        let (site, link) = (&site, &link);
        async move {
            let name = format!("admin{n}");
            let fields = [("token", link.expose()), ("name", &name), ("password", PASSWORD), ("again", PASSWORD)];
            site.post("/actions/set-up", "", &fields).await
        }
    });
    let replies = futures_util::future::join_all(attempts).await;
    let signed_in = replies.iter().filter(|reply| reply.header("set-cookie").starts_with("gatewatch=")).count();
    assert_eq!(signed_in, 1, "{replies:?}");
    assert_eq!(site.app().storage.count_users().await.expect("the database answers"), 1);
    assert_eq!(site.get(&path).await.status, 404, "the link is used up");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_http_from_another_machine_cannot_sign_in() {
    // The test's own address is trusted, so that it can speak for a client far away.
    let site = Site::start_with("trusted_proxies = [\"127.0.0.1\"]").await;
    for (client, status) in [("192.0.2.7", 403), ("127.0.0.1", 200)] {
        let reply = site.ask("GET", "/sign-in", &[("X-Forwarded-For", client)], "").await;
        assert_eq!(reply.status, status, "{client}");
        if status == 403 {
            assert!(reply.body.contains("plain http"), "it says why: {}", reply.body);
        }
    }
    let headers = [("X-Forwarded-For", "192.0.2.7"), ("Content-Type", "application/x-www-form-urlencoded")];
    let reply = site.ask("POST", "/actions/sign-in", &headers, "name=a&password=b&next=").await;
    assert_eq!((reply.status, reply.header("set-cookie")), (403, ""));
    site.stop().await;
}
