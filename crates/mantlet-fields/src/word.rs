//! Eight bytes at a time, without a vector unit in sight.

/// The high bit of each byte.
pub(crate) const HIGH: u64 = each(0x80);

/// A byte, eight times.
pub(crate) const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The first eight bytes, the first one lowest; NULs where there are fewer.
#[inline]
pub(crate) fn first_word(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    match bytes.first_chunk() {
        Some(whole) => word = *whole,
        None => word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from),
    }
    u64::from_le_bytes(word)
}
