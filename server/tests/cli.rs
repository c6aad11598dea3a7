//! The commands as people run them: the real binary, real files, exit codes and messages.

#![expect(clippy::disallowed_methods, reason = "these tests start the binary and read what it wrote")]
#![expect(clippy::unwrap_used, reason = "a failing helper is a failing test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The longest that anything here may take; a healthy machine needs a fraction.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder with a configuration that listens on a free port.
struct Site {
    folder: TempDir,
}

/// What a command said.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Site {
    fn new() -> Self {
        Self::with("[server]\nlisten = \"127.0.0.1:0\"\n")
    }

    fn with(config: &str) -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(site.path("gatewatch.toml"), config).unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatewatch"));
        command.args(args).current_dir(self.folder.path());
        command.env_remove("GATEWATCH_CONFIG").env_remove("GATEWATCH_LOG");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Said {
        finish(self.command(args).spawn().unwrap())
    }

    fn run_with_input(&self, args: &[&str], input: &str) -> Said {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        finish(child)
    }

    fn add_user(&self, name: &str) {
        let said = self.run_with_input(&["user", "add", name], "correct horse\n");
        assert_eq!(said.code, Some(0), "{}", said.err);
    }

    fn serve(&self) -> Server {
        Server::start(self.command(&["serve"]))
    }
}

/// Waits for a command, at most [`PATIENCE`], and takes all that it said.
fn finish(mut child: Child) -> Said {
    let mut out = child.stdout.take().unwrap();
    let mut err = child.stderr.take().unwrap();
    let out = std::thread::spawn(move || read_all(&mut out));
    let err = std::thread::spawn(move || read_all(&mut err));
    let code = wait(&mut child);
    Said { code, out: out.join().unwrap(), err: err.join().unwrap() }
}

fn read_all(from: &mut impl Read) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).unwrap();
    text
}

fn wait(child: &mut Child) -> Option<i32> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("the command did not end within {PATIENCE:?}");
}

/// A running server, ended with the test.
struct Server {
    child: Child,
    /// What it printed at start: the address and all lines before the first request could be made.
    printed: Vec<String>,
    log: Receiver<String>,
}

impl Server {
    fn start(mut command: Command) -> Self {
        let mut child = command.env("GATEWATCH_LOG", "info").spawn().unwrap();
        let out = lines(child.stdout.take().unwrap());
        let log = lines(child.stderr.take().unwrap());
        let mut server = Self { child, printed: Vec::new(), log };
        // The last line at start is the set-up link, or the database where there is an account.
        while let Ok(line) =
            out.recv_timeout(if server.printed.len() < 2 { PATIENCE } else { Duration::from_millis(300) })
        {
            server.printed.push(line);
        }
        assert!(server.printed.len() >= 2, "{:?} {:?}", server.printed, server.log.try_iter().collect::<Vec<_>>());
        server
    }

    fn line(&self, start: &str) -> Option<&str> {
        self.printed.iter().find_map(|line| line.strip_prefix(start))
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for a log line that holds `words`.
    fn logged(&self, words: &str) -> String {
        let end = Instant::now() + PATIENCE;
        while let Ok(line) = self.log.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if line.contains(words) {
                return line;
            }
        }
        panic!("nothing was logged with {words:?}");
    }

    /// Body of a page, asked with the plainest client there is.
    fn get(&self, path: &str) -> String {
        self.try_get(path).unwrap()
    }

    fn try_get(&self, path: &str) -> std::io::Result<String> {
        let url = self.line("Gatewatch is at http://").unwrap();
        let host = url.trim_end_matches('/');
        let mut stream = std::net::TcpStream::connect(host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    fn stop(mut self) -> Option<i32> {
        self.signal("TERM");
        wait(&mut self.child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        // Ends with the process, or when nobody listens.
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Ended with 2, one message, nothing on standard output.
fn assert_cannot_run(said: &Said, words: &[&str]) {
    assert_eq!(said.code, Some(2), "{}{}", said.out, said.err);
    assert_eq!(said.out, "");
    for words in words {
        assert!(said.err.contains(words), "no {words:?} in: {}", said.err);
    }
    assert!(!said.err.contains("panicked"), "{}", said.err);
}

#[test]
fn a_wrong_configuration_names_every_place() {
    let site = Site::with("[server]\nlistn = \"127.0.0.1:0\"\n\n[[monitors]]\nid = \"a\"\nurl = \"nowhere\"\n");
    for command in ["check", "serve"] {
        let said = site.run(&[command]);
        let first = "gatewatch.toml:2:1: unknown key `listn` in [server]; did you mean `listen`?";
        assert_cannot_run(&said, &[first, "gatewatch.toml:6:7: url: "]);
        assert_eq!(said.err.lines().count(), 2, "{}", said.err);
    }
}

#[test]
fn a_configuration_that_cannot_be_read_is_told() {
    let site = Site::new();
    assert_cannot_run(
        &site.run(&["serve", "--config", "none.toml"]),
        &["none.toml: cannot be read: there is no such file"],
    );
    assert_cannot_run(&site.run(&["check", "--config", "."]), &["is not a file"]);
    std::fs::write(site.path("binary.toml"), b"a = 1\nb = \xff\xfe").unwrap();
    assert_cannot_run(&site.run(&["check", "--config", "binary.toml"]), &["binary.toml:2:5: ", "UTF-8"]);
}

#[test]
fn bad_usage_ends_with_2() {
    let site = Site::new();
    for args in [&["nonsense"][..], &["serve", "--no-such-option"], &[], &["user"], &["backup"], &["export", "site"]] {
        assert_eq!(site.run(args).code, Some(2), "{args:?}");
    }
    assert_cannot_run(&site.run(&["serve", "--watch", "shop.example.com"]), &["--watch: ", "https://"]);
    let help = site.run(&["--help"]);
    assert_eq!(help.code, Some(0));
    for command in ["serve", "init", "check", "diagnose", "user", "backup", "restore", "monitors"] {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command} is missing: {}", help.out);
    }
}

#[test]
fn what_init_writes_is_valid_and_never_overwritten() {
    let site = Site::with("");
    std::fs::remove_file(site.path("gatewatch.toml")).unwrap();
    assert!(site.run(&["check"]).out.starts_with("No configuration file"));
    assert_eq!(site.run(&["init"]).code, Some(0));
    let check = site.run(&["check"]);
    assert_eq!(
        (check.code, check.out.as_str()),
        (Some(0), "gatewatch.toml is valid: 1 monitor, 1 component, 0 gateways.\n")
    );
    let before = std::fs::read(site.path("gatewatch.toml")).unwrap();
    assert_cannot_run(&site.run(&["init"]), &["exists already"]);
    assert_eq!(std::fs::read(site.path("gatewatch.toml")).unwrap(), before);
}

#[test]
fn a_port_in_use_is_told() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    let site = Site::with(&format!("[server]\nlisten = \"{address}\"\n"));
    let said = site.run(&["serve"]);
    assert_cannot_run(&said, &[&format!("{address} is in use by another program")]);
    assert_eq!(said.err.lines().count(), 1, "{}", said.err);
}

#[test]
fn something_else_than_a_database_is_left_as_it_is() {
    let site = Site::new();
    std::fs::create_dir(site.path("data")).unwrap();
    let text = "no database, only notes\n".repeat(100);
    std::fs::write(site.path("data/gatewatch.db"), &text).unwrap();
    for args in [&["serve"][..], &["user", "list"], &["monitors", "list"]] {
        assert_cannot_run(&site.run(args), &["is not a SQLite database"]);
    }
    assert_eq!(std::fs::read_to_string(site.path("data/gatewatch.db")).unwrap(), text);
}

#[test]
fn a_database_in_use_is_told() {
    let site = Site::new();
    let server = site.serve();
    let second = site.run(&["serve"]);
    assert_cannot_run(&second, &["in use by another gatewatch process"]);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn serve_says_where_it_is_and_stops_when_told() {
    let site = Site::new();
    let server = site.serve();
    let url = server.line("Gatewatch is at ").unwrap().to_owned();
    let database = server.line("Database: ").unwrap();
    assert!(Path::new(database).is_absolute() && Path::new(database).is_file(), "{database}");
    let link = server.printed.last().unwrap().rsplit(' ').next().unwrap();
    let path = link.strip_prefix(url.trim_end_matches('/')).expect("the link is below the page's address");
    assert!(path.starts_with("/setup/") && path.len() == "/setup/".len() + 52, "{link}");
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200 "));
    let begun = Instant::now();
    assert_eq!(server.stop(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn no_link_is_printed_once_there_is_an_account() {
    let site = Site::new();
    let link = site.run(&["user", "setup-link"]);
    assert!(link.code == Some(0) && link.out.contains("/setup/"), "{}{}", link.out, link.err);
    site.add_user("ada");
    let server = site.serve();
    assert!(!server.printed.iter().any(|line| line.contains("/setup/")), "{:?}", server.printed);
    let refused = site.run(&["user", "setup-link"]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn accounts_are_added_listed_and_changed() {
    let site = Site::new();
    site.add_user("Ada");
    let twice = site.run_with_input(&["user", "add", "ada"], "correct horse\n");
    assert!(twice.code == Some(1) && twice.err.contains("taken"), "{}", twice.err);
    let short = site.run_with_input(&["user", "add", "bob"], "short\n");
    assert!(short.code == Some(1) && short.err.contains("at least 12"), "{}", short.err);
    let empty = site.run(&["user", "add", "bob"]);
    assert!(empty.code == Some(2) && empty.err.contains("no password"), "{}", empty.err);
    assert_eq!(site.run_with_input(&["user", "passwd", "ADA"], "another horse\n").code, Some(0));
    let nobody = site.run_with_input(&["user", "passwd", "eve"], "another horse\n");
    assert!(nobody.code == Some(1) && nobody.err.contains("no account named eve"), "{}", nobody.err);
    let list = site.run(&["user", "list"]);
    assert!(list.out.starts_with("Ada\tcreated 2") && list.out.lines().count() == 1, "{}", list.out);
}

#[test]
fn a_backup_brings_everything_back() {
    let site = Site::new();
    site.add_user("ada");
    let server = site.serve();
    let backup = site.run(&["backup", "copy.db"]);
    assert!(backup.code == Some(0) && backup.out.contains("was checked"), "{}{}", backup.out, backup.err);
    let refused = site.run(&["restore", "copy.db"]);
    assert!(refused.code == Some(1) && refused.err.contains("in use"), "{}", refused.err);
    assert_eq!(server.stop(), Some(0));

    site.add_user("bob");
    let over = site.run(&["backup", "copy.db"]);
    assert_eq!(over.code, Some(1), "a backup never overwrites: {}", over.out);
    let restored = site.run(&["restore", "copy.db"]);
    assert!(restored.code == Some(0) && restored.out.contains("earlier database is kept as"), "{}", restored.err);
    let list = site.run(&["user", "list"]);
    assert!(list.out.starts_with("ada\t") && list.out.lines().count() == 1, "{}", list.out);
    assert_eq!(site.serve().stop(), Some(0), "it serves from the restored copy");

    std::fs::write(site.path("torn.db"), "torn").unwrap();
    assert_eq!(site.run(&["restore", "torn.db"]).code, Some(1));
    assert_eq!(site.run(&["user", "list"]).out, list.out, "a refused restore changes nothing");
}

#[test]
fn a_bad_reload_keeps_the_old_configuration_and_a_good_one_takes_over() {
    let monitor = |id: &str| format!("[[monitors]]\nid = \"{id}\"\nurl = \"http://127.0.0.1:9/{id}\"\n");
    let head = "[server]\nlisten = \"127.0.0.1:0\"\n";
    let site = Site::with(&format!("{head}{}", monitor("first")));
    let server = site.serve();
    assert!(server.get("/").contains("first"));

    std::fs::write(site.path("gatewatch.toml"), format!("{head}lisen = 1\n")).unwrap();
    server.signal("HUP");
    let line = server.logged("the old one stays in force");
    assert!(line.contains("gatewatch.toml:3:1: unknown key"), "{line}");
    assert!(server.get("/").contains("first"));

    std::fs::write(site.path("gatewatch.toml"), format!("{head}{}", monitor("second"))).unwrap();
    server.signal("HUP");
    server.logged("is in force");
    let end = Instant::now() + PATIENCE;
    while !server.get("/").contains("second") {
        assert!(Instant::now() < end, "the new monitor never came on the page");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(server.stop(), Some(0));

    let list = site.run(&["monitors", "list"]).out;
    let first = list.lines().find(|line| line.starts_with("first\t")).expect("its history is kept");
    assert!(first.ends_with("not in the file"), "{list}");
    assert_eq!(site.run(&["monitors", "forget", "second"]).code, Some(1), "it is in the file");
    assert_eq!(site.run(&["monitors", "forget", "first"]).code, Some(0));
    assert!(!site.run(&["monitors", "list"]).out.contains("first\t"));
}

#[test]
fn watch_adds_a_site_without_a_file() {
    let site = Site::new();
    let mut command = site.command(&["serve", "--watch", "http://127.0.0.1:9/shop"]);
    command.stderr(Stdio::piped());
    let server = Server::start(command);
    assert!(server.get("/").contains("127.0.0.1:9/shop"));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn the_history_is_exported_as_lines_and_as_one_object() {
    let site = Site::with(
        "[server]\nlisten = \"127.0.0.1:0\"\n[[monitors]]\nid = \"shop\"\nurl = \"http://127.0.0.1:9/\"\ninterval = \"1s\"\n",
    );
    let server = site.serve();
    let end = Instant::now() + PATIENCE;
    // Beside a running server, from the moment on at which it has confirmed the outage.
    let csv = loop {
        let run = site.run(&["export", "history"]);
        assert_eq!(run.code, Some(0), "{}", run.err);
        if run.out.contains("component,shop,outage,2") {
            break run.out;
        }
        assert!(Instant::now() < end, "no outage in {}", run.out);
        std::thread::sleep(Duration::from_millis(200));
    };
    assert!(csv.starts_with("kind,id,state,from,until,milliseconds\n"), "{csv}");
    assert!(csv.lines().skip(1).all(|line| line.split(',').count() == 6), "{csv}");
    assert!(csv.contains("monitor,shop,outage,2"), "{csv}");
    let json = site.run(&["export", "history", "--format", "json", "--from", "2026-01-01"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        (json["components"][0]["id"].as_str(), json["components"][0]["uptime"].as_f64()),
        (Some("shop"), Some(0.0))
    );
    assert_eq!(site.run(&["export", "history", "--from", "2199-01-01"]).code, Some(2));
    assert_eq!(site.run(&["export", "history", "--from", "yesterday"]).code, Some(2));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn without_descriptors_it_says_so_and_comes_back() {
    let site = Site::new();
    site.add_user("ada");
    let server = site.serve();
    let pid = server.child.id().to_string();
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    // Only the soft limit, so that nobody needs a right to raise it again.
    let limit = |most: usize| {
        let set = Command::new("prlimit").args(["--pid", &pid, &format!("--nofile={most}:")]).status().unwrap();
        assert!(set.success());
    };
    limit(open + 3);
    let host = server.line("Gatewatch is at http://").unwrap().trim_end_matches('/').to_owned();
    let mut held: Vec<std::net::TcpStream> = (0..12).map(|_| std::net::TcpStream::connect(&host).unwrap()).collect();
    server.logged("cannot accept connections");
    let told = held.iter_mut().any(|stream| {
        let mut answer = [0; 12];
        stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        stream.read_exact(&mut answer).is_ok() && answer.starts_with(b"HTTP/1.1 503")
    });
    assert!(told, "nobody was told that there is no room");
    drop(held);
    let end = Instant::now() + PATIENCE;
    while !server.try_get("/").is_ok_and(|page| page.starts_with("HTTP/1.1 200")) {
        assert!(Instant::now() < end, "it never came back");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn seeded_history_is_the_same_each_time_and_fills_only_an_empty_database() {
    let (one, two) = (Site::new(), Site::new());
    let seed = ["dev", "seed", "--monitors", "3", "--days", "2", "--interval", "60", "--seed", "7"];
    let export = |site: &Site| {
        let said = site.run(&["export", "history", "--samples", "--until", "2020-01-01"]);
        assert_eq!((said.code, said.out.lines().count()), (Some(0), 1), "{}", said.err);
        let said = site.run(&["export", "history", "--samples"]);
        assert_eq!(said.code, Some(0), "{}", said.err);
        // The second run began later, so that its last samples differ.
        said.out.lines().take(1000).map(str::to_owned).collect::<Vec<_>>()
    };
    for site in [&one, &two] {
        let said = site.run(&seed);
        assert_eq!(said.code, Some(0), "{}", said.err);
        assert!(said.out.starts_with("Seeded 3 monitors with 2 days: "), "{}", said.out);
    }
    let lines = export(&one);
    assert_eq!(lines.len(), 1000);
    assert_eq!(lines, export(&two));
    assert_cannot_run(&one.run(&seed), &["holds monitors already", "--db"]);
    let other = one.path("other.db");
    let said = one.run(&[&seed[..], &["--db", other.to_str().unwrap()]].concat());
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(other.exists());
    let listed = one.run(&["monitors", "list"]);
    assert!(listed.out.contains("seed-0003"), "{}", listed.out);
}
