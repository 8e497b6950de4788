//! [`Peer`]: the other end of a connection, and what is the same for all requests that come over it.

use std::cell::RefCell;
use std::net::IpAddr;

use mantlet::pool::Client;
use mantlet_core::Site;
use mantlet_core::fields::Fields;
use mantlet_core::forwarded::{Forwarded, ForwardedFields};
use mantlet_core::origin::Scheme;

/// A client, or a proxy in front of us.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    pub(crate) scheme: Scheme,
    /// Its share of the places for requests.
    pub(super) client: Client,
    /// What the application was told of the last request: it hardly ever changes on a connection.
    last: RefCell<Option<Told>>,
}

/// The forwarding fields of whoever asks for a site.
#[derive(Debug)]
struct Told {
    client: IpAddr,
    site: Site,
    fields: ForwardedFields,
}

impl Peer {
    pub(super) fn new(address: IpAddr, scheme: Scheme, client: Client) -> Self {
        Self { address, scheme, client, last: RefCell::default() }
    }

    /// Writes the forwarding fields: who asks, and for which site. True when a client itself said who its user is.
    pub(super) fn write_forwarded(&self, fields: &mut Fields, asking: &Forwarded, site: &Site) -> bool {
        let mut last = self.last.borrow_mut();
        match &*last {
            Some(told) if told.client == asking.client && told.site == *site => told.fields.write(fields),
            _ => {
                let told =
                    Told { client: asking.client, site: site.clone(), fields: ForwardedFields::new(asking, site) };
                last.insert(told).fields.write(fields)
            }
        }
    }
}
