//! Gateway pairs behind a real nginx: from the failure to the letter, the admin's page and the history.

use crate::gateway::Nginx;
use crate::mail::MailServer;
use crate::ports::free_port;
use crate::site::Site;
use crate::upstream::Upstream;
use std::process::Command;
use std::time::Duration;

const BROKEN: &str = "the upstream itself is down (connection refused)";
const NOT_PASSED: &str = "the upstream answers when asked directly, the gateway does not pass it on";

#[tokio::test(flavor = "multi_thread")]
async fn a_red_row_says_on_which_side_the_fault_is() {
    let folder = tempfile::tempdir().unwrap();
    let (mut upstream, other) = (Upstream::start().await, Upstream::start().await);
    let nginx = Nginx::start(folder.path(), upstream.port()).await;
    let letters = folder.path().join("letters");
    std::fs::create_dir(&letters).unwrap();
    let mail = MailServer::start(0, &letters, None);
    // To one monitor the upstream is where nginx looks for it, to the other it is elsewhere.
    let monitor = |id: &str, direct: u16| {
        format!(
            "[[monitors]]\nid = \"{id}\"\nurl = \"{}{id}\"\ndirect = \"http://127.0.0.1:{direct}/\"\ninterval = \"1s\"\ntimeout = \"2s\"\n",
            nginx.url()
        )
    };
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:{}\"\n[storage]\npath = \"{}\"\n{}{}[[alerts]]\nid = \"mail\"\nemail = {{ server = \
         \"127.0.0.1:{}\", tls = \"off\", from = \"status@example.com\", to = [\"ops@example.com\"] }}\n",
        free_port(),
        folder.path().join("gatewatch.db").display(),
        monitor("down", upstream.port()),
        monitor("astray", other.port()),
        mail.port
    );
    let config = folder.path().join("gatewatch.toml");
    std::fs::write(&config, text).unwrap();
    let mut site = Site::start(&config).await;
    site.wait_for_state("operational", Duration::from_secs(15)).await;
    site.create_account().await;
    let desk = site.get("/operate").await.text().await.unwrap();
    assert!(desk.contains("asked past the gateway at ") && desk.contains("the upstream answers as expected"), "{desk}");

    upstream.stop().await;
    site.wait_for_state("outage", Duration::from_secs(15)).await;
    for (name, words) in [("down", BROKEN), ("astray", NOT_PASSED)] {
        mail.wait_for(&[&format!("Subject: {name} is down: status 502"), &format!("Why: status 502 ({words})")]);
    }
    let desk = site.get("/operate").await.text().await.unwrap();
    for (side, words) in [("status (upstream)", BROKEN), ("status (edge)", NOT_PASSED)] {
        assert!(desk.contains(side) && desk.contains(words), "{desk}");
    }
    for path in ["/", "/components/down", "/api/v2/summary.json", "/feed.atom"] {
        let public = site.page(path).await;
        assert!(!public.contains("asked directly") && !public.contains("upstream itself"), "{path}: {public}");
        assert!(!public.contains(&format!(":{}", other.port())), "{path}: {public}");
    }

    // The history keeps it.
    site.restart(&config).await;
    site.wait_for_state("outage", Duration::from_secs(15)).await;
    site.stop().await;
    let export = Command::new(env!("CARGO_BIN_EXE_gatewatch"))
        .args(["export", "history", "--samples", "--config"])
        .arg(&config)
        .output()
        .unwrap();
    let export = String::from_utf8(export.stdout).unwrap();
    for (side, words) in [("status,upstream,502", BROKEN), ("status,edge,502", NOT_PASSED)] {
        assert!(export.lines().any(|line| line.contains(side) && line.contains(words)), "{export}");
    }
}
