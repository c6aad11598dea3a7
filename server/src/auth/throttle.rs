//! How often sign-ins may be tried: for each account, for each network, and in all. Pure: time is
//! an argument, and every map is bounded.

use app::model::At;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// Failures that an account may have before attempts are delayed.
const FREE_FAILURES: u32 = 5;
/// How long failures count after the last one.
const WINDOW: Duration = Duration::from_mins(15);
/// The first delay; each further failure doubles it.
const FIRST_DELAY: Duration = Duration::from_secs(1);
/// The longest delay. There is no hard lock: the owner can always get in after this long.
const LONGEST_DELAY: Duration = Duration::from_mins(15);
/// Failures that one network may have within the window.
const NETWORK_FAILURES: usize = 20;
/// Attempts in all within a minute; each costs a hash.
const ATTEMPTS_A_MINUTE: usize = 60;
/// The most accounts and networks remembered. The limit in all keeps both far below it.
const MAX_ENTRIES: usize = 4096;

/// How long to wait before the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(pub Duration);

/// Where an attempt comes from: an IPv4 address or an IPv6 /64, which one customer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl Network {
    /// From a client's address as text; what is none shares one network.
    pub fn parse(client: &str) -> Self {
        match client.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
            Ok(IpAddr::V4(ip)) => Self(IpAddr::V4(ip)),
            Ok(IpAddr::V6(ip)) => Self(IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)))),
            Err(_) => Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Account {
    failures: u32,
    last: At,
    /// No attempt before this.
    next: At,
}

/// Counts of recent attempts.
#[derive(Debug, Default)]
pub struct Throttle {
    accounts: HashMap<String, Account>,
    networks: HashMap<Network, VecDeque<At>>,
    all: VecDeque<At>,
}

impl Throttle {
    /// May this attempt be made now? If so it is counted as failed at once, so that attempts side by
    /// side cannot all pass; [`Self::succeeded`] takes that back.
    pub fn begin(&mut self, account: &str, network: Option<Network>, now: At) -> Result<(), Wait> {
        self.forget(now);
        let waits = [self.wait_in_all(now), self.wait_account(account, now), self.wait_network(network, now)];
        if let Some(wait) = waits.into_iter().flatten().max() {
            return Err(Wait(wait));
        }
        self.all.push_back(now);
        if let Some(network) = network {
            make_room(&mut self.networks, |failures| failures.back().copied());
            self.networks.entry(network).or_default().push_back(now);
        }
        make_room(&mut self.accounts, |entry| Some(entry.last));
        let entry = self.accounts.entry(account.to_owned()).or_insert(Account { failures: 0, last: now, next: now });
        entry.failures += 1;
        entry.last = now;
        entry.next = now + delay(entry.failures);
        Ok(())
    }

    /// The attempt that [`Self::begin`] let through was right.
    pub fn succeeded(&mut self, account: &str, network: Option<Network>) {
        self.accounts.remove(account);
        if let Some(network) = network
            && let Some(failures) = self.networks.get_mut(&network)
        {
            failures.pop_back();
        }
    }

    fn wait_in_all(&self, now: At) -> Option<Duration> {
        let oldest = self.all.front().filter(|_| self.all.len() >= ATTEMPTS_A_MINUTE)?;
        until(*oldest + Duration::from_mins(1), now)
    }

    fn wait_account(&self, account: &str, now: At) -> Option<Duration> {
        until(self.accounts.get(account)?.next, now)
    }

    fn wait_network(&self, network: Option<Network>, now: At) -> Option<Duration> {
        let failures = self.networks.get(&network?)?;
        let oldest = failures.front().filter(|_| failures.len() >= NETWORK_FAILURES)?;
        until(*oldest + WINDOW, now)
    }

    /// Drops what does not count any more.
    fn forget(&mut self, now: At) {
        while self.all.front().is_some_and(|at| *at + Duration::from_mins(1) <= now) {
            self.all.pop_front();
        }
        self.accounts.retain(|_, entry| entry.next.max(entry.last) + WINDOW > now);
        self.networks.retain(|_, failures| {
            while failures.front().is_some_and(|at| *at + WINDOW <= now) {
                failures.pop_front();
            }
            !failures.is_empty()
        });
    }
}

/// The delay after so many failures.
fn delay(failures: u32) -> Duration {
    let Some(doublings) = failures.checked_sub(FREE_FAILURES) else { return Duration::ZERO };
    FIRST_DELAY.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_DELAY)
}

fn until(moment: At, now: At) -> Option<Duration> {
    u64::try_from(moment.since(now)).ok().filter(|millis| *millis > 0).map(Duration::from_millis)
}

/// Removes the entry that was used longest ago if the map is full.
fn make_room<K: Clone + Eq + Hash, V>(map: &mut HashMap<K, V>, last: impl Fn(&V) -> Option<At>) {
    if map.len() < MAX_ENTRIES {
        return;
    }
    let oldest = map.iter().min_by_key(|(_, entry)| last(entry)).map(|(key, _)| key.clone());
    if let Some(oldest) = oldest {
        map.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "192.0.2.1";

    #[expect(clippy::unnecessary_wraps, reason = "as `begin` takes it")]
    fn from(client: &str) -> Option<Network> {
        Some(Network::parse(client))
    }

    fn seconds(count: i64) -> At {
        At(count * 1000)
    }

    /// Tries whenever allowed until `count` attempts were made; answers how long that took.
    fn hammer(throttle: &mut Throttle, account: &str, count: usize) -> At {
        let (mut now, mut made) = (At(0), 0);
        while made < count {
            match throttle.begin(account, None, now) {
                Ok(()) => made += 1,
                Err(Wait(wait)) => now = now + wait,
            }
        }
        now
    }

    #[test]
    fn five_failures_are_free_then_delays_double() {
        let mut throttle = Throttle::default();
        for _ in 0..5 {
            assert_eq!(throttle.begin("ada", from(HOME), At(0)), Ok(()));
        }
        assert_eq!(throttle.begin("ada", from(HOME), At(0)), Err(Wait(Duration::from_secs(1))));
        assert_eq!(throttle.begin("ada", from(HOME), seconds(1)), Ok(()));
        assert_eq!(throttle.begin("ada", from(HOME), seconds(1)), Err(Wait(Duration::from_secs(2))));
        assert_eq!(throttle.begin("ada", from(HOME), seconds(3)), Ok(()));
        assert_eq!(throttle.begin("ada", from(HOME), seconds(3)), Err(Wait(Duration::from_secs(4))));
    }

    #[test]
    fn a_delay_is_never_longer_than_a_quarter_of_an_hour() {
        let mut throttle = Throttle::default();
        let now = hammer(&mut throttle, "ada", 40);
        assert_eq!(throttle.begin("ada", None, now), Err(Wait(LONGEST_DELAY)));
        assert_eq!(throttle.begin("ada", None, now + LONGEST_DELAY), Ok(()));
    }

    #[test]
    fn success_and_time_clear_an_account() {
        let mut throttle = Throttle::default();
        hammer(&mut throttle, "ada", 5);
        throttle.succeeded("ada", None);
        assert_eq!(throttle.begin("ada", None, At(0)), Ok(()));
        hammer(&mut throttle, "bob", 5);
        let later = seconds(1) + WINDOW;
        for _ in 0..5 {
            assert_eq!(throttle.begin("bob", None, later), Ok(()), "old failures do not count");
        }
    }

    #[test]
    fn refused_attempts_do_not_lengthen_the_delay() {
        let mut throttle = Throttle::default();
        hammer(&mut throttle, "ada", 5);
        for _ in 0..100 {
            assert!(throttle.begin("ada", None, At(0)).is_err());
        }
        assert_eq!(throttle.begin("ada", None, seconds(1)), Ok(()));
    }

    #[test]
    fn one_network_may_fail_twenty_times() {
        let mut throttle = Throttle::default();
        for number in 0..20 {
            assert_eq!(throttle.begin(&format!("user{number}"), from("2001:db8::1"), At(0)), Ok(()));
        }
        let neighbour = from("2001:db8::ffff:1");
        assert_eq!(throttle.begin("someone", neighbour, At(0)), Err(Wait(WINDOW)), "the same /64");
        assert_eq!(throttle.begin("someone", from("2001:db8:0:1::1"), At(0)), Ok(()), "another /64");
        assert_eq!(throttle.begin("someone-else", neighbour, At(0) + WINDOW), Ok(()));
    }

    #[test]
    fn sixty_attempts_a_minute_in_all() {
        let mut throttle = Throttle::default();
        for number in 0..60 {
            let client = format!("198.51.100.{number}");
            assert_eq!(throttle.begin(&format!("user{number}"), from(&client), At(0)), Ok(()));
        }
        assert_eq!(throttle.begin("one-more", from(HOME), At(0)), Err(Wait(Duration::from_mins(1))));
        assert_eq!(throttle.begin("one-more", from(HOME), seconds(60)), Ok(()));
    }

    #[test]
    fn maps_stay_bounded() {
        let mut throttle = Throttle::default();
        for number in 0..i64::try_from(MAX_ENTRIES).unwrap() + 100 {
            throttle.all.clear();
            let network = Network(IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(number).unwrap())));
            throttle.begin(&format!("user{number}"), Some(network), At(number)).unwrap();
        }
        assert_eq!((throttle.accounts.len(), throttle.networks.len()), (MAX_ENTRIES, MAX_ENTRIES));
        assert!(!throttle.accounts.contains_key("user0"), "the oldest went first");
    }

    #[test]
    fn an_address_in_other_clothes_is_the_same_network() {
        assert_eq!(Network::parse("::ffff:192.0.2.1"), Network::parse("192.0.2.1"));
        assert_eq!(Network::parse("nonsense"), Network::parse("other nonsense"));
    }
}
