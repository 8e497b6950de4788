//! [`Connection`]: one connection to the application.

use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{Method, StatusCode};
use mantlet_core::{Reason, Refusal};
use mantlet_http1::{Limits, ResponseHead, ResponseParser};
use tokio::net::{TcpStream, UnixStream};

use crate::config::UpstreamUrl;
use crate::proxy::buffers::Buffers;
use crate::proxy::deadline::{Deadline, Ticker};
use crate::proxy::socket::Socket;
use crate::proxy::wire::Wire;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// A connection to the application.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) wire: Wire,
    pub(super) parser: ResponseParser,
    pub(super) deadline: Deadline,
}

impl Connection {
    /// Makes one.
    pub(super) async fn open(
        url: &UpstreamUrl,
        limits: Limits,
        ticker: &Rc<Ticker>,
        buffers: &Rc<Buffers>,
    ) -> Result<Box<Self>, Refusal> {
        let connecting = async {
            match url {
                UpstreamUrl::Tcp(authority) => {
                    let stream = TcpStream::connect(authority.as_str()).await?;
                    stream.set_nodelay(true)?;
                    Ok(Socket::Tcp(stream))
                }
                UpstreamUrl::Unix(path) => UnixStream::connect(path).await.map(Socket::Unix),
            }
        };
        match tokio::time::timeout(CONNECT, connecting).await {
            Ok(Ok(socket)) => {
                let wire = Wire::new(socket, buffers);
                Ok(Box::new(Self { wire, parser: ResponseParser::new(limits), deadline: Deadline::new(ticker) }))
            }
            Ok(Err(error)) => Err(Refusal::new(Reason::UpstreamUnreachable, format!("{url}: {error}"))),
            Err(_) => Err(Refusal::new(Reason::UpstreamTimeout, format!("{url}: no connection"))),
        }
    }

    /// Ready with the head of the final response to a request with this method.
    pub(super) fn poll_head(&mut self, cx: &mut Context<'_>, asked: &Method) -> Poll<Result<ResponseHead, Broken>> {
        loop {
            match self.parser.parse(&mut self.wire.input, asked) {
                Ok(Some(head)) if is_interim(head.status) => {}
                Ok(Some(head)) => return Poll::Ready(Ok(head)),
                Ok(None) => match self.wire.poll_fill(cx) {
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(self.ended())),
                    Poll::Ready(Ok(_)) => {}
                    Poll::Pending => {
                        ready!(self.deadline.poll_due(cx));
                        return Poll::Ready(Err(Refusal::new(Reason::UpstreamTimeout, "no response").into()));
                    }
                },
                Err(error) => {
                    return Poll::Ready(Err(Refusal::new(Reason::UpstreamMalformed, error.to_string()).into()));
                }
            }
        }
    }

    /// What it means that it has ended before there was a whole head.
    fn ended(&self) -> Broken {
        if self.parser.has_begun(&self.wire.input) {
            Refusal::new(Reason::UpstreamMalformed, "the response broke off in its head").into()
        } else {
            Broken::Silent
        }
    }
}

/// Whether another head follows this one (RFC 9110, section 15.2).
fn is_interim(status: StatusCode) -> bool {
    status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS
}

/// Why there is no response.
#[derive(Debug)]
pub(super) enum Broken {
    /// The connection ended before a byte of the response: the application may never have seen the request.
    Silent,
    /// What was asked or answered may not pass, or takes too long.
    Refused(Refusal),
}

impl Broken {
    pub(super) fn into_refusal(self) -> Refusal {
        match self {
            Self::Silent => Refusal::new(Reason::UpstreamUnreachable, "the connection was closed without a response"),
            Self::Refused(refusal) => refusal,
        }
    }
}

impl From<Refusal> for Broken {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
