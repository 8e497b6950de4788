//! The proxy: the driver over the application, with a strict front door before it.
//!
//! The way of a request, top to bottom:
//!
//! 1. [`worker`]: a thread per core accepts the connection and ends TLS; [`handshake`] is how that begins.
//! 2. [`http1`] reads the request with our own strict codec; [`http2`] leaves that to h2.
//! 3. [`front`] decides which site it is for and who asks, and strips what is not to go further.
//! 4. [`mantlet::Shield::carry`] lets the guards judge it: the same driver that Rust applications go through. No guard knows
//!    that it runs in a proxy, and nothing in here knows what a guard looks for.
//! 5. [`upstream`] puts it on a connection to the application.
//!
//! The response takes the same way back. [`watch`] keeps the time, [`patience`] that of clients, [`buffers`] the memory,
//! [`front`] and [`worker`] count how many there are at once, [`access_log`] tells what became of it.

mod access_log;
mod buffers;
mod client_body;
mod date;
mod front;
mod handshake;
mod hop_by_hop;
mod http1;
mod http2;
mod patience;
mod refused;
mod tunnel;
mod upstream;
mod watch;
mod wire;
mod worker;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use mantlet::pool::Pool;
use mantlet::{Origin, Shield, Site};
use mantlet_core::forwarded::Network;
use mantlet_core::origin::Scheme;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::watch as orders;

pub(crate) use access_log::{AccessLogSettings, Lines};
pub(crate) use upstream::Address;
use worker::{Order, Shared, Worker};

use crate::config::{HostName, ServerSection};

/// Connections that wait to be accepted, per listener and worker.
const BACKLOG: i32 = 1024;

/// A client may have as many connections as are free. They cost little, and behind one address may be many people.
const OF_CONNECTIONS: u64 = 1;

/// A client may have a quarter as many requests in flight as are free: each holds a connection to the application.
const OF_REQUESTS: u64 = 4;

/// A client may have as many wide windows as are free. Without one an upload is slower, that is all.
const OF_WIDE_WINDOWS: u64 = 1;

/// Everything a proxy has to know. What can change while it runs is in the [`Shield`].
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) listen: Vec<SocketAddr>,
    /// `None`: plain HTTP.
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
    pub(crate) upstream: Address,
    pub(crate) trusted_proxies: Vec<Network>,
    /// Host names that are served. Everything else gets 421.
    pub(crate) allowed_hosts: Vec<HostName>,
    /// Answer plain HTTP on the TLS port with a redirect.
    pub(crate) redirect_http: bool,
    /// Bytes of a request's head.
    pub(crate) max_header_size: usize,
    /// For a whole head, and for the TLS handshake.
    pub(crate) header_timeout: Duration,
    /// Between two reads of a request's body, and two writes of a response.
    pub(crate) body_timeout: Duration,
    /// For the application's answer, and between two reads of it.
    pub(crate) upstream_timeout: Duration,
    /// Between two requests on a connection.
    pub(crate) idle_timeout: Duration,
    /// Without a byte in either direction of a WebSocket.
    pub(crate) websocket_timeout: Duration,
    /// Connections of clients.
    pub(crate) max_connections: usize,
    /// Requests in flight, and with them connections to the application.
    pub(crate) max_requests: usize,
    pub(crate) threads: usize,
    pub(crate) log: AccessLogSettings,
}

impl Settings {
    /// What `[server]` says; over plain HTTP and without a log, for this many threads.
    pub(crate) fn new(server: &ServerSection, threads: usize, upstream: Address, allowed_hosts: Vec<HostName>) -> Self {
        Self {
            listen: Vec::new(),
            tls: None,
            upstream,
            trusted_proxies: server.trusted_proxies.clone(),
            allowed_hosts,
            redirect_http: true,
            max_header_size: usize::try_from(server.max_header_size.get()).unwrap_or(usize::MAX),
            header_timeout: server.header_timeout,
            body_timeout: server.body_timeout,
            upstream_timeout: server.upstream_timeout,
            idle_timeout: server.idle_timeout,
            websocket_timeout: server.websocket_timeout,
            max_connections: server.max_connections.get(),
            max_requests: server.max_requests.get(),
            threads,
            log: AccessLogSettings::default(),
        }
    }

    /// The site on whose behalf requests are refused that name none: the first name we have.
    fn fallback_site(&self) -> Site {
        let scheme = if self.tls.is_some() { Scheme::Https } else { Scheme::Http };
        let port = self.listen.first().map_or(scheme.default_port(), SocketAddr::port);
        let name = self.allowed_hosts.first().map(HostName::in_url).unwrap_or_default();
        let name = name.trim_start_matches("*.");
        Site::new(Origin::new(scheme, name, port).unwrap_or_else(|_| Origin::localhost(scheme)))
    }
}

/// A proxy that serves.
#[derive(Debug)]
pub(crate) struct Proxy {
    addresses: Vec<SocketAddr>,
    orders: orders::Sender<Order>,
    workers: Vec<std::thread::JoinHandle<()>>,
}

impl Proxy {
    /// Opens the listeners and starts the workers. Connections are accepted when this returns.
    ///
    /// # Errors
    /// When a listener cannot be opened, or a thread not be started.
    pub(crate) fn bind(settings: Settings, shield: &Shield) -> io::Result<Self> {
        let addresses = settings.listen.iter().map(|address| claim(*address)).collect::<io::Result<Vec<_>>>()?;
        let settings = Arc::new(Settings { listen: addresses.clone(), ..settings });
        let shared = Shared {
            shield: shield.clone(),
            connections: Pool::new(settings.max_connections as u64, OF_CONNECTIONS),
            requests: Pool::new(settings.max_requests as u64, OF_REQUESTS),
            wide_windows: Pool::new(http2::WIDE_AT_ONCE, OF_WIDE_WINDOWS),
            settings: Arc::clone(&settings),
        };
        let (orders, receiver) = orders::channel(Order::Serve);
        let mut workers = Vec::new();
        for number in 0..settings.threads.max(1) {
            let listeners = addresses.iter().map(|address| listen(*address, true)).collect::<io::Result<Vec<_>>>()?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let (shared, receiver) = (shared.clone(), receiver.clone());
            let thread = std::thread::Builder::new().name(format!("worker-{number}"));
            workers.push(thread.spawn(move || {
                if let Err(error) = runtime.block_on(Worker::run(shared, listeners, receiver)) {
                    tracing::error!(%error, "a worker could not start");
                }
            })?);
        }
        Ok(Self { addresses, orders, workers })
    }

    /// Where it listens, ports filled in.
    pub(crate) fn local_addrs(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Takes no more connections, lets those that are being served end, and cuts off what has not ended after `grace`.
    pub(crate) async fn shutdown(self, grace: Duration) {
        // With no worker left there is nobody to order.
        let _ = self.orders.send(Order::Drain);
        let mut drained = tokio::task::spawn_blocking(move || {
            for worker in self.workers {
                let _ = worker.join();
            }
        });
        if tokio::time::timeout(grace, &mut drained).await.is_err() {
            tracing::warn!("connections were still open after {grace:?} and are cut off");
            let _ = self.orders.send(Order::Cut);
            let _ = drained.await;
        }
    }
}

/// Makes sure that nobody else listens there: workers share a port by `SO_REUSEPORT`, which would also let another
/// process of ours take half of the connections. Fills in a port that was left to the system.
fn claim(address: SocketAddr) -> io::Result<SocketAddr> {
    listen(address, false)?.local_addr()
}

fn listen(address: SocketAddr, shared: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
