//! [`TokenHeader`]: the token that a page holds for its scripts, and the header field they send it in.

use http::{HeaderName, HeaderValue};

use super::Meta;

/// The token that a page holds for its scripts. No other site can send such a field without being asked first (Fetch, section
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
}

/// `_csrf_header`, `csrf-header` and `csrfHeader` are one.
fn without_signs(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

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
