//! Admin pages and their forms, without any script.

use crate::desk::{KEY, Office, get, place, post};
use crate::keep;
use axum::http::{StatusCode, header};
use std::sync::Arc;

fn office() -> Arc<Office> {
    // The framework needs to be told once which executor it runs on.
    let _ = any_spawner::Executor::init_tokio();
    Arc::new(Office::default())
}

#[tokio::test]
async fn every_admin_page_is_complete() {
    let office = office();
    for (name, path, says) in [
        ("operate", "/operate", "502 with nginx's own error page"),
        ("evidence", "/operate/evidence/web-shop", "seen 3 times, first "),
        ("incident-new", "/operate/incidents/new?component=web-shop", "Open an incident"),
        ("incident-from-run", "/operate/incidents/new?run=r1", "Requests fail with 502"),
        ("incident-edit", "/operate/incidents/i1", "Add an update"),
        ("wizard", "/wizard", "Which URL answers 502?"),
        ("wizard-component", "/wizard?component=web-shop", "Find out why web shop fails"),
        ("run", "/runs/r1", "Nothing listens on 127.0.0.1:8080, where nginx sends"),
    ] {
        let response = get(&office, path, KEY).await;
        let html = response.body();
        keep(name, html);
        assert_eq!(response.status(), StatusCode::OK, "{name}");
        assert!(html.contains(says), "{name}: {html}");
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert!(html.contains("<title>") && html.contains("Example status</title>"), "{name}");
        assert!(html.contains("/assets/main.css") && !html.contains(" style="), "{name}");
        assert!(html.contains("Sign out"), "{name}");
    }
}

#[tokio::test]
async fn the_desk_says_which_alerts_are_stuck_and_why() {
    let office = office();
    let response = get(&office, "/operate", KEY).await;
    let html = response.body();
    assert!(html.contains("e-mail to ops@example.com") && html.contains("last message 1 h ago"), "{html}");
    assert!(html.contains("2 messages waiting, the oldest for 10 min"), "{html}");
    assert!(html.contains("port 443: &lt;refused&gt;"), "{html}");
    assert!(html.contains("12 subscribers") && html.contains("3 unconfirmed"), "{html}");
    assert!(html.contains("1 message waiting, the oldest for 5 min") && html.contains("451 try later"), "{html}");
}

#[tokio::test]
async fn evidence_is_shown_whole_and_nothing_of_it_is_markup() {
    let office = office();
    for path in ["/operate/evidence/web-shop", "/runs/r1"] {
        let response = get(&office, path, KEY).await;
        let html = response.body();
        for says in [
            "203.0.113.7, 203.0.113.8 (by the usual name servers)",
            "203.0.113.7:443",
            "HTTP/1.1 502 Bad Gateway\nServer: nginx/1.22.1\nSet-Cookie: sid=…",
            "&lt;script&gt;alert(1)",
            "&lt;b&gt;Example CA",
            "the beginning of 4.0 KiB",
        ] {
            assert!(html.contains(says), "{path} lacks {says}: {html}");
        }
        assert!(!html.contains("<script>alert") && !html.contains("<b>Example"), "{path}: {html}");
    }
    let wizard = get(&office, "/wizard?component=web-shop", KEY).await;
    assert!(wizard.body().contains("Seen 22 Nov, 17:47:07 UTC: "), "{}", wizard.body());
    assert_eq!(get(&office, "/operate/evidence/none", KEY).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn guests_sign_in_and_come_back_to_the_same_place() {
    let office = office();
    for path in
        ["/operate", "/wizard?component=web-shop", "/runs/r1", "/operate/incidents/i1", "/operate/evidence/web-shop"]
    {
        let response = get(&office, path, "").await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        assert!(place(&response).starts_with("/sign-in?next=/"), "{path}");
        assert!(!response.body().contains("shop.example.com"), "{path} shows something to guests");
    }
    let asked = get(&office, "/wizard?component=web-shop", "").await;
    assert_eq!(place(&asked), "/sign-in?next=/wizard%3Fcomponent%3Dweb-shop");
    let door = get(&office, place(&asked), "").await;
    keep("sign-in", door.body());
    assert!(door.body().contains("value=\"/wizard?component=web-shop\""), "{}", door.body());
    let form = "name=ada&password=right&next=/wizard%3Fcomponent%3Dweb-shop";
    let signed = post(&office, "/actions/sign-in", "", form).await;
    assert_eq!((signed.status(), place(&signed)), (StatusCode::SEE_OTHER, "/wizard?component=web-shop"));
    let cookie = signed.headers().get(header::SET_COOKIE).unwrap().to_str().unwrap();
    assert!(cookie.starts_with("gatewatch=admin-session; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
}

#[tokio::test]
async fn a_wrong_password_says_so_and_keeps_the_way_back() {
    let office = office();
    let form = "name=ada&password=wrong&next=https%3A%2F%2Fevil.example";
    let refused = post(&office, "/actions/sign-in", "", form).await;
    assert_eq!(place(&refused), "/sign-in?next=/operate&problem=credentials");
    assert!(refused.headers().get(header::SET_COOKIE).is_none());
    let again = get(&office, place(&refused), "").await;
    keep("sign-in-wrong", again.body());
    assert!(again.body().contains("do not match") && !again.body().contains("wrong"));
}

#[tokio::test]
async fn the_setup_link_works_only_while_it_is_open() {
    let office = office();
    let open = get(&office, "/setup/fresh", "").await;
    keep("setup", open.body());
    assert!(open.body().contains("Make the first account"));
    assert_eq!(get(&office, "/setup/used", "").await.status(), StatusCode::NOT_FOUND);
    let differ = post(&office, "/actions/set-up", "", "token=fresh&name=ada&password=a&again=b").await;
    assert_eq!(place(&differ), "/setup/fresh?problem=mismatch");
}

#[tokio::test]
async fn an_incident_is_previewed_then_posted() {
    let office = office();
    let fields = "title=Orders+fail&impact=major&phase=investigating&body=We+%3Cb%3Elook%3C%2Fb%3E&components%5B%5D=web-shop&components%5B%5D=mail&started_at=2026-11-22+17%3A47";
    let preview = post(&office, "/actions/open-incident", KEY, &format!("{fields}&intent=preview")).await;
    assert_eq!(place(&preview), "/operate/incidents/new?draft=0");
    assert!(office.asked.lock().unwrap().is_empty());
    let shown = get(&office, place(&preview), KEY).await;
    keep("incident-preview", shown.body());
    assert!(shown.body().contains("Preview, not yet posted") && shown.body().contains("We &lt;b>look&lt;/b>"));
    assert!(shown.body().contains("value=\"Orders fail\"") && shown.body().contains("value=\"2026-11-22 17:47\""));
    assert_eq!(shown.body().matches(" checked").count(), 2);
    let posted = post(&office, "/actions/open-incident", KEY, fields).await;
    assert_eq!(place(&posted), "/operate/incidents/i1");
    let asked = office.asked.lock().unwrap().join("\n");
    assert!(asked.contains("Major") && asked.contains("At(1795369620000)") && asked.contains("mail"), "{asked}");
}

#[tokio::test]
async fn nothing_typed_is_lost_when_a_field_is_wrong() {
    let office = office();
    let wrong = "title=T&impact=major&phase=investigating&body=Long+text&started_at=yesterday";
    let kept = post(&office, "/actions/open-incident", KEY, wrong).await;
    let shown = get(&office, place(&kept), KEY).await;
    assert!(shown.body().contains("role=\"alert\"") && shown.body().contains("2026-11-22 18:04"));
    assert!(shown.body().contains("Long text") && shown.body().contains("value=\"yesterday\""));
}

#[tokio::test]
async fn two_admins_never_overwrite_each_other() {
    let _ = office();
    let office = Arc::new(Office { conflict: true, ..Office::default() });
    let form = "incident=i1&update=u2&version=1&phase=identified&body=My+text";
    let kept = post(&office, "/actions/change-update", KEY, form).await;
    assert_eq!(place(&kept), "/operate/incidents/i1?draft=0#update-u2");
    let shown = get(&office, "/operate/incidents/i1?draft=0", KEY).await;
    keep("incident-conflict", shown.body());
    assert!(shown.body().contains("Somebody else changed this"));
    assert!(shown.body().contains("My text") && shown.body().contains("The **gateway** answers 502."));
}

#[tokio::test]
async fn a_running_run_renews_itself_without_scripts() {
    let _ = office();
    let office = Arc::new(Office { running: true, ..Office::default() });
    let html = get(&office, "/runs/r1", KEY).await.into_body();
    keep("run-running", &html);
    assert!(html.contains("<noscript><meta http-equiv=\"refresh\" content=\"2\""), "{html}");
    assert!(html.contains("Waiting for one request") && html.contains("class=\"step pending\""));
    let ended = get(&Arc::new(Office::default()), "/runs/r1", KEY).await.into_body();
    assert!(!ended.contains("http-equiv"));
    for number in 1..=6 {
        assert!(ended.contains(&format!("<h3>{number}. ")), "step {number}");
    }
}

#[tokio::test]
async fn a_unit_is_restarted_only_with_name_and_password() {
    let office = office();
    let page = get(&office, "/runs/r1", KEY).await.into_body();
    assert!(page.contains("Restart nginx.service") && page.contains("sudo systemctl restart shop.service"));
    let wrong =
        post(&office, "/actions/restart-unit", KEY, "unit=nginx.service&typed=nginx.service&password=no&run=r1").await;
    assert_eq!(place(&wrong), "/runs/r1?draft=0#restart");
    let kept = office.drafts.lock().unwrap()[0].clone();
    assert!(!format!("{kept:?}").contains("\"no\""), "a password was kept");
    let done =
        post(&office, "/actions/restart-unit", KEY, "unit=nginx.service&typed=nginx.service&password=right&run=r1")
            .await;
    let shown = get(&office, "/runs/r1?draft=1", KEY).await.into_body();
    assert_eq!(place(&done), "/runs/r1?draft=1#restart");
    assert!(shown.contains("Restarted.") && shown.contains("<code>failed</code>"));
}

#[tokio::test]
async fn rows_lead_to_actions() {
    let office = office();
    let run = post(&office, "/actions/start-run", KEY, "component=web-shop").await;
    assert_eq!(place(&run), "/runs/r1");
    let probed = post(&office, "/actions/probe-now", KEY, "component=web-shop").await;
    assert_eq!(place(&probed), "/operate?probed=web-shop#c-web-shop");
    let refused = post(&office, "/actions/start-run", KEY, "url=http%3A%2F%2F10.0.0.1%2F&method=POST").await;
    let shown = get(&office, place(&refused), KEY).await.into_body();
    keep("wizard-refused", &shown);
    assert!(
        shown.contains("add it to [net] allow_private")
            && shown.contains("value=\"http://10.0.0.1/\"")
            && shown.contains("value=\"POST\"")
    );
    let guest = post(&office, "/actions/start-run", "", "component=web-shop").await;
    assert_eq!(place(&guest), "/sign-in?next=/wizard%3Fcomponent%3Dweb-shop");
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_missing() {
    let office = office();
    for path in ["/runs/nothing", "/operate/incidents/nothing", "/runs/NOT%20AN%20ID"] {
        let response = get(&office, path, KEY).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(response.body().contains("There is no such"), "{path}");
    }
}

#[tokio::test]
async fn pasted_output_goes_to_its_step_and_is_shown_as_text() {
    let office = office();
    let shown = get(&office, "/runs/r1", KEY).await;
    keep("run-pasted", shown.body());
    assert_eq!(shown.body().matches("action=\"/actions/paste\"").count(), 6);
    assert!(shown.body().contains("Read as the output of dig: 1 fact"));
    assert!(shown.body().contains("&lt;script") && !shown.body().contains("<script>alert"));
    assert!(shown.body().contains("name=\"again\" value=\"r1\""), "a broken run can be checked again");
    let done = post(&office, "/actions/paste", KEY, "run=r1&step=logs&text=some+lines").await;
    assert_eq!(place(&done), "/runs/r1#paste-logs");
    assert!(office.asked.lock().unwrap().join("\n").contains("paste r1 logs some lines"));
    let refused = post(&office, "/actions/paste", KEY, "run=r1&step=dns&text=too+much").await;
    assert_eq!(place(&refused), "/runs/r1?draft=0#paste-dns");
    let again = get(&office, "/runs/r1?draft=0", KEY).await;
    assert!(again.body().contains("it is too large") && again.body().contains(">too much</textarea>"));
    let stray = post(&office, "/actions/paste", KEY, "run=r1&step=nowhere&text=x").await;
    assert_eq!(place(&stray), "/runs/r1?draft=1");
    let checked = post(&office, "/actions/start-run", KEY, "again=r1").await;
    assert!(place(&checked).starts_with("/runs/"));
    assert!(office.asked.lock().unwrap().join("\n").contains("again: Some"));
}
