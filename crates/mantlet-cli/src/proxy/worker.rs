//! One thread of the proxy, with everything it needs: its listeners, its connections to the application, its clock.
//! Workers share the [`Shield`], and how many are served at once.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mantlet::pool::{Full, Pool};
use mantlet::{Answer, ResponseBody, Shield};
use mantlet_core::Refusal;
use mantlet_core::forwarded::Hops;
use mantlet_core::origin::Scheme;
use mantlet_http1::Limits;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::LocalSet;

use super::access_log::{AccessLog, Line};
use super::buffers::Buffers;
use super::date::Date;
use super::front::{FrontDoor, Visitor};
use super::upstream::{Upstream, UpstreamBody};
use super::watch::{TICK, Ticker, ticks};
use super::wire::Socket;
use super::{Settings, handshake, http1, http2};

/// The first byte of a TLS connection: a handshake record (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 0x16;

/// What a worker is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Serve,
    /// Take no more connections and requests; end when the last one is answered.
    Drain,
    /// End now, with whatever is still open.
    Cut,
}

/// How often it is told that connections were turned away, at most.
const TELL: Duration = Duration::from_secs(60);

/// What all workers share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) settings: Arc<Settings>,
    pub(crate) shield: Shield,
    pub(crate) connections: Arc<Pool>,
    pub(crate) requests: Arc<Pool>,
    /// Of HTTP/2 connections.
    pub(crate) wide_windows: Arc<Pool>,
}

/// What all connections of a worker share.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) settings: Arc<Settings>,
    pub(crate) limits: Limits,
    pub(crate) ticker: Rc<Ticker>,
    pub(crate) buffers: Rc<Buffers>,
    pub(crate) front: FrontDoor,
    pub(crate) log: Rc<AccessLog>,
    pub(crate) date: Date,
    pub(crate) shield: Shield,
    pub(crate) upstream: Upstream,
    pub(crate) wide_windows: Arc<Pool>,
    orders: watch::Receiver<Order>,
    places: Arc<Pool>,
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

impl Worker {
    /// Serves until it is told to stop and the last connection has ended.
    pub(crate) async fn run(
        shared: Shared,
        listeners: Vec<TcpListener>,
        mut orders: watch::Receiver<Order>,
    ) -> std::io::Result<()> {
        let Shared { settings, shield, connections, requests, wide_windows } = shared;
        let ticker = Rc::new(Ticker::default());
        let buffers = Rc::new(Buffers::default());
        let upstream = Upstream::new(settings.upstream.clone(), settings.upstream_timeout, &ticker, &buffers);
        let worker = Rc::new(Self {
            limits: Limits { head: settings.max_header_size, ..Limits::default() },
            front: FrontDoor::new(
                Hops::new(settings.trusted_proxies.clone()),
                settings.allowed_hosts.clone(),
                settings.fallback_site(),
                requests,
            ),
            log: Rc::new(AccessLog::new(settings.log)),
            date: Date::now(),
            orders: orders.clone(),
            places: connections,
            connections: Cell::new(0),
            turned_away: Cell::default(),
            settings,
            ticker,
            buffers,
            shield,
            upstream,
            wide_windows,
        });
        let local = LocalSet::new();
        for listener in listeners {
            listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            local.spawn_local(Rc::clone(&worker).accept(listener));
        }
        local.spawn_local(Rc::clone(&worker).tick());
        local
            .run_until(async {
                // An order that can no longer come is an order to stop.
                let _ = orders.wait_for(|order| *order != Order::Serve).await;
                let drained = async {
                    while worker.connections.get() > 0 {
                        worker.ticker.expire_idle();
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

    /// Whether no more requests are to be taken.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.orders.borrow() != Order::Serve
    }

    /// Ready when no more requests are to be taken.
    pub(crate) async fn stopping(&self) {
        let _ = self.orders.clone().wait_for(|order| *order != Order::Serve).await;
    }

    /// The answer to a request that the guards have not seen.
    pub(crate) fn refuse(&self, refusal: Refusal, accept: Option<&[u8]>, line: &mut Line) -> Answer<Outgoing> {
        self.shield.refuse(refusal, accept, self.front.fallback(), line).map(page)
    }

    /// An answer of our own that is not a refusal, with the security headers that hold everywhere.
    pub(crate) fn dress(&self, answer: Answer<Bytes>) -> Answer<Outgoing> {
        self.shield.dress(answer, self.front.fallback()).map(page)
    }

    async fn tick(self: Rc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        loop {
            ticks.tick().await;
            self.ticker.tick();
            self.upstream.sweep();
            self.log.tick();
            self.date.tick();
            self.tell_of_turned_away();
        }
    }

    async fn accept(self: Rc<Self>, listener: tokio::net::TcpListener) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.stopping() => return,
            };
            match accepted {
                Ok((stream, peer)) => match self.places.client(self.front.one(peer.ip())).take(1) {
                    Ok(place) => {
                        self.connections.set(self.connections.get().saturating_add(1));
                        let worker = Rc::clone(&self);
                        tokio::task::spawn_local(async move {
                            let counted = Counted(&worker);
                            worker.serve(stream, peer).await;
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
            && told_until <= self.ticker.now()
        {
            let told_until = self.ticker.now().saturating_add(ticks(TELL));
            self.turned_away.set(TurnedAway { told_until, ..TurnedAway::default() });
            tracing::warn!("{count} connections were turned away, the last one from {address}: {full}");
        }
    }

    async fn serve(self: &Rc<Self>, stream: TcpStream, peer: SocketAddr) {
        // Small answers must not wait for the acknowledgement of the one before.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let address = peer.ip().to_canonical();
        let Some(tls) = &self.settings.tls else {
            let visitor = Visitor::new(address, Scheme::Http);
            return http1::serve(self, Socket::Tcp(stream), visitor, false).await;
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
        let Ok(Some(shaken)) = tokio::time::timeout(self.settings.header_timeout, shaking).await else {
            return;
        };
        match shaken {
            Ok(stream) => {
                let visitor = Visitor::new(address, Scheme::Https);
                let speaks_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                let socket = Socket::Tls(stream);
                if speaks_http2 {
                    Box::pin(http2::serve(self, socket, visitor)).await;
                } else {
                    http1::serve(self, socket, visitor, false).await;
                }
            }
            Err(stream) if self.settings.redirect_http => {
                let visitor = Visitor::new(address, Scheme::Http);
                http1::serve(self, Socket::Tcp(stream), visitor, true).await;
            }
            Err(_plain) => {}
        }
    }
}

/// A response's body on its way to the client.
pub(crate) type Outgoing = ResponseBody<UpstreamBody>;

fn page(bytes: Bytes) -> Outgoing {
    ResponseBody::Refusal { page: Some(bytes).filter(|bytes| !bytes.is_empty()) }
}

/// Counts a connection down however it ends, a panic included.
struct Counted<'a>(&'a Worker);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.connections.set(self.0.connections.get().saturating_sub(1));
    }
}
