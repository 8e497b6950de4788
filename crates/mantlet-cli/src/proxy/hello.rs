//! The first that a client says over TLS, and how much of it is waited for.
//!
//! rustls keeps a ClientHello until it is whole, and lets it be 64 KiB. Thousands who begin one and do not end it would hold
//! that for as long as they may take, and begin anew.

use std::io;

use rustls::server::{Accepted, Acceptor};
use tokio::net::TcpStream;

/// What fits one record (RFC 8446, section 5.1). A browser says 2 KiB with post-quantum keys, and hardly more than 4 when it
/// resumes a session.
const AT_MOST: usize = 16 * 1024;

/// Reads a ClientHello. `None`: it is none, or longer than any, or its client has left.
pub(super) async fn read(stream: &TcpStream) -> Option<Accepted> {
    let mut acceptor = Acceptor::default();
    let mut left = AT_MOST;
    loop {
        stream.readable().await.ok()?;
        match acceptor.read_tls(&mut Ready(stream)) {
            Ok(0) => return None,
            Ok(read) => left = left.checked_sub(read)?,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => return None,
        }
        match acceptor.accept() {
            Ok(Some(accepted)) => return Some(accepted),
            Ok(None) => {}
            Err((_, mut alert)) => {
                // It is small, and nobody waits for it: what the network does not take at once is not said.
                let _ = alert.write(&mut Ready(stream));
                return None;
            }
        }
    }
}

/// A socket, as far as it does not make us wait.
struct Ready<'a>(&'a TcpStream);

impl io::Read for Ready<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl io::Write for Ready<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
