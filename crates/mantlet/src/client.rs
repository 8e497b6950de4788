//! [`ClientAddress`]: whose request it is, as far as the host knows.

use std::net::IpAddr;

use http::Extensions;

/// The address of the client, for a host to put into the extensions of a request. Each client then gets no more than its share
/// of the [spool](crate::SpoolSettings), so that none can keep the uploads of all others out; and the [`Events`](crate::Events) name it.
///
/// It has to be certain: the address of the connection or, behind a proxy of yours, the one which that proxy names. Without
/// it only what all uploads hold together is bounded.
///
/// ```
/// use std::net::SocketAddr;
///
/// use axum::extract::{ConnectInfo, Request};
/// use axum::middleware::Next;
/// use axum::response::Response;
/// use mantlet::ClientAddress;
///
/// // Outside of the layer: .layer(MantletLayer::new(…)).layer(middleware::from_fn(client_address))
/// async fn client_address(ConnectInfo(peer): ConnectInfo<SocketAddr>, mut request: Request, next: Next) -> Response {
///     request.extensions_mut().insert(ClientAddress(peer.ip()));
///     next.run(request).await
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What the host has said of a request.
    pub(crate) fn of(extensions: &Extensions) -> Option<IpAddr> {
        extensions.get().map(|Self(address)| *address)
    }
}
