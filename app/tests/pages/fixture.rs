//! Sample data: a page with trouble on it, an incident and a run that found its cause.

use app::model::evidence::{AnswerSeen, TlsSeen};
use app::model::fact::asked::Attempt;
use app::model::run::Noticed;
use app::model::status::{Interval, LatencyPoint, Spent};
use app::model::time::DAY_MS;
use app::model::{
    At, CauseId, CauseText, Class, Component, ComponentSlug, ComponentStatus, Day, Evidence, Fact, FactId, FactKind,
    Family, Fault, FaultKind, Finding, Fix, FixText, Hop, Impact, Incident, Maintenance, Millis, Monitor, Origin,
    Outcome, Phase, Phases, Run, RunState, Sample, Seen, Skipped, Snapshot, Source, State, Step, StepReport, StepState,
    Strength, Update, Verdict, run::Scenario, verdict::Link,
};
use app::render::PageContext;

/// 2026-11-22 18:04:07 UTC.
pub(crate) const NOW: At = At(1_795_370_647_000);

pub(crate) fn slug(text: &str) -> ComponentSlug {
    text.parse().expect("a valid slug")
}

pub(crate) fn page(path: &str) -> PageContext {
    PageContext {
        css: "/assets/main.css".to_owned(),
        style: concat!(include_str!("../../../style/main.css"), include_str!("../../../style/widget.css")),
        live_js: "/assets/live.js".to_owned(),
        widget_js: "/assets/widget.js".to_owned(),
        title: "Example status".to_owned(),
        public_url: Some("https://status.example.com".to_owned()),
        look: app::render::Look::default(),
        path: path.to_owned(),
        language: app::model::Language::English,
        signed_in: false,
        now: NOW,
    }
}

/// Numbers that look random and are the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn day(dice: &mut Dice, day: i64) -> Day {
    let bad = |outage: i64| Spent { operational: DAY_MS - outage, outage, ..Spent::default() };
    let spent = match dice.roll(60) {
        0 => bad(240_000 + i64::try_from(dice.roll(300)).unwrap_or(0) * 1000),
        1 => bad(1_800_000),
        2 => Spent { operational: DAY_MS - 3_600_000, degraded: 3_600_000, ..Spent::default() },
        3 => Spent { operational: DAY_MS - 5_400_000, partial: 5_400_000, ..Spent::default() },
        4 => Spent { operational: DAY_MS / 2, maintenance: DAY_MS / 2, ..Spent::default() },
        _ => Spent { operational: DAY_MS, ..Spent::default() },
    };
    Day { day, spent }
}

pub(crate) fn component(name: &str, group: Option<&str>, state: State, dice: &mut Dice) -> ComponentStatus {
    let today = NOW.day();
    let mut days: Vec<Day> = (today - 89..=today).map(|one| day(dice, one)).collect();
    if state == State::Outage {
        days[89].spent = Spent { operational: 64_000_000, outage: 1_020_000, ..Spent::default() };
        days[40].spent = Spent { operational: 64_000_000, outage: 22_400_000, ..Spent::default() };
    }
    for early in days.iter_mut().take(usize::try_from(dice.roll(20)).unwrap_or(0)) {
        early.spent = Spent::default();
    }
    let base = 40 + u32::try_from(dice.roll(200)).unwrap_or(0);
    let latency = (0..48)
        .map(|bucket| LatencyPoint {
            at: At(NOW.0 - (48 - bucket) * 1_800_000),
            median: (state != State::Outage || bucket < 45)
                .then(|| Millis(base + u32::try_from(dice.roll(60)).unwrap_or(0))),
        })
        .collect();
    ComponentStatus {
        slug: slug(&name.to_lowercase().replace(' ', "-")),
        name: name.to_owned(),
        group: group.map(str::to_owned),
        state,
        since: Some(At(NOW.0 - 1_020_000)),
        last_sample: Some(At(NOW.0 - 12_000)),
        interval: Millis(30_000),
        reason: match state {
            State::Outage => Some("status 502".to_owned()),
            State::Degraded => Some("slower than 2 s".to_owned()),
            _ => None,
        },
        intervals: intervals(&days).into(),
        days: days.into(),
        uptime: Some(if state == State::Outage { 0.9973 } else { 0.9995 }),
        latency,
    }
}

/// What stands behind the bars: one interval for each day that has one.
fn intervals(days: &[Day]) -> Vec<Interval> {
    let interval = |day: &Day| {
        let noon = At(day.day * DAY_MS + DAY_MS / 2);
        let (state, ms) = match day.spent {
            Spent { outage, .. } if outage > 0 => (State::Outage, outage),
            Spent { partial, .. } if partial > 0 => (State::PartialOutage, partial),
            Spent { degraded, .. } if degraded > 0 => (State::Degraded, degraded),
            _ => return None,
        };
        Some(Interval { state, from: noon, until: Some(At(noon.0 + ms)) })
    };
    days.iter().rev().filter_map(interval).collect()
}

pub(crate) fn update(id: &str, phase: Phase, minutes_ago: i64, html: &str) -> Update {
    Update {
        id: id.parse().expect("a valid id"),
        phase,
        body: "The **gateway** answers 502.".to_owned(),
        html: html.to_owned(),
        at: At(NOW.0 - minutes_ago * 60_000),
        edited_at: None,
        postmortem: false,
        version: 1,
        withdrawn: false,
    }
}

pub(crate) fn incident(id: &str, title: &str, phase: Phase) -> Incident {
    let resolved = phase == Phase::Resolved;
    let mut updates = vec![
        update(
            "u2",
            Phase::Identified,
            9,
            "<p>A worker pool was not started after last night’s update. We are starting it now.</p>",
        ),
        update(
            "u1",
            Phase::Investigating,
            15,
            "<p>Orders fail with an error page (<strong>502</strong>). We are looking into it.</p>",
        ),
    ];
    if resolved {
        updates.insert(
            0,
            update("u3", Phase::Resolved, 2, "<p>All workers are back. Orders that failed were not charged.</p>"),
        );
    }
    Incident {
        id: id.parse().expect("a valid id"),
        title: title.to_owned(),
        impact: if resolved { Impact::Minor } else { Impact::Major },
        phase,
        started_at: At(NOW.0 - 1_020_000),
        resolved_at: resolved.then_some(At(NOW.0 - 120_000)),
        updated_at: NOW,
        components: vec![slug("web-shop")],
        updates,
        version: 3,
        withdrawn: false,
    }
}

/// Everything that can be seen on one page.
pub(crate) fn snapshot() -> Snapshot {
    let mut dice = Dice(7);
    let components = [
        ("Web shop", Some("Public sites"), State::Outage),
        ("Help centre", Some("Public sites"), State::Operational),
        ("Blog", Some("Public sites"), State::Operational),
        ("Orders API", Some("APIs"), State::Degraded),
        ("Search API", Some("APIs"), State::Operational),
        ("Partner feed", Some("APIs"), State::Maintenance),
        ("Mail", Some("Internal"), State::Unknown),
        ("Build farm", Some("Internal"), State::PartialOutage),
    ]
    .into_iter()
    .map(|(name, group, state)| component(name, group, state, &mut dice))
    .collect();
    Snapshot {
        version: 42,
        as_of: NOW,
        title: "Example status".to_owned(),
        state: State::Outage,
        components,
        active: vec![incident("i1", "Orders fail with 502", Phase::Identified)],
        past: vec![incident("i0", "Slow search results", Phase::Resolved)],
        maintenances: vec![maintenance("patches", -600_000), maintenance("move", 7_200_000)],
        calendar: Vec::new(),
        storage_ok: true,
        blind: None,
        only_self: false,
    }
}

/// All is well.
pub(crate) fn calm() -> Snapshot {
    let mut dice = Dice(3);
    let components = ["Web shop", "Help centre", "Orders API", "Search API", "Mail"]
        .into_iter()
        .map(|name| component(name, None, State::Operational, &mut dice))
        .collect();
    Snapshot {
        state: State::Operational,
        components,
        active: Vec::new(),
        past: Vec::new(),
        maintenances: Vec::new(),
        calendar: Vec::new(),
        ..snapshot()
    }
}

fn maintenance(id: &str, from: i64) -> Maintenance {
    Maintenance {
        id: id.to_owned(),
        title: format!("Work on the partner feed: {id}"),
        about: Some("Orders wait and are not lost.".to_owned()),
        components: vec![slug("partner-feed")],
        from: At(NOW.0 + from),
        until: At(NOW.0 + from + 3_600_000),
    }
}

pub(crate) static DOWN: CauseText = CauseText {
    id: "upstream-down-not-listening",
    title: "The upstream is not listening",
    family: Family::Code,
    step: Step::Upstream,
    explanation: "Nothing accepts connections at the address that the gateway forwards to. The kernel refuses each attempt at once, and the gateway has nothing to pass on, so it answers 502 itself.",
    evidence: &[
        "A connection to the upstream's address is refused.",
        "The gateway's error log says “connect() failed (111: Connection refused)”.",
    ],
    contradictions: &[
        "Another process listens on that address.",
        "A firewall rule rejects the port: it refuses in the same way.",
    ],
    look_alikes: &["upstream-wrong-port"],
    fixes: &[FixText {
        applies_to: "systemd",
        title: "Start the application",
        command: "sudo systemctl start shop.service",
        verify: "ss -ltn 'sport = :8080'",
    }],
    references: &["https://nginx.org/en/docs/http/ngx_http_proxy_module.html"],
};

pub(crate) static WRONG_PORT: CauseText = CauseText {
    id: "upstream-wrong-port",
    title: "The gateway is told the wrong port",
    look_alikes: &["upstream-down-not-listening"],
    family: Family::FirewallProxy,
    ..DOWN
};

fn fact(id: &str, step: Step, source: Source, text: &str, seen: &str) -> Fact {
    Fact {
        id: FactId(id.to_owned()),
        kind: FactKind::Attempt(Attempt::default()),
        text: text.to_owned(),
        seen: seen.to_owned(),
        step: step.number(),
        at: "2026-11-22T18:03:58.120Z".to_owned(),
        source,
        hop: None,
    }
}

fn report(step: Step, state: StepState, summary: &str, facts: Vec<Fact>) -> StepReport {
    StepReport {
        number: step.number(),
        step,
        state,
        summary: summary.to_owned(),
        duration_ms: 120 + u64::from(step.number()) * 37,
        asked: vec!["https://shop.example.com/ over IPv4".to_owned(), "HEAD against GET".to_owned()],
        by_hand: vec!["curl -sS -o /dev/null -D - https://shop.example.com/".to_owned()],
        facts,
        skipped: Vec::new(),
    }
}

/// A run that found its cause.
#[expect(clippy::too_many_lines, reason = "one value, written out")]
pub(crate) fn run(state: RunState) -> Run {
    let mut steps = vec![
        report(
            Step::Refresh,
            StepState::Fault,
            "Four of four requests were answered 502 by nginx itself.",
            vec![
                fact(
                    "f1",
                    Step::Refresh,
                    Source::Measured,
                    "Request 1 (GET to 203.0.113.7) was answered 502 after 14 ms, with nginx's own error page",
                    "203.0.113.7:443",
                ),
                fact(
                    "f2",
                    Step::Refresh,
                    Source::Measured,
                    "Request 2 (HEAD to 203.0.113.7) was answered 502 after 11 ms",
                    "203.0.113.7:443",
                ),
            ],
        ),
        report(
            Step::Server,
            StepState::Ok,
            "Load, memory, disk and descriptors leave room; nginx.service runs.",
            vec![fact(
                "f3",
                Step::Server,
                Source::Measured,
                "Load 0.42 on 4 processors, 61 % of memory available",
                "/proc/loadavg",
            )],
        ),
        report(Step::Dns, StepState::Ok, "shop.example.com leads to 203.0.113.7 by every resolver.", Vec::new()),
        report(
            Step::Logs,
            StepState::Fault,
            "nginx logged 42 refused connections in the last ten minutes.",
            vec![fact(
                "f7",
                Step::Logs,
                Source::Log,
                "connect() failed (111: Connection refused) while connecting to upstream, upstream: \"http://127.0.0.1:8080/\"",
                "/var/log/nginx/error.log:1841",
            )],
        ),
        report(Step::Network, StepState::Skipped, "Firewall rules could not be read.", Vec::new()),
        report(
            Step::Upstream,
            StepState::Fault,
            "Nothing listens on 127.0.0.1:8080.",
            vec![
                fact(
                    "f9",
                    Step::Upstream,
                    Source::Measured,
                    "Connecting to 127.0.0.1:8080 was refused at once",
                    "127.0.0.1:8080",
                ),
                fact(
                    "f10",
                    Step::Upstream,
                    Source::Config,
                    "location / forwards to http://127.0.0.1:8080",
                    "/etc/nginx/sites-enabled/shop:12",
                ),
            ],
        ),
    ];
    steps[4].skipped.push(Skipped {
        check: "nftables rules".to_owned(),
        reason: "reading them needs the right CAP_NET_ADMIN".to_owned(),
        command: "sudo nft list ruleset".to_owned(),
    });
    let ids = |ids: &[&str]| ids.iter().map(|id| FactId((*id).to_owned())).collect::<Vec<_>>();
    let down = || CauseId(DOWN.id.into());
    let running = state == RunState::Running;
    if running {
        steps[3].state = StepState::Running;
        steps[5].state = StepState::Pending;
    }
    let verdict = Verdict {
        outcome: Outcome::Cause,
        cause: Some(down()),
        family: Some(Family::Code),
        step: Some(6),
        strength: Some(Strength::Proven),
        title: "Nothing listens on 127.0.0.1:8080, where nginx sends every request for the shop".to_owned(),
        because: ids(&["f9", "f7", "f1"]),
        against: Vec::new(),
        still_unknown: vec!["Why the application stopped: journalctl -u shop.service -n 50".to_owned()],
        chain: vec![
            Link { cause: CauseId("all-backends-marked-down".into()), because: ids(&["f1"]) },
            Link { cause: down(), because: ids(&["f9"]) },
        ],
        fixes: vec![Fix {
            title: "Start the application".to_owned(),
            command: "sudo systemctl start shop.service".to_owned(),
            verify: "curl -sS -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:8080/".to_owned(),
        }],
    };
    Run {
        schema: 1,
        id: "r1".parse().expect("a valid id"),
        state,
        url: "https://shop.example.com/".to_owned(),
        started_at: "2026-11-22T18:03:57.900Z".to_owned(),
        duration_ms: 812,
        scenario: Some(Scenario::WebServer),
        hops: vec![
            Hop {
                name: "nginx".into(),
                version: Some("1.22.1".into()),
                role: "gateway".into(),
                evidence: "its own error page and Server header".into(),
            },
            Hop {
                name: "shop".into(),
                version: None,
                role: "upstream".into(),
                evidence: "proxy_pass in the configuration".into(),
            },
        ],
        steps,
        verdict: (!running).then_some(verdict),
        findings: if running {
            Vec::new()
        } else {
            vec![
                Finding {
                    cause: down(),
                    family: Family::Code,
                    strength: Strength::Proven,
                    step: 6,
                    because: ids(&["f9"]),
                },
                Finding {
                    cause: CauseId(WRONG_PORT.id.into()),
                    family: Family::FirewallProxy,
                    strength: Strength::Suggestive,
                    step: 6,
                    because: ids(&["f10"]),
                },
            ]
        },
        practices: Vec::new(),
        waiting_for: running.then(|| "one request that is still open, up to 65 s".to_owned()),
        again: None,
        noticed: Some(noticed()),
        changes: Vec::new(),
    }
}

/// A monitor's last sample, failed.
pub(crate) fn sample() -> Sample {
    Sample {
        at: At(NOW.0 - 12_000),
        class: Class::Down,
        latency: Millis(34),
        status: Some(502),
        phases: Phases {
            dns: Some(Millis(2)),
            connect: Some(Millis(9)),
            tls: Some(Millis(12)),
            first_byte: Some(Millis(11)),
            body: Some(Millis(0)),
        },
        fault: Some(Fault {
            kind: FaultKind::Status,
            origin: Origin::Edge,
            status: Some(502),
            detail: "502 with nginx's own error page".to_owned(),
        }),
    }
}

pub(crate) fn monitor() -> (Component, Monitor) {
    let id: app::model::MonitorId = "shop".parse().expect("a valid id");
    let monitor = Monitor {
        id: id.clone(),
        name: "Shop".to_owned(),
        url: "https://shop.example.com/".to_owned(),
        interval: Millis(30_000),
        public: true,
        in_file: true,
    };
    (
        Component {
            slug: slug("web-shop"),
            name: "Web shop".to_owned(),
            group: None,
            monitors: vec![id],
            public: true,
        },
        monitor,
    )
}

/// What a monitor saw of a gateway whose page holds markup.
pub(crate) fn seen() -> Seen {
    let answer = AnswerSeen {
        version: "HTTP/1.1".to_owned(),
        reason: "Bad Gateway".to_owned(),
        headers: vec![("Server".to_owned(), "nginx/1.22.1".to_owned()), ("Set-Cookie".to_owned(), "sid=…".to_owned())],
        body_bytes: 4_096,
        body: Some("<html><script>alert(1)</script><h1>502</h1>".to_owned()),
        cut: true,
    };
    let tls = TlsSeen {
        protocol: "TLSv1.3".to_owned(),
        cipher: "TLS13_AES_256_GCM_SHA384".to_owned(),
        subject: "CN=shop.example.com".to_owned(),
        issuer: "CN=<b>Example CA</b>".to_owned(),
        not_before: At(NOW.0 - 30 * DAY_MS),
        not_after: At(NOW.0 + 60 * DAY_MS),
        chain: 2,
    };
    let last = sample();
    let evidence = Evidence {
        class: Class::Down,
        status: Some(502),
        latency: Millis(14),
        phases: last.phases,
        fault: last.fault,
        resolved: vec!["203.0.113.7".to_owned(), "203.0.113.8".to_owned()],
        resolver: None,
        asked: Some("203.0.113.7:443".to_owned()),
        tls: Some(tls),
        answer: Some(answer),
        told: None,
    };
    let monitor = monitor().1.id;
    let (first_at, last_at) = (At(NOW.0 - DAY_MS), At(NOW.0 - 1_020_000));
    Seen { monitor, state: State::Outage, first_at, last_at, count: 3, evidence }
}

/// The same at the head of a run.
fn noticed() -> Noticed {
    let Seen { monitor, state, count, evidence, .. } = seen();
    let (first_at, at) = ("2026-11-21T18:04:07.000Z".to_owned(), "2026-11-22T17:47:07.000Z".to_owned());
    Noticed { monitor, state, first_at, at, count, evidence }
}
