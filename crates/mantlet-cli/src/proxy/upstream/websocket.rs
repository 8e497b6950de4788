//! Whether the application agreed to the WebSocket that was asked for (RFC 6455, section 4.2.2).
//!
//! A 101 that anything but a WebSocket server gives would open a tunnel past the guards: to a server that merely echoes
//! fields, or one that an attacker brought to answer so. The proof that it read the handshake is in Sec-WebSocket-Accept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use mantlet_core::fields::{Fields, Known};
use mantlet_http1::ResponseHead;
use ring::digest;

/// Section 1.3: what a server appends to the key.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Whether this answer to that request begins a WebSocket.
pub(super) fn is_agreed(request: &Fields, answer: &ResponseHead) -> bool {
    let (Some(key), Some(accept)) =
        (request.only(Known::SecWebsocketKey), answer.fields.only(Known::SecWebsocketAccept))
    else {
        return false;
    };
    let names_it = |upgrade: &[u8]| upgrade.eq_ignore_ascii_case(b"websocket");
    answer.status == StatusCode::SWITCHING_PROTOCOLS
        && request.contains(Known::Upgrade)
        && answer.connection.upgrade
        && answer.fields.only(Known::Upgrade).is_some_and(names_it)
        && accept == acceptance(key).as_bytes()
}

/// Section 4.2.2, item 5.4. SHA-1 is no secret here: it shows that the key was read.
fn acceptance(key: &[u8]) -> String {
    let mut sha1 = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    sha1.update(key);
    sha1.update(GUID);
    STANDARD.encode(sha1.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(acceptance(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
