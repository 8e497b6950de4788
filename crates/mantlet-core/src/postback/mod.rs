//! A GET that a framework takes for a form sent back, so that it runs what a button of it does.
//!
//! It asks for no other method, and the frameworks do not ask for theirs: ASP.NET, Faces, Tapestry, PRADO (PHP), Spring Web Flow,
//! Wicket, Nitrogen (Erlang), and those of Zope and Plone. Nor do those where a form or a script calls a function of the server:
//! SolidStart, TanStack Start until 2025, RedwoodSDK until 2026, Waku before 0.25, Jaxon and Xajax (PHP), Jolokia, aria2, Atmosphere,
//! and servers of GraphQL and Bayeux.
//!
//! A framework is here if it runs what a form of a page does, if who writes that page says nowhere by which method it may come, and
//! if no link of anybody's has to name what the framework knows a form by. Where an application gives an action an address, or a
//! parameter that any link may have (`?method=delete`, `action:save` of Struts, the events of Stripes and Grails, an action of
//! a portlet), the method is the application's own promise. What must know a secret of the visitor's session, as the forms of Lift,
//! Seaside, ZK and APEX must, is no forgery.

mod bayeux;
mod graphql;
mod jolokia;
mod name;
mod parameter;
mod place;
mod tapestry;
#[cfg(test)]
mod tests;
mod waku;
mod wicket;

use std::borrow::Cow;

use self::parameter::Means;
use self::place::Place;
use crate::percent;
use crate::query::Query;

/// The parameters of a query, read one after the other until they make a form.
#[derive(Debug)]
pub(crate) struct Postback<'a> {
    path: &'a str,
    query: &'a Query<'a>,
    seen: Vec<Means>,
    not_at: Vec<Place>,
}

/// Those of PRADO in a path, as an application may have its addresses: `/page,Pay/PRADO_POSTBACK_TARGET,go`.
const OF_PRADO: [&[u8]; 2] = [b"PRADO_PAGESTATE", b"PRADO_POSTBACK_TARGET"];

impl<'a> Postback<'a> {
    /// Nothing was read yet of the query that stands behind this path.
    pub(crate) fn new(path: &'a str, query: &'a Query<'a>) -> Self {
        Self { path, query, seen: Vec::new(), not_at: Vec::new() }
    }

    /// Whether the next parameter, with those before it, makes a form of a GET, so that some framework would run what a button of
    /// it does.
    pub(crate) fn is_made_by(&mut self, name: &str, value: &str) -> bool {
        if wicket::is_form(name, value, self.query) {
            return true;
        }
        match Means::of(name) {
            None => false,
            Some(Means::Form) => true,
            Some(means @ (Means::Document | Means::Extensions | Means::Message)) => {
                self.changes_something(means, name, value)
            }
            Some(Means::Operation) => {
                jolokia::is_operation(&percent::decode_form(value.as_bytes())) && self.is_at(Place::Jolokia)
            }
            Some(Means::Call) => self.is_at(Place::JsonRpc),
            Some(Means::Id) => {
                self.is_at(Place::SolidStart)
                    || (graphql::has_hash(&percent::decode_form(value.as_bytes())) && self.is_at(Place::GraphQl))
            }
            Some(Means::Service) if !tapestry::names_service(&percent::decode(value)) => false,
            Some(means) => {
                // Each is here once.
                if !self.seen.contains(&means) {
                    self.seen.push(means);
                }
                let has = |means| self.seen.contains(&means);
                (has(Means::Event) && has(Means::Flow))
                    || (has(Means::Ids) && (has(Means::Service) || self.is_at(Place::Tapestry)))
            }
        }
    }

    /// Whether the path is of this place. Where it is not, no parameter makes it one: it is looked at once for each place, however
    /// many ask.
    fn is_at(&mut self, place: Place) -> bool {
        if self.not_at.contains(&place) {
            return false;
        }
        let path = percent::decode(self.path);
        // Some servers end it there, and servlet containers go on behind what a semicolon begins.
        let ended = path.split(|byte| matches!(byte, b'?' | b';')).next().unwrap_or_default();
        let is_there = place.has(ended) || place.has(&path);
        if !is_there {
            self.not_at.push(place);
        }
        is_there
    }

    fn changes_something(&mut self, means: Means, name: &str, value: &str) -> bool {
        if means.changes_something(name, value) {
            return true;
        }
        // To most servers a semicolon ends no parameter: a comment may hold one, and so may JSON. A second walk is for all
        // there are.
        let is_first = !self.seen.contains(&Means::Document) && self.query.has_semicolon;
        if is_first {
            self.seen.push(Means::Document);
        }
        is_first
            && self.query.as_str().split('&').filter_map(|pair| pair.split_once('=')).any(|(name, value)| {
                value.contains(';') && Means::of(name).is_some_and(|means| means.changes_something(name, value))
            })
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}

/// Whether the path makes a form of a GET: PRADO and Wicket look for parameters there, too, Jolokia for what is to be done, and Waku
/// for a function.
pub(crate) fn is_in_path(path: &str) -> bool {
    // Few paths have one of these.
    if memchr::memchr3(b'_', b':', b'%', path.as_bytes()).is_none() {
        return waku::is_in_path(path.as_bytes());
    }
    let decoded = if path.contains('%') {
        // PRADO decodes what its server has decoded.
        Cow::Owned(percent::decode(percent::decode(path)))
    } else {
        Cow::Borrowed(path.as_bytes())
    };
    OF_PRADO.iter().any(|name| contains(&decoded, name))
        || wicket::is_in_path(&decoded)
        || waku::is_in_path(&decoded)
        || jolokia::is_in_path(&decoded)
}
