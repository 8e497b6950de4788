//! [`Known`]: the field names that mean something to codec, guards or browsers.

use crate::word::{HIGH, each, first_word};

macro_rules! names {
    ($($name:ident = $text:literal,)+) => {
        /// A field name that somebody in this house asks for, or that browsers and servers often send.
        ///
        /// Names that are not here work just the same, only a little slower. Whatever a guard decides by is here.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Known { $(#[doc = concat!("`", $text, "`")] $name,)+ }

        const ALL: &[Known] = &[$(Known::$name,)+];
        const TEXTS: &[&str] = &[$($text,)+];

        impl Known {
            /// As it is written: in lower case.
            #[inline]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

impl Known {
    /// Every one.
    pub const ALL: &'static [Self] = ALL;

    /// Recognises a name, in whatever case it is written.
    pub fn recognise(name: &[u8]) -> Option<Self> {
        Words::whole(name)?.recognise()
    }

    /// Recognises the name before the first colon of a line, and says how long it is.
    #[inline]
    pub(crate) fn before_colon(line: &[u8]) -> Option<(Self, usize)> {
        let name = Words::before_colon(line)?;
        Some((name.recognise()?, name.length))
    }
}

impl std::fmt::Display for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name, eight bytes a word, filled up with NULs: read and compared by the word.
#[derive(Debug, Clone, Copy)]
struct Words {
    words: [u64; WORDS],
    /// Tells a name from the same name with NULs behind it.
    length: usize,
}

/// As many as the longest name fills.
const WORDS: usize = 5;

/// What tells a lower-case letter from its upper case. Dashes and digits have this bit, too.
const CASE: u8 = 0x20;

impl Words {
    fn whole(name: &[u8]) -> Option<Self> {
        let mut words = [0; WORDS];
        let mut rest = name;
        for word in &mut words {
            *word = first_word(rest);
            rest = rest.get(8..).unwrap_or_default();
        }
        rest.is_empty().then_some(Self { words, length: name.len() })
    }

    #[inline]
    fn before_colon(line: &[u8]) -> Option<Self> {
        let mut words = [0; WORDS];
        let mut rest = line;
        for (at, word) in words.iter_mut().enumerate() {
            let read = first_word(rest);
            let colon = first_colon(read);
            *word = read & below(colon);
            if colon != 0 {
                let before = colon.trailing_zeros() / 8;
                return Some(Self { words, length: at.saturating_mul(8).saturating_add(before as usize) });
            }
            rest = rest.get(8..)?;
        }
        None
    }

    #[inline]
    fn recognise(&self) -> Option<Known> {
        let seat = usize::from(*SEATS.get(self.place(SEATING.0))?);
        if NAMES.get(seat)?.is(self) { ALL.get(seat).copied() } else { None }
    }

    /// The place of this name among [`PLACES`], whatever its case. The upper bits of a product depend on all bits of its
    /// factors.
    #[inline]
    const fn place(&self, multiplier: u64) -> usize {
        let mut words = self.words.as_slice();
        let mut mixed = self.length as u64;
        while let [word, rest @ ..] = words
            && *word != 0
        {
            mixed = (mixed ^ (*word | each(CASE))).wrapping_mul(multiplier);
            words = rest;
        }
        (mixed >> SHIFT) as usize
    }
}

/// A known name, and where in it case does not count.
#[derive(Debug, Clone, Copy)]
struct Pattern {
    name: Words,
    /// [`CASE`] in the place of each letter.
    letters: [u64; WORDS],
}

impl Pattern {
    /// Without a call, which comparing slices would be.
    #[inline]
    fn is(&self, name: &Words) -> bool {
        let pairs = self.name.words.iter().zip(&name.words).zip(&self.letters);
        let differing = pairs.fold(0, |so_far, ((known, word), letters)| so_far | ((known ^ word) & !letters));
        differing == 0 && self.name.length == name.length
    }
}

/// The high bit of the first colon; 0 if there is none.
#[inline]
fn first_colon(word: u64) -> u64 {
    // A colon becomes zero; subtracting one from each byte then borrows first where the first zero is.
    let zeroed = word ^ each(b':');
    let found = zeroed.wrapping_sub(each(1)) & !zeroed & HIGH;
    found & found.wrapping_neg()
}

/// Ones in all bytes below that of this high bit; everywhere if it is 0.
#[inline]
fn below(high: u64) -> u64 {
    (high >> 7).wrapping_sub(1)
}

const PLACES: usize = 8192;

/// Leaves as many bits as a place has.
const SHIFT: u32 = u64::BITS - PLACES.trailing_zeros();

/// Marks a place where no name is.
const NOBODY: u8 = u8::MAX;

/// In the order of [`Known`].
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would refuse it")]
static NAMES: [Pattern; TEXTS.len()] = {
    let mut all = [pattern(""); TEXTS.len()];
    let mut name = 0;
    while name < TEXTS.len() {
        all[name] = pattern(TEXTS[name]);
        name += 1;
    }
    all
};

/// A multiplier that gives each name a place of its own, found by the compiler; and who has which place.
const SEATING: (u64, [u8; PLACES]) = {
    let mut multiplier = 0x9e37_79b9_7f4a_7c15_u64;
    loop {
        if let Some(places) = seat(multiplier) {
            break (multiplier, places);
        }
        multiplier = multiplier.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(2);
    }
};

static SEATS: [u8; PLACES] = SEATING.1;

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, which would refuse it"
)]
const fn seat(multiplier: u64) -> Option<[u8; PLACES]> {
    let mut places = [NOBODY; PLACES];
    let mut name = 0;
    while name < NAMES.len() {
        let place = NAMES[name].name.place(multiplier);
        if places[place] != NOBODY {
            return None;
        }
        places[place] = name as u8;
        name += 1;
    }
    Some(places)
}

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, which would refuse it"
)]
const fn pattern(text: &str) -> Pattern {
    let (mut words, mut letters) = ([0; WORDS], [0; WORDS]);
    let mut at = 0;
    while at < text.len() {
        let byte = text.as_bytes()[at];
        words[at / 8] |= (byte as u64) << (at % 8 * 8);
        if byte.is_ascii_lowercase() {
            letters[at / 8] |= (CASE as u64) << (at % 8 * 8);
        }
        at += 1;
    }
    Pattern { name: Words { words, length: text.len() }, letters }
}

names! {
    Accept = "accept",
    AcceptEncoding = "accept-encoding",
    AcceptLanguage = "accept-language",
    AcceptRanges = "accept-ranges",
    AccessControlAllowCredentials = "access-control-allow-credentials",
    AccessControlAllowHeaders = "access-control-allow-headers",
    AccessControlAllowMethods = "access-control-allow-methods",
    AccessControlAllowOrigin = "access-control-allow-origin",
    AccessControlExposeHeaders = "access-control-expose-headers",
    AccessControlMaxAge = "access-control-max-age",
    AccessControlRequestHeaders = "access-control-request-headers",
    AccessControlRequestMethod = "access-control-request-method",
    Age = "age",
    Allow = "allow",
    AltSvc = "alt-svc",
    AltUsed = "alt-used",
    Authorization = "authorization",
    CacheControl = "cache-control",
    CdnCacheControl = "cdn-cache-control",
    CfConnectingIp = "cf-connecting-ip",
    CfConnectingIpv6 = "cf-connecting-ipv6",
    CfPseudoIpv4 = "cf-pseudo-ipv4",
    CfVisitor = "cf-visitor",
    ClearSiteData = "clear-site-data",
    ClientCert = "client-cert",
    ClientCertChain = "client-cert-chain",
    ClientIp = "client-ip",
    CloudflareCdnCacheControl = "cloudflare-cdn-cache-control",
    Connection = "connection",
    ContentDigest = "content-digest",
    ContentDisposition = "content-disposition",
    ContentEncoding = "content-encoding",
    ContentLanguage = "content-language",
    ContentLength = "content-length",
    ContentLocation = "content-location",
    ContentMd5 = "content-md5",
    ContentRange = "content-range",
    ContentSecurityPolicy = "content-security-policy",
    ContentSecurityPolicyReportOnly = "content-security-policy-report-only",
    ContentType = "content-type",
    Cookie = "cookie",
    CrossOriginEmbedderPolicy = "cross-origin-embedder-policy",
    CrossOriginOpenerPolicy = "cross-origin-opener-policy",
    CrossOriginResourcePolicy = "cross-origin-resource-policy",
    Date = "date",
    Destination = "destination",
    DeviceMemory = "device-memory",
    Digest = "digest",
    Dnt = "dnt",
    DoConnectingIp = "do-connecting-ip",
    Downlink = "downlink",
    EarlyData = "early-data",
    Ect = "ect",
    EdgeControl = "edge-control",
    Etag = "etag",
    Expect = "expect",
    Expires = "expires",
    FastlyClientIp = "fastly-client-ip",
    FlyClientIp = "fly-client-ip",
    Forwarded = "forwarded",
    ForwardedFor = "forwarded-for",
    From = "from",
    FrontEndHttps = "front-end-https",
    Host = "host",
    IfMatch = "if-match",
    IfModifiedSince = "if-modified-since",
    IfNoneMatch = "if-none-match",
    IfRange = "if-range",
    IfUnmodifiedSince = "if-unmodified-since",
    KeepAlive = "keep-alive",
    LastModified = "last-modified",
    Link = "link",
    Location = "location",
    MaxForwards = "max-forwards",
    Nel = "nel",
    NetlifyCdnCacheControl = "netlify-cdn-cache-control",
    Origin = "origin",
    OriginAgentCluster = "origin-agent-cluster",
    PermissionsPolicy = "permissions-policy",
    Pragma = "pragma",
    Priority = "priority",
    Proxy = "proxy",
    ProxyAuthCert = "proxy-auth-cert",
    ProxyAuthenticate = "proxy-authenticate",
    ProxyAuthorization = "proxy-authorization",
    ProxyClientIp = "proxy-client-ip",
    ProxyConnection = "proxy-connection",
    ProxySslId = "proxy-ssl-id",
    Purpose = "purpose",
    Range = "range",
    Referer = "referer",
    ReferrerPolicy = "referrer-policy",
    Refresh = "refresh",
    ReportTo = "report-to",
    ReportingEndpoints = "reporting-endpoints",
    ReprDigest = "repr-digest",
    RetryAfter = "retry-after",
    Rtt = "rtt",
    SaveData = "save-data",
    ScriptName = "script-name",
    SecChUa = "sec-ch-ua",
    SecChUaArch = "sec-ch-ua-arch",
    SecChUaMobile = "sec-ch-ua-mobile",
    SecChUaModel = "sec-ch-ua-model",
    SecChUaPlatform = "sec-ch-ua-platform",
    SecChUaPlatformVersion = "sec-ch-ua-platform-version",
    SecFetchDest = "sec-fetch-dest",
    SecFetchMode = "sec-fetch-mode",
    SecFetchSite = "sec-fetch-site",
    SecFetchUser = "sec-fetch-user",
    SecGpc = "sec-gpc",
    SecPurpose = "sec-purpose",
    SecWebsocketAccept = "sec-websocket-accept",
    SecWebsocketExtensions = "sec-websocket-extensions",
    SecWebsocketKey = "sec-websocket-key",
    SecWebsocketProtocol = "sec-websocket-protocol",
    SecWebsocketVersion = "sec-websocket-version",
    Server = "server",
    ServerTiming = "server-timing",
    ServiceWorker = "service-worker",
    SetCookie = "set-cookie",
    Signature = "signature",
    SignatureInput = "signature-input",
    Sourcemap = "sourcemap",
    StrictTransportSecurity = "strict-transport-security",
    SurrogateControl = "surrogate-control",
    Te = "te",
    TimingAllowOrigin = "timing-allow-origin",
    Traceparent = "traceparent",
    Tracestate = "tracestate",
    Trailer = "trailer",
    TransferEncoding = "transfer-encoding",
    TrueClientIp = "true-client-ip",
    Upgrade = "upgrade",
    UpgradeInsecureRequests = "upgrade-insecure-requests",
    UserAgent = "user-agent",
    Vary = "vary",
    VercelCdnCacheControl = "vercel-cdn-cache-control",
    Via = "via",
    WantDigest = "want-digest",
    WlProxyClientIp = "wl-proxy-client-ip",
    WlProxySsl = "wl-proxy-ssl",
    WwwAuthenticate = "www-authenticate",
    XAccelExpires = "x-accel-expires",
    XAccelMapping = "x-accel-mapping",
    XAmzContentSha256 = "x-amz-content-sha256",
    XAppengineUserIp = "x-appengine-user-ip",
    XArrClientcert = "x-arr-clientcert",
    XArrSsl = "x-arr-ssl",
    XAspnetVersion = "x-aspnet-version",
    XAspnetmvcVersion = "x-aspnetmvc-version",
    XAzureClientip = "x-azure-clientip",
    XAzureSocketip = "x-azure-socketip",
    XClientIp = "x-client-ip",
    XClientPort = "x-client-port",
    XClusterClientIp = "x-cluster-client-ip",
    XContentTypeOptions = "x-content-type-options",
    XCsrfToken = "x-csrf-token",
    XCsrftoken = "x-csrftoken",
    XEnvoyExternalAddress = "x-envoy-external-address",
    XEnvoyOriginalPath = "x-envoy-original-path",
    XForwardedFor = "x-forwarded-for",
    XForwardedHost = "x-forwarded-host",
    XForwardedPort = "x-forwarded-port",
    XForwardedPrefix = "x-forwarded-prefix",
    XForwardedProto = "x-forwarded-proto",
    XFrameOptions = "x-frame-options",
    XGenerator = "x-generator",
    XHost = "x-host",
    XHttpDestinationurl = "x-http-destinationurl",
    XHttpForwardedFor = "x-http-forwarded-for",
    XHttpHostOverride = "x-http-host-override",
    XHttpMethod = "x-http-method",
    XHttpMethodOverride = "x-http-method-override",
    XMethodOverride = "x-method-override",
    XOriginalFor = "x-original-for",
    XOriginalForwardedFor = "x-original-forwarded-for",
    XOriginalHost = "x-original-host",
    XOriginalPath = "x-original-path",
    XOriginalProto = "x-original-proto",
    XOriginalUri = "x-original-uri",
    XOriginalUrl = "x-original-url",
    XOriginatingIp = "x-originating-ip",
    XOverrideUrl = "x-override-url",
    XPoweredBy = "x-powered-by",
    XProxiedHttps = "x-proxied-https",
    XProxyuserIp = "x-proxyuser-ip",
    XRealIp = "x-real-ip",
    XRemoteAddr = "x-remote-addr",
    XRemoteIp = "x-remote-ip",
    XRequestId = "x-request-id",
    XRequestUri = "x-request-uri",
    XRequestedWith = "x-requested-with",
    XRewriteUrl = "x-rewrite-url",
    XRobotsTag = "x-robots-tag",
    XRuntime = "x-runtime",
    XScheme = "x-scheme",
    XScriptName = "x-script-name",
    XSendfileType = "x-sendfile-type",
    XUrlScheme = "x-url-scheme",
    XXsrfToken = "x-xsrf-token",
    XXssProtection = "x-xss-protection",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_recognised_in_any_case() {
        assert!(ALL.len() < usize::from(NOBODY));
        for (&known, text) in ALL.iter().zip(TEXTS) {
            assert_eq!(known.as_str(), *text);
            assert!(
                text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{text}"
            );
            assert_eq!(Known::recognise(text.as_bytes()), Some(known));
            for written in [(*text).to_owned(), text.to_ascii_uppercase()] {
                assert_eq!(Known::recognise(written.as_bytes()), Some(known));
                for line in [format!("{written}: a"), format!("{written}:"), format!("{written}::::::::::")] {
                    assert_eq!(Known::before_colon(line.as_bytes()), Some((known, text.len())));
                }
                assert_eq!(Known::before_colon(written.as_bytes()), None, "no colon");
            }
        }
    }

    #[test]
    fn the_first_colon_is_found_beside_any_byte() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                let mut bytes = *b"Az;9{Z:a";
                bytes[place] = byte;
                let before = bytes.iter().position(|byte| *byte == b':').unwrap_or(8);
                let colon = first_colon(u64::from_le_bytes(bytes));
                assert_eq!(colon.trailing_zeros() as usize / 8, before);
                let kept = u64::from_le_bytes(bytes) & below(colon);
                assert_eq!(kept.to_le_bytes()[..before], bytes[..before]);
                assert!(kept.to_le_bytes()[before..].iter().all(|byte| *byte == 0));
            }
        }
    }

    #[test]
    fn only_the_case_of_letters_does_not_count() {
        for text in TEXTS {
            for (at, byte) in (0..text.len()).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
                let mut other = text.as_bytes().to_vec();
                other[at] = byte;
                let is_same = other.eq_ignore_ascii_case(text.as_bytes());
                assert_eq!(Known::recognise(&other).is_some_and(|known| known.as_str() == *text), is_same, "{other:?}");
            }
        }
    }

    #[test]
    fn no_known_name_has_a_twin() {
        for text in TEXTS {
            let underscored = text.replace('-', "_");
            let mut twins = vec![
                format!("{text}\0"),
                format!("\0{text}"),
                format!("{text} "),
                format!("{text}\r"),
                format!("{text}s"),
            ];
            twins.extend(Some(underscored).filter(|twin| twin != text));
            for twin in twins {
                let found = Known::recognise(twin.as_bytes());
                assert!(found.is_none_or(|known| known.as_str() == twin), "{twin:?}");
                assert_eq!(Known::before_colon(format!("{twin}: a").as_bytes()).map(|(known, _)| known), found);
            }
        }
        assert_eq!(Known::recognise(b""), None);
        assert_eq!(Known::recognise(&[b'a'; WORDS * 8 + 1]), None);
    }
}
