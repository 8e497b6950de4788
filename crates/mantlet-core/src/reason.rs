//! Why a request was refused: one table of stable codes.
//!
//! A code is `guard.reason` in kebab case. It is public API: never renamed, never reused for something else.
//! Operators meet it in the log, in `mantlet explain CODE` and in metrics; clients only in development.

use std::borrow::Cow;
use std::fmt;

use http::StatusCode;

/// The most bytes of a detail. What stands in it is often the client's own words, and a log is not the client's to fill.
const MAX_DETAIL: usize = 512;

/// A detail that keeps to [`MAX_DETAIL`], and shows if it was cut.
pub(crate) fn bounded(detail: Cow<'static, str>) -> Cow<'static, str> {
    if detail.len() <= MAX_DETAIL {
        return detail;
    }
    let room = MAX_DETAIL.saturating_sub("…".len());
    let end = (0..=room).rev().find(|at| detail.is_char_boundary(*at)).unwrap_or_default();
    Cow::Owned(format!("{}…", detail.get(..end).unwrap_or_default()))
}

/// A refused request: which rule refused it, and what was seen.
///
/// `detail` is for the operator's log. It never holds a secret, and never goes to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a refusal that is not answered lets the request pass"]
pub struct Refusal {
    /// The rule.
    pub reason: Reason,
    /// What was seen, in a few words: `Origin: https://attacker.example`. May be empty, and is at most 512 bytes long.
    pub detail: Cow<'static, str>,
    /// The policy's own status for this rule (`[csrf] status`), where it has one.
    status: Option<StatusCode>,
}

impl Refusal {
    /// A refusal with what was seen.
    pub fn new(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, detail: bounded(detail.into()), status: None }
    }

    /// The same refusal, answered with the status that the policy names for it.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// The status the client gets.
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or(self.reason.status())
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::new(reason, "")
    }
}

/// What a service failed with, unless that is a refusal itself.
impl From<Box<dyn std::error::Error + Send + Sync>> for Refusal {
    fn from(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        match error.downcast::<Self>() {
            Ok(refusal) => *refusal,
            Err(error) => Self::new(Reason::InternalError, error.to_string()),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.code())?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $status:ident;)+) => {
        /// Which rule refused a request. The variant's documentation says what it means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason { $($(#[doc = $doc])+ $name,)+ }

        impl Reason {
            /// Every reason, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code, `guard.reason`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// Who refused it: what stands before the dot of the code.
            pub fn category(self) -> &'static str {
                self.code().split_once('.').map_or(self.code(), |(category, _)| category)
            }

            /// The status the client gets.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// One or two sentences on what it means.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc,)+).trim_ascii(),)+ }
            }
        }
    };
}

reasons! {
    // --- the request as such ---
    /// The request breaks the grammar of HTTP, or its framing could be read in two ways.
    RequestMalformed = "request.malformed", BAD_REQUEST;
    /// The path can be read in more than one way (encoded separators, dot segments, control characters).
    RequestPath = "request.path", BAD_REQUEST;
    /// The Host is missing, malformed, or none of the configured names.
    RequestHost = "request.host", MISDIRECTED_REQUEST;
    /// The method is not one this server speaks (a tunnel, TRACE, lower case, unknown).
    RequestMethod = "request.method", METHOD_NOT_ALLOWED;
    /// The head of the request is larger than `[server] max_header_size`, or has too many fields.
    RequestHeaderTooLarge = "request.header-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE;
    /// An expectation other than 100-continue.
    RequestExpectation = "request.expectation", EXPECTATION_FAILED;
    /// A transfer coding other than chunked.
    RequestTransferCoding = "request.transfer-coding", NOT_IMPLEMENTED;
    /// The HTTP version is not 1.0, 1.1 or 2.
    RequestVersion = "request.version", HTTP_VERSION_NOT_SUPPORTED;
    /// A WebSocket handshake that is incomplete, or mixed with an upgrade to something else.
    RequestUpgrade = "request.upgrade", BAD_REQUEST;
    /// The client sent its head or body too slowly, or did not take its answer.
    RequestTimeout = "request.timeout", REQUEST_TIMEOUT;
    /// More requests are in flight than `[server] max_requests`, or too many of them are this client's.
    RequestTooMany = "request.too-many", SERVICE_UNAVAILABLE;

    // --- session ---
    /// One request carries a guarded cookie twice: applications differ in which one they believe.
    SessionDuplicateCookie = "session.duplicate-cookie", BAD_REQUEST;
    /// The Cookie header uses quoting, spacing or legacy syntax that applications read differently.
    SessionMalformedCookie = "session.malformed-cookie", BAD_REQUEST;
    /// The cookies of one request are more or larger than any honest browser would send here.
    SessionTooManyCookies = "session.too-many-cookies", REQUEST_HEADER_FIELDS_TOO_LARGE;

    // --- csrf ---
    /// The browser says that another site sent this unsafe request.
    CsrfCrossSite = "csrf.cross-site", FORBIDDEN;
    /// The browser says that a sibling host of the same site sent this unsafe request.
    CsrfSameSite = "csrf.same-site", FORBIDDEN;
    /// The Origin (or, without one, the Referer) is not this site and not trusted.
    CsrfOriginMismatch = "csrf.origin-mismatch", FORBIDDEN;
    /// The Origin is `null`: a sandboxed frame, a data: page, or a redirect across sites.
    CsrfOriginNull = "csrf.origin-null", FORBIDDEN;
    /// An unsafe request with a cookie says nothing about where it comes from.
    CsrfNoOrigin = "csrf.no-origin", FORBIDDEN;
    /// Sec-Fetch-Site, Origin or Referer is repeated or not a value any browser sends.
    CsrfMalformed = "csrf.malformed", FORBIDDEN;
    /// A safe method carries a method override that would make the application treat it as unsafe.
    CsrfMethodOverride = "csrf.method-override", FORBIDDEN;
    /// A WebSocket handshake comes from another origin.
    CsrfWebsocketOrigin = "csrf.websocket-origin", FORBIDDEN;

    // --- uploads ---
    /// The body is larger than `max_request_size`.
    UploadRequestTooLarge = "upload.request-too-large", PAYLOAD_TOO_LARGE;
    /// A file is larger than `max_file_size`.
    UploadFileTooLarge = "upload.file-too-large", PAYLOAD_TOO_LARGE;
    /// More files than `max_files`.
    UploadTooManyFiles = "upload.too-many-files", PAYLOAD_TOO_LARGE;
    /// More parts or fields than `max_parts`.
    UploadTooManyParts = "upload.too-many-parts", PAYLOAD_TOO_LARGE;
    /// A form field is larger than `max_field_size`.
    UploadFieldTooLarge = "upload.field-too-large", PAYLOAD_TOO_LARGE;
    /// The file's extension is not in `allowed_extensions`.
    UploadExtensionNotAllowed = "upload.extension-not-allowed", UNSUPPORTED_MEDIA_TYPE;
    /// The file's extension is one that servers or desktops run. It is refused whatever the allow-list says.
    UploadExtensionBlocked = "upload.extension-blocked", UNSUPPORTED_MEDIA_TYPE;
    /// An inner extension of the name is one that servers run (`shell.php.png`).
    UploadDoubleExtension = "upload.double-extension", UNSUPPORTED_MEDIA_TYPE;
    /// The file's bytes are not what its extension says.
    UploadContentMismatch = "upload.content-mismatch", UNSUPPORTED_MEDIA_TYPE;
    /// The file is something a browser would run: HTML, SVG, XML or script.
    UploadActiveContent = "upload.active-content", UNSUPPORTED_MEDIA_TYPE;
    /// The file name climbs out of its folder or is a path.
    UploadFilenameTraversal = "upload.filename-traversal", BAD_REQUEST;
    /// The file name is empty, too long, reserved, or holds characters that systems read differently.
    UploadFilenameInvalid = "upload.filename-invalid", BAD_REQUEST;
    /// The form's body breaks the grammar of its type, or parsers would read it in two ways.
    UploadMalformed = "upload.malformed", BAD_REQUEST;
    /// The body's Content-Type is malformed, none that a form may have here, or missing where it cannot be added.
    UploadMediaType = "upload.media-type", UNSUPPORTED_MEDIA_TYPE;
    /// The body is compressed (Content-Encoding): what would be judged is not what the application reads.
    UploadContentEncoding = "upload.content-encoding", UNSUPPORTED_MEDIA_TYPE;
    /// The body is signed or digested, and the form would have to be rewritten to be safe.
    UploadSigned = "upload.signed", UNSUPPORTED_MEDIA_TYPE;
    /// The spool for uploads is full.
    UploadSpoolFull = "upload.spool-full", SERVICE_UNAVAILABLE;

    // --- behind the shield ---
    /// The application could not be reached.
    UpstreamUnreachable = "upstream.unreachable", BAD_GATEWAY;
    /// The application did not answer in time.
    UpstreamTimeout = "upstream.timeout", GATEWAY_TIMEOUT;
    /// The application's answer breaks the grammar of HTTP, or could be read in two ways.
    UpstreamMalformed = "upstream.malformed", BAD_GATEWAY;

    // --- ourselves ---
    /// Mantlet failed. Nothing internal ever lets a request pass.
    InternalError = "internal.error", INTERNAL_SERVER_ERROR;
}

/// A page for each reason, then for each [note](crate::note): `## code`, what it means and what the operator can do.
const PAGES: &str = include_str!("../docs/reasons.md");

/// The page on a code, in Markdown without its heading. `None` when there is no such code.
pub fn explain(code: &str) -> Option<&'static str> {
    PAGES.split("\n## ").skip(1).find_map(|page| {
        let (title, text) = page.split_once('\n')?;
        (title == code).then(|| text.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_page_and_every_page_its_code() {
        let notes = crate::NoteKind::ALL.iter().map(|kind| kind.code());
        let codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).chain(notes).collect();
        let pages: Vec<_> = PAGES.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        // In the same order, too: the page is read from top to bottom beside the list.
        assert_eq!(pages, codes);
        for code in codes {
            assert!(explain(code).is_some_and(|text| text.len() > 40), "{code}");
        }
        assert_eq!(explain("no.such-code"), None);
        assert_eq!(explain(""), None);
    }

    #[test]
    fn what_a_client_says_fills_no_log() {
        for (name, said, expected) in [
            ("as much as may be", "a".repeat(MAX_DETAIL), "a".repeat(MAX_DETAIL)),
            ("more", "a".repeat(MAX_DETAIL + 1), format!("{}…", "a".repeat(MAX_DETAIL - 3))),
            ("cut inside of a letter", "\u{e9}".repeat(MAX_DETAIL), format!("{}…", "\u{e9}".repeat(254))),
        ] {
            assert_eq!(Refusal::new(Reason::RequestPath, said.clone()).detail, expected, "{name}");
            assert_eq!(crate::Note::new(crate::NoteKind::SessionCookieTooLarge, said).detail, expected, "{name}");
        }
    }

    #[test]
    fn codes_are_unique_kebab_case_and_belong_to_a_guard() {
        let mut seen = std::collections::BTreeSet::new();
        for reason in Reason::ALL {
            let code = reason.code();
            assert!(seen.insert(code), "{code} stands twice");
            let (category, rest) = code.split_once('.').expect("a code is guard.reason");
            assert_eq!(reason.category(), category);
            assert!(["request", "session", "csrf", "headers", "upload", "upstream", "internal"].contains(&category));
            assert!(rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{code}");
            assert!(reason.status().is_client_error() || reason.status().is_server_error(), "{code}");
            assert!(reason.meaning().ends_with('.'), "{code}");
        }
        for kind in crate::NoteKind::ALL {
            assert!(seen.insert(kind.code()) && kind.meaning().ends_with('.'), "{}", kind.code());
        }
    }
}
