//! After 101: bytes in both directions, until one side closes or both are silent for too long.
//!
//! A side that vanished without closing would be waited for forever, and with it a connection of the other side.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::deadline::Deadline;
use super::socket::Socket;
use super::wire::Wire;

/// Joins the two. What either side sent ahead goes first. Ends when neither has sent a byte for `silence`.
pub(crate) async fn run(client: Wire, upstream: Wire, deadline: Deadline, silence: Duration) {
    let (mut client, from_client) = client.into_parts();
    let (mut upstream, from_upstream) = upstream.into_parts();
    deadline.set(silence);
    let joined = async {
        if forward(&mut upstream, from_client).await && forward(&mut client, from_upstream).await {
            let mut client = Heard { socket: client, deadline: &deadline, silence };
            let mut upstream = Heard { socket: upstream, deadline: &deadline, silence };
            // Either side may break off at any time: there is nobody to tell.
            let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
        }
    };
    tokio::select! {
        () = joined => {}
        () = poll_fn(|cx| deadline.poll_due(cx)) => {}
    }
}

async fn forward(to: &mut Socket, ahead: BytesMut) -> bool {
    ahead.is_empty() || (to.write_all(&ahead).await.is_ok() && to.flush().await.is_ok())
}

/// One side of the tunnel. Every byte that it sends moves the deadline which both have in common.
struct Heard<'a, S> {
    socket: S,
    deadline: &'a Deadline,
    silence: Duration,
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<'_, S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.socket).poll_read(cx, buffer))?;
        self.deadline.set(self.silence);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<'_, S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::task::Waker;

    use super::*;
    use crate::proxy::deadline::Ticker;

    #[test]
    fn whoever_is_heard_is_not_let_go() {
        let ticker = Rc::new(Ticker::default());
        let deadline = Deadline::new(&ticker);
        let cx = &mut Context::from_waker(Waker::noop());
        let pass = |ticks: u32| {
            (0..ticks).for_each(|_| ticker.tick());
            deadline.poll_due(&mut Context::from_waker(Waker::noop())).is_ready()
        };
        let silence = Duration::from_secs(1);
        deadline.set(silence);
        assert!(!pass(9));
        let mut heard = Heard { socket: &b"a byte"[..], deadline: &deadline, silence };
        assert!(Pin::new(&mut heard).poll_read(cx, &mut ReadBuf::new(&mut [0])).is_ready());
        assert!(!pass(9), "the second begins anew");
        assert!(pass(2));
    }
}
