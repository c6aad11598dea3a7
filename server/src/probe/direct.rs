//! The way past a monitor's gateway, and what was found there last.

use app::model::At;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// While the gateway's side is well, its upstream is asked this seldom: so a wrong `direct` shows before an outage.
const EVERY_MS: i64 = 10 * 60 * 1_000;

/// The same site past its gateway. Cheap to clone; clones share what was found.
#[derive(Clone)]
pub struct Direct(Arc<Held>);

struct Held {
    url: Url,
    found: Mutex<Option<(At, String)>>,
}

impl Direct {
    /// A way of which nothing is known yet; the URL may hold secrets.
    pub fn new(url: Url) -> Self {
        Self(Arc::new(Held { url, found: Mutex::default() }))
    }

    /// Where the upstream is.
    pub fn url(&self) -> &Url {
        &self.0.url
    }

    /// What is asked there instead of `asked`: its path and query, unless the way has a path of its own.
    pub(super) fn url_for(&self, asked: &Url) -> Url {
        let mut url = self.0.url.clone();
        if url.path() == "/" && url.query().is_none() {
            url.set_path(asked.path());
            url.set_query(asked.query());
        }
        url
    }

    /// Whether it is time to ask there though all is well.
    pub(super) fn is_due(&self, now: At) -> bool {
        let found = self.0.found.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back makes it due too.
        found.as_ref().is_none_or(|(at, _)| !(0..EVERY_MS).contains(&now.since(*at)))
    }

    /// Keeps what was found.
    pub(super) fn note(&self, at: At, words: String) {
        *self.0.found.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, words));
    }

    /// What was found last, with its time of day, in words for admins.
    pub(super) fn told(&self) -> Option<String> {
        let found = self.0.found.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, words) = found.as_ref()?;
        let time = crate::clock::rfc3339(*at);
        Some(format!("asked past the gateway at {} UTC: {words}", time.get(11..16)?))
    }
}

impl PartialEq for Direct {
    fn eq(&self, other: &Self) -> bool {
        self.0.url == other.0.url
    }
}

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL may hold secrets.
        f.write_str("Direct(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_is_the_same_unless_the_way_has_its_own_path() {
        let asked = "https://shop.test/health?deep=1".parse().unwrap();
        let at = |url: &str| Direct::new(url.parse().unwrap()).url_for(&asked).to_string();
        assert_eq!(at("http://10.20.0.5:8080/"), "http://10.20.0.5:8080/health?deep=1");
        assert_eq!(at("http://10.20.0.5:8080/up"), "http://10.20.0.5:8080/up");
        assert_eq!(at("http://10.20.0.5:8080/?a"), "http://10.20.0.5:8080/?a");
    }

    #[test]
    fn a_well_upstream_is_asked_seldom() {
        let direct = Direct::new("http://10.20.0.5:8080/?key=s3cret".parse().unwrap());
        assert!(direct.is_due(At(0)) && direct.told().is_none());
        direct.note(At(60_000), "it answers as expected".to_owned());
        assert_eq!(direct.told().unwrap(), "asked past the gateway at 00:01 UTC: it answers as expected");
        let due = |at| direct.is_due(At(at));
        assert!(!due(60_000) && !due(60_000 + EVERY_MS - 1) && due(60_000 + EVERY_MS) && due(59_999));
        assert!(!format!("{direct:?}").contains("s3cret"));
    }
}
