//! Base64 (RFC 4648, section 4), as far as names of files come in it.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Reads bytes, with or without padding. `None` if there is anything that one decoder skips and another reads.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for chunk in text.trim_end_matches('=').as_bytes().chunks(4) {
        let mut word = 0_u32;
        for at in 0..4 {
            let digit = match chunk.get(at) {
                Some(digit) => DIGITS.iter().position(|known| known == digit)?,
                // One digit is less than a byte.
                None if at == 1 => return None,
                None => 0,
            };
            word = word << 6 | u32::try_from(digit).ok()?;
        }
        let [_, three @ ..] = word.to_be_bytes();
        bytes.extend_from_slice(three.get(..chunk.len().saturating_sub(1))?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_may_be_left_out() {
        for (bytes, text) in [(&b""[..], ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v"), (b"\xff\xef", "/+8=")]
        {
            assert_eq!(decode(text).as_deref(), Some(bytes), "{text}");
            assert_eq!(decode(text.trim_end_matches('=')).as_deref(), Some(bytes), "{text}, without padding");
        }
        for text in ["Z", "Zm9vZ", "Zm_v", "Zm 9v", "Zg==Zg==", "Zm9v\n"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
