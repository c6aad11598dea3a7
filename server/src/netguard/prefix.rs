//! Address prefixes and the table of what is special.

use super::policy::AddressClass;
use AddressClass as Class;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An address and how many of its leading bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    first: IpAddr,
    length: u8,
}

/// A text that is not a prefix in canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write it as ADDRESS or ADDRESS/BITS, without bits set behind the prefix")]
pub struct InvalidPrefix;

impl Prefix {
    const fn v4(first: [u8; 4], length: u8) -> Self {
        Self { first: IpAddr::V4(Ipv4Addr::from_octets(first)), length }
    }

    const fn v6(first: [u16; 8], length: u8) -> Self {
        Self { first: IpAddr::V6(Ipv6Addr::from_segments(first)), length }
    }

    /// Whether the address lies within. Families never mix.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                (first.to_bits() ^ address.to_bits()).checked_shr(32 - u32::from(self.length)).unwrap_or(0) == 0
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                (first.to_bits() ^ address.to_bits()).checked_shr(128 - u32::from(self.length)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }

    /// Whether some address lies in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        if self.length <= other.length { self.contains(other.first) } else { other.contains(self.first) }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = if self.first.is_ipv4() { 32 } else { 128 };
        if self.length == whole { self.first.fmt(f) } else { write!(f, "{}/{}", self.first, self.length) }
    }
}

impl FromStr for Prefix {
    type Err = InvalidPrefix;

    fn from_str(text: &str) -> Result<Self, InvalidPrefix> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let first: IpAddr = address.parse().map_err(|_| InvalidPrefix)?;
        let whole: u8 = if first.is_ipv4() { 32 } else { 128 };
        let length = match bits {
            None => whole,
            Some(bits) if bits.bytes().all(|b| b.is_ascii_digit()) => bits.parse().map_err(|_| InvalidPrefix)?,
            Some(_) => return Err(InvalidPrefix),
        };
        if length > whole || !no_bits_behind(first, length) {
            return Err(InvalidPrefix);
        }
        Ok(Self { first, length })
    }
}

fn no_bits_behind(address: IpAddr, length: u8) -> bool {
    match address {
        IpAddr::V4(address) => address.to_bits().checked_shl(u32::from(length)).unwrap_or(0) == 0,
        IpAddr::V6(address) => address.to_bits().checked_shl(u32::from(length)).unwrap_or(0) == 0,
    }
}

/// Addresses that the server never asks, by the IANA special-purpose registries and the clouds' own manuals.
/// The first match names the class, so narrow entries stand before wide ones.
pub(super) const HARD_DENY: &[(Prefix, Class)] = &[
    (Prefix::v4([0, 0, 0, 0], 8), Class::Unspecified),
    (Prefix::v4([169, 254, 0, 0], 16), Class::LinkLocal),
    (Prefix::v4([100, 100, 100, 200], 32), Class::Metadata),
    (Prefix::v4([168, 63, 129, 16], 32), Class::Metadata),
    (Prefix::v4([192, 0, 0, 192], 32), Class::Metadata),
    (Prefix::v4([192, 0, 0, 0], 24), Class::Protocol),
    (Prefix::v4([192, 0, 2, 0], 24), Class::Documentation),
    (Prefix::v4([198, 51, 100, 0], 24), Class::Documentation),
    (Prefix::v4([203, 0, 113, 0], 24), Class::Documentation),
    (Prefix::v4([192, 88, 99, 0], 24), Class::Transition),
    (Prefix::v4([198, 18, 0, 0], 15), Class::Benchmark),
    (Prefix::v4([224, 0, 0, 0], 4), Class::Multicast),
    (Prefix::v4([240, 0, 0, 0], 4), Class::Reserved),
    (Prefix::v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128), Class::Metadata),
    (Prefix::v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128), Class::Metadata),
    (Prefix::v6([0, 0, 0, 0, 0, 0, 0, 0], 128), Class::Unspecified),
    (Prefix::v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), Class::LinkLocal),
    (Prefix::v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), Class::Multicast),
    (Prefix::v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), Class::Documentation),
    (Prefix::v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), Class::Documentation),
    (Prefix::v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48), Class::Benchmark),
    (Prefix::v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), Class::Protocol),
    (Prefix::v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), Class::Transition),
    (Prefix::v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96), Class::Transition),
    (Prefix::v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96), Class::Transition),
    (Prefix::v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), Class::Transition),
    (Prefix::v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), Class::Reserved),
    (Prefix::v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16), Class::Reserved),
    (Prefix::v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), Class::Reserved),
];

/// `::1` lies within the IPv4-compatible block and is judged before it.
pub(super) const PRIVATE: &[(Prefix, Class)] = &[
    (Prefix::v4([127, 0, 0, 0], 8), Class::Loopback),
    (Prefix::v4([10, 0, 0, 0], 8), Class::Private),
    (Prefix::v4([172, 16, 0, 0], 12), Class::Private),
    (Prefix::v4([192, 168, 0, 0], 16), Class::Private),
    (Prefix::v4([100, 64, 0, 0], 10), Class::Private),
    (Prefix::v6([0, 0, 0, 0, 0, 0, 0, 1], 128), Class::Loopback),
    (Prefix::v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Class::Private),
];

/// The only IPv6 space that is public at all.
const GLOBAL_V6: Prefix = Prefix::v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
const COMPATIBLE_V6: Prefix = Prefix::v6([0, 0, 0, 0, 0, 0, 0, 0], 96);
const NAT64: Prefix = Prefix::v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);
const MAPPED: Prefix = Prefix::v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96);

/// What the address is.
pub fn classify(address: IpAddr) -> AddressClass {
    let found = |table: &[(Prefix, Class)]| table.iter().find(|(p, _)| p.contains(address)).map(|(_, class)| *class);
    if let Some(class) = found(HARD_DENY).or_else(|| found(PRIVATE)) {
        return class;
    }
    match address {
        IpAddr::V4(_) => Class::Public,
        IpAddr::V6(_) if GLOBAL_V6.contains(address) => Class::Public,
        IpAddr::V6(_) if COMPATIBLE_V6.contains(address) => Class::Transition,
        IpAddr::V6(_) => Class::Reserved,
    }
}

/// The IPv4 address inside a NAT64 address of the well-known prefix.
pub(super) fn inside_nat64(address: IpAddr) -> Option<IpAddr> {
    if NAT64.contains(address) { last_four(address) } else { None }
}

/// The IPv4 address inside any address that only wraps one (mapped, compatible, NAT64).
pub(super) fn wrapped(address: IpAddr) -> Option<IpAddr> {
    let wraps = NAT64.contains(address)
        || MAPPED.contains(address)
        || (COMPATIBLE_V6.contains(address) && classify(address) == Class::Transition);
    if wraps { last_four(address) } else { None }
}

fn last_four(address: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(address) = address else { return None };
    let [.., a, b, c, d] = address.octets();
    Some(Ipv4Addr::new(a, b, c, d).into())
}

/// The hard-deny entry that a prefix of the allow list would open, if any.
pub(super) fn denied_part(prefix: &Prefix) -> Option<Prefix> {
    if let Some((denied, _)) = HARD_DENY.iter().find(|(denied, _)| denied.overlaps(prefix)) {
        return Some(*denied);
    }
    let positive = prefix.first.is_ipv4()
        || prefix.length >= 3 && GLOBAL_V6.contains(prefix.first)
        || PRIVATE.iter().any(|(private, _)| private.length <= prefix.length && private.overlaps(prefix));
    if positive { None } else { Some(*prefix) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(address: &str) -> Class {
        classify(address.parse().unwrap())
    }

    #[test]
    fn edges_of_blocks_fall_on_the_right_side() {
        for (address, expected) in [
            ("9.255.255.255", Class::Public),
            ("10.0.0.0", Class::Private),
            ("11.0.0.0", Class::Public),
            ("100.63.255.255", Class::Public),
            ("100.64.0.0", Class::Private),
            ("100.100.100.200", Class::Metadata),
            ("169.253.255.255", Class::Public),
            ("169.254.169.254", Class::LinkLocal),
            ("126.255.255.255", Class::Public),
            ("127.0.0.1", Class::Loopback),
            ("192.0.0.192", Class::Metadata),
            ("192.0.1.0", Class::Public),
            ("198.17.255.255", Class::Public),
            ("198.20.0.0", Class::Public),
            ("255.255.255.255", Class::Reserved),
            ("::1", Class::Loopback),
            ("::2", Class::Transition),
            ("::", Class::Unspecified),
            ("1fff::", Class::Reserved),
            ("2000::", Class::Public),
            ("2001:200::", Class::Public),
            ("2001:1ff::", Class::Protocol),
            ("3ffe:ffff::", Class::Public),
            ("3fff:fff::", Class::Documentation),
            ("3fff:1000::", Class::Public),
            ("4000::", Class::Reserved),
            ("fd12::1", Class::Private),
            ("fd00:ec2::254", Class::Metadata),
            ("fe80::1", Class::LinkLocal),
            ("fec0::1", Class::Reserved),
        ] {
            assert_eq!(class(address), expected, "{address}");
        }
    }

    #[test]
    fn prefixes_are_canonical_or_refused() {
        for good in ["10.0.0.0/8", "0.0.0.0/0", "::/0", "fd12:3456:789a::/48", "127.0.0.1", "::1"] {
            assert_eq!(good.parse::<Prefix>().unwrap().to_string(), good);
        }
        for bad in ["10.0.0.1/8", "10.0.0.0/33", "10.0.0/8", "::1/64", "10.0.0.0/+8", "10.0.0.0/", "", "x/8"] {
            assert_eq!(bad.parse::<Prefix>(), Err(InvalidPrefix), "{bad}");
        }
    }

    #[test]
    fn an_allow_list_cannot_open_what_is_denied() {
        for (prefix, opens) in [
            ("10.0.0.0/8", false),
            ("127.0.0.0/8", false),
            ("0.0.0.0/0", true),
            ("169.254.169.254", true),
            ("168.0.0.0/6", true),
            ("100.64.0.0/10", true),
            ("100.64.0.0/16", false),
            ("fd12::/16", false),
            ("fd00::/8", true),
            ("::1", false),
            ("::/96", true),
            ("4000::/3", true),
            ("2600::/16", false),
        ] {
            assert_eq!(denied_part(&prefix.parse().unwrap()).is_some(), opens, "{prefix}");
        }
    }
}
