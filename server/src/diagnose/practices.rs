//! The five preventive practices, checked against this very set-up by facts: load balancing, caching, monitoring,
//! updates, optimised code. Each with the directive to add, for the gateway at hand. Pure, as inference is.

mod directives;
mod life;

use super::facts::{Facts, Seen};
use app::model::FactId;
use app::model::fact::asked::Attempt;
use app::model::fact::limits::Setup;
use app::model::run::Practice;

/// A first byte later than this is slow, in milliseconds.
const SLOW_MS: u64 = 500;

/// What is so, what is missing, and what cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Missing,
    Unknown,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        }
    }
}

/// All five, in their usual order.
pub fn check(facts: &Facts) -> Vec<Practice> {
    let setup = facts.setups().last();
    vec![balancing(facts, setup), caching(facts, setup), monitoring(facts), updates(facts), code(facts)]
}

fn practice(name: &str, state: State, because: Vec<FactId>, directive: impl Into<String>) -> Practice {
    Practice { practice: name.to_owned(), state: state.as_str().to_owned(), because, directive: directive.into() }
}

/// More than one member, a next one for a failed one, and failures that are noticed.
fn balancing(facts: &Facts, setup: Option<Seen<'_, Setup>>) -> Practice {
    const NAME: &str = "load-balancing";
    let Some((id, setup)) = setup.filter(|(_, setup)| setup.members + setup.backups > 0) else {
        return practice(
            NAME,
            State::Unknown,
            Vec::new(),
            "gatewatch diagnose URL --gateway-config PATH   # on the gateway's host",
        );
    };
    let mut because = vec![id.clone()];
    because.extend(facts.members().take(4).map(|(id, _)| id.clone()));
    let member =
        facts.members().find_map(|(_, member)| member.targets.first().cloned().or_else(|| Some(member.name.clone())));
    let directive = if setup.members + setup.backups < 2 {
        directives::second_member(&setup.product, &member.unwrap_or_else(|| "127.0.0.1:8080".to_owned()))
    } else if setup.retries == Some(false) {
        directives::retry(&setup.product)
    } else if setup.active_checks == Some(false) && setup.passive_checks != Some(true) {
        directives::checks(&setup.product)
    } else {
        let known = setup.retries.is_some() && (setup.active_checks.is_some() || setup.passive_checks.is_some());
        return practice(
            NAME,
            if known { State::Ok } else { State::Unknown },
            because,
            if known { String::new() } else { directives::checks(&setup.product) },
        );
    };
    practice(NAME, State::Missing, because, directive)
}

/// An old answer while the upstream fails.
fn caching(facts: &Facts, setup: Option<Seen<'_, Setup>>) -> Practice {
    const NAME: &str = "caching";
    let asked = facts.attempts().next().map_or_else(String::new, |(_, attempt)| attempt.method.clone());
    match setup {
        Some((id, setup)) if setup.stale == Some(true) => practice(NAME, State::Ok, vec![id.clone()], ""),
        Some((id, setup))
            if setup.stale == Some(false) && !matches!(asked.as_str(), "POST" | "PUT" | "PATCH" | "DELETE") =>
        {
            practice(NAME, State::Missing, vec![id.clone()], directives::stale(&setup.product))
        }
        Some((id, setup)) => practice(NAME, State::Unknown, vec![id.clone()], directives::stale(&setup.product)),
        None => practice(NAME, State::Unknown, Vec::new(), "curl -sSI URL | grep -iE '^(age|x-cache|cache-control):'"),
    }
}

/// Somebody who notices.
fn monitoring(facts: &Facts) -> Practice {
    const NAME: &str = "monitoring";
    let url = facts.all().iter().find(|fact| fact.kind.code() == "attempt").map_or("URL", |fact| fact.seen.as_str());
    let add = format!("# in gatewatch.toml\n[[monitors]]\nid = \"{}\"\nurl = \"{url}\"\ninterval = \"30s\"", slug(url));
    match facts.watched().last() {
        Some((id, watched)) if watched.known && !watched.monitors.is_empty() => {
            practice(NAME, State::Ok, vec![id.clone()], "")
        }
        Some((id, watched)) if watched.known => practice(NAME, State::Missing, vec![id.clone()], add),
        found => practice(
            NAME,
            State::Unknown,
            found.map(|(id, _)| id.clone()).into_iter().collect(),
            format!("gatewatch serve --watch {url}"),
        ),
    }
}

/// The host's name as an id.
fn slug(url: &str) -> String {
    let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let id: String =
        host.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let id = id.trim_matches('-').to_owned();
    if id.is_empty() { "site".to_owned() } else { id }
}

/// Versions that are still mended.
fn updates(facts: &Facts) -> Practice {
    const NAME: &str = "updates";
    let seen = facts
        .hops()
        .filter_map(|(id, hop)| Some((id, hop.name.clone(), hop.version.clone()?)))
        .chain(facts.gateways().filter_map(|(id, g)| Some((id, g.product.clone(), g.version.clone()?))));
    let mut known: Vec<(FactId, life::Life, String)> = Vec::new();
    for (id, product, version) in seen {
        let today = facts.get(id).map_or("", |fact| fact.at.as_str());
        if let Some(life) = life::of(&product, &version, today)
            && !known.iter().any(|(_, other, _)| *other == life)
        {
            known.push((id.clone(), life, product));
        }
    }
    let ended: Vec<_> = known.iter().filter(|(_, life, _)| life.ended()).collect();
    let ids = |all: &[&(FactId, life::Life, String)]| all.iter().map(|(id, ..)| id.clone()).collect::<Vec<_>>();
    if let Some((_, life, product)) = ended.first() {
        return practice(
            NAME,
            State::Missing,
            ids(&ended),
            format!("{}\n# {}", directives::update(product), life.sentence()),
        );
    }
    let supported: Vec<_> = known.iter().filter(|(_, life, _)| life.supported()).collect();
    if supported.is_empty() {
        let ids = facts.hops().take(1).map(|(id, _)| id.clone()).collect();
        return practice(
            NAME,
            State::Unknown,
            ids,
            "nginx -v; apachectl -v; haproxy -v; php -v   # then compare with https://endoflife.date",
        );
    }
    practice(NAME, State::Ok, ids(&supported), "")
}

/// Answers that come soon.
fn code(facts: &Facts) -> Practice {
    const NAME: &str = "code";
    let directs = facts.directs().filter(|(_, d)| d.path == "same" && d.answered());
    let mut times: Vec<(u64, FactId)> = directs.filter_map(|(id, d)| Some((d.first_byte_ms?, id.clone()))).collect();
    if times.is_empty() {
        let answered = facts.attempts().filter(|(_, a)| a.succeeded());
        times = answered.filter_map(|(id, a)| Some((first_byte(a)?, id.clone()))).collect();
    }
    times.sort();
    let Some((median, _)) = times.get(times.len() / 2) else {
        return practice(
            NAME,
            State::Unknown,
            Vec::new(),
            "curl -sS -o /dev/null -w 'first byte %{time_starttransfer} s\\n' URL",
        );
    };
    let because: Vec<FactId> = times.iter().rev().take(3).map(|(_, id)| id.clone()).collect();
    if *median < SLOW_MS {
        return practice(NAME, State::Ok, because, "");
    }
    let product = facts.setups().last().map_or("", |(_, setup)| setup.product.as_str());
    practice(
        NAME,
        State::Missing,
        because,
        format!("{}\n# {median} ms until the first byte in this run", directives::slow_log(product)),
    )
}

fn first_byte(attempt: &Attempt) -> Option<u64> {
    attempt.phases.first_byte.map(|ms| u64::from(ms.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::fact::asked::{Direct, HopSeen};
    use app::model::fact::gateway::Member;
    use app::model::fact::limits::Watched;
    use app::model::{Fact, FactKind, Source};

    fn facts(kinds: Vec<FactKind>) -> Facts {
        Facts::new(kinds.into_iter().enumerate().map(|(number, kind)| Fact {
            id: FactId(format!("f{}", number + 1)),
            text: kind.sentence(),
            kind,
            seen: "https://shop.example.com/".to_owned(),
            step: 1,
            at: "2026-11-22T15:00:00.000Z".to_owned(),
            source: Source::Measured,
            hop: None,
        }))
    }

    fn state(facts: &Facts, name: &str) -> (String, String) {
        let found = check(facts).into_iter().find(|practice| practice.practice == name).unwrap();
        (found.state, found.directive)
    }

    fn setup(members: u32, retries: bool, stale: bool) -> FactKind {
        FactKind::Setup(Setup {
            product: "nginx".to_owned(),
            members,
            retries: Some(retries),
            passive_checks: Some(true),
            active_checks: Some(false),
            cache: Some(stale),
            stale: Some(stale),
            ..Setup::default()
        })
    }

    #[test]
    fn one_member_without_cache_or_monitor() {
        let member = FactKind::Member(Member { targets: vec!["10.0.0.5:8080".to_owned()], ..Member::default() });
        let watched = FactKind::Watched(Watched { known: true, monitors: Vec::new() });
        let attempt = FactKind::Attempt(Attempt { method: "GET".to_owned(), ..Attempt::default() });
        let all = facts(vec![setup(1, true, false), member, watched, attempt]);
        let (balancing, directive) = state(&all, "load-balancing");
        assert_eq!(balancing, "missing");
        assert!(directive.contains("server 10.0.0.5:8080;"), "{directive}");
        assert!(state(&all, "caching").1.contains("proxy_cache_use_stale"));
        assert!(state(&all, "monitoring").1.contains("url = \"https://shop.example.com/\""));
        assert_eq!(state(&all, "monitoring").0, "missing");
    }

    #[test]
    fn a_pool_with_retries_and_a_stale_cache_is_well() {
        let all = facts(vec![setup(2, true, true), FactKind::Watched(Watched { known: false, monitors: Vec::new() })]);
        assert_eq!(state(&all, "load-balancing").0, "ok");
        assert_eq!(state(&all, "caching").0, "ok");
        assert_eq!(state(&all, "monitoring").0, "unknown");
        assert_eq!(state(&facts(vec![setup(2, false, true)]), "load-balancing").0, "missing");
        assert_eq!(state(&facts(Vec::new()), "load-balancing").0, "unknown");
    }

    #[test]
    fn versions_are_judged_at_the_runs_date() {
        let hop = |name: &str, version: &str| {
            FactKind::HopSeen(HopSeen {
                name: name.to_owned(),
                version: Some(version.to_owned()),
                ..HopSeen::default()
            })
        };
        assert_eq!(state(&facts(vec![hop("nginx", "1.22.1")]), "updates").0, "missing");
        assert_eq!(state(&facts(vec![hop("nginx", "1.30.2")]), "updates").0, "ok");
        assert_eq!(state(&facts(vec![hop("nginx", "1.99.0")]), "updates").0, "unknown");
        assert_eq!(state(&facts(vec![hop("PHP", "8.2.9")]), "updates").0, "ok");
    }

    #[test]
    fn slow_first_bytes_are_told() {
        let direct = |ms| {
            FactKind::Direct(Direct {
                path: "same".to_owned(),
                status: Some(200),
                first_byte_ms: Some(ms),
                ..Direct::default()
            })
        };
        assert_eq!(state(&facts(vec![direct(20)]), "code").0, "ok");
        assert_eq!(state(&facts(vec![direct(1500)]), "code").0, "missing");
    }
}
