//! [`Network`]: the addresses of trusted proxies.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A range of addresses in CIDR notation: `10.0.0.0/8`, `fd00::/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    /// Without the bits that `prefix` leaves open.
    bits: u128,
    /// Counted in the 128 bits of an IPv6 address; IPv4 lies at `::ffff:0:0/96`.
    prefix: u32,
}

/// Text that is not a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidNetwork(String);

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidNetwork {}

impl Network {
    /// Whether the address lies in it. IPv4 addresses that a dual-stack socket shows as IPv6 count as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        bits(address) & mask(self.prefix) == self.bits
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self { bits: bits(address), prefix: 128 }
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    /// Reads a network. One whose address has bits beyond its prefix is a mistake, and which one cannot be known.
    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let invalid = || InvalidNetwork(format!("not an address or network: {text:?} (write 10.0.0.0/8 or 10.0.0.1)"));
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let Some(length) = length else {
            return Ok(address.into());
        };
        let (before, width) = if address.is_ipv4() { (96, 32) } else { (0, 128) };
        let length: u32 = length.parse().ok().filter(|length| *length <= width).ok_or_else(invalid)?;
        let network = Self { bits: bits(address), prefix: length.saturating_add(before) };
        if network.bits & !mask(network.prefix) != 0 {
            return Err(InvalidNetwork(format!(
                "{text:?} has bits beyond its prefix: one address, or a wider network?"
            )));
        }
        Ok(network)
    }
}

#[cfg(feature = "toml")]
impl<'de> serde::Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn mask(prefix: u32) -> u128 {
    u128::MAX.checked_shl(128_u32.saturating_sub(prefix)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses_and_no_others() {
        for (network, address, expected) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert_eq!(parsed.contains(address.parse().unwrap()), expected, "{address} in {network}");
        }
    }

    #[test]
    fn mistakes_are_not_networks() {
        for text in
            ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "10.0.0.5/8", "fd00::/129", "proxy.example", "10.0.0.0/-1"]
        {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
