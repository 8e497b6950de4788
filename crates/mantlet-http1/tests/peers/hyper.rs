//! hyper's server, over a pipe in memory.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::reading::Reading;

/// Every request that hyper hands to its service with a whole body.
pub(crate) fn read(stream: &[u8]) -> Vec<Reading> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(serve(stream))
}

async fn serve(stream: &[u8]) -> Vec<Reading> {
    let readings = Arc::new(Mutex::new(Vec::new()));
    let (mut client, server) = tokio::io::duplex(1 << 20);
    let service = service_fn(|request| answer(request, Arc::clone(&readings)));
    let connection =
        hyper::server::conn::http1::Builder::new().half_close(true).serve_connection(TokioIo::new(server), service);
    let talk = async {
        client.write_all(stream).await.unwrap();
        client.shutdown().await.unwrap();
        // Until hyper closes; what it answers is of no interest.
        client.read_to_end(&mut Vec::new()).await.unwrap();
    };
    let (_, ()) = tokio::join!(connection, talk);
    readings.lock().unwrap().clone()
}

async fn answer(
    request: Request<Incoming>,
    readings: Arc<Mutex<Vec<Reading>>>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    if let Ok(body) = body.collect().await {
        let fields = head.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
        let body = body.to_bytes().to_vec();
        readings.lock().unwrap().push(Reading::new(head.method.as_str(), &head.uri.to_string(), fields, body));
    }
    Ok(Response::new(Empty::new()))
}
