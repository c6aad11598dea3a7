//! From a run's page: output that was pasted, and whether a fix helped.

use crate::gateway::Nginx;
use crate::site::{self, Site};
use crate::upstream::Upstream;
use std::time::Duration;

/// So long that only an immediate second probe can confirm a failure within the test's patience.
const LONG: Duration = Duration::from_mins(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_down_from_the_start_is_called_so_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut upstream = Upstream::start().await;
    upstream.stop().await;
    let nginx = Nginx::start(folder.path(), upstream.port()).await;
    let config = site::configuration(folder.path(), &nginx, LONG);
    let site = Site::start(&config).await;
    site.wait_for_state("outage", Duration::from_secs(12)).await;
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pasted_output_and_a_fix_are_seen_on_the_runs_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut upstream = Upstream::start().await;
    upstream.stop().await;
    let nginx = Nginx::start(folder.path(), upstream.port()).await;
    let config = site::configuration(folder.path(), &nginx, LONG);
    let mut site = Site::start(&config).await;
    site.create_account().await;
    let run = site.diagnose("shop").await;
    let id = run["id"].as_str().unwrap().to_owned();
    let place = format!("/runs/{id}");

    // Read, shown with its text escaped, and kept.
    let text = format!(
        "$ df -h <script>alert(1)</script>\nFilesystem  Size Used Avail Use% Mounted on\n/dev/vda 10G 10G 0 100% /\n\
         nc: connect to 127.0.0.1 port {} (tcp) failed: Connection refused\n",
        upstream.port()
    );
    let led = site.post("paste", &[("run", &id), ("step", "server"), ("text", &text)]).await;
    assert_eq!(led, format!("{place}#paste-server"));
    let after = site.run(&id).await;
    let facts = || after["steps"].as_array().unwrap().iter().flat_map(|step| step["facts"].as_array().unwrap());
    let pasted: Vec<_> =
        facts().filter(|fact| fact["source"] == "pasted").filter_map(|fact| fact["kind"].as_str()).collect();
    assert_eq!(pasted, ["disk", "connect"]);
    assert!(facts().filter(|fact| fact["source"] == "pasted").all(|fact| fact["step"] == 2));
    assert_eq!(after["verdict"]["cause"], run["verdict"]["cause"]);
    let page = site.get(&place).await.text().await.unwrap();
    assert!(page.contains("Read as the output of df, nc -vz: 2 facts"), "{page}");
    assert!(page.contains("&lt;script") && !page.contains("<script>alert"), "pasted text is escaped");

    // What nobody knows is kept too, with what would have been known.
    site.post("paste", &[("run", &id), ("step", "dns"), ("text", "hello, world")]).await;
    let page = site.get(&place).await.text().await.unwrap();
    assert!(page.contains("hello, world") && page.contains("takes the output of dig"), "{page}");
    let empty = site.submit("paste", &[("run", &id), ("step", "dns"), ("text", " ")]).await;
    assert!(empty.contains("draft="), "{empty}");

    // Mended, and checked again.
    assert!(page.contains("Verify the fix"));
    upstream.restart().await;
    let led = site.post("start-run", &[("again", &id), ("url", "")]).await;
    let second = site.finished(led.strip_prefix("/runs/").unwrap()).await;
    let outcome = second["verdict"]["outcome"].as_str().unwrap();
    assert!(["healthy", "transient"].contains(&outcome), "{second:#}");
    assert_eq!(second["again"], run["id"]);
    assert_eq!(second["changes"][0]["changed"], true, "{second:#}");
    let page = site.get(&led).await.text().await.unwrap();
    assert!(page.contains("the earlier run") && page.contains(&place), "{page}");
    site.stop().await;
}
