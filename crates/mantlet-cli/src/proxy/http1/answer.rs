//! Responses, and what follows them.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Poll, ready};

use http::{StatusCode, Version};
use http_body::Body;
use mantlet::pool::Share;
use mantlet::{Answer, ResponseBody};
use mantlet_http1::{Connection, Framing, write_response_head};

use super::connection::{Ended, Http1};
use crate::proxy::access_log::Line;
use crate::proxy::data_rate::DataRate;
use crate::proxy::refused;
use crate::proxy::upstream::UpstreamBody;
use crate::proxy::worker::Outgoing;

/// What has to be known of a request to answer it.
pub(super) struct Answering {
    pub(super) to_head: bool,
    pub(super) version: Version,
    pub(super) persistent: bool,
    pub(super) line: Line,
    /// `None`: it got no further than to be refused.
    pub(super) place: Option<Share>,
}

impl Answering {
    /// How the response is framed, and whether its body stays unsent.
    fn framing(&self, status: StatusCode, body: &Outgoing) -> (Framing, bool) {
        let known = match body.size_hint().exact() {
            Some(length) => Framing::Length(length),
            None => Framing::Chunked.readable_by(self.version),
        };
        if self.to_head || status == StatusCode::NOT_MODIFIED {
            let stated = match body {
                ResponseBody::Inner { inner } => inner.stated(),
                ResponseBody::Page { .. } => known,
            };
            return (stated, true);
        }
        if status == StatusCode::NO_CONTENT || status.is_informational() {
            return (Framing::None, true);
        }
        (known, false)
    }
}

/// What follows a response.
pub(super) enum Next {
    Request,
    End(Ended),
}

impl Http1 {
    /// Sends a response, and decides what follows it.
    pub(super) async fn answer(&mut self, answer: Answer<Outgoing>, mut answering: Answering) -> io::Result<Next> {
        let Answer { status, mut fields, mut body, .. } = answer;
        self.worker.date.complete(&mut fields);
        let upgraded = status == StatusCode::SWITCHING_PROTOCOLS;
        let complete = {
            let mut inbound = self.inbound.borrow_mut();
            inbound.withdraw_invitation();
            inbound.is_complete()
        };
        let (framing, silent) = answering.framing(status, &body);
        let can_follow = complete && framing != Framing::UntilClose && !self.half_closed;
        let persistent = answering.persistent && can_follow && !self.worker.is_stopping();
        let connection =
            if upgraded { Connection::Upgrade } else { Connection::telling(answering.version, persistent) };
        write_response_head(&mut self.inbound.borrow_mut().wire.output.copied, status, &fields, framing, connection);
        drop(fields);
        self.deadline.set(self.worker.settings.body_timeout);
        self.rate = DataRate::new(self.worker.settings.body_timeout);
        answering.line.answered(status);
        let sent = match silent {
            true => self.flush().await,
            false => self.send_body(&mut body, framing, &mut answering.line).await,
        };
        if sent.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            answering.line.broken_off(refused::untaken());
        }
        sent?;
        if upgraded && let ResponseBody::Inner { inner: UpstreamBody::Tunnel { wire: Some(upstream) } } = body {
            return Ok(Next::End(Ended::Tunnel(upstream, answering.place)));
        }
        Ok(match (persistent, complete) {
            (true, _) => Next::Request,
            (false, true) => Next::End(Ended::Closed),
            (false, false) => Next::End(Ended::Lingering),
        })
    }

    async fn send_body(&mut self, body: &mut Outgoing, framing: Framing, line: &mut Line) -> io::Result<()> {
        let mut ended = false;
        poll_fn(|cx| {
            loop {
                // Nobody else may hold the connection while the body is polled: its other end may read from it.
                let takes_a_piece = self.inbound.borrow().wire.output.takes_a_piece();
                if takes_a_piece && !ended {
                    match Pin::new(&mut *body).poll_frame(cx) {
                        Poll::Ready(Some(Ok(frame))) => {
                            let data = frame.into_data().unwrap_or_default();
                            line.sent(data.len());
                            self.inbound.borrow_mut().wire.output.push(data, framing);
                        }
                        // The response cannot be completed: closing without its end is how the client learns of it.
                        Poll::Ready(Some(Err(refusal))) => {
                            line.broken_off(refusal);
                            return Poll::Ready(Err(io::ErrorKind::Other.into()));
                        }
                        Poll::Ready(None) => {
                            ended = true;
                            self.inbound.borrow_mut().wire.output.end_body(framing);
                        }
                        Poll::Pending => {
                            ready!(self.poll_flush(cx))?;
                            return self.poll_gone(cx).map(Err);
                        }
                    }
                }
                ready!(self.poll_flush(cx))?;
                if ended {
                    return Poll::Ready(Ok(()));
                }
            }
        })
        .await
    }
}
