//! [`MantletLayer`].

use mantlet_core::{Origin, Site};
use tower_layer::Layer;

use crate::service::MantletService;
use crate::shield::Shield;

/// Puts a [`Shield`] around a service.
///
/// Place it outermost: what it refuses must not have been acted upon, and what is added outside of it is not guarded. Around
/// a router that axum nests, it would see paths without their prefix, and no `[[route]]` would match them.
///
/// The service inside gets the server's body as a [`RequestBody`](crate::RequestBody): `RequestBody<Incoming>` with plain hyper.
/// Routers that take any body, such as axum's and warp's, need not know.
#[derive(Debug, Clone)]
pub struct MantletLayer {
    shield: Shield,
    site: Site,
}

impl MantletLayer {
    /// A layer for the application that browsers know under this origin.
    ///
    /// The origin is stated, never read from the Host of a request: whoever can choose a Host could otherwise choose
    /// which origin counts as the application's own.
    pub fn new(shield: Shield, origin: Origin) -> Self {
        Self { shield, site: Site::new(origin) }
    }
}

impl<S> Layer<S> for MantletLayer {
    type Service = MantletService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        MantletService::new(self.shield.clone(), self.site.clone(), inner)
    }
}
