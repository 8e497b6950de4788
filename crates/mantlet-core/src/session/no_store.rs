//! Responses that set a session cookie stay out of caches: whoever gets one from a cache gets the session with it.

use mantlet_fields::{Fields, Known, NameSet};

/// Fields that tell caches of one kind something other than `Cache-Control` (RFC 9213 and its forerunners), besides all whose
/// name ends in that.
const TARGETED: NameSet = NameSet::of(&[
    Known::CdnCacheControl,
    Known::CloudflareCdnCacheControl,
    Known::EdgeControl,
    Known::NetlifyCdnCacheControl,
    Known::SurrogateControl,
    Known::VercelCdnCacheControl,
    Known::XAccelExpires,
]);

/// Sees to it that no shared cache keeps the response. What the application says stays if that is enough.
pub(super) fn forbid_storing(fields: &mut Fields) {
    fields.remove_all(&TARGETED);
    fields.remove_others(|name| name.ends_with(b"-cache-control"));
    if !is_private(fields.all(Known::CacheControl)) {
        // It holds nothing that a field could not.
        let _ = fields.set_value(Known::CacheControl, b"no-store");
    }
}

/// Whether `private` or `no-store` is said, and nothing against it. `private="field"` is less than `private`; since no
/// directive of use here is quoted, a field with quotes is not enough.
pub(crate) fn is_private<'a>(cache_control: impl Iterator<Item = &'a [u8]>) -> bool {
    let mut is_private = false;
    for value in cache_control {
        if value.contains(&b'"') {
            return false;
        }
        for directive in value.split(|byte| *byte == b',') {
            let name = directive.split(|byte| *byte == b'=').next().unwrap_or(directive).trim_ascii();
            if name.eq_ignore_ascii_case(b"public") || name.eq_ignore_ascii_case(b"s-maxage") {
                return false;
            }
            is_private |= directive.trim_ascii().eq_ignore_ascii_case(b"private")
                || directive.trim_ascii().eq_ignore_ascii_case(b"no-store");
        }
    }
    is_private
}

/// Whether a Cache-Control line invites caches that serve many users to keep the response.
pub(super) fn is_public(cache_control: &[u8]) -> bool {
    let mut directives = cache_control.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let invites = |directive: &[u8]| {
        let (name, value) =
            directive.split_at(directive.iter().position(|byte| *byte == b'=').unwrap_or(directive.len()));
        name.eq_ignore_ascii_case(b"public") || (name.eq_ignore_ascii_case(b"s-maxage") && value != b"=0")
    };
    directives.clone().any(invites)
        && !directives.any(|said| said.eq_ignore_ascii_case(b"no-store") || said.eq_ignore_ascii_case(b"private"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_application_says_stays_if_it_is_enough() {
        for (said, expected) in [
            (&[][..], &["no-store"][..]),
            (&["private"], &["private"]),
            (&["Private, max-age=5"], &["Private, max-age=5"]),
            (&["no-cache", "no-store"], &["no-cache", "no-store"]),
            (&["public, max-age=600"], &["no-store"]),
            (&["PUBLIC"], &["no-store"]),
            (&["private, s-maxage=5"], &["no-store"]),
            (&["private", "public"], &["no-store"]),
            (&["max-age=5"], &["no-store"]),
            (&["no-cache"], &["no-store"]),
            (&["private=\"set-cookie\""], &["no-store"]),
            (&["private=x"], &["no-store"]),
            (&["x=\"a, private\""], &["no-store"]),
        ] {
            let targeted = [("cdn-cache-control", "public"), ("x-litespeed-cache-control", "public")];
            let lines = said.iter().map(|value| ("cache-control", *value)).chain(targeted);
            let mut fields = Fields::from_pairs(lines).unwrap();
            forbid_storing(&mut fields);
            let sent: Vec<_> =
                fields.all(Known::CacheControl).map(|value| std::str::from_utf8(value).unwrap()).collect();
            assert_eq!(sent, expected, "{said:?}");
            assert_eq!(fields.len(), sent.len(), "{said:?}");
        }
    }
}
