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
        Folded::whole(name)?.recognise()
    }

    /// Recognises the name before the first colon of a line, and says how long it is.
    #[inline]
    pub(crate) fn before_colon(line: &[u8]) -> Option<(Self, usize)> {
        let folded = Folded::before_colon(line)?;
        Some((folded.recognise()?, folded.length))
    }
}

impl std::fmt::Display for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name in lower case, eight bytes a word, filled up with NULs: read, folded and compared by the word.
#[derive(Debug, Clone, Copy)]
struct Folded {
    words: [u64; WORDS],
    /// Tells a name from the same name with NULs behind it.
    length: usize,
}

/// As many as the longest name fills.
const WORDS: usize = 5;

impl Folded {
    fn whole(name: &[u8]) -> Option<Self> {
        let mut words = [0; WORDS];
        let mut rest = name;
        for word in &mut words {
            *word = lower_case(first_word(rest));
            rest = rest.get(8..).unwrap_or_default();
        }
        rest.is_empty().then_some(Self { words, length: name.len() })
    }

    #[inline]
    fn before_colon(line: &[u8]) -> Option<Self> {
        let mut words = [0; WORDS];
        let mut rest = line;
        for (at, word) in words.iter_mut().enumerate() {
            let raw = first_word(rest);
            let before = colon_in(raw);
            *word = lower_case(raw & low_bytes(before));
            if before < 8 {
                return Some(Self { words, length: at.saturating_mul(8).saturating_add(before as usize) });
            }
            rest = rest.get(8..)?;
        }
        None
    }

    #[inline]
    fn recognise(&self) -> Option<Known> {
        let seat = usize::from(*SEATS.get(self.place(SEATING.0))?);
        if FOLDED.get(seat)?.is(self) { ALL.get(seat).copied() } else { None }
    }

    /// Without a call, which comparing slices would be.
    #[inline]
    fn is(&self, other: &Self) -> bool {
        let differing = self.words.iter().zip(&other.words).fold(0, |so_far, (one, two)| so_far | (one ^ two));
        differing == 0 && self.length == other.length
    }

    /// The place of this name among [`PLACES`]. The upper bits of a product depend on all bits of its factors.
    #[inline]
    const fn place(&self, multiplier: u64) -> usize {
        let mut words = self.words.as_slice();
        let mut mixed = self.length as u64;
        while let [word, rest @ ..] = words
            && *word != 0
        {
            mixed = (mixed ^ *word).wrapping_mul(multiplier);
            words = rest;
        }
        (mixed >> SHIFT) as usize
    }
}

/// How many bytes stand before the first colon; 8 if there is none.
#[inline]
fn colon_in(word: u64) -> u32 {
    // A colon becomes zero; subtracting one from each byte then borrows first where the first zero is.
    let zeroed = word ^ each(b':');
    (zeroed.wrapping_sub(each(1)) & !zeroed & HIGH).trailing_zeros() / 8
}

/// Ones in so many bytes, at most 8.
#[inline]
fn low_bytes(count: u32) -> u64 {
    1_u64.checked_shl(count.saturating_mul(8)).unwrap_or(0).wrapping_sub(1)
}

/// All bytes at once. The seven low bits of a byte plus a number reach its high bit if they are large enough.
#[inline]
const fn lower_case(word: u64) -> u64 {
    let low = word & !HIGH;
    let at_least_a = low.wrapping_add(each(0x80 - b'A'));
    let above_z = low.wrapping_add(each(0x7f - b'Z'));
    let is_upper = at_least_a & !above_z & !word & HIGH;
    word | (is_upper >> 2)
}

const PLACES: usize = 8192;

/// Leaves as many bits as a place has.
const SHIFT: u32 = u64::BITS - PLACES.trailing_zeros();

/// Marks a place where no name is.
const NOBODY: u8 = u8::MAX;

/// In the order of [`Known`].
static FOLDED: [Folded; TEXTS.len()] = ALL_FOLDED;

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would refuse it")]
const ALL_FOLDED: [Folded; TEXTS.len()] = {
    let mut all = [Folded { words: [0; WORDS], length: 0 }; TEXTS.len()];
    let mut name = 0;
    while name < TEXTS.len() {
        all[name] = folded(TEXTS[name]);
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
    while name < ALL_FOLDED.len() {
        let place = ALL_FOLDED[name].place(multiplier);
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
const fn folded(text: &str) -> Folded {
    let mut words = [0; WORDS];
    let mut at = 0;
    while at < text.len() {
        words[at / 8] |= (text.as_bytes()[at] as u64) << (at % 8 * 8);
        at += 1;
    }
    Folded { words, length: text.len() }
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
    FileName = "file-name",
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
    XFileName = "x-file-name",
    XFilename = "x-filename",
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
    fn words_are_put_in_lower_case_as_bytes_are() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                let mut bytes = *b"Az@[`{Za";
                bytes[place] = byte;
                let word = lower_case(u64::from_le_bytes(bytes));
                assert_eq!(word.to_le_bytes(), bytes.map(|byte| byte.to_ascii_lowercase()));
                let colon = bytes.iter().position(|byte| *byte == b':').unwrap_or(8);
                assert_eq!(colon_in(u64::from_le_bytes(bytes)) as usize, colon);
            }
        }
        assert_eq!((low_bytes(0), low_bytes(3), low_bytes(8)), (0, 0xff_ffff, u64::MAX));
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
