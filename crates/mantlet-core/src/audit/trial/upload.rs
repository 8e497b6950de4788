//! [`UploadTrial`]: an upload and its forgeries, and [`SizeTrial`]: one that is too large for anybody.

use http::{HeaderMap, StatusCode, header};

use super::answer::Answer;
use super::control::Control;
use crate::audit::content_type::{essence, has_nosniff};
use crate::headers::csp;

/// A huge body that was announced and never sent.
#[derive(Debug, Clone)]
pub struct SizeTrial {
    /// `POST /upload`.
    pub request: String,
    /// What became of it.
    pub huge: Announced,
    /// The same of a few bytes. `None`: not asked, as the site waited even for the huge one.
    pub small: Option<Announced>,
}

/// What a site does with the announcement of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    /// It waits for the body.
    Awaited,
    /// It gives its final answer.
    Answered(StatusCode),
    /// It hangs up.
    HungUp,
}

/// An upload and its forgeries.
#[derive(Debug, Clone)]
pub struct UploadTrial {
    /// `POST /upload`.
    pub request: String,
    /// The field that takes the file.
    pub field: String,
    /// A small real PNG.
    pub control: Control,
    /// Where the control can be fetched.
    pub control_served: Option<Served>,
    /// The forgeries.
    pub attempts: Vec<UploadAttempt>,
}

/// One forged file.
#[derive(Debug, Clone)]
pub struct UploadAttempt {
    /// What is wrong with it.
    pub trick: Trick,
    /// The name it was sent under.
    pub name: String,
    /// The answer to the upload.
    pub answer: Answer,
    /// Where it can be fetched afterwards.
    pub served: Option<Served>,
}

/// What is wrong with a forged file. Nothing in it does harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    /// An HTML page under a name that says so.
    Html,
    /// An SVG image under its own name.
    Svg,
    /// A PHP script under a name that servers run.
    ServerScript,
    /// `probe.php.png`.
    DoubleExtension,
    /// `probe.PhP`.
    MixedCase,
    /// HTML bytes under the name of a PNG.
    Mismatch,
    /// `../probe.png`.
    Traversal,
}

/// A stored file as it is served.
#[derive(Debug, Clone)]
pub struct Served {
    /// The path it was fetched from.
    pub path: String,
    /// The header fields it came with.
    pub headers: HeaderMap,
    /// What came is not the file but what it prints: the server ran it.
    pub executed: bool,
}

impl Served {
    /// The media type without its parameters.
    pub fn essence(&self) -> String {
        essence(&self.headers).unwrap_or_else(|| "no type".to_owned())
    }

    /// Whether a browser would run it with the site's origin: neither a download nor sandboxed.
    pub(crate) fn runs_in_browser(&self) -> bool {
        let policies = self.texts(header::CONTENT_SECURITY_POLICY).flat_map(csp::parse);
        !self.is_download() && !policies.into_iter().any(|policy| policy.get("sandbox").is_some())
    }

    /// Whether an application hands it out as a download, of which browsers guess nothing. Servers that run files do not.
    pub(crate) fn is_handed_out(&self) -> bool {
        self.is_download() && self.has_nosniff() && !self.executed
    }

    fn is_download(&self) -> bool {
        self.texts(header::CONTENT_DISPOSITION)
            .any(|value| value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("attachment")))
    }

    fn texts(&self, name: header::HeaderName) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// Whether browsers are kept from guessing another type.
    pub(crate) fn has_nosniff(&self) -> bool {
        has_nosniff(&self.headers)
    }
}
