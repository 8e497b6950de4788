//! Whether an app that somebody else started is there.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::config::UpstreamUrl;

/// An app on the same network answers sooner than this, or not at all.
const PATIENCE: Duration = Duration::from_secs(3);
/// Shorter at the start, where somebody waits for the shield: what is found out later is in the log.
const AT_START: Duration = Duration::from_secs(1);

/// Tries a connection.
pub(crate) fn accepts(upstream: &UpstreamUrl) -> io::Result<()> {
    match upstream {
        UpstreamUrl::Tcp(authority) => connect(authority),
        UpstreamUrl::Unix(path) => UnixStream::connect(path).map(drop),
    }
}

/// What the user ought to know when nobody is there. It may come yet: that is no failure.
pub(super) async fn note_of_absence(upstream: UpstreamUrl) -> Option<String> {
    let named = upstream.to_string();
    let (tell, told) = oneshot::channel();
    // Whoever waited no longer is not told.
    let trying = move || drop(tell.send(accepts(&upstream)));
    // That there can be no thread is told by the proxy, which needs more of them.
    std::thread::Builder::new().spawn(trying).ok()?;
    let error = timeout(AT_START, told).await.ok()?.ok()?.err()?;
    Some(format!("nothing answers at {named} yet ({error}): start the app, or correct --upstream"))
}

fn connect(authority: &str) -> io::Result<()> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in authority.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}
