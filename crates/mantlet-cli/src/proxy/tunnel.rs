//! After 101: bytes in both directions, until one side closes.

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;

use super::wire::{Socket, Wire};

/// Joins the two. What either side sent ahead goes first.
pub(crate) async fn run(client: Wire, upstream: Wire) {
    let (mut client, from_client) = client.into_parts();
    let (mut upstream, from_upstream) = upstream.into_parts();
    if forward(&mut upstream, from_client).await && forward(&mut client, from_upstream).await {
        // Either side may break off at any time: there is nobody to tell.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
    }
}

async fn forward(to: &mut Socket, ahead: BytesMut) -> bool {
    ahead.is_empty() || (to.write_all(&ahead).await.is_ok() && to.flush().await.is_ok())
}
