//! [`MantletLayer`]: a shield around a tower service, and where in its stack it stands.

use mantlet_core::Site;
use tower_layer::Layer;

use crate::service::MantletService;
use crate::shield::Shield;

/// Puts a [`Shield`] around a service.
///
/// # Where it stands
///
/// Around the whole application. Nothing tells a layer that it stands elsewhere:
///
/// - **Routes** and fallbacks that axum's `Router` gets after `.layer(…)` are outside. Around a router that axum nests, the
///   layer would see paths without their prefix, and no `[[route]]` would match them. So it is best put around a finished
///   router, whose layer then cannot come too early:
///
///   ```
///   use axum::Router;
///   use mantlet::{MantletLayer, Origin, Policy, Shield};
///   use tower::Layer;
///
///   # fn routes() -> Router { Router::new() }
///   let layer = MantletLayer::new(Shield::new(&Policy::default()), Origin::parse("https://shop.example")?);
///   let app: Router = Router::new().fallback_service(layer.layer(routes()));
///   # Ok::<(), mantlet::InvalidOrigin>(())
///   ```
/// - **A proxy in front** may take a prefix off paths as well, and a layer cannot know that there is none. So a session cookie with
///   a folder as its Path, or without one, which is for the folder of the page, keeps its name and is believed under it. Set `Path=/`,
///   or say that the paths are those of browsers: `Site::new(origin).with_browsers_paths()` in place of the origin.
/// - **Inside** belong what sets cookies (sessions, logins), for cookies that are set outside are not hardened; and whatever
///   acts upon a request.
/// - **Outside** belongs what changes the request that the guards are to judge: what normalises paths (tower-http's
///   `NormalizePathLayer`), since a `[[route]]` for `/admin` is not for the `/admin/` that would be made the same inside; and what
///   decompresses bodies (`RequestDecompressionLayer`), if forms are to come compressed. Inside, such a form is refused, and other
///   bodies are counted as they came. A timeout outside holds for slow forms, too.
/// - What compresses responses, limits bodies, traces, or answers CORS preflights may stand on either side. Whatever answers outside
///   (a timeout, a caught panic) answers without security headers.
///
/// The service inside gets the server's body as a [`RequestBody`](crate::RequestBody): `RequestBody<Incoming>` with plain hyper.
/// Routers that take any body, such as axum's, tonic's and warp's, need not know. What takes a body of its own, as salvo does, gets it from
/// tower's `map_request`, between the layer and the service. It may fail with any error. A [`Refusal`](mantlet_core::Refusal) is
/// answered as what it is, all else as `internal.error`, with what it says as the detail: a timeout and a full queue, too, unless something
/// inside answers them, such as axum's `HandleErrorLayer`.
#[derive(Debug, Clone)]
pub struct MantletLayer {
    shield: Shield,
    site: Site,
}

impl MantletLayer {
    /// A layer for the application that browsers know under this [`Origin`](mantlet_core::Origin); or, if more is known of it,
    /// for this [`Site`].
    ///
    /// The origin is stated, never read from the Host of a request: whoever can choose a Host could otherwise choose
    /// which origin counts as the application's own.
    pub fn new(shield: Shield, site: impl Into<Site>) -> Self {
        Self { shield, site: site.into() }
    }
}

impl<S> Layer<S> for MantletLayer {
    type Service = MantletService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        MantletService::new(self.shield.clone(), self.site.clone(), inner)
    }
}
