//! What all connections of a thread share: the front door, the connections to the application, buffers, clock and log.
//! Threads share the [`Shield`], and how many are served at once.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use mantlet::pool::Pool;
use mantlet::{Answer, ResponseBody, Shield};
use mantlet_core::Refusal;
use mantlet_core::forwarded::Hops;
use mantlet_core::origin::Scheme;
use mantlet_http1::Limits;
use tokio::sync::watch;

use super::access_log::{AccessLog, Line};
use super::buffers::Buffers;
use super::date::Date;
use super::deadline::Ticker;
use super::front::FrontDoor;
use super::peer::Peer;
use super::settings::Settings;
use super::upstream::{Upstream, UpstreamBody};

/// What a worker is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Serve,
    /// Take no more connections and requests; end when the last one is answered.
    Drain,
    /// End now, with whatever is still open.
    Cut,
}

/// What all workers share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) settings: Arc<Settings>,
    pub(crate) shield: Shield,
    pub(crate) connections: Arc<Pool>,
    pub(crate) requests: Arc<Pool>,
    /// The wide flow-control windows that HTTP/2 connections may have.
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
}

impl Worker {
    pub(crate) fn new(shared: Shared, orders: watch::Receiver<Order>) -> Self {
        let Shared { settings, shield, connections: _, requests, wide_windows } = shared;
        let ticker = Rc::new(Ticker::default());
        let buffers = Rc::new(Buffers::default());
        let upstream = Upstream::new(settings.upstream.clone(), settings.upstream_timeout, &ticker, &buffers);
        Self {
            limits: Limits { head: settings.max_header_size, ..Limits::default() },
            front: FrontDoor::new(
                Hops::new(settings.trusted_proxies.clone()),
                settings.allowed_hosts.clone(),
                [Scheme::Http, Scheme::Https].map(|scheme| settings.fallback_site(scheme)),
                requests,
            ),
            log: Rc::new(AccessLog::new(settings.log)),
            date: Date::now(),
            settings,
            ticker,
            buffers,
            shield,
            upstream,
            wide_windows,
            orders,
        }
    }

    /// To be called once in a [`TICK`](super::deadline::TICK).
    pub(crate) fn tick(&self) {
        self.ticker.tick();
        self.upstream.sweep();
        self.log.tick();
        self.date.tick();
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
    pub(crate) fn refuse(
        &self,
        refusal: Refusal,
        accept: Option<&[u8]>,
        peer: &Peer,
        line: &mut Line,
    ) -> Answer<Outgoing> {
        self.shield.refuse(refusal, accept, self.front.fallback(peer), line).map(ResponseBody::page)
    }

    /// An answer of our own that is not a refusal, with the security headers that hold everywhere.
    pub(crate) fn dress(&self, answer: Answer<Bytes>, peer: &Peer) -> Answer<Outgoing> {
        self.shield.dress(answer, self.front.fallback(peer)).map(ResponseBody::page)
    }
}

/// A response's body on its way to the client.
pub(crate) type Outgoing = ResponseBody<UpstreamBody>;
