//! Sessions and logins in addresses, as ASP.NET takes them out again: `/(S(x))/admin` is `/admin` there, with cookies switched on
//! as well.

/// The path without what Mono takes for a session: from the first parenthesis that opens a segment to the first that ends one,
/// slashes in between included. If none ends one, only the last segment is left behind it.
pub(super) fn without_id(path: &str) -> Option<String> {
    /// So many characters stand between the parentheses. One that is escaped has more bytes.
    const LENGTH: usize = 24;
    let (before, from) = path.split_once("/(")?;
    let (folders, file) = from.rsplit_once('/')?;
    if !folders.bytes().skip(LENGTH).any(|byte| byte == b')') {
        return None;
    }
    let behind = from.split_once(")/").map_or(file, |(_, behind)| behind);
    Some(format!("{before}/{behind}"))
}

/// The path without the first values of .NET's own form, of which it takes out one, or several that are alike. What follows one in its
/// segment goes on with the segment before: `/ad/(S(x))min` is `/admin` (CVE-2023-36899).
pub(super) fn without_values(path: &str, most: usize) -> Option<String> {
    // Few paths have one, and the others need no copy.
    if !path.contains("/(") {
        return None;
    }
    let mut out = String::with_capacity(path.len());
    let mut found = 0_usize;
    for segment in path.split('/').skip(1) {
        if let Some(rest) = after_value(segment).filter(|_| found < most) {
            found = found.saturating_add(1);
            out.push_str(rest);
        } else {
            out.push('/');
            out.push_str(segment);
        }
    }
    if !out.starts_with('/') {
        out.insert(0, '/');
    }
    (found > 0).then_some(out)
}

/// What follows `(S(…))`, or several such letters in one pair of parentheses.
fn after_value(segment: &str) -> Option<&str> {
    let mut rest = one_letter(segment.strip_prefix('(')?)?;
    while let Some(next) = one_letter(rest) {
        rest = next;
    }
    rest.strip_prefix(')')
}

fn one_letter(text: &str) -> Option<&str> {
    let (_, rest) =
        text.strip_prefix(|letter: char| letter.is_ascii_uppercase())?.strip_prefix('(')?.split_once(')')?;
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_in_addresses_are_no_part_of_the_path() {
        for (path, id, value, values) in [
            ("/(S(x))/admin", None, Some("/admin"), Some("/admin")),
            ("/(0123456789abcdefghijklmn)/admin", Some("/admin"), None, None),
            ("/(abcdefghij/klmnopqrstuvw)/admin", Some("/admin"), None, None),
            ("/app/(0123456789abcdefghijklmn)x/y/admin", Some("/app/admin"), None, None),
            ("/(01234)/56789abcdefghijklm)/admin", Some("/56789abcdefghijklm)/admin"), None, None),
            ("/(\u{e9}bcdefghij%C3%A9klmnopqrstuvw)x/admin", Some("/admin"), None, None),
            ("/app/(A(x)F(y)S(z))/admin", None, Some("/app/admin"), Some("/app/admin")),
            ("/(S(x))/ad/(S(x))min/1", None, Some("/ad/(S(x))min/1"), Some("/admin/1")),
            ("/ad/(S(x))min", None, Some("/admin"), Some("/admin")),
            ("/(S(x))", None, Some("/"), Some("/")),
            ("/(S(x))admin", None, Some("/admin"), Some("/admin")),
            ("/(S(x))/", None, Some("/"), Some("/")),
        ] {
            assert_eq!(without_id(path).as_deref(), id, "{path}");
            assert_eq!(without_values(path, 1).as_deref(), value, "{path}");
            assert_eq!(without_values(path, usize::MAX).as_deref(), values, "{path}");
        }
    }

    #[test]
    fn other_parentheses_stay() {
        for path in [
            "/wiki/Mercury_(planet)/edit",
            "/wiki/(I_Can't_Get_No)_Satisfaction/edit",
            "/wiki/(500)/edit",
            "/(0123456789abcdefghijklmn)",
            "/Products(1)/Name",
            "/People('x')/Friends",
            "/inbox(popup:compose)",
            "/(s(x))",
            "/(S(x)",
            "/(Sx)",
            "/()",
            "/f(S(x))",
        ] {
            assert_eq!((without_id(path), without_values(path, usize::MAX)), (None, None), "{path}");
        }
    }
}
