//! What people wait for: a verdict, a change on the page, and the page on a phone.

use super::{Bench, Folder, Row, Running, free_address, get, median, monitor, nginx, page, seeded, serve, settings};
use crate::cmd::{program, read, root, say};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Nothing here is waited for longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A healthy site and one whose upstream hangs behind an nginx with its own time-outs of 60 s.
pub(super) fn diagnosis(bench: &Bench) -> Result<Vec<Row>> {
    let folder = Folder::new("diagnosis")?;
    let (front, files) = (free_address()?, free_address()?);
    // Connections are taken by the kernel, and nobody ever reads.
    let hangs = TcpListener::bind("127.0.0.1:0")?;
    let _files = nginx(&folder.0, files)?;
    let edge = folder.0.join("edge");
    fs::create_dir_all(&edge)?;
    let sites = format!(
        "    location / {{ proxy_pass http://{files}/small.html; }}\n    location /hangs {{ proxy_pass http://{}; }}\n",
        hangs.local_addr()?
    );
    let conf = page::nginx_conf(front, &edge).replace("location = /brotli.html", &format!("{sites}location = /b"));
    fs::write(edge.join("nginx.conf"), conf)?;
    let mut gateway = program("/usr/sbin/nginx");
    gateway.arg("-p").arg(&edge).arg("-c").arg(edge.join("nginx.conf")).args(["-g", "daemon off;"]);
    let _gateway = Running::start(gateway, front, &edge.join("nginx.log"))?;

    say("diagnosis: a healthy site, and one that hangs for 60 s");
    let mut healthy = Vec::new();
    for _ in 0..bench.size(7, 1) {
        healthy.push(diagnose(bench, &format!("http://{front}/"), &["healthy"])?.as_secs_f64());
    }
    let healthy = median(healthy);
    // Before nginx gives up, nothing has failed yet; the verdict says what is waited for.
    let hanging = diagnose(bench, &format!("http://{front}/hangs"), &["cause", "unknown"])?.as_secs_f64();
    Ok(vec![
        seconds("diagnosis of a healthy site", healthy, 2.0, "<= 2 s"),
        seconds("verdict on an upstream that hangs for 60 s", hanging, 15.0, "<= 15 s"),
    ])
}

fn seconds(what: &str, value: f64, most: f64, budget: &'static str) -> Row {
    Row {
        what: what.to_owned(),
        ours: format!("{value:.2} s"),
        beside: String::new(),
        ratio: String::new(),
        budget,
        kept: value <= most,
    }
}

fn diagnose(bench: &Bench, url: &str, outcomes: &[&str]) -> Result<Duration> {
    let begun = Instant::now();
    // The verdict is the exit code too: anything but a healthy site is no success.
    let output = program(&bench.binary).args(["diagnose", url, "--json"]).output()?;
    let took = begun.elapsed();
    let run = String::from_utf8_lossy(&output.stdout);
    if !outcomes.iter().any(|outcome| run.contains(&format!("\"verdict\":{{\"outcome\":\"{outcome}\""))) {
        let verdict = run.split("\"verdict\":").nth(1).unwrap_or(&run).chars().take(300).collect::<String>();
        bail!("{url} was to be {}: {verdict}", outcomes.join(" or "));
    }
    Ok(took)
}

/// From the failing confirmation, and from a posted note, to the page and the event.
pub(super) fn change(bench: &Bench) -> Result<Vec<Row>> {
    let folder = Folder::new("change")?;
    let ours = free_address()?;
    let target = Target::start()?;
    let mut text = settings(ours, &folder.0);
    for number in 0..50 {
        text.push_str(&monitor(&format!("site-{number}"), &format!("http://{}/{number}", target.address), "2s"));
    }
    let config = folder.0.join("gatewatch.toml");
    fs::write(&config, text)?;
    let _running = serve(bench, &folder.0, ours)?;
    // It listens before its database is made.
    until("the first page", || Ok(get(ours, "/", "identity").ok()))?;
    let cookie = sign_in(bench, &config, ours)?;
    std::thread::sleep(Duration::from_secs(4));

    say("change to page: notes, then an outage");
    let mut notes = Vec::new();
    for number in 0..bench.size(5, 1) {
        let title = format!("Note{number}");
        let events = Events::open(ours)?;
        let begun = Instant::now();
        let fields = format!("title={title}&impact=major&phase=investigating&body=x&components%5B0%5D=site-1");
        post(ours, "/actions/open-incident", &cookie, &fields)?;
        until("the note on the page", || Ok(shows(ours, &title)?.then_some(())))?;
        events.wait()?;
        notes.push(begun.elapsed().as_secs_f64());
    }
    let slowest = notes.into_iter().fold(0.0, f64::max);

    let events = Events::open(ours)?;
    target.fails.store(true, Ordering::Relaxed);
    // The second failure of a monitor confirms; of fifty that fail together, the first counts.
    let confirmed = until("a second failure", || Ok(target.confirmed()))?;
    until("the outage on the page", || Ok(shows(ours, "<span class=\"word\">Outage</span>")?.then_some(())))?;
    events.wait()?;
    let outage = confirmed.elapsed().as_secs_f64();
    Ok(vec![
        seconds("a posted note on page and in event, slowest of five", slowest, 1.0, "<= 1 s"),
        seconds("an outage on page and in event, from its confirmation", outage, 1.0, "<= 1 s"),
    ])
}

/// Asks until there is an answer.
fn until<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(found) = look()? {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    bail!("{what} did not come")
}

fn shows(address: SocketAddr, text: &str) -> Result<bool> {
    Ok(String::from_utf8_lossy(&get(address, "/", "identity")?).contains(text))
}

/// An account, and the cookie of its session.
fn sign_in(bench: &Bench, config: &Path, address: SocketAddr) -> Result<String> {
    const PASSWORD: &str = "correct horse battery staple";
    let mut add = program(&bench.binary);
    add.args(["user", "add", "ada", "--config"]).arg(config).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut adding = add.spawn()?;
    adding.stdin.take().context("it reads")?.write_all(PASSWORD.as_bytes())?;
    if !adding.wait()?.success() {
        bail!("no account could be made");
    }
    let head = post(address, "/actions/sign-in", "", &format!("name=ada&password={}", PASSWORD.replace(' ', "+")))?;
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
    Ok(cookie.context("signing in sets a cookie")?.to_owned())
}

/// Sends a form as a browser does; the answer's head.
fn post(address: SocketAddr, path: &str, cookie: &str, fields: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nCookie: {cookie}\r\nAccept: text/html\r\n\
         Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{fields}",
        fields.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if !answer.starts_with("HTTP/1.1 303") {
        bail!("{path}: {}", answer.lines().next().unwrap_or_default());
    }
    Ok(answer)
}

/// The stream of events, from behind the state that it begins with.
struct Events(BufReader<TcpStream>);

impl Events {
    fn open(address: SocketAddr) -> Result<Self> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET /events HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
        let mut events = Self(BufReader::new(stream));
        events.next_state()?;
        Ok(events)
    }

    /// Waits for a further state.
    fn wait(mut self) -> Result<()> {
        self.next_state()
    }

    fn next_state(&mut self) -> Result<()> {
        let mut line = String::new();
        while line != "event: state\n" {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                bail!("the stream of events ended");
            }
        }
        Ok(())
    }
}

/// A server that fails from a moment on, and remembers when it did.
struct Target {
    address: SocketAddr,
    fails: Arc<AtomicBool>,
    failures: Arc<Mutex<Vec<(String, Instant)>>>,
}

impl Target {
    fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let target = Self { address: listener.local_addr()?, fails: Arc::default(), failures: Arc::default() };
        let (fails, failures) = (Arc::clone(&target.fails), Arc::clone(&target.failures));
        // It ends with the program, as the other threads of a bench do.
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
                let mut head = [0; 1024];
                let count = stream.read(&mut head).unwrap_or(0);
                let fails = fails.load(Ordering::Relaxed);
                let status = if fails { "502 Bad Gateway" } else { "200 OK" };
                let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
                if fails {
                    let path = String::from_utf8_lossy(&head[..count]).split(' ').nth(1).unwrap_or_default().to_owned();
                    failures.lock().unwrap_or_else(PoisonError::into_inner).push((path, Instant::now()));
                }
            }
        });
        Ok(target)
    }

    /// When a monitor failed for the second time, if one did.
    fn confirmed(&self) -> Option<Instant> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures
            .iter()
            .enumerate()
            .find_map(|(index, (path, at))| failures[..index].iter().any(|(earlier, _)| earlier == path).then_some(*at))
    }
}

/// The page in a browser on a slow network with a slow processor.
pub(super) fn phone(bench: &Bench) -> Result<Vec<Row>> {
    let folder = Folder::new("phone")?;
    let (ours, theirs) = (free_address()?, free_address()?);
    say("the page on a phone: 1.6 Mbit/s, 150 ms, a processor four times slower");
    let _nginx = nginx(&folder.0, theirs)?;
    seeded(bench, &folder.0, (50, bench.size(90, 3), 300), ours, theirs)?;
    let _running = serve(bench, &folder.0, ours)?;
    get(ours, "/", "br")?;
    let mut browser = program("node");
    browser.arg(root().join("tests/browser/phone.mjs"));
    browser.args([format!("http://{ours}/"), bench.size(7, 1).to_string()]);
    let line = read(&mut browser, "the browser")?;
    let times: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [paint, complete] = times[..] else { bail!("the browser printed `{}`", line.trim()) };
    Ok(vec![
        seconds("first paint on a phone", paint / 1000.0, 0.7, "<= 0.7 s"),
        seconds("complete on a phone", complete / 1000.0, 0.9, "<= 0.9 s"),
    ])
}
