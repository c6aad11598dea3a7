//! TLS with a member: handshakes with one thing varied, and its certificate by the gateway's own settings.

use super::super::super::guard_of;
use super::super::direct::{host_for, net_target};
use super::Look;
use crate::gateways::{GatewayKind, Target};
use crate::net::{self, NameRules, Offer, Shaken, Sni, Trust};
use app::model::fact::asked::Certificate;
use app::model::fact::wire::{Opener, TlsEnd, TlsTrial};
use app::model::{At, FactKind};
use std::path::Path;
use std::time::Duration;

/// How long one handshake may take.
const PATIENCE: Duration = Duration::from_millis(1200);
/// Other names that are asked for.
const MAX_NAMES: usize = 4;
/// The largest file of authorities that is read.
const MAX_AUTHORITIES: u64 = 4 << 20;

/// What the gateway offers.
struct Gateways {
    kind: Option<GatewayKind>,
    sni: Option<String>,
    least: u16,
    most: u16,
    ciphers: Option<Vec<u16>>,
    /// False where a setting could not be read as plain names.
    sure: bool,
}

/// Shakes hands in several ways, and judges the certificate.
pub(super) async fn matrix(look: &Look<'_>) {
    let gateways = settings(look);
    let base = Offer::all(gateways.sni.clone());
    let own = base.clone().versions(gateways.least, gateways.most);
    let own = match &gateways.ciphers {
        Some(ciphers) => own.with_ciphers(ciphers.clone()),
        None => own.with_ciphers(net::default_ciphers()),
    };
    let words = format!(
        "as the gateway ({} to {}){}",
        name(gateways.least),
        name(gateways.most),
        if gateways.sure { "" } else { ", roughly" }
    );
    let first = trial(look, &gateways, &own, &words).await;
    if first.end == TlsEnd::NotTls || first.end == TlsEnd::Silence {
        look.openers(&[Opener::Http, Opener::Nothing]).await;
        return;
    }
    let one = |version: u16| base.clone().versions(version, version);
    let (t10, t11, t12, t13) = (one(0x0301), one(0x0302), one(0x0303), one(0x0304));
    let (_, _, by12, _) = tokio::join!(
        trial(look, &gateways, &t10, "1.0"),
        trial(look, &gateways, &t11, "1.1"),
        trial(look, &gateways, &t12, "1.2"),
        trial(look, &gateways, &t13, "1.3")
    );
    let shaken = whole(look, gateways.sni.as_deref()).await;
    let mut names = other_names(look, &gateways, &shaken);
    names.truncate(MAX_NAMES);
    // Before 1.3 the certificate comes in plain, so that two names can be compared by what they bring.
    let (version, words) = if by12.alert == Some(70) { (0x0304, "1.3") } else { (0x0303, "1.2") };
    for name in names {
        let offer = Offer { sni: name, ..base.clone().versions(version, version) };
        trial(look, &gateways, &offer, words).await;
    }
    certificate(look, &gateways, &shaken);
}

fn name(version: u16) -> String {
    format!("1.{}", version.saturating_sub(0x0301))
}

async fn trial(look: &Look<'_>, gateways: &Gateways, offer: &Offer, words: &str) -> TlsTrial {
    let target = net_target(look.spot);
    let guard = guard_of(look.work, Some(look.scene));
    let (mut trial, leaf) = net::offer(guard, &target, &look.spot.key, offer, words, PATIENCE).await;
    if let (Some(leaf), Some(name)) = (leaf, compared(look)) {
        trial.fits = net::is_for(&leaf.into(), &name, rules(gateways.kind));
    }
    if words.starts_with("as the gateway") {
        trial.ciphers.clone_from(&offer.ciphers);
        if offer.most > 0x0303 {
            trial.ciphers.extend([0x1301, 0x1302, 0x1303]);
        }
    }
    if trial.end != TlsEnd::Unreached {
        look.desk.measured(format!("TLS handshake with {}", look.spot.key), FactKind::TlsTrial(trial.clone()));
    }
    trial
}

/// What the gateway's configuration says of TLS, with its product's own defaults.
fn settings(look: &Look<'_>) -> Gateways {
    let route = look.scene.route.as_ref();
    let gateway = look.scene.gateway.as_ref();
    let kind = gateway.map(|gateway| gateway.kind);
    let tls = route.map(|route| &route.settings.tls);
    let sni = match tls {
        Some(tls) if !tls.sni.value => None,
        Some(_) => compared(look),
        None => sent_host(look),
    };
    let (mut least, mut most) = defaults(kind, gateway.and_then(|gateway| gateway.version.as_deref()));
    let mut sure = kind.is_some();
    if let Some(written) = tls.and_then(|tls| tls.protocols.as_ref()) {
        match versions(&written.value) {
            // `OpenSSL` of today refuses versions before 1.2 unless its own level is lowered.
            Some((a, b)) => (least, most) = (a.max(0x0303).min(b), b),
            None => sure = false,
        }
    }
    let written = look.scene.wire.ciphers.as_ref();
    let ciphers = written.and_then(|set| net::ciphers_of(&set.value));
    sure &= written.is_none() || ciphers.is_some();
    Gateways { kind, sni: sni.filter(|name| name.parse::<std::net::IpAddr>().is_err()), least, most, ciphers, sure }
}

/// The Host that the gateway sends, without its port.
fn sent_host(look: &Look<'_>) -> Option<String> {
    let host = host_for(look.scene, look.spot)?;
    Some(host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name).to_owned())
}

/// The name that the gateway compares the certificate with.
fn compared(look: &Look<'_>) -> Option<String> {
    let tls = look.scene.route.as_ref().map(|route| &route.settings.tls);
    let written = tls.and_then(|tls| tls.name.as_ref()).map(|name| name.value.clone());
    let name = written.or_else(|| default_name(look))?;
    Some(name.rsplit_once(':').map_or(name.as_str(), |(name, _)| name).to_owned())
}

/// The name that a gateway takes where none is written: that of its pass directive, not the Host that it sends.
fn default_name(look: &Look<'_>) -> Option<String> {
    let Some(Target::Upstream(upstream)) = look.scene.route.as_ref().map(|route| &route.target) else { return None };
    let written = upstream.written.split_once("://").map_or(upstream.written.as_str(), |(_, rest)| rest);
    let host = written.split(['/', ' ']).next().unwrap_or_default();
    if host.is_empty() || host.contains('$') { look.spot.name.clone() } else { Some(host.to_owned()) }
}

/// Versions that a product offers by itself, with an `OpenSSL` of today where it uses one.
fn defaults(kind: Option<GatewayKind>, version: Option<&str>) -> (u16, u16) {
    match kind {
        // 1.3 towards upstreams is on by itself only since nginx 1.23.4; Envoy's clients stop at 1.2.
        Some(GatewayKind::Nginx) if version.is_some_and(|version| older(version, [1, 23, 4])) => (0x0303, 0x0303),
        Some(GatewayKind::Envoy) => (0x0303, 0x0303),
        _ => (0x0303, 0x0304),
    }
}

fn older(version: &str, than: [u32; 3]) -> bool {
    let mut numbers = version.split(['.', '-', ' ']).map(|part| part.parse::<u32>().unwrap_or(0));
    let own = [0; 3].map(|_: u32| numbers.next().unwrap_or(0));
    own < than
}

/// The least and the most of a list such as `TLSv1.2 TLSv1.3` or `-all +TLSv1.2`; `None` where it is not understood.
fn versions(written: &str) -> Option<(u16, u16)> {
    let mut on = std::collections::BTreeSet::new();
    for word in written.split_whitespace() {
        let (add, word) = match word.as_bytes().first()? {
            b'-' => (false, &word[1..]),
            b'+' => (true, &word[1..]),
            _ => (true, word),
        };
        let numbers: &[u16] = match word.to_ascii_lowercase().as_str() {
            "all" => &[0x0301, 0x0302, 0x0303, 0x0304],
            "sslv2" | "sslv3" => &[],
            "tlsv1" | "tlsv1.0" => &[0x0301],
            "tlsv1.1" => &[0x0302],
            "tlsv1.2" => &[0x0303],
            "tlsv1.3" => &[0x0304],
            _ => return None,
        };
        for number in numbers {
            if add {
                on.insert(*number);
            } else {
                on.remove(number);
            }
        }
    }
    Some((*on.first()?, *on.last()?))
}

/// One whole handshake with the request after it, which shows what is hidden before: the chain and alerts that come late.
async fn whole(look: &Look<'_>, sni: Option<&str>) -> Shaken {
    let mut request = look.request();
    request.sni = sni.map_or(Sni::None, |name| Sni::Name(name.to_owned()));
    request.limits.tls = PATIENCE;
    request.limits.first_byte = PATIENCE;
    let shaken = net::shake(guard_of(look.work, Some(look.scene)), &request).await;
    let during = shaken.fault.as_ref().map(|fault| fault.during);
    let end = match (during, shaken.alert) {
        (Some(net::During::Resolve | net::During::Connect), _) => return shaken,
        (Some(net::During::Tls), Some(_)) => TlsEnd::Alert,
        (Some(_), Some(_)) => TlsEnd::AlertAfter,
        (Some(net::During::Tls), None) => TlsEnd::Closed,
        _ => TlsEnd::Chosen,
    };
    let trial = TlsTrial {
        target: look.spot.key.clone(),
        sni: sni.map(str::to_owned),
        offered: "a whole handshake".to_owned(),
        least: "1.2".to_owned(),
        most: "1.3".to_owned(),
        ciphers: Vec::new(),
        end,
        alert: shaken.alert,
        version: shaken.facts.as_ref().map(|facts| facts.protocol.trim_start_matches("TLSv").to_owned()),
        cipher: None,
        wants_certificate: Some(shaken.wants_certificate),
        shown: None,
        fits: None,
    };
    look.desk.measured(format!("TLS handshake with {}", look.spot.key), FactKind::TlsTrial(trial));
    shaken
}

/// Other names that the server could want, and none at all.
fn other_names(look: &Look<'_>, gateways: &Gateways, shaken: &Shaken) -> Vec<Option<String>> {
    let asked = look.work.request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    let tls = look.scene.route.as_ref().map(|route| &route.settings.tls);
    let configured = tls.and_then(|tls| tls.name.as_ref()).map(|name| name.value.clone());
    let shown = shaken.facts.iter().flat_map(|facts| facts.names.iter().cloned());
    let server = look.scene.route.iter().flat_map(|route| route.server.names.iter().cloned());
    let all = configured
        .into_iter()
        .chain(sent_host(look))
        .chain(look.spot.name.clone())
        .chain(shown)
        .chain(asked.map(|(_, value)| value.clone()))
        .chain(look.scene.url.host_str().map(str::to_owned))
        .chain(server);
    let mut names: Vec<Option<String>> = Vec::new();
    if gateways.sni.is_some() {
        names.push(None);
    }
    for name in all {
        let name = name.split(':').next().unwrap_or_default().to_owned();
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
        let known = Some(&name) == gateways.sni.as_ref() || names.contains(&Some(name.clone()));
        if plain && !known && name.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            names.push(Some(name));
        }
    }
    names
}

/// The certificate, judged as the gateway judges it.
fn certificate(look: &Look<'_>, gateways: &Gateways, shaken: &Shaken) {
    let (Some(facts), Some(leaf)) = (&shaken.facts, shaken.chain.first()) else { return };
    let settings = look.scene.route.as_ref().map(|route| &route.settings);
    let tls = settings.map(|settings| &settings.tls);
    let verifies = tls.map(|tls| tls.verify.value);
    let now = crate::clock::now();
    let compared = compared(look);
    let seconds = |from: At, to: At| to.since(from) / 1000;
    let (judged_by, trust) = judged(look, gateways, shaken, verifies);
    let (self_signed, alone) = match &trust {
        Some(Trust::Untrusted { self_signed, alone }) => (*self_signed, *alone),
        _ => (facts.subject == facts.issuer, facts.chain == 1),
    };
    if let Some(Trust::CannotTell(why)) = &trust {
        let by_hand = format!(
            "openssl s_client -connect {} -CAfile {} </dev/null 2>&1 | grep -i verif",
            look.spot.key,
            judged_by.as_deref().unwrap_or("FILE")
        );
        look.desk.skip("judge the upstream's certificate by the gateway's authorities", why.clone(), by_hand);
    }
    let fact = Certificate {
        target: look.spot.key.clone(),
        subject: facts.subject.clone(),
        issuer: facts.issuer.clone(),
        not_before: crate::clock::rfc3339(facts.not_before),
        not_after: crate::clock::rfc3339(facts.not_after),
        names: facts.names.clone(),
        expired_for_s: seconds(facts.not_after, now),
        valid_in_s: seconds(now, facts.not_before),
        gateway_verifies: verifies,
        trusted: match trust {
            Some(Trust::Trusted) => Some(true),
            Some(Trust::Untrusted { .. }) => Some(false),
            Some(Trust::CannotTell(_)) | None => None,
        },
        self_signed,
        alone,
        judged_by,
        name_fits: compared.as_deref().and_then(|name| net::is_for(leaf, name, rules(gateways.kind))),
        asked_name: compared,
        gateway_checks_name: tls.map(crate::gateways::UpstreamTls::minds_name),
        gateway_checks_dates: tls.map(crate::gateways::UpstreamTls::minds_time),
    };
    look.desk.measured(format!("TLS handshake with {}", look.spot.key), FactKind::Certificate(fact));
}

/// Whose rules compare the name.
const fn rules(kind: Option<GatewayKind>) -> NameRules {
    match kind {
        Some(GatewayKind::Nginx | GatewayKind::Haproxy) => NameRules::OpenSsl,
        Some(GatewayKind::Httpd) => NameRules::Httpd,
        _ => NameRules::Strict,
    }
}

/// Whether an authority that the gateway trusts vouches for the chain, and where those stand.
fn judged(
    look: &Look<'_>,
    gateways: &Gateways,
    shaken: &Shaken,
    verifies: Option<bool>,
) -> (Option<String>, Option<Trust>) {
    if verifies != Some(true) {
        return (None, None);
    }
    let file =
        look.scene.route.as_ref().and_then(|route| route.settings.tls.trusted.as_ref()).map(|set| set.value.clone());
    let system = |file: &Path| matches!(file.to_str(), Some("@system-ca" | "system"));
    match file {
        Some(file) if !system(&file) => {
            let shown = Some(file.display().to_string());
            let trust = match look.work.ctx.fileguard.read_text(&file, MAX_AUTHORITIES) {
                Ok(text) => net::trust(&shaken.chain, &net::certificates(&text.text)),
                Err(error) => Trust::CannotTell(format!("the gateway's authorities cannot be read: {error}")),
            };
            (shown, Some(trust))
        }
        // These trust the system's authorities where nothing is written; others then trust nobody or do not start.
        _ if matches!(gateways.kind, Some(GatewayKind::Caddy | GatewayKind::Traefik | GatewayKind::Haproxy)) => {
            (Some("the system's".to_owned()), Some(net::trust(&shaken.chain, &net::system_roots())))
        }
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_versions_are_read() {
        assert_eq!(versions("TLSv1.2 TLSv1.3"), Some((0x0303, 0x0304)));
        assert_eq!(versions("all -SSLv3 -TLSv1"), Some((0x0302, 0x0304)));
        assert_eq!(versions("-all +TLSv1.2"), Some((0x0303, 0x0303)));
        assert_eq!(versions("TLSv9"), None);
        assert_eq!(versions(""), None);
    }

    #[test]
    fn old_versions_are_older() {
        assert!(older("1.22.1", [1, 23, 4]) && older("1.23.3", [1, 23, 4]));
        assert!(!older("1.23.4", [1, 23, 4]) && !older("1.27.0 (Debian)", [1, 23, 4]));
    }
}
