//! Where the shield listens: as it was told, or at the next free port.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use super::sockets;
use crate::failure::Failure;

/// How many ports after the usual one are tried.
const TRIED: u16 = 100;

/// Who asked for the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// `--listen` or its variable.
    Flag,
    /// `[server] listen`.
    File,
}

/// An address that is ours until the proxy opens it, which is only when the app is ready.
///
/// The socket never listens, so that a browser that comes too early is told so and not left waiting; it is there so that
/// another shield, started meanwhile, finds the port taken.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) address: SocketAddr,
    /// The usual port, when it was taken, and by whom.
    pub(super) instead_of: Option<String>,
    /// There is none while connections of an earlier run linger on the port.
    _placeholder: Option<Socket>,
}

impl Claim {
    /// Makes way for the proxy.
    pub(super) fn release(self) -> SocketAddr {
        self.address
    }
}

/// Claims the address that was asked for.
pub(super) fn claim(address: SocketAddr, asked: Asked) -> Result<Claim, Failure> {
    try_claim(address).map_err(|error| refused(address, asked, &error))
}

/// Claims the usual port on the loopback address, or the next one that is free.
pub(super) fn claim_free(usual: u16) -> Result<Claim, Failure> {
    let local = |port| SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
    if let Ok(claim) = try_claim(local(usual)) {
        return Ok(claim);
    }
    let next = usual.saturating_add(1)..usual.saturating_add(TRIED);
    let claim = next.into_iter().find_map(|port| try_claim(local(port)).ok()).ok_or_else(|| {
        Failure::new(format!("no port from {usual} on is free")).fix("name one: --listen 127.0.0.1:PORT")
    })?;
    Ok(Claim { instead_of: Some(format!("port {usual} is in use by {}", user_of(usual))), ..claim })
}

fn try_claim(address: SocketAddr) -> io::Result<Claim> {
    let address = TcpListener::bind(address)?.local_addr()?;
    // Without SO_REUSEADDR: two sockets that have it do not exclude each other before one of them listens.
    let placeholder = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))
        .and_then(|socket| socket.bind(&address.into()).map(|()| socket));
    Ok(Claim { address, instead_of: None, _placeholder: placeholder.ok() })
}

fn refused(address: SocketAddr, asked: Asked, error: &io::Error) -> Failure {
    let port = address.port();
    let by = match asked {
        Asked::Flag => "asked for with --listen",
        Asked::File => "set in [server] listen",
    };
    let elsewhere = SocketAddr::new(address.ip(), if port == 8443 { 9443 } else { 8443 });
    match error.kind() {
        io::ErrorKind::AddrInUse => Failure::new(format!("port {port}, {by}, is in use by {}", user_of(port)))
            .fix(format!("mantlet run --listen {elsewhere} …")),
        io::ErrorKind::PermissionDenied => Failure::new(format!("port {port}, {by}, needs a privilege"))
            .fix(format!("mantlet run --listen {elsewhere} …"))
            .fix(
                "setcap cap_net_bind_service=+ep on the binary, or AmbientCapabilities=CAP_NET_BIND_SERVICE in systemd",
            ),
        io::ErrorKind::AddrNotAvailable => Failure::new(format!("this machine has no address {}", address.ip()))
            .fix(format!("mantlet run --listen {} …", SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))),
        _ => Failure::new(format!("cannot listen on {address}, {by}: {error}")),
    }
}

fn user_of(port: u16) -> String {
    match sockets::holder(port) {
        Some(holder) => format!("{} (pid {})", holder.name, holder.pid),
        None => "a process of another user".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_claimed_once() {
        let first = claim("127.0.0.1:0".parse().unwrap(), Asked::Flag).unwrap();
        let failure = claim(first.address, Asked::Flag).unwrap_err().to_string();
        assert!(failure.starts_with(&format!("port {}, asked for with --listen, is in use by", first.address.port())));
        let next = claim_free(first.address.port()).unwrap();
        assert_ne!(next.address, first.address);
        assert!(next.instead_of.unwrap().contains("is in use by"));
    }

    #[test]
    fn nobody_is_kept_waiting_before_the_app_is_ready() {
        let claim = claim("127.0.0.1:0".parse().unwrap(), Asked::Flag).unwrap();
        assert!(TcpListener::bind(claim.address).is_err());
        let early = std::net::TcpStream::connect(claim.address).unwrap_err();
        assert_eq!(early.kind(), io::ErrorKind::ConnectionRefused);
        let address = claim.release();
        TcpListener::bind(address).unwrap();
    }
}
