//! Who asks, and for which site, when trusted proxies stand in front of this one (RFC 7239, `X-Forwarded-*`).
//!
//! 1. Nothing is believed of a peer that is not listed. The default is to believe nobody.
//! 2. The chain of addresses is walked from the right, where the nearest hop wrote. The first address that is not a
//!    trusted proxy is the client. What stands left of it the client may have made up, and is not even parsed.
//! 3. Scheme and host are what the hop that met the client says. Several different ones, or two header families that
//!    disagree, mean that one of them came from the client: the request is refused. Where proxies write both, `Forwarded` may
//!    say less (lighttpd names no host in it).
//! 4. The application gets these headers written afresh, and none of the dozens of variants a client can send
//!    ([`rebuild()`]).
//! 5. Some proxies log users in, and say in a field who somebody is (`Remote-User`, `X-Auth-Request-Email`, a client's
//!    certificate), or that this was asked already (`X-Middleware-Subrequest`). Such a field passes unread if a trusted proxy
//!    sent it, and is taken off if anybody else did.

mod element;
mod identity;
mod network;
mod rebuild;

use std::net::{IpAddr, SocketAddr};

use mantlet_fields::{Fields, Known, text};

use crate::origin::{Origin, Scheme, split_port};
use crate::reason::{Reason, Refusal};

pub use network::{InvalidNetwork, Network};
pub use rebuild::{ForwardedFields, rebuild};

/// More proxies than stand one behind the other anywhere; bounds the walk.
const MAX_HOPS: usize = 64;

/// The proxies in front of this one whose word is taken.
#[derive(Debug, Clone, Default)]
pub struct Hops {
    trusted: Box<[Network]>,
}

/// What is known of a request's sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// Who asks: the nearest address that is not a trusted proxy.
    pub client: IpAddr,
    /// The scheme in the browser's address bar, if a trusted hop says.
    pub proto: Option<Scheme>,
    /// The host (and port) in the browser's address bar, if a trusted hop says. A valid authority, as it was written.
    pub host: Option<String>,
    /// A trusted proxy sent it: what it says of its user is to be believed.
    pub by_proxy: bool,
}

impl Forwarded {
    /// Whether `other` says nothing that this does not say.
    fn covers(&self, other: &Self) -> bool {
        self.client == other.client
            && (other.proto.is_none() || other.proto == self.proto)
            && (other.host.is_none() || other.host == self.host)
    }
}

impl Hops {
    /// Proxies in these networks are believed.
    pub fn new(trusted: Vec<Network>) -> Self {
        Self { trusted: trusted.into() }
    }

    /// Finds out who asks. `peer` is the other end of the connection.
    ///
    /// # Errors
    /// [`Reason::RequestMalformed`] when a trusted hop's fields cannot be read in exactly one way.
    pub fn resolve(&self, peer: IpAddr, fields: &Fields) -> Result<Forwarded, Refusal> {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return Ok(Forwarded { client: peer, proto: None, host: None, by_proxy: false });
        }
        let by_x = self.resolve_x_forwarded(peer, fields)?;
        let by_rfc = self.resolve_forwarded(peer, fields)?;
        match (by_x, by_rfc) {
            (Some(by_x), Some(by_rfc)) if !by_x.covers(&by_rfc) => {
                Err(malformed("Forwarded and X-Forwarded-* disagree: one of them is not the proxy's"))
            }
            (Some(found), _) | (None, Some(found)) => Ok(found),
            (None, None) => Ok(Forwarded { client: peer, proto: None, host: None, by_proxy: true }),
        }
    }

    /// Whether this address is a proxy whose word is taken.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    fn resolve_x_forwarded(&self, peer: IpAddr, fields: &Fields) -> Result<Option<Forwarded>, Refusal> {
        let proto = agreed(fields, Known::XForwardedProto)?.map(read_scheme).transpose()?;
        let host = agreed(fields, Known::XForwardedHost)?.map(read_host).transpose()?;
        let mut client = peer;
        let mut hops = fields.all(Known::XForwardedFor).rev().flat_map(|line| line.rsplit(|b| *b == b','));
        let mut walked = 0_usize;
        while self.trusts(client) {
            let Some(entry) = hops.next() else { break };
            walked = walked.saturating_add(1);
            if walked > MAX_HOPS {
                return Err(malformed("X-Forwarded-For names too many proxies"));
            }
            client = trimmed(entry)
                .and_then(read_address)
                .ok_or(malformed("X-Forwarded-For holds no address where a proxy wrote"))?;
        }
        if walked == 0 && proto.is_none() && host.is_none() {
            return Ok(None);
        }
        Ok(Some(Forwarded { client, proto, host, by_proxy: true }))
    }

    fn resolve_forwarded(&self, peer: IpAddr, fields: &Fields) -> Result<Option<Forwarded>, Refusal> {
        let mut elements = Vec::new();
        for line in fields.all(Known::Forwarded) {
            let line = trimmed(line).ok_or(malformed("Forwarded holds bytes that are not ASCII"))?;
            element::parse(line, &mut elements, MAX_HOPS).map_err(|_| malformed("Forwarded breaks its grammar"))?;
        }
        let mut found = None;
        for element in elements.iter().rev() {
            // `unknown` and `_hidden` end the walk: the hop met somebody, and does not say whom.
            let named = element.node.as_deref().and_then(read_address);
            let last = found.as_ref().map_or(peer, |found: &Forwarded| found.client);
            found = Some(Forwarded {
                client: named.unwrap_or(last),
                proto: element.proto.as_deref().map(read_scheme).transpose()?,
                host: element.host.as_deref().map(read_host).transpose()?,
                by_proxy: true,
            });
            if !named.is_some_and(|address| self.trusts(address)) {
                break;
            }
        }
        Ok(found)
    }
}

/// The one value of a field that every hop overwrites or repeats.
fn agreed(fields: &Fields, name: Known) -> Result<Option<&str>, Refusal> {
    let mut values = fields.all(name).flat_map(|line| line.split(|b| *b == b','));
    let Some(first) = values.next() else { return Ok(None) };
    let first = first.trim_ascii();
    if values.any(|value| !value.trim_ascii().eq_ignore_ascii_case(first)) {
        return Err(malformed("X-Forwarded-Proto or X-Forwarded-Host names several"));
    }
    trimmed(first).map(Some).ok_or(malformed("X-Forwarded-Proto or X-Forwarded-Host is not ASCII"))
}

/// The scheme. `wss` and `ws` are how some proxies write it for WebSocket handshakes.
fn read_scheme(text: &str) -> Result<Scheme, Refusal> {
    match text {
        _ if text.eq_ignore_ascii_case("https") || text.eq_ignore_ascii_case("wss") => Ok(Scheme::Https),
        _ if text.eq_ignore_ascii_case("http") || text.eq_ignore_ascii_case("ws") => Ok(Scheme::Http),
        _ => Err(malformed("a trusted proxy names a scheme that is not http or https")),
    }
}

fn read_host(text: &str) -> Result<String, Refusal> {
    let (host, port) = split_port(text).map_err(|_| malformed("a trusted proxy names a host with a broken port"))?;
    Origin::new(Scheme::Https, host, port.unwrap_or(443))
        .map_err(|_| malformed("a trusted proxy names no valid host"))?;
    Ok(text.to_owned())
}

/// An address as proxies write it: bare, or with a port; IPv6 then in brackets.
fn read_address(text: &str) -> Option<IpAddr> {
    let text = text.trim_ascii();
    let address =
        text.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip())).or_else(
            || text.strip_prefix('[')?.strip_suffix(']')?.parse::<std::net::Ipv6Addr>().ok().map(IpAddr::V6),
        )?;
    Some(address.to_canonical())
}

fn trimmed(value: &[u8]) -> Option<&str> {
    text(value).map(str::trim_ascii)
}

fn malformed(what: &'static str) -> Refusal {
    Refusal::new(Reason::RequestMalformed, what)
}

#[cfg(test)]
mod tests;
