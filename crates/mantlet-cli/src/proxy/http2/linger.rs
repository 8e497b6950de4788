//! Closing a connection in a way that lets the client read what is on its way.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::proxy::deadline::{Deadline, Ticker};
use crate::proxy::socket::Socket;

/// A client that still reads sends window updates now and then.
const SILENCE: Duration = Duration::from_secs(10);

/// How long it may go on reading in all.
const IN_ALL: Duration = Duration::from_secs(30);

/// How a connection is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Close {
    /// There is nothing that the client could miss, or it has had its time.
    AtOnce,
    /// The network has taken everything, the client perhaps not yet.
    Lingering,
}

/// Closes our side, then reads until the client is done. It acknowledges what it reads with window updates: were nobody to
/// read those, the kernel would reset the connection, and what is still on its way would be lost.
pub(super) async fn linger(ticker: &Rc<Ticker>, socket: &RefCell<Socket>) {
    let (silence, in_all) = (Deadline::new(ticker), Deadline::new(ticker));
    silence.set(SILENCE);
    in_all.set(IN_ALL);
    let mut buffer = [0; 1024];
    poll_fn(|cx| {
        let mut socket = socket.borrow_mut();
        let _ = Pin::new(&mut *socket).poll_shutdown(cx);
        loop {
            let mut read = ReadBuf::new(&mut buffer);
            match Pin::new(&mut *socket).poll_read(cx, &mut read) {
                Poll::Ready(Ok(())) if !read.filled().is_empty() => silence.set(SILENCE),
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending if in_all.poll_due(cx).is_ready() => return Poll::Ready(()),
                Poll::Pending => return silence.poll_due(cx),
            }
        }
    })
    .await;
}
