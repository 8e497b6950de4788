//! Where connections are accepted: a worker's listeners, its TLS handshakes, and the choice of protocol.
//!
//! Connections are counted: a worker that is told to stop ends with its last one.

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use mantlet::pool::{Full, Pool};
use mantlet_core::origin::Scheme;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinSet, spawn_local};
use tokio::time::MissedTickBehavior;

use super::deadline::{TICK, ticks};
use super::socket::Socket;
use super::worker::{Order, Shared, Worker};
use super::{handshake, http1, http2};

/// The first byte of a TLS connection: a handshake record (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 0x16;

/// How often, at most, the log says that connections were turned away.
const LOG_EVERY: Duration = Duration::from_secs(60);

/// Serves what comes to these listeners, until the worker is told to stop and the last connection has ended. Its tasks stay on
/// this thread, so it has to run in a `LocalRuntime`.
pub(crate) async fn run(shared: Shared, listeners: Vec<TcpListener>, mut orders: tokio::sync::watch::Receiver<Order>) {
    let places = Arc::clone(&shared.connections);
    let worker = Rc::new(Worker::new(shared, orders.clone()));
    let acceptor = Rc::new(Acceptor {
        worker,
        places,
        connections: Cell::new(0),
        turned_away: Cell::default(),
        deaf_until: Cell::default(),
    });
    let mut tasks = JoinSet::new();
    for listener in listeners {
        tasks.spawn_local(Rc::clone(&acceptor).accept(listener));
    }
    tasks.spawn_local(Rc::clone(&acceptor).tick());
    tokio::select! {
        // An error says that whoever gives orders is gone, which is an order to stop as well.
        _ = orders.wait_for(|order| *order != Order::Serve) => {}
        // A worker that takes no connections, or has no clock, is none. Who is told to stop may have heard of it first.
        _ = tasks.join_next() => {
            if !acceptor.worker.is_stopping() {
                return;
            }
        }
    }
    let drained = async {
        while acceptor.connections.get() > 0 {
            acceptor.worker.ticker.expire_idle();
            tokio::time::sleep(TICK).await;
        }
    };
    // Whatever is still open after this is closed with its task: an app may be waiting for its WebSockets to end.
    tokio::select! {
        () = drained => {}
        _ = orders.wait_for(|order| *order == Order::Cut) => {}
    }
}

/// Accepts the connections of one worker.
#[derive(Debug)]
struct Acceptor {
    worker: Rc<Worker>,
    /// The places for connections, shared by all workers.
    places: Arc<Pool>,
    /// How many connections of this worker are open.
    connections: Cell<usize>,
    turned_away: Cell<TurnedAway>,
    /// The tick before which it is not logged again that connections cannot be taken.
    deaf_until: Cell<u64>,
}

/// Connections for which there was no place.
#[derive(Debug, Clone, Copy, Default)]
struct TurnedAway {
    last: Option<(IpAddr, Full)>,
    count: u64,
    /// The tick before which they are not logged again.
    silent_until: u64,
}

impl Acceptor {
    async fn tick(self: Rc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        // Ticks that are made up for at once would make deadlines due before what came in time was read.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.worker.tick();
            self.log_turned_away();
        }
    }

    async fn accept(self: Rc<Self>, listener: TcpListener) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.worker.stopping() => return,
            };
            match accepted {
                Ok((stream, peer)) => match self.places.client(self.worker.front.one(peer.ip())).take(1) {
                    Ok(place) => {
                        self.connections.set(self.connections.get().saturating_add(1));
                        let acceptor = Rc::clone(&self);
                        spawn_local(async move {
                            let counted = Counted(&acceptor);
                            serve(&acceptor.worker, stream, peer).await;
                            drop((counted, place));
                        });
                    }
                    // Closing it at once is the cheapest answer.
                    Err(full) => self.turn_away(peer.ip(), full),
                },
                // Out of file descriptors, most likely: connections that end will give some back.
                Err(error) => {
                    self.log_deaf(&error);
                    tokio::time::sleep(TICK).await;
                }
            }
        }
    }

    fn log_deaf(&self, error: &io::Error) {
        let now = self.worker.ticker.now();
        if self.deaf_until.get() <= now {
            self.deaf_until.set(now.saturating_add(ticks(LOG_EVERY)));
            tracing::warn!("connections wait, since they cannot be taken: {error}");
        }
    }

    fn turn_away(&self, address: IpAddr, full: Full) {
        let TurnedAway { count, silent_until, .. } = self.turned_away.get();
        self.turned_away.set(TurnedAway { last: Some((address, full)), count: count.saturating_add(1), silent_until });
    }

    fn log_turned_away(&self) {
        let TurnedAway { last, count, silent_until } = self.turned_away.get();
        if let Some((address, full)) = last
            && silent_until <= self.worker.ticker.now()
        {
            let silent_until = self.worker.ticker.now().saturating_add(ticks(LOG_EVERY));
            self.turned_away.set(TurnedAway { silent_until, ..TurnedAway::default() });
            tracing::warn!("{count} connections were turned away, the last one from {address}: {full}");
        }
    }
}

/// Serves one connection to its end.
async fn serve(worker: &Rc<Worker>, stream: TcpStream, peer: SocketAddr) {
    // A small response must not wait for the acknowledgement of the one before.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let address = peer.ip().to_canonical();
    let Some(tls) = &worker.settings.tls else {
        return http1::serve(worker, Socket::Tcp(stream), worker.front.peer(address, Scheme::Http)).await;
    };
    // Boxed, so that what is needed for a moment, or seldom, does not enlarge the future of every connection.
    let handshake = Box::pin(async {
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1) if first == [TLS_HANDSHAKE] => Some(Ok(handshake::accept(stream, tls).await?)),
            Ok(1) => Some(Err(stream)),
            _ => None,
        }
    });
    let Ok(Some(accepted)) = tokio::time::timeout(worker.settings.header_timeout, handshake).await else {
        return;
    };
    match accepted {
        Ok(stream) => {
            let peer = worker.front.peer(address, Scheme::Https);
            let speaks_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            let socket = Socket::Tls(stream);
            if speaks_http2 {
                Box::pin(http2::serve(worker, socket, peer)).await;
            } else {
                http1::serve(worker, socket, peer).await;
            }
        }
        Err(stream) if worker.settings.redirect_http => {
            http1::serve(worker, Socket::Tcp(stream), worker.front.peer(address, Scheme::Http)).await;
        }
        Err(_plain) => {}
    }
}

/// Counts a connection down however it ends, a panic included.
struct Counted<'a>(&'a Acceptor);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.connections.set(self.0.connections.get().saturating_sub(1));
    }
}
