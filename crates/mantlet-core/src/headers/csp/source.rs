//! [`Source`]: one expression of a source list (CSP level 3, section 2.3.1).

use std::fmt;

/// One expression of a source list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `'self'`, `'unsafe-inline'` and the other words in quotes.
    Keyword(Keyword),
    /// `https:`, `data:`; lower case, without the colon.
    Scheme(Box<str>),
    /// `example.com`, `https://*.example.com:8443/js/`, `*`; as written.
    Host(Box<str>),
    /// `'nonce-…'`, without quotes and prefix; compared byte by byte.
    Nonce(Box<str>),
    /// `'sha256-…'`.
    Hash {
        /// Which function.
        algorithm: Algorithm,
        /// Base64, as written.
        digest: Box<str>,
    },
    /// Not an expression: browsers ignore it. As written.
    Invalid(Box<str>),
}

/// The hash functions of CSP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

macro_rules! keywords {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// The words in quotes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Keyword { $($(#[doc = $doc])+ $name,)+ }

        impl Keyword {
            /// Every word.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Without quotes.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

keywords! {
    /// Nothing at all. Void beside anything else.
    None = "none",
    /// The page's own origin.
    Self_ = "self",
    /// Inline code, injected code included.
    UnsafeInline = "unsafe-inline",
    /// Text run as code.
    UnsafeEval = "unsafe-eval",
    /// Hashes also for event handlers and `javascript:` URLs.
    UnsafeHashes = "unsafe-hashes",
    /// What a trusted script loads is trusted; hosts and schemes no longer are.
    StrictDynamic = "strict-dynamic",
    /// Reports carry the first characters of what was blocked.
    ReportSample = "report-sample",
    /// WebAssembly may be compiled.
    WasmUnsafeEval = "wasm-unsafe-eval",
    /// Text run as code if it passed a Trusted Types policy.
    TrustedTypesEval = "trusted-types-eval",
    /// Reports carry the hash of scripts.
    ReportSha256 = "report-sha256",
    /// Reports carry the hash of scripts.
    ReportSha384 = "report-sha384",
    /// Reports carry the hash of scripts.
    ReportSha512 = "report-sha512",
    /// Inline speculation rules.
    InlineSpeculationRules = "inline-speculation-rules",
    /// `form-action` follows redirects anywhere.
    UnsafeAllowRedirects = "unsafe-allow-redirects",
    /// WebTransport with certificates by hash.
    UnsafeWebtransportHashes = "unsafe-webtransport-hashes",
}

impl Source {
    /// Reads one expression. There are no errors: what is none is [`Invalid`](Self::Invalid), as browsers treat it.
    pub fn parse(text: &str) -> Self {
        if let Some(word) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            return Self::parse_quoted(word).unwrap_or_else(|| Self::Invalid(text.into()));
        }
        if let Some(scheme) = text.strip_suffix(':').filter(|scheme| is_scheme(scheme)) {
            return Self::Scheme(scheme.to_ascii_lowercase().into());
        }
        if is_host_source(text) { Self::Host(text.into()) } else { Self::Invalid(text.into()) }
    }

    fn parse_quoted(word: &str) -> Option<Self> {
        if let Some(keyword) = Keyword::ALL.iter().find(|keyword| keyword.as_str().eq_ignore_ascii_case(word)) {
            return Some(Self::Keyword(*keyword));
        }
        let (kind, value) = word.split_once('-')?;
        if !is_base64(value) {
            return None;
        }
        let algorithm = match kind.to_ascii_lowercase().as_str() {
            "nonce" => return Some(Self::Nonce(value.into())),
            "sha256" => Algorithm::Sha256,
            "sha384" => Algorithm::Sha384,
            "sha512" => Algorithm::Sha512,
            _ => return None,
        };
        is_decodable(value).then(|| Self::Hash { algorithm, digest: value.into() })
    }

    /// Whether it is this keyword.
    pub fn is(&self, keyword: Keyword) -> bool {
        *self == Self::Keyword(keyword)
    }
}

impl Algorithm {
    /// As it is written before the digest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The length of a digest in base64, with its padding.
    pub(crate) const fn base64_len(self) -> usize {
        match self {
            Self::Sha256 => 44,
            Self::Sha384 => 64,
            Self::Sha512 => 88,
        }
    }
}

/// `1*( ALPHA / DIGIT / "+" / "/" / "-" / "_" ) *2( "=" )`
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    text.len().saturating_sub(digits.len()) <= 2
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_'))
}

/// Whether such digits decode to bytes, padded or not. Chromium passes over a hash that does not, and then heeds the
/// 'unsafe-inline' beside it.
fn is_decodable(base64: &str) -> bool {
    let is_padded = base64.ends_with('=');
    base64.trim_end_matches('=').len() % 4 != 1 && (!is_padded || base64.len().is_multiple_of(4))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// `[ scheme "://" ] host [ ":" port ] [ path ]`. Behind a path browsers pass over a query or a fragment.
fn is_host_source(text: &str) -> bool {
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        Some(_) => return false,
        None => text,
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let host_is_valid =
        host == "*" || host.strip_prefix("*.").unwrap_or(host).trim_end_matches('.').split('.').all(label);
    let port_is_valid =
        port.is_none_or(|port| port == "*" || (!port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())));
    let path_is_valid = path.bytes().all(|b| matches!(b, 0x21..=0x7e) && !matches!(b, b';' | b',' | b'\'' | b'"'));
    host_is_valid && port_is_valid && path_is_valid
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyword(keyword) => write!(f, "'{}'", keyword.as_str()),
            Self::Scheme(scheme) => write!(f, "{scheme}:"),
            Self::Nonce(nonce) => write!(f, "'nonce-{nonce}'"),
            Self::Hash { algorithm, digest } => write!(f, "'{}-{digest}'", algorithm.as_str()),
            Self::Host(text) | Self::Invalid(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_told_apart() {
        for (name, text, expected) in [
            ("keyword", "'self'", Source::Keyword(Keyword::Self_)),
            ("keyword in any case", "'Unsafe-Inline'", Source::Keyword(Keyword::UnsafeInline)),
            ("an unquoted keyword is a host", "self", Source::Host("self".into())),
            ("unknown word", "'unsafe'", Source::Invalid("'unsafe'".into())),
            ("scheme", "DATA:", Source::Scheme("data".into())),
            ("star", "*", Source::Host("*".into())),
            (
                "host with all parts",
                "https://*.a.example:8443/js/",
                Source::Host("https://*.a.example:8443/js/".into()),
            ),
            ("any port", "a.example:*", Source::Host("a.example:*".into())),
            ("port of letters", "a.example:http", Source::Invalid("a.example:http".into())),
            ("scheme that begins with a digit", "1a:", Source::Invalid("1a:".into())),
            ("host behind what is no scheme", "a_b://a.example", Source::Invalid("a_b://a.example".into())),
            ("star inside", "a.*.example", Source::Invalid("a.*.example".into())),
            ("query", "a.example/?x", Source::Host("a.example/?x".into())),
            ("fragment", "*:80/#x", Source::Host("*:80/#x".into())),
            ("query without a path", "*?x", Source::Invalid("*?x".into())),
            ("ipv6 matches nothing", "[::1]", Source::Invalid("[::1]".into())),
            ("nonce", "'nonce-abc_-=='", Source::Nonce("abc_-==".into())),
            ("nonce with a space's worth of junk", "'nonce-a!b'", Source::Invalid("'nonce-a!b'".into())),
            ("empty nonce", "'nonce-'", Source::Invalid("'nonce-'".into())),
            ("hash", "'SHA256-abc='", Source::Hash { algorithm: Algorithm::Sha256, digest: "abc=".into() }),
            ("longer hash", "'sha384-abcd'", Source::Hash { algorithm: Algorithm::Sha384, digest: "abcd".into() }),
            ("longest hash", "'sha512-abcd'", Source::Hash { algorithm: Algorithm::Sha512, digest: "abcd".into() }),
            (
                "hash without padding",
                "'sha256-_-8'",
                Source::Hash { algorithm: Algorithm::Sha256, digest: "_-8".into() },
            ),
            ("hash with a digit too many", "'sha256-abcdefghi'", Source::Invalid("'sha256-abcdefghi'".into())),
            ("hash with padding too many", "'sha256-abcd='", Source::Invalid("'sha256-abcd='".into())),
            ("unknown hash", "'md5-abc='", Source::Invalid("'md5-abc='".into())),
            ("empty", "", Source::Invalid("".into())),
        ] {
            assert_eq!(Source::parse(text), expected, "{name}");
        }
    }
}
