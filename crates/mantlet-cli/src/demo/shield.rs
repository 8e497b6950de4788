//! The shield in front of the demo app: what `mantlet run --upstream` starts when there is no policy file.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use mantlet::Shield;
use mantlet_core::Policy;

use crate::config::{HostName, ServerSection, TlsVersion, UpstreamUrl};
use crate::proxy::{Proxy, Settings};
use crate::tls::{Certificate, CertificateSource};

/// What the certificate and `Host` say.
const NAME: &str = "demo.localhost";

/// The running shield.
pub(super) struct RunningShield {
    proxy: Proxy,
    pub(super) url: String,
}

impl RunningShield {
    pub(super) async fn stop(self) {
        self.proxy.shutdown(Duration::from_millis(500)).await;
    }
}

/// Starts it in front of the app at this address.
pub(super) fn start(listen: Option<SocketAddr>, app: SocketAddr) -> anyhow::Result<RunningShield> {
    let certificate = Certificate::obtain(CertificateSource::Local { names: vec![NAME.to_owned()] })?;
    let tls = certificate.server_config(TlsVersion::Tls12)?;
    let name = HostName::parse(NAME).map_err(anyhow::Error::msg)?;
    let settings = Settings {
        listen: vec![listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))],
        tls: Some(std::sync::Arc::new(tls)),
        threads: 1,
        ..Settings::new(&ServerSection::default(), UpstreamUrl::Tcp(app.to_string()), vec![name])
    };
    let proxy = Proxy::bind(settings, &Shield::new(&Policy::default()))?;
    let port = proxy.local_addrs().first().map_or(0, SocketAddr::port);
    Ok(RunningShield { url: format!("https://{NAME}:{port}"), proxy })
}
