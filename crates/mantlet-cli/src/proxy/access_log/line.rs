//! [`Line`]: what is known of one request, gathered on its way.

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Instant;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{Method, StatusCode, Uri};
use mantlet::{Note, Reference, Refusal, Witness};
use mantlet_core::fields::{Fields, Known};

use super::trace::{self, TraceId};
use super::{AccessLog, Lines};
use crate::globals::LogFormat;

/// One request on its way. Written when it is dropped.
#[derive(Debug)]
pub(crate) struct Line {
    log: Rc<AccessLog>,
    pub(super) client: IpAddr,
    pub(super) since: Instant,
    /// `None`: its head could not be read.
    pub(super) asked: Option<Asked>,
    /// Bytes of its body that have come; `None`: it has none.
    received: Option<Rc<Cell<u64>>>,
    /// `None`: it was not answered.
    pub(super) status: Option<StatusCode>,
    /// Bytes of the answer's body that have left.
    pub(super) sent: u64,
    /// A handful at most: each guard judges once, and notes are bounded.
    pub(super) findings: Vec<Finding>,
}

/// What was asked.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    target: Option<PathAndQuery>,
    pub(super) user_agent: Option<Bytes>,
    pub(super) trace_id: Option<TraceId>,
}

/// What the guards, or the proxy around them, found out about it.
#[derive(Debug)]
pub(super) enum Finding {
    Refused(Refusal, Reference),
    WouldBeRefused(Refusal),
    Noted(Note),
    /// The answer had begun, and could not be completed.
    BrokenOff(Refusal),
}

impl Asked {
    pub(super) fn path(&self) -> &str {
        self.target.as_ref().map_or("/", PathAndQuery::path)
    }

    pub(super) fn query(&self) -> Option<&str> {
        self.target.as_ref()?.query()
    }
}

impl Line {
    /// Of a request whose head was read.
    pub(crate) fn asked(log: &Rc<AccessLog>, client: IpAddr, method: &Method, uri: &Uri, fields: &Fields) -> Self {
        // Only JSON has room for these.
        let is_full = log.settings.format == LogFormat::Json && log.settings.lines != Lines::None;
        let asked = Asked {
            method: method.clone(),
            target: uri.path_and_query().cloned(),
            user_agent: if is_full { fields.copied(Known::UserAgent) } else { None },
            trace_id: if is_full { trace::id(fields) } else { None },
        };
        Self::new(log, client, Some(asked))
    }

    /// Of a request whose head could not be read.
    pub(crate) fn unread(log: &Rc<AccessLog>, client: IpAddr) -> Self {
        Self::new(log, client, None)
    }

    fn new(log: &Rc<AccessLog>, client: IpAddr, asked: Option<Asked>) -> Self {
        Self {
            log: Rc::clone(log),
            client,
            since: Instant::now(),
            asked,
            received: None,
            status: None,
            sent: 0,
            findings: Vec::new(),
        }
    }

    /// A trusted proxy holds the connection, and says who asks.
    pub(crate) fn asked_by(&mut self, client: IpAddr) {
        self.client = client;
    }

    /// Where the bytes of its body are to be counted.
    pub(crate) fn counter(&mut self) -> Rc<Cell<u64>> {
        Rc::clone(self.received.get_or_insert_default())
    }

    pub(super) fn received(&self) -> u64 {
        self.received.as_ref().map_or(0, |received| received.get())
    }

    pub(crate) fn answered(&mut self, status: StatusCode) {
        self.status = Some(status);
    }

    pub(crate) fn sent(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(bytes as u64);
    }

    pub(crate) fn broken_off(&mut self, refusal: Refusal) {
        self.findings.push(Finding::BrokenOff(refusal));
    }
}

impl Witness for Line {
    fn refused(&mut self, refusal: &Refusal, reference: Reference) {
        self.findings.push(Finding::Refused(refusal.clone(), reference));
    }

    fn would_be_refused(&mut self, refusal: &Refusal) {
        self.findings.push(Finding::WouldBeRefused(refusal.clone()));
    }

    fn noted(&mut self, note: &Note) {
        self.findings.push(Finding::Noted(note.clone()));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.log.add(self);
    }
}
