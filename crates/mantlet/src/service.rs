//! [`MantletService`]: the driver as tower services know it.
//!
//! A tower application knows heads as maps. The map stays beside the fields that guards judge, and is written again only
//! when one of them edited something.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, Request, Response, request, response};
use http_body::Body;
use mantlet_core::fields::Fields;
use mantlet_core::{Reason, Refusal, Site};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::body::{BoxError, RequestBody, ResponseBody};
use crate::client::ClientAddress;
use crate::driver::{Carried, Incoming, Inner};
use crate::head::{Answer, Head};
use crate::shield::Shield;
use crate::witness::{Events, Witness};

/// How much of a refused body is read, so that the client takes the answer: as much as the proxy reads. Over HTTP/2, too: a
/// server such as hyper cancels a stream whose body is let go before the answer has left, and the answer with it.
const DISCARDED: u64 = 64 * 1024 * 1024;

/// A service with a [`Shield`] around it.
#[derive(Debug, Clone)]
pub struct MantletService<S> {
    shield: Shield,
    site: Site,
    inner: S,
    /// Why the inner service cannot be called: it said so when it was asked whether it is ready.
    broken: Option<Refusal>,
}

impl<S> MantletService<S> {
    /// Puts `shield` around `inner`, for the application at `site`.
    pub fn new(shield: Shield, site: Site, inner: S) -> Self {
        Self { shield, site, inner, broken: None }
    }

    /// Carries one request through the guards and, if they admit it, to the inner service, which has to be ready.
    ///
    /// This is [`Service::call`] for hosts that serve several sites, or log what was found themselves.
    pub fn carry<B, R, W>(&mut self, request: Request<B>, site: &Site, witness: W) -> ResponseFuture<S, B, R, W>
    where
        S: Service<Request<RequestBody<B>>, Response = Response<R>> + Clone,
        S::Error: Into<BoxError>,
        B: Body<Data = Bytes>,
        W: Witness,
    {
        // Only the service that was polled ready may be called; what stays behind is a clone that was not.
        let clone = self.inner.clone();
        let service = std::mem::replace(&mut self.inner, clone);
        let (parts, body) = request.into_parts();
        let client = ClientAddress::of(&parts.extensions);
        let fields = Fields::from(&parts.headers);
        let head = Head { method: parts.method.clone(), uri: parts.uri.clone(), fields };
        let to_head = parts.method == Method::HEAD;
        let tower = Tower { service, broken: self.broken.take(), parts };
        let carried = self.shield.carry(Incoming { head, body, site, client }, tower, witness);
        ResponseFuture { carried, discards: DISCARDED, to_head, refused: None }
    }
}

impl<S, B, R> Service<Request<B>> for MantletService<S>
where
    S: Service<Request<RequestBody<B>>, Response = Response<R>> + Clone,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = Infallible;
    type Future = ResponseFuture<S, B, R, Events>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // One that is broken must not be called, and may panic if it is (tower's `Buffer`): its request is answered here.
        if self.broken.is_none() {
            self.broken = ready!(self.inner.poll_ready(cx)).err().map(refusal);
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (site, events) = (self.site.clone(), Events::of(&request));
        self.carry(request, &site, events)
    }
}

/// An inner service, with the head as it came.
struct Tower<S> {
    service: S,
    /// Why the service is not to be called.
    broken: Option<Refusal>,
    parts: request::Parts,
}

/// An answer's body, with its head as it came.
struct Kept<R> {
    parts: response::Parts,
    body: R,
}

impl<S, B, R> Inner<B> for Tower<S>
where
    S: Service<Request<RequestBody<B>>, Response = Response<R>>,
    S::Error: Into<BoxError>,
{
    type Body = Kept<R>;
    type Future = Answering<S::Future>;

    fn call(mut self, head: Head, mut body: RequestBody<B>) -> Self::Future {
        if let Some(refusal) = self.broken {
            return Answering::Refused { refusal: Some(refusal) };
        }
        if let RequestBody::Bounded { discards, .. } = &mut body {
            *discards = DISCARDED;
        }
        head.fields.write_back(&mut self.parts.headers);
        Answering::Called { future: self.service.call(Request::from_parts(self.parts, body)) }
    }
}

pin_project! {
    #[project = AnsweringProjection]
    enum Answering<F> {
        Called { #[pin] future: F },
        Refused { refusal: Option<Refusal> },
    }
}

impl<F, R, E> Future for Answering<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Answer<Kept<R>>, Refusal>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (parts, body) = match self.project() {
            AnsweringProjection::Called { future } => ready!(future.poll(cx)).map_err(refusal)?.into_parts(),
            AnsweringProjection::Refused { refusal } => {
                return Poll::Ready(Err(refusal.take().unwrap_or(Reason::InternalError.into())));
            }
        };
        Poll::Ready(Ok(Answer::new(parts.status, Fields::from(&parts.headers), Kept { parts, body })))
    }
}

pin_project! {
    /// The way of one exchange through a [`MantletService`].
    pub struct ResponseFuture<S, B, R, W>
    where
        S: Service<Request<RequestBody<B>>, Response = Response<R>>,
        S::Error: Into<BoxError>,
    {
        #[pin]
        carried: Carried<Tower<S>, B, W>,
        // How much of a refused body is read before the answer.
        discards: u64,
        to_head: bool,
        // The answer that waits for that.
        refused: Option<Box<Response<ResponseBody<R>>>>,
    }
}

impl<S, B, R, W> Future for ResponseFuture<S, B, R, W>
where
    W: Witness,
    S: Service<Request<RequestBody<B>>, Response = Response<R>>,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody<R>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if this.refused.is_none() {
            let Answer { status, fields, body, refused } = ready!(this.carried.as_mut().poll(cx));
            let page = match body {
                ResponseBody::Inner { inner: Kept { mut parts, body } } => {
                    fields.write_back(&mut parts.headers);
                    return Poll::Ready(Ok(Response::from_parts(parts, ResponseBody::Inner { inner: body })));
                }
                ResponseBody::Page { page } => page.unwrap_or_default(),
            };
            let mut response = page_response(page, *this.to_head, &fields);
            *response.status_mut() = status;
            if let Some(refused) = refused {
                response.extensions_mut().insert(refused.reference);
                response.extensions_mut().insert(refused.refusal);
            }
            *this.refused = Some(Box::new(response));
        }
        ready!(this.carried.poll_discarded(this.discards, cx));
        this.refused.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(*response)))
    }
}

/// What a service failed with, unless that is a refusal itself.
fn refusal(error: impl Into<BoxError>) -> Refusal {
    error.into().into()
}

/// A page of ours. After HEAD only its length is said (RFC 9110, section 9.3.2): servers do not see to that over HTTP/2.
fn page_response<R>(page: Bytes, to_head: bool, fields: &Fields) -> Response<ResponseBody<R>> {
    let mut headers = HeaderMap::from(fields);
    let body = if to_head {
        headers.insert(CONTENT_LENGTH, page.len().into());
        Bytes::new()
    } else {
        page
    };
    let mut response = Response::new(ResponseBody::page(body));
    *response.headers_mut() = headers;
    response
}
