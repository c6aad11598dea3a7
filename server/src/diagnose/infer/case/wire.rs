//! What rules ask about the wire, and which gateway refuses which flaw of an answer.

use super::Case;
use crate::diagnose::facts::Seen;
use app::model::fact::application::{GrpcHealth, Serving};
use app::model::fact::asked::Certificate;
use app::model::fact::logs::{Joined, LogLine, Meaning};
use app::model::fact::wire::{
    Changed, Flaw, FlawKind, Heard, KeptConnection, Opener, RawAnswer, Spoken, TlsTrial, Variation,
};
use app::model::{FactId, FaultKind};

/// What gateways say of an answer that breaks rules; how finely, differs.
pub(in crate::diagnose) const ODD_ANSWER: &[Meaning] = &[
    Meaning::NotHttp,
    Meaning::InvalidHeader,
    Meaning::DuplicateLength,
    Meaning::LengthAndChunked,
    Meaning::TransferEncoding,
    Meaning::HeaderTooBig,
    Meaning::BadChunks,
    Meaning::BodyTruncated,
];

/// Clocks of targets by which a certificate would be in its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocks<'a> {
    /// The first, and those of other hosts that agree with it to a minute.
    pub facts: Vec<&'a FactId>,
    /// The first one's target.
    pub told_by: &'a str,
    /// By how many seconds it is ahead of this host's.
    pub ahead_s: i64,
}

impl Clocks<'_> {
    /// Several hosts say the same against this one.
    pub fn agree(&self) -> bool {
        self.facts.len() > 1
    }
}

impl<'a> Case<'a> {
    /// The clocks by which a certificate that is out of its time here would be in it.
    pub fn other_clocks(&self, certificate: &Certificate) -> Option<Clocks<'a>> {
        let all =
            self.facts.directs().filter_map(|(id, d)| d.clock_ahead_s.map(|ahead| (id, d.target.as_str(), ahead)));
        let all: Vec<_> = all.collect();
        let (first, told_by, ahead_s) = *all.iter().find(|(_, _, ahead)| {
            ahead.abs() > 60 && certificate.expired_for_s + ahead <= 0 && certificate.valid_in_s - ahead <= 0
        })?;
        // Two ports of one host have one clock.
        let host = |target: &str| target.rsplit_once(':').map(|(host, _)| host.to_owned());
        let others =
            all.iter().filter(|(_, target, other)| host(target) != host(told_by) && (other - ahead_s).abs() <= 60);
        let facts = std::iter::once(first).chain(others.map(|(id, ..)| *id)).collect();
        Some(Clocks { facts, told_by, ahead_s })
    }

    /// What a target answered to an opener.
    pub fn spoken(&self, target: &str, opener: Opener) -> Option<Seen<'a, Spoken>> {
        self.facts.spoken().filter(|(_, s)| s.target == target && s.opener == opener).last()
    }

    /// Whether a target answered an opener with one of these.
    pub fn heard(&self, target: &str, opener: Opener, wanted: &[Heard]) -> Option<&'a FactId> {
        self.spoken(target, opener).filter(|(_, s)| wanted.contains(&s.heard)).map(|(id, _)| id)
    }

    /// A target's answer byte by byte.
    pub fn raw_answer(&self, target: &str) -> Option<Seen<'a, RawAnswer>> {
        self.facts.raw_answers().filter(|(_, a)| a.target == target).last()
    }

    /// The first flaw of one of these kinds in a target's answer.
    pub fn flaw(&self, target: &str, kinds: &[FlawKind]) -> Option<(&'a FactId, &'a Flaw)> {
        let (id, answer) = self.raw_answer(target)?;
        answer.flaws.iter().find(|flaw| kinds.contains(&flaw.kind)).map(|flaw| (id, flaw))
    }

    /// TLS handshakes with a target.
    pub fn trials(&self, target: &str) -> impl Iterator<Item = Seen<'a, TlsTrial>> {
        self.facts.tls_trials().filter(move |(_, t)| t.target == target)
    }

    /// Connections to a target that were used again.
    pub fn kept(&self, target: &str) -> impl Iterator<Item = Seen<'a, KeptConnection>> {
        self.facts.kept_connections().filter(move |(_, k)| k.target == target)
    }

    /// The same request to a target with one thing changed.
    pub fn varied(&self, target: &str, changed: Changed) -> impl Iterator<Item = Seen<'a, Variation>> {
        self.facts.variations().filter(move |(_, v)| v.target == target && v.changed == changed)
    }

    /// What a target's health service says in gRPC: whoever says anything there speaks HTTP/2.
    pub fn grpc_health(&self, target: &str) -> Option<Seen<'a, GrpcHealth>> {
        let told = |serving: Serving| !matches!(serving, Serving::NotGrpc | Serving::NoAnswer);
        self.facts.grpc_healths().filter(|(_, h)| h.target == target && told(h.serving)).last()
    }

    /// The gateway's product; empty where it is not known.
    pub fn product(&self) -> &'a str {
        self.gateway.map_or("", |(_, gateway)| gateway.product.as_str())
    }

    /// Whether the gateway speaks one of these protocols to its upstream.
    pub fn speaks(&self, protocols: &[&str]) -> bool {
        self.route.is_some_and(|(_, route)| protocols.contains(&route.protocol.as_str()))
    }

    /// The gateway's own words of exactly one of these meanings about a target, for this run's own requests.
    pub fn own_words(&self, meanings: &[Meaning], target: &str) -> Option<&'a FactId> {
        let about = |line: &LogLine| line.target.as_deref().is_none_or(|named| named == target);
        self.testimony.iter().find(|(_, line)| meanings.contains(&line.meaning) && about(line)).map(|(id, _)| *id)
    }

    /// Whether the gateway's words are as fine as the flaw: nginx and httpd name it, others only that something is odd.
    pub fn names_flaws(&self) -> bool {
        matches!(self.product(), "nginx" | "httpd")
    }

    /// Whether something that visitors suffer was seen: a failure, or a refusal.
    pub fn suffers(&self) -> bool {
        self.effect.failed > 0 || self.effect.refused > 0 || self.effect.open > 0
    }

    /// Whether the same request on a fresh connection, past the gateway, is answered as a whole each time.
    pub fn fresh_is_fine(&self, target: &str) -> bool {
        let mut fresh = self.directs(target, true).peekable();
        fresh.peek().is_some() && fresh.all(|(_, d)| d.answered() && d.status.is_some_and(|status| status < 500))
    }

    /// Whether the same request, past the gateway, is closed or reset without an answer.
    pub fn closes_directly(&self, target: &str) -> Option<&'a FactId> {
        let closed = |kind: FaultKind| matches!(kind, FaultKind::ClosedEarly | FaultKind::Reset);
        self.directs(target, true)
            .find(|(_, d)| d.status.is_none() && d.failure.as_ref().is_some_and(|f| closed(f.kind)))
            .map(|(id, _)| id)
    }

    /// Whether a line of this run's own requests names one of these, whatever target.
    pub fn own_line(&self, meanings: &[Meaning]) -> bool {
        self.facts.log_lines().any(|(_, line)| line.joined == Joined::Own && meanings.contains(&line.meaning))
    }

    /// Whether this gateway refuses an answer with such a flaw; `None` where that is not known.
    pub fn refuses(&self, flaw: FlawKind) -> Option<bool> {
        let version = self.gateway.and_then(|(_, gateway)| gateway.version.as_deref()).unwrap_or_default();
        refuses(self.product(), version, flaw)
    }
}

/// Measured on nginx 1.22, httpd 2.4.71, `HAProxy` 2.6, Caddy 2.6 and Varnish 7.1; nginx' later versions by their source.
fn refuses(product: &str, version: &str, flaw: FlawKind) -> Option<bool> {
    use FlawKind as F;
    let later_nginx = product == "nginx" && at_least(version, (1, 23));
    match (product, flaw) {
        ("nginx", F::DifferentLengths | F::LengthAndCoding | F::BadLength | F::UnknownCoding) => Some(later_nginx),
        ("nginx", F::Nul | F::SpaceInName | F::BadChunk | F::ShortBody) => Some(true),
        ("nginx", F::NoColon | F::DoubledCoding | F::LongBody | F::BareLineFeed) => Some(false),
        ("haproxy", F::Nul | F::LengthAndCoding | F::LongBody) => Some(false),
        (
            "haproxy",
            F::NoColon
            | F::SpaceInName
            | F::EmptyName
            | F::NameByte
            | F::DifferentLengths
            | F::BadLength
            | F::DoubledCoding
            | F::StatusLine
            | F::BadChunk
            | F::ShortBody,
        ) => Some(true),
        ("httpd", F::Nul | F::NoColon | F::SpaceInName | F::BadLength | F::BadChunk | F::ShortBody) => Some(true),
        ("httpd", F::DifferentLengths | F::LengthAndCoding | F::DoubledCoding | F::StatusLine | F::LongBody) => {
            Some(false)
        }
        (
            "caddy",
            F::NoColon | F::DifferentLengths | F::BadLength | F::DoubledCoding | F::StatusLine | F::ShortBody,
        ) => Some(true),
        ("caddy", F::Nul | F::SpaceInName | F::LengthAndCoding | F::LongBody) => Some(false),
        (
            "traefik",
            F::NoColon | F::DifferentLengths | F::BadLength | F::DoubledCoding | F::StatusLine | F::ShortBody,
        ) => Some(true),
        ("varnish", F::DifferentLengths | F::DoubledCoding | F::LongBody) => Some(false),
        (
            "varnish",
            F::Nul
            | F::NoColon
            | F::SpaceInName
            | F::BadLength
            | F::LengthAndCoding
            | F::StatusLine
            | F::BadChunk
            | F::ShortBody,
        ) => Some(true),
        (_, F::BareLineFeed) => Some(false),
        _ => None,
    }
}

fn at_least(version: &str, least: (u32, u32)) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateways_disagree() {
        assert_eq!(refuses("nginx", "1.22.1", FlawKind::NoColon), Some(false));
        assert_eq!(refuses("haproxy", "2.6.12", FlawKind::NoColon), Some(true));
        assert_eq!(refuses("nginx", "1.22.1", FlawKind::DifferentLengths), Some(false));
        assert_eq!(refuses("nginx", "1.27.0", FlawKind::DifferentLengths), Some(true));
        assert_eq!(refuses("envoy", "1.30", FlawKind::Nul), None);
    }
}
