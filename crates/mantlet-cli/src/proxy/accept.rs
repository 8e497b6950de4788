//! The way in of a worker: its listeners, the end of TLS, and which protocol is spoken then.
//!
//! It keeps count of its connections, and ends with the last one when it is told to stop.

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use mantlet::pool::{Full, Pool};
use mantlet_core::origin::Scheme;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

use super::front::Visitor;
use super::watch::{TICK, ticks};
use super::wire::Socket;
use super::worker::{Order, Shared, Worker};
use super::{handshake, http1, http2};

/// The first byte of a TLS connection: a handshake record (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 0x16;

/// How often it is told that connections were turned away, at most.
const TELL: Duration = Duration::from_secs(60);

/// Serves what comes to these listeners, until the worker is told to stop and the last connection has ended.
pub(crate) async fn run(
    shared: Shared,
    listeners: Vec<std::net::TcpListener>,
    mut orders: tokio::sync::watch::Receiver<Order>,
) -> io::Result<()> {
    let places = Arc::clone(&shared.connections);
    let worker = Rc::new(Worker::new(shared, orders.clone()));
    let entrance = Rc::new(Entrance { worker, places, connections: Cell::new(0), turned_away: Cell::default() });
    let local = LocalSet::new();
    for listener in listeners {
        listener.set_nonblocking(true)?;
        local.spawn_local(Rc::clone(&entrance).accept(TcpListener::from_std(listener)?));
    }
    local.spawn_local(Rc::clone(&entrance).tick());
    local
        .run_until(async {
            // An order that can no longer come is an order to stop.
            let _ = orders.wait_for(|order| *order != Order::Serve).await;
            let drained = async {
                while entrance.connections.get() > 0 {
                    entrance.worker.ticker.expire_idle();
                    tokio::time::sleep(TICK).await;
                }
            };
            // What is open then closes with its task: an app that waits for its WebSockets to end must not wait for us.
            tokio::select! {
                () = drained => {}
                _ = orders.wait_for(|order| *order == Order::Cut) => {}
            }
        })
        .await;
    Ok(())
}

/// Where clients come in.
#[derive(Debug)]
struct Entrance {
    worker: Rc<Worker>,
    /// Of all workers.
    places: Arc<Pool>,
    /// Those of this worker that are open.
    connections: Cell<usize>,
    turned_away: Cell<TurnedAway>,
}

/// Connections for which there was no place.
#[derive(Debug, Clone, Copy, Default)]
struct TurnedAway {
    last: Option<(IpAddr, Full)>,
    count: u64,
    /// The tick before which it is not told again.
    told_until: u64,
}

impl Entrance {
    async fn tick(self: Rc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        loop {
            ticks.tick().await;
            self.worker.tick();
            self.tell_of_turned_away();
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
                        let entrance = Rc::clone(&self);
                        tokio::task::spawn_local(async move {
                            let counted = Counted(&entrance);
                            serve(&entrance.worker, stream, peer).await;
                            drop((counted, place));
                        });
                    }
                    // Closing it at once is the cheapest answer.
                    Err(full) => self.turn_away(peer.ip(), full),
                },
                // Out of file descriptors, most likely: connections that end will give some back.
                Err(_) => tokio::time::sleep(TICK).await,
            }
        }
    }

    fn turn_away(&self, address: IpAddr, full: Full) {
        let TurnedAway { count, told_until, .. } = self.turned_away.get();
        self.turned_away.set(TurnedAway { last: Some((address, full)), count: count.saturating_add(1), told_until });
    }

    fn tell_of_turned_away(&self) {
        let TurnedAway { last, count, told_until } = self.turned_away.get();
        if let Some((address, full)) = last
            && told_until <= self.worker.ticker.now()
        {
            let told_until = self.worker.ticker.now().saturating_add(ticks(TELL));
            self.turned_away.set(TurnedAway { told_until, ..TurnedAway::default() });
            tracing::warn!("{count} connections were turned away, the last one from {address}: {full}");
        }
    }
}

/// Serves one connection to its end.
async fn serve(worker: &Rc<Worker>, stream: TcpStream, peer: SocketAddr) {
    // Small answers must not wait for the acknowledgement of the one before.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let address = peer.ip().to_canonical();
    let Some(tls) = &worker.settings.tls else {
        let visitor = Visitor::new(address, Scheme::Http);
        return http1::serve(worker, Socket::Tcp(stream), visitor, false).await;
    };
    // In boxes is what a connection is only for a moment, or seldom: every one would keep the room for it.
    let shaking = Box::pin(async {
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1) if first == [TLS_HANDSHAKE] => Some(Ok(handshake::accept(stream, tls).await?)),
            Ok(1) => Some(Err(stream)),
            _ => None,
        }
    });
    let Ok(Some(shaken)) = tokio::time::timeout(worker.settings.header_timeout, shaking).await else {
        return;
    };
    match shaken {
        Ok(stream) => {
            let visitor = Visitor::new(address, Scheme::Https);
            let speaks_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            let socket = Socket::Tls(stream);
            if speaks_http2 {
                Box::pin(http2::serve(worker, socket, visitor)).await;
            } else {
                http1::serve(worker, socket, visitor, false).await;
            }
        }
        Err(stream) if worker.settings.redirect_http => {
            let visitor = Visitor::new(address, Scheme::Http);
            http1::serve(worker, Socket::Tcp(stream), visitor, true).await;
        }
        Err(_plain) => {}
    }
}

/// Counts a connection down however it ends, a panic included.
struct Counted<'a>(&'a Entrance);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.connections.set(self.0.connections.get().saturating_sub(1));
    }
}
