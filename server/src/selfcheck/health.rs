//! Whether Gatewatch itself can see, and what its samples are worth. Pure.
//!
//! ```text
//! beats ──────────┐
//! canaries ───────┼─► Health ─► Blind (told on the page)
//! samples ────────┘        └──► weigh: a sample taken while ill is unknown
//! ```
//!
//! An illness spoils only what it can have spoiled: a cut network says nothing of a listener on this host, and dead name
//! servers nothing of an address. A sample that shows contact with another host is proof that the way out is open,
//! whatever the canaries say; so nothing is ever both measured and called blind.

use super::pulse::{Reading, Shock, Upset};
use app::model::{At, Class, Fault, FaultKind, Origin, Sample};

/// How long after a stall or a set clock samples are not trusted: what was under way ends in disorder.
const SETTLE_MS: i64 = 1_000;
/// How long after a sleep: links and addresses come back first.
const WAKE_MS: i64 = 5_000;
/// A check of the canaries that began this long before is still an answer.
const FRESH_MS: i64 = 1_000;
/// Bytes of a fault's detail that are kept.
const MAX_DETAIL: usize = 200;

/// What a monitor's samples rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// This host alone.
    Here,
    /// The network.
    Network,
    /// The network and the usual name servers.
    Names,
}

/// What ails Gatewatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ill {
    /// The host was suspended.
    Slept,
    /// The process did not run.
    Stalled,
    /// The wall clock was set.
    ClockSet,
    /// The host has lost its default route.
    NoRoute,
    /// The default gateway does not answer on its link.
    NextHop,
    /// No canary answers.
    Canaries,
    /// The usual name servers do not answer.
    Names,
}

impl Ill {
    /// Whether nothing can be known of what rests on this. Silent name servers alone hide nothing that a file of this host
    /// names; there each probe tells by itself.
    pub const fn blinds(self, reach: Reach) -> bool {
        match self {
            Self::Slept | Self::Stalled | Self::ClockSet => true,
            Self::NoRoute | Self::NextHop | Self::Canaries => !matches!(reach, Reach::Here),
            Self::Names => false,
        }
    }

    /// Whether it can be why a probe failed.
    fn explains(self, reach: Reach, kind: FaultKind) -> bool {
        let of_names = matches!(kind, FaultKind::NameServerSilent | FaultKind::NameNotFound);
        self.blinds(reach) || (self == Self::Names && reach == Reach::Names && of_names)
    }

    /// What visitors read; nothing private.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Slept => "its host was suspended",
            Self::Stalled => "it was stopped or its host is overloaded",
            Self::ClockSet => "its clock was set",
            Self::NoRoute => "its host has no way out to the network",
            Self::NextHop => "its host's gateway does not answer",
            Self::Canaries => "its own network does not answer",
            Self::Names => "its name servers do not answer",
        }
    }

    const fn of(upset: Upset) -> Self {
        match upset {
            Upset::Slept => Self::Slept,
            Upset::Stalled => Self::Stalled,
            Upset::ClockSet => Self::ClockSet,
        }
    }
}

/// Gatewatch cannot see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blind {
    /// Why.
    pub ill: Ill,
    /// Since when, by the wall clock as it is now.
    pub since: At,
}

/// What a check of the own side found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Findings {
    /// What ails the way out, if anything.
    pub network: Option<Ill>,
    /// Whether the usual name servers are silent.
    pub names_silent: bool,
}

#[derive(Debug, Clone, Copy)]
struct Illness {
    blind: Blind,
    /// A sample that began before this by the steady clock proves nothing against it.
    begun_ms: i64,
}

/// All that is known of the own side.
#[derive(Debug, Clone, Copy, Default)]
pub struct Health {
    /// The last disorder of time: samples under way between these moments of the steady clock are spoilt.
    upset: Option<(Blind, i64, i64)>,
    network: Option<Illness>,
    names: Option<Illness>,
    /// The steady clock at the beginning of the newest check, and the wall clock at that of the newest good one.
    checked_ms: Option<i64>,
    good: Option<At>,
    /// The steady clock at the beginning of the newest sample that showed contact; of one that needed names.
    contact_ms: Option<i64>,
    named_ms: Option<i64>,
}

/// What is to be done with a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// It stands.
    Stands,
    /// It says nothing, for this reason.
    Nothing(Ill),
    /// The own side has to be looked at first.
    Ask,
}

impl Health {
    /// Time was in disorder.
    pub fn shock(&mut self, shock: Shock) {
        let settle = if shock.upset == Upset::Slept { WAKE_MS } else { SETTLE_MS };
        // After a clock was set back its old time lies ahead; then blindness begins now.
        let since = shock.from.wall.min(shock.until.wall);
        let earlier = self.upset.filter(|(_, _, until)| *until >= shock.from.steady_ms);
        let blind = earlier.map_or(Blind { ill: Ill::of(shock.upset), since }, |(blind, ..)| Blind {
            since: blind.since.min(since),
            ill: Ill::of(shock.upset),
        });
        let from = earlier.map_or(shock.from.steady_ms, |(_, from, _)| from);
        self.upset = Some((blind, from, shock.until.steady_ms + settle));
        if shock.upset == Upset::ClockSet {
            for illness in [&mut self.network, &mut self.names].into_iter().flatten() {
                illness.blind.since = illness.blind.since.min(shock.until.wall);
            }
            self.good = self.good.map(|good| good.min(shock.until.wall));
        }
    }

    /// The own side was looked at, beginning at `begun`; `asked_by` is when the sample began that asked for it.
    pub fn checked(&mut self, begun: Reading, findings: Findings, asked_by: Option<At>) {
        self.checked_ms = self.checked_ms.max(Some(begun.steady_ms));
        // Blindness begins with the first probe that showed it, as an outage does, and not before what was still good.
        let first = asked_by.unwrap_or(begun.wall).min(begun.wall);
        let since = self.good.map_or(first, |good| good.max(first));
        let become_ill = |known: Option<Illness>, ill: Option<Ill>, contact: Option<i64>| {
            let ill = ill.filter(|_| contact.is_none_or(|contact| contact < begun.steady_ms))?;
            let since = known.map_or(since, |known| known.blind.since);
            let begun_ms = known.map_or(begun.steady_ms, |known| known.begun_ms);
            Some(Illness { blind: Blind { ill, since }, begun_ms })
        };
        self.network = become_ill(self.network, findings.network, self.contact_ms);
        self.names = become_ill(self.names, findings.names_silent.then_some(Ill::Names), self.named_ms);
        if self.network.is_none() && self.names.is_none() {
            self.good = self.good.max(Some(begun.wall));
        }
    }

    /// What a sample is worth whose probe began and ended then.
    pub fn weigh(&mut self, reach: Reach, begun: Reading, ended: Reading, sample: &Sample) -> Worth {
        let of_ours = matches!(sample.class, Class::Unknown | Class::Blocked);
        if let Some((blind, from, until)) = self.upset
            && begun.steady_ms <= until
            && ended.steady_ms >= from
            && !of_ours
        {
            return Worth::Nothing(blind.ill);
        }
        if of_ours || reach == Reach::Here {
            return Worth::Stands;
        }
        if shows_contact(sample) {
            self.contact(reach, begun, sample.at);
            return Worth::Stands;
        }
        if !self.is_fresh(ended) {
            return Worth::Ask;
        }
        let kind = sample.fault.as_ref().map_or(FaultKind::Internal, |fault| fault.kind);
        let ills = [self.network, self.names].into_iter().flatten().map(|illness| illness.blind.ill);
        ills.into_iter().find(|ill| ill.explains(reach, kind)).map_or(Worth::Stands, Worth::Nothing)
    }

    /// Whether the own side was looked at since a probe ended then, or just before.
    pub fn is_fresh(&self, ended: Reading) -> bool {
        self.checked_ms.is_some_and(|checked| checked >= ended.steady_ms - FRESH_MS)
    }

    fn contact(&mut self, reach: Reach, begun: Reading, at: At) {
        let after = |illness: &Illness| illness.begun_ms < begun.steady_ms;
        self.contact_ms = self.contact_ms.max(Some(begun.steady_ms));
        if self.network.as_ref().is_some_and(after) {
            self.network = None;
        }
        if reach == Reach::Names {
            self.named_ms = self.named_ms.max(Some(begun.steady_ms));
            if self.names.as_ref().is_some_and(after) {
                self.names = None;
            }
        }
        self.good = self.good.max(Some(at));
    }

    /// Whether Gatewatch cannot see now; of several reasons the gravest.
    pub fn blind(&self, now: Reading) -> Option<Blind> {
        let upset = self.upset.filter(|(_, _, until)| now.steady_ms < *until).map(|(blind, ..)| blind);
        upset.or(self.network.map(|illness| illness.blind)).or(self.names.map(|illness| illness.blind))
    }

    /// Whether the own side is ill in a way that a further look may end.
    pub fn wants_look(&self) -> bool {
        self.network.is_some() || self.names.is_some()
    }
}

/// Whether a probe cannot have come to this without an answer from another host.
fn shows_contact(sample: &Sample) -> bool {
    match &sample.fault {
        None => true,
        Some(fault) => {
            sample.class == Class::Degraded
                || matches!(
                    fault.kind,
                    FaultKind::Refused
                        | FaultKind::Certificate
                        | FaultKind::BadHttp
                        | FaultKind::Status
                        | FaultKind::Body
                        | FaultKind::ClosedEarly
                )
        }
    }
}

/// The sample as it counts where its probe says nothing.
pub fn spoilt(sample: Sample, ill: Ill) -> Sample {
    let said = sample.fault.map(|fault| format!("; the probe said: {}", fault.detail)).unwrap_or_default();
    let mut detail = format!("Gatewatch itself could not see: {}{said}", ill.words());
    detail.truncate(detail.floor_char_boundary(MAX_DETAIL));
    let fault = Fault { kind: FaultKind::Internal, origin: Origin::Here, status: None, detail };
    Sample { class: Class::Unknown, status: None, fault: Some(fault), ..sample }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::{Millis, Phases};

    const NOON: i64 = 1_795_348_800_000;

    /// So many seconds after noon.
    fn at(second: i64) -> Reading {
        Reading { wall: At(NOON + second * 1000), steady_ms: second * 1000, boot_ms: second * 1000 }
    }

    fn sample(second: i64, kind: Option<FaultKind>) -> Sample {
        let class = if kind.is_some() { Class::Down } else { Class::Up };
        let fault = kind.map(|kind| Fault { kind, origin: Origin::Network, status: None, detail: "x".to_owned() });
        let phases = Phases::default();
        Sample { at: At(NOON + second * 1000), class, latency: Millis(20), status: None, phases, fault }
    }

    fn weigh(health: &mut Health, second: i64, reach: Reach, kind: Option<FaultKind>) -> Worth {
        health.weigh(reach, at(second), at(second + 1), &sample(second, kind))
    }

    const SILENT: Option<FaultKind> = Some(FaultKind::ConnectTimeout);

    #[test]
    fn a_failure_without_contact_is_believed_only_after_a_look_at_the_own_side() {
        let mut health = Health::default();
        assert_eq!(weigh(&mut health, 10, Reach::Network, SILENT), Worth::Ask);
        health.checked(at(11), Findings::default(), Some(At(NOON + 10_000)));
        assert_eq!(weigh(&mut health, 10, Reach::Network, SILENT), Worth::Stands);
        assert_eq!(weigh(&mut health, 30, Reach::Network, SILENT), Worth::Ask, "the look is too old");
        for kind in [FaultKind::Refused, FaultKind::Status, FaultKind::Body] {
            assert_eq!(weigh(&mut health, 50, Reach::Network, Some(kind)), Worth::Stands, "{kind}");
        }
        assert_eq!(weigh(&mut health, 50, Reach::Here, SILENT), Worth::Stands, "needs no network");
    }

    #[test]
    fn a_cut_network_begins_with_the_probe_that_showed_it_and_ends_with_contact() {
        let mut health = Health::default();
        assert_eq!(weigh(&mut health, 0, Reach::Names, None), Worth::Stands);
        assert_eq!(weigh(&mut health, 30, Reach::Names, SILENT), Worth::Ask);
        let cut = Findings { network: Some(Ill::Canaries), names_silent: true };
        health.checked(at(31), cut, Some(At(NOON + 30_000)));
        assert_eq!(weigh(&mut health, 30, Reach::Names, SILENT), Worth::Nothing(Ill::Canaries));
        assert_eq!(weigh(&mut health, 30, Reach::Here, SILENT), Worth::Stands);
        assert!(Ill::Canaries.blinds(Reach::Network) && !Ill::Canaries.blinds(Reach::Here));
        assert_eq!(health.blind(at(32)), Some(Blind { ill: Ill::Canaries, since: At(NOON + 30_000) }));
        health.checked(at(36), cut, None);
        assert_eq!(health.blind(at(36)).unwrap().since, At(NOON + 30_000), "it began when it began");
        // A sample that began before the cut and comes late proves nothing.
        assert_eq!(weigh(&mut health, 29, Reach::Network, None), Worth::Stands);
        assert!(health.blind(at(37)).is_some());
        assert_eq!(weigh(&mut health, 60, Reach::Network, None), Worth::Stands);
        assert_eq!(health.blind(at(61)).unwrap().ill, Ill::Names, "an address needed no name");
        assert_eq!(weigh(&mut health, 62, Reach::Names, None), Worth::Stands);
        assert_eq!(health.blind(at(63)), None);
    }

    #[test]
    fn silent_name_servers_explain_only_failures_to_find_a_name() {
        let mut health = Health::default();
        health.checked(at(10), Findings { network: None, names_silent: true }, None);
        let silent = Some(FaultKind::NameServerSilent);
        assert_eq!(weigh(&mut health, 9, Reach::Names, silent), Worth::Nothing(Ill::Names));
        assert_eq!(weigh(&mut health, 9, Reach::Names, SILENT), Worth::Stands, "its name was found, wherever");
        assert_eq!(weigh(&mut health, 9, Reach::Network, silent), Worth::Stands, "a name server of its own");
        assert_eq!(health.blind(at(11)).unwrap().ill, Ill::Names);
    }

    #[test]
    fn canaries_that_are_dead_themselves_blind_nobody() {
        let mut health = Health::default();
        assert_eq!(weigh(&mut health, 10, Reach::Network, None), Worth::Stands);
        health.checked(at(10), Findings { network: Some(Ill::Canaries), names_silent: false }, None);
        assert_eq!(health.blind(at(11)), None, "a site answered since the check began");
    }

    #[test]
    fn what_was_under_way_in_a_disorder_of_time_says_nothing() {
        let mut health = Health::default();
        let woke = Reading { wall: At(NOON + 3_610_000), steady_ms: 10_000, boot_ms: 3_610_000 };
        health.shock(Shock { upset: Upset::Slept, from: at(9), until: woke });
        let later = |ms: i64| Reading {
            wall: woke.wall + std::time::Duration::from_millis(u64::try_from(ms).unwrap()),
            steady_ms: 10_000 + ms,
            boot_ms: 0,
        };
        for reach in [Reach::Here, Reach::Network, Reach::Names] {
            assert_eq!(health.weigh(reach, at(8), later(100), &sample(8, None)), Worth::Nothing(Ill::Slept));
            assert_eq!(health.weigh(reach, later(4_000), later(4_100), &sample(9, SILENT)), Worth::Nothing(Ill::Slept));
        }
        assert_eq!(health.weigh(Reach::Here, at(7), at(8), &sample(7, None)), Worth::Stands, "it ended before");
        assert_eq!(health.weigh(Reach::Here, later(5_001), later(5_100), &sample(9, None)), Worth::Stands);
        assert_eq!(health.blind(later(4_999)), Some(Blind { ill: Ill::Slept, since: At(NOON + 9_000) }));
        assert_eq!(health.blind(later(5_000)), None);
    }

    #[test]
    fn stalls_in_a_row_are_one() {
        let mut health = Health::default();
        health.shock(Shock { upset: Upset::Stalled, from: at(10), until: at(15) });
        health.shock(Shock { upset: Upset::Stalled, from: at(15), until: at(20) });
        assert_eq!(health.blind(at(20)), Some(Blind { ill: Ill::Stalled, since: At(NOON + 10_000) }));
        assert_eq!(health.weigh(Reach::Here, at(11), at(12), &sample(11, None)), Worth::Nothing(Ill::Stalled));
    }

    #[test]
    fn a_spoilt_sample_keeps_what_the_probe_said_for_admins() {
        let spoilt = spoilt(sample(1, SILENT), Ill::Names);
        let fault = spoilt.fault.unwrap();
        assert_eq!((spoilt.class, fault.kind, fault.origin), (Class::Unknown, FaultKind::Internal, Origin::Here));
        assert!(fault.detail.contains("name servers") && fault.detail.ends_with("the probe said: x"));
    }
}
