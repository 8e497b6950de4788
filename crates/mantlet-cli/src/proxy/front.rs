//! The front door: which site a request is for, which client sent it, and which of its fields go no further.
//!
//! 1. The Host (or `:authority`) must be one of the configured names; anything else is 421. From it and from the scheme of
//!    the connection comes the [`Site`] that every guard believes.
//! 2. Forwarding fields count only if a trusted proxy sent them. They are then removed, whoever sent them, and written anew.
//! 3. Fields of the hop are stripped; a Connection line that names a field which guards rely on is refused.
//! 4. The only Upgrade is a complete WebSocket handshake; any other is dropped.
//! 5. There must be a place for one more request, and for one more of this client.

use std::net::IpAddr;
use std::sync::Arc;

use http::{Method, Version};
use mantlet::pool::{Pool, Share};
use mantlet::{Head, Witness};
use mantlet_core::fields::Known;
use mantlet_core::forwarded::Hops;
use mantlet_core::origin::Scheme;
use mantlet_core::{Note, NoteKind, Reason, Refusal, Site};
use mantlet_http1::ConnectionOptions;

use super::access_log::Line;
use super::peer::Peer;
use super::sites::Sites;
use crate::config::HostName;

/// What a request says about the connection that it came on.
#[derive(Debug)]
pub(crate) struct Hop {
    pub(crate) version: Version,
    pub(crate) options: ConnectionOptions,
    pub(crate) has_body: bool,
}

/// What the front door found out about a request.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) site: Site,
    /// To be kept until the answer has left.
    pub(crate) place: Share,
}

#[derive(Debug)]
pub(crate) struct FrontDoor {
    hops: Hops,
    sites: Sites,
    /// The site of a refusal to a request that names none, over http and over https.
    fallbacks: [Site; 2],
    requests: Arc<Pool>,
}

impl FrontDoor {
    pub(crate) fn new(hops: Hops, allowed_hosts: Vec<HostName>, fallbacks: [Site; 2], requests: Arc<Pool>) -> Self {
        Self { hops, sites: Sites::new(allowed_hosts), fallbacks, requests }
    }

    /// The site of an answer to this peer that no site has given.
    pub(crate) fn fallback(&self, peer: &Peer) -> &Site {
        let [http, https] = &self.fallbacks;
        match peer.scheme {
            Scheme::Http => http,
            Scheme::Https => https,
        }
    }

    /// The other end of a connection that begins.
    pub(crate) fn peer(&self, address: IpAddr, scheme: Scheme) -> Peer {
        Peer::new(address, scheme, self.requests.client(self.one(address)))
    }

    /// Lets a request in: judges and cleans its head. Its line learns who asks: the peer, or whom a trusted proxy names.
    pub(crate) fn enter(&self, peer: &Peer, head: &mut Head, hop: &Hop, line: &mut Line) -> Result<Entry, Refusal> {
        let forwarded = self.hops.resolve(peer.address, &head.fields)?;
        // Before anything is refused: its line is to say who asked.
        line.asked_by(forwarded.client);
        let scheme = forwarded.proto.unwrap_or(peer.scheme);
        let site = match &forwarded.host {
            Some(host) => self.sites.named(scheme, host)?,
            None => match head.fields.get(Known::Host) {
                Some(host) => self.sites.of_field(scheme, host)?,
                None => return Err(Refusal::new(Reason::RequestHost, "no Host")),
            },
        };
        // A proxy in front may have taken a prefix off the path.
        let site = if forwarded.by_proxy { site } else { site.with_browsers_paths() };
        let is_handshake = is_handshake(head, hop)?;
        super::hop_by_hop::strip_request(&mut head.fields, &hop.options)?;
        if is_handshake {
            // This cannot fail: the value was made of what fields may hold.
            let _ = head.fields.set_value(Known::Upgrade, b"websocket");
        }
        let place = if forwarded.client == peer.address {
            peer.client.take(1)
        } else {
            self.requests.client(self.one(forwarded.client)).take(1)
        };
        let place = place.map_err(|full| Refusal::new(Reason::RequestTooMany, format!("places: {full}")))?;
        if peer.write_forwarded(&mut head.fields, &forwarded, &site) {
            line.noted(&Note::new(NoteKind::RequestIdentityRemoved, ""));
        }
        Ok(Entry { site, place })
    }

    /// The one client that has this address. `None`: a trusted proxy, which speaks for many.
    pub(crate) fn one(&self, address: IpAddr) -> Option<IpAddr> {
        (!self.hops.trusts(address.to_canonical())).then_some(address)
    }

    /// Where a request that came over plain HTTP to a TLS port should have gone. `None`: to no name we know.
    pub(crate) fn https_location(&self, head: &Head) -> Option<String> {
        let Head { uri, fields, .. } = head;
        let site = self.sites.named(Scheme::Https, fields.get_str(Known::Host)?).ok()?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Some(format!("{}{path}", site.origin))
    }
}

/// Whether the request is a WebSocket handshake (RFC 6455, section 4.1). Other upgrades are not offered: the field is
/// dropped, as a server may (RFC 9110, section 7.8), and the request is served without.
///
/// # Errors
/// An incomplete handshake is one that two servers read in two ways. So is one with a body: that comes first, or belongs to
/// the tunnel already.
fn is_handshake(head: &Head, hop: &Hop) -> Result<bool, Refusal> {
    let fields = &head.fields;
    let names_websocket = |value: &[u8]| {
        value.split(|&byte| byte == b',').any(|token| token.trim_ascii().eq_ignore_ascii_case(b"websocket"))
    };
    if !fields.all(Known::Upgrade).any(names_websocket) {
        return Ok(false);
    }
    let complete = fields.only(Known::Upgrade).is_some_and(|value| value.eq_ignore_ascii_case(b"websocket"))
        && hop.options.upgrade
        && head.method == Method::GET
        && hop.version == Version::HTTP_11
        && fields.only(Known::SecWebsocketVersion) == Some(b"13")
        && fields.only(Known::SecWebsocketKey).is_some_and(|key| key.len() == 24);
    let refused = |what| Err(Refusal::new(Reason::RequestUpgrade, what));
    match (complete, hop.has_body) {
        (true, false) => Ok(true),
        (true, true) => refused("a WebSocket handshake with a body"),
        (false, _) => refused("an incomplete WebSocket handshake"),
    }
}
