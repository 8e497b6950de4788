//! [`Sites`]: which site a Host names.

use std::cell::RefCell;

use bytes::Bytes;
use mantlet_core::fields::text;
use mantlet_core::origin::{Scheme, split_port};
use mantlet_core::{Origin, Reason, Refusal, Site};

use crate::config::HostName;

/// Sites remembered per worker: one for each Host and scheme in use. Ports are free to choose, so it must have a bound.
const REMEMBERED: usize = 64;

/// The sites that are served.
#[derive(Debug)]
pub(super) struct Sites {
    allowed_hosts: Vec<HostName>,
    /// Those that were asked for, by scheme and Host.
    remembered: RefCell<Vec<(Scheme, Bytes, Site)>>,
}

impl Sites {
    pub(super) fn new(allowed_hosts: Vec<HostName>) -> Self {
        Self { allowed_hosts, remembered: RefCell::default() }
    }

    /// The site of this name and port.
    ///
    /// # Errors
    /// [`Reason::RequestHost`] when it is none of ours.
    pub(super) fn named(&self, scheme: Scheme, host: &str) -> Result<Site, Refusal> {
        let unknown = || Refusal::new(Reason::RequestHost, format!("Host: {}", host.escape_default()));
        let (name, port) = split_port(host).map_err(|_| unknown())?;
        let origin = Origin::new(scheme, name, port.unwrap_or(scheme.default_port())).map_err(|_| unknown())?;
        if !self.allowed_hosts.iter().any(|allowed| allowed.covers(origin.host())) {
            return Err(unknown());
        }
        Ok(Site::new(origin))
    }

    /// The site that a Host field names, as [`Self::named`]. Nearly all requests say the same, so it is remembered.
    pub(super) fn of_field(&self, scheme: Scheme, host: &[u8]) -> Result<Site, Refusal> {
        let mut remembered = self.remembered.borrow_mut();
        if let Some((.., site)) = remembered.iter().find(|(known, name, _)| *known == scheme && name == host) {
            return Ok(site.clone());
        }
        let name = text(host).ok_or(Refusal::new(Reason::RequestHost, "not a host name"))?;
        let site = self.named(scheme, name)?;
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.push((scheme, Bytes::copy_from_slice(host), site.clone()));
        Ok(site)
    }
}
