//! The one driver: it carries an exchange through the guards, whoever the host is.

use std::error::Error;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Body;
use mantlet_core::fields::Known;
use mantlet_core::upload::FormJudge;
use mantlet_core::{BodyPlan, Exchange, Reason, Refusal, RequestHead, ResponseHead, Site};
use pin_project_lite::pin_project;

use crate::body::{RequestBody, ResponseBody, broken_off, poll_discarded};
use crate::head::{Answer, Head};
use crate::held::HeldBody;
use crate::page::Rendition;
use crate::shield::Shield;
use crate::spool::Spool;
use crate::witness::Witness;

/// A request as it came to a host, and what the host knows of it.
#[derive(Debug)]
pub struct Incoming<'a, B> {
    /// Its head.
    pub head: Head,
    /// Its body, of which nothing was read yet.
    pub body: B,
    /// The application that it is for.
    pub site: &'a Site,
    /// Whose request it is: an address may have its part of the [spool](crate::SpoolSettings) and no more. `None` if nobody
    /// knows, or if the address speaks for many, as that of a proxy does.
    pub client: Option<IpAddr>,
}

/// What stands behind the guards: it gets a request that was admitted, and answers it.
pub trait Inner<B> {
    /// The body of its answers.
    type Body;
    /// The answer on its way.
    type Future: Future<Output = Result<Answer<Self::Body>, Refusal>>;

    /// Answers a request.
    fn call(self, head: Head, body: RequestBody<B>) -> Self::Future;
}

/// A function will do for a host that need not name its futures.
impl<B, T, F, R> Inner<B> for T
where
    T: FnOnce(Head, RequestBody<B>) -> F,
    F: Future<Output = Result<Answer<R>, Refusal>>,
{
    type Body = R;
    type Future = F;

    fn call(self, head: Head, body: RequestBody<B>) -> F {
        self(head, body)
    }
}

impl Shield {
    /// Carries one request through the guards and, if they admit it, to `inner`; and the answer back. `witness` is told what
    /// the guards find.
    pub fn carry<I, B, W>(&self, mut request: Incoming<'_, B>, inner: I, mut witness: W) -> Carried<I, B, W>
    where
        I: Inner<B>,
        B: Body<Data = Bytes>,
        W: Witness,
    {
        let Incoming { head, site, .. } = &mut request;
        let accept = head.fields.copied(Known::Accept);
        let mut seen = RequestHead { method: &head.method, uri: &head.uri, fields: &mut head.fields, site };
        let mut exchange = self.mantlet().begin(&seen);
        let verdict = exchange.admit(&mut seen);
        exchange.observed().iter().for_each(|observed| witness.would_be_refused(observed));
        let mut walk = Walk { shield: self.clone(), exchange, accept, witness, told: 0 };
        walk.tell_notes();
        let (state, body) = match verdict {
            Ok(plan) => self.follow(plan, request, inner),
            // Reading the body would invite a client that waits for it: such a body is not read.
            Err(refusal) => {
                let is_waited_for = request.head.fields.contains(Known::Expect);
                (State::refused(refusal), (!is_waited_for).then_some(request.body))
            }
        };
        Carried { walk, state, body }
    }

    /// Does with the body what the guards ask for. It is handed on, or left to be judged.
    fn follow<I, B>(&self, plan: BodyPlan, request: Incoming<'_, B>, inner: I) -> (State<I, B>, Option<B>)
    where
        I: Inner<B>,
        B: Body<Data = Bytes>,
    {
        let Incoming { head, body, client, .. } = request;
        match plan {
            BodyPlan::Form(plan) => match entropy() {
                Ok(entropy) => {
                    let held = Held { judge: plan.begin(entropy), spool: self.spool(client), inner, head };
                    (State::Holding { held: Some(Box::new(held)) }, Some(body))
                }
                Err(refusal) => (State::refused(refusal), None),
            },
            BodyPlan::Pass { at_most: Some(left) } if !body.is_end_stream() => {
                let refused = Arc::new(OnceLock::new());
                let body = RequestBody::Bounded { inner: body, left, refused: Arc::clone(&refused), discards: 0 };
                (State::Answering { future: inner.call(head, body), refused: Some(refused) }, None)
            }
            BodyPlan::Pass { .. } => {
                let future = inner.call(head, RequestBody::Original { inner: body });
                (State::Answering { future, refused: None }, None)
            }
        }
    }
}

/// What is needed until the response has left.
struct Walk<W> {
    shield: Shield,
    exchange: Exchange,
    /// In which form the client wants to be refused.
    accept: Option<Bytes>,
    witness: W,
    /// How many notes of the exchange the witness was told.
    told: usize,
}

impl<W: Witness> Walk<W> {
    /// A refusal walks out the way a response does: the same guards dress its headers.
    fn refuse<R>(&mut self, refusal: Refusal) -> Answer<ResponseBody<R>> {
        let rendition = Rendition::negotiate(self.accept.as_deref());
        let mut answer = self.shield.render(refusal, rendition, &mut self.witness);
        self.exchange.dress_refusal(&mut ResponseHead { status: answer.status, fields: &mut answer.fields });
        answer.map(ResponseBody::page)
    }

    fn dress<R>(&mut self, mut answer: Answer<R>) -> Answer<R> {
        self.exchange.dress(&mut ResponseHead { status: answer.status, fields: &mut answer.fields });
        self.tell_notes();
        answer
    }

    fn tell_notes(&mut self) {
        let notes = self.exchange.notes();
        notes.iter().skip(self.told).for_each(|note| self.witness.noted(note));
        self.told = notes.len();
    }
}

/// A form on its way through its judge.
struct Held<I> {
    judge: FormJudge,
    spool: Spool,
    inner: I,
    head: Head,
}

impl<I> Held<I> {
    /// The body has ended: the request to forward, or why not.
    fn finish(self, witness: &mut impl Witness) -> Result<(I, Head, HeldBody), Refusal> {
        let Self { judge, mut spool, inner, mut head } = self;
        let judged = judge.finish(&mut spool)?;
        let mut body = spool.into_body()?;
        judged.observed.iter().for_each(|observed| witness.would_be_refused(observed));
        judged.note.iter().for_each(|note| witness.noted(note));
        let mut set = |name, value: &[u8]| head.fields.set_value(name, value);
        let mut written = Ok(());
        if let Some(content_type) = judged.content_type {
            written = set(Known::ContentType, content_type.as_bytes());
        }
        if judged.is_canonical {
            body = body.canonical();
        }
        written = written.and(set(Known::ContentLength, body.length().to_string().as_bytes()));
        written.map_err(|error| Refusal::new(Reason::InternalError, error.to_string()))?;
        // What the client promised about its own encoding no longer holds.
        head.fields.remove(Known::TransferEncoding);
        Ok((inner, head, body))
    }
}

pin_project! {
    /// The way of one exchange: a form is read and judged, the application answers, the answer is dressed.
    pub struct Carried<I, B, W>
    where
        I: Inner<B>,
    {
        walk: Walk<W>,
        #[pin]
        state: State<I, B>,
        // The client's, until it is handed on.
        #[pin]
        body: Option<B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<I, B>
    where
        I: Inner<B>,
    {
        Refused { refusal: Option<Refusal> },
        Holding { held: Option<Box<Held<I>>> },
        Answering { #[pin] future: I::Future, refused: Option<Arc<OnceLock<Refusal>>> },
    }
}

impl<I, B> State<I, B>
where
    I: Inner<B>,
{
    fn refused(refusal: Refusal) -> Self {
        Self::Refused { refusal: Some(refusal) }
    }
}

impl<I, B, W> Future for Carried<I, B, W>
where
    I: Inner<B>,
    W: Witness,
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Output = Answer<ResponseBody<I::Body>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProjection::Refused { refusal } => {
                    let refusal = refusal.take().unwrap_or(Reason::InternalError.into());
                    return Poll::Ready(this.walk.refuse(refusal));
                }
                StateProjection::Holding { held } => {
                    match ready!(poll_judged(held, this.body.as_mut(), cx))
                        .and_then(|held| held.finish(&mut this.walk.witness))
                    {
                        Ok((inner, head, body)) => {
                            State::Answering { future: inner.call(head, RequestBody::Held { body }), refused: None }
                        }
                        Err(refusal) => State::refused(refusal),
                    }
                }
                StateProjection::Answering { future, refused } => {
                    let answer = ready!(future.poll(cx));
                    // A body that broke its bound on the way is refused, whatever the application made of it.
                    let refused = refused.as_ref().and_then(|refused| refused.get().cloned());
                    match (refused, answer) {
                        (None, Ok(answer)) => {
                            return Poll::Ready(this.walk.dress(answer.map(|inner| ResponseBody::Inner { inner })));
                        }
                        (Some(refusal), _) | (None, Err(refusal)) => State::refused(refusal),
                    }
                }
            };
            this.state.set(next);
        }
    }
}

impl<I, B, W> Carried<I, B, W>
where
    I: Inner<B>,
    B: Body<Data = Bytes>,
{
    /// Reads what a refused client still sends, and forgets it, up to `left` bytes.
    pub(crate) fn poll_discarded(self: Pin<&mut Self>, left: &mut u64, cx: &mut Context<'_>) -> Poll<()> {
        let mut body = self.project().body;
        if let Some(unread) = body.as_mut().as_pin_mut() {
            ready!(poll_discarded(unread, left, cx));
            body.set(None);
        }
        Poll::Ready(())
    }
}

/// Feeds the body to the judge, up to its end. Ready with what was `held`, which then is `None`.
fn poll_judged<I, B>(
    held: &mut Option<Box<Held<I>>>,
    mut body: Pin<&mut Option<B>>,
    cx: &mut Context<'_>,
) -> Poll<Result<Box<Held<I>>, Refusal>>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    while let Some(pushing) = held {
        let Some(unread) = body.as_mut().as_pin_mut() else {
            return Poll::Ready(Err(Refusal::new(Reason::InternalError, "a form without a body")));
        };
        match ready!(unread.poll_frame(cx)) {
            // Trailers of a form mean nothing to anyone, and are dropped.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    pushing.judge.push(&data, &mut pushing.spool)?;
                    pushing.spool.account_for(pushing.judge.kept())?;
                }
            }
            Some(Err(error)) => {
                body.set(None);
                return Poll::Ready(Err(broken_off(error.into())));
            }
            None => {
                // A body that has ended may panic when it is polled again, and must not be kept while the application works.
                body.set(None);
                break;
            }
        }
    }
    Poll::Ready(held.take().ok_or(Refusal::new(Reason::InternalError, "a judged form was judged again")))
}

/// Entropy for the boundary of one form.
fn entropy() -> Result<[u8; 16], Refusal> {
    let mut entropy = [0; 16];
    getrandom::fill(&mut entropy).map_err(|_| Refusal::new(Reason::InternalError, "no randomness"))?;
    Ok(entropy)
}
