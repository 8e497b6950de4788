//! A refusal as a client sees it: a short page, or `application/problem+json` (RFC 9457).

use bytes::Bytes;
use http::StatusCode;
use mantlet_core::fields::{Fields, Known};
use mantlet_core::{Reason, Refusal};

use crate::head::{Answer, Refused};
use crate::reference::Reference;

/// What strangers may learn of a refusal besides its status and reference number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disclosure {
    /// Nothing: the default, since a reason code tells an attacker which rule to work around.
    #[default]
    Nothing,
    /// The reason code: for development.
    ReasonCode,
}

/// Which of the two forms the client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rendition {
    /// A page for a person.
    Html,
    /// `application/problem+json` for a program.
    Problem,
}

impl Rendition {
    /// A client that names a type of JSON in Accept gets JSON, and so does one that takes anything and does not ask for HTML:
    /// a script's `fetch`, where browsers name HTML whenever a person will see the answer. Who says nothing may be a person
    /// whose head could not be read.
    pub(crate) fn negotiate(accept: Option<&[u8]>) -> Self {
        let wants =
            |kind: fn(&[u8]) -> bool| accept.unwrap_or_default().split(|byte| *byte == b',').any(is_wanted(kind));
        if wants(is_json) || (wants(is_anything) && !wants(is_html)) { Self::Problem } else { Self::Html }
    }
}

/// Whether a range of Accept is of this kind, with a weight above zero (RFC 9110, section 12.5.1).
fn is_wanted(kind: fn(&[u8]) -> bool) -> impl Fn(&[u8]) -> bool {
    move |range| {
        let mut parts = range.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        parts.next().is_some_and(kind) && !parts.any(is_zero_weight)
    }
}

fn is_json(name: &[u8]) -> bool {
    name.windows(4).any(|part| part.eq_ignore_ascii_case(b"json"))
}

fn is_html(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"text/html")
}

fn is_anything(name: &[u8]) -> bool {
    name == b"*/*"
}

/// Section 12.4.2: `q=0`, with up to three decimals.
fn is_zero_weight(parameter: &[u8]) -> bool {
    match parameter {
        [b'q' | b'Q', b'=', weight @ ..] => !weight.is_empty() && weight.iter().all(|byte| matches!(byte, b'0' | b'.')),
        _ => false,
    }
}

/// Seconds until a client that was refused for want of capacity may try again. Long enough that programs which do so
/// at once make nothing worse.
const RETRY_AFTER: &str = "5";

/// Takes the refused request out of the tab's history: who goes back to the page, or reloads it, comes to the site's start.
/// WebKit would send a form again, and say `same-origin` of it if a page of this site was left; where another site's page
/// had told it `no-referrer`, nothing else gives the forger away. The address goes, too: of what was replaced, Chromium says
/// `same-origin`, whoever had led there, and a GET may be what was forged.
const FORGET: &str = "<script>history.replaceState(null,\"\",\"/\")</script>\n";

/// The policy for a page with [`FORGET`]: that and no other script. The page is shown at the address of the refused request, so
/// one that reloads it (`location.reload()`) would repeat that request, and browsers would then call it same-origin.
const ONLY_FORGET: &str = "script-src 'sha256-4yQlCA6sut83myo/n+J0YG9sdFWm5qA32W2S+0f011U='";

/// Renders a refusal.
pub(crate) fn render(
    refusal: Refusal,
    reference: Reference,
    rendition: Rendition,
    disclosure: Disclosure,
    csrf_page: Option<&str>,
) -> Answer<Bytes> {
    let status = refusal.status();
    let code = match disclosure {
        Disclosure::Nothing => None,
        Disclosure::ReasonCode => Some(refusal.reason.code()),
    };
    let own_page = csrf_page.filter(|_| rendition == Rendition::Html && refusal.reason.category() == "csrf");
    // Cookies are judged first. A sibling host may set one for a moment, so that its forged form is refused for that.
    let may_be_forged = rendition == Rendition::Html && matches!(refusal.reason.category(), "csrf" | "session");
    let (content_type, mut body) = match (own_page, rendition) {
        (Some(page), _) => ("text/html; charset=utf-8", fill_in(page, status, code, reference)),
        (None, Rendition::Problem) => ("application/problem+json", problem(status, code, reference)),
        (None, Rendition::Html) => ("text/html; charset=utf-8", html(refusal.reason, code, reference)),
    };
    if may_be_forged {
        body.push_str(FORGET);
    }
    let mut fields = Fields::new();
    let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some((Known::RetryAfter, RETRY_AFTER));
    let only_forget = may_be_forged.then_some((Known::ContentSecurityPolicy, ONLY_FORGET));
    let always = [(Known::ContentType, content_type), (Known::CacheControl, "no-store")];
    for (name, value) in always.into_iter().chain(retry_after).chain(only_forget) {
        // They hold nothing that a field could not.
        let _ = fields.append_value(name, value.as_bytes());
    }
    Answer { status, fields, body: Bytes::from(body), refused: Some(Box::new(Refused { refusal, reference })) }
}

/// What the person at the browser can do, in words that do not presume that they are the attacker.
fn advice(reason: Reason) -> (&'static str, &'static str) {
    match reason.category() {
        _ if reason.status() == StatusCode::SERVICE_UNAVAILABLE => {
            ("The site is busy", "There is too much to do just now. Please try again in a moment.")
        }
        // `Clear-Site-Data` is sent only where the user asked for the page, so the cookies come once more before they are gone.
        "session" => (
            "Your browser's cookies could not be accepted",
            "Something is wrong with the cookies that your browser keeps for this site. Type the site's address and open it \
             twice. If that does not help, delete its cookies.",
        ),
        "csrf" => (
            "This request did not come from this site",
            "Open the page again and repeat what you did there. If you followed a link from elsewhere, go to the site directly.",
        ),
        "upload" if reason.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            ("This is too large", "Send a smaller file, or less at once.")
        }
        "upload" => (
            "This could not be accepted",
            "The form or file you sent is not of a kind that this site takes. Check the file's type and name.",
        ),
        "upstream" => ("The site did not answer", "Please try again in a moment."),
        "internal" => ("Something went wrong on our side", "Please try again in a moment."),
        _ if reason == Reason::RequestHost => {
            ("There is no site at this address", "Check the name in your browser's address bar.")
        }
        _ if reason == Reason::RequestTimeout => ("This took too long", "Please try again."),
        _ => (
            "This request could not be accepted",
            "Your browser or a program on the way sent something this site does not take.",
        ),
    }
}

/// Without styles or subresources: it has to look right under the strictest policy.
fn html(reason: Reason, code: Option<&str>, reference: Reference) -> String {
    let (title, text) = advice(reason);
    let code = code
        .map(|code| format!("<p>Reason: <code>{code}</code>. What to do: <code>mantlet explain {code}</code></p>\n"))
        .unwrap_or_default();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n{code}<p><small>Reference: {reference}</small></p>\n</html>\n"
    )
}

fn problem(status: StatusCode, code: Option<&str>, reference: Reference) -> String {
    // Every value is from our own tables: nothing needs escaping.
    let title = status.canonical_reason().unwrap_or("Refused");
    let reason = code.map(|code| format!("\"reason\":\"{code}\",")).unwrap_or_default();
    format!(
        "{{\"type\":\"about:blank\",\"title\":\"{title}\",\"status\":{},{reason}\"reference\":\"{reference}\"}}\n",
        status.as_u16()
    )
}

fn fill_in(page: &str, status: StatusCode, code: Option<&str>, reference: Reference) -> String {
    page.replace("{reason}", code.unwrap_or(""))
        .replace("{reference}", &reference.to_string())
        .replace("{status}", status.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(rendition: Rendition, disclosure: Disclosure, page: Option<&str>) -> String {
        let answer = render(Reason::CsrfCrossSite.into(), Reference::draw(), rendition, disclosure, page);
        assert_eq!(answer.status, 403);
        assert_eq!(answer.refused.unwrap().refusal.reason, Reason::CsrfCrossSite);
        String::from_utf8(answer.body.to_vec()).unwrap()
    }

    #[test]
    fn reason_codes_reach_clients_only_in_development() {
        for rendition in [Rendition::Html, Rendition::Problem] {
            assert!(!body(rendition, Disclosure::Nothing, None).contains("csrf.cross-site"));
            assert!(body(rendition, Disclosure::ReasonCode, None).contains("csrf.cross-site"));
        }
    }

    #[test]
    fn whoever_is_refused_for_cookies_is_told_how_to_be_rid_of_them() {
        for reason in Reason::ALL.iter().filter(|reason| reason.code().starts_with("session.")) {
            assert!(advice(*reason).1.contains("delete its cookies"), "{reason:?}");
        }
    }

    #[test]
    fn who_can_do_something_is_told_what() {
        for (reason, title) in [
            (Reason::UploadFileTooLarge, "This is too large"),
            (Reason::UploadContentMismatch, "This could not be accepted"),
            (Reason::RequestHost, "There is no site at this address"),
            (Reason::RequestTimeout, "This took too long"),
            (Reason::UpstreamTimeout, "The site did not answer"),
        ] {
            assert_eq!(advice(reason).0, title, "{reason:?}");
        }
    }

    #[test]
    fn a_page_of_ones_own_is_filled_in() {
        let page = body(Rendition::Html, Disclosure::ReasonCode, Some("<p>{status} {reason} {reference}</p>"));
        assert!(page.starts_with("<p>403 csrf.cross-site "), "{page}");
        assert!(!page.contains('{'), "{page}");
    }

    #[test]
    fn what_may_be_forged_leaves_the_history_and_no_other_script_runs() {
        let page = Some("<script>location.reload()</script>");
        for (reason, rendition, page, is_forgotten) in [
            (Reason::CsrfCrossSite, Rendition::Html, None, true),
            (Reason::CsrfCrossSite, Rendition::Html, page, true),
            (Reason::SessionDuplicateCookie, Rendition::Html, None, true),
            (Reason::CsrfCrossSite, Rendition::Problem, page, false),
            (Reason::UploadContentMismatch, Rendition::Html, page, false),
        ] {
            let answer = render(reason.into(), Reference::draw(), rendition, Disclosure::Nothing, page);
            let policy = answer.fields.get_str(Known::ContentSecurityPolicy);
            assert_eq!(policy, is_forgotten.then_some(ONLY_FORGET), "{reason:?} {rendition:?}");
            let body = String::from_utf8(answer.body.to_vec()).unwrap();
            assert_eq!(body.ends_with(FORGET), is_forgotten, "{reason:?} {rendition:?}");
        }
    }

    #[test]
    fn programs_get_json_and_who_asks_for_a_page_gets_one() {
        let negotiate = |accept: &str| Rendition::negotiate(Some(accept.as_bytes()));
        assert_eq!(Rendition::negotiate(None), Rendition::Html);
        assert_eq!(negotiate("text/html, */*"), Rendition::Html);
        assert_eq!(negotiate("application/vnd.api+JSON"), Rendition::Problem);
        assert_eq!(negotiate("text/html, application/json; q=0"), Rendition::Html);
        assert_eq!(negotiate("application/json;Q=0.000 , text/html"), Rendition::Html);
        assert_eq!(negotiate("application/json;q=0.001, text/html"), Rendition::Problem);
        assert_eq!(negotiate("application/json;q=0, application/problem+json"), Rendition::Problem);
        assert_eq!(negotiate("*/*"), Rendition::Problem);
        assert_eq!(negotiate("image/avif,image/webp,*/*;q=0.8"), Rendition::Problem);
        assert_eq!(negotiate("*/*;q=0"), Rendition::Html);
        assert_eq!(negotiate("image/png"), Rendition::Html);
        assert_eq!(negotiate("text/vnd.turbo-stream.html, Text/HTML;q=0.9, */*;q=0.8"), Rendition::Html);
        assert_eq!(negotiate("text/html;q=0, */*"), Rendition::Problem);
    }
}
