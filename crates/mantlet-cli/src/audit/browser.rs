//! [`Browser`]: one visitor of the audited site: its cookies, and the headers a browser sends.

use bytes::Bytes;
use http::header::{self, HeaderName};
use http::{HeaderValue, Method, Request};
use mantlet_core::audit::trial::{Announced, Answer};
use mantlet_core::audit::{Field, Form, Seen, TokenHeader};

use super::client::{Client, NoReply, Reply};
use super::forms::{JSON, Submission};
use super::initiator::{Initiator, fetch_metadata, insert};
use super::jar::Jar;
use super::options::Options;
use super::target::Target;

/// How many redirects are followed.
const HOPS_AT_MOST: usize = 5;
/// A site sets the same cookies again and again.
const ANSWERS_AT_MOST: usize = 50;

/// One visitor: cookies, and the headers a browser sends.
pub(super) struct Browser<'a> {
    client: &'a Client,
    options: &'a Options,
    jar: Jar,
    /// How many forms it has sent.
    submitted: u32,
    /// The answers to forms sent as from their own pages, where they set a cookie.
    answers: Vec<Seen>,
}

/// The page that an answer leads to; empty where it leads nowhere.
#[derive(Default)]
pub(super) struct Landing {
    pub(super) path: Option<String>,
    pub(super) body: Bytes,
}

impl Landing {
    /// The answer that leads here, as it is judged.
    pub(super) fn answer(&self, reply: &Reply) -> Answer {
        Answer::read(reply.status, &reply.headers, &reply.body, &self.body)
    }
}

impl<'a> Browser<'a> {
    /// A visitor who comes with these cookies.
    pub(super) fn new(client: &'a Client, options: &'a Options, cookies: &[(String, String)]) -> Self {
        let target = &options.target;
        let jar = Jar::new(cookies, target.is_https() || target.is_loopback());
        Self { client, options, jar, submitted: 0, answers: Vec::new() }
    }

    /// Somebody else with a browser of their own, who comes without cookies.
    pub(super) fn stranger(&self) -> Self {
        Self::new(self.client, self.options, &[])
    }

    pub(super) fn target(&self) -> &'a Target {
        &self.options.target
    }

    /// What whoever started the audit wants of it.
    pub(super) fn options(&self) -> &'a Options {
        self.options
    }

    /// What was not answered in time must not be taken for what was not there.
    ///
    /// # Errors
    /// When the time for the whole audit is over.
    pub(super) fn in_time(&self) -> Result<(), NoReply> {
        if self.client.is_over() { Err(NoReply::OutOfTime) } else { Ok(()) }
    }

    /// Gives a form what scripts of its page find in a cookie and send along: not where the form itself has a token, which some
    /// servers look for second.
    pub(super) fn find_token_in_cookie(&self, form: &mut Form) {
        let has_own = form.carries_token() || form.fields.iter().any(Field::is_called_token);
        if form.header.is_none() && !has_own {
            form.header = self.jar.token(form.action.whole());
        }
    }

    /// Who puts back what was changed may do it through this, a little beyond the end.
    pub(super) fn client(&self) -> &'a Client {
        self.client
    }

    /// How many forms it has sent.
    pub(super) fn submitted(&self) -> u32 {
        self.submitted
    }

    /// Where a reference on a page leads; `None`: elsewhere, or where nothing may be requested.
    pub(super) fn resolve(&self, page: &str, base: Option<&str>, reference: &str) -> Option<String> {
        self.target().resolve(page, base, reference).filter(|path| !self.options.excludes(path))
    }

    /// Whether a link or a button must not be pressed, by what is written on it.
    pub(super) fn avoids(&self, label: &str) -> bool {
        self.options.excludes_label(label)
    }

    /// Types an address.
    pub(super) async fn open(&mut self, path: &str) -> Result<Reply, NoReply> {
        self.send(self.typed(path)).await
    }

    /// What is asked for when an address is typed.
    pub(super) fn typed(&self, path: &str) -> Request<Bytes> {
        let mut request = self.request(Method::GET, path);
        fetch_metadata(self.target(), request.headers_mut(), "none");
        request.map(|()| Bytes::new())
    }

    /// Whether no cookie was given to it, nor set by any answer.
    pub(super) fn holds_no_cookie(&self) -> bool {
        self.jar.is_empty()
    }

    /// Types an address, and goes where it leads on the same origin. Returns where it ended.
    pub(super) async fn follow(&mut self, path: &str) -> Result<(String, Reply), NoReply> {
        let mut path = path.to_owned();
        let mut reply = self.open(&path).await?;
        for _ in 0..HOPS_AT_MOST {
            let Some(next) = self.leads_to(&path, &reply) else { break };
            path = next;
            reply = self.open(&path).await?;
        }
        Ok((path, reply))
    }

    /// Where a redirect leads, if it stays here.
    pub(super) fn leads_to(&self, path: &str, reply: &Reply) -> Option<String> {
        if !reply.status.is_redirection() {
            return None;
        }
        let location = reply.headers.get(header::LOCATION)?.to_str().ok()?;
        self.resolve(path, None, location)
    }

    /// Goes where an answer leads.
    pub(super) async fn land(&mut self, path: &str, reply: &Reply) -> Landing {
        let Some(next) = self.leads_to(path, reply) else { return Landing::default() };
        match self.follow(&next).await {
            Ok((path, page)) => Landing { path: Some(path), body: page.body },
            Err(_) => Landing::default(),
        }
    }

    /// Sends a form.
    pub(super) async fn submit(
        &mut self,
        method: Method,
        path: &str,
        from: &Initiator,
        submission: Submission,
    ) -> Result<Reply, NoReply> {
        self.submitted = self.submitted.saturating_add(1);
        let mut request = self.request(method, path);
        let headers = request.headers_mut();
        from.claim(self.target(), headers);
        if submission.content_type == JSON {
            from.claim_script(headers);
        } else if let Ok(content_type) = HeaderValue::try_from(submission.content_type) {
            headers.insert(header::CONTENT_TYPE, content_type);
        }
        if let Some(TokenHeader { name, value }) = submission.token {
            headers.insert(name, value);
        }
        let method = request.method().clone();
        let reply = self.send(request.map(|()| submission.body)).await?;
        let is_own = matches!(from, Initiator::OwnPage(_));
        if is_own && reply.headers.contains_key(header::SET_COOKIE) && self.answers.len() < ANSWERS_AT_MOST {
            self.answers.push(self.seen(method, path, &reply));
        }
        Ok(reply)
    }

    /// An answer, without what its page says in the place of header fields.
    pub(super) fn seen(&self, method: Method, path: &str, reply: &Reply) -> Seen {
        Seen {
            method,
            path: path.to_owned(),
            https: self.target().is_https(),
            provoked: false,
            status: reply.status,
            headers: reply.headers.clone(),
            meta: Vec::new(),
        }
    }

    /// What was answered to its own forms so far, where that set a cookie.
    pub(super) fn take_answers(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.answers)
    }

    /// Keeps what another visitor was answered beside its own.
    pub(super) fn learn_from(&mut self, mut other: Browser<'_>) {
        self.answers.append(&mut other.answers);
    }

    /// Follows a link on another site. A script there could also name a method, where applications believe it.
    pub(super) async fn visit_from_elsewhere(&mut self, path: &str, method: Option<&Method>) -> Result<Reply, NoReply> {
        let mut request = self.request(Method::GET, path);
        Initiator::OtherSite.claim(self.target(), request.headers_mut());
        // A navigation by GET carries no Origin.
        request.headers_mut().remove(header::ORIGIN);
        let name = HeaderName::from_static("x-http-method-override");
        insert(request.headers_mut(), name, method.map(Method::to_string));
        self.send(request.map(|()| Bytes::new())).await
    }

    /// Announces a body of this length to a form, and never sends it. `None`: it could not even be announced.
    pub(super) async fn announce(&self, form: &Form, content_type: &'static str, length: u64) -> Option<Announced> {
        let mut request = self.request(form.method.clone(), form.action.whole());
        if let Some(TokenHeader { name, value }) = &form.header {
            request.headers_mut().insert(name, value.clone());
        }
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Initiator::OwnPage(form.page.clone()).claim(self.target(), request.headers_mut());
        self.client.announce(request, length).await
    }

    fn request(&self, method: Method, path: &str) -> Request<()> {
        let mut request = Request::new(());
        *request.method_mut() = method;
        // Paths come from `Target::resolve`, which has checked them.
        *request.uri_mut() = path.parse().unwrap_or_else(|_| http::Uri::from_static("/"));
        let headers = request.headers_mut();
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        insert(headers, header::COOKIE, self.jar.header(path));
        request
    }

    async fn send(&mut self, request: Request<Bytes>) -> Result<Reply, NoReply> {
        let path = request.uri().path().to_owned();
        let reply = self.client.send(request).await?;
        self.jar.take(&path, &reply.headers);
        Ok(reply)
    }
}

/// Applications tell by it people from programs, and answer forms otherwise.
const ACCEPT: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

const USER_AGENT: &str = concat!("Mozilla/5.0 (compatible; mantlet-audit/", env!("CARGO_PKG_VERSION"), ")");
