//! [`accept`]: how TLS begins, and how much of what a client says until then is waited for.
//!
//! rustls keeps a message until it is whole, and lets it be 64 KiB. Thousands of clients that begin a ClientHello and do not
//! end it would hold that until their time is over, and then begin anew. So would those that are asked for a second one
//! (HelloRetryRequest). Neither costs the client any computation.

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What fits one record (RFC 8446, section 5.1). A browser says 2 KiB with post-quantum keys, and hardly more than 4 when it
/// resumes a session; twice that if it has to say it again.
const AT_MOST: usize = 16 * 1024;

/// Shakes hands with a client. `None`: it does not speak TLS as we do, says more than any has to say, or has left.
pub(super) async fn accept(stream: TcpStream, config: &Arc<ServerConfig>) -> Option<Box<TlsStream<Transport>>> {
    let transport = Transport { stream, left: Some(AT_MOST) };
    let mut shaking = TlsAcceptor::from(Arc::clone(config)).accept(transport);
    let shaken = poll_fn(|cx| match Pin::new(&mut shaking).poll(cx) {
        Poll::Pending if shaking.get_ref().is_some_and(Transport::is_exhausted) => Poll::Ready(None),
        polled => polled.map(Result::ok),
    });
    let mut shaken = Box::new(shaken.await?);
    shaken.get_mut().0.left = None;
    Some(shaken)
}

/// What TLS is spoken over.
#[derive(Debug)]
pub(crate) struct Transport {
    stream: TcpStream,
    /// How many bytes more may be read before the handshake is complete; `None`: it is.
    left: Option<usize>,
}

impl Transport {
    fn is_exhausted(&self) -> bool {
        self.left == Some(0)
    }
}

impl AsyncRead for Transport {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // Waiting, not failing: rustls may just have completed the handshake from what it has. The limit is lifted then, and
        // what is left to read belongs to the connection.
        if self.is_exhausted() {
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let read = buffer.filled().len().saturating_sub(before);
        self.left = self.left.map(|left| left.saturating_sub(read));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
