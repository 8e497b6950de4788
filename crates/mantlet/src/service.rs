//! The one driver: it carries an exchange through the guards, whoever the host is.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header, request};
use http_body::Body;
use mantlet_core::upload::FormJudge;
use mantlet_core::{BodyPlan, Exchange, Reason, Refusal, RequestHead, ResponseHead, Site};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::body::{HeldBody, RequestBody, ResponseBody};
use crate::page::Rendition;
use crate::shield::Shield;
use crate::spool::Spool;
use crate::witness::{Events, Witness};

/// A service with a [`Shield`] around it.
#[derive(Debug, Clone)]
pub struct MantletService<S> {
    shield: Shield,
    site: Site,
    inner: S,
}

impl<S> MantletService<S> {
    /// Puts `shield` around `inner`, for the application at `site`.
    pub fn new(shield: Shield, site: Site, inner: S) -> Self {
        Self { shield, site, inner }
    }

    /// Carries one request through the guards and, if they admit it, to the inner service, which has to be ready.
    ///
    /// This is [`Service::call`] for hosts that serve several sites, since a proxy knows the site only from the request,
    /// and for hosts that log what was found themselves.
    pub fn carry<B, W>(&mut self, request: Request<B>, site: &Site, mut witness: W) -> ResponseFuture<S, B, W>
    where
        S: Service<Request<RequestBody<B>>> + Clone,
        B: Body<Data = Bytes>,
        W: Witness,
    {
        let (mut parts, body) = request.into_parts();
        let accept = parts.headers.get(header::ACCEPT).cloned();
        let mut head = RequestHead { method: &parts.method, uri: &parts.uri, headers: &mut parts.headers, site };
        let mut exchange = self.shield.mantlet().begin(&head);
        let verdict = exchange.admit(&mut head);
        exchange.observed().iter().for_each(|observed| witness.would_be_refused(observed));
        let mut walk = Walk { shield: self.shield.clone(), exchange, accept, witness, told: 0 };
        walk.tell_notes();
        let state = match verdict {
            Ok(plan) => self.follow(plan, parts, body),
            Err(refusal) => State::refused(refusal),
        };
        ResponseFuture { walk, state }
    }

    /// Does with the body what the guards ask for.
    fn follow<B>(&mut self, plan: BodyPlan, parts: request::Parts, body: B) -> State<S, B>
    where
        S: Service<Request<RequestBody<B>>> + Clone,
        B: Body<Data = Bytes>,
    {
        match plan {
            BodyPlan::Form(plan) => match entropy() {
                Ok(entropy) => {
                    let held = Held { judge: plan.begin(entropy), spool: self.shield.spool(), parts };
                    State::Holding { held: Some(Box::new(held)), inner: self.take_ready(), body }
                }
                Err(refusal) => State::refused(refusal),
            },
            BodyPlan::Pass { at_most: Some(left) } if !body.is_end_stream() => {
                let refused = Arc::new(OnceLock::new());
                let body = RequestBody::Bounded { inner: body, left, refused: Arc::clone(&refused) };
                State::Answering { future: self.inner.call(Request::from_parts(parts, body)), refused: Some(refused) }
            }
            BodyPlan::Pass { .. } => {
                let request = Request::from_parts(parts, RequestBody::Original { inner: body });
                State::Answering { future: self.inner.call(request), refused: None }
            }
        }
    }

    /// Takes the inner service that was polled ready and leaves a clone that was not: only the former may be called.
    fn take_ready(&mut self) -> S
    where
        S: Clone,
    {
        let clone = self.inner.clone();
        std::mem::replace(&mut self.inner, clone)
    }
}

impl<S, B, R> Service<Request<B>> for MantletService<S>
where
    S: Service<Request<RequestBody<B>>, Response = Response<R>> + Clone,
    S::Error: Into<Refusal>,
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = Infallible;
    type Future = ResponseFuture<S, B, Events>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // An inner service that is broken says so again when it is called, where it can be answered.
        let _ = ready!(self.inner.poll_ready(cx));
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let site = self.site.clone();
        let events = Events::of(&request);
        self.carry(request, &site, events)
    }
}

/// What is needed until the response has left.
struct Walk<W> {
    shield: Shield,
    exchange: Exchange,
    /// In which form the client wants to be refused.
    accept: Option<HeaderValue>,
    witness: W,
    /// How many notes of the exchange the witness was told.
    told: usize,
}

impl<W: Witness> Walk<W> {
    /// A refusal walks out the way a response does: the same guards dress its headers.
    fn refuse<R>(&mut self, refusal: Refusal) -> Response<ResponseBody<R>> {
        let rendition = Rendition::wanted_by(self.accept.as_ref());
        let response = self.shield.render(refusal, rendition, &mut self.witness);
        self.dress(response.map(ResponseBody::refusal))
    }

    fn dress<R>(&mut self, mut response: Response<R>) -> Response<R> {
        let status = response.status();
        self.exchange.dress(&mut ResponseHead { status, headers: response.headers_mut() });
        self.tell_notes();
        response
    }

    fn tell_notes(&mut self) {
        let notes = self.exchange.notes();
        notes.iter().skip(self.told).for_each(|note| self.witness.noted(note));
        self.told = notes.len();
    }
}

/// A form on its way through its judge.
struct Held {
    judge: FormJudge,
    spool: Spool,
    parts: request::Parts,
}

impl Held {
    /// The body has ended: the request to forward, or why not.
    fn finish(self, witness: &mut impl Witness) -> Result<(request::Parts, HeldBody), Refusal> {
        let Self { judge, mut spool, mut parts } = self;
        let judged = judge.finish(&mut spool)?;
        let mut body = spool.into_body()?;
        judged.observed.iter().for_each(|observed| witness.would_be_refused(observed));
        if let Some(content_type) = judged.content_type {
            parts.headers.insert(header::CONTENT_TYPE, content_type);
            body = body.canonical();
        }
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.length()));
        // What the client promised about its own encoding no longer holds.
        parts.headers.remove(header::TRANSFER_ENCODING);
        Ok((parts, body))
    }
}

pin_project! {
    /// The way of one exchange: a form is read and judged, the inner service answers, the answer is dressed.
    pub struct ResponseFuture<S, B, W>
    where
        S: Service<Request<RequestBody<B>>>,
    {
        walk: Walk<W>,
        #[pin]
        state: State<S, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B>
    where
        S: Service<Request<RequestBody<B>>>,
    {
        Refused { refusal: Option<Refusal> },
        Holding { held: Option<Box<Held>>, inner: S, #[pin] body: B },
        Answering { #[pin] future: S::Future, refused: Option<Arc<OnceLock<Refusal>>> },
    }
}

impl<S, B> State<S, B>
where
    S: Service<Request<RequestBody<B>>>,
{
    fn refused(refusal: Refusal) -> Self {
        Self::Refused { refusal: Some(refusal) }
    }
}

impl<S, B, R, W> Future for ResponseFuture<S, B, W>
where
    W: Witness,
    S: Service<Request<RequestBody<B>>, Response = Response<R>>,
    S::Error: Into<Refusal>,
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Output = Result<Response<ResponseBody<R>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProjection::Refused { refusal } => {
                    let refusal = refusal.take().unwrap_or(Reason::InternalError.into());
                    return Poll::Ready(Ok(this.walk.refuse(refusal)));
                }
                StateProjection::Holding { held, inner, body } => {
                    match ready!(poll_judged(held, body, cx)).and_then(|held| held.finish(&mut this.walk.witness)) {
                        Ok((parts, body)) => {
                            let request = Request::from_parts(parts, RequestBody::Held { body });
                            State::Answering { future: inner.call(request), refused: None }
                        }
                        Err(refusal) => State::refused(refusal),
                    }
                }
                StateProjection::Answering { future, refused } => {
                    let answer = ready!(future.poll(cx));
                    // A body that broke its bound on the way is refused, whatever the inner service made of it.
                    let refused = refused.as_ref().and_then(|refused| refused.get().cloned());
                    match (refused, answer) {
                        (None, Ok(response)) => {
                            return Poll::Ready(Ok(this
                                .walk
                                .dress(response.map(|inner| ResponseBody::Inner { inner }))));
                        }
                        (Some(refusal), _) => State::refused(refusal),
                        (None, Err(error)) => State::refused(error.into()),
                    }
                }
            };
            this.state.set(next);
        }
    }
}

/// Reads the body to its end, through the judge. `held` is gone once this is ready with it.
fn poll_judged<B>(
    held: &mut Option<Box<Held>>,
    mut body: Pin<&mut B>,
    cx: &mut Context<'_>,
) -> Poll<Result<Box<Held>, Refusal>>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    while let Some(pushing) = held {
        match ready!(body.as_mut().poll_frame(cx)) {
            // Trailers of a form mean nothing to anyone, and are dropped.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    pushing.judge.push(&data, &mut pushing.spool)?;
                }
            }
            Some(Err(error)) => return Poll::Ready(Err(broken_off(error.into()))),
            None => break,
        }
    }
    Poll::Ready(held.take().ok_or(Refusal::new(Reason::InternalError, "a judged form was judged again")))
}

/// A host whose body fails with a [`Refusal`] has said why; from any other it is a request that did not arrive whole.
fn broken_off(error: Box<dyn Error + Send + Sync>) -> Refusal {
    match error.downcast::<Refusal>() {
        Ok(refusal) => *refusal,
        Err(error) => Refusal::new(Reason::RequestMalformed, format!("the body broke off: {error}")),
    }
}

/// Entropy for the boundary of one form.
fn entropy() -> Result<[u8; 16], Refusal> {
    let mut entropy = [0; 16];
    getrandom::fill(&mut entropy).map_err(|_| Refusal::new(Reason::InternalError, "no randomness"))?;
    Ok(entropy)
}
