//! A port for the app.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

/// Above the ports of services, and below those that systems give to outgoing connections: one of these could take the
/// port in the seconds until the app asks for it.
const QUIET: Range<u16> = 20_000..32_768;

/// Random ones, of which each is hardly ever taken.
const TRIED: usize = 100;

/// A port that was free on every address a moment ago: apps listen on all of them, if told to or not.
///
/// # Errors
/// When the system has none, or no randomness.
pub(super) fn free() -> io::Result<u16> {
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
