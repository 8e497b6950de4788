//! [`Judged`]: which requests are judged, and why.

use http::{Method, Uri};
use mantlet_fields::Known;

use super::credential::has_login;
use super::policy::{CsrfPolicy, WebSocket};
use super::signal::{FetchSite, Sender};
use crate::head::RequestHead;
use crate::method_override;
use crate::postback::{self, Postback};
use crate::query::Query;
use crate::reason::{Reason, Refusal};

/// Why a request is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    Unsafe,
    /// Safe by its method, but it asks for another one.
    Overridden,
    /// Safe by its method. But it is answered by the code for GET, which may take it for a POST.
    Head,
    WebSocket,
}

impl Judged {
    /// Why this request is judged; `None` if it can do no harm.
    pub(super) fn of(head: &RequestHead<'_>, policy: &CsrfPolicy) -> Option<Self> {
        if policy.websocket == WebSocket::CheckOrigin && is_websocket_handshake(head) {
            return Some(Self::WebSocket);
        }
        // Over HTTP/2 a handshake has another method, and no page can send that for anything else.
        let method = if *head.method == Method::CONNECT { &Method::GET } else { head.method };
        if !policy.safe_methods.contains(method) {
            return Some(Self::Unsafe);
        }
        if head.fields.contains_any(&method_override::FIELDS) || asks_for_more(head.uri) {
            return Some(Self::Overridden);
        }
        // Without a login there is nothing to forge, and honest pages ask other sites how long a file is.
        (head.method == Method::HEAD && has_login(head.fields)).then_some(Self::Head)
    }

    /// Whether another site has redirected a handshake here that this site's page began. In WebKit the Origin stays this site's
    /// then.
    pub(super) fn was_redirected(self, site: Option<FetchSite>) -> bool {
        self == Self::WebSocket && matches!(site, Some(FetchSite::CrossSite | FetchSite::SameSite))
    }

    /// What the operator has to know first: that it was a handshake, or only an override made it unsafe.
    pub(super) fn refusal(self, reason: Reason, what: &str, sender: &Sender) -> Refusal {
        let reason = match self {
            Self::Unsafe | Self::Head => reason,
            Self::Overridden => Reason::CsrfMethodOverride,
            Self::WebSocket => Reason::CsrfWebsocketOrigin,
        };
        Refusal::new(reason, format!("{what}: {sender}"))
    }
}

/// Whether a framework would do more than a GET may, because the target says so: take it for another method, or run what a button
/// of a form does.
fn asks_for_more(uri: &Uri) -> bool {
    // Most targets have no query, nor a mark by which a server would find one in the path. What is left is what a path says by
    // itself. The fold does not stop at the first mark, so that the compiler can look at many bytes in one step.
    let is_mark = |byte| matches!(byte, b'?' | b'_' | b':' | b'%' | b'&' | b';');
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    if !target.bytes().fold(false, |has_mark, byte| has_mark | is_mark(byte)) {
        return postback::is_in_path(target);
    }
    let query = Query::of(uri);
    let mut postback = Postback::new(uri.path(), &query);
    query
        .pairs()
        .any(|(name, value)| method_override::is_asked_by(name, value, &query) || postback.is_made_by(name, value))
        || method_override::is_anywhere_in(&query)
        || postback::is_in_path(uri.path())
}

/// Whether the request opens a WebSocket, or an application could think so. Over HTTP/2 neither of the two fields is there
/// (RFC 8441, section 5).
fn is_websocket_handshake(head: &RequestHead<'_>) -> bool {
    *head.method == Method::CONNECT
        || head.fields.contains(Known::SecWebsocketKey)
        || head.fields.all(Known::Upgrade).any(|value| {
            value.split(|b| matches!(b, b',' | b'/')).any(|p| p.trim_ascii().eq_ignore_ascii_case(b"websocket"))
        })
}
