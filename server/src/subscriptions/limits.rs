//! How often wishes may be uttered: by one network, and in all. Pure: time is an argument, and memory is bounded.

use crate::auth::Network;
use app::model::At;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// Wishes of one network within an hour; an office shares an address.
const OF_ONE: usize = 10;
/// Wishes in all within an hour.
const OF_ALL: usize = 300;
const HOUR: Duration = Duration::from_hours(1);

/// How long to wait before the next wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait(pub(super) Duration);

/// Counts of the last hour. There are never more networks than wishes in all.
#[derive(Debug, Default)]
pub(super) struct Limits {
    networks: HashMap<Network, VecDeque<At>>,
    all: VecDeque<At>,
}

impl Limits {
    /// May this network utter a wish now? If so it is counted.
    pub(super) fn begin(&mut self, network: Network, now: At) -> Result<(), Wait> {
        let old = |at: &At| *at + HOUR <= now;
        while self.all.front().is_some_and(old) {
            self.all.pop_front();
        }
        self.networks.retain(|_, times| {
            while times.front().is_some_and(old) {
                times.pop_front();
            }
            !times.is_empty()
        });
        let own = self.networks.get(&network);
        let oldest = [own.filter(|times| times.len() >= OF_ONE), Some(&self.all).filter(|all| all.len() >= OF_ALL)]
            .into_iter()
            .flatten()
            .filter_map(|times| times.front())
            .max();
        if let Some(oldest) = oldest {
            let wait = (*oldest + HOUR).since(now);
            return Err(Wait(Duration::from_millis(wait.unsigned_abs())));
        }
        self.all.push_back(now);
        self.networks.entry(network).or_default().push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_has_ten_wishes_an_hour_and_a_neighbour_its_own() {
        let mut limits = Limits::default();
        let home = Network::parse("2001:db8::1");
        for second in 0..10 {
            assert_eq!(limits.begin(home, At(second * 1000)), Ok(()));
        }
        let same = Network::parse("2001:db8::ffff:2");
        assert_eq!(limits.begin(same, At(10_000)), Err(Wait(Duration::from_secs(3590))));
        assert_eq!(limits.begin(Network::parse("192.0.2.1"), At(10_000)), Ok(()));
        assert_eq!(limits.begin(home, At(0) + HOUR), Ok(()), "the first one counts no more");
    }

    #[test]
    fn all_together_have_three_hundred_and_memory_stays_bounded() {
        let mut limits = Limits::default();
        let network = |number: usize| Network::parse(&format!("10.0.{}.{}", number / 250, number % 250));
        for number in 0..OF_ALL {
            assert_eq!(limits.begin(network(number), At(0)), Ok(()));
        }
        assert_eq!(limits.begin(network(999), At(0)), Err(Wait(HOUR)));
        assert!(limits.networks.len() <= OF_ALL);
        assert_eq!(limits.begin(network(999), At(0) + HOUR), Ok(()));
        assert_eq!((limits.networks.len(), limits.all.len()), (1, 1));
    }
}
