//! A cookie's folder as a part of its name. Browsers take `__Host-` with `Path=/` only, and send such a cookie everywhere; so the
//! folder that it is for has to stand in its name: `__Host-~app!sid` is the `sid` with `Path=/app`.
//!
//! A slash is written `~`. Letters, digits and `-`, `.`, `_` stay, and any other byte is `+` and two digits: `/my;app` is `~my+3Bapp`.
//! A folder is written in one way only, so that no two cookies are one, and one is never two.

use std::borrow::Cow;

use super::name::{Prefix, is_name_byte};
use crate::percent::hex_digits;

/// A longer Path is made up. Nobody's header should be full of them.
pub(crate) const MAX_FOLDER: usize = 256;

/// Behind the folder.
const END: u8 = b'!';

/// Whether a cookie of this name and Path can have it in its name: the Path is a folder, and the name is read alike by all.
pub(crate) fn can_be_in_name(folder: &[u8], name: &[u8]) -> bool {
    folder.len() <= MAX_FOLDER
        && matches!(folder, [b'/', _, ..])
        && folder.iter().all(u8::is_ascii_graphic)
        && !name.is_empty()
        && name.iter().all(|byte| is_name_byte(*byte) && *byte != b'%')
        && Prefix::split(name).is_none()
}

/// What stands before a cookie's own name in browsers.
pub(crate) fn before_name(prefix: Option<Prefix>, folder: Option<&[u8]>) -> Cow<'static, [u8]> {
    let prefix = prefix.map_or("", Prefix::as_str).as_bytes();
    let Some(folder) = folder else { return Cow::Borrowed(prefix) };
    let mut out = prefix.to_vec();
    for byte in folder {
        match byte {
            b'/' => out.push(b'~'),
            plain if plain.is_ascii_alphanumeric() || matches!(plain, b'-' | b'.' | b'_') => out.push(*plain),
            other => {
                out.push(b'+');
                out.extend_from_slice(&hex_digits(*other));
            }
        }
    }
    out.push(END);
    Cow::Owned(out)
}

/// The folder and the own name of a cookie whose name, without its prefix, is `base`. `None`: there is no folder in it.
pub(crate) fn split(base: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    if !base.starts_with(b"~") {
        return None;
    }
    let (written, name) = base.split_at_checked(base.iter().position(|byte| *byte == END)?)?;
    let name = name.get(1..)?;
    let folder = read(written)?;
    let is_as_we_write = before_name(None, Some(&folder)).strip_suffix(&[END]) == Some(written);
    (is_as_we_write && can_be_in_name(&folder, name)).then_some((folder, name))
}

/// A name without its prefix, and without the folder behind that.
pub(crate) fn own_name(name: &[u8]) -> &[u8] {
    match Prefix::split(name) {
        Some((Prefix::Host, base)) => split(base).map_or(base, |(_, own)| own),
        Some((_, base)) => base,
        None => name,
    }
}

fn read(mut written: &[u8]) -> Option<Vec<u8>> {
    let mut folder = Vec::with_capacity(written.len());
    while let Some((first, rest)) = written.split_first() {
        written = rest;
        folder.push(match first {
            b'~' => b'/',
            b'+' => {
                let (digits, rest) = written.split_first_chunk::<2>()?;
                written = rest;
                u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?
            }
            plain => *plain,
        });
    }
    Some(folder)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folders_in_names() {
        for (folder, written) in [
            ("/app", "__Host-~app!sid"),
            ("/app/", "__Host-~app~!sid"),
            ("/a/b", "__Host-~a~b!sid"),
            ("/~user/my-app_1.0", "__Host-~+7Euser~my-app_1.0!sid"),
            ("/a;b!c+d%20", "__Host-~a+3Bb+21c+2Bd+2520!sid"),
            ("//", "__Host-~~!sid"),
        ] {
            let name = [&*before_name(Some(Prefix::Host), Some(folder.as_bytes())), b"sid"].concat();
            assert_eq!(String::from_utf8_lossy(&name), written, "{folder}");
            assert_eq!(own_name(&name), b"sid", "{folder}");
        }
    }

    #[test]
    fn names_without_a_folder() {
        for base in [
            "sid",
            "~app",
            "~app!",
            "!sid",
            "~!sid",
            "app!sid",
            "~a b!sid",
            "~a+2!sid",
            "~a+zz!sid",
            "~a++1!sid",
            "~a+7e!sid",
            "~a+61!sid",
            "~a+2F!sid",
            "~a+0A!sid",
            "~a*!sid",
            "~a!__Host-sid",
            "~a!%73id",
            "~a! sid",
        ] {
            assert_eq!(split(base.as_bytes()), None, "{base}");
        }
        let long = |length| format!("~{}!sid", "x".repeat(length));
        assert!(split(long(MAX_FOLDER - 1).as_bytes()).is_some() && split(long(MAX_FOLDER).as_bytes()).is_none());
        assert_eq!(own_name(b"__Secure-~app!sid"), b"~app!sid");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(folder in "/[!-~]{1,40}", name in "[a-zA-Z0-9!~._+-]{1,20}") {
            prop_assume!(can_be_in_name(folder.as_bytes(), name.as_bytes()));
            let whole = [&*before_name(None, Some(folder.as_bytes())), name.as_bytes()].concat();
            prop_assert_eq!(split(&whole), Some((folder.into_bytes(), name.as_bytes())));
            prop_assert!(whole.iter().all(|byte| mantlet_fields::is_token_byte(*byte)));
        }

        #[test]
        fn what_is_read_is_written_so(base in "~[a-z~+2-7A-F.]{0,12}!sid") {
            if let Some((folder, name)) = split(base.as_bytes()) {
                prop_assert_eq!([&*before_name(None, Some(&folder)), name].concat(), base.into_bytes());
            }
        }
    }
}
