//! What the driver promises, whatever the guards say.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Version, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Collected, Full, Limited};
use mantlet::{ClientAddress, MantletLayer, Mode, Origin, Policy, Reason, Refusal, RequestBody, Shield};
use mantlet_core::byte_size::ByteSize;
use tower::{BoxError, Layer, Service, ServiceExt, service_fn};

/// A body that comes in these pieces, and then ends or breaks.
struct Pieces(Vec<Result<&'static [u8], Refusal>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        if self.0.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(self.0.remove(0).map(|piece| Frame::data(Bytes::from_static(piece)))))
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Posts a body, and returns the answer together with what the inner service read (`None`: it was never called).
async fn post(policy: &Policy, content_type: &str, body: Pieces) -> (Response<Bytes>, Option<Result<String, String>>) {
    let seen: Arc<Mutex<Option<Result<String, String>>>> = Arc::default();
    let inner = {
        let seen = Arc::clone(&seen);
        service_fn(move |request: Request<RequestBody<Pieces>>| {
            let seen = Arc::clone(&seen);
            async move {
                let length = request.headers().get(header::CONTENT_LENGTH).cloned();
                let read = request.into_body().collect().await.map(Collected::to_bytes);
                if let (Ok(read), Some(length)) = (&read, length) {
                    assert_eq!(
                        length.to_str().unwrap(),
                        read.len().to_string(),
                        "the length is that of what was forwarded"
                    );
                }
                let read =
                    read.map(|read| String::from_utf8_lossy(&read).into_owned()).map_err(|error| error.to_string());
                *seen.lock().unwrap() = Some(read);
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"done"))))
            }
        })
    };
    let origin = Origin::parse("https://app.example").unwrap();
    let service = MantletLayer::new(Shield::new(policy), origin).layer(inner);
    let request = Request::post("/email")
        .header(header::ORIGIN, "https://app.example")
        .header(header::CONTENT_TYPE, content_type)
        .body(body)
        .unwrap();
    let response = service.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let seen = seen.lock().unwrap().take();
    (Response::from_parts(parts, body), seen)
}

fn reason(response: &Response<Bytes>) -> Option<Reason> {
    response.extensions().get::<Refusal>().map(|refusal| refusal.reason)
}

#[tokio::test]
async fn a_form_reaches_the_application_whole_and_only_after_its_verdict() {
    let (response, seen) = post(&Policy::default(), FORM, Pieces(vec![Ok(b"email=a%4"), Ok(b"0b.c")])).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(seen.unwrap().unwrap(), "email=a%40b.c");
}

#[tokio::test]
async fn nothing_of_a_refused_form_reaches_the_application() {
    let (response, seen) = post(&Policy::default(), FORM, Pieces(vec![Ok(b"email=a"), Ok(b"&x=%zz")])).await;
    assert_eq!((response.status(), seen), (StatusCode::BAD_REQUEST, None));
    assert_eq!(reason(&response), Some(Reason::UploadMalformed));
}

#[tokio::test]
async fn a_form_that_breaks_off_is_not_a_short_form() {
    let broken = Pieces(vec![Ok(b"amount=1"), Err(Reason::RequestTimeout.into())]);
    let (response, seen) = post(&Policy::default(), FORM, broken).await;
    assert_eq!((reason(&response), seen), (Some(Reason::RequestTimeout), None), "the host's own reason is kept");
}

#[tokio::test]
async fn a_body_that_outgrows_its_bound_is_refused_whatever_the_application_makes_of_it() {
    let mut policy = Policy::default();
    policy.everywhere.upload.max_request_size = ByteSize::bytes(4);
    let (response, seen) = post(&policy, "application/json", Pieces(vec![Ok(b"1234"), Ok(b"5")])).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(seen.unwrap().is_err(), "the application saw a body that breaks off");
    let (response, seen) = post(&policy, "application/json", Pieces(vec![Ok(b"1234")])).await;
    assert_eq!((response.status(), seen.unwrap().unwrap().as_str()), (StatusCode::OK, "1234"));
}

#[tokio::test]
async fn an_application_that_overlooks_the_error_gets_no_more_of_a_body_that_outgrew_its_bound() {
    let mut policy = Policy::default();
    policy.everywhere.upload.max_request_size = ByteSize::bytes(4);
    let inner = service_fn(|request: Request<RequestBody<Pieces>>| async move {
        let (mut body, mut read, mut errors) = (request.into_body(), Vec::new(), 0);
        while errors < 2
            && let Some(frame) = body.frame().await
        {
            match frame {
                Ok(frame) => read.extend(frame.into_data().unwrap()),
                Err(_) => errors += 1,
            }
        }
        assert_eq!((read.as_slice(), errors), (&b"123"[..], 2));
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
    });
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let layer = MantletLayer::new(Shield::new(&policy), Origin::parse("https://app.example").unwrap());
        let pieces = Pieces(vec![Ok(b"123"), Ok(b"45"), Ok(b"6"), Ok(b"7")]);
        let request = Request::post("/").version(version).header(header::CONTENT_TYPE, "application/json").body(pieces);
        let response = layer.layer(inner).oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE, "{version:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_dressed_like_any_response() {
    let (response, _) = post(&Policy::default(), "multipart/mixed; boundary=x", Pieces(vec![])).await;
    assert!(response.status().is_client_error());
    assert_eq!(response.headers().get(header::X_CONTENT_TYPE_OPTIONS).unwrap(), "nosniff");
    assert!(response.headers().contains_key(header::CONTENT_SECURITY_POLICY));
}

/// hyper leaves out what follows a head over HTTP/1.1, and does not over HTTP/2.
#[tokio::test]
async fn a_refused_head_request_has_no_body() {
    let inner = service_fn(|_: Request<RequestBody<Full<Bytes>>>| async {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
    });
    let layer = MantletLayer::new(Shield::new(&Policy::default()), Origin::parse("https://app.example").unwrap());
    let answer = |method: &str| {
        let request = Request::builder().method(method).uri("/a//b").version(Version::HTTP_2).body(Full::default());
        let answering = layer.layer(inner).oneshot(request.unwrap());
        async {
            let (parts, body) = answering.await.unwrap().into_parts();
            (parts.status, parts.headers.get(header::CONTENT_LENGTH).cloned(), body.collect().await.unwrap().to_bytes())
        }
    };
    let (status, _, page) = answer("GET").await;
    let (of_head, length, nothing) = answer("HEAD").await;
    assert_eq!((status, of_head), (StatusCode::BAD_REQUEST, StatusCode::BAD_REQUEST));
    assert_eq!((nothing.len(), length), (0, Some(page.len().into())));
}

#[tokio::test]
async fn observing_refuses_nothing_and_changes_nothing() {
    let mut policy = Policy::default();
    policy.everywhere.mode = Mode::Observe;
    let (response, seen) = post(&policy, FORM, Pieces(vec![Ok(b"email=a&x=%zz")])).await;
    assert_eq!((response.status(), seen.unwrap().unwrap().as_str()), (StatusCode::OK, "email=a&x=%zz"));
    assert!(!response.headers().contains_key(header::X_CONTENT_TYPE_OPTIONS));
}

/// A body that begins and does not end, though so much of it is announced.
struct Unfinished(Option<Bytes>, u64);

impl Body for Unfinished {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        self.0.take().map_or(Poll::Pending, |piece| Poll::Ready(Some(Ok(Frame::data(piece)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.1)
    }
}

#[tokio::test]
async fn what_one_client_keeps_open_leaves_room_for_uploads_of_others() {
    let inner = service_fn(|_: Request<RequestBody<Unfinished>>| async {
        Ok::<_, Refusal>(Response::new(Full::new(Bytes::new())))
    });
    let mut policy = Policy::default();
    policy.everywhere.upload.spool_quota = ByteSize::mib(1);
    let layer = MantletLayer::new(Shield::new(&policy), Origin::parse("https://app.example").unwrap());
    let opening =
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n";
    let form = Bytes::from(format!("{opening}{}", "x".repeat(200_000)));
    // The request on its way, or why it is refused.
    let upload = |client: Option<&str>| {
        let mut request = Request::post("/email")
            .header(header::ORIGIN, "https://app.example")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            // More than a refusal waits for.
            .body(Unfinished(Some(form.clone()), u64::MAX))
            .unwrap();
        if let Some(client) = client {
            request.extensions_mut().insert(ClientAddress(client.parse().unwrap()));
        }
        let mut answering = Box::pin(layer.layer(inner).oneshot(request));
        match answering.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => Ok(answering),
            Poll::Ready(response) => Err(response.unwrap().extensions().get::<Refusal>().unwrap().reason),
        }
    };
    let greedy = [(); 2].map(|()| upload(Some("192.0.2.1")).ok().unwrap());
    assert_eq!(upload(Some("192.0.2.1")).err(), Some(Reason::UploadSpoolFull), "no more than half");
    let other = upload(Some("192.0.2.2")).ok().unwrap();
    assert_eq!(upload(Some("192.0.2.2")).err(), Some(Reason::UploadSpoolFull), "half of what is left");
    let unknown = [(); 2].map(|()| upload(None).ok().unwrap());
    assert_eq!(upload(None).err(), Some(Reason::UploadSpoolFull), "all is taken");
    drop((greedy, other, unknown));
    assert!(upload(Some("192.0.2.1")).is_ok(), "given back");
}

/// A server that lets go of a body may cancel the stream, and the answer with it: hyper does so over HTTP/2.
#[tokio::test]
async fn a_refusal_waits_for_the_rest_of_the_body_in_every_version() {
    let inner = service_fn(|_: Request<RequestBody<Unfinished>>| async {
        Ok::<_, Refusal>(Response::new(Full::new(Bytes::new())))
    });
    let layer = MantletLayer::new(Shield::new(&Policy::default()), Origin::parse("https://app.example").unwrap());
    for version in [Version::HTTP_11, Version::HTTP_2] {
        for (announced, waits) in [(1000, true), (u64::MAX, false)] {
            let body = Unfinished(Some(Bytes::from_static(b"a=1")), announced);
            let request = Request::post("/").version(version).header("sec-fetch-site", "cross-site").body(body);
            let mut answering = Box::pin(layer.layer(inner).oneshot(request.unwrap()));
            let answer = answering.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert_eq!(answer.is_pending(), waits, "{version:?}, {announced}");
        }
    }
}

/// A form that ends too early, and is never to be asked again then: a stream may panic.
struct Ended {
    pieces: Vec<Bytes>,
    _held: Arc<()>,
}

impl Body for Ended {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        assert!(!self.pieces.is_empty(), "asked again after its end");
        Poll::Ready(self.pieces.pop().filter(|piece| !piece.is_empty()).map(|piece| Ok(Frame::data(piece))))
    }
}

#[tokio::test]
async fn a_body_that_has_ended_is_let_go() {
    for (name, form, expected) in [
        ("refused at its end", "--b\r\n", StatusCode::BAD_REQUEST),
        ("accepted", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n", StatusCode::OK),
    ] {
        let held = Arc::new(());
        let others = Arc::downgrade(&held);
        let inner = service_fn(move |_: Request<RequestBody<Ended>>| {
            let others = others.clone();
            async move {
                assert_eq!(others.strong_count(), 0, "nobody keeps what was read");
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
            }
        });
        let layer = MantletLayer::new(Shield::new(&Policy::default()), Origin::parse("https://app.example").unwrap());
        let request = Request::post("/")
            .header(header::ORIGIN, "https://app.example")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(Ended { pieces: vec![Bytes::new(), Bytes::from_static(form.as_bytes())], _held: held })
            .unwrap();
        assert_eq!(layer.layer(inner).oneshot(request).await.unwrap().status(), expected, "{name}");
    }
}

#[tokio::test]
async fn an_application_that_fails_is_answered_for() {
    let inner = service_fn(|_: Request<RequestBody<Pieces>>| async {
        Err::<Response<Full<Bytes>>, Refusal>(Reason::UpstreamUnreachable.into())
    });
    let origin = Origin::parse("https://app.example").unwrap();
    let service = MantletLayer::new(Shield::new(&Policy::default()), origin).layer(inner);
    let response = service.oneshot(Request::get("/").body(Pieces(vec![])).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert!(response.headers().contains_key(header::CONTENT_SECURITY_POLICY));
}

#[tokio::test]
async fn an_application_may_fail_with_any_error() {
    let inner = service_fn(|_: Request<RequestBody<Pieces>>| async {
        Err::<Response<Full<Bytes>>, _>(std::io::Error::other("no such file"))
    });
    let origin = Origin::parse("https://app.example").unwrap();
    let service = MantletLayer::new(Shield::new(&Policy::default()), origin).layer(inner);
    let response = service.oneshot(Request::get("/").body(Pieces(vec![])).unwrap()).await.unwrap();
    assert_eq!(response.extensions().get::<Refusal>().unwrap().reason, Reason::InternalError);
    assert_eq!(response.extensions().get::<Refusal>().unwrap().detail, "no such file");
}

/// RFC 8441: hyper gives the application an upgrade in the extensions, and a body that has ended.
#[tokio::test]
async fn a_websocket_over_http2_is_opened_by_the_own_pages_only() {
    #[derive(Clone)]
    struct OnUpgrade;
    let inner = service_fn(|request: Request<RequestBody<Full<Bytes>>>| async move {
        assert!(request.extensions().get::<OnUpgrade>().is_some());
        assert!(request.body().is_end_stream());
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
    });
    let layer = MantletLayer::new(Shield::new(&Policy::default()), Origin::parse("https://app.example").unwrap());
    for (name, target, origin, expected) in [
        ("own", "https://app.example/ws", "https://app.example", None),
        (
            "cross_site_websocket_hijacking",
            "https://app.example/ws",
            "https://evil.example",
            Some(Reason::CsrfWebsocketOrigin),
        ),
        ("tunnel", "app.example:443", "https://app.example", Some(Reason::RequestPath)),
    ] {
        let request = Request::connect(target)
            .version(Version::HTTP_2)
            .header(header::ORIGIN, origin)
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::COOKIE, "sid=1")
            .extension(OnUpgrade)
            .body(Full::default());
        let response = layer.layer(inner).oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.extensions().get::<Refusal>().map(|refusal| refusal.reason), expected, "{name}");
    }
}

/// As tower's `Buffer`, whose worker is gone.
#[derive(Clone)]
struct Broken;

impl Service<Request<RequestBody<Full<Bytes>>>> for Broken {
    type Response = Response<Full<Bytes>>;
    type Error = BoxError;
    type Future = std::future::Pending<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Err("the worker is gone".into()))
    }

    fn call(&mut self, _: Request<RequestBody<Full<Bytes>>>) -> Self::Future {
        panic!("called though it was not ready")
    }
}

#[tokio::test]
async fn an_application_that_is_not_ready_and_never_will_be_is_answered_for_and_not_called() {
    let layer = MantletLayer::new(Shield::new(&Policy::default()), Origin::parse("https://app.example").unwrap());
    let response = layer.layer(Broken).oneshot(Request::get("/").body(Full::default()).unwrap()).await.unwrap();
    assert_eq!(response.extensions().get::<Refusal>().unwrap().detail, "the worker is gone");
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(response.headers().contains_key(header::CONTENT_SECURITY_POLICY));
}

/// Bodies of tower-http fail with an error in a box, which is no error itself.
#[tokio::test]
async fn a_layer_outside_may_wrap_the_body() {
    let app = axum::Router::new().fallback(|body: String| async { body });
    let layer = MantletLayer::new(Shield::new(&Policy::default()), Origin::parse("https://app.example").unwrap());
    let request =
        Request::post("/").header(header::CONTENT_TYPE, "text/plain").body(Limited::new(Full::from("12345"), 4));
    let response = layer.layer(app).oneshot(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE, "axum sees why the body ended");
}
