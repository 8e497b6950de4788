//! Sessions and logins in addresses, as ASP.NET takes them out again: `/(S(x))/admin` is `/admin` there, with cookies switched on
//! as well.

/// The path without what Mono takes for a session: from the first parenthesis that opens a segment to the first that ends one,
/// slashes in between included. Also what .NET reads where it looks for one value only.
pub(super) fn without_first(path: &str) -> Option<String> {
    let (before, from) = path.split_once("/(")?;
    let (_, after) = from.split_once(")/")?;
    Some(format!("{before}/{after}"))
}

/// The path without each value of .NET's own form. What follows one in its segment goes on with the segment before: `/ad/(S(x))min` is
/// `/admin` (CVE-2023-36899).
pub(super) fn without_values(path: &str) -> Option<String> {
    // Few paths have one, and the others need no copy.
    if !path.contains("/(") {
        return None;
    }
    let mut out = String::with_capacity(path.len());
    let mut is_other = false;
    for segment in path.split('/').skip(1) {
        if let Some(rest) = after_value(segment) {
            is_other = true;
            out.push_str(rest);
        } else {
            out.push('/');
            out.push_str(segment);
        }
    }
    if !out.starts_with('/') {
        out.insert(0, '/');
    }
    is_other.then_some(out)
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
        for (path, first, values) in [
            ("/(S(x))/admin", Some("/admin"), Some("/admin")),
            ("/(0123456789abcdefghijklmn)/admin", Some("/admin"), None),
            ("/(abcdefghij/klmnopqrstuvw)/admin", Some("/admin"), None),
            ("/app/(A(x)F(y)S(z))/admin", Some("/app/admin"), Some("/app/admin")),
            ("/(S(x))/ad/(S(x))min/1", Some("/ad/(S(x))min/1"), Some("/admin/1")),
            ("/ad/(S(x))min", None, Some("/admin")),
            ("/(S(x))", None, Some("/")),
            ("/(S(x))admin", None, Some("/admin")),
            ("/(S(x))/", Some("/"), Some("/")),
        ] {
            assert_eq!(without_first(path).as_deref(), first, "{path}");
            assert_eq!(without_values(path).as_deref(), values, "{path}");
        }
    }

    #[test]
    fn other_parentheses_stay() {
        for path in [
            "/wiki/Mercury_(planet)/edit",
            "/wiki/(I_Can't_Get_No)_Satisfaction",
            "/Products(1)/Name",
            "/People('x')/Friends",
            "/inbox(popup:compose)",
            "/(s(x))",
            "/(S(x)",
            "/(Sx)",
            "/()",
            "/f(S(x))",
        ] {
            assert_eq!((without_first(path), without_values(path)), (None, None), "{path}");
        }
    }
}
