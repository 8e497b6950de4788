//! The proxy: the driver over the application, with a strict front door before it.
//!
//! The way of a request, top to bottom:
//!
//! 1. [`accept`]: a thread per core takes the connection and ends TLS; [`handshake`] is how that begins. [`worker`] is what
//!    the connections of a thread share.
//! 2. [`http1`] reads the request with our own strict codec; [`http2`] leaves that to h2.
//! 3. [`front`] decides which of our [`sites`] it is for and who asks, and strips what is not to go further. What is the same
//!    for all requests of a connection is its [`peer`].
//! 4. [`mantlet::Shield::carry`] lets the guards judge it: the same driver that Rust applications go through. No guard knows
//!    that it runs in a proxy, and nothing in here knows what a guard looks for.
//! 5. [`upstream`] puts it on a connection to the application.
//!
//! The response takes the same way back. Both ends of that way are a [`wire`]: a [`socket`], what was read ahead, and the
//! [`output`] that waits to be written. Beside it stand [`deadline`] (timeouts), [`data_rate`] and [`body_deadline`] (slow clients),
//! [`buffers`] (memory) and [`access_log`]. [`accept`] bounds how many connections there are, [`front`] how many requests.

mod accept;
mod access_log;
mod body_deadline;
mod buffers;
mod client_body;
mod data_rate;
mod date;
mod deadline;
mod front;
mod handshake;
mod hop_by_hop;
mod http1;
mod http2;
mod inbound;
mod output;
mod peer;
mod refused;
mod settings;
mod sites;
mod socket;
mod tunnel;
mod upstream;
mod wire;
mod worker;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use mantlet::Shield;
use mantlet::pool::Pool;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::runtime::{LocalOptions, LocalRuntime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use crate::failure::Failure;
pub(crate) use access_log::{AccessLogSettings, Lines};
pub(crate) use settings::Settings;
use worker::{Order, Shared};

/// Connections that wait to be accepted, per listener and worker.
const BACKLOG: i32 = 1024;

/// A client may hold as many connections as are free: they cost little, and behind one address may be many people.
const CONNECTIONS_DIVISOR: u64 = 1;

/// A client may have a quarter as many requests in flight as are free: each holds a connection to the application.
const REQUESTS_DIVISOR: u64 = 4;

/// A client may have as many wide windows as are free. Without one an upload is slower, that is all.
const WIDE_WINDOWS_DIVISOR: u64 = 1;

/// A proxy that serves.
#[derive(Debug)]
pub(crate) struct Proxy {
    addresses: Vec<SocketAddr>,
    orders: watch::Sender<Order>,
    /// Of each worker that has ended.
    ends: UnboundedReceiver<()>,
    workers: Vec<std::thread::JoinHandle<()>>,
}

impl Proxy {
    /// Opens the listeners and starts the workers. Connections are accepted when this returns.
    ///
    /// # Errors
    /// When a listener cannot be opened, or a worker not be started.
    pub(crate) fn bind(settings: Settings, shield: &Shield) -> Result<Self, Failure> {
        let addresses = settings.listen.iter().map(|address| claim(*address)).collect::<io::Result<Vec<_>>>();
        let addresses = addresses.map_err(|error| not_listening(&settings.listen, &error))?;
        let settings = Arc::new(Settings { listen: addresses.clone(), ..settings });
        let shared = Shared {
            shield: shield.clone(),
            connections: Pool::new(settings.max_connections as u64, CONNECTIONS_DIVISOR),
            requests: Pool::new(settings.max_requests as u64, REQUESTS_DIVISOR),
            wide_windows: Pool::new(http2::WIDE_AT_ONCE, WIDE_WINDOWS_DIVISOR),
            settings: Arc::clone(&settings),
        };
        let (orders, receiver) = watch::channel(Order::Serve);
        let (started, starts) = mpsc::channel();
        let (end, ends) = unbounded_channel();
        let mut workers = Vec::new();
        for number in 0..settings.threads.max(1) {
            let listeners = addresses.iter().map(|address| listen(*address, Port::Shared));
            let listeners =
                listeners.collect::<io::Result<Vec<_>>>().map_err(|error| not_listening(&addresses, &error))?;
            let (shared, receiver, started, end) = (shared.clone(), receiver.clone(), started.clone(), end.clone());
            let thread = std::thread::Builder::new().name(format!("worker-{number}"));
            let worker = thread.spawn(move || work(shared, listeners, receiver, started, Ending(end)));
            workers.push(worker.map_err(|error| no_thread(&error))?);
        }
        drop(started);
        // With an error, whoever gives orders is gone, and the workers that did start end.
        let all_started = workers.iter().try_for_each(|_| starts.recv().map_err(io::Error::other)?);
        all_started.map_err(|error| not_listening(&addresses, &error))?;
        Ok(Self { addresses, orders, ends, workers })
    }

    /// Waits until a worker ends by itself, which none should. Cancel safe.
    pub(crate) async fn broken(&mut self) {
        self.ends.recv().await;
    }

    /// Where it listens, ports filled in.
    pub(crate) fn local_addrs(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Takes no more connections, lets those that are being served end, and cuts off what has not ended after `grace`.
    pub(crate) async fn shutdown(mut self, grace: Duration) {
        // With no worker left there is nobody to order.
        let _ = self.orders.send(Order::Drain);
        // It waits for no thread of its own: where there can be no more threads, there has to be an end all the same.
        let mut drained = pin!(async { while self.ends.recv().await.is_some() {} });
        if tokio::time::timeout(grace, &mut drained).await.is_err() {
            tracing::warn!("connections were still open after {grace:?} and are cut off");
            let _ = self.orders.send(Order::Cut);
            drained.await;
        }
        for worker in self.workers {
            let _ = worker.join();
        }
    }
}

fn not_listening(addresses: &[SocketAddr], error: &io::Error) -> Failure {
    let addresses: Vec<_> = addresses.iter().map(SocketAddr::to_string).collect();
    Failure::new(format!("cannot listen on {}: {error}", addresses.join(", ")))
}

fn no_thread(error: &io::Error) -> Failure {
    Failure::new(format!("cannot start a thread to serve with: {error}"))
        .fix("raise the limit of processes (ulimit -u, TasksMax=, --pids-limit), or lower [server] threads")
}

/// Tells that a worker has ended, however it did.
struct Ending(UnboundedSender<()>);

impl Drop for Ending {
    fn drop(&mut self) {
        // Nobody has to listen.
        let _ = self.0.send(());
    }
}

/// What a worker's thread does, until it is ordered to stop. Says first whether it could start.
fn work(
    shared: Shared,
    listeners: Vec<TcpListener>,
    orders: watch::Receiver<Order>,
    started: mpsc::Sender<io::Result<()>>,
    _ending: Ending,
) {
    match begin(listeners) {
        Ok((runtime, listeners)) => {
            // Nobody waits for it any more if another worker could not start.
            let _ = started.send(Ok(()));
            // One that panics says nothing, and would be waited for as long as somebody could still say it.
            drop(started);
            runtime.block_on(accept::run(shared, listeners, orders));
            // The name of the app may still be looked up, for as long as that takes.
            runtime.shutdown_background();
        }
        Err(error) => drop(started.send(Err(error))),
    }
}

fn begin(listeners: Vec<TcpListener>) -> io::Result<(LocalRuntime, Vec<tokio::net::TcpListener>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    let registered = async { listeners.into_iter().map(tokio::net::TcpListener::from_std).collect::<io::Result<_>>() };
    let listeners = runtime.block_on(registered)?;
    Ok((runtime, listeners))
}

/// Makes sure that nobody else listens there: workers share a port by `SO_REUSEPORT`, which would also let another
/// process of ours take half of the connections. Fills in a port that was left to the system.
fn claim(address: SocketAddr) -> io::Result<SocketAddr> {
    listen(address, Port::Exclusive)?.local_addr()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Port {
    Exclusive,
    Shared,
}

fn listen(address: SocketAddr, port: Port) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(port == Port::Shared)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use mantlet_core::Policy;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::config::{HostName, ServerSection, UpstreamUrl};

    fn proxy(threads: usize, app: &str) -> Proxy {
        let upstream = UpstreamUrl::Tcp(app.to_owned());
        let settings = Settings {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
            threads,
            ..Settings::new(&ServerSection::default(), upstream, vec![HostName::parse("localhost").unwrap()])
        };
        Proxy::bind(settings, &Shield::new(&Policy::default())).unwrap()
    }

    #[tokio::test]
    async fn a_worker_that_ends_by_itself_is_missed() {
        let mut proxy = proxy(2, "127.0.0.1:1");
        let early = tokio::time::timeout(Duration::from_millis(50), proxy.broken()).await;
        assert!(early.is_err(), "all of them serve");
        // As if nobody had told them to.
        proxy.orders.send(Order::Cut).unwrap();
        proxy.broken().await;
        proxy.shutdown(Duration::from_secs(60)).await;
    }

    /// Orders reach one task after the other.
    #[tokio::test]
    async fn what_is_in_flight_is_answered_though_who_accepts_hears_of_the_end_first() {
        let app = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = proxy(1, &app.local_addr().unwrap().to_string());
        let mut in_flight = TcpStream::connect(proxy.addresses[0]).await.unwrap();
        in_flight.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let (mut asked, _) = app.accept().await.unwrap();
        asked.read_exact(&mut [0; 16]).await.unwrap();
        // Nobody is woken: who accepts sees it with the next connection.
        proxy.orders.send_if_modified(|order| {
            *order = Order::Drain;
            false
        });
        let mut idle = TcpStream::connect(proxy.addresses[0]).await.unwrap();
        assert_eq!(idle.read(&mut [0]).await.unwrap_or_default(), 0, "closed");
        asked.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        let mut answer = [0; 12];
        in_flight.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 204");
        proxy.shutdown(Duration::from_secs(60)).await;
    }
}
