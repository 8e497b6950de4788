//! What the layer tells `tracing`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::convert::Infallible;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use mantlet::{ClientAddress, MantletLayer, Origin, Policy, Reference, RequestBody, Shield};
use tower::{Layer, ServiceExt, service_fn};

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_refusal_is_one_event_that_says_who_and_why() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let inner = service_fn(|_: Request<RequestBody<Full<Bytes>>>| async {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
    });
    let layer = MantletLayer::new(Shield::new(&Policy::default()), Origin::parse("https://app.example").unwrap());
    let request = Request::post("/email")
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://evil.example")
        .extension(ClientAddress([192, 0, 2, 1].into()))
        .body(Full::default());
    let response = layer.layer(inner).oneshot(request.unwrap()).await.unwrap();

    let (text, reference) = (log.text(), response.extensions().get::<Reference>().unwrap().to_string());
    assert_eq!(text.lines().count(), 1, "{text}");
    for part in [
        "WARN mantlet::refusal: refused",
        &format!("reference={reference}"),
        "security_rule.name=\"csrf.cross-site\"",
        "https://evil.example",
        "client.address=192.0.2.1",
        "url.path=/email",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
