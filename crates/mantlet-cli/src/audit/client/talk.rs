//! One request on a connection, and as much of the answer as is read.

use bytes::{Bytes, BytesMut};
use http::Request;
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_util::rt::TokioIo;

use super::{NoReply, Reply};

/// As much of a body as is read; pages are judged by their beginning.
pub(super) const BODY_AT_MOST: usize = 1024 * 1024;

/// As many as browsers take; whoever answers with so many is to hear of it from the rules.
const FIELDS_AT_MOST: usize = 1000;

/// What goes over the wire after the head.
pub(super) type RequestBody = Either<Full<Bytes>, Withheld>;

/// Sends a request and reads the answer.
pub(super) async fn talk(
    stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    request: Request<RequestBody>,
) -> Result<Reply, NoReply> {
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_headers(FIELDS_AT_MOST)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(NoReply::Protocol)?;
    let connection = tokio::spawn(connection);
    let answer = async {
        let (head, body) = sender.send_request(request).await.map_err(NoReply::Protocol)?.into_parts();
        Ok(Reply { status: head.status, headers: head.headers, body: read(body).await })
    }
    .await;
    connection.abort();
    answer
}

/// Reads the beginning of a body. One that breaks off is judged by what came.
async fn read(mut body: Incoming) -> Bytes {
    let mut bytes = BytesMut::new();
    while bytes.len() < BODY_AT_MOST
        && let Some(Ok(frame)) = body.frame().await
    {
        if let Some(data) = frame.data_ref() {
            bytes.extend_from_slice(data.get(..BODY_AT_MOST.saturating_sub(bytes.len())).unwrap_or(data));
        }
    }
    bytes.freeze()
}

/// A body that is announced and never sent.
pub(super) struct Withheld(pub(super) u64);

impl Body for Withheld {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Pending
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0)
    }
}
