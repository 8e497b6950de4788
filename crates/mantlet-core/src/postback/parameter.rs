//! The parameters that frameworks know their forms by.

use std::borrow::Cow;

use super::bayeux;
use super::graphql;
use super::name::Named::{self, AsType, Exactly, From, InAnyCase, InAnyCaseFrom, InPhp, InPhpFrom, To, Within};
use crate::percent;

/// What a parameter means to a framework that knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// It makes a form by itself.
    Form,
    /// Spring Web Flow: what a button is called.
    Event,
    /// Which page of whose flow it is for. Without one nothing is waiting for an event.
    Flow,
    /// Tapestry 3 and 4: what the fields of a form are called.
    Ids,
    /// Whom Tapestry gives them to: `direct`, `action`, or what somebody derived from these.
    Service,
    /// SolidStart: which function is called; Lighthouse: which document that it has kept. Where the path says that one is.
    Id,
    /// Jolokia: what is done, where the path says that it is asked.
    Operation,
    /// JSON-RPC by GET, as aria2 takes it: which function is called or what it is given, where the path says that one is.
    Call,
    /// What a server of GraphQL runs.
    Document,
    /// What may name a document that the server of GraphQL has kept.
    Extensions,
    /// What may be a message to a server of Bayeux.
    Message,
}

static PARAMETERS: &[(Named, Means)] = &[
    // ASP.NET. `__VIEWSTATEFIELDCOUNT=1` does the same, and so does whatever begins like that and has no value.
    (InAnyCaseFrom("__viewstate"), Means::Form),
    (InAnyCase("__eventtarget"), Means::Form),
    // Faces: behind `javax` or `jakarta`, and where a page has several views, the name of one (`j_id1:jakarta.faces.ViewState`,
    // `_portlet_:…` in a portal).
    (To(".faces.ViewState"), Means::Form),
    // Tapestry 5, and those before
    (Exactly("t:formdata"), Means::Form),
    (Exactly("formids"), Means::Ids),
    (Exactly("service"), Means::Service),
    // Spring Web Flow, today and in its version 1. The event may have the name of its button behind it.
    (From("_eventId"), Means::Event),
    (Exactly("execution"), Means::Flow),
    (Exactly("_flowExecutionKey"), Means::Flow),
    (InPhp("prado_pagestate"), Means::Form),
    (InPhp("prado_postback_target"), Means::Form),
    // Buttons of z3c.form and of zope.formlib: `form.buttons.save`, or `buttons.login` as Plone calls one
    (Within("buttons."), Means::Form),
    (Within("actions."), Means::Form),
    // Buttons of Zope's own pages: `manage_delObjects:method`. Also without a button, as what is done if none was pressed.
    (AsType("method"), Means::Form),
    (AsType("action"), Means::Form),
    (AsType("default_method"), Means::Form),
    (AsType("default_action"), Means::Form),
    // The login of Zope and Plone, where no form need be; it may have a type behind it (`__ac_name:string`).
    (From("__ac_name"), Means::Form),
    // SolidStart, and Lighthouse, which has two more names for it
    (InPhp("id"), Means::Id),
    (InPhp("queryid"), Means::Id),
    (InPhp("documentid"), Means::Id),
    // TanStack Start, before it compared the method with the one that its function is for
    (Exactly("createServerFn"), Means::Form),
    // RedwoodSDK, before it compared as well
    (Exactly("__rsc_action_id"), Means::Form),
    // Jaxon (`jxnfun`, `jxncls`, `jxncall`), and Xajax, which it comes from
    (InPhpFrom("jxn"), Means::Form),
    (InPhpFrom("xjx"), Means::Form),
    (InPhpFrom("xajax"), Means::Form),
    // Nitrogen: its own key signs what a button does, and anybody who saw a page can send it in the name of another.
    (Exactly("eventContext"), Means::Form),
    // Jolokia, where the path is no place for it
    (Exactly("p"), Means::Operation),
    // aria2. Several calls at once have no `method`.
    (Exactly("method"), Means::Call),
    (Exactly("params"), Means::Call),
    // Atmosphere makes a POST of what its scripts cannot send as one (JSONP), and this its body.
    (Exactly("X-Atmosphere-Post-Body"), Means::Form),
    (InPhp("query"), Means::Document),
    (InPhp("extensions"), Means::Extensions),
    // Faye for Ruby reads it with Rack, and Rack before 3.0 skips brackets as PHP does.
    (InPhp("message"), Means::Message),
];

/// The bytes that one of these may begin with.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would refuse it")]
static FIRST: [bool; 256] = {
    let mut first = [false; 256];
    // What is escaped, and what frameworks take off the start of a name or read as an underscore.
    let mut others: &[u8] = b"%+.[]?_";
    while let [byte, rest @ ..] = others {
        first[*byte as usize] = true;
        others = rest;
    }
    let mut row = 0;
    while row < PARAMETERS.len() {
        if let Some(byte) = PARAMETERS[row].0.first() {
            first[byte.to_ascii_lowercase() as usize] = true;
            first[byte.to_ascii_uppercase() as usize] = true;
        }
        row += 1;
    }
    first
};

impl Means {
    /// What a parameter of this name means, as it is written.
    pub(super) fn of(name: &str) -> Option<Self> {
        // Few begin like one of them, and few have a dot, a colon or an escape.
        let begins_like_one = name.bytes().next().is_some_and(|first| FIRST.get(usize::from(first)) == Some(&true));
        let may_be = begins_like_one || memchr::memchr3(b'.', b':', b'%', name.as_bytes()).is_some();
        if !may_be {
            return None;
        }
        let decoded = if name.contains('%') {
            Cow::Owned(percent::decode_with_u(name.as_bytes()))
        } else {
            Cow::Borrowed(name.as_bytes())
        };
        PARAMETERS.iter().find(|(named, _)| named.is(name, &decoded)).map(|(_, means)| *means)
    }

    /// Whether a server of GraphQL would change something, or one of Bayeux publish it.
    pub(super) fn changes_something(self, name: &str, value: &str) -> bool {
        match self {
            Self::Document => graphql::has_mutation(&percent::decode_form(value.as_bytes())),
            Self::Extensions => {
                [name, value].iter().any(|text| graphql::may_name_kept(&percent::decode_form(text.as_bytes())))
            }
            Self::Message => bayeux::is_message(&percent::decode_form(value.as_bytes())),
            _ => false,
        }
    }
}
