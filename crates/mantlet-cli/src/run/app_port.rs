//! A port for the app: the one that was asked for, or a free one.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use anyhow::Context;

use super::sockets;
use crate::failure::Failure;

/// Above the ports of services, and below those that systems give to outgoing connections: one of these could take the
/// port in the seconds until the app asks for it.
const QUIET: Range<u16> = 20_000..32_768;

/// Random ones, of which each is hardly ever taken.
const TRIED: usize = 100;

/// The port that was asked for, if nobody has it, or else a free one.
pub(super) fn choose(asked: Option<u16>) -> anyhow::Result<u16> {
    match asked {
        Some(port) => Ok(refuse_taken(port).map(|()| port)?),
        None => free().context("no free port for the app"),
    }
}

/// Whoever listens there already would be shielded in the app's place.
fn refuse_taken(port: u16) -> Result<(), Failure> {
    if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
        return Ok(());
    }
    let by = sockets::holder(port).map_or(String::new(), |holder| format!(" by {} (pid {})", holder.name, holder.pid));
    Err(Failure::new(format!("port {port}, asked for with --app-port, is in use{by}"))
        .fix("leave --app-port out; a free one is found")
        .fix(format!("shield what runs there: mantlet run --upstream http://127.0.0.1:{port}")))
}

/// A port that was free on every address a moment ago: apps listen on all of them, if told to or not.
///
/// # Errors
/// When the system has none, or no randomness.
fn free() -> io::Result<u16> {
    for _ in 0..TRIED {
        let span = u32::from(QUIET.end.saturating_sub(QUIET.start));
        let offset = getrandom::u32()
            .map_err(io::Error::other)?
            .checked_rem(span)
            .and_then(|offset| u16::try_from(offset).ok())
            .unwrap_or(0);
        let port = QUIET.start.saturating_add(offset);
        if is_free(port) {
            return Ok(port);
        }
    }
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_outgoing_connection_takes_the_port() {
        let port = free().unwrap();
        assert!(QUIET.contains(&port), "{port}");
    }

    #[test]
    fn a_port_that_is_taken_on_one_address_is_not_free() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(!is_free(taken.local_addr().unwrap().port()));
    }
}
