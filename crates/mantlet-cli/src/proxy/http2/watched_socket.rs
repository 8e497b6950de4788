//! [`WatchedSocket`]: tells the [`Network`] of a connection when something arrives, and whether the network takes what h2
//! writes.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::network::Network;
use crate::proxy::socket::Socket;

/// The socket that h2 reads and writes.
pub(super) struct WatchedSocket {
    /// Also for whoever closes it.
    socket: Rc<RefCell<Socket>>,
    network: Rc<Network>,
}

impl WatchedSocket {
    pub(super) fn new(socket: &Rc<RefCell<Socket>>, network: &Rc<Network>) -> Self {
        Self { socket: Rc::clone(socket), network: Rc::clone(network) }
    }

    fn observe(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(taken)) => self.network.take(*taken),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.network.block(),
        }
        written
    }
}

impl AsyncRead for WatchedSocket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut *self.socket.borrow_mut()).poll_read(cx, buf);
        if read.is_ready() {
            self.network.hear();
        }
        read
    }
}

impl AsyncWrite for WatchedSocket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut *self.socket.borrow_mut()).poll_write(cx, buf);
        self.observe(written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut *self.socket.borrow_mut()).poll_write_vectored(cx, slices);
        self.observe(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.borrow().is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // TLS may have taken what the network has not.
        let flushed = Pin::new(&mut *self.socket.borrow_mut()).poll_flush(cx);
        self.observe(flushed.map_ok(|()| 0)).map_ok(drop)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.socket.borrow_mut()).poll_shutdown(cx)
    }
}
