//! `Permissions-Policy` (W3C Permissions Policy): which features of the browser a page and its frames may use.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use mantlet_fields::Known;

use super::header_value::{InvalidHeader, SecurityHeader, Several};
use super::structured::{Bare, dictionary};

/// ```text
/// Permissions-Policy: camera=(), geolocation=(), microphone=()
/// ```
///
/// The default takes away the three features that spy on people: an application that uses one knows it, and an injected
/// script should not.
///
/// A structured dictionary. One mistake of its syntax makes browsers ignore the whole field, so one makes it invalid here;
/// of a list they pass over what they do not know: `fullscreen=none` allows nobody.
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
    const SEVERAL: Several = Several::List;

    fn parse(text: &str) -> Result<Self, InvalidHeader> {
        let members = dictionary(text).ok_or_else(|| invalid(text))?;
        if members.is_empty() {
            return Err(InvalidHeader::new("empty"));
        }
        // The last of equal keys counts.
        Ok(Self(members.into_iter().map(|(feature, items)| (feature.into(), Allowlist::of(&items))).collect()))
    }

    fn parse_strictly(text: &str) -> Result<Self, InvalidHeader> {
        let members = dictionary(text).unwrap_or_default();
        match members.iter().find(|(_, items)| items.iter().any(|item| known(*item).is_none())) {
            Some((feature, _)) => Err(invalid(feature)),
            None => Self::parse(text),
        }
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
    /// What browsers do not know in a list allows nobody.
    fn of(items: &[Bare<'_>]) -> Self {
        let known: BTreeSet<Box<str>> = items.iter().filter_map(|item| known(*item)).map(Box::from).collect();
        if known.contains("*") || known.contains("\"*\"") { Self::Everyone } else { Self::Only(known) }
    }

    fn intersection(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Everyone, list) | (list, Self::Everyone) => list.clone(),
            (Self::Only(mine), Self::Only(theirs)) => Self::Only(mine.intersection(theirs).cloned().collect()),
        }
    }
}

/// `self`, `src`, `*`, or an origin in quotes.
fn known(item: Bare<'_>) -> Option<&str> {
    match item {
        Bare::Token(word) => Some(word).filter(|word| matches!(*word, "self" | "src" | "*")),
        Bare::String(origin) => Some(origin).filter(|origin| origin.len() > 2 && !origin.contains([' ', '\\'])),
        Bare::Other(_) => None,
    }
}

/// Names the member that is the mistake.
fn invalid(text: &str) -> InvalidHeader {
    let member = text.split(',').map(str::trim).find(|member| dictionary(member).is_none()).unwrap_or(text);
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
            ("everyone in quotes", "camera=(\"*\")", Some("camera=*")),
            ("a word that nobody knows", "usb=(), camera=none", Some("camera=(), usb=()")),
            ("such words in a list", "usb=(), camera=(self foo 5 \"\")", Some("camera=(self), usb=()")),
            ("a number", "usb=(), camera=1.5", Some("camera=(), usb=()")),
            ("a key alone", "usb=(), camera", Some("camera=(), usb=()")),
            ("a key with other letters", "usb=(), x_y.z*=()", Some("usb=(), x_y.z*=()")),
            ("parameter inside of a list", "camera=(self;a=b)", Some("camera=(self)")),
            ("parameter with an escape", "camera=();a=\"x\\\"y\"", Some("camera=()")),
            ("a date", "usb=(), camera=@5", None),
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
    fn a_policy_file_says_nothing_in_vain() {
        for (name, text, expected) in [
            ("known", "camera=(), usb=(self \"https://a.example\")", true),
            ("unknown", "camera=none", false),
            ("unknown in a list", "camera=(self none)", false),
            ("a key alone", "camera", false),
            ("void", "camera=(),", false),
        ] {
            assert_eq!(PermissionsPolicy::parse_strictly(text).is_ok(), expected, "{name}");
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
