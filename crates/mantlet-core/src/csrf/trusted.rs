//! [`TrustedOrigin`]: whose pages may send what changes something.

use std::fmt;

use crate::origin::{InvalidOrigin, Origin};

/// An origin whose pages may send unsafe requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustedOrigin {
    /// A web page's.
    Web(Origin),
    /// That of pages which an app or an extension brings along.
    NonWeb(NonWebOrigin),
}

/// An origin that is none of the web's, as its browser sends it: `capacitor://localhost`, `chrome-extension://` and a name.
///
/// Compared to the letter: nobody but the shell knows what its scheme takes for equal. No page of a web site can have one,
/// since browsers give an opaque origin (`null`) to what they load from a scheme they do not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NonWebOrigin(Box<str>);

/// Schemes whose pages have an opaque origin, or that of the page which made them.
const WITHOUT_ORIGIN: [&str; 7] = ["about", "blob", "data", "file", "filesystem", "javascript", "null"];

/// Those of sockets, which no page has.
const SOCKETS: [&str; 2] = ["ws", "wss"];

impl TrustedOrigin {
    /// Reads an origin as browsers serialise it: `scheme://host[:port]`, nothing after it.
    ///
    /// # Errors
    /// On anything else: a path, user info, a wildcard, `null`, a scheme whose pages have no origin.
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        Origin::parse(text).map(Self::Web).or_else(|_| NonWebOrigin::parse(text).map(Self::NonWeb))
    }
}

impl From<Origin> for TrustedOrigin {
    fn from(origin: Origin) -> Self {
        Self::Web(origin)
    }
}

impl fmt::Display for TrustedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(origin) => origin.fmt(f),
            Self::NonWeb(NonWebOrigin(text)) => f.write_str(text),
        }
    }
}

impl NonWebOrigin {
    fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let (scheme, _) = text.split_once("://").filter(|_| is_one_origin(text)).ok_or(InvalidOrigin)?;
        // A web origin that did not parse is none, and shells write schemes in lower case, as all browsers do.
        let is_of_the_web = ["http", "https"].into_iter().chain(SOCKETS).any(|web| scheme.eq_ignore_ascii_case(web));
        if is_of_the_web || WITHOUT_ORIGIN.contains(&scheme) || scheme.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(InvalidOrigin);
        }
        Ok(Self(text.into()))
    }

    #[cfg(feature = "toml")]
    fn scheme(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// As its browser sends it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the text has the shape of one serialised origin, of whatever scheme (RFC 3986, section 3.1): no list, no path, no user.
pub(super) fn is_one_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, host)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
            && !host.is_empty()
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
    })
}

/// A policy file names origins, never URLs.
#[cfg(feature = "toml")]
mod file {
    use std::borrow::Cow;

    use serde::de::{Deserialize, Deserializer, Error};

    use super::*;
    use crate::closest::closest;

    impl<'de> Deserialize<'de> for TrustedOrigin {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = <Cow<'de, str>>::deserialize(deserializer)?;
            match Self::parse(&text) {
                Ok(Self::Web(origin)) => Ok(Self::Web(origin)),
                Ok(Self::NonWeb(origin)) if misspelt(origin.scheme()).is_none() => Ok(Self::NonWeb(origin)),
                _ => Err(D::Error::custom(mistake(&text))),
            }
        }
    }

    /// What is wrong, and what was probably meant.
    fn mistake(text: &str) -> String {
        let (scheme, rest) = text.split_once("://").unwrap_or((text, ""));
        let (scheme, authority) = (scheme.to_ascii_lowercase(), rest.split(['/', '?', '#']).next().unwrap_or(rest));
        let fix_with = |scheme: &str| TrustedOrigin::parse(&format!("{scheme}://{authority}"));
        if SOCKETS.contains(&&*scheme)
            && let Ok(page) = fix_with(&scheme.replace("ws", "http"))
        {
            return format!("the origin of a WebSocket is that of its page, not {text:?}\nfix: \"{page}\"");
        }
        if WITHOUT_ORIGIN.iter().any(|name| scheme.split(':').next() == Some(name)) {
            return format!("{text:?} is no origin: browsers say `null` there, and any page can have them say it");
        }
        if let Some(page) = misspelt(&scheme).and_then(|meant| fix_with(meant).ok()) {
            return format!("no page has the scheme of {text:?}\nfix: \"{page}\"");
        }
        match fix_with(&scheme) {
            // Nearly always it is a URL: then the origin is what stands before its path.
            Ok(origin) if authority.len() < rest.len() => format!("an origin, not a URL: {text:?}\nfix: \"{origin}\""),
            Ok(origin) => format!("not as browsers write it: {text:?}\nfix: \"{origin}\""),
            Err(_) => format!("not an origin: {text:?}\nfix: scheme://host[:port]"),
        }
    }

    /// The scheme that was meant, if this one is a slip away from those of the web. No shell calls its own so.
    fn misspelt(scheme: &str) -> Option<&'static str> {
        closest(scheme, ["https", "http"].into_iter()).filter(|web| *web != scheme)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_that_are_none_of_the_webs_are_taken_as_they_are() {
        for (name, text, expected) in [
            ("a shell", "capacitor://localhost", true),
            ("a scheme with all that one may have", "ms-app2+x.y://localhost", true),
            ("a host that is no name", "app://-", true),
            ("a port", "app://localhost:8080", true),
            ("an extension", "chrome-extension://hjdoplcnndgiblooccencgcggcoihigg", true),
            ("an upper-case scheme, which no browser sends", "Capacitor://localhost", false),
            ("no host", "app://", false),
            ("a path", "app://obsidian.md/", false),
            ("a query", "app://obsidian.md?x", false),
            ("a user", "app://me@obsidian.md", false),
            ("any host", "chrome-extension://*", false),
            ("any scheme", "*://obsidian.md", false),
            ("a scheme that begins with a digit", "7app://localhost", false),
            ("a scheme that begins with a dot", ".app://localhost", false),
            ("two", "app://a app://b", false),
            ("a list", "app://a,app://b", false),
            ("a control", "app://a\u{7f}", false),
            ("a letter beyond ASCII", "app://caf\u{e9}", false),
            ("a web origin that is none", "https://app.example.", false),
            ("a web origin that is none, in capitals", "HTTPS://app.example.", false),
            ("a socket", "wss://app.example", false),
            ("a file", "file://localhost", false),
            ("a page in an address", "data://x", false),
            ("a blob", "blob://x", false),
            ("a blob of an origin", "blob:https://app.example", false),
            ("a script", "javascript://x", false),
            ("about", "about://blank", false),
            ("opaque", "null", false),
            ("opaque, as an origin", "null://x", false),
        ] {
            let read = NonWebOrigin::parse(text).map(|origin| origin.as_str() == text);
            assert_eq!(read == Ok(true), expected, "{name}");
            assert!(read != Ok(false), "{name}");
        }
        assert_eq!(TrustedOrigin::parse("HTTPS://a.example:443").unwrap().to_string(), "https://a.example");
    }
}
