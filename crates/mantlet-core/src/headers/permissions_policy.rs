//! `Permissions-Policy` (W3C Permissions Policy): which features of the browser a page and its frames may use.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use mantlet_fields::Known;

use super::header_value::{InvalidHeader, SecurityHeader, without_parameters};

/// ```text
/// Permissions-Policy: camera=(), geolocation=(), microphone=()
/// ```
///
/// The default takes away the three features that spy on people: an application that uses one knows it, and an injected
/// script should not.
///
/// A structured dictionary (RFC 9651) of which only what the specification gives a meaning is read: tokens, strings and
/// inner lists of them. One mistake makes browsers ignore the whole field, so one mistake makes it invalid here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionsPolicy(BTreeMap<Box<str>, Allowlist>);

/// Who may use a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Allowlist {
    /// `*`
    Everyone,
    /// `()`, `self`, `(self "https://maps.example")`: kept as written, `self` and `src` bare, origins in quotes.
    Only(BTreeSet<Box<str>>),
}

impl Default for PermissionsPolicy {
    fn default() -> Self {
        let nobody = || Allowlist::Only(BTreeSet::new());
        Self(["camera", "geolocation", "microphone"].into_iter().map(|feature| (feature.into(), nobody())).collect())
    }
}

impl SecurityHeader for PermissionsPolicy {
    const NAME: Known = Known::PermissionsPolicy;
    const IS_LIST: bool = true;

    fn parse(text: &str) -> Result<Self, InvalidHeader> {
        let mut features = BTreeMap::new();
        for member in split_outside_quotes(text, b',')?.into_iter().map(str::trim) {
            let Some((feature, allowed)) = member.split_once('=') else {
                return Err(invalid(member));
            };
            let starts_well = feature.starts_with(|c: char| c.is_ascii_lowercase());
            if !starts_well || !feature.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
                return Err(invalid(member));
            }
            // RFC 9651: the last of equal keys counts.
            features.insert(feature.into(), Allowlist::parse(allowed).ok_or_else(|| invalid(member))?);
        }
        if features.is_empty() {
            return Err(InvalidHeader::new("empty"));
        }
        Ok(Self(features))
    }

    /// A feature that only one of them names is as that one says: naming it is what takes it away from others. Of two
    /// lists, only those on both remain.
    fn stricter(&self, other: &Self) -> Self {
        let mut features = self.0.clone();
        for (feature, allowed) in &other.0 {
            let both = match features.get(feature) {
                Some(mine) => mine.intersection(allowed),
                None => allowed.clone(),
            };
            features.insert(feature.clone(), both);
        }
        Self(features)
    }
}

impl Allowlist {
    fn parse(text: &str) -> Option<Self> {
        // A parameter (`;report-to=x`) allows nothing and forbids nothing.
        let text = match text.strip_suffix(')') {
            Some(_) => text,
            None => without_parameters(text)?,
        };
        let Some(inner) = text.strip_prefix('(') else {
            return Self::of([item(text)?]);
        };
        let inner = inner.strip_suffix(')')?;
        Self::of(inner.split(' ').filter(|item| !item.is_empty()).map(item).collect::<Option<Vec<_>>>()?)
    }

    fn of<'a>(items: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let items: BTreeSet<Box<str>> = items.into_iter().map(Box::from).collect();
        Some(if items.contains("*") { Self::Everyone } else { Self::Only(items) })
    }

    fn intersection(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Everyone, list) | (list, Self::Everyone) => list.clone(),
            (Self::Only(mine), Self::Only(theirs)) => Self::Only(mine.intersection(theirs).cloned().collect()),
        }
    }
}

/// `self`, `src`, `*`, or an origin in quotes.
fn item(text: &str) -> Option<&str> {
    let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let known = match quoted {
        Some(origin) => {
            !origin.is_empty() && origin.bytes().all(|b| matches!(b, 0x21..=0x7e) && b != b'"' && b != b'\\')
        }
        None => matches!(text, "self" | "src" | "*"),
    };
    known.then_some(text)
}

fn split_outside_quotes(text: &str, separator: u8) -> Result<Vec<&str>, InvalidHeader> {
    let mut parts = Vec::new();
    let mut start = 0_usize;
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        if byte == b'"' {
            quoted = !quoted;
        } else if byte == separator && !quoted {
            parts.push(text.get(start..at).unwrap_or(""));
            start = at.saturating_add(1);
        }
    }
    if quoted {
        return Err(InvalidHeader::new("a quote is not closed"));
    }
    parts.push(text.get(start..).unwrap_or(""));
    Ok(parts)
}

fn invalid(member: &str) -> InvalidHeader {
    let member = member.trim();
    // The field's predecessor, Feature-Policy, is what most recipes still show.
    match member.split_once(' ') {
        Some((feature, _)) if !member.contains('=') => InvalidHeader::new(format!(
            "not a feature and its list: {member}\nfix: \"{feature}=()\" or \"{feature}=(self)\""
        )),
        _ => InvalidHeader::new(format!(
            "not a feature and its list: {member}\nfix: such as \"camera=(), fullscreen=(self)\""
        )),
    }
}

impl fmt::Display for PermissionsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (feature, allowed)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{feature}={allowed}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Allowlist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Only(items) = self else {
            return f.write_str("*");
        };
        f.write_str("(")?;
        for (index, item) in items.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{item}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mistake_makes_it_invalid() {
        for (name, text, expected) in [
            (
                "the default",
                "camera=(), geolocation=(), microphone=()",
                Some("camera=(), geolocation=(), microphone=()"),
            ),
            ("bare self", "camera=self", Some("camera=(self)")),
            ("everyone", "camera=*", Some("camera=*")),
            ("everyone in a list", "camera=(self *)", Some("camera=*")),
            ("origins", "camera=(self \"https://a.example\")", Some("camera=(\"https://a.example\" self)")),
            ("a comma in quotes", "camera=(\"https://a.example,b\")", Some("camera=(\"https://a.example,b\")")),
            ("parameter", "camera=();report-to=x", Some("camera=()")),
            ("a broken parameter voids the field", "camera=();Report To", None),
            ("space after the equals sign", "camera= ()", None),
            ("space before the equals sign", "camera =()", None),
            ("last of equal keys", "camera=*, camera=()", Some("camera=()")),
            ("feature_policy_syntax", "camera 'none'", None),
            ("quoted self is an origin nobody has", "camera=('self')", None),
            ("upper case key", "Camera=()", None),
            ("unclosed list", "camera=(", None),
            ("unclosed quote", "camera=(\"x)", None),
            ("trailing comma", "camera=(),", None),
            ("empty", "", None),
        ] {
            let read = PermissionsPolicy::parse(text).ok().map(|policy| policy.to_string());
            assert_eq!(read.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn the_stricter_names_all_features_and_allows_only_what_both_do() {
        let app = PermissionsPolicy::parse("camera=(self \"https://a.example\"), fullscreen=*").unwrap();
        let ours = PermissionsPolicy::parse("camera=(self), microphone=()").unwrap();
        assert_eq!(app.stricter(&ours).to_string(), "camera=(self), fullscreen=*, microphone=()");
    }

    proptest::proptest! {
        #[test]
        fn render_is_read_back(text in "[a-c]{1,2}=(\\*|self|\\((self|src|\"https://[a-c]\")?\\))(, [a-c]{1,2}=\\(\\)){0,3}") {
            let policy = PermissionsPolicy::parse(&text).unwrap();
            assert_eq!(PermissionsPolicy::parse(&policy.to_string()), Ok(policy));
        }

        #[test]
        fn no_text_panics(text in "[a-c=()\"*;, ]{0,32}") {
            let _ = PermissionsPolicy::parse(&text);
        }
    }
}
