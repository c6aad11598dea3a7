//! What rules ask of the way to a target: names, links, contrasts.

use super::super::facts::Seen;
use super::Case;
use crate::diagnose::rule::Match;
use app::model::FactId;
use app::model::fact::logs::{LogLine, Meaning};
use app::model::fact::names::{AskedBy, HeldAddress, Lookup, LookupOutcome, Resolving};
use app::model::fact::network::{Connect, ConnectOutcome, Contrast, FirewallRule, Link, Varied};

/// What counts for the gateway when it looks a name up.
#[derive(Debug)]
pub struct Names<'a> {
    /// The upstream's name.
    pub name: String,
    /// The questions whose answers the gateway gets.
    pub asked: Vec<Seen<'a, Lookup>>,
    /// It asks them while it runs, so that a failure is one of requests.
    pub at_run_time: bool,
    /// They are its own name servers, not this host's.
    pub own: bool,
}

impl<'a> Names<'a> {
    /// Whether every server fails in this way for every record that was asked for, NODATA beside it aside.
    pub fn all(&self, outcome: LookupOutcome) -> bool {
        let fits = |lookup: &Lookup| lookup.outcome == outcome || lookup.outcome == LookupOutcome::NoData;
        self.asked.iter().any(|(_, l)| l.outcome == outcome) && self.asked.iter().all(|(_, l)| fits(l))
    }

    /// Whether some server fails in this way while another one answers.
    pub fn some(&self, outcome: LookupOutcome) -> bool {
        self.asked.iter().any(|(_, l)| l.outcome == outcome)
    }

    /// Whether an address came.
    pub fn answered(&self) -> bool {
        self.some(LookupOutcome::Answer)
    }

    /// The facts of questions that ended in this way.
    pub fn ids(&self, outcome: LookupOutcome) -> impl Iterator<Item = &'a FactId> {
        self.asked.iter().filter(move |(_, l)| l.outcome == outcome).map(|(id, _)| *id)
    }

    /// The server that ended a question in this way, for people.
    pub fn server(&self, outcome: LookupOutcome) -> String {
        let found = self.asked.iter().find(|(_, l)| l.outcome == outcome).map(|(_, l)| l.server.as_str());
        match found {
            Some("system") | None => "this host's name server".to_owned(),
            Some(server) => server.to_owned(),
        }
    }
}

impl<'a> Case<'a> {
    /// How this host and the gateway resolve.
    pub fn resolving(&self) -> Option<Seen<'a, Resolving>> {
        self.facts.resolvings().last()
    }

    /// The upstream's names with what the gateway is told of them.
    pub fn names(&self) -> Vec<Names<'a>> {
        let upstream = || self.facts.lookups().filter(|(_, l)| l.role == "upstream" && l.search_of.is_none());
        let mut names: Vec<&str> = upstream().map(|(_, l)| l.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let word = self.resolving().map(|(_, resolving)| resolving.gateway.as_str()).unwrap_or_default();
        let by_system = self.gateway.is_some_and(|(_, gateway)| gateway.product != "nginx");
        let by_route = self
            .route
            .is_some_and(|(_, route)| route.resolves_at_run_time && (!route.resolvers.is_empty() || by_system));
        let of = |name: &str| {
            let of_name =
                |by: AskedBy| upstream().filter(move |(_, l)| l.name == name && l.asked_by == by).collect::<Vec<_>>();
            let own = of_name(AskedBy::Gateway);
            if !own.is_empty() {
                return Names { name: name.to_owned(), asked: own, at_run_time: true, own: true };
            }
            let system = of_name(AskedBy::System);
            let whole: Vec<_> = system.iter().copied().filter(|(_, l)| l.server == "system").collect();
            let answered = whole.iter().any(|(_, l)| l.outcome == LookupOutcome::Answer);
            // The servers one by one say more of a failure than the system's own word does.
            let finer: Vec<_> = system.iter().copied().filter(|(_, l)| l.server != "system").collect();
            let asked = if answered || finer.is_empty() { whole } else { finer };
            Names { name: name.to_owned(), asked, at_run_time: word == "each-request" || by_route, own: false }
        };
        names.into_iter().map(of).collect()
    }

    /// Whether every live member is this name, so that nothing else could have been chosen.
    pub fn only_name(&self, name: &str) -> bool {
        let named = |member: &str| member.rsplit_once(':').map_or(member, |(host, _)| host).eq_ignore_ascii_case(name);
        self.members.iter().filter(|(_, m)| !m.down && !m.backup).all(|(_, m)| named(&m.name))
    }

    /// Whether what this host's own name servers say is what the gateway is told.
    pub fn hears(&self, names: &Names<'_>) -> bool {
        names.at_run_time && (names.own || self.on_gateway_host())
    }

    /// Log lines about names, of one of these meanings.
    pub fn about_names(&self, meanings: &[Meaning]) -> Vec<Seen<'a, LogLine>> {
        meanings.iter().flat_map(|meaning| self.lines_of(*meaning)).collect()
    }

    /// A name of the upstream's that every server which the gateway asks answers in this way, with the log lines of
    /// these meanings. `None` where it is not asked while requests run, and no line speaks of it.
    pub fn badly_answered(
        &self,
        outcome: LookupOutcome,
        meanings: &[Meaning],
        headline: impl FnOnce(&Names<'a>) -> String,
    ) -> Option<(Names<'a>, Match)> {
        let names = self.names().into_iter().find(|names| !names.answered() && names.all(outcome))?;
        let said = self.about_names(meanings);
        if said.is_empty() && !names.at_run_time {
            return None;
        }
        let found = Match::new(headline(&names))
            .because_all(said.iter().map(|(id, _)| *id))
            .because_all(names.ids(outcome))
            .confirmed_if(self.hears(&names))
            .open_unless(
                self.only_name(&names.name) || !said.is_empty(),
                "all-backends-marked-down",
                "The pool has other members too: which of them was asked? The gateway's log tells.",
            )
            .name("name", names.name.clone());
        Some((names, found))
    }

    /// Whether the gateway's log says that a name does not exist; nginx tells that from other failures.
    pub fn tells_not_found(&self) -> bool {
        self.gateway.is_none_or(|(_, gateway)| gateway.product == "nginx")
            && self.lines_of(Meaning::NameNotFound).next().is_some()
    }

    /// Two requests to a target that differ in one thing.
    pub fn contrast(&self, target: &str, varied: Varied) -> Option<Seen<'a, Contrast>> {
        let all = || self.facts.contrasts().filter(|(_, c)| c.target == target && c.varied == varied);
        all().find(|(_, c)| c.decides).or_else(|| all().last())
    }

    /// A link towards a target that is switched off.
    pub fn link_off(&self, target: &str) -> Option<Seen<'a, Link>> {
        self.facts.links().find(|(_, link)| link.leads_to == target && !link.up)
    }

    /// Addresses that the gateway uses and that its names no longer lead to.
    pub fn stale(&self) -> impl Iterator<Item = Seen<'a, HeldAddress>> {
        self.facts.held_addresses().filter(|(_, held)| !held.current && !held.today.is_empty())
    }

    /// An attempt to connect that failed.
    pub fn failed_connect(&self, target: &str) -> Option<Seen<'a, Connect>> {
        self.connects(target).find(|(_, c)| c.outcome != ConnectOutcome::Open)
    }

    /// Whether a connection to a target stands when we make it.
    pub fn connects_for_us(&self, target: &str) -> bool {
        self.connects(target).any(|(_, c)| c.outcome == ConnectOutcome::Open)
    }

    /// Rules that stop packets to a target with one of these verdicts: the most certain first.
    pub fn stopping(&self, target: &str, verdict: &str) -> Option<Seen<'a, FirewallRule>> {
        let all = || {
            self.firewall_rules(target)
                .filter(move |(_, rule)| rule.verdict == verdict && !matches!(rule.hook.as_str(), "data" | "forward"))
                // A rule whose counter stood still did not do it.
                .filter(|(_, rule)| rule.counted() || rule.packets_before.is_none() || rule.packets_after.is_none())
        };
        all()
            .find(|(_, rule)| rule.counted() && !rule.unsure)
            .or_else(|| all().find(|(_, rule)| !rule.unsure))
            .or_else(|| all().find(|(_, rule)| rule.counted()))
    }

    /// Whether something else than the firewall that keeps its own rules stops packets: those have causes of their own.
    pub fn special(rule: &FirewallRule) -> bool {
        matches!(rule.keeper.as_deref(), Some("fail2ban" | "crowdsec" | "csf" | "network policy"))
    }
}

/// What stays open where a firewall's answer was seen and its rule was not.
pub(in crate::diagnose) const UNSEEN_RULE: &str = "Whose rule it is: `sudo nft -a list ruleset; sudo iptables-save` on \
    the host that answers so. A ban of the gateway's address (fail2ban, CrowdSec) looks the same.";

/// A rule and where it stands, for people.
pub(in crate::diagnose) fn place(rule: &FirewallRule) -> String {
    match &rule.namespace {
        Some(namespace) => format!("{} in {namespace}", rule.chain),
        None => rule.chain.clone(),
    }
}
