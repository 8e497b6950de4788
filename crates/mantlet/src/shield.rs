//! [`Shield`]: the policy in force, swappable while requests are in flight.

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use bytes::Bytes;
use mantlet_core::{Mantlet, Policy, Refusal, ResponseHead, Site};

use crate::head::Answer;
use crate::page::{self, Disclosure, Rendition};
use crate::reference::Reference;
use crate::spool::{Spool, SpoolSettings};
use crate::witness::Witness;

/// The policy in force, and what the guards need around it. Cheap to clone; all clones are one shield.
#[derive(Debug, Clone)]
pub struct Shield(Arc<InForce>);

/// What all clones share.
#[derive(Debug)]
struct InForce {
    mantlet: ArcSwap<Mantlet>,
    csrf_page: ArcSwap<Option<String>>,
    spool: SpoolSettings,
    disclosure: Disclosure,
}

impl Shield {
    /// A shield with this policy, the [spool](SpoolSettings::of) that it names, and no reason codes for clients.
    pub fn new(policy: &Policy) -> Self {
        Self::with(policy, SpoolSettings::of(policy), Disclosure::Nothing)
    }

    /// A shield with this policy, and its surroundings chosen.
    pub fn with(policy: &Policy, spool: SpoolSettings, disclosure: Disclosure) -> Self {
        Self(Arc::new(InForce {
            mantlet: ArcSwap::from_pointee(Mantlet::new(policy)),
            csrf_page: ArcSwap::default(),
            spool,
            disclosure,
        }))
    }

    /// Puts another policy in force. Exchanges that have begun end under the old one. The spool stays as it is.
    pub fn swap(&self, policy: &Policy) {
        self.0.mantlet.store(Arc::new(self.0.mantlet.load().renew(policy)));
    }

    /// What was seen of the application's session cookies, to be [recalled](Self::recall_cookies) by the next process. See
    /// [`Mantlet::seen_cookies`].
    pub fn seen_cookies(&self) -> String {
        self.mantlet().seen_cookies()
    }

    /// Takes for seen what a process before this one [saw](Self::seen_cookies) of the same application.
    pub fn recall_cookies(&self, seen: &str) {
        self.mantlet().recall_cookies(seen);
    }

    /// The HTML page for requests that the csrf guard refuses, instead of the built-in one. A policy names its file
    /// (`[csrf] error_page`), and the host reads it: without this call no file is read. `{reason}`, `{reference}` and
    /// `{status}` in it are filled in. `None`: the built-in page. Browsers run no script of it, since one that reloads the page
    /// would repeat the request in this site's name.
    pub fn set_csrf_page(&self, html: Option<String>) {
        self.0.csrf_page.store(Arc::new(html));
    }

    /// The answer to a request that the host refuses before the guards have seen it, dressed in the security headers
    /// that hold everywhere. `accept` is what the request says, if it could be read.
    pub fn refuse(
        &self,
        refusal: Refusal,
        accept: Option<&[u8]>,
        site: &Site,
        witness: &mut impl Witness,
    ) -> Answer<Bytes> {
        let answer = self.render(refusal, Rendition::negotiate(accept), witness);
        self.dress(answer, site)
    }

    /// Dresses an answer that the host itself gives, to a request that is for no application.
    pub fn dress(&self, mut answer: Answer<Bytes>, site: &Site) -> Answer<Bytes> {
        self.mantlet().dress(&mut ResponseHead { status: answer.status, fields: &mut answer.fields }, site);
        answer
    }

    pub(crate) fn mantlet(&self) -> Guard<Arc<Mantlet>> {
        self.0.mantlet.load()
    }

    pub(crate) fn spool(&self, client: Option<IpAddr>) -> Spool {
        Spool::new(self.0.spool.clone(), client)
    }

    /// Renders a refusal, undressed.
    pub(crate) fn render(&self, refusal: Refusal, rendition: Rendition, witness: &mut impl Witness) -> Answer<Bytes> {
        let reference = Reference::draw();
        witness.refused(&refusal, reference);
        page::render(refusal, reference, rendition, self.0.disclosure, self.0.csrf_page.load().as_deref())
    }
}
