//! Restarting a listed unit from a run's page: the real binary on a private bus, a stand-in for
//! systemd on that bus, and a browser without scripts.

use crate::site::{PASSWORD, Site};
use crate::systemd::{Daemon, LOCKED, STUCK, Systemd};
use crate::upstream::Upstream;
use server::storage::Storage;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const DEMO: &str = "demo.service";
/// Its form, as far as the page shows one.
const DEMO_FORM: &str = "name=\"unit\" value=\"demo.service\"";

/// A server with listed units, somebody signed in, and a run whose page is open.
struct Desk {
    folder: tempfile::TempDir,
    _upstream: Upstream,
    site: Site,
    /// The run's page.
    run: String,
}

impl Desk {
    async fn open(bus: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let upstream = Upstream::start().await;
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n\n\
             [storage]\npath = \"{database}\"\n\n\
             [[monitors]]\nid = \"shop\"\nurl = \"http://127.0.0.1:{port}/\"\n\n\
             [[gateways]]\nname = \"edge\"\nunits = [\"{DEMO}\", \"{LOCKED}\", \"{STUCK}\"]\n",
            database = folder.path().join("gatewatch.db").display(),
            port = upstream.port(),
        );
        let config = folder.path().join("gatewatch.toml");
        std::fs::write(&config, text).unwrap();
        let mut site = Site::start_with(&config, &[("DBUS_SYSTEM_BUS_ADDRESS", bus)]).await;
        site.create_account().await;
        let run = site.post("start-run", &[("component", "shop"), ("url", ""), ("method", "")]).await;
        assert!(run.starts_with("/runs/"), "{run}");
        Self { folder, _upstream: upstream, site, run }
    }

    async fn page(&self) -> String {
        self.site.get(&self.run).await.text().await.unwrap()
    }

    /// Fills in the form and answers where it leads.
    async fn submit(&mut self, unit: &str, typed: &str, password: &str) -> String {
        let run = self.run.trim_start_matches("/runs/").to_owned();
        let fields = [("unit", unit), ("typed", typed), ("password", password), ("run", &run)];
        self.site.submit("restart-unit", &fields).await
    }

    /// Fills in the form and answers the page that it leads to: the run's own.
    async fn restart(&mut self, unit: &str, typed: &str, password: &str) -> String {
        let place = self.submit(unit, typed, password).await;
        assert!(place.starts_with(&self.run) && place.ends_with("#restart"), "{place}");
        let place = place.trim_end_matches("#restart");
        let page = self.site.get(place).await.text().await.unwrap();
        assert!(!page.contains(PASSWORD), "a password is not kept");
        page
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("gatewatch.db")
    }

    /// Who did what to which unit, oldest first.
    async fn audit(&self) -> Vec<[String; 3]> {
        restarts_in(&Storage::open_beside(&self.database()).await.unwrap()).await
    }

    /// The same, as it is on disk once the server has ended.
    async fn stop(self) -> Vec<[String; 3]> {
        let database = self.database();
        self.site.stop().await;
        restarts_in(&Storage::open(&database).await.unwrap()).await
    }
}

async fn restarts_in(storage: &Storage) -> Vec<[String; 3]> {
    let rows = storage.audit_rows(100).await.unwrap();
    let restarts = rows.into_iter().rev().filter(|row| row.action.starts_with("unit-"));
    restarts.map(|row| [row.who, row.action, row.detail]).collect()
}

fn called(unit: &str) -> (String, String) {
    (unit.to_owned(), "replace".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_unit_is_restarted_once_with_before_and_after() {
    let bus = Daemon::start().await;
    let systemd = Systemd::start(&bus).await;
    let mut desk = Desk::open(&bus.address()).await;
    let page = desk.page().await;
    assert!(page.contains(DEMO_FORM) && page.contains("failed (failed)"), "its state and a form: {page}");

    let page = desk.restart(DEMO, DEMO, PASSWORD).await;
    assert_eq!(systemd.restarts(), [called(DEMO)]);
    let outcome = page.split("Restarted. Before: ").nth(1).and_then(|rest| rest.split("</p>").next());
    let outcome = outcome.unwrap_or_else(|| panic!("before and after: {page}"));
    let (before, after) = outcome.split_once("after: ").expect("both");
    assert!(before.contains("failed (failed)") && after.contains("active (running)"), "{outcome}");

    // A unit rests a minute.
    let page = desk.restart(DEMO, DEMO, PASSWORD).await;
    assert!(page.contains("demo.service was restarted lately; at most once a minute"), "{page}");
    assert!(!page.contains("Restarted. Before"), "{page}");
    assert_eq!(systemd.restarts(), [called(DEMO)]);

    let rows = desk.stop().await;
    let done = "demo.service: failed (failed) before, active (running) after";
    assert_eq!(rows, [["ada", "unit-restart", DEMO], ["ada", "unit-restarted", done]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_confirmed_not_listed_or_not_signed_in_calls_nothing() {
    let bus = Daemon::start().await;
    let systemd = Systemd::start(&bus).await;
    let mut desk = Desk::open(&bus.address()).await;
    for (unit, typed, password, why) in [
        (DEMO, "demo", PASSWORD, "type the unit's exact name, demo.service, to confirm"),
        (DEMO, "Demo.service", PASSWORD, "type the unit's exact name, demo.service, to confirm"),
        (DEMO, "", PASSWORD, "type the unit's exact name, demo.service, to confirm"),
        (DEMO, DEMO, "not the password", "That name and password do not match."),
        ("other.service", "other.service", PASSWORD, "other.service is not listed"),
        ("demo.*", "demo.*", PASSWORD, "demo.* is never restarted from here"),
        ("ssh.service", "ssh.service", PASSWORD, "ssh.service is never restarted from here"),
    ] {
        let page = desk.restart(unit, typed, password).await;
        let text = page.replace("&#x27;", "'").replace("&#39;", "'");
        assert!(text.contains(why), "{unit} typed as {typed:?}: {text}");
        assert!(!page.contains("Restarted. Before"), "{unit} typed as {typed:?}: {page}");
        assert_eq!(systemd.restarts(), [], "{unit} typed as {typed:?}");
    }

    desk.site.become_guest();
    let place = desk.submit(DEMO, DEMO, PASSWORD).await;
    assert!(place.starts_with("/sign-in"), "{place}");
    assert_eq!(desk.site.get(&desk.run).await.status(), 303, "nor does a guest see the form");
    assert_eq!(systemd.restarts(), []);
    assert!(desk.stop().await.is_empty(), "nothing was done, so nothing is recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_row_comes_before_the_call() {
    let bus = Daemon::start().await;
    let systemd = Systemd::start(&bus).await;
    let mut desk = Desk::open(&bus.address()).await;

    // Refused by systemd.
    let page = desk.restart(LOCKED, LOCKED, PASSWORD).await;
    assert!(page.contains("locked.service was not restarted: systemd does not permit it"), "{page}");
    assert!(page.contains("sudo systemctl restart locked.service"), "{page}");
    let rows = desk.audit().await;
    assert_eq!(rows[0], ["ada", "unit-restart", LOCKED]);
    assert_eq!(rows[1][1], "unit-restart-failed", "{rows:?}");

    // Never answered: the row is there while systemd still has the call.
    let database = desk.database();
    let waiting = async {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !systemd.restarts().contains(&called(STUCK)) {
            assert!(Instant::now() < deadline, "systemd was not called: {:?}", systemd.restarts());
            sleep(Duration::from_millis(10)).await;
        }
        restarts_in(&Storage::open_beside(&database).await.unwrap()).await
    };
    let (page, meanwhile) = tokio::join!(desk.restart(STUCK, STUCK, PASSWORD), waiting);
    assert_eq!(meanwhile[2], ["ada", "unit-restart", STUCK], "{meanwhile:?}");
    assert!(page.contains("stuck.service was not restarted: systemd did not answer within"), "{page}");
    assert_eq!(systemd.restarts(), [called(LOCKED), called(STUCK)]);

    let actions: Vec<_> = desk.stop().await.into_iter().map(|[_, action, _]| action).collect();
    assert_eq!(actions, ["unit-restart", "unit-restart-failed"].repeat(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_systemd_the_page_shows_the_command_and_no_form() {
    let mut desk = Desk::open("unix:path=/nonexistent/bus").await;
    let page = desk.page().await;
    let section = page.split("id=\"restart\"").nth(1).unwrap_or_else(|| panic!("a part about units: {page}"));
    let command = section.split("class=\"command\"").nth(1).expect("a command to copy");
    assert!(command.contains("<code>sudo systemctl restart demo.service</code>"), "{command}");
    assert!(command.contains("class=\"copy\""), "{command}");
    assert!(!page.contains("restart-unit") && !page.contains(DEMO_FORM), "no form: {page}");

    // One that was open since before systemd went says so too.
    let page = desk.restart(DEMO, DEMO, PASSWORD).await;
    assert!(page.contains("demo.service was not restarted: there is no systemd to ask on this host"), "{page}");
    let actions: Vec<_> = desk.stop().await.into_iter().map(|[_, action, _]| action).collect();
    assert_eq!(actions, ["unit-restart", "unit-restart-failed"]);
}
