//! What may be typed into the form, and which targets count as one. Touches no network: names are judged when a
//! message leaves.

use crate::netguard::{NetRules, Netguard, PolicyError};
use crate::storage::TargetMark;
use app::model::subscription::Typed;
use app::model::{Channel, ComponentSlug, ComponentStatus, Offer};
use lettre::Address;
use sha2::{Digest as _, Sha256};
use std::net::{IpAddr, SocketAddr};

/// The longest e-mail address (RFC 5321 leaves no room for more).
const MAX_EMAIL: usize = 254;
/// The longest URL; a letter's link is as long at most.
const MAX_URL: usize = 1024;

/// The guard for webhooks that visitors name: public places alone, whatever `[net]` opens for others.
pub fn guard(rules: &NetRules) -> Result<Netguard, PolicyError> {
    Netguard::for_server(&NetRules { allow_private: Vec::new(), allow_hosts: Vec::new(), ..rules.clone() })
}

/// The one target that was typed, or the key of the message that says what to do.
pub fn target(typed: &Typed, offer: Offer, guard: &Netguard) -> Result<(Channel, String), &'static str> {
    let email = typed.email.trim();
    let webhook = if offer.webhooks { typed.webhook.trim() } else { "" };
    match (email.is_empty(), webhook.is_empty()) {
        (true, true) if offer.webhooks => Err("target-neither"),
        (true, true) => Err("target-none"),
        (false, false) => Err("target-both"),
        (false, true) => mailbox(email).map(|email| (Channel::Email, email)),
        (true, false) => hook(webhook, guard).map(|url| (Channel::Webhook, url)),
    }
}

fn mailbox(text: &str) -> Result<String, &'static str> {
    const NO: &str = "target-email";
    let address: Address = text.parse().map_err(|_| NO)?;
    let domain = address.domain().to_ascii_lowercase();
    // A mail server would read an address in brackets as a place to connect to.
    let plain = text.is_ascii() && text.len() <= MAX_EMAIL && domain.contains('.') && !domain.contains(['[', ']']);
    if plain && !address.user().contains('"') { Ok(format!("{}@{domain}", address.user())) } else { Err(NO) }
}

fn hook(text: &str, guard: &Netguard) -> Result<String, &'static str> {
    // Why exactly is nobody's business: it would tell what there is in our network.
    const NO: &str = "target-webhook";
    let mut url = guard.check_url(text).map_err(|_| NO)?;
    url.set_fragment(None);
    let port = url.port_or_known_default().ok_or(NO)?;
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        guard.vet(SocketAddr::new(ip, port), None).map_err(|_| NO)?;
    }
    if url.as_str().len() > MAX_URL { Err(NO) } else { Ok(url.into()) }
}

/// The components that were chosen, or the key of a message; an unknown one and a private one are missing in the same
/// way.
pub fn components(chosen: &[String], public: &[ComponentStatus]) -> Result<Vec<ComponentSlug>, &'static str> {
    let known = |text: &String| public.iter().find(|one| one.slug.as_str() == text).map(|one| one.slug.clone());
    let mut slugs: Vec<ComponentSlug> =
        chosen.iter().map(|text| known(text).ok_or("target-component")).collect::<Result<_, _>>()?;
    slugs.sort_unstable();
    slugs.dedup();
    Ok(slugs)
}

/// What the limits of a target are counted by: all spellings that reach one mailbox or one place are one.
pub fn mark(channel: Channel, target: &str) -> TargetMark {
    let plain = match channel {
        Channel::Email => {
            let lower = target.to_ascii_lowercase();
            let (user, domain) = lower.rsplit_once('@').unwrap_or((&lower, ""));
            format!("{}@{domain}", user.split('+').next().unwrap_or_default())
        }
        Channel::Webhook => target.split(['?', '#']).next().unwrap_or_default().to_owned(),
    };
    TargetMark(Sha256::digest(format!("{channel}:{plain}")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Offer = Offer { email: true, webhooks: true };

    fn typed(email: &str, webhook: &str) -> Typed {
        Typed { email: email.to_owned(), webhook: webhook.to_owned(), components: Vec::new() }
    }

    fn judge(email: &str, webhook: &str) -> Result<String, &'static str> {
        let rules = NetRules {
            allow_private: vec!["10.0.0.0/8:80,443,8080".parse().unwrap(), "127.0.0.1:8080".parse().unwrap()],
            allow_hosts: vec!["*.corp.example".parse().unwrap(), "localhost".parse().unwrap()],
            ..NetRules::default()
        };
        target(&typed(email, webhook), BOTH, &guard(&rules).unwrap()).map(|(_, target)| target)
    }

    #[test]
    fn takes_one_ordinary_target() {
        assert_eq!(judge(" Ada.L+x@Example.COM ", ""), Ok("Ada.L+x@example.com".to_owned()));
        assert_eq!(judge("", "https://hooks.example.com/a?b=c#d"), Ok("https://hooks.example.com/a?b=c".to_owned()));
        assert_eq!(judge("", "http://93.184.216.34:8080/x"), Ok("http://93.184.216.34:8080/x".to_owned()));
        assert!(judge("", "").is_err() && judge("a@b.example", "https://h.example/").is_err());
        let quiet = Offer { webhooks: false, ..BOTH };
        let guard = guard(&NetRules::default()).unwrap();
        assert!(target(&typed("", "https://h.example/"), quiet, &guard).is_err());
    }

    #[test]
    fn takes_no_address_that_a_mail_server_would_read_otherwise() {
        for bad in [
            "ada",
            "ada@",
            "@example.com",
            "ada@localhost",
            "ada@[127.0.0.1]",
            "ada@example.com, eve@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "\"a b\"@example.com",
            "ada@exämple.com",
            "ädä@example.com",
            "Ada <ada@example.com>",
            &format!("{}@example.com", "a".repeat(260)),
        ] {
            assert!(judge(bad, "").is_err(), "{bad}");
        }
    }

    #[test]
    fn private_places_are_refused_whatever_the_configuration_opens() {
        for bad in [
            "http://10.1.2.3/",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080/",
            "http://192.168.0.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://localhost:8080/",
            "http://router/",
            "http://db.internal/",
            "http://0x7f000001/",
            "http://2130706433/",
            "https://user:pass@hooks.example.com/",
            "ftp://hooks.example.com/",
            "hooks.example.com/x",
            "https://93.184.216.34:25/",
            &format!("https://hooks.example.com/{}", "a".repeat(1100)),
        ] {
            assert!(judge("", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn spellings_of_one_mailbox_count_as_one() {
        let of = |text| mark(Channel::Email, text);
        assert_eq!(of("ada@example.com"), of("ADA+one@example.com"));
        assert_ne!(of("ada@example.com"), of("eve@example.com"));
        let hook = |text| mark(Channel::Webhook, text);
        assert_eq!(hook("https://h.example/a?x=1"), hook("https://h.example/a?x=2"));
        assert_ne!(hook("https://h.example/a"), hook("https://h.example/b"));
    }
}
