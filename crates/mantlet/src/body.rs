//! Bodies: what the inner service reads, and what the client gets.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use mantlet_core::{Reason, Refusal};
use pin_project_lite::pin_project;

use crate::held::HeldBody;

pin_project! {
    /// The body of a request as the inner service reads it.
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
        },
        /// A form that was judged, all of it: the canonical form, or the client's own bytes in the body mode `strict`.
        Held {
            body: HeldBody,
        },
    }
}

/// Why a body ended early.
#[derive(Debug)]
pub enum BodyError<E> {
    /// The host's body failed.
    Inner(E),
    /// The body is longer than it may be.
    TooLong,
    /// The spool could not be read.
    Spool(io::Error),
}

impl<E: std::fmt::Display> std::fmt::Display for BodyError<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Inner(error) => error.fmt(f),
            Self::TooLong => f.write_str("the body is longer than it may be"),
            Self::Spool(error) => write!(f, "the spool could not be read: {error}"),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for BodyError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Inner(error) => Some(error),
            Self::TooLong => None,
            Self::Spool(error) => Some(error),
        }
    }
}

impl<B: Body<Data = Bytes>> Body for RequestBody<B> {
    type Data = Bytes;
    type Error = BodyError<B::Error>;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.project() {
            RequestBodyProjection::Original { inner } => inner.poll_frame(cx).map_err(BodyError::Inner),
            RequestBodyProjection::Bounded { inner, left, refused } => {
                let frame = ready!(inner.poll_frame(cx)).transpose().map_err(BodyError::Inner)?;
                if let Some(data) = frame.as_ref().and_then(Frame::data_ref) {
                    let Some(rest) = left.checked_sub(data.len() as u64) else {
                        let _ = refused.set(Reason::UploadRequestTooLarge.into());
                        return Poll::Ready(Some(Err(BodyError::TooLong)));
                    };
                    *left = rest;
                }
                Poll::Ready(frame.map(Ok))
            }
            RequestBodyProjection::Held { body } => Poll::Ready(body.read().map_err(BodyError::Spool).transpose()),
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
        /// A refusal's page.
        Refusal {
            // `None` once it was read.
            page: Option<Bytes>,
        },
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn refusal(page: Bytes) -> Self {
        Self::Refusal { page: Some(page).filter(|page| !page.is_empty()) }
    }
}

impl<B: Body<Data = Bytes>> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project() {
            ResponseBodyProjection::Inner { inner } => inner.poll_frame(cx),
            ResponseBodyProjection::Refusal { page } => Poll::Ready(page.take().map(|page| Ok(Frame::data(page)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Inner { inner } => inner.is_end_stream(),
            Self::Refusal { page } => page.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Inner { inner } => inner.size_hint(),
            Self::Refusal { page } => SizeHint::with_exact(page.as_ref().map_or(0, |page| page.len() as u64)),
        }
    }
}
