//! Redirects, judged one by one: whatever follows them asks here before each hop.

use super::policy::AddressClass;
use super::refusal::{RedirectFlaw, Refusal, UrlFlaw};
use super::{Netguard, Vetted, gate};
use url::Url;

/// One walk along redirects, from the URL that was asked first.
#[derive(Debug)]
pub struct Redirects {
    visited: Vec<Url>,
    most: usize,
    from_public: bool,
}

impl Redirects {
    /// Starts at a URL that was answered from `at`.
    pub fn start(guard: &Netguard, url: Url, at: &Vetted) -> Self {
        let from_public = at.class() == AddressClass::Public;
        Self { visited: vec![url], most: usize::from(guard.max_redirects()), from_public }
    }

    /// Judges a `Location` and gives the URL to ask next. Its addresses are judged by [`Self::arrive`].
    pub fn follow(&mut self, guard: &Netguard, location: &str) -> Result<Url, Refusal> {
        let here = self.visited.last().ok_or(Refusal::Url(UrlFlaw::Syntax))?;
        let next = guard.check_url(&absolute(here, location)?)?;
        if here.scheme() == "https" && next.scheme() == "http" {
            return Err(Refusal::Redirect(RedirectFlaw::Downgrade));
        }
        if self.visited.contains(&next) {
            return Err(Refusal::Redirect(RedirectFlaw::Loop));
        }
        if self.visited.len() > self.most {
            return Err(Refusal::Redirect(RedirectFlaw::TooMany));
        }
        self.visited.push(next.clone());
        Ok(next)
    }

    /// Judges where the hop leads: never from a public place to a private one.
    pub fn arrive(&mut self, at: &Vetted) -> Result<(), Refusal> {
        let public = at.class() == AddressClass::Public;
        if self.from_public && !public {
            return Err(Refusal::Redirect(RedirectFlaw::ToPrivate));
        }
        self.from_public |= public;
        Ok(())
    }

    /// Redirects followed so far.
    pub fn hops(&self) -> usize {
        self.visited.len() - 1
    }
}

/// The text of the URL that a `Location` means; not yet judged.
fn absolute(base: &Url, location: &str) -> Result<String, Refusal> {
    if location.len() > gate::MAX_URL {
        return Err(Refusal::Url(UrlFlaw::TooLong));
    }
    if location.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(Refusal::Url(UrlFlaw::BadCharacter));
    }
    if let Some(rest) = location.strip_prefix("//") {
        return Ok(format!("{}://{rest}", base.scheme()));
    }
    // A colon before the first slash, question or number sign means a scheme, which the URL gate judges.
    let first = location.split(['/', '?', '#']).next().unwrap_or_default();
    if first.contains(':') {
        return Ok(location.to_owned());
    }
    base.join(location).map(String::from).map_err(|_| Refusal::Url(UrlFlaw::Syntax))
}
