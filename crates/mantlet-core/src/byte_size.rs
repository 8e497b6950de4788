//! [`ByteSize`]: a size as people write it in a policy, `"16MiB"`.

use std::fmt;

/// A number of bytes, written with a binary unit: `"512B"`, `"64KiB"`, `"16MiB"`, `"4GiB"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(u64);

/// Text that is not a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidByteSize(String);

impl fmt::Display for InvalidByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not a size with its unit: \"{}\"\nfix: a whole number and one of B, KiB, MiB, GiB, such as \"16MiB\"",
            self.0
        )
    }
}

impl std::error::Error for InvalidByteSize {}

/// Largest first, so that a size is written with the largest unit that keeps it whole.
const UNITS: [(&str, u32); 4] = [("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0)];

impl ByteSize {
    /// So many bytes.
    pub const fn bytes(count: u64) -> Self {
        Self(count)
    }

    /// So many KiB (1024 bytes).
    pub const fn kib(count: u64) -> Self {
        Self(count.saturating_mul(1 << 10))
    }

    /// So many MiB (1024 KiB).
    pub const fn mib(count: u64) -> Self {
        Self(count.saturating_mul(1 << 20))
    }

    /// So many GiB (1024 MiB).
    pub const fn gib(count: u64) -> Self {
        Self(count.saturating_mul(1 << 30))
    }

    /// The number of bytes.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Reads a whole number and its unit. A space may stand between them.
    ///
    /// # Errors
    /// On a missing or decimal unit (`MB` is read as two different sizes), a sign, a fraction, and what exceeds 64 bits.
    pub fn parse(text: &str) -> Result<Self, InvalidByteSize> {
        let invalid = || InvalidByteSize(text.chars().take(64).collect());
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits).ok_or_else(invalid)?;
        let unit = unit.strip_prefix(' ').unwrap_or(unit);
        let (_, shift) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(invalid)?;
        let count: u64 = number.parse().map_err(|_| invalid())?;
        count.checked_mul(1 << shift).map(Self).ok_or_else(invalid)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, shift) = UNITS
            .into_iter()
            .find(|(_, shift)| self.0.trailing_zeros() >= *shift && self.0 >> shift > 0)
            .unwrap_or(("B", 0));
        write!(f, "{}{unit}", self.0 >> shift)
    }
}

#[cfg(feature = "toml")]
impl<'de> serde::Deserialize<'de> for ByteSize {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = ByteSize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size with its unit, such as \"16MiB\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ByteSize, E> {
                ByteSize::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_whole_numbers_with_a_binary_unit() {
        for (text, expected) in [
            ("0B", Some(0)),
            ("512B", Some(512)),
            ("64KiB", Some(65_536)),
            ("16MiB", Some(16 << 20)),
            ("16 MiB", Some(16 << 20)),
            ("4GiB", Some(4 << 30)),
            ("17179869183GiB", Some(0xffff_ffff_c000_0000)),
            ("17179869184GiB", None),
            ("16MB", None),
            ("16mib", None),
            ("16", None),
            ("MiB", None),
            ("-1MiB", None),
            ("+1MiB", None),
            ("1.5MiB", None),
            ("16  MiB", None),
            ("", None),
        ] {
            assert_eq!(ByteSize::parse(text).ok().map(ByteSize::get), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_rendered_size_reads_as_itself(count: u64) {
            let size = ByteSize::bytes(count);
            prop_assert_eq!(ByteSize::parse(&size.to_string()), Ok(size));
        }
    }
}
