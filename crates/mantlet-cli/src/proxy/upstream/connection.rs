//! [`Connection`]: one connection to the application.

use std::rc::Rc;
use std::time::Duration;

use mantlet_core::{Reason, Refusal};
use mantlet_http1::{Limits, ResponseParser};
use tokio::net::{TcpStream, UnixStream};

use crate::config::UpstreamUrl;
use crate::proxy::buffers::Buffers;
use crate::proxy::deadline::{Deadline, Ticker};
use crate::proxy::wire::{Socket, Wire};

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
}

/// Why there is no response.
#[derive(Debug)]
pub(super) enum Broken {
    /// The connection ended before a byte of the response: the application may never have seen the request.
    Silent,
    Refused(Refusal),
}

impl Broken {
    pub(super) fn ended(connection: &Connection) -> Self {
        if connection.parser.has_begun(&connection.wire.input) {
            Self::Refused(Refusal::new(Reason::UpstreamMalformed, "the response broke off in its head"))
        } else {
            Self::Silent
        }
    }

    pub(super) fn into_refusal(self) -> Refusal {
        match self {
            Self::Silent => Refusal::new(Reason::UpstreamUnreachable, "the connection was closed without a response"),
            Self::Refused(refusal) => refusal,
        }
    }
}
