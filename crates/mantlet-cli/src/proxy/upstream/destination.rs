//! The Destination of a WebDAV client, which names where it sees the file: under `https://`.
//!
//! The application is asked over http. mod_dav and nginx compare the scheme with that of their own connection and take any
//! other for another server's: nothing could be moved or copied. The scheme alone is changed, as administrators of other
//! proxies do by hand: mod_dav takes no mere path, and Radicale compares the host with the one it was asked by.

use mantlet_core::fields::{Fields, Known};

/// Corrects what a request says; the forwarding fields in there are our own.
pub(super) fn correct(asked: &mut Fields) {
    if asked.contains(Known::Destination)
        && let Some(corrected) = corrected(asked)
    {
        // It is shorter than what stood there, and holds the same.
        let _ = asked.set_value(Known::Destination, &corrected);
    }
}

/// `None`: it is on another site, or right as it is.
fn corrected(asked: &Fields) -> Option<Vec<u8>> {
    let (https, rest) = asked.only(Known::Destination)?.split_at_checked(b"https://".len())?;
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let is_own = https.eq_ignore_ascii_case(b"https://")
        && asked.only(Known::XForwardedProto)? == b"https"
        && asked.only(Known::XForwardedHost)?.eq_ignore_ascii_case(authority);
    is_own.then(|| [b"http://", rest].concat())
}
