//! `gatewatch serve` as a process, and a browser without scripts that looks at it.

use crate::events::Events;
use crate::gateway::Nginx;
use crate::ports::free_port;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, StatusCode};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Writes a configuration that watches nginx and may read its files.
pub(crate) fn configuration(folder: &Path, nginx: &Nginx, interval: Duration) -> PathBuf {
    let path = folder.join("gatewatch.toml");
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:{port}\"\n\n\
         [storage]\npath = \"{database}\"\n\n\
         [page]\ntitle = \"Example status\"\n\n\
         [[monitors]]\nid = \"shop\"\nname = \"Shop\"\nurl = \"{url}\"\ninterval = \"{interval}ms\"\ntimeout = \"2s\"\n\n\
         [[gateways]]\nname = \"edge\"\nconfig = [\"{config}\"]\nlogs = [\"{logs}\"]\n",
        // A port that stays the same over the restart.
        port = free_port(),
        database = folder.join("gatewatch.db").display(),
        url = nginx.url(),
        interval = interval.as_millis(),
        config = nginx.config.display(),
        logs = nginx.logs.display(),
    );
    std::fs::write(&path, text).unwrap();
    path
}

pub(crate) struct Site {
    process: Child,
    url: String,
    setup: Option<String>,
    client: Client,
    cookie: String,
}

impl Site {
    /// Starts the server and reads from its first lines where it is.
    pub(crate) async fn start(config: &Path) -> Self {
        Self::start_with(config, &[]).await
    }

    /// With these variables in the server's environment.
    pub(crate) async fn start_with(config: &Path, environment: &[(&str, &str)]) -> Self {
        let (process, url, setup) = launch(config, environment).await;
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { process, url, setup, client, cookie: String::new() }
    }

    pub(crate) async fn restart(&mut self, config: &Path) {
        self.end().await;
        (self.process, self.url, self.setup) = launch(config, &[]).await;
        assert!(self.setup.is_none(), "no set-up link once an account exists");
    }

    pub(crate) async fn stop(mut self) {
        self.end().await;
    }

    /// Sends the process a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.process.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// SIGTERM, and an orderly end within its bound.
    async fn end(&mut self) {
        self.signal(Signal::TERM);
        let status = timeout(Duration::from_secs(12), self.process.wait()).await.expect("it stops in time").unwrap();
        assert!(status.success(), "{status}");
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.url)).header(COOKIE, &self.cookie).send().await.unwrap()
    }

    pub(crate) async fn page(&self, path: &str) -> String {
        let response = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.text().await.unwrap()
    }

    async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    /// Posts a form as a browser does and answers where it leads, once it was carried out.
    pub(crate) async fn post(&mut self, action: &str, fields: &[(&str, &str)]) -> String {
        let place = self.submit(action, fields).await;
        assert!(!place.contains("draft=") && !place.contains("problem="), "{action} was not carried out: {place}");
        place
    }

    /// Posts a form as a browser does and answers where it leads, carried out or not.
    pub(crate) async fn submit(&mut self, action: &str, fields: &[(&str, &str)]) -> String {
        let response = self
            .client
            .post(format!("{}/actions/{action}", self.url))
            .header(COOKIE, &self.cookie)
            .header("accept", "text/html")
            .header("origin", &self.url)
            .header("sec-fetch-site", "same-origin")
            .form(fields)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{action}");
        if let Some(cookie) = response.headers().get(SET_COOKIE) {
            cookie.to_str().unwrap().split(';').next().unwrap().clone_into(&mut self.cookie);
        }
        response.headers()[LOCATION].to_str().unwrap().to_owned()
    }

    /// Forgets who is signed in, as another browser would not know it.
    pub(crate) fn become_guest(&mut self) {
        self.cookie.clear();
    }

    pub(crate) async fn create_account(&mut self) {
        let link = self.setup.take().expect("a set-up link at the first start");
        let path = link.strip_prefix(&self.url).expect("the link leads here").to_owned();
        assert!(self.page(&path).await.contains("/actions/set-up"));
        let token = path.rsplit('/').next().unwrap().to_owned();
        let fields = [("token", token.as_str()), ("name", "ada"), ("password", PASSWORD), ("again", PASSWORD)];
        self.post("set-up", &fields).await;
        assert_eq!(self.get("/operate").await.status(), StatusCode::OK);
    }

    /// Waits until the API and the page's own events tell this overall state.
    pub(crate) async fn wait_for_state(&self, state: &str, within: Duration) {
        let class = format!("class=\"banner {state}\"");
        let deadline = Instant::now() + within;
        loop {
            let page = self.page("/").await;
            if page.contains(&class) {
                return;
            }
            assert!(Instant::now() < deadline, "not `{state}` within {within:?}: {page}");
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until a page says all of it.
    pub(crate) async fn wait_for_words(&self, path: &str, words: &[&str], within: Duration) {
        let deadline = Instant::now() + within;
        loop {
            let page = self.page(path).await;
            if words.iter().all(|words| page.contains(words)) {
                return;
            }
            assert!(Instant::now() < deadline, "{path} does not say {words:?} within {within:?}: {page}");
            sleep(Duration::from_millis(100)).await;
        }
    }

    pub(crate) async fn events(&self) -> Events {
        let response = self.client.get(format!("{}/events", self.url)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Events::new(response)
    }

    /// Walks the wizard from a component and answers the finished run.
    pub(crate) async fn diagnose(&mut self, component: &str) -> Value {
        let form = self.get(&format!("/wizard?component={component}")).await;
        assert_eq!(form.status(), StatusCode::OK);
        let place = self.post("start-run", &[("component", component), ("url", ""), ("method", "")]).await;
        let run = self.finished(place.strip_prefix("/runs/").expect("a run's page")).await;
        let page = self.get(&place).await.text().await.unwrap();
        assert!(page.contains(run["verdict"]["title"].as_str().unwrap()), "{page}");
        run
    }

    /// Waits until a run has ended.
    pub(crate) async fn finished(&self, id: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let run = self.run(id).await;
            if run["state"] == "finished" {
                return run;
            }
            assert!(Instant::now() < deadline, "the run does not end: {run:#}");
            sleep(Duration::from_millis(200)).await;
        }
    }

    pub(crate) async fn run(&self, id: &str) -> Value {
        self.json(&format!("/runs/{id}.json")).await
    }

    /// Opens an incident and answers its id.
    pub(crate) async fn open_incident(&mut self, title: &str) -> String {
        let fields = [
            ("title", title),
            ("impact", "major"),
            ("phase", "investigating"),
            ("body", "We see the shop answering **502** and look into it."),
            ("components[]", "shop"),
        ];
        let place = self.post("open-incident", &fields).await;
        let path = place.split(['?', '#']).next().unwrap();
        path.rsplit('/').next().unwrap().to_owned()
    }

    pub(crate) async fn resolve(&mut self, incident: &str) {
        let version = self.version(incident).await;
        let fields =
            [("incident", incident), ("version", &version), ("phase", "resolved"), ("body", "The shop runs again.")];
        self.post("add-update", &fields).await;
    }

    /// The version that the admin's form carries.
    async fn version(&self, incident: &str) -> String {
        let page = self.get(&format!("/operate/incidents/{incident}")).await.text().await.unwrap();
        let form = page.split("/actions/add-update").nth(1).expect("a form for the next update");
        let field = form.split("name=\"version\"").nth(1).expect("with a version");
        field.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    /// Page, feed and API tell the incident's phase in time.
    pub(crate) async fn sees_incident(&self, id: &str, phase: &str, within: Duration) {
        let deadline = Instant::now() + within;
        loop {
            let told = self.incident(id).await["status"] == phase
                && self.page("/").await.contains(&format!("/incidents/{id}"))
                && self.page("/feed.atom").await.to_lowercase().contains(phase)
                && self.page(&format!("/incidents/{id}")).await.to_lowercase().contains(phase);
            if told {
                return;
            }
            assert!(Instant::now() < deadline, "incident {id} is not told as {phase} within {within:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// The incident as the API tells it; null where it does not.
    pub(crate) async fn incident(&self, id: &str) -> Value {
        let all = self.json("/api/v2/incidents.json").await;
        all["incidents"].as_array().unwrap().iter().find(|incident| incident["id"] == id).cloned().unwrap_or_default()
    }

    /// The time in outage as the component's page sums it up.
    pub(crate) async fn outage(&self) -> String {
        let page = self.page("/components/shop").await;
        let row = page.split("Outage</span></th>").nth(1).expect("a table of the time in each state");
        row.split("<td>").nth(1).and_then(|cell| cell.split('<').next()).expect("a figure").to_owned()
    }
}

/// Starts the binary and waits until it says where it is.
async fn launch(config: &Path, environment: &[(&str, &str)]) -> (Child, String, Option<String>) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_gatewatch"))
        .arg("--config")
        .arg(config)
        .arg("serve")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let first = |prefix: &'static str| {
        move |line: &str| line.strip_prefix(prefix).map(|url| url.trim_end_matches('/').to_owned())
    };
    let (mut url, mut setup, mut database) = (None, None, false);
    let deadline = Instant::now() + Duration::from_secs(20);
    // The set-up link is the last line, and only there while no account exists.
    while let Ok(Ok(Some(line))) =
        timeout(if database { Duration::from_secs(1) } else { deadline - Instant::now() }, lines.next_line()).await
    {
        url = url.or_else(|| first("Gatewatch is at ")(&line));
        database |= line.starts_with("Database: ");
        setup = setup.or_else(|| {
            line.split_once("http").filter(|_| line.contains("/setup/")).map(|(_, rest)| format!("http{rest}"))
        });
        if setup.is_some() {
            break;
        }
    }
    (process, url.expect("it says where it is"), setup)
}
