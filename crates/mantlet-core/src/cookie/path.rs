//! Which paths a cookie goes to (RFC 6265bis, section 5.1.4).

use crate::path::RoutePath;

/// The Path of what goes everywhere.
pub(crate) const ROOT: &str = "/";

/// Whether browsers send a cookie with this Path to that path.
pub(crate) fn is_below(path: &[u8], above: &[u8]) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || above.ends_with(b"/") || rest.starts_with(b"/"))
}

/// Whether servers may take a path for one of this folder, be it that browsers do not: `/%61pp` and `/APP;x` for `/app`, and `/app`
/// for `/app/`. A path or a folder that they read in several ways may be anything.
pub(crate) fn may_be_below(path: &str, folder: &str) -> bool {
    let (Ok(path), Ok(folder)) = (RoutePath::parse(path), RoutePath::parse(folder)) else { return true };
    let mut names = names(path.as_str());
    self::names(folder.as_str()).all(|own| names.next().is_some_and(|name| name.eq_ignore_ascii_case(own)))
}

/// The segments of a path without their parameters.
fn names(path: &str) -> impl Iterator<Item = &str> {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.map(|segment| segment.split_once(';').map_or(segment, |(name, _)| name))
}

/// The Path of a cookie that names none, set by the answer to a request for this path.
pub(crate) fn default_path(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((folder, _)) if folder.starts_with('/') => folder,
        _ => ROOT,
    }
}

/// The Paths that a cookie can have if it is sent to this path, the shortest first. None has a semicolon.
pub(crate) fn all_above(path: &str) -> impl Iterator<Item = &str> {
    let path = path.split_once(';').map_or(path, |(before, _)| before);
    let inner = path.match_indices('/').filter(|(at, _)| *at > 0);
    let inner = inner.flat_map(move |(at, slash)| [path.get(..at), path.get(..at.saturating_add(slash.len()))]);
    let whole = (!path.ends_with('/')).then_some(path);
    std::iter::once(ROOT).chain(inner.flatten()).chain(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_a_cookie_goes_to() {
        for (path, above, expected) in [
            ("/", "/", true),
            ("/app/page", "/", true),
            ("/app/page", "/app", true),
            ("/app/page", "/app/", true),
            ("/app", "/app", true),
            ("/app", "/app/", false),
            ("/apple", "/app", false),
            ("/App/page", "/app", false),
            ("/", "/app", false),
        ] {
            assert_eq!(is_below(path.as_bytes(), above.as_bytes()), expected, "{path} {above}");
        }
    }

    #[test]
    fn paths_that_servers_may_take_for_one_of_a_folder() {
        for (path, folder, expected) in [
            ("/app/page", "/app", true),
            ("/%61pp/page", "/app", true),
            ("/APP;x/page", "/app", true),
            ("/app%3Bx/page", "/app", true),
            ("/app", "/app/", true),
            ("/my app/x", "/my%20app", true),
            ("/caf%e9/x", "/caf%E9", true),
            ("//app/page", "/app", true),
            ("/app%2Fpage", "/app", true),
            ("/x/..;/app/page", "/app", true),
            ("/apple/page", "/app", false),
            ("/app/page", "/app/inner", false),
            ("/x/app/page", "/app", false),
            ("/", "/app", false),
        ] {
            assert_eq!(may_be_below(path, folder), expected, "{path} {folder}");
        }
    }

    #[test]
    fn paths_of_cookies_that_name_none() {
        for (path, expected) in [
            ("/", "/"),
            ("", "/"),
            ("*", "/"),
            ("/login", "/"),
            ("/account/", "/account"),
            ("/account/login", "/account"),
            ("/account/login/", "/account/login"),
            ("/a%2Fb", "/"),
            ("//x", "/"),
            ("/a//", "/a/"),
        ] {
            assert_eq!(default_path(path), expected, "{path}");
        }
    }

    #[test]
    fn paths_that_a_cookie_can_have() {
        for (path, expected) in [
            ("/", &["/"][..]),
            ("/a", &["/", "/a"]),
            ("/a/", &["/", "/a", "/a/"]),
            ("/a/b", &["/", "/a", "/a/", "/a/b"]),
            ("//a", &["/", "/", "//", "//a"]),
            ("/a;b/c", &["/", "/a"]),
        ] {
            assert_eq!(all_above(path).collect::<Vec<_>>(), expected, "{path}");
            assert!(all_above(path).all(|above| is_below(path.as_bytes(), above.as_bytes()) || path.contains(';')));
        }
    }
}
