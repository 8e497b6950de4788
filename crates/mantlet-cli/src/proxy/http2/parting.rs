//! [`Parting`]: how a connection ends.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::proxy::watch::{Ticker, Watch};
use crate::proxy::wire::Socket;

/// A client that still reads says so now and then.
const SILENCE: Duration = Duration::from_secs(10);

/// How long it may go on reading.
const IN_ALL: Duration = Duration::from_secs(30);

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parting {
    /// There is nothing that the client could miss, or it had its time.
    AtOnce,
    /// The network has taken everything, the client perhaps not.
    MayStillRead,
}

/// Closes in a way that lets the client read what is on the way. It tells us of each piece that it has read, and where
/// nobody listens to that the connection is reset, and what is still on the way lost.
pub(super) async fn linger(ticker: &Rc<Ticker>, socket: &RefCell<Socket>) {
    let (silence, in_all) = (Watch::new(ticker), Watch::new(ticker));
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
