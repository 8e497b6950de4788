//! The front door: which site a request is for, which client sent it, and which of its fields go no further.
//!
//! 1. The Host (or `:authority`) must be one of the configured names; anything else is 421. From it and from the scheme of
//!    the connection comes the [`Site`] that every guard believes.
//! 2. Forwarding fields count only if a trusted proxy sent them. They are then removed, whoever sent them, and written anew.
//! 3. Fields of the hop are stripped; a Connection line that names a field which guards rely on is refused.
//! 4. The only Upgrade is a complete WebSocket handshake; any other is dropped.
//! 5. There must be a place for one more request, and for one more of this client.

use std::cell::{OnceCell, RefCell};
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Version};
use mantlet::pool::{Client, Pool, Share};
use mantlet::{Head, Witness};
use mantlet_core::fields::{Fields, Known, text};
use mantlet_core::forwarded::{Forwarded, ForwardedFields, Hops};
use mantlet_core::origin::{Scheme, split_port};
use mantlet_core::{Note, NoteKind, Origin, Reason, Refusal, Site};
use mantlet_http1::ConnectionOptions;

use super::access_log::Line;
use crate::config::HostName;

/// The other end of a connection: a client, or a proxy in front of us.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    pub(crate) scheme: Scheme,
    /// The forwarding fields of the last request: they hardly ever change on a connection.
    forwarded: RefCell<Option<(IpAddr, Site, ForwardedFields)>>,
    /// Its share of the places for requests.
    client: OnceCell<Client>,
}

impl Peer {
    pub(crate) fn new(address: IpAddr, scheme: Scheme) -> Self {
        Self { address, scheme, forwarded: RefCell::default(), client: OnceCell::new() }
    }

    /// Writes the forwarding fields: who asks, and for which site.
    fn write_forwarded(&self, fields: &mut Fields, asking: &Forwarded, site: &Site, line: &mut Line) {
        let mut last = self.forwarded.borrow_mut();
        let claimed_identity = match &*last {
            Some((client, at, written)) if *client == asking.client && at == site => written.write(fields),
            _ => {
                let new = ForwardedFields::new(asking, site);
                let claimed_identity = new.write(fields);
                *last = Some((asking.client, site.clone(), new));
                claimed_identity
            }
        };
        if claimed_identity {
            line.noted(&Note::new(NoteKind::RequestIdentityRemoved, ""));
        }
    }
}

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
    allowed_hosts: Vec<HostName>,
    /// The site of a refusal to a request that names none.
    fallback: Site,
    sites: RefCell<Vec<(Scheme, Bytes, Site)>>,
    requests: Arc<Pool>,
}

/// Sites remembered per worker: one for each Host and scheme in use. Ports are free to choose, so it must have a bound.
const SITES: usize = 64;

impl FrontDoor {
    pub(crate) fn new(hops: Hops, allowed_hosts: Vec<HostName>, fallback: Site, requests: Arc<Pool>) -> Self {
        Self { hops, allowed_hosts, fallback, sites: RefCell::default(), requests }
    }

    pub(crate) fn fallback(&self) -> &Site {
        &self.fallback
    }

    /// Lets a request in: judges and cleans its head. Its line learns who asks: the peer, or whom a trusted proxy names.
    pub(crate) fn enter(&self, peer: &Peer, head: &mut Head, hop: &Hop, line: &mut Line) -> Result<Entry, Refusal> {
        let forwarded = self.hops.resolve(peer.address, &head.fields)?;
        // Before anything is refused: its line is to say who asked.
        line.asked_by(forwarded.client);
        let scheme = forwarded.proto.unwrap_or(peer.scheme);
        let site = match &forwarded.host {
            Some(host) => self.site(scheme, host)?,
            None => match head.fields.get(Known::Host) {
                Some(host) => self.remembered(scheme, host)?,
                None => return Err(Refusal::new(Reason::RequestHost, "no Host")),
            },
        };
        let is_handshake = is_handshake(head, hop)?;
        super::hop_by_hop::strip_request(&mut head.fields, &hop.options)?;
        if is_handshake {
            // This cannot fail: the value was made of what fields may hold.
            let _ = head.fields.set_value(Known::Upgrade, b"websocket");
        }
        let place = self.place(peer, forwarded.client)?;
        peer.write_forwarded(&mut head.fields, &forwarded, &site, line);
        Ok(Entry { site, place })
    }

    /// The one client that has this address. `None`: a trusted proxy, which speaks for many.
    pub(crate) fn one(&self, address: IpAddr) -> Option<IpAddr> {
        (!self.hops.trusts(address.to_canonical())).then_some(address)
    }

    fn place(&self, peer: &Peer, client: IpAddr) -> Result<Share, Refusal> {
        let taken = if client == peer.address {
            peer.client.get_or_init(|| self.requests.client(self.one(client))).take(1)
        } else {
            self.requests.client(self.one(client)).take(1)
        };
        taken.map_err(|full| Refusal::new(Reason::RequestTooMany, format!("places: {full}")))
    }

    fn remembered(&self, scheme: Scheme, host: &[u8]) -> Result<Site, Refusal> {
        let mut sites = self.sites.borrow_mut();
        if let Some((.., site)) = sites.iter().find(|(known, name, _)| *known == scheme && name == host) {
            return Ok(site.clone());
        }
        let name = text(host).ok_or(Refusal::new(Reason::RequestHost, "not a host name"))?;
        let site = self.site(scheme, name)?;
        if sites.len() >= SITES {
            sites.clear();
        }
        sites.push((scheme, Bytes::copy_from_slice(host), site.clone()));
        Ok(site)
    }

    fn site(&self, scheme: Scheme, host: &str) -> Result<Site, Refusal> {
        let unknown = || Refusal::new(Reason::RequestHost, format!("Host: {}", host.escape_default()));
        let (name, port) = split_port(host).map_err(|_| unknown())?;
        let origin = Origin::new(scheme, name, port.unwrap_or(scheme.default_port())).map_err(|_| unknown())?;
        if !self.allowed_hosts.iter().any(|allowed| allowed.covers(origin.host())) {
            return Err(unknown());
        }
        Ok(Site::new(origin))
    }

    /// Where a request that came over plain HTTP to a TLS port should have gone. `None`: to no name we know.
    pub(crate) fn https_location(&self, head: &Head) -> Option<String> {
        let Head { uri, fields, .. } = head;
        let site = self.site(Scheme::Https, fields.get_str(Known::Host)?).ok()?;
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
