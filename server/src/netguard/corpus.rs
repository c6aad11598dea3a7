//! The SSRF corpus: every disguise of an address that we know, its verdict and the stage that must find it.
//!
//! `tests/corpora/ssrf-urls.txt` describes its columns. Names come from the table in that file; nothing here
//! opens a socket, because judging ends at a [`Vetted`].

use super::names::{NameFault, Names};
use super::policy::{self, Mode, NetInput};
use super::{NetRules, Netguard, Place, Redirects, Refusal, ResolveError, Vetted};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::Url;

const CORPUS: &str = include_str!("../../tests/corpora/ssrf-urls.txt");
/// The corpus must not shrink unnoticed.
const CASES: usize = 335;

/// The fake name table: for each name, one set of answers per lookup; the last one stays.
#[derive(Debug, Default)]
struct Table {
    answers: BTreeMap<String, Vec<Vec<String>>>,
    lookups: Mutex<Vec<String>>,
}

impl Table {
    fn parse() -> Self {
        let mut answers = BTreeMap::new();
        for line in CORPUS.lines().filter_map(|line| line.strip_prefix("@dns\t")) {
            let (name, sets) = line.split_once('\t').expect("a name and its answers");
            let sets = sets.split_once("seq:").map_or(sets, |(_, sets)| sets);
            answers.insert(name.to_owned(), sets.split(';').map(Self::set).collect());
        }
        Self { answers, lookups: Mutex::default() }
    }

    fn set(text: &str) -> Vec<String> {
        let mut set = Vec::new();
        for part in text.split(',').map(str::trim) {
            let (answer, times) = part.split_once(" x ").map_or((part, 1), |(answer, n)| (answer, n.parse().unwrap()));
            set.extend(std::iter::repeat_n(answer.to_owned(), times));
        }
        set
    }

    fn find(&self, name: &str, nth: usize) -> Option<Vec<IpAddr>> {
        let beneath = || name.split_once('.').and_then(|(_, rest)| self.answers.get(&format!("*.{rest}")));
        let sets = self.answers.get(name).or_else(beneath)?;
        let mut found = Vec::new();
        for answer in &sets[nth.min(sets.len() - 1)] {
            match answer.strip_prefix("CNAME ") {
                Some(other) => found.extend(self.find(other, 0)?),
                None => found.push(answer.parse().unwrap()),
            }
        }
        Some(found)
    }
}

#[async_trait]
impl Names for Table {
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, NameFault> {
        let name = policy::plain_name(name);
        let mut lookups = self.lookups.lock().unwrap();
        let nth = lookups.iter().filter(|earlier| **earlier == name).count();
        lookups.push(name.clone());
        self.find(&name, nth).ok_or(NameFault::NotFound)
    }
}

struct Case {
    id: &'static str,
    lan: bool,
    allow: bool,
    stage: &'static str,
    input: String,
    expect: &'static str,
}

fn cases() -> Vec<Case> {
    let lines = CORPUS.lines().filter(|line| line.starts_with('S'));
    lines.map(|line| case(&line.split('\t').collect::<Vec<_>>())).collect()
}

fn case(fields: &[&'static str]) -> Case {
    let [id, profile, verdict, stage, _class, input, expect] = fields else { panic!("seven columns: {fields:?}") };
    let input = match input.strip_prefix("@gen ") {
        Some(recipe) => recipe.split(" + ").map(generate).collect(),
        None if *expect == "unescape" => unescape(input),
        None => (*input).to_owned(),
    };
    Case { id, lan: *profile == "lan", allow: *verdict == "allow", stage, input, expect }
}

fn generate(part: &str) -> String {
    match part.strip_prefix("repeat(").and_then(|rest| rest.strip_suffix(')')) {
        Some(arguments) => {
            let (text, times) = arguments.split_once(',').unwrap();
            text.repeat(times.parse().unwrap())
        }
        None => part.to_owned(),
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        out.push(match (c, if c == '\\' { rest.next() } else { None }) {
            ('\\', Some('t')) => '\t',
            ('\\', Some('r')) => '\r',
            ('\\', Some('n')) => '\n',
            ('\\', Some('u')) => {
                let code: String = rest.by_ref().take(4).collect();
                char::from_u32(u32::from_str_radix(&code, 16).unwrap()).unwrap()
            }
            (c, _) => c,
        });
    }
    out
}

fn guard(lan: bool, table: &Arc<Table>) -> Netguard {
    let strings = |list: &[&str]| -> Vec<String> { list.iter().map(|text| (*text).to_owned()).collect() };
    let private =
        strings(&["10.20.0.0/16:80,8080,9090", "fd12:3456:789a::/48:80,8080", "127.0.0.1:8080", "[::1]:8080"]);
    let hosts = strings(&["*.corp.test", "app"]);
    let input = NetInput { allow_private: &private, allow_hosts: &hosts, ..NetInput::default() };
    let rules = if lan { policy::parse(input).unwrap() } else { NetRules::default() };
    Netguard::with_names(Mode::Server(Box::new(rules)), Arc::clone(table) as Arc<dyn Names>)
}

#[derive(Debug)]
enum Stop {
    Parse,
    Addr,
    Dns,
    Redirect,
}

async fn arrive(guard: &Netguard, url: &Url) -> Result<Vec<Vetted>, Stop> {
    let literal = !matches!(url.host(), Some(url::Host::Domain(_)));
    let port = url.port_or_known_default().unwrap();
    guard.resolve(url.host_str().unwrap(), port, Duration::from_secs(2)).await.map_err(|error| match error {
        ResolveError::Refused(Refusal::Port { .. }) => Stop::Addr,
        ResolveError::Refused(_) if literal => Stop::Addr,
        ResolveError::Refused(_) => Stop::Dns,
        other => panic!("{url}: {other}"),
    })
}

/// Addresses of the first hop and the number of hops, or where it stopped.
async fn walk(guard: &Netguard, input: &str) -> Result<(Vec<Vetted>, usize), Stop> {
    let mut parts = input.split(" => ");
    let url = guard.check_url(parts.next().unwrap()).map_err(|_| Stop::Parse)?;
    let first = arrive(guard, &url).await?;
    let mut redirects = Redirects::start(guard, url, &first[0]);
    let mut last = first.clone();
    for location in parts {
        let next = redirects.follow(guard, location).map_err(|_| Stop::Redirect)?;
        last = arrive(guard, &next).await.map_err(|_| Stop::Redirect)?;
        for at in &last {
            redirects.arrive(at).map_err(|_| Stop::Redirect)?;
        }
    }
    Ok((if redirects.hops() == 0 { first } else { last }, redirects.hops()))
}

fn check_extras(case: &Case, addresses: &[Vetted], hops: usize, table: &Table) -> Result<(), String> {
    let asked: Vec<String> = addresses.iter().map(|vetted| vetted.address().to_string()).collect();
    let lookups = table.lookups.lock().unwrap().len();
    for extra in case.expect.split(';') {
        let fine = match extra.split_once('=') {
            Some(("connect", wanted)) => wanted.split('|').all(|one| asked.iter().any(|address| address == one)),
            Some(("connect<", _)) => asked.len() <= 4,
            Some(("lookups", wanted)) => lookups.to_string() == wanted,
            Some(("hops", wanted)) => hops.to_string() == wanted,
            Some(("sni", wanted)) => addresses.iter().all(|vetted| vetted.name() == Some(wanted)),
            _ => matches!(extra, "-" | "unescape" | "too_many"),
        };
        if !fine {
            return Err(format!("{extra}: asked {asked:?}, {hops} hops, {lookups} lookups"));
        }
    }
    Ok(())
}

async fn judge(case: &Case) -> Result<(), String> {
    let table = Arc::new(Table::parse());
    let guard = guard(case.lan, &table);
    let outcome = walk(&guard, &case.input).await;
    let lookups = table.lookups.lock().unwrap().len();
    match (case.allow, outcome) {
        (true, Ok((addresses, hops))) => check_extras(case, &addresses, hops, &table),
        (false, Err(stop)) => {
            let stage = match stop {
                Stop::Parse => "parse",
                Stop::Addr => "addr",
                Stop::Dns => "dns",
                Stop::Redirect => "redirect",
            };
            let silent = stage != "parse" || lookups == 0;
            if stage == case.stage && silent {
                check_extras(case, &[], 0, &table)
            } else {
                Err(format!("stopped at {stage}"))
            }
        }
        (true, Err(stop)) => Err(format!("blocked at {stop:?}")),
        (false, Ok((addresses, _))) => Err(format!("allowed, to {addresses:?}")),
    }
}

#[tokio::test]
async fn every_case_gets_its_verdict_at_its_stage() {
    let cases = cases();
    assert_eq!(cases.len(), CASES);
    let mut wrong = Vec::new();
    for case in &cases {
        if let Err(problem) = judge(case).await {
            wrong.push(format!("{} {:?}: {problem}", case.id, case.input));
        }
    }
    assert!(wrong.is_empty(), "{} of {CASES} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn a_refusal_names_the_line_that_would_allow_it() {
    let table = Arc::new(Table::parse());
    let guard = guard(false, &table);
    let refused = |host: &'static str, port| {
        let guard = guard.clone();
        async move {
            match guard.resolve(host, port, Duration::from_secs(1)).await {
                Err(ResolveError::Refused(refusal)) => refusal,
                other => panic!("{host}: {other:?}"),
            }
        }
    };
    assert_eq!(refused("10.0.0.5", 80).await.line().as_deref(), Some("[net]\nallow_private = [\"10.0.0.5:80\"]"));
    let by_name = refused("priv.test", 8080).await.line().unwrap();
    assert_eq!(by_name, "[net]\nallow_private = [\"10.0.0.5:8080\"]\nallow_hosts = [\"priv.test\"]");
    assert_eq!(refused("169.254.169.254", 80).await.line(), None);
    let local = guard.check_url("http://intranet/").unwrap_err();
    assert_eq!(local.line().as_deref(), Some("[net]\nallow_hosts = [\"intranet\"]"));
}

#[tokio::test]
async fn a_name_with_leave_must_not_turn_inwards() {
    let place = |host: &str| Place { host: host.to_owned(), port: 80 };
    let table = Arc::new(Table::parse());
    let guard = guard(false, &table).with_leave([place("rebind.test"), place("rebind-rev.test")]);
    let limit = Duration::from_secs(1);
    assert!(guard.resolve("rebind.test", 80, limit).await.is_ok());
    let moved = guard.clone().resolve("rebind.test", 80, limit).await;
    let address = "127.0.0.1:80".parse().unwrap();
    assert_eq!(moved, Err(ResolveError::Refused(Refusal::Moved { name: "rebind.test".to_owned(), address })));
    assert!(guard.resolve("rebind-rev.test", 80, limit).await.is_ok(), "leave for a private place");
    assert!(guard.resolve("rebind-rev.test", 80, limit).await.is_ok(), "from private to public is no danger");
}

#[tokio::test]
async fn a_silent_resolver_is_not_waited_for() {
    #[derive(Debug)]
    struct Silent;
    #[async_trait]
    impl Names for Silent {
        async fn addresses(&self, _: &str) -> Result<Vec<IpAddr>, NameFault> {
            std::future::pending().await
        }
    }
    let guard = Netguard::with_names(Mode::Terminal, Arc::new(Silent));
    let started = std::time::Instant::now();
    let result = guard.resolve("shop.test", 80, Duration::from_millis(100)).await;
    assert_eq!(result, Err(ResolveError::TimedOut));
    assert!(started.elapsed() < Duration::from_secs(1));
}
