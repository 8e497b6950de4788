//! The csrf guard beside tower-http's `csrf`, which is Go's rule byte for byte: every combination of what a browser can
//! say gets the same verdict from both, but for the deviations listed here, each with its reason.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::task::{Context, Poll, Waker};

use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, header};
use mantlet_core::csrf::{CsrfGuard, CsrfPolicy};
use mantlet_core::fields::Fields;
use mantlet_core::{Mode, Notes, Origin, RequestHead, Site};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::csrf::CsrfLayer;

const OWN: &str = "https://app.example";
const TRUSTED: &str = "https://sso.example";
const EVIL: &str = "https://evil.example";

/// What a request says.
#[derive(Debug, Clone, Copy)]
struct Said {
    method: &'static str,
    /// `Sec-Fetch-Site`, once for each.
    site: &'static [&'static str],
    /// `Origin`, once for each.
    origin: &'static [&'static str],
    referer: Option<&'static str>,
    has_cookie: bool,
}

/// Where the two differ, and why: the name, whether we refuse what they let pass, and for which requests.
type Deviation = (&'static str, bool, fn(&Said) -> bool);

const DEVIATIONS: [Deviation; 12] = [
    ("TRACE is safe to us as to RFC 9110; it never gets past the head's own rules", false, |said| {
        said.method == "TRACE"
    }),
    ("a HEAD with a cookie is judged: the code for GET answers it, and may take it for a POST", true, |said| {
        said.method == "HEAD" && said.has_cookie
    }),
    ("Fetch Metadata or an Origin twice is no browser's", true, |said| said.site.len() > 1 || said.origin.len() > 1),
    ("an empty Sec-Fetch-Site or Origin is a value, and no browser's", true, |said| {
        said.site == [""] || said.origin == [""]
    }),
    ("an unknown Sec-Fetch-Site is not outweighed by a trusted Origin", true, |said| {
        !["same-origin", "same-site", "cross-site", "none"].contains(&said.site.first().copied().unwrap_or("none"))
    }),
    ("this site's Origin is this site's: WebKit says cross-site of its form for a new window", false, |said| {
        ["cross-site", "same-site"].contains(&said.site.first().copied().unwrap_or("")) && said.origin == [OWN]
    }),
    ("same-origin beside the Origin of another site is WebKit's, going back to that site's form", true, |said| {
        ["same-origin", "none"].contains(&said.site.first().copied().unwrap_or(""))
            && ![OWN, TRUSTED, "null"].contains(&said.origin.first().copied().unwrap_or("null"))
    }),
    (
        "nobody's request with an opaque origin is a background fetch after a redirect, unless it navigates",
        true,
        |said| said.site == ["none"] && said.origin == ["null"],
    ),
    ("the scheme counts: http://app.example is another origin", true, |said| said.origin == ["http://app.example"]),
    ("origins are compared parsed: case and the default port do not make another", false, |said| {
        said.origin == ["HTTPS://APP.EXAMPLE"] || said.origin == ["https://app.example:443"]
    }),
    ("the Referer counts where the Origin is missing", true, |said| said.referer == Some("https://evil.example/")),
    ("a request with a cookie has to say where it comes from", true, |said| {
        said.has_cookie && said.origin.is_empty() && said.referer.is_none()
    }),
];

#[test]
fn verdicts_agree_but_for_the_listed_deviations() {
    let policy = CsrfPolicy { trusted_origins: vec![Origin::parse(TRUSTED).unwrap().into()], ..CsrfPolicy::default() };
    let guard = CsrfGuard::new(&policy, Mode::Enforce);
    let mut used = BTreeSet::new();
    for said in everything_said() {
        let (ours, theirs) = (passes_ours(&guard, &said), passes_theirs(&said));
        if ours == theirs {
            continue;
        }
        let deviation = DEVIATIONS.iter().find(|(_, is_stricter, holds)| *is_stricter == theirs && holds(&said));
        let Some((name, ..)) = deviation else {
            panic!("we {}, they do not: {said:?}", if ours { "let pass" } else { "refuse" });
        };
        used.insert(*name);
    }
    let listed: BTreeSet<_> = DEVIATIONS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(used, listed, "a deviation is listed that does not exist");
}

fn everything_said() -> impl Iterator<Item = Said> {
    let methods = ["GET", "HEAD", "OPTIONS", "TRACE", "POST", "DELETE", "QUERY"];
    let sites: [&[&str]; 9] = [
        &[],
        &["same-origin"],
        &["same-site"],
        &["cross-site"],
        &["none"],
        &[""],
        &["Same-Origin"],
        &["same-galaxy"],
        &["same-origin", "cross-site"],
    ];
    let origins: [&[&str]; 10] = [
        &[],
        &[OWN],
        &[EVIL],
        &[TRUSTED],
        &["null"],
        &["http://app.example"],
        &["HTTPS://APP.EXAMPLE"],
        &["https://app.example:443"],
        &[""],
        &[OWN, EVIL],
    ];
    let referers = [None, Some("https://app.example/form"), Some("https://evil.example/")];
    methods.into_iter().flat_map(move |method| {
        sites.into_iter().flat_map(move |site| {
            origins.into_iter().flat_map(move |origin| {
                referers.into_iter().flat_map(move |referer| {
                    [false, true].map(|has_cookie| Said { method, site, origin, referer, has_cookie })
                })
            })
        })
    })
}

fn request(said: &Said) -> Request<()> {
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, HeaderValue::from_static("app.example"));
    for value in said.site {
        headers.append("sec-fetch-site", HeaderValue::from_static(value));
    }
    for value in said.origin {
        headers.append(header::ORIGIN, HeaderValue::from_static(value));
    }
    if let Some(referer) = said.referer {
        headers.insert(header::REFERER, HeaderValue::from_static(referer));
    }
    if said.has_cookie {
        headers.insert(header::COOKIE, HeaderValue::from_static("session=1"));
    }
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(said.method.as_bytes()).unwrap();
    *request.uri_mut() = Uri::from_static("/transfer");
    *request.headers_mut() = headers;
    request
}

fn passes_ours(guard: &CsrfGuard, said: &Said) -> bool {
    let (parts, ()) = request(said).into_parts();
    let mut fields = Fields::from(&parts.headers);
    let site = Site::new(Origin::parse(OWN).unwrap());
    let mut head = RequestHead { method: &parts.method, uri: &parts.uri, fields: &mut fields, site: &site };
    guard.admit(&mut head, &mut Notes::default()).is_ok()
}

fn passes_theirs(said: &Said) -> bool {
    let application = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(())) });
    let service = CsrfLayer::new().add_trusted_origin(TRUSTED).unwrap().layer(application);
    let mut answer = std::pin::pin!(service.oneshot(request(said)));
    match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response.status().is_success(),
        Poll::Ready(Err(never)) => match never {},
        Poll::Pending => panic!("nothing here waits"),
    }
}
