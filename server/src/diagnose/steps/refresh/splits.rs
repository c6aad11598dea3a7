//! A failing request with one thing changed: what is answered then says where to look.

use super::{Asker, SLOW, body_failure, failure, guard_of};
use crate::net;
use app::model::FactKind;
use app::model::fact::asked::Attempt;
use app::model::fact::wire::{Changed, Variation};
use std::net::SocketAddr;
use std::time::Duration;

/// Their numbers begin here, behind those of all others.
const NUMBERS: u16 = 98;
/// All of them together take no longer.
const LIMIT: Duration = Duration::from_secs(2);

impl Asker {
    /// Sends the variants of a request that fails every time; tells in words which of them are answered.
    pub(super) async fn split(&self, attempts: &[Attempt]) -> Vec<String> {
        let plain = attempts.iter().find(|attempt| attempt.number == 1);
        let quick = attempts.iter().all(|attempt| !attempt.open && u128::from(attempt.total_ms) < SLOW.as_millis());
        let asked = &self.work.request;
        let reads_only = matches!(asked.method.as_str(), "GET" | "HEAD") && asked.body_size == 0;
        // Whoever cannot be reached, or fails now and then, says nothing by another request.
        let fails = attempts.iter().all(Attempt::failed) && attempts.iter().any(|attempt| attempt.status.is_some());
        let (Some(plain), None) = (plain, &self.work.inner) else { return Vec::new() };
        if !(quick && reads_only && fails) {
            return Vec::new();
        }
        let address = plain.address.as_deref().and_then(|address| address.parse().ok());
        let scene = self.work.scene_within(Duration::ZERO).await;
        // Where the configuration is known, it says what else the front page would go through.
        let known = scene.is_some_and(|scene| scene.route.is_some());
        let variants = self.variants(address, !known && self.url.path() != "/");
        let sent = variants.into_iter().map(|(changed, to, request)| self.vary(changed, to, request));
        let facts = futures_util::future::join_all(sent).await;
        facts.into_iter().filter(answered).map(|fact| fact.to_string()).collect()
    }

    fn variants(&self, address: Option<SocketAddr>, front: bool) -> Vec<(Changed, String, net::Request)> {
        let number = |number: u16| {
            let number = NUMBERS + number;
            let mut request = self.request(number, &format!("{}-{number}", self.work.mark), address);
            let limit = LIMIT.min(request.limits.total);
            (request.limits.first_byte, request.limits.total) = (limit, limit);
            request
        };
        let method = if self.work.request.method == "HEAD" { "GET" } else { "HEAD" };
        let mut variants =
            vec![(Changed::MethodThrough, method.to_owned(), net::Request { method: method.to_owned(), ..number(0) })];
        let mut past_caches = number(1);
        past_caches.url.query_pairs_mut().append_pair("gatewatch", &self.work.mark);
        variants.push((Changed::QueryThrough, String::new(), past_caches));
        let mut bare = number(2);
        let all = bare.headers.len();
        bare.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("cookie"));
        if bare.headers.len() < all {
            variants.push((Changed::NoCookiesThrough, String::new(), bare));
        }
        if front {
            let mut front = number(3);
            front.url.set_path("/");
            front.url.set_query(None);
            variants.push((Changed::FrontThrough, String::new(), front));
        }
        variants
    }

    async fn vary(&self, changed: Changed, to: String, request: net::Request) -> Variation {
        let scene = self.work.scene_within(Duration::ZERO).await;
        let done = net::exchange(guard_of(&self.work, scene.as_ref()), &request).await;
        let (status, fault) = match &done.result {
            Ok(answer) => (Some(answer.status), body_failure(answer.end)),
            Err(fault) => (None, Some(failure(fault))),
        };
        let target = done.peer.unwrap_or_else(|| self.url.authority().to_owned());
        let fact = Variation { target, changed, to, status, failure: fault, grpc_status: None };
        self.desk.measured(self.url.as_str(), FactKind::Variation(fact.clone()));
        fact
    }
}

/// The variant is answered as it should be, or at least by the site itself.
fn answered(fact: &Variation) -> bool {
    fact.failure.is_none() && fact.status.is_some_and(|status| status < 500)
}
