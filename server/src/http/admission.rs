//! Counting what each client address holds, so that none takes everything.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts holders by address and in all. Cheap to clone; clones count together.
#[derive(Debug, Clone)]
pub(super) struct Admission {
    total: usize,
    per_address: usize,
    counts: Arc<Mutex<Counts>>,
}

/// Never larger than `total`: an address without holders has no entry.
#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One holder; dropping it gives the place back.
#[derive(Debug)]
pub(super) struct Place {
    of: Admission,
    address: Option<IpAddr>,
}

/// Why nobody more is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// All places are taken.
    Total,
    /// This address has taken its share.
    Address,
}

impl Admission {
    /// At most `total` holders, `per_address` of one address.
    pub(super) fn new(total: usize, per_address: usize) -> Self {
        Self { total, per_address, counts: Arc::default() }
    }

    /// Lets one in. `None` as address counts towards the total only (a trusted proxy speaks for many).
    pub(super) fn enter(&self, address: Option<IpAddr>) -> Result<Place, Full> {
        let address = address.map(network_of);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= self.total {
            return Err(Full::Total);
        }
        if let Some(address) = address {
            let held = counts.by_address.entry(address).or_default();
            if *held >= self.per_address {
                return Err(Full::Address);
            }
            *held += 1;
        }
        counts.all += 1;
        drop(counts);
        Ok(Place { of: self.clone(), address })
    }

    /// Holders now.
    #[cfg(test)]
    fn held(&self) -> usize {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.of.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(held) = counts.by_address.get_mut(&address) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                counts.by_address.remove(&address);
            }
        }
    }
}

/// The address that counts: IPv4 as it is, IPv6 by its /64, which one customer holds whole.
pub(super) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let s = v6.segments();
            IpAddr::V6(Ipv6Addr::new(s[0], s[1], s[2], s[3], 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_everything() -> Result<(), Full> {
        let admission = Admission::new(3, 2);
        let address: IpAddr = IpAddr::from([192, 0, 2, 1]);
        let first = admission.enter(Some(address))?;
        let _second = admission.enter(Some(address))?;
        assert_eq!(admission.enter(Some(address)).err(), Some(Full::Address));
        let _other = admission.enter(Some(IpAddr::from([192, 0, 2, 2])))?;
        assert_eq!(admission.enter(Some(IpAddr::from([192, 0, 2, 3]))).err(), Some(Full::Total));
        drop(first);
        let _again = admission.enter(Some(address))?;
        assert_eq!(admission.held(), 3);
        Ok(())
    }

    #[test]
    fn a_trusted_proxy_counts_towards_the_total_only() -> Result<(), Full> {
        let admission = Admission::new(2, 1);
        let _places = (admission.enter(None)?, admission.enter(None)?);
        assert_eq!(admission.enter(None).err(), Some(Full::Total));
        Ok(())
    }

    #[test]
    fn the_map_forgets_who_left() -> Result<(), Full> {
        let admission = Admission::new(1000, 1);
        for n in 0..1000_u16 {
            drop(admission.enter(Some(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, n, 0, 0, 0, 0, 1))))?);
        }
        assert!(admission.counts.lock().unwrap().by_address.is_empty());
        Ok(())
    }

    #[test]
    fn addresses_of_one_network_count_as_one() {
        let first: IpAddr = "2001:db8:1:2::1".parse().unwrap();
        let second: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
        assert_eq!(network_of(first), network_of(second));
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(network_of(mapped), IpAddr::from([192, 0, 2, 1]));
    }
}
