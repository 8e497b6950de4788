//! The front door: which site a request is for, who asks, and what of its head goes no further.
//!
//! 1. The Host (or `:authority`) must be one of the configured names; anything else is 421. From it and from the scheme of
//!    the connection comes the [`Site`] that every guard believes.
//! 2. Forwarding fields count only if a trusted proxy sent them. They are then removed, whoever sent them, and written anew.
//! 3. Fields of the hop are stripped; a Connection line that names a field which guards rely on is refused.
//! 4. The only Upgrade is a complete WebSocket handshake; any other is dropped.

use std::cell::RefCell;
use std::net::IpAddr;

use http::{HeaderMap, HeaderValue, Method, Uri, header, request};
use mantlet_core::forwarded::{ForwardedFields, Hops};
use mantlet_core::origin::{Scheme, split_port};
use mantlet_core::{Origin, Reason, Refusal, Site};
use mantlet_http1::ConnectionOptions;

use crate::config::HostName;

/// What is known of a connection before its first request.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) address: IpAddr,
    pub(crate) scheme: Scheme,
    /// What the application was told about the client with the last request: it hardly ever changes on a connection.
    told: RefCell<Option<(IpAddr, Site, ForwardedFields)>>,
}

impl Visitor {
    pub(crate) fn new(address: IpAddr, scheme: Scheme) -> Self {
        Self { address, scheme, told: RefCell::default() }
    }

    /// Tells the application who asks, and for which site.
    fn introduce(&self, headers: &mut HeaderMap, client: IpAddr, site: &Site) {
        let mut told = self.told.borrow_mut();
        match &*told {
            Some((known, at, fields)) if *known == client && at == site => fields.write(headers),
            _ => {
                let fields = ForwardedFields::new(client, site);
                fields.write(headers);
                *told = Some((client, site.clone(), fields));
            }
        }
    }
}

/// What the front door found out about a request.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) site: Site,
    /// Who asks: the peer, or whom a trusted proxy names.
    pub(crate) client: IpAddr,
    /// The request is a WebSocket handshake.
    pub(crate) websocket: bool,
}

#[derive(Debug)]
pub(crate) struct FrontDoor {
    hops: Hops,
    allowed_hosts: Vec<HostName>,
    /// The site that is named on refusals of requests that name none.
    fallback: Site,
    sites: RefCell<Vec<(Scheme, HeaderValue, Site)>>,
}

/// Sites remembered per worker: one for each Host and scheme in use. Ports are free to choose, so it must have a bound.
const SITES: usize = 64;

impl FrontDoor {
    pub(crate) fn new(hops: Hops, allowed_hosts: Vec<HostName>, fallback: Site) -> Self {
        Self { hops, allowed_hosts, fallback, sites: RefCell::default() }
    }

    pub(crate) fn fallback(&self) -> &Site {
        &self.fallback
    }

    /// Lets a request in: judges and cleans its head.
    pub(crate) fn enter(
        &self,
        visitor: &Visitor,
        parts: &mut request::Parts,
        connection: &ConnectionOptions,
    ) -> Result<Entry, Refusal> {
        let forwarded = self.hops.resolve(visitor.address, &parts.headers)?;
        let scheme = forwarded.proto.unwrap_or(visitor.scheme);
        let site = match &forwarded.host {
            Some(host) => self.site(scheme, host)?,
            None => match parts.headers.get(header::HOST) {
                Some(host) => self.remembered(scheme, host)?,
                None => return Err(Refusal::new(Reason::RequestHost, "no Host")),
            },
        };
        let websocket = handshake(parts, connection)?;
        super::hop_by_hop::strip_request(&mut parts.headers, connection)?;
        if websocket {
            parts.headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        }
        visitor.introduce(&mut parts.headers, forwarded.client, &site);
        Ok(Entry { site, client: forwarded.client, websocket })
    }

    fn remembered(&self, scheme: Scheme, host: &HeaderValue) -> Result<Site, Refusal> {
        let mut sites = self.sites.borrow_mut();
        if let Some((.., site)) = sites.iter().find(|(known, name, _)| *known == scheme && name == host) {
            return Ok(site.clone());
        }
        let text = host.to_str().map_err(|_| Refusal::new(Reason::RequestHost, "not a host name"))?;
        let site = self.site(scheme, text)?;
        if sites.len() >= SITES {
            sites.clear();
        }
        // A copy: the value is a slice of a whole read buffer.
        sites.push((scheme, HeaderValue::from_bytes(host.as_bytes()).unwrap_or_else(|_| host.clone()), site.clone()));
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
    pub(crate) fn https_location(&self, host: Option<&HeaderValue>, uri: &Uri) -> Option<HeaderValue> {
        let site = self.site(Scheme::Https, host?.to_str().ok()?).ok()?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        HeaderValue::try_from(format!("{}{path}", site.origin)).ok()
    }
}

/// Whether the request is a WebSocket handshake (RFC 6455, section 4.1). Other upgrades are not offered: the field is
/// dropped, as a server may (RFC 9110, section 7.8), and the request is served without.
///
/// # Errors
/// An incomplete handshake is one that two servers read in two ways.
fn handshake(parts: &request::Parts, connection: &ConnectionOptions) -> Result<bool, Refusal> {
    let headers = &parts.headers;
    let mut upgrades = headers.get_all(header::UPGRADE).iter();
    let Some(upgrade) = upgrades.next() else {
        return Ok(false);
    };
    let names_websocket = |value: &HeaderValue| {
        value.as_bytes().split(|&byte| byte == b',').any(|token| token.trim_ascii().eq_ignore_ascii_case(b"websocket"))
    };
    if !headers.get_all(header::UPGRADE).iter().any(names_websocket) {
        return Ok(false);
    }
    let complete = upgrades.next().is_none()
        && upgrade.as_bytes().eq_ignore_ascii_case(b"websocket")
        && connection.upgrade
        && parts.method == Method::GET
        && parts.version == http::Version::HTTP_11
        && single(headers, &header::SEC_WEBSOCKET_VERSION) == Some(b"13")
        && single(headers, &header::SEC_WEBSOCKET_KEY).is_some_and(|key| key.len() == 24);
    if complete { Ok(true) } else { Err(Refusal::new(Reason::RequestUpgrade, "an incomplete WebSocket handshake")) }
}

fn single<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value.as_bytes())
}
