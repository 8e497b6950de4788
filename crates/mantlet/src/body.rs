//! Bodies: what the inner service reads, and what the client gets.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use mantlet_core::{Reason, Refusal};
use pin_project_lite::pin_project;

use crate::held::HeldBody;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

pin_project! {
    /// The body of a request as the inner service reads it.
    ///
    /// It fails with what the host's body fails with, as it is, so that a framework knows its own errors; or with a
    /// [`Refusal`](mantlet_core::Refusal).
    #[project = RequestBodyProjection]
    #[derive(Debug)]
    #[allow(missing_docs, reason = "the macro takes no comments on fields")]
    pub enum RequestBody<B> {
        /// What the client sends, as it comes.
        Original {
            #[pin]
            inner: B,
        },
        /// What the client sends, as it comes, up to a size.
        Bounded {
            #[pin]
            inner: B,
            // How many bytes may still come.
            left: u64,
            // Tells the driver that the bound was passed: the answer is then the refusal, whatever the inner service says.
            refused: Arc<OnceLock<Refusal>>,
            // How much beyond the bound is read and forgotten before the inner service is told.
            discards: u64,
        },
        /// A form that was judged, all of it: the canonical form, or the client's own bytes in the body mode `strict`.
        Held {
            body: HeldBody,
        },
    }
}

fn unreadable(error: io::Error) -> BoxError {
    Refusal::new(Reason::InternalError, format!("the spool could not be read: {error}")).into()
}

/// A host whose body fails with a [`Refusal`] has said why; from any other it is a request that did not arrive whole.
pub(crate) fn broken_off(error: BoxError) -> Refusal {
    match error.downcast::<Refusal>() {
        Ok(refusal) => *refusal,
        Err(error) => Refusal::new(Reason::RequestMalformed, format!("the body broke off: {error}")),
    }
}

impl<B> Body for RequestBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.project() {
            RequestBodyProjection::Original { inner } => inner.poll_frame(cx).map_err(Into::into),
            RequestBodyProjection::Bounded { mut inner, left, refused, discards } => {
                // It stays refused: an inner service that overlooks the error is to get no more of it.
                if refused.get().is_none() {
                    let frame = ready!(inner.as_mut().poll_frame(cx)).transpose().map_err(Into::into)?;
                    let length = frame.as_ref().and_then(Frame::data_ref).map_or(0, Bytes::len);
                    if let Some(rest) = left.checked_sub(length as u64) {
                        *left = rest;
                        return Poll::Ready(frame.map(Ok));
                    }
                    let _ = refused.set(Reason::UploadRequestTooLarge.into());
                }
                ready!(poll_discarded(inner, discards, cx));
                Poll::Ready(Some(Err(Refusal::from(Reason::UploadRequestTooLarge).into())))
            }
            RequestBodyProjection::Held { body } => Poll::Ready(body.read().map_err(unreadable).transpose()),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Original { inner } | Self::Bounded { inner, .. } => inner.is_end_stream(),
            Self::Held { body } => body.length() == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Original { inner } | Self::Bounded { inner, .. } => inner.size_hint(),
            Self::Held { body } => SizeHint::with_exact(body.length()),
        }
    }
}

/// Reads what a refused client still sends, and forgets it: many read no answer before they have sent everything, and none
/// if the connection is closed meanwhile. No more than `left` bytes, and nothing if more are announced.
pub(crate) fn poll_discarded<B: Body<Data = Bytes>>(
    mut body: Pin<&mut B>,
    left: &mut u64,
    cx: &mut Context<'_>,
) -> Poll<()> {
    while *left > 0 && body.size_hint().lower() <= *left {
        *left = match ready!(body.as_mut().poll_frame(cx)) {
            // One without data counts as well: some number of them ends it, too.
            Some(Ok(frame)) => left.saturating_sub(frame.data_ref().map_or(0, Bytes::len).max(1) as u64),
            // A body that has ended may panic when it is polled again.
            Some(Err(_)) | None => 0,
        };
    }
    Poll::Ready(())
}

pin_project! {
    /// The body of a response as the client gets it.
    #[project = ResponseBodyProjection]
    #[derive(Debug)]
    #[allow(missing_docs, reason = "the macro takes no comments on fields")]
    pub enum ResponseBody<B> {
        /// The inner service's.
        Inner {
            #[pin]
            inner: B,
        },
        /// A page of ours.
        Page {
            // `None` once it was read, or if it is empty.
            page: Option<Bytes>,
        },
    }
}

impl<B> ResponseBody<B> {
    /// A page of ours, such as a refusal's.
    pub fn page(page: Bytes) -> Self {
        Self::Page { page: Some(page).filter(|page| !page.is_empty()) }
    }
}

impl<B: Body<Data = Bytes>> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project() {
            ResponseBodyProjection::Inner { inner } => inner.poll_frame(cx),
            ResponseBodyProjection::Page { page } => Poll::Ready(page.take().map(|page| Ok(Frame::data(page)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Inner { inner } => inner.is_end_stream(),
            Self::Page { page } => page.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Inner { inner } => inner.size_hint(),
            Self::Page { page } => SizeHint::with_exact(page.as_ref().map_or(0, |page| page.len() as u64)),
        }
    }
}
