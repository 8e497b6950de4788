//! The attributes of a Set-Cookie line, as browsers read them.

use super::{MAX_ATTRIBUTE_VALUE, date, split_at_equals, trim_blanks};

/// What browsers make of the attributes: of each kind, the last counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Attributes<'a> {
    pub(super) secure: bool,
    pub(super) http_only: bool,
    pub(super) partitioned: bool,
    pub(super) same_site: Option<&'a [u8]>,
    pub(super) path: Option<&'a [u8]>,
    pub(super) domain: Option<&'a [u8]>,
    pub(super) max_age: Option<i64>,
    pub(super) expires: Option<i64>,
    /// Those that stand there, whatever browsers make of them.
    pub(super) present: Kinds,
    /// Some kind stands more than once, be it one that does not count beside one that does.
    pub(super) repeated: bool,
    /// Browsers ignore one for its size ([`MAX_ATTRIBUTE_VALUE`]).
    pub(super) oversized: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Secure,
    HttpOnly,
    Partitioned,
    SameSite,
    Path,
    Domain,
    MaxAge,
    Expires,
    Unknown,
}

impl Kind {
    pub(super) fn of(name: &[u8]) -> Self {
        let candidates: &[(&[u8], Self)] = match name.len() {
            4 => &[(b"path", Self::Path)],
            6 => &[(b"secure", Self::Secure), (b"domain", Self::Domain)],
            7 => &[(b"max-age", Self::MaxAge), (b"expires", Self::Expires)],
            8 => &[(b"httponly", Self::HttpOnly), (b"samesite", Self::SameSite)],
            11 => &[(b"partitioned", Self::Partitioned)],
            _ => &[],
        };
        let found = candidates.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
        found.map_or(Self::Unknown, |(_, kind)| *kind)
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kinds(u16);

impl Kinds {
    pub(super) fn with(self, kind: Kind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }

    pub(super) fn contains(self, kind: Kind) -> bool {
        self.overlap(Self::default().with(kind))
    }

    pub(super) fn overlap(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }
}

/// Which attribute of each kind stays where it stands more than once: the last that counts, or just the last.
#[derive(Default)]
pub(super) struct LastOfKind([Option<(usize, bool)>; Kind::Unknown as usize]);

impl LastOfKind {
    pub(super) fn of(tail: &[u8]) -> Self {
        let mut last = Self::default();
        for (at, attribute) in attributes(tail).enumerate() {
            let counts = attribute.counts();
            if let Some(slot) = last.0.get_mut(attribute.kind as usize)
                && slot.is_none_or(|(_, does_count)| counts || !does_count)
            {
                *slot = Some((at, counts));
            }
        }
        last
    }

    /// Whether another one stays instead of the attribute of this kind at this place.
    pub(super) fn outdoes(&self, kind: Kind, at: usize) -> bool {
        self.0.get(kind as usize).copied().flatten().is_some_and(|(last, _)| last != at)
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Attribute<'a> {
    pub(super) kind: Kind,
    /// Between two semicolons, blanks included.
    pub(super) raw: &'a [u8],
    pub(super) value: &'a [u8],
    pub(super) is_oversized: bool,
}

impl Attribute<'_> {
    /// Whether browsers heed it. A lifetime that does not parse is ignored, and does not undo an earlier one (RFC 6265bis, section
    /// 5.6.1); in Chromium it does.
    pub(super) fn counts(&self) -> bool {
        match self.kind {
            Kind::Unknown => false,
            Kind::MaxAge => parse_max_age(self.value).is_some(),
            Kind::Expires => date::parse(self.value).is_some(),
            _ => true,
        }
    }
}

/// The attributes that browsers look at have their kind; those whose value is too long are unknown, as they are to them.
pub(super) fn attributes(tail: &[u8]) -> impl Iterator<Item = Attribute<'_>> + Clone {
    // `tail` begins with a semicolon, so the first piece is what stands before it: nothing.
    tail.split(|byte| *byte == b';').skip(1).map(|raw| {
        let (name, value) = split_at_equals(raw).unwrap_or((raw, b""));
        let value = trim_blanks(value);
        let named = Kind::of(trim_blanks(name));
        let is_oversized = value.len() > MAX_ATTRIBUTE_VALUE && named != Kind::Unknown;
        Attribute { kind: if is_oversized { Kind::Unknown } else { named }, raw, value, is_oversized }
    })
}

impl<'a> Attributes<'a> {
    pub(super) fn read(tail: &'a [u8]) -> Self {
        let mut read = Self::default();
        for attribute in attributes(tail) {
            let Attribute { kind, value, is_oversized, .. } = attribute;
            read.oversized |= is_oversized;
            read.repeated |= kind != Kind::Unknown && read.present.contains(kind);
            read.present = read.present.with(kind);
            if !attribute.counts() {
                continue;
            }
            match kind {
                Kind::Unknown => {}
                Kind::Secure => read.secure = true,
                Kind::HttpOnly => read.http_only = true,
                Kind::Partitioned => read.partitioned = true,
                Kind::SameSite => read.same_site = Some(value),
                Kind::Path => read.path = Some(value),
                Kind::Domain => read.domain = Some(value),
                Kind::MaxAge => read.max_age = parse_max_age(value),
                Kind::Expires => read.expires = date::parse(value),
            }
        }
        read
    }
}

/// Digits, perhaps after a minus. What does not fit is as good as for ever, or long over.
fn parse_max_age(value: &[u8]) -> Option<i64> {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let text = std::str::from_utf8(value).ok()?;
    Some(text.parse().unwrap_or(if value.starts_with(b"-") { i64::MIN } else { i64::MAX }))
}
