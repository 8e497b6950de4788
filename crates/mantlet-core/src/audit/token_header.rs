//! [`TokenHeader`]: the token that a page or a cookie holds for scripts, and the header field they send it in.

use http::{HeaderName, HeaderValue};

use super::Meta;
use crate::cookie::name::Prefix;
use crate::percent;

/// The token that a page or a cookie holds for scripts. No other site can send such a field without being asked first (Fetch, section
/// 3.2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHeader {
    /// The field.
    pub name: HeaderName,
    /// The token. Sensitive: no log shows it.
    pub value: HeaderValue,
}

impl TokenHeader {
    /// As frameworks write it into the head of a page: Rails, Laravel, Phoenix and Yii a `csrf-token`; Spring, beside its
    /// `_csrf`, the name of the field in `_csrf_header`.
    pub fn of_page(meta: &[Meta]) -> Option<Self> {
        let said = |names: &[&str]| {
            let named = meta.iter().find(|meta| names.contains(&without_signs(&meta.name).as_str()));
            named.map(|meta| meta.content.trim()).filter(|content| !content.is_empty())
        };
        let mut value = HeaderValue::try_from(said(&["csrf", "csrftoken", "xcsrftoken", "xsrftoken"])?).ok()?;
        value.set_sensitive(true);
        let named = said(&["csrfheader", "csrfheadername", "xsrfheader"]).and_then(|name| name.parse().ok());
        Some(Self { name: named.unwrap_or(HeaderName::from_static("x-csrf-token")), value })
    }

    /// As scripts read it from a cookie: those of Angular and axios from `XSRF-TOKEN`, as Laravel, Spring and ASP.NET set it,
    /// those for Django from `csrftoken`, for Tornado from `_xsrf`.
    pub fn of_cookie(name: &str, value: &str) -> Option<Self> {
        let name =
            Prefix::split(name.as_bytes()).and_then(|(prefix, _)| name.get(prefix.as_str().len()..)).unwrap_or(name);
        let field = match without_signs(name).as_str() {
            "xsrftoken" => "x-xsrf-token",
            "xsrf" => "x-xsrftoken",
            "csrftoken" if name == "csrftoken" => "x-csrftoken",
            "csrf" | "csrftoken" | "xcsrftoken" => "x-csrf-token",
            _ => return None,
        };
        let mut value = HeaderValue::from_bytes(&percent::decode(value)).ok().filter(|value| !value.is_empty())?;
        value.set_sensitive(true);
        Some(Self { name: HeaderName::from_static(field), value })
    }
}

/// `_csrf_header`, `csrf-header` and `csrfHeader` are one.
fn without_signs(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_find_their_token_in_a_cookie() {
        for (name, value, expected) in [
            ("XSRF-TOKEN", "8c1b%3D%3D", Some(("x-xsrf-token", "8c1b=="))),
            ("__Host-XSRF-TOKEN", "8c1b", Some(("x-xsrf-token", "8c1b"))),
            ("csrftoken", "8c1b", Some(("x-csrftoken", "8c1b"))),
            ("csrf_token", "a+b", Some(("x-csrf-token", "a+b"))),
            ("CSRF-TOKEN", "8c1b", Some(("x-csrf-token", "8c1b"))),
            ("_xsrf", "2|8c1b", Some(("x-xsrftoken", "2|8c1b"))),
            ("session", "8c1b", None),
            ("XSRF-TOKEN", "", None),
            ("XSRF-TOKEN", "a%0D%0Ab", None),
        ] {
            let header = TokenHeader::of_cookie(name, value);
            let shown = header.as_ref().map(|header| (header.name.as_str(), header.value.to_str().unwrap()));
            assert_eq!(shown, expected, "{name}={value}");
        }
    }

    #[test]
    fn frameworks_tell_scripts_their_token() {
        for (what, meta, expected) in [
            (
                "rails",
                &[("csrf-param", "authenticity_token"), ("csrf-token", "8c1b")][..],
                Some(("x-csrf-token", "8c1b")),
            ),
            ("spring", &[("_csrf", "8c1b"), ("_csrf_header", "X-XSRF-TOKEN")], Some(("x-xsrf-token", "8c1b"))),
            ("cakephp", &[("csrfToken", "8c1b")], Some(("x-csrf-token", "8c1b"))),
            ("no_field", &[("csrf-token", "8c1b"), ("csrf-header", "a b")], Some(("x-csrf-token", "8c1b"))),
            ("empty", &[("csrf-token", " ")], None),
            ("no_value", &[("csrf-token", "a\nb")], None),
            ("only_a_name", &[("csrf-param", "_csrf")], None),
            ("another", &[("description", "csrf-token")], None),
        ] {
            let meta: Vec<Meta> =
                meta.iter().map(|(name, content)| Meta { name: (*name).into(), content: (*content).into() }).collect();
            let header = TokenHeader::of_page(&meta);
            let shown = header.as_ref().map(|header| (header.name.as_str(), header.value.to_str().unwrap()));
            assert_eq!(shown, expected, "{what}");
            assert!(!format!("{header:?}").contains("8c1b"), "{what}");
        }
    }
}
