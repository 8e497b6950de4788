//! The audit, and what it finds of a response that went through the shield.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode, Uri};
use mantlet_core::audit::{self, Https, Observation, PlainHttp, Report, Scripted, Seen, Transport};
use mantlet_core::fields::Fields;
use mantlet_core::{Mantlet, Origin, Policy, RequestHead, ResponseHead, Site};

const NAMES: [&str; 8] = [
    "set-cookie",
    "x-frame-options",
    "x-content-type-options",
    "strict-transport-security",
    "cache-control",
    "cross-origin-opener-policy",
    "content-type",
    "content-security-policy-report-only",
];

/// What the built-in policy keeps, whatever the application sends.
const PROMISED: [&str; 6] = [
    "session.cookie.secure",
    "session.cookie.httponly",
    "session.cookie.cacheable",
    "headers.nosniff",
    "transport.hsts.present",
    "transport.hsts.max-age",
];

/// A line a field: the first byte picks the name. No response panics, and the shield keeps its promises.
pub fn response(input: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n').take(20) {
        let Some((pick, value)) = line.split_first() else { continue };
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(HeaderName::from_static(NAMES[usize::from(*pick) % NAMES.len()]), value);
        }
    }
    judge(headers.clone());
    dress(&mut headers);
    for finding in judge(headers).problems() {
        assert!(!PROMISED.contains(&finding.rule.id), "{}: {}", finding.rule.id, finding.summary);
    }
}

fn site() -> Site {
    Site::new(Origin::parse("https://app.example").expect("an origin"))
}

fn dress(headers: &mut HeaderMap) {
    let (uri, site, mut request) = (Uri::from_static("/"), site(), Fields::new());
    let mut head = RequestHead { method: &Method::GET, uri: &uri, fields: &mut request, site: &site };
    let mut exchange = Mantlet::new(&Policy::default()).begin(&head);
    let _plan = exchange.admit(&mut head).expect("an honest request");
    let mut fields = Fields::from(&*headers);
    exchange.dress(&mut ResponseHead { status: StatusCode::OK, fields: &mut fields });
    fields.write_back(headers);
}

fn judge(headers: HeaderMap) -> Report {
    audit::judge(&Observation {
        origin: site().origin,
        loopback: false,
        session_cookies: Vec::new(),
        responses: vec![Seen {
            method: Method::GET,
            path: "/".into(),
            https: true,
            provoked: false,
            status: StatusCode::OK,
            headers,
            meta: Vec::new(),
        }],
        forms: Vec::new(),
        passed_over: None,
        transport: Transport { https: Https::Trusted, plain: PlainHttp::Silent, unknown_host: None },
        sizes: Vec::new(),
        active: None,
        scripted: Scripted::default(),
        cut_short: false,
    })
}
