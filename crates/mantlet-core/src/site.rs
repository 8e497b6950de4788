//! [`Site`]: the public face of the application for one request, as the host established it.

use crate::origin::Origin;

/// Where the browser believes it is, established by the host from configuration and the connection,
/// never from a header that a stranger can choose.
///
/// A proxy derives it from its listener's scheme and a Host that passed the list of allowed names (or from a
/// trusted hop's forwarding headers); an application states it when it builds the layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Scheme, host and port in the browser's address bar.
    pub origin: Origin,
    /// Whether the paths of its requests are those that browsers ask for: nothing in front of the host takes a prefix off them or adds
    /// one. Only then is it known which folder a cookie without a Path is for, and which requests are in the folder of one
    /// with a Path. Default: no.
    pub has_browsers_paths: bool,
}

impl From<Origin> for Site {
    fn from(origin: Origin) -> Self {
        Self::new(origin)
    }
}

impl Site {
    /// A site at this origin.
    pub fn new(origin: Origin) -> Self {
        Self { origin, has_browsers_paths: false }
    }

    /// The same site, for a host that browsers reach directly, or through something that leaves [paths](Self::has_browsers_paths) as
    /// they are.
    #[must_use]
    pub fn with_browsers_paths(self) -> Self {
        Self { has_browsers_paths: true, ..self }
    }

    /// Whether the browser reached us over TLS.
    pub fn is_https(&self) -> bool {
        self.origin.scheme() == crate::origin::Scheme::Https
    }

    /// Whether HSTS makes sense: TLS, and a name that is neither an IP address nor local (RFC 6797, section 8.1.1).
    pub(crate) fn may_send_hsts(&self) -> bool {
        self.is_https() && !self.origin.is_ip() && !self.origin.is_loopback_name()
    }
}
